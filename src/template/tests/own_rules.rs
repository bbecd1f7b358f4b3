//! Templates for controls of one's own: not called the benchmark's.

use super::*;
use crate::rule::RuleFiles;
use crate::rule::catalog::{Catalog, Directory};

fn with_own(ids: &[&str]) -> Vec<Arc<Rule>> {
    let text = include_str!("../../../fixtures/rules/access-keys.toml").to_owned();
    let files = RuleFiles { directory: "acme".to_owned(), are_added: true };
    let texts = vec![("acme/access-keys.toml".to_owned(), text)];
    let catalog = Catalog::from_files(vec![Directory { files, texts }], Benchmark::default()).expect("the rules");
    catalog.rules().iter().filter(|rule| ids.contains(&rule.id.to_string().as_str())).cloned().collect()
}

fn cloudformation(ids: &[&str], options: &Options) -> String {
    let template = whole(&with_own(ids), Verdict::Cis, options).expect("no stand-ins");
    written(&template, Language::Cloudformation)
}

#[test]
fn of_own_controls_alone_nothing_is_called_cis() {
    let text = cloudformation(&["ACME-1"], &Options::default());
    assert!(text.starts_with("# Own monitoring: trail, log group, metric filters, alarms and topic, for an account that has none of them.\n"), "{text}");
    assert!(text.contains("Controls: ACME-1.\n# Controls from acme: ACME-1.\n"), "{text}");
    assert!(text.contains("    Default: SecurityControls\n"), "{text}");
    assert!(
        text.contains("AlarmDescription: Ensure that somebody is notified of new access keys (ACME-1)\n"),
        "{text}"
    );
    assert!(!text.contains("CIS"), "{text}");
}

#[test]
fn an_own_control_has_a_namespace_of_its_own() {
    let text = cloudformation(&["3.4", "ACME-1"], &Options::default());
    assert!(text.starts_with("# CIS AWS Foundations 1.2.0 and own monitoring: trail, log group,"), "{text}");
    assert!(text.contains("    Default: CISBenchmark\n"), "{text}");
    assert_eq!(text.matches("Namespace: SecurityControls\n").count(), 2, "{text}");
    assert_eq!(text.matches("(CIS AWS Foundations Benchmark 1.2.0, 3.4)").count(), 1, "{text}");
    assert_eq!(text.matches("new access keys (ACME-1)").count(), 1, "{text}");
}

#[test]
fn a_namespace_that_was_asked_for_may_be_chosen_for_all() {
    let text = cloudformation(&["3.4", "ACME-1"], &Options { namespace: "Team".to_owned(), ..Options::default() });
    assert!(text.contains("    Default: Team\n"), "{text}");
    assert!(!text.contains("SecurityControls"), "{text}");
}
