//! The built-in controls, and what of rule files is used, noted or refused.

use super::*;
use crate::cloudtrail;
use crate::rule::{Demand, Events};
use filter_pattern::{Candidate, Coverage, Pattern, covers};

#[test]
fn without_claims_only_what_third_parties_claim_is_left_out() {
    for version in Benchmark::ALL {
        let whole = Catalog::builtin(version).expect("the built-in rules");
        let stated = Catalog::builtin_without_claims(version).expect("the built-in rules");
        assert_eq!(whole.rules().len(), stated.rules().len());
        for (whole, stated) in whole.rules().iter().zip(stated.rules()) {
            assert!(stated.requirements.iter().all(crate::rule::Requirement::is_shown), "{}", stated.id);
            let whole = Rule { requirements: whole.shown_requirements().cloned().collect(), ..Rule::clone(whole) };
            assert_eq!(format!("{whole:?}"), format!("{stated:?}"));
        }
    }
    let claims = |catalog: &Catalog| catalog.rules().iter().flat_map(|rule| rule.requirements.clone()).count();
    let whole = Catalog::builtin(Benchmark::default()).expect("the built-in rules");
    let stated = Catalog::builtin_without_claims(Benchmark::default()).expect("the built-in rules");
    assert!(claims(&whole) > 3 * claims(&stated), "{} {}", claims(&whole), claims(&stated));
}

fn rules() -> Catalog {
    Catalog::builtin(Benchmark::default()).expect("the built-in rules")
}

fn events_of(id: &str) -> Events {
    let rules = rules();
    let rule = rules.get(RuleId::parse(id).expect("a number")).expect("a rule");
    rule.demand.events().expect("a control about events").clone()
}

#[test]
fn the_list_is_what_is_on_disk_and_everything_is_sound() {
    let entries = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")).expect("the directory");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let files = paths.iter().map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("a text")));
    let on_disk = Catalog::from_files(vec![instead(files.collect())], Benchmark::V7_0_0).expect("the files");
    assert_eq!(on_disk.rules().len(), FILES.len());
    for rule in on_disk.rules() {
        let first = &rule.editions[0];
        let RuleId::Number { section, number } = first.id else { panic!("{} is no number", first.id) };
        let name = format!("{section}.{number:02}-{}.toml", rule.slug);
        assert!(FILES.iter().any(|(file, _)| *file == name), "{name}");
        for events in rule.editions.iter().filter_map(|edition| edition.demand.events()) {
            let source = events.source.as_deref().unwrap_or_default();
            assert!(events.requires.source().contains(source), "{name}: {source}");
        }
        assert!(!rule.references.is_empty(), "{name}");
    }
}

#[test]
fn each_version_has_its_numbers_and_levels() {
    // Of every control by its number in the section: 1 or 2, blank where there is none.
    for (version, section, levels) in [
        (Benchmark::V1_2_0, 3, "11111221222111 "),
        (Benchmark::V1_3_0, 4, "111112212221111"),
        (Benchmark::V1_4_0, 4, "111112212221111"),
        (Benchmark::V1_5_0, 4, "1111122122211112"),
        (Benchmark::V2_0_0, 4, "2111122122211112"),
        (Benchmark::V3_0_0, 4, "2111122122211112"),
        (Benchmark::V4_0_1, 4, "2111122122211112"),
        (Benchmark::V5_0_0, 4, "2111122122211112"),
        (Benchmark::V6_0_0, 5, "2111122122211112"),
        (Benchmark::V7_0_0, 5, "2111122122211112"),
    ] {
        let catalog = Catalog::builtin(version).expect("the built-in rules");
        let got: Vec<(String, u8)> = catalog.rules().iter().map(|rule| (rule.id.to_string(), rule.level)).collect();
        let wanted: Vec<(String, u8)> = levels
            .chars()
            .enumerate()
            .filter_map(|(at, level)| Some((format!("{section}.{}", at + 1), level.to_digit(10)? as u8)))
            .collect();
        assert_eq!(got, wanted, "{version}");
    }
}

#[test]
fn versions_differ_where_the_benchmark_says_so() {
    let in_version = |version, slug: &str| {
        let catalog = Catalog::builtin(version).expect("the built-in rules");
        let rule = catalog.rules().iter().find(|rule| rule.slug == slug).expect(slug);
        rule.demand.events().expect("a control about events").clone()
    };
    let covers_demand = |text: &Pattern, events: &Events| {
        covers(&[Candidate::new(text)], &events.requires, cloudtrail::events()) == Coverage::Covered
    };
    // The exclusions of the first control were joined so that they excluded nothing, then fixed.
    let (old, odd, new) = ("unauthorized-api-calls", Benchmark::V1_4_0, Benchmark::V3_0_0);
    assert!(in_version(odd, old).accepts[0].source().contains("|| ($.eventName!=\"HeadBucket\")"));
    assert_eq!(in_version(odd, old).pattern.source(), in_version(Benchmark::V1_2_0, old).pattern.source());
    assert!(in_version(new, old).accepts.is_empty());
    assert!(covers_demand(&in_version(Benchmark::V1_2_0, old).pattern, &in_version(new, old)));
    assert!(!covers_demand(&in_version(new, old).requires, &in_version(Benchmark::V1_2_0, old)));
    // From 1.4.0 on a filter may leave sign-ins through an identity provider out.
    let sign_in = "console-sign-in-without-mfa";
    let narrow = &in_version(Benchmark::V2_0_0, sign_in).accepts[0];
    assert!(covers_demand(narrow, &in_version(Benchmark::V2_0_0, sign_in)));
    assert!(!covers_demand(narrow, &in_version(Benchmark::V1_3_0, sign_in)));
    // 5.0.0 adds a call that changes security groups.
    let groups = |version| in_version(version, "security-group-changes");
    assert!(!covers_demand(&groups(Benchmark::V4_0_1).pattern, &groups(Benchmark::V5_0_0)));
    assert!(covers_demand(&groups(Benchmark::V7_0_0).pattern, &groups(Benchmark::V4_0_1)));
}

/// Texts of AWS Security Hub CSPM for the same controls.
#[test]
fn security_hub_patterns_cover_all_but_the_sign_in_control() {
    let names =
        |names: &str| names.split(' ').map(|name| format!("($.eventName={name})")).collect::<Vec<_>>().join(" || ");
    let policies = "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy";
    let routes = "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute DisassociateRouteTable";
    for (rule, text) in [
        ("3.1", r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#.to_owned()),
        (
            "3.3",
            r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#
                .to_owned(),
        ),
        ("3.4", format!("{{($.eventSource=iam.amazonaws.com) && ({})}}", names(policies))),
        ("3.5", format!("{{{}}}", names("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"))),
        ("3.6", r#"{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}"#.to_owned()),
        ("3.13", format!("{{($.eventSource=ec2.amazonaws.com) && ({})}}", names(routes))),
    ] {
        let pattern = Pattern::parse(&text).expect("a pattern");
        assert_eq!(
            covers(&[Candidate::new(&pattern)], &events_of(rule).requires, cloudtrail::events()),
            Coverage::Covered,
            "{rule}"
        );
    }
    let sso = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
    let sso = Pattern::parse(sso).expect("a pattern");
    assert!(matches!(
        covers(&[Candidate::new(&sso)], &events_of("3.2").requires, cloudtrail::events()),
        Coverage::Missed(_)
    ));
}

#[test]
fn a_broken_file_is_named_with_its_field() {
    let good = FILES[3].1;
    let error = |text: &str| file::read("my.toml", text).expect_err("a broken file").to_string();
    for (from, to, wanted) in [
        (
            "id = \"3.4\"",
            "id = \"3,4\"",
            "my.toml: line 1, field id: must be a number such as \"3.4\", or an id of your own such as \"ACME-1\": a letter, then letters, digits, - and _, at most 32 characters",
        ),
        ("id = \"3.4\"", "id = \"ACME-1\\u001b[2J\"", "my.toml: line 1, field id: must be a number such as \"3.4\""),
        ("id = \"3.4\"", "id = \"A23456789012345678901234567890123\"", "my.toml: line 1, field id: must be a number"),
        ("level = 1", "level = 3", "my.toml: line 5, field level: must be 1 or 2"),
        (
            "slug = \"iam-policy-changes\"",
            "slug = \"IAM policy\"",
            "my.toml: line 2, field slug: must be lower-case words",
        ),
        ("severity = \"low\"", "severity = \"mild\"", "my.toml: line 6, field severity: must be \"low\""),
        ("level = 1", "level = 1\ncolour = 2", "unknown field `colour`"),
        ("level = 1", "", "missing field `level`"),
        ("level = 1", "level = ", "line 5"),
        ("metric_name = ", "# ", "my.toml: field metric_name: is missing"),
        ("level = 1", "level = 1\ncheck = \"config-enabled\"", "field check: must be \"security-hub-enabled\""),
        (
            "requires = '''{",
            "requires = '''{ $.a == 1 || ",
            "my.toml: line 12, field requires: bad filter pattern at character 7",
        ),
        (
            "requires = '''{",
            "requires = '''{ $.a == 1 || ",
            "\ncause: an operator of another language, such as == for =\nrepaired: { $.a = 1 || ",
        ),
        (
            "since = \"2.0.0\"",
            "since = \"2.0\"",
            "my.toml: line 58, field since: no such version: there are 1.2.0, 1.3.0",
        ),
        ("since = \"2.0.0\"", "since = \"1.3.0\"", "my.toml: line 58, field since: 1.3.0 does not come after 1.3.0"),
        ("since = \"2.0.0\"", "since = \"2.0.0\"\nlevel = 0", "my.toml: line 59, field level: must be 1 or 2"),
        ("since = \"2.0.0\"", "colour = 1", "unknown field `colour`"),
    ] {
        assert!(good.contains(from), "{from}");
        let got = error(&good.replacen(from, to, 1));
        assert!(got.contains(wanted), "{got}");
    }
    for (from, to, wanted) in [
        (
            "since = \"2.0.0\"",
            "since = \"2.0.0\"\npattern = '''{ $.eventName = PutUserPolicy }'''",
            "my.toml: line 59, field pattern: in version 2.0.0: misses an event that `requires` matches: {",
        ),
        (
            "since = \"2.0.0\"",
            "since = \"2.0.0\"\naccepts = ['''{ $.eventName = Put*Policy }''']",
            "my.toml: line 59, field accepts: in version 2.0.0: misses an event",
        ),
    ] {
        let changed = good.replacen(from, to, 1);
        let text = file::read("my.toml", &changed).expect("a rule");
        let got = text.checked("my.toml", &changed).expect_err("it misses events").to_string();
        assert!(got.contains(wanted), "{got}");
    }
}

#[test]
fn a_control_about_a_service_has_no_fields_about_events() {
    let (_, good) = FILES.iter().find(|(name, _)| *name == "4.16-security-hub-enabled.toml").expect("the file");
    let rule = file::read("my.toml", good).expect("a rule");
    assert!(rule.in_version(Benchmark::V1_4_0).is_none());
    for (version, number) in [(Benchmark::V1_5_0, "4.16"), (Benchmark::V5_0_0, "4.16"), (Benchmark::V6_0_0, "5.16")] {
        let rule = rule.in_version(version).expect("a control");
        assert_eq!((rule.id.to_string().as_str(), rule.level), (number, 2));
        assert!(matches!(rule.demand, Demand::SecurityHubEnabled));
        assert!(rule.security_hub.is_none());
    }
    let refused = |text: &str, field: &str| {
        let got = file::read("my.toml", text).expect_err("a stray field").to_string();
        let wanted = format!(", field {field}: is of controls about events, which this is not");
        assert!(got.starts_with("my.toml: line ") && got.ends_with(&wanted), "{got}");
    };
    for field in ["requires", "pattern", "metric_name", "event_source", "security_hub_control", "security_hub_pattern"]
    {
        refused(&good.replacen("level = 2", &format!("level = 2\n{field} = \"x\""), 1), field);
    }
    refused(&good.replacen("level = 2", "level = 2\nsecurity_hub_versions = []", 1), "security_hub_versions");
    for field in ["requires", "pattern", "printed"] {
        refused(&format!("{good}{field} = \"x\"\n"), field);
    }
    refused(&format!("{good}accepts = []\n"), "accepts");
}

fn instead(texts: Vec<(String, String)>) -> Directory {
    Directory { files: RuleFiles { directory: "rules".to_owned(), are_added: false }, texts }
}

fn added(texts: &[(&str, &str)]) -> Result<Catalog, String> {
    let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let files = RuleFiles { directory: "acme".to_owned(), are_added: true };
    Catalog::from_files(vec![Directory { files, texts }], Benchmark::default()).map_err(|error| error.to_string())
}

/// The first built-in rule with another id and slug.
fn own(id: &str, slug: &str) -> String {
    let (id, slug) = (format!("id = \"{id}\""), format!("slug = \"{slug}\""));
    let (first, rest) = FILES[4].1.split_once("[[edition]]").map_or((FILES[4].1, ""), |it| it);
    assert!(!rest.is_empty());
    let metric = slug.replace("slug = ", "metric_name = ");
    let first = first.replace("metric_name = \"CloudTrailConfigurationChanges\"", &metric);
    first.replace("id = \"3.5\"", &id).replace("slug = \"cloudtrail-changes\"", &slug)
}

#[test]
fn a_number_or_slug_belongs_to_one_file() {
    let files = ["a.toml", "b.toml"].map(|name| (name.to_owned(), FILES[0].1.to_owned()));
    let error = Catalog::from_files(vec![instead(files.into())], Benchmark::default()).expect_err("two of one number");
    assert_eq!(error.to_string(), "b.toml: line 1, field id: 3.1 is a.toml's already");
}

#[test]
fn added_rules_follow_the_built_in_ones_with_their_origin() {
    let catalog = added(&[("acme/b.toml", &own("ACME-10", "acme-b")), ("acme/a.toml", &own("ACME-2", "acme-a"))]);
    let catalog = catalog.expect("two rules");
    let last: Vec<_> = catalog.rules().iter().skip(13).map(|rule| (rule.id.to_string(), rule.is_benchmarks)).collect();
    assert_eq!(last, [("3.14".to_owned(), true), ("ACME-2".to_owned(), false), ("ACME-10".to_owned(), false)]);
    let from: Vec<_> = catalog.rules().iter().filter_map(|rule| rule.files.as_deref()).collect();
    let acme = RuleFiles { directory: "acme".to_owned(), are_added: true };
    assert_eq!(from, [&acme, &acme]);
}

#[test]
fn two_controls_of_one_namespace_have_two_metrics() {
    let other = own("ACME-2", "acme-b").replace("metric_name = \"acme-b\"", "metric_name = \"acme-a\"");
    let twice = added(&[("acme/a.toml", &own("ACME-1", "acme-a")), ("acme/b.toml", &other)]);
    assert_eq!(
        twice.expect_err("one metric"),
        "acme/b.toml: line 10, field metric_name: acme-a is acme/a.toml's already"
    );
    // Metrics of the benchmark's controls are in another namespace.
    let builtin =
        own("ACME-2", "acme-b").replace("metric_name = \"acme-b\"", "metric_name = \"CloudTrailConfigurationChanges\"");
    assert!(added(&[("acme/b.toml", &builtin)]).is_ok());
}

#[test]
fn what_aws_or_a_reader_cannot_use_is_refused_with_its_line() {
    let refused = |from: &str, to: &str| {
        let text = own("ACME-1", "acme-a");
        assert!(text.contains(from), "{from}: {text}");
        added(&[("acme/a.toml", &text.replacen(from, to, 1))]).expect_err(to)
    };
    let wanted = "acme/a.toml: line 10, field metric_name: must have at most 255 characters, and none of : * $, \
                  which AWS refuses";
    assert_eq!(refused("metric_name = \"acme-a\"", "metric_name = \"a:b\""), wanted);
    let long = format!("metric_name = \"{}\"", "a".repeat(256));
    assert_eq!(refused("metric_name = \"acme-a\"", &long), wanted);
    let page = "\"https://docs.aws.amazon.com/securityhub";
    let url = refused(page, &format!("\"the user guide\", {page}"));
    let wanted = "field references: \"the user guide\" is no URL: it must begin with https:// or http://";
    assert!(url.starts_with("acme/a.toml: line ") && url.ends_with(wanted), "{url}");
}

#[test]
fn a_file_that_says_less_than_it_seems_is_noted() {
    let notes = |text: &str| added(&[("acme/a.toml", text)]).expect("a rule").notes().to_vec();
    let text = own("ACME-1", "acme-a");
    assert_eq!(notes(&text), Vec::<String>::new());
    let later = text.replace("id = \"ACME-1\"", "id = \"ACME-1\"\nsince = \"3.0.0\"");
    assert_eq!(
        notes(&later),
        ["acme/a.toml: ACME-1 is not among the controls of version 1.2.0: its `since` is 3.0.0 (--benchmark 3.0.0)"]
    );
    let misspelt = text.replace("requires = '''{ ", "requires = '''{ $.userIdentity.typ != \"Root\" && ");
    assert_eq!(
        notes(&misspelt),
        ["acme/a.toml: line 12, field requires: CloudTrail does not document a field $.userIdentity.typ of its \
          events: did you mean $.userIdentity.type?"]
    );
}

#[test]
fn a_number_that_the_benchmark_has_not_is_not_the_benchmarks() {
    let catalog = added(&[("acme/a.toml", &own("3.15", "acme-a"))]).expect("a rule");
    let rule = catalog.get(RuleId::parse("3.15").expect("a number")).expect("the rule");
    assert!(!rule.is_benchmarks);
}

#[test]
fn what_names_a_rule_names_no_other_whatever_its_letter_case() {
    for (id, slug, wanted) in [
        ("3.4", "acme-a", "acme/a.toml: line 1, field id: 3.4 is the built-in 3.04-iam-policy-changes.toml's already"),
        (
            "ACME-1",
            "vpc-changes",
            "acme/a.toml: line 2, field slug: vpc-changes is the built-in 3.14-vpc-changes.toml's already",
        ),
        (
            "VPC-Changes",
            "acme-a",
            "acme/a.toml: line 1, field id: VPC-Changes is the built-in 3.14-vpc-changes.toml's already",
        ),
    ] {
        assert_eq!(added(&[("acme/a.toml", &own(id, slug))]).expect_err("a name of two rules"), wanted);
    }
    let twice = added(&[("acme/a.toml", &own("ACME-1", "acme-a")), ("acme/b.toml", &own("acme-1", "acme-b"))]);
    assert_eq!(twice.expect_err("one id"), "acme/b.toml: line 1, field id: acme-1 is acme/a.toml's already");
    assert!(added(&[("acme/a.toml", &own("ACME-1", "acme-1"))]).is_ok());
}

#[test]
fn what_prints_the_pattern_is_a_command_that_finds_the_rule() {
    let catalog = added(&[("acme/a.toml", &own("ACME-1", "acme-a"))]).expect("a rule");
    let explained = |id: &str| catalog.get(RuleId::parse(id).expect("an id")).expect("a rule").explained();
    assert_eq!(explained("acme-1"), " `cis-audit explain ACME-1 --add-rules acme` prints the pattern.");
    assert_eq!(explained("3.4"), " `cis-audit explain 3.4` prints the pattern.");
    let alone = vec![instead(vec![("a.toml".to_owned(), own("ACME-1", "acme-a"))])];
    let alone = Catalog::from_files(alone, Benchmark::V3_0_0).expect("a rule");
    assert_eq!(
        alone.rules()[0].explained(),
        " `cis-audit explain ACME-1 --benchmark 3.0.0 --rules rules` prints the pattern."
    );
}
