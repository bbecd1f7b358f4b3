//! What is accepted for a time: by whom, how it shows, and what it may not hide.

use std::fs;

use serde_json::{Value, json};

use crate::support::run::{Cli, Run};

/// Every control of the built-in account that fails.
const FAILING: [&str; 5] = ["3.4", "3.6", "3.7", "3.8", "3.10"];

fn waiver(rule: &str, expires: &str) -> String {
    format!("[[waiver]]\nrule = \"{rule}\"\nreason = \"known to {rule}\"\nowner = \"ops\"\nexpires = {expires}\n\n")
}

fn demo_with(waivers: &str, arguments: &[&str]) -> Run {
    Cli::new().file("waivers.toml", waivers).args(&["--demo", "--waivers", "waivers.toml"]).args(arguments).run()
}

fn json_of(waivers: &str) -> Value {
    serde_json::from_str(&demo_with(waivers, &["-f", "json"]).stdout).expect("a report")
}

#[test]
fn with_every_failure_waived_the_gate_is_open() {
    let run = demo_with(&FAILING.map(|rule| waiver(rule, "2999-12-31")).concat(), &[]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(
        run.stdout.ends_with("\n14 controls: 9 pass, 5 waived (3.4, 3.6–3.8, 3.10), 3 weak passes\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("  3.4   ~ waived   IAM policy changes               metric_filter.misses_events\n"));
    assert!(
        run.stdout.contains("\nWaived\n  ~ 3.4 until 2999-12-31: known to 3.4 (ops)\n    what is wrong: metric filter")
    );
    assert!(!run.stdout.contains("FAIL"));
}

/// One that has expired counts again, and is named; so is one that nothing needs.
#[test]
fn what_expired_counts_again() {
    let waivers = waiver("3.4", "2020-01-31") + &waiver("3.6", "2999-12-31") + &waiver("3.2", "2999-12-31");
    let run = demo_with(&waivers, &[]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.stdout.contains(
            "\nWaivers without effect
  ! 3.4: expired, 2020-01-31 was its last day: known to 3.4 (ops)
  ! 3.2: unused, nothing that it is for is left to waive: known to 3.2 (ops)
"
        ),
        "{}",
        run.stdout
    );
    let report = json_of(&waivers);
    assert_eq!(report["summary"], json!({"pass": 9, "fail": 4, "unknown": 0, "waived": 1}));
    let idle: Vec<_> = report["unused_waivers"].as_array().expect("a list").iter().map(|idle| &idle["state"]).collect();
    assert_eq!(idle, ["expired", "unused"]);
    let waived = report["results"].as_array().expect("a list").iter().find(|result| result["status"] == "waived");
    let waived = waived.expect("3.6 is waived");
    assert_eq!(waived["waiver"], json!({"reason": "known to 3.6", "owner": "ops", "expires": "2999-12-31"}));
    assert_eq!((&waived["rule"], &waived["verdicts"]["cis"]), (&json!("3.6"), &json!("fail")));
    assert_eq!(waived["reason"]["code"], "alarm.other_namespace");
}

/// Unknown can be accepted like a failure.
#[test]
fn what_cannot_be_decided_can_be_waived() {
    let arguments = ["--verdict", "security-hub", "--rule", "3.10"];
    assert_eq!(demo_with("", &arguments).code, Some(2));
    assert_eq!(demo_with(&waiver("security-group-changes", "2999-12-31"), &arguments).code, Some(0));
}

/// What is accepted is not fixed.
#[test]
fn a_fix_leaves_alone_what_is_waived() {
    let arguments = ["--fix", "--dry-run", "--subscribe", "email:ops@example.com", "-f", "json"];
    let planned = |waivers: &str| {
        let run = demo_with(waivers, &arguments);
        let plan: Value = serde_json::from_str(&run.stdout).expect("a plan");
        let rules = plan["rules"].as_array().expect("a list").clone();
        (run, rules.contains(&json!("3.6")))
    };
    assert!(planned("").1);
    let (run, plans_it) = planned(&waiver("3.6", "2999-12-31"));
    assert!(!plans_it, "{run:#?}");
    assert_eq!(
        run.stderr,
        "note: 3.6 (console-sign-in-failures) is waived until 2999-12-31: nothing is planned for it\n"
    );
}

#[test]
fn a_broken_file_is_refused_before_anything_is_read() {
    for (file, message) in [
        (
            waiver("3.44", "2999-12-31"),
            "error: waivers.toml: line 2, column 8: no control \"3.44\" in version 1.2.0, did you mean 3.4? (`cis-audit rules` lists them)\n",
        ),
        (
            waiver("iam-polcy-changes", "2999-12-31"),
            "error: waivers.toml: line 2, column 8: no control \"iam-polcy-changes\" in version 1.2.0, did you mean iam-policy-changes? (`cis-audit rules` lists them)\n",
        ),
        (
            waiver("4.4", "2999-12-31"),
            "error: waivers.toml: line 2, column 8: no control 4.4 in version 1.2.0: in version 5.0.0 that is iam-policy-changes\n",
        ),
        (waiver("3.4", "31.12.2999"), "error: waivers.toml: line 5, column 16: "),
        ("\u{1b}[2J".to_owned(), "error: waivers.toml: line 1, column 2: "),
    ] {
        let run = demo_with(&file, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{file}");
        assert!(run.stderr.starts_with(message), "{}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    }
    let missing = Cli::new().args(&["--demo", "--waivers", "none.toml"]).run();
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.starts_with("error: cannot read none.toml: "), "{}", missing.stderr);
}

/// The words of a waiver come from a file, and cannot write to the terminal either.
#[test]
fn the_words_of_a_waiver_are_escaped() {
    let hostile = r"[[waiver]]
rule = '3.4'
reason = 'x'
owner = 'o'
expires = 2999-12-31
"
    .replace("'x'", r#""\u001b[2J\r\nFAKE 3.1 pass\u202e""#);
    let run = demo_with(&hostile, &[]);
    assert!(run.stdout.contains(r"until 2999-12-31: \u{1b}[2J\u{d}\u{a}FAKE"), "{}", run.stdout);
    assert!(!run.stdout.contains(['\u{1b}', '\r', '\u{202e}']));
}

/// The seed's account, whose filter for 3.1 leaves out a noisy call, and is cut down to this in addition.
fn noisy(more: &str) -> String {
    let seed =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/accounts/seed.json")).expect("the file");
    let mut account: Value = serde_json::from_str(&seed).expect("JSON");
    let filters = account["log_groups"].as_array_mut().expect("a list").iter_mut();
    let mut filters = filters.flat_map(|group| group["metric_filters"].as_array_mut().expect("a list"));
    let filter = filters.find(|filter| filter["name"] == "seed-UnauthorizedAPICalls").expect("the filter");
    filter["pattern"] = json!(format!(
        r#"{{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && $.eventName != GetMacieSession{more} }}"#
    ));
    account.to_string()
}

const MACIE: &str = "[[waiver]]\nrule = \"3.1\"\nevents = '{ $.eventName = GetMacieSession }'\nreason = \"Macie is not used\"\nowner = \"sec@example.com\"\nexpires = 2999-12-31\n";

/// An accepted exception opens the gate for its events and for no others.
#[test]
fn a_filter_narrower_than_accepted_fails_the_gate() {
    let audited = |account: String, more: &[&str]| {
        let arguments = ["--snapshot", "account.json", "--rule", "3.1"];
        Cli::new().file("account.json", account).file("waivers.toml", MACIE).args(&arguments).args(more).run()
    };
    let waived = audited(noisy(""), &["--waivers", "waivers.toml"]);
    assert_eq!(waived.code, Some(0), "{waived:#?}");
    assert!(
        waived.stdout.contains(
            "  ~ 3.1 until 2999-12-31: 1 exception accepted, the rest is proven: Macie is not\n    used (sec@example.com)\n"
        ),
        "{}",
        waived.stdout
    );
    assert!(waived.stdout.contains("    accepted: { $.eventName = \"GetMacieSession\" }\n"), "{}", waived.stdout);
    let cut = audited(noisy(" && $.userIdentity.type = IAMUser"), &["--waivers", "waivers.toml"]);
    assert_eq!(cut.code, Some(1), "{cut:#?}");
    assert!(cut.stdout.contains("$.userIdentity.type = \"IAMUser\" does not hold\n"), "{}", cut.stdout);
    assert!(!cut.stdout.contains("leaves out"), "{}", cut.stdout);
}

/// The same with an earlier report in place of the waiver: what is missed is compared by its meaning.
#[test]
fn a_filter_narrower_than_in_the_baseline_is_newly_failing() {
    let audited = |account: String, baseline: &str, more: &[&str]| {
        let arguments = ["--snapshot", "account.json", "--rule", "3.1"];
        Cli::new().file("account.json", account).file("base.json", baseline).args(&arguments).args(more).run()
    };
    let base = audited(noisy(""), "", &["-f", "json"]).stdout;
    assert_eq!(audited(noisy(""), &base, &["--baseline", "base.json"]).code, Some(0));
    let cut = audited(noisy(" && $.userIdentity.type = IAMUser"), &base, &["--baseline", "base.json"]);
    assert_eq!(cut.code, Some(1), "{cut:#?}");
    assert!(cut.stdout.ends_with("1 newly failing (3.1)\n"), "{}", cut.stdout);
    // A report of before the holes were written down says nothing of them.
    let mut old: Value = serde_json::from_str(&base).expect("a report");
    old["results"][0].as_object_mut().expect("a result").remove("holes");
    let cut = audited(noisy(" && $.userIdentity.type = IAMUser"), &old.to_string(), &["--baseline", "base.json"]);
    assert_eq!(cut.code, Some(0), "{cut:#?}");
}

const ROBOT: &str = "[[waiver]]\nrule = \"3.4\"\nevents = '{ $.userIdentity.userName = terraform }'\nreason = \"terraform changes policies daily\"\nowner = \"sec@example.com\"\nexpires = 2999-12-31\n";

/// A filter without the accepted events is planned where none is, and is part of what the fingerprint covers.
#[test]
fn a_fix_writes_exceptions_into_new_filters_and_says_so() {
    let planned = |more: &[&str]| {
        let arguments = ["--demo", "--waivers", "waivers.toml", "--fix", "--dry-run", "--rule", "3.4"];
        let arguments = [&arguments[..], &["--subscribe", "email:ops@example.com"]].concat();
        Cli::new().file("waivers.toml", ROBOT).args(&arguments).args(more).run()
    };
    let whole: Value = serde_json::from_str(&planned(&["-f", "json"]).stdout).expect("a plan");
    let plan: Value = serde_json::from_str(&planned(&["-f", "json", "--with-exceptions"]).stdout).expect("a plan");
    let pattern = |plan: &Value| {
        let steps = plan["steps"].as_array().expect("a list").iter();
        let mut filters = steps.filter(|step| step["action"] == "create_metric_filter");
        filters.next().expect("a filter")["resource"]["pattern"].as_str().expect("a pattern").to_owned()
    };
    assert!(!pattern(&whole).contains("terraform"));
    assert!(
        pattern(&plan)
            .ends_with(r#" && ($.userIdentity.userName != "terraform" || $.userIdentity.userName NOT EXISTS) }"#),
        "{plan:#}"
    );
    assert_ne!(whole["fingerprint"], plan["fingerprint"]);
    assert_eq!(
        plan["options"]["exceptions"],
        json!([{"rule": "3.4", "events": "{ $.userIdentity.userName = \"terraform\" }", "reason": "terraform changes policies daily", "owner": "sec@example.com", "expires": "2999-12-31"}])
    );
    let shown = planned(&["--with-exceptions"]).stdout;
    assert!(
        shown.contains("      leaves out  { $.userIdentity.userName = \"terraform\" } until 2999-12-31:"),
        "{shown}"
    );
    assert!(
        shown.contains("      then        Security Hub CSPM fails the control: it accepts only its own"),
        "{shown}"
    );
}

/// A saved plan keeps its exceptions, and is carried out with them.
#[test]
fn a_saved_plan_has_its_exceptions() {
    let cli = Cli::new().file("waivers.toml", ROBOT);
    let file = cli.home().join("plan.json");
    let options =
        ["--rule", "3.4", "--subscribe", "https://example.com/hook", "--with-exceptions", "--plan-out", "plan.json"];
    let run = cli.args(&["--demo", "--waivers", "waivers.toml", "--fix", "--dry-run"]).args(&options);
    assert_eq!(run.run().code, Some(1));
    let saved = fs::read_to_string(&file).expect("a plan");
    let plan: Value = serde_json::from_str(&saved).expect("a plan");
    assert_eq!(plan["options"]["exceptions"][0]["rule"], "3.4");
    let again =
        Cli::new().file("plan.json", &saved).args(&["--demo", "--fix", "--dry-run", "--apply", "plan.json"]).run();
    assert!(again.stderr.contains("the saved plan is up to date"), "{again:#?}");
    let expired = saved.replace("2999-12-31", "2020-12-31");
    let refused =
        Cli::new().file("plan.json", expired).args(&["--demo", "--fix", "--dry-run", "--apply", "plan.json"]).run();
    assert_eq!(refused.code, Some(2), "{refused:#?}");
}

#[test]
fn a_template_leaves_out_accepted_events_and_says_so() {
    let run = Cli::new()
        .file("waivers.toml", ROBOT)
        .args(&["template", "terraform", "--all", "--rule", "3.4", "--waivers", "waivers.toml", "--with-exceptions"])
        .run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains(r#"$.userIdentity.userName != \"terraform\""#), "{}", run.stdout);
    assert!(
        run.stderr.starts_with(
            "note: the filter of 3.4 leaves out { $.userIdentity.userName = \"terraform\" } until 2999-12-31: terraform changes policies daily (sec@example.com)\n"
        ),
        "{}",
        run.stderr
    );
}

/// Exceptions of one account are in its templates, and are not dropped without a word from one for all.
#[test]
fn a_template_for_all_accounts_lists_unusable_exceptions() {
    let scoped =
        ROBOT.replace("rule = ", "account = \"111122223333\"\nrule = ").replace("userName = terraform", "type = Root")
            + &ROBOT
                .replace("rule = ", "code = \"metric_filter.misses_events\"\nrule = ")
                .replace("userName", "accessKeyId")
            + &ROBOT.replace("$.userIdentity.userName = terraform", "$.userAgent = terraform");
    let written = |more: &[&str]| {
        let arguments =
            ["template", "terraform", "--all", "--rule", "3.4", "--waivers", "waivers.toml", "--with-exceptions"];
        let run = Cli::new().file("waivers.toml", &scoped).args(&arguments).args(more).run();
        assert_eq!(run.code, Some(0), "{run:#?}");
        run
    };
    let all = written(&[]);
    let evadable = "3.4: { $.userAgent = \"terraform\" } until 2999-12-31: terraform changes policies daily (sec@example.com); it can be evaded: a caller chooses what meets $.userAgent = \"terraform\"";
    let of_code = "the filter of 3.4 does not leave out { $.userIdentity.accessKeyId = \"terraform\" }: the exception holds only for reason metric_filter.misses_events";
    let of_account = "the filter of 3.4 does not leave out { $.userIdentity.type = \"Root\" }: the exception holds only in account 111122223333 (--in-account and --in-region say where)";
    let head = format!(
        "# Metric filters leave out (Security Hub CSPM fails these controls):\n# - {evadable}\n# Note: {of_account}.\n# Note: {of_code}.\n"
    );
    assert!(all.stdout.contains(&head), "{}", all.stdout);
    assert!(all.stderr.contains(&format!("note: {of_account}\nnote: {of_code}\n")), "{}", all.stderr);
    assert!(!all.stdout.contains(r#"$.userIdentity.type != \"Root\""#), "{}", all.stdout);
    let one = written(&["--in-account", "111122223333"]);
    assert!(one.stdout.contains(r#"$.userIdentity.type != \"Root\""#), "{}", one.stdout);
    assert!(!one.stderr.contains("in account"), "{}", one.stderr);
    let other = written(&["--in-account", "999988887777"]);
    assert!(!other.stderr.contains("in account") && !other.stdout.contains("Root"), "{}", other.stderr);
}

#[test]
fn a_waiver_of_all_holes_says_once_how_to_name_them() {
    let plain = MACIE.replace("events = '{ $.eventName = GetMacieSession }'\n", "");
    let run = Cli::new()
        .file("account.json", noisy(""))
        .file("waivers.toml", &plain)
        .args(&["--snapshot", "account.json", "--rule", "3.1", "--waivers", "waivers.toml"])
        .run();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let text = run.stdout.replace("\n    ", " ");
    assert!(
        text.contains(
            "A waiver without events accepts whatever 3.1 misses next. To accept only what it misses now: events = '{"
        ),
        "{text}"
    );
}

/// The file with which the documentation audits the built-in account.
#[test]
fn the_fixture_is_a_waivers_file() {
    let example = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/waivers.toml")).expect("the file");
    let report = json_of(&example);
    assert_eq!(report["summary"], json!({"pass": 9, "fail": 3, "unknown": 0, "waived": 2}));
}

#[test]
fn the_example_of_the_documentation_is_a_waivers_file() {
    const PAGE: &str = include_str!("../../docs/waivers.md");
    let (_, rest) = PAGE.split_once("```toml\n").expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example has an end");
    let report = json_of(example);
    assert_eq!(report["summary"], json!({"pass": 9, "fail": 4, "unknown": 0, "waived": 1}));
}
