//! What a report rests on, as each format says it, and whose name it hides.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::finding::{Evidence, OwnerEvidence};
use crate::organization::{Access, Account, AccountOutcome, Entry};
use crate::snapshot::{Provenance, ServiceEndpoint};

const HASH: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const OWNERS: &str = "aa11bb22cc33dd44ee55ff6600771188aa11bb22cc33dd44ee55ff6600771188";
const SHOWN: RenderOptions = RenderOptions { show_endpoints: true, show_callers: true, ..LOOK };

fn evidence(account_id: &str) -> Evidence {
    let caller = format!("arn:aws:sts::{account_id}:assumed-role/Auditor/ann");
    Evidence {
        provenance: Some(Provenance {
            caller: Some(caller),
            endpoints: vec![ServiceEndpoint::new(Some("sns"), "https://vpce-1.example.com")],
            tool_version: "0.0.9".to_owned(),
            tool_commit: Some("68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b".to_owned()),
        }),
        snapshot_sha256: HASH.to_owned(),
        owners: vec![OwnerEvidence { account_id: "444455556666".to_owned(), snapshot_sha256: OWNERS.to_owned() }],
    }
}

/// A control of an account that fails, with all that is known of where it comes from.
fn known() -> Report {
    let mut report = report(vec![pending()]);
    report.audits[0].evidence = Some(evidence("111122223333"));
    report
}

/// Of two accounts, in an organization where each is read through a role of the same name.
fn known_of_two() -> Report {
    let mut report = known();
    let mut other = report.audits[0].clone();
    other.account_id = "222233334444".to_owned();
    other.evidence = Some(Evidence { snapshot_sha256: OWNERS.to_owned(), ..evidence("222233334444") });
    other.findings.iter_mut().for_each(|finding| finding.account_id = "222233334444".to_owned());
    report.audits.push(other);
    for id in ["111122223333", "222233334444"] {
        let access = Access::Role(format!("arn:aws:iam::{id}:role/Auditor"));
        let account = Account { id: id.to_owned(), name: String::new(), ou_path: String::new(), access };
        report.accounts.push(Entry::new(account, AccountOutcome::Audited));
    }
    report
}

fn document(report: &Report, format: Format) -> Value {
    serde_json::from_str(&shown(report, format, &LOOK)).unwrap()
}

/// Every format for programs has these, by these names or by those that the format has for it.
fn named() -> Value {
    json!({
        "asked_region": "eu-west-1",
        "caller": "arn:aws:sts::111122223333:assumed-role/Auditor/***",
        "endpoints": "sns at https://vpce-1.example.com",
        "read_by_version": "0.0.9",
        "read_by_commit": "68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b",
        "snapshot_sha256": HASH,
        "owner_snapshots": format!("{OWNERS} (444455556666)"),
        "tool_version": env!("CARGO_PKG_VERSION"),
    })
}

/// The formats that a report can be shown in, but for those that are no reports.
fn reports() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| !matches!(format, Format::Waivers | Format::Github))
}

#[test]
fn every_format_has_the_hash_and_hides_the_callers_name() {
    for report in [known(), known_of_two()] {
        for format in reports() {
            let options = RenderOptions { verbosity: Verbosity::Verbose, ..LOOK };
            let text = shown(&report, format, &options);
            let name = format.name();
            let is_of_people = matches!(format, Format::Table | Format::Markdown) && report.is_of_many();
            assert!(text.contains(if is_of_people { &HASH[..12] } else { HASH }), "{name}: {text}");
            if format != Format::Json {
                assert!(!text.contains("Auditor/ann"), "{name}: {text}");
                assert!(text.contains("Auditor/***"), "{name}: {text}");
            }
            let options = RenderOptions { verbosity: Verbosity::Verbose, ..SHOWN };
            assert!(shown(&report, format, &options).contains("Auditor/ann"), "{name}");
        }
    }
}

/// Of results that were saved, addresses are as they were saved, and the name is not shown for that.
#[test]
fn addresses_and_the_callers_name_are_shown_apart() {
    let options = RenderOptions { show_callers: false, verbosity: Verbosity::Verbose, ..SHOWN };
    for format in reports().filter(|format| *format != Format::Json) {
        assert!(!shown(&known(), format, &options).contains("Auditor/ann"), "{}", format.name());
    }
}

#[test]
fn a_report_of_unknown_origin_has_nothing_of_it() {
    let report = report(vec![pending()]);
    for format in reports().filter(|format| *format != Format::Csv) {
        let text = shown(&report, format, &RenderOptions { verbosity: Verbosity::Verbose, ..LOOK });
        for word in ["snapshot_sha256", "SHA-256", "\"evidence", "cis_audit_evidence_info"] {
            assert!(!text.contains(word), "{} has {word}", format.name());
        }
    }
    let csv = shown(&report, Format::Csv, &LOOK);
    assert!(csv.lines().nth(1).unwrap().ends_with(",,,,,,,,,"), "{csv}");
}

#[test]
fn sarif_has_the_caller_as_the_account_of_the_invocation() {
    for (report, at) in [(known(), 0), (known_of_two(), 0)] {
        let run = &document(&report, Format::Sarif)["runs"][0];
        let invocation = &run["invocations"][at];
        assert_eq!(invocation["account"], "arn:aws:sts::111122223333:assumed-role/Auditor/***");
        assert_eq!(
            invocation["properties"],
            json!({
                "askedRegion": "eu-west-1",
                "endpoints": "sns at https://vpce-1.example.com",
                "ownerSnapshots": format!("{OWNERS} (444455556666)"),
                "readByCommit": "68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b",
                "readByVersion": "0.0.9",
                "snapshotSha256": HASH,
            })
        );
        let driver = &run["tool"]["driver"];
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!((&driver["version"], &driver["semanticVersion"]), (&json!(version), &json!(version)));
    }
}

#[test]
fn junit_has_properties_of_each_suite() {
    let text = shown(&known(), Format::Junit, &LOOK).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let properties = text.split_once("<properties>").unwrap().1.split_once("</properties>").unwrap().0;
    assert_snapshot!(properties, @r#"

          <property name="asked_region" value="eu-west-1"/>
          <property name="caller" value="arn:aws:sts::111122223333:assumed-role/Auditor/***"/>
          <property name="endpoints" value="sns at https://vpce-1.example.com"/>
          <property name="read_by_version" value="0.0.9"/>
          <property name="read_by_commit" value="68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b"/>
          <property name="snapshot_sha256" value="0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"/>
          <property name="owner_snapshots" value="aa11bb22cc33dd44ee55ff6600771188aa11bb22cc33dd44ee55ff6600771188 (444455556666)"/>
          <property name="tool_version" value="VERSION"/>
    "#);
    let text = shown(&known_of_two(), Format::Junit, &LOOK);
    assert_eq!(text.matches("name=\"snapshot_sha256\"").count(), 2, "{text}");
}

/// A row is complete in itself: whatever filters or joins rows keeps what each rests on.
#[test]
fn csv_repeats_it_in_every_row() {
    for report in [known(), known_of_two()] {
        let text = shown(&report, Format::Csv, &LOOK);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let columns: Value = header.iter().zip(&row).map(|(name, cell)| (name.to_owned(), json!(cell))).collect();
        for (name, value) in named().as_object().unwrap() {
            // What a spreadsheet takes for a number or a date is text.
            let cell = columns[name].as_str().unwrap();
            assert_eq!(json!(cell.strip_prefix('\'').unwrap_or(cell)), *value, "{name}");
        }
        let names = crate::report::evidence::NAMES;
        assert_eq!(header.iter().skip(header.len() - names.len()).collect::<Vec<_>>(), names);
    }
}

#[test]
fn ocsf_has_an_artifact_and_asff_product_fields() {
    let artifact = &document(&known(), Format::Ocsf)[0]["evidences"][0];
    assert_eq!(*artifact, json!({ "name": "snapshot", "uid": HASH, "data": named() }));
    let fields = document(&known(), Format::Asff)[0]["ProductFields"].clone();
    for (name, value) in named().as_object().unwrap().iter().filter(|(name, _)| *name != "tool_version") {
        assert_eq!(fields[format!("cis-audit/default/{name}")], *value, "{name}");
    }
    assert_eq!(fields["cis-audit/default/version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_line_of_ndjson_has_it_as_the_json_report_does() {
    let line: Value = serde_json::from_str(shown(&known(), Format::Ndjson, &LOOK).lines().next().unwrap()).unwrap();
    let mut wanted = document(&known(), Format::Json)["evidence"][0].clone();
    wanted["read_by"]["caller"] = json!("arn:aws:sts::111122223333:assumed-role/Auditor/***");
    assert_eq!(line["evidence"], wanted);
    assert_eq!(line["tool"], json!({ "name": "cis-audit", "version": env!("CARGO_PKG_VERSION") }));
}

#[test]
fn metrics_have_it_in_the_labels_of_one() {
    let text = shown(&known(), Format::OpenMetrics, &LOOK).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let sample = text.lines().find(|line| line.starts_with("cis_audit_evidence_info{")).unwrap();
    assert_eq!(
        sample,
        format!(
            "cis_audit_evidence_info{{account_id=\"111122223333\",region=\"eu-west-1\",benchmark=\"1.2.0\",\
             verdict=\"cis\",caller=\"arn:aws:sts::111122223333:assumed-role/Auditor/***\",\
             endpoints=\"sns at https://vpce-1.example.com\",read_by_version=\"0.0.9\",\
             read_by_commit=\"68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b\",snapshot_sha256=\"{HASH}\",\
             owner_snapshots=\"{OWNERS} (444455556666)\",tool_version=\"VERSION\"}} 1"
        )
    );
}

/// Who asked and with what is said once; the hash is each account's.
#[test]
fn reports_of_many_say_what_is_common_once() {
    let markdown = shown(&known_of_two(), Format::Markdown, &LOOK).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let evidence = markdown.lines().find(|line| line.starts_with("Evidence: ")).unwrap();
    assert_eq!(
        evidence,
        "Evidence: asked by `arn:aws:sts::ACCOUNT:assumed-role/Auditor/***` · not AWS's own endpoints \
         `sns at https://vpce-1.example.com` · read with `cis-audit 0.0.9 (68b06c0d9e3c4a1f0b2d5e6f7a8b9c0d1e2f3a4b)` · \
         audited with `cis-audit VERSION`"
    );
    assert!(markdown.contains("| SHA-256 of the snapshot begins |\n"), "{markdown}");
    assert!(markdown.contains(" 1 fail | `0f1e2d3c4b5a` |\n"), "{markdown}");
    let page = shown(&known_of_two(), Format::Html, &LOOK);
    assert!(page.contains("<dt>Asked by</dt><dd>arn:aws:sts::ACCOUNT:assumed-role/Auditor/***</dd>"), "{page}");
    assert!(page.contains(&format!("<td title=\"{OWNERS}\">aa11bb22cc33</td>")), "{page}");
    let table = shown(&known_of_two(), Format::Table, &RenderOptions { verbosity: Verbosity::Verbose, ..LOOK });
    assert_eq!(table.matches("asked by: ").count(), 1, "{table}");
    assert!(!shown(&known_of_two(), Format::Table, &LOOK).contains("asked by"), "only where all is asked for");
}

/// A pass with a weakness is no whole one, wherever people look.
#[test]
fn every_format_of_people_distinguishes_a_weak_pass() {
    let report = mixed();
    let markdown = shown(&report, Format::Markdown, &LOOK);
    assert!(markdown.contains("| 3.1 | ! pass | "), "{markdown}");
    assert!(markdown.contains("| 3.14 | ✓ pass | "), "{markdown}");
    assert!(
        markdown.contains("\n! pass: the chain is complete, but an isolated event may go unnoticed\n"),
        "{markdown}"
    );
    let junit = shown(&report, Format::Junit, &LOOK);
    let weak = "<system-out>passes with a weakness: alarm calls waits for more than 10 events in 300 seconds \
                (alarm.not_every_event)</system-out>";
    assert_eq!(junit.matches(weak).count(), 1, "{junit}");
    let sarif = document(&report, Format::Sarif);
    let notes = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let text = "3.1 Unauthorized API calls passes with a weakness: alarm calls waits for more than 10 events in 300 \
                seconds (alarm.not_every_event)";
    assert_eq!(*notes, json!([{ "level": "note", "message": { "text": text } }]));
    let github = shown(&report, Format::Github, &LOOK);
    assert!(
        github.contains("::notice title=3.1 Unauthorized API calls::passes with a weakness: alarm calls "),
        "{github}"
    );
    for verdict in [Verdict::Cis, Verdict::SecurityHub] {
        let page = shown(&Report { verdict, ..mixed() }, Format::Html, &LOOK);
        assert!(page.contains("pass, weak"), "{verdict:?}");
    }
}

/// Nor is it one among the passes of many accounts.
#[test]
fn the_reports_of_many_accounts_name_weak_passes() {
    let mut report = mixed();
    let known = known_of_two();
    let mut other = report.audits[0].clone();
    other.account_id = "222233334444".to_owned();
    other.findings.iter_mut().for_each(|finding| finding.account_id = "222233334444".to_owned());
    report.audits.push(other);
    report.accounts = known.accounts;
    let table = shown(&report, Format::Table, &LOOK);
    let weak = "\n! 3.1  2 accounts  alarm.not_every_event\n  passes with a weakness: alarm calls waits for more than 10 \
                events in 300\n    seconds\n  accounts: 111122223333, 222233334444\n";
    assert!(table.contains(weak), "{table}");
    assert!(table.contains("2 pass (1 weak)"), "{table}");
    let markdown = shown(&report, Format::Markdown, &LOOK);
    assert!(markdown.contains("\n### ! 3.1: 2 accounts\n\npasses with a weakness: "), "{markdown}");
    let github = shown(&report, Format::Github, &LOOK);
    assert!(github.contains("::notice title=3.1%3A 2 accounts::passes with a weakness: alarm calls "), "{github}");
}
