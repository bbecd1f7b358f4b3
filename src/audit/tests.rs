//! The chain, link by link: the seed's account with one thing changed, and which controls then fail, where and why.

use super::audit;
use crate::finding::{Code, Finding, Grade, Reason, Report, Status};
use crate::rule::Benchmark;
use crate::rule::RuleId;
use crate::rule::catalog::Catalog;
use crate::saved::Saved;
use crate::snapshot::{
    AdvancedEventSelector, AlarmActions, CompositeAlarm, EventSelector, EventSelectors, FieldSelector, Gap, GapSource,
    LogGroup, MetricAlarm, MetricFilter, MetricQuery, MetricStat, RegionAlarms, Snapshot, Subscription,
    SubscriptionAttributes, Topic, Trail, Watched,
};

const SEED: &str = include_str!("../../fixtures/accounts/seed.json");
const ALL: &[&str] =
    &["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];
const REGION: &str = "ap-northeast-1";
const GROUP: &str = "arn:aws:logs:ap-northeast-1:111122223333:log-group:/aws/cloudtrail/DefaultSecuritySettings";

fn seed() -> Snapshot {
    Saved::from_json(SEED).expect("the fixture is a snapshot").document.snapshot
}

fn judge(snapshot: &Snapshot) -> Report {
    audit(snapshot, Catalog::builtin(Benchmark::default()).expect("the rules are sound").rules())
}

/// The seed's account, changed.
fn changed(change: impl FnOnce(&mut Snapshot)) -> Report {
    let mut snapshot = seed();
    change(&mut snapshot);
    judge(&snapshot)
}

fn finding_of<'a>(report: &'a Report, rule: &str) -> &'a Finding {
    let id = RuleId::parse(rule).expect("a rule's number");
    report.findings().find(|finding| finding.rule.id == id).expect("a finding for it")
}

/// Exactly these rules have this status and code; all others pass.
#[track_caller]
fn only(report: &Report, rules: &[&str], status: Status, code: Code) {
    for rule in ALL {
        let finding = finding_of(report, rule);
        let got = (finding.status, finding.reason.as_ref().map(|reason| reason.code()));
        let wanted = if rules.contains(rule) { (status, Some(code)) } else { (Status::Pass, None) };
        assert_eq!(got, wanted, "{rule}: {:?}", finding.reason);
    }
}

#[track_caller]
fn all_pass(report: &Report) {
    only(report, &[], Status::Fail, Code::TrailNone);
}

#[track_caller]
fn warns(report: &Report, rule: &str, code: Code) {
    let finding = finding_of(report, rule);
    assert_eq!(finding.status, Status::Pass, "{:?}", finding.reason);
    let codes: Vec<Code> = finding.warnings.iter().map(|warning| warning.code()).collect();
    assert_eq!(codes, [code]);
    let effective = if code.grade() == Grade::Weak { Status::Fail } else { Status::Unknown };
    assert_eq!(finding.verdicts.effective.status, effective);
}

fn trail(snapshot: &mut Snapshot) -> &mut Trail {
    &mut snapshot.trails.as_mut().expect("trails")[0]
}

fn filters(snapshot: &mut Snapshot) -> &mut Vec<MetricFilter> {
    snapshot.log_groups[0].metric_filters.as_mut().expect("filters")
}

fn filter<'a>(snapshot: &'a mut Snapshot, metric: &str) -> &'a mut MetricFilter {
    filters(snapshot).iter_mut().find(|filter| filter.transformations[0].name == metric).expect("the filter")
}

fn alarm<'a>(snapshot: &'a mut Snapshot, metric: &str) -> &'a mut MetricAlarm {
    let watches = |alarm: &&mut MetricAlarm| matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric);
    snapshot.alarms[0].metric_alarms.iter_mut().find(watches).expect("the alarm")
}

fn stat(alarm: &mut MetricAlarm) -> &mut MetricStat {
    match &mut alarm.watches {
        Watched::Metric(stat) => stat,
        Watched::Queries(_) | Watched::Criteria(_) => panic!("the seed's alarms watch a metric"),
    }
}

fn basic(read_write_type: &str, management: bool, exclude: &[&str]) -> EventSelector {
    EventSelector {
        read_write_type: Some(read_write_type.into()),
        include_management_events: Some(management),
        exclude_management_event_sources: exclude.iter().map(|source| (*source).into()).collect(),
        data_resources: vec![],
    }
}

/// `("readOnly", "=", "false")` and the like.
fn advanced(fields: &[(&str, &str, &str)]) -> AdvancedEventSelector {
    let field = |(field, operator, value): &(&str, &str, &str)| {
        let (equals, not_equals) =
            if *operator == "=" { (vec![(*value).into()], vec![]) } else { (vec![], vec![(*value).into()]) };
        FieldSelector { field: (*field).into(), equals, not_equals, ..FieldSelector::default() }
    };
    AdvancedEventSelector { name: None, field_selectors: fields.iter().map(field).collect() }
}

const MANAGEMENT: (&str, &str, &str) = ("eventCategory", "=", "Management");

#[test]
fn the_seed_account_passes_every_control_without_a_warning() {
    let report = judge(&seed());
    all_pass(&report);
    for finding in report.findings() {
        assert_eq!(
            (finding.verdicts.effective.status, finding.warnings.as_slice()),
            (Status::Pass, [].as_slice()),
            "{}",
            finding.rule.id
        );
    }
}

mod closed;
mod defects;
mod enabled;
mod event_rules;
mod explained;
mod holes;
mod lasting;
mod members;
mod near_misses;
mod partial;
mod quiet;
mod unread;
mod visibility;

mod trails {
    use super::*;

    #[test]
    fn no_trail_fails_everything() {
        only(&changed(|account| account.trails = Some(vec![])), ALL, Status::Fail, Code::TrailNone);
    }

    #[test]
    fn unread_trails_leave_everything_unknown() {
        only(&changed(|account| account.trails = None), ALL, Status::Unknown, Code::TrailUnread);
        only(&changed(|account| trail(account).status = None), ALL, Status::Unknown, Code::TrailUnread);
        only(&changed(|account| trail(account).selectors = None), ALL, Status::Unknown, Code::TrailUnread);
    }

    #[test]
    fn a_trail_that_is_broken_for_certain_fails_whatever_is_unread() {
        let report = changed(|account| {
            trail(account).is_multi_region = false;
            trail(account).status = None;
        });
        only(&report, ALL, Status::Fail, Code::TrailSingleRegion);
    }

    #[test]
    fn a_stopped_trail_fails_everything() {
        let report = changed(|account| trail(account).status.as_mut().expect("status").is_logging = false);
        only(&report, ALL, Status::Fail, Code::TrailNotLogging);
    }

    #[test]
    fn basic_selectors_are_judged_by_their_union() {
        let with = |basic: Vec<EventSelector>| {
            changed(|account| trail(account).selectors = Some(EventSelectors { basic, advanced: vec![] }))
        };
        only(&with(vec![basic("ReadOnly", true, &[])]), ALL, Status::Fail, Code::TrailNoWriteEvents);
        only(&with(vec![basic("WriteOnly", true, &[])]), ALL, Status::Fail, Code::TrailNoReadEvents);
        only(&with(vec![basic("All", false, &[])]), ALL, Status::Fail, Code::TrailNoManagementEvents);
        all_pass(&with(vec![]));
        all_pass(&with(vec![basic("ReadOnly", true, &[]), basic("WriteOnly", true, &[])]));
        all_pass(&with(vec![basic("All", false, &[]), basic("All", true, &[])]));
        all_pass(&with(vec![
            basic("All", true, &["kms.amazonaws.com"]),
            basic("WriteOnly", true, &[]),
            basic("ReadOnly", true, &[]),
        ]));
        let absent = EventSelector {
            read_write_type: None,
            include_management_events: None,
            exclude_management_event_sources: vec![],
            data_resources: vec![],
        };
        all_pass(&with(vec![absent]));
    }

    #[test]
    fn excluding_kms_fails_the_kms_control_and_warns_on_others() {
        let selectors = [
            EventSelectors { basic: vec![basic("All", true, &["kms.amazonaws.com"])], advanced: vec![] },
            EventSelectors {
                basic: vec![],
                advanced: vec![advanced(&[MANAGEMENT, ("eventSource", "!=", "kms.amazonaws.com")])],
            },
        ];
        for selectors in selectors {
            let report = changed(|account| trail(account).selectors = Some(selectors));
            only(&report, &["3.7"], Status::Fail, Code::TrailSourceExcluded);
            warns(&report, "3.1", Code::TrailSourceExcludedPartly);
            warns(&report, "3.3", Code::TrailSourceExcludedPartly);
            assert_eq!(finding_of(&report, "3.4").warnings, []);
        }
    }

    #[test]
    fn advanced_selectors_are_judged_by_their_union() {
        let with = |advanced: Vec<AdvancedEventSelector>| {
            changed(|account| trail(account).selectors = Some(EventSelectors { basic: vec![], advanced }))
        };
        let read = advanced(&[MANAGEMENT, ("readOnly", "=", "true")]);
        let write = advanced(&[MANAGEMENT, ("readOnly", "=", "false")]);
        let data = advanced(&[("eventCategory", "=", "Data"), ("resources.type", "=", "AWS::S3::Object")]);
        all_pass(&with(vec![advanced(&[MANAGEMENT])]));
        all_pass(&with(vec![read.clone(), write.clone(), data.clone()]));
        only(&with(vec![read.clone()]), ALL, Status::Fail, Code::TrailNoWriteEvents);
        only(&with(vec![write]), ALL, Status::Fail, Code::TrailNoReadEvents);
        only(&with(vec![data]), ALL, Status::Fail, Code::TrailNoManagementEvents);
        let narrowed = advanced(&[MANAGEMENT, ("eventName", "=", "DeleteTrail")]);
        only(&with(vec![narrowed.clone()]), ALL, Status::Fail, Code::TrailSelectorNarrowed);
        only(&with(vec![narrowed, read]), ALL, Status::Fail, Code::TrailSelectorNarrowed);
    }

    #[test]
    fn one_sound_trail_among_several_is_enough() {
        let report = changed(|account| {
            let mut stopped = trail(account).clone();
            stopped.arn = format!("{}-old", stopped.arn).into();
            stopped.status.as_mut().expect("status").is_logging = false;
            let mut regional = trail(account).clone();
            regional.arn = format!("{}-regional", regional.arn).into();
            regional.is_multi_region = false;
            account.trails.as_mut().expect("trails").splice(0..0, [stopped, regional]);
        });
        all_pass(&report);
    }

    #[test]
    fn a_trail_at_home_elsewhere_is_followed_there() {
        let moved = SEED.replace(REGION, "eu-west-1");
        let mut account = Saved::from_json(&moved).expect("a snapshot").document.snapshot;
        account.region = "us-east-1".into();
        let report = judge(&account);
        all_pass(&report);
        assert_eq!(finding_of(&report, "3.4").region, "eu-west-1");
    }
}

mod log_groups {
    use super::*;

    #[test]
    fn a_trail_without_a_log_group_fails_everything() {
        only(&changed(|account| trail(account).log_group_arn = None), ALL, Status::Fail, Code::LogGroupNone);
    }

    #[test]
    fn a_deleted_log_group_fails_everything() {
        let report = changed(|account| {
            account.log_groups[0].exists = Some(false);
            account.log_groups[0].metric_filters = None;
        });
        only(&report, ALL, Status::Fail, Code::LogGroupMissing);
    }

    #[test]
    fn failing_delivery_fails_everything() {
        let report = changed(|account| {
            trail(account).status.as_mut().expect("status").latest_logs_delivery_error = Some("AccessDenied".into());
        });
        only(&report, ALL, Status::Fail, Code::LogGroupDeliveryFailing);
    }

    #[test]
    fn a_failing_trail_does_not_affect_another_to_the_same_group() {
        let report = changed(|account| {
            let mut failing = trail(account).clone();
            failing.arn = failing.arn.replace("DefaultSecuritySettings", "A").into();
            failing.status.as_mut().expect("status").latest_logs_delivery_error = Some("AccessDenied".into());
            account.trails.as_mut().expect("trails").insert(0, failing);
        });
        all_pass(&report);
    }

    #[test]
    fn a_class_without_metric_filters_fails_everything() {
        let report = changed(|account| {
            account.log_groups[0].class = Some("INFREQUENT_ACCESS".into());
            account.log_groups[0].metric_filters = Some(vec![]);
        });
        only(&report, ALL, Status::Fail, Code::LogGroupClass);
    }

    #[test]
    fn log_groups_differ_by_region_and_account() {
        let elsewhere = |arn: String| {
            move |account: &mut Snapshot| {
                let filters = account.log_groups[0].metric_filters.take();
                account.log_groups[0].metric_filters = Some(vec![]);
                account.log_groups.push(LogGroup {
                    arn: arn.into(),
                    exists: Some(true),
                    class: None,
                    metric_filters: filters,
                });
            }
        };
        let region = changed(elsewhere(GROUP.replace(REGION, "us-west-2")));
        only(&region, ALL, Status::Fail, Code::MetricFilterNone);
        let account = changed(elsewhere(GROUP.replace("111122223333", "999999999999")));
        only(&account, ALL, Status::Fail, Code::MetricFilterNone);
    }

    #[test]
    fn another_accounts_group_can_be_judged_only_there() {
        let report = changed(|account| {
            trail(account).log_group_arn = Some((GROUP.replace("111122223333", "999999999999") + ":*").into());
            trail(account).is_organization = true;
        });
        only(&report, ALL, Status::Unknown, Code::LogGroupOtherAccount);
        let message = finding_of(&report, "3.1").reason.as_ref().expect("a reason").message();
        assert!(message.contains("999999999999"), "{message}");
    }

    #[test]
    fn an_unread_organization_trail_does_not_hide_a_sound_trail() {
        let report = changed(|account| {
            let mut foreign = trail(account).clone();
            foreign.arn = foreign.arn.replace("111122223333", "999999999999").into();
            foreign.log_group_arn = Some((GROUP.replace("111122223333", "999999999999") + ":*").into());
            account.trails.as_mut().expect("trails").insert(0, foreign);
        });
        all_pass(&report);
    }

    #[test]
    fn what_could_not_be_looked_at_is_unknown() {
        only(&changed(|account| account.log_groups.clear()), ALL, Status::Unknown, Code::LogGroupUnread);
        let denied = changed(|account| account.log_groups[0].metric_filters = None);
        only(&denied, ALL, Status::Unknown, Code::MetricFilterUnread);
    }
}

mod metric_filters {
    use super::*;

    #[test]
    fn a_missing_filter_fails_with_an_example_event() {
        let report =
            changed(|account| filters(account).retain(|filter| filter.transformations[0].name != "VpcChanges"));
        only(&report, &["3.14"], Status::Fail, Code::MetricFilterNone);
        let witness = finding_of(&report, "3.14").witness.as_ref().expect("a witness").to_json_line();
        assert!(witness.contains("ec2.amazonaws.com"), "{witness}");
    }

    #[test]
    fn filters_on_a_group_that_no_trail_feeds_do_not_count() {
        let report = changed(|account| {
            let filters = account.log_groups[0].metric_filters.replace(vec![]);
            let arn = GROUP.replace("DefaultSecuritySettings", "other");
            account.log_groups.push(LogGroup {
                arn: arn.into(),
                exists: Some(true),
                class: None,
                metric_filters: filters,
            });
        });
        only(&report, ALL, Status::Fail, Code::MetricFilterNone);
    }

    #[test]
    fn narrowed_contradictory_and_misspelt_patterns_miss_events() {
        for pattern in [
            r#"{ (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)) && ($.userIdentity.userName = "bob") }"#,
            "{ ($.eventName = CreateTrail) && ($.eventName = UpdateTrail) && ($.eventName = DeleteTrail) && ($.eventName = StartLogging) && ($.eventName = StopLogging) }",
            "{ ($.eventName = CreateTrail) || ($.eventName = CreateTrail) || ($.eventName = CreateTrail) || ($.eventName = CreateTrail) || ($.eventName = CreateTrail) }",
            "{ ($.eventName = createtrail) || ($.eventName = updatetrail) || ($.eventName = deletetrail) || ($.eventName = startlogging) || ($.eventName = stoplogging) || ($.eventName = StopLogging) }",
            "{ (($.eventName = *Trail) || ($.eventName = *Logging)) && ($.readOnly IS TRUE) }",
            "{ (($.eventName = *Trail) || ($.eventName = *Logging)) && ($.errorCode NOT EXISTS) }",
        ] {
            let report = changed(|account| filter(account, "CloudTrailConfigurationChanges").pattern = pattern.into());
            let finding = finding_of(&report, "3.5");
            let code = finding.reason.as_ref().map(|reason| reason.code());
            // A pattern that matches no such event at all is no filter for the control.
            let codes = [Some(Code::MetricFilterMissesEvents), Some(Code::MetricFilterNone)];
            assert!(finding.status == Status::Fail && codes.contains(&code), "{pattern}: {code:?}");
            assert!(finding.witness.is_some(), "{pattern}");
            assert_eq!(report.summary().pass, 13, "{pattern}");
        }
    }

    #[test]
    fn other_texts_of_the_same_meaning_pass() {
        for pattern in [
            "{ ($.eventName = StopLogging) || ($.eventName = StartLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || ($.eventName = CreateTrail) }",
            r#"{$.eventName="CreateTrail"||$.eventName="UpdateTrail"||$.eventName="DeleteTrail"||$.eventName="StartLogging"||$.eventName="StopLogging"}"#,
            "{ ($.eventName = *Trail) || ($.eventName = *Logging) }",
            "{ ($.eventSource = cloudtrail.amazonaws.com) }",
            "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) || ($.eventName = PutEventSelectors)) }",
            "{ ($.eventName = CreateTrail) ||\n ($.eventName = UpdateTrail) ||\n ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }",
        ] {
            all_pass(&changed(|account| filter(account, "CloudTrailConfigurationChanges").pattern = pattern.into()));
        }
    }

    #[test]
    fn two_filters_cover_a_control_together() {
        let report = changed(|account| {
            let first = filter(account, "CustomerCreatedCMKsChanges");
            first.pattern = "{ $.eventName = DisableKey }".into();
            let mut second = first.clone();
            second.name = "second".into();
            second.pattern = "{ $.eventName = ScheduleKeyDeletion }".into();
            filters(account).push(second);
        });
        all_pass(&report);
        assert_eq!(finding_of(&report, "3.7").chain.metric_filters().count(), 2);
    }

    #[test]
    fn of_two_filters_that_cover_together_each_needs_a_whole_chain() {
        let report = changed(|account| {
            let first = filter(account, "CustomerCreatedCMKsChanges");
            first.pattern = "{ $.eventName = DisableKey }".into();
            let mut second = first.clone();
            second.name = "second".into();
            second.pattern = "{ $.eventName = ScheduleKeyDeletion }".into();
            second.transformations[0].name = "Unwatched".into();
            filters(account).push(second);
        });
        only(&report, &["3.7"], Status::Fail, Code::AlarmNone);
    }

    #[test]
    fn a_pattern_that_matches_routine_events_fails_or_is_weak() {
        for pattern in ["", "{ $.eventName = * }", "{ $.recipientAccountId = 111122223333 }"] {
            let report = changed(|account| filter(account, "VpcChanges").pattern = pattern.into());
            only(&report, &["3.14"], Status::Fail, Code::MetricFilterMatchesEverything);
        }
        for pattern in ["{ $.eventType = AwsApiCall }", "{ $.eventSource = ec2* }"] {
            let report = changed(|account| filter(account, "VpcChanges").pattern = pattern.into());
            warns(&report, "3.14", Code::MetricFilterMatchesRoutine);
        }
    }

    #[test]
    fn a_second_gate_leaves_the_control_undecided() {
        let transformed = changed(|account| filter(account, "VpcChanges").apply_on_transformed_logs = true);
        only(&transformed, &["3.14"], Status::Unknown, Code::MetricFilterUndecided);
        let selected = changed(|account| {
            filter(account, "VpcChanges").field_selection_criteria = Some("@aws.region = \"us-east-1\"".into());
        });
        only(&selected, &["3.14"], Status::Unknown, Code::MetricFilterUndecided);
    }

    #[test]
    fn a_value_of_zero_notifies_nobody() {
        let zero = changed(|account| filter(account, "VpcChanges").transformations[0].value = "0".into());
        only(&zero, &["3.14"], Status::Fail, Code::MetricFilterZeroValue);
        let field = changed(|account| filter(account, "VpcChanges").transformations[0].value = "$.count".into());
        only(&field, &["3.14"], Status::Fail, Code::MetricFilterValueAbsent);
        let sized =
            changed(|account| filter(account, "VpcChanges").transformations[0].value = "$.requestParameters.n".into());
        only(&sized, &["3.14"], Status::Unknown, Code::MetricFilterValueUndecided);
    }

    #[test]
    fn every_transformation_counts() {
        let report = changed(|account| {
            let filter = filter(account, "VpcChanges");
            let mut unwatched = filter.transformations[0].clone();
            unwatched.name = "Unwatched".into();
            filter.transformations.insert(0, unwatched);
        });
        all_pass(&report);
    }
}

mod alarms {
    use super::*;

    /// The alarm of 3.14, changed.
    fn with(change: impl FnOnce(&mut MetricAlarm)) -> Report {
        changed(|account| change(alarm(account, "VpcChanges")))
    }

    #[track_caller]
    fn breaks(code: Code, change: impl FnOnce(&mut MetricAlarm)) {
        only(&with(change), &["3.14"], Status::Fail, code);
    }

    #[track_caller]
    fn weakens(code: Code, change: impl FnOnce(&mut MetricAlarm)) {
        warns(&with(change), "3.14", code);
    }

    #[test]
    fn an_alarm_must_watch_the_metric() {
        let none = changed(|account| account.alarms[0].metric_alarms.retain(|alarm| !alarm.name.contains("Vpc")));
        only(&none, &["3.14"], Status::Fail, Code::AlarmNone);
        breaks(Code::AlarmNone, |alarm| stat(alarm).name = "seed-VpcChanges".into());
        breaks(Code::AlarmOtherNamespace, |alarm| stat(alarm).namespace = "CISBenchmark".into());
        breaks(Code::AlarmUnit, |alarm| stat(alarm).unit = Some("Count".into()));
        breaks(Code::AlarmDimensions, |alarm| {
            stat(alarm).dimensions.insert("Trail".into(), "main".into());
        });
        let emitted = changed(|account| {
            filter(account, "VpcChanges").transformations[0].dimensions.insert("Region".into(), "$.awsRegion".into());
        });
        only(&emitted, &["3.14"], Status::Fail, Code::AlarmDimensions);
    }

    #[test]
    fn an_alarm_in_another_region_sees_nothing() {
        let report = changed(|account| {
            let vpc = alarm(account, "VpcChanges").clone();
            account.alarms[0].metric_alarms.retain(|alarm| alarm.name != vpc.name);
            account.alarms.push(RegionAlarms {
                log_alarms: vec![],
                mute_rules: Some(vec![]),
                region: "us-east-1".into(),
                complete: true,
                metric_alarms: vec![vpc],
                composite_alarms: vec![],
            });
        });
        only(&report, &["3.14"], Status::Fail, Code::AlarmOtherRegion);
    }

    #[test]
    fn an_alarm_must_be_able_to_fire() {
        breaks(Code::AlarmNeverFires, |alarm| alarm.threshold = Some(1e9));
        breaks(Code::AlarmNeverFires, |alarm| alarm.threshold = Some(2.0));
        breaks(Code::AlarmNeverFires, |alarm| alarm.comparison = Some("LessThanThreshold".into()));
        breaks(Code::AlarmNeverFires, |alarm| alarm.comparison = Some("GreaterThanThreshold".into()));
        breaks(Code::AlarmNeverFires, |alarm| {
            stat(alarm).statistic = "Sum".into();
            alarm.threshold = Some(1e9);
        });
        all_pass(&with(|alarm| stat(alarm).statistic = "Sum".into()));
        all_pass(&with(|alarm| stat(alarm).statistic = "Average".into()));
        all_pass(&with(|alarm| stat(alarm).statistic = "p99".into()));
        all_pass(&with(|alarm| {
            alarm.comparison = Some("GreaterThanThreshold".into());
            alarm.threshold = Some(0.0);
        }));
    }

    #[test]
    fn an_alarm_that_may_stay_silent_passes_with_a_warning() {
        weakens(Code::AlarmNotEveryEvent, |alarm| {
            stat(alarm).statistic = "Sum".into();
            alarm.threshold = Some(5.0);
        });
        weakens(Code::AlarmNotEveryEvent, |alarm| alarm.evaluation_periods = Some(3));
        weakens(Code::AlarmLatches, |alarm| alarm.treat_missing_data = Some("ignore".into()));
        breaks(Code::AlarmAlwaysFiring, |alarm| alarm.treat_missing_data = Some("breaching".into()));
        all_pass(&with(|alarm| {
            alarm.evaluation_periods = Some(3);
            alarm.datapoints_to_alarm = Some(1);
        }));
        let padded = changed(|account| {
            filter(account, "VpcChanges").transformations[0].default_value = Some(0.0);
            stat(alarm(account, "VpcChanges")).statistic = "Average".into();
        });
        warns(&padded, "3.14", Code::AlarmNotEveryEvent);
        let counted = changed(|account| {
            filter(account, "VpcChanges").transformations[0].default_value = Some(0.0);
            stat(alarm(account, "VpcChanges")).statistic = "SampleCount".into();
        });
        only(&counted, &["3.14"], Status::Fail, Code::AlarmAlwaysFiring);
        let zeroes = changed(|account| filter(account, "VpcChanges").transformations[0].default_value = Some(0.0));
        all_pass(&zeroes);
    }

    #[test]
    fn an_alarm_must_act_on_alarm_through_a_topic() {
        breaks(Code::AlarmActionsDisabled, |alarm| alarm.actions.enabled = false);
        breaks(Code::AlarmNoAction, |alarm| alarm.actions.alarm.clear());
        breaks(Code::AlarmNoAction, |alarm| alarm.actions.ok = std::mem::take(&mut alarm.actions.alarm));
        breaks(Code::AlarmActionNotTopic, |alarm| {
            alarm.actions.alarm = vec!["arn:aws:lambda:ap-northeast-1:111122223333:function:pager".into()];
        });
        all_pass(&with(|alarm| alarm.actions.alarm.insert(0, "arn:aws:automate:ap-northeast-1:ec2:stop".into())));
    }

    #[test]
    fn metric_math_that_passes_the_metric_through_is_followed() {
        let math = |expression: &str| {
            let expression = expression.to_owned();
            with(move |alarm| {
                let stat = stat(alarm).clone();
                let query = |id: &str, return_data, stat, expression| MetricQuery {
                    id: id.into(),
                    return_data: Some(return_data),
                    stat,
                    expression,
                    period: None,
                    account_id: None,
                };
                alarm.watches = Watched::Queries(vec![
                    query("m1", false, Some(stat), None),
                    query("e1", true, None, Some(expression)),
                ]);
            })
        };
        for expression in ["m1", "FILL(m1,0)", "FILL(m1, 0) * 1", "SUM([m1])", "SUM(METRICS())", "IF(m1 > 0, 1, 0)"] {
            all_pass(&math(expression));
        }
        only(&math("m1 * 0"), &["3.14"], Status::Fail, Code::AlarmNeverFires);
        only(&math("0 - m1"), &["3.14"], Status::Fail, Code::AlarmNeverFires);
        only(&math("RATE(m1)"), &["3.14"], Status::Unknown, Code::AlarmUndecided);
        only(&math("SELECT SUM(VpcChanges) FROM LogMetrics"), &["3.14"], Status::Unknown, Code::AlarmUndecided);
        only(&math("FILL(m1, 1)"), &["3.14"], Status::Fail, Code::AlarmAlwaysFiring);
    }

    #[test]
    fn a_lone_metric_stat_is_the_watched_metric() {
        all_pass(&with(|alarm| {
            let stat = stat(alarm).clone();
            let query = MetricQuery {
                id: "m1".into(),
                return_data: None,
                stat: Some(stat),
                expression: None,
                period: None,
                account_id: None,
            };
            alarm.watches = Watched::Queries(vec![query]);
        }));
    }

    fn composite(rule: &str) -> impl FnOnce(&mut Snapshot) {
        let rule = rule.to_owned();
        move |account| {
            let alarm = alarm(account, "VpcChanges");
            let alarms = std::mem::take(&mut alarm.actions.alarm);
            let rule = rule.replace("VPC", &alarm.name);
            account.alarms[0].composite_alarms.push(CompositeAlarm {
                arn: "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:any-change".into(),
                name: "any-change".into(),
                actions: AlarmActions { enabled: true, alarm: alarms, ok: vec![], insufficient_data: vec![] },
                rule,
                suppressor: None,
            });
        }
    }

    #[test]
    fn a_composite_alarm_carries_an_alarm_without_actions() {
        let report = changed(composite("ALARM(\"VPC\") OR ALARM(\"other\")"));
        all_pass(&report);
        let chain = &finding_of(&report, "3.14").chain;
        assert_eq!(chain.alarms().map(|alarm| alarm.is_composite).collect::<Vec<_>>(), [false, true]);
        // The filter, the alarm on its metric, the composite alarm above that, and the topic that only this one names.
        let edges: Vec<_> = chain.edges().iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(edges.get(..5), Some([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)].as_slice()));
        warns(&changed(composite("ALARM(VPC) AND ALARM(other)")), "3.14", Code::AlarmCompositeConditional);
        let blocked = changed(composite("OK(VPC)"));
        only(&blocked, &["3.14"], Status::Fail, Code::AlarmCompositeBlocks);
        let unread = changed(composite("VPC is on fire"));
        only(&unread, &["3.14"], Status::Unknown, Code::AlarmUndecided);
    }

    #[test]
    fn a_metric_of_another_account_is_another_metric() {
        let of = |account: &str| {
            let account = account.to_owned();
            with(move |alarm| {
                let stat = stat(alarm).clone();
                alarm.watches = Watched::Queries(vec![MetricQuery {
                    id: "m1".into(),
                    return_data: Some(true),
                    stat: Some(stat),
                    expression: None,
                    period: None,
                    account_id: Some(account),
                }]);
            })
        };
        only(&of("999999999999"), &["3.14"], Status::Fail, Code::AlarmNone);
        all_pass(&of("111122223333"));
    }

    #[test]
    fn composite_alarms_that_name_each_other_end() {
        let report = changed(|account| {
            let vpc = alarm(account, "VpcChanges");
            vpc.actions.alarm.clear();
            let mut names: Vec<String> = (0..20).map(|number| format!("c{number}")).collect();
            names.push(vpc.name.clone());
            let rule = names.iter().map(|name| format!("ALARM(\"{name}\")")).collect::<Vec<_>>().join(" OR ");
            for name in names.iter().take(20) {
                account.alarms[0].composite_alarms.push(CompositeAlarm {
                    arn: format!("arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:{name}").into(),
                    name: name.clone(),
                    actions: AlarmActions { enabled: true, alarm: vec![], ok: vec![], insufficient_data: vec![] },
                    rule: rule.clone(),
                    suppressor: None,
                });
            }
        });
        only(&report, &["3.14"], Status::Unknown, Code::AlarmUndecided);
    }

    #[test]
    fn any_sound_alarm_of_several_is_enough() {
        let report = changed(|account| {
            let mut silent = alarm(account, "VpcChanges").clone();
            silent.arn = format!("{}-a", silent.arn).into();
            silent.actions.enabled = false;
            account.alarms[0].metric_alarms.insert(0, silent);
        });
        all_pass(&report);
    }

    #[test]
    fn an_alarm_that_was_not_read_may_be_the_sound_one() {
        let report = changed(|account| {
            alarm(account, "VpcChanges").actions.enabled = false;
            account.alarms[0].complete = false;
        });
        only(&report, &["3.14"], Status::Unknown, Code::AlarmUnread);
        only(&changed(|account| account.alarms.clear()), ALL, Status::Unknown, Code::AlarmUnread);
    }
}

mod topics {
    use super::*;

    fn topic(account: &mut Snapshot) -> &mut Topic {
        &mut account.topics[0]
    }

    #[test]
    fn a_topic_that_is_gone_notifies_nobody() {
        let report = changed(|account| {
            topic(account).exists = Some(false);
            topic(account).subscriptions = None;
        });
        only(&report, ALL, Status::Fail, Code::TopicMissing);
    }

    #[test]
    fn a_topic_that_was_not_looked_at_is_unknown() {
        only(&changed(|account| account.topics.clear()), ALL, Status::Unknown, Code::TopicUnread);
        let denied = changed(|account| topic(account).subscriptions = None);
        only(&denied, ALL, Status::Unknown, Code::SubscriptionUnread);
    }

    #[test]
    fn the_managed_key_shuts_cloudwatch_out() {
        for key in ["alias/aws/sns", "arn:aws:kms:ap-northeast-1:111122223333:alias/aws/sns"] {
            let report = changed(|account| topic(account).kms_key_id = Some(key.into()));
            only(&report, ALL, Status::Fail, Code::TopicManagedKey);
        }
    }

    #[test]
    fn a_policy_that_keeps_cloudwatch_out_notifies_nobody() {
        let with = |statement: &str| {
            let policy = format!("{{\"Statement\":[{statement}]}}");
            changed(|account| topic(account).policy = Some(policy))
        };
        let default = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}"#;
        all_pass(&with(default));
        let events = r#"{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}"#;
        only(&with(events), ALL, Status::Fail, Code::TopicPolicyForbids);
        let deny = format!(r#"{default},{{"Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"}}"#);
        only(&with(&deny), ALL, Status::Fail, Code::TopicPolicyDenies);
        let network = default.replace(
            "StringEquals\":{\"AWS:SourceOwner\":\"111122223333",
            "IpAddress\":{\"aws:SourceIp\":\"192.0.2.0/24",
        );
        warns(&with(&network), "3.9", Code::TopicPolicyUndecided);
    }

    #[test]
    fn a_topic_of_another_region_is_out_of_reach() {
        let report = changed(|account| {
            let arn = "arn:aws:sns:us-east-1:111122223333:notice";
            alarm(account, "VpcChanges").actions.alarm = vec![arn.into()];
        });
        only(&report, &["3.14"], Status::Fail, Code::TopicOtherRegion);
    }

    #[test]
    fn only_a_confirmed_subscription_notifies_anybody() {
        let with = |arns: &[&str]| {
            let subscription = |arn: &&str| Subscription {
                attributes: Some(SubscriptionAttributes::default()),
                arn: (*arn).into(),
                protocol: "email".into(),
                endpoint: "ops@example.com".into(),
            };
            let subscriptions: Vec<Subscription> = arns.iter().map(subscription).collect();
            changed(|account| topic(account).subscriptions = Some(subscriptions))
        };
        let confirmed = "arn:aws:sns:ap-northeast-1:111122223333:notice:6f1d7b1e-0000-4000-8000-000000000001";
        all_pass(&with(&["PendingConfirmation", "Deleted", confirmed]));
        only(&with(&[]), ALL, Status::Fail, Code::SubscriptionNone);
        only(&with(&["PendingConfirmation"]), ALL, Status::Fail, Code::SubscriptionPending);
        only(&with(&["pending confirmation"]), ALL, Status::Fail, Code::SubscriptionPending);
        only(&with(&["Deleted"]), ALL, Status::Fail, Code::SubscriptionDeleted);
        only(&with(&["Deleted", "PendingConfirmation"]), ALL, Status::Fail, Code::SubscriptionPending);
    }
}

#[test]
fn a_failure_names_the_chain_up_to_the_broken_link() {
    let report = changed(|account| account.topics[0].subscriptions = Some(vec![]));
    let finding = finding_of(&report, "3.4");
    assert_eq!(finding.chain.trail().map(|trail| trail.home_region.as_str()), Some(REGION));
    assert_eq!(finding.chain.log_group(), Some(&GROUP.into()));
    assert_eq!(finding.chain.metric_filters().map(|filter| filter.covers).collect::<Vec<_>>(), [Some(true)]);
    const NOTICE: &str = "arn:aws:sns:ap-northeast-1:111122223333:notice";
    assert_eq!(finding.chain.alarms().map(|alarm| alarm.topics.join(" ")).collect::<Vec<_>>(), [NOTICE]);
    assert_eq!(finding.chain.topics().collect::<Vec<_>>(), [NOTICE]);
    // Trail, log group, filter, alarm, topic: each leads to the next.
    let edges: Vec<_> = finding.chain.edges().iter().map(|edge| (edge.from, edge.to)).collect();
    assert_eq!(edges, [(0, 1), (1, 2), (2, 3), (3, 4)]);
    assert!(finding.remediation().contains("aws sns subscribe"), "{}", finding.remediation());
}

#[test]
fn equal_accounts_give_equal_reports() {
    let mut shuffled = seed();
    filters(&mut shuffled).reverse();
    shuffled.alarms[0].metric_alarms.reverse();
    shuffled.sort();
    assert_eq!(format!("{:?}", judge(&shuffled)), format!("{:?}", judge(&seed())));
}

/// What is no ARN of its kind leads nowhere, and not to what is elsewhere, "", either.
#[test]
fn what_is_no_arn_leads_nowhere() {
    for text in ["", "alerts", "arn:aws:sns::111122223333:notice", "arn:aws:sns:ap-northeast-1::notice"] {
        // The same text on both ends, so that only the ARN is at fault.
        let topic = changed(|account| {
            let old = account.topics[0].arn.to_string();
            account.topics[0].arn = text.into();
            for alarm in account.alarms.iter_mut().flat_map(|alarms| &mut alarms.metric_alarms) {
                alarm
                    .actions
                    .alarm
                    .iter_mut()
                    .filter(|action| **action == old)
                    .for_each(|action| *action = text.into());
            }
        });
        let group = changed(|account| {
            account.log_groups[0].arn = text.into();
            trail(account).log_group_arn = Some(text.into());
        });
        for report in [topic, group] {
            let finding = finding_of(&report, "3.4");
            assert_ne!(finding.status, Status::Pass, "{text}");
            let said = finding.reason.as_ref().expect("a reason").message();
            assert!(!said.contains("is in ,") && !said.contains("account :"), "{said}");
        }
    }
}
