//! A member of an organization, whose events are followed into the account that owns the trail's log group: for this
//! member's events alone, and through nothing of its own.

use super::*;
use crate::audit::{accepting_among, audit_among};
use filter_pattern::Pattern;

const OWNER: &str = "111122223333";
const MEMBER: &str = "444455556666";

/// The owner: the seed's account, whose trail is the organization's.
fn owner(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
    let mut owner = seed().build();
    trail(&mut owner).is_organization = true;
    change(&mut owner);
    owner
}

/// A member that sees that trail and has nothing of its own.
fn member(owner: &Snapshot) -> Snapshot {
    Snapshot {
        account_id: MEMBER.to_owned(),
        log_groups: Vec::new(),
        alarms: Vec::new(),
        topics: Vec::new(),
        ..owner.clone()
    }
}

fn among(member: &Snapshot, owner: &Snapshot) -> Report {
    audit_among(member, &[owner], Catalog::builtin(Benchmark::default()).expect("the rules are sound").rules())
}

#[test]
fn a_member_has_the_owners_answer() {
    let owner = owner(|_| {});
    let report = among(&member(&owner), &owner);
    assert_all_pass(&report);
    for finding in report.findings() {
        assert_eq!((finding.account_id.as_str(), finding.inherited_from()), (MEMBER, Some(OWNER)));
    }
    // Its own row is the owner's own.
    assert!(judge_snapshot(&owner).findings().all(|finding| finding.inherited_from().is_none()));
    // Without the owner nothing is known.
    assert_controls(&judge_snapshot(&member(&owner)), &CONTROLS, Status::Unknown, Code::LogGroupOtherAccount);
}

#[test]
fn what_breaks_the_owners_chain_breaks_the_members() {
    let owner = owner(|owner| {
        let narrowed = filter(owner, "3.4").name.clone();
        filters(owner).retain(|filter| filter.name != narrowed);
    });
    assert_controls(&among(&member(&owner), &owner), &["3.4"], Status::Fail, Code::MetricFilterNone);
}

#[test]
fn a_members_own_alarms_and_topics_are_others() {
    let sound = owner(|_| {});
    let mut without_alarms = sound.clone();
    without_alarms.alarms[0].metric_alarms.clear();
    // Of the same names, in the same region, on metrics of the same names.
    let mut member = member(&sound);
    member.alarms = sound.alarms.clone();
    member.topics = sound.topics;
    assert_controls(&among(&member, &without_alarms), &CONTROLS, Status::Fail, Code::AlarmNone);
}

#[test]
fn a_trail_that_does_not_log_in_the_member_brings_nothing() {
    let owner = owner(|_| {});
    let mut member = member(&owner);
    trail(&mut member).status.as_mut().expect("a status").is_logging = false;
    assert_controls(&among(&member, &owner), &CONTROLS, Status::Fail, Code::TrailNotLogging);
}

#[test]
fn what_a_member_may_not_ask_of_the_trail_its_owner_says() {
    let owner = owner(|_| {});
    let mut member = member(&owner);
    trail(&mut member).selectors = None;
    assert_all_pass(&among(&member, &owner));
}

/// The filter for IAM policies, narrowed by a condition.
fn narrowed(owner: &mut Snapshot, condition: &str) {
    let filter = filter(owner, "3.4");
    let terms = filter.pattern.trim().trim_start_matches('{').trim_end_matches('}').to_owned();
    filter.pattern = format!("{{ ({condition}) && ({terms}) }}");
}

#[test]
fn a_pattern_that_names_an_account_covers_that_one_only() {
    for (number, covers) in [(OWNER, false), (MEMBER, true)] {
        let owner = owner(|owner| narrowed(owner, &format!("$.recipientAccountId = \"{number}\"")));
        let report = among(&member(&owner), &owner);
        if covers {
            assert_all_pass(&report);
        } else {
            assert_eq!(finding_for(&report, "3.4").status, Status::Fail, "{number}");
        }
    }
    // Who calls may be of any account.
    for number in [OWNER, MEMBER] {
        let owner = owner(|owner| narrowed(owner, &format!("$.userIdentity.accountId = \"{number}\"")));
        assert_eq!(finding_for(&among(&member(&owner), &owner), "3.4").status, Status::Fail, "{number}");
    }
}

#[test]
fn a_dimension_that_names_an_account_covers_that_one_only() {
    for (number, covers) in [(OWNER, false), (MEMBER, true)] {
        let owner = owner(|owner| {
            let dimensions = [("Account".to_owned(), "$.recipientAccountId".to_owned())];
            filter(owner, "3.4").transformations[0].dimensions = dimensions.into();
            let Watched::Metric(stat) = &mut alarm(owner, "3.4").watches else { panic!("a metric alarm") };
            stat.dimensions = [("Account".to_owned(), number.to_owned())].into();
        });
        let report = among(&member(&owner), &owner);
        let finding = finding_for(&report, "3.4");
        assert_eq!(finding.status == Status::Pass, covers, "{number}: {:?}", finding.reason);
    }
}

#[test]
fn a_system_dimension_that_names_the_owner_covers_no_member() {
    let owner = owner(|owner| {
        filter(owner, "3.4").emit_system_field_dimensions = vec!["@aws.account".to_owned()];
        let Watched::Metric(stat) = &mut alarm(owner, "3.4").watches else { panic!("a metric alarm") };
        stat.dimensions = [("@aws.account".to_owned(), OWNER.to_owned())].into();
    });
    assert_eq!(finding_for(&judge_snapshot(&owner), "3.4").status, Status::Pass);
    assert_ne!(finding_for(&among(&member(&owner), &owner), "3.4").status, Status::Pass);
}

#[test]
fn a_field_selection_of_accounts_is_not_decided() {
    let owner = owner(|owner| {
        filter(owner, "3.4").field_selection_criteria = Some(format!("@aws.account = \"{OWNER}\""));
    });
    assert_controls(&among(&member(&owner), &owner), &["3.4"], Status::Unknown, Code::MetricFilterUndecided);
}

#[test]
fn an_exception_that_names_an_account_is_about_that_one_only() {
    let owner = owner(|owner| narrowed(owner, "$.sourceIPAddress != \"192.0.2.10\""));
    let member = member(&owner);
    let catalog = Catalog::builtin(Benchmark::default()).expect("the rules are sound");
    let rule = catalog.rules().iter().find(|rule| rule.slug == "iam-policy-changes").expect("the control");
    for (number, is_accepted) in [(OWNER, false), (MEMBER, true)] {
        let text = format!("{{ ($.recipientAccountId = \"{number}\") && ($.sourceIPAddress = \"192.0.2.10\") }}");
        // Where there is no address, the filter misses events too.
        let missing = Pattern::parse("{ $.sourceIPAddress NOT EXISTS }").expect("a pattern");
        let accepted = Pattern::parse(&text).expect("a pattern");
        let finding = accepting_among(&member, &[&owner], rule, &[&accepted, &missing]);
        assert_eq!(finding.status == Status::Pass, is_accepted, "{number}: {:?}", finding.reason);
    }
}
