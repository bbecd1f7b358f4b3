//! What a fix meets that is no defect of a chain: names that are taken, limits that are reached, trails of others, and
//! answers that are missing. Each can come on top of any defect of the table ([`crate::accounts::defects`]).

use super::*;
use crate::accounts::defects::Defect;
use crate::accounts::defects::sound::SOUND;
use crate::accounts::{AccountBuilder, seed as seed_builder};
use crate::snapshot::MuteRule;

/// One thing in an account that a plan has to cope with.
pub(super) struct Circumstance {
    pub(super) name: &'static str,
    pub(super) change: fn(&mut Account, &str),
}

const fn circumstance(name: &'static str, change: fn(&mut Account, &str)) -> Circumstance {
    Circumstance { name, change }
}

/// Applies the circumstance, the sound difference or the defect of this name. What it finds nothing to change in, it leaves.
pub(super) fn apply(account: &mut Account, name: &str, control: &str) {
    if let Some(circumstance) = CIRCUMSTANCES.iter().find(|circumstance| circumstance.name == name) {
        return (circumstance.change)(account, control);
    }
    let sound = SOUND.iter().find(|sound| sound.name == name);
    let apply = sound.map_or_else(|| Defect::named(name).apply, |sound| sound.apply);
    let tolerant = AccountBuilder::of_snapshot(account.snapshot.clone()).tolerant();
    account.snapshot = apply(tolerant, control).build();
}

/// The seed's account with one thing of this name, on control 3.4. It must find what it changes.
pub(super) fn seed_with(name: &str) -> Account {
    let sound = SOUND.iter().find(|sound| sound.name == name);
    match CIRCUMSTANCES.iter().find(|circumstance| circumstance.name == name) {
        Some(circumstance) => {
            let mut account = seed();
            (circumstance.change)(&mut account, "3.4");
            account
        }
        None => {
            let apply = sound.map_or_else(|| Defect::named(name).apply, |sound| sound.apply);
            apply(seed_builder(), "3.4").into()
        }
    }
}

const OTHER: &str = "999999999999";

/// A further trail, another organization's or the account's own.
fn second_trail(account: &mut Account, owner: &str, change: fn(&mut Trail)) {
    let Some(first) = account.trails().first().cloned() else { return };
    let arn = format!("arn:aws:cloudtrail:ap-northeast-1:{owner}:trail/second");
    let mut trail = Trail { arn: arn.into(), name: "second".into(), is_organization: owner != ACCOUNT, ..first };
    change(&mut trail);
    if !account.trails().iter().any(|other| other.arn == trail.arn) {
        account.trails.get_or_insert_default().push(trail);
    }
}

/// A topic that has the name which a fix gives.
fn own_topic(account: &mut Account, exists: Option<bool>, kms_key_id: Option<&str>) {
    if account.topic(OWN_TOPIC).is_none() {
        account.topics.push(Topic {
            arn: OWN_TOPIC.into(),
            exists,
            policy: None,
            kms_key_id: kms_key_id.map(Into::into),
            is_fifo: false,
            subscriptions: exists.map(|_| vec![]),
        });
    }
}

pub(super) const CIRCUMSTANCES: &[Circumstance] = &[
    circumstance("another organization's trail", |a, _| second_trail(a, OTHER, |_| {})),
    circumstance("another organization's log group", |a, _| {
        second_trail(a, OTHER, |t| t.log_group_arn = Some(GROUP.replace(ACCOUNT, OTHER).into()));
    }),
    circumstance("another organization's broken trail", |a, _| second_trail(a, OTHER, |t| t.log_group_arn = None)),
    circumstance("a second trail elsewhere", |a, _| {
        second_trail(a, ACCOUNT, |t| {
            t.arn = t.arn.replace(REGION, "us-east-1").into();
            t.home_region = "us-east-1".into();
            t.log_group_arn = None;
        });
    }),
    circumstance("only another organization's trail", |a, _| {
        a.trails.iter_mut().flatten().for_each(|t| {
            t.arn = t.arn.replace(ACCOUNT, OTHER).into();
            t.is_organization = true;
        });
    }),
    circumstance("as many filters as may be", |a, _| {
        for group in &mut a.log_groups {
            let filters = group.metric_filters.get_or_insert_default();
            for number in filters.len()..100 {
                let Some(mut filter) = filters.first().cloned() else { break };
                filter.name = format!("filter {number}");
                filter.pattern = "{ $.eventName = Nothing }".into();
                filter.transformations[0].name = filter.name.clone();
                filters.push(filter);
            }
        }
    }),
    circumstance("filter's name is taken", |a, control| {
        for group in &mut a.log_groups {
            let filters = group.metric_filters.get_or_insert_default();
            for slug in ["iam-policy-changes", "unauthorized-api-calls", "vpc-changes"] {
                let Some(mut filter) = filters.first().cloned() else { break };
                filter.name = format!("cis-audit-{slug}");
                filter.pattern = "{ $.eventName = Nothing }".into();
                filter.transformations[0].namespace = "CISBenchmark".into();
                filter.transformations[0].name = metric_of(control).into();
                if !filters.iter().any(|other| other.name == filter.name) {
                    filters.push(filter);
                }
            }
        }
    }),
    circumstance("own name muted", |a, control| {
        let metric = metric_of(control);
        let watching = a.alarms.iter().flat_map(|region| &region.metric_alarms);
        let watching = watching.filter(|alarm| matches!(&alarm.watches, Watched::Metric(stat) if stat.name == metric));
        let mut alarms: Vec<String> = watching.map(|alarm| alarm.name.clone()).collect();
        alarms.push("cis-audit-iam-policy-changes".into());
        let Some(region) = a.alarms.first_mut() else { return };
        region.mute_rules.get_or_insert_default().push(MuteRule {
            name: format!("{metric} for ever"),
            alarms,
            schedule: "cron(* * * * *)".into(),
            duration: "P15D".into(),
            status: "SCHEDULED".into(),
            start: None,
            expire: None,
        });
    }),
    circumstance("alarms unread beside the known ones", |a, _| a.alarms.iter_mut().for_each(|r| r.complete = false)),
    circumstance("alarm's name is taken", |a, _| {
        let Some(region) = a.alarms.first_mut() else { return };
        let Some(mut alarm) = region.metric_alarms.first().cloned() else { return };
        alarm.name = "cis-audit-iam-policy-changes".into();
        alarm.arn = "arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:cis-audit-iam-policy-changes".into();
        alarm.watches = Watched::Criteria("up".into());
        if !region.metric_alarms.iter().any(|other| other.name == alarm.name) {
            region.metric_alarms.push(alarm);
        }
    }),
    circumstance("own topic is unfit", |a, _| own_topic(a, Some(true), Some("alias/aws/sns"))),
    circumstance("own topic is unread", |a, _| own_topic(a, None, None)),
    circumstance("sites unread", |a, _| {
        for number in 1..=TRIES {
            let names = Names { prefix: "cis-audit", partition: "aws", account: ACCOUNT };
            a.survey.sites.push(Site { kind: SiteKind::Bucket, name: names.bucket(REGION, number), state: None });
        }
    }),
    circumstance("names are taken", |a, _| {
        let names = Names { prefix: "cis-audit", partition: "aws", account: ACCOUNT };
        let name = names.bucket(REGION, 1);
        if a.survey.state(SiteKind::Bucket, &name).is_none() {
            a.survey.sites.push(Site { kind: SiteKind::Bucket, name, state: Some(SiteState::Foreign) });
        }
    }),
    circumstance("another region is asked for", |a, _| a.region = "us-east-1".into()),
    circumstance("gap about the topic", |a, _| {
        a.gaps.push(crate::snapshot::Gap {
            account_id: ACCOUNT.into(),
            region: REGION.into(),
            source: crate::snapshot::GapSource::call("sns:GetTopicAttributes"),
            resource: Some(NOTICE.into()),
            code: "AuthorizationError".into(),
            message: "no".into(),
        });
    }),
];
