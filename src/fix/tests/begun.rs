//! What an earlier run began and did not finish, in an account whose controls pass.

use super::*;

/// The account after a fix from nothing, everything read anew.
fn fixed() -> Account {
    let account = surveyed(empty(), &sms_subscriber());
    let plan = planned(&account, &sms_subscriber());
    let mut account = after(&account, &plan);
    account.survey.sites.clear();
    surveyed(account, &sms_subscriber())
}

fn with(sites: &[(SiteKind, &str, SiteState)]) -> Plan {
    let mut account = fixed();
    for (kind, name, state) in sites {
        account.survey.sites.retain(|site| (site.kind, site.name.as_str()) != (*kind, *name));
        account.survey.sites.push(Site { kind: *kind, name: (*name).to_owned(), state: Some(*state) });
    }
    checked_plan(&account, &rules(Benchmark::default()), Verdict::Cis, &sms_subscriber())
}

const GROUP: &str = "arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/cis-audit";
const KEY: &str = "alias/cis-audit-trail";
const BUCKET: &str = "cis-audit-trail-111122223333-ap-northeast-1";

#[test]
fn what_an_earlier_run_began_is_finished() {
    use SiteKind::{Bucket, Key, LogGroup};
    use SiteState::{Foreign, HalfMade, Ours};
    let plan = with(&[(LogGroup, GROUP, HalfMade), (Key, KEY, HalfMade), (Bucket, BUCKET, HalfMade)]);
    let steps = [
        "key/cis-audit-trail",
        "bucket/cis-audit-trail-111122223333-ap-northeast-1",
        "log-group//aws/cloudtrail/cis-audit",
    ];
    assert_eq!(ids(&plan), steps);
    assert_eq!(plan.begun, steps);
    assert!(plan.steps.iter().all(|step| step.rules.len() == 14));
    for whole in [Ours, Foreign] {
        let plan = with(&[(LogGroup, GROUP, whole), (Key, KEY, whole), (Bucket, BUCKET, whole)]);
        assert_eq!(ids(&plan), [""; 0], "{whole:?}");
    }
}

/// What is asked of an account that has this program's trail: whether it was finished.
#[test]
fn what_an_earlier_run_began_is_asked_about() {
    let asked = questions(&fixed(), &Options::default());
    assert_eq!(
        (asked.keys, asked.buckets, asked.log_groups),
        (vec![KEY.to_owned()], vec![BUCKET.to_owned()], vec![GROUP.into()])
    );
    // Of any other trail that does not matter.
    let asked = questions(&seed(), &Options::default());
    assert_eq!((asked.keys.len(), asked.buckets.len()), (0, 0));
}
