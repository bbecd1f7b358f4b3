//! What the first two links need: a trail of all management events that delivers to a log group.
//!
//! An own trail that could be changed is never passed over for a second one; it is changed only where the user allowed
//! that. Another account's trail is its owner's to fix.

use super::super::documents;
use super::super::names::TRIES;
use super::super::plan::{Action, Bucket, Change, Key, LogGroup, OWN_TAG, RETENTION_DAYS, Role, Trail, TrailUpdate};
use super::super::survey::{SiteKind, SiteState};
use super::draft::{Assumed, Draft};
use super::refusal::{Refusal, with_remedy};
use super::selectors;
use crate::arn::{LogGroupArn, TrailArn};
use crate::audit;
use crate::finding::facts::{GroupQuestion, LogGroupProblem};
use crate::finding::{Code, Facts, Finding, Link, Reason, Report, Status, Unread};
use crate::rule::Rule;
use crate::snapshot::{self, Cause};

impl Draft<'_> {
    /// No trail records the account: its own, with all that it needs.
    pub(super) fn no_trail(&mut self, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        if let Some(trail) = self.account.trails().iter().find(|trail| self.owns(&trail.arn)) {
            let home = &trail.home_region;
            let why = format!("{}; trail {} lives in {home}: audit with --region {home}", reason.message(), trail.name);
            return Err(Refusal::new(reason.code(), why));
        }
        let region = self.before.region.clone();
        let number = self.storage(&region)?;
        let trail_arn = self.names.trail(&region, number);
        let group = self.own_log_group(&region, rule)?;
        let role = self.role(&region, &trail_arn, &group, rule)?;
        // Also where they are there and ours: a run that was ended may have left them half made.
        let alias = self.create_key(&region, number, rule);
        let name = self.create_bucket(&region, number, rule);
        let tags = self.tags();
        self.put(
            rule,
            Action::CreateTrail(Trail {
                arn: trail_arn,
                bucket: name,
                key: alias,
                log_group_arn: group,
                role_arn: role,
                tags,
            }),
        );
        Ok(())
    }

    /// Returns its alias.
    fn create_key(&mut self, region: &str, number: u32, rule: &Rule) -> String {
        let (trail_arn, alias) = (self.names.trail(region, number), self.names.key(number));
        let key = Key {
            region: region.to_owned(),
            alias: alias.clone(),
            description: format!("Encrypts the files of trail {}", trail_arn.name()),
            policy: documents::key(self.names.partition, self.names.account, &trail_arn),
            tags: self.tags(),
        };
        self.put(rule, Action::CreateKey(key));
        alias
    }

    /// Returns its name.
    fn create_bucket(&mut self, region: &str, number: u32, rule: &Rule) -> String {
        let (trail_arn, name) = (self.names.trail(region, number), self.names.bucket(region, number));
        let bucket = Bucket {
            region: region.to_owned(),
            policy: documents::bucket(self.names.partition, self.names.account, &name, &trail_arn),
            name: name.clone(),
            tags: self.tags(),
        };
        self.put(rule, Action::CreateBucket(bucket));
        name
    }

    /// An earlier run may have been ended, or denied a call that no chain needs, so that nothing else asks for it: a log
    /// group without retention, a key without rotation, a bucket that is not closed to the public.
    pub(super) fn finish_begun(&mut self, report: &Report) {
        let rules = self.rules;
        for (finding, rule) in report.findings().zip(rules) {
            if self.refused.contains_key(&rule.id) {
                continue;
            }
            let arn = finding.chain.trail().map(|step| &step.arn);
            let trail = self.account.trails().iter().find(|trail| Some(&trail.arn) == arn).cloned();
            let Some(trail) = trail else { continue };
            if let Some(group) = &trail.log_group_arn {
                self.finish_log_group(&group.without_streams(), rule);
            }
            let Some(number) = self.names.number(&trail).filter(|_| trail.home_region == self.before.region) else {
                continue;
            };
            let region = &trail.home_region;
            if self.survey.state(SiteKind::Key, &self.names.key(number)) == Some(SiteState::HalfMade) {
                self.create_key(region, number, rule);
            }
            let bucket = self.names.bucket(region, number);
            if self.survey.state(SiteKind::Bucket, &bucket) == Some(SiteState::HalfMade) {
                self.create_bucket(region, number, rule);
            }
        }
    }

    /// The number under which the trail's name is free, and those of its bucket and key are free or this program's own.
    fn storage(&mut self, region: &str) -> Result<u32, Refusal> {
        for number in 1..=TRIES {
            let trail = self.names.trail(region, number);
            // A multi-region trail's name is taken in every region, no matter who owns it.
            if self.account.trails().iter().any(|other| other.name == trail.name()) {
                continue;
            }
            let (bucket, key) = (self.names.bucket(region, number), self.names.key(number));
            let found = (self.site(SiteKind::Bucket, &bucket)?, self.site(SiteKind::Key, &key)?);
            if found.0 != SiteState::Foreign && found.1 != SiteState::Foreign {
                return Ok(number);
            }
        }
        let why = format!("the names that a trail's bucket and key would have are taken: {}", self.other_prefix());
        Err(Refusal::new(Code::TrailNone, why))
    }

    fn other_prefix(&self) -> String {
        format!("--name-prefix gives others than those that begin with {}", self.names.prefix)
    }

    /// What has a name. That it was not read is a refusal.
    fn site(&self, kind: SiteKind, name: &str) -> Result<SiteState, Refusal> {
        let (what, allow) = match kind {
            SiteKind::Bucket => ("bucket", "s3:ListBucket and s3:GetBucketTagging"),
            SiteKind::Role => ("role", "iam:GetRole"),
            SiteKind::Key => ("key", "kms:DescribeKey and kms:ListResourceTags"),
            SiteKind::LogGroup => ("log group", "logs:DescribeLogGroups and logs:ListTagsForResource"),
        };
        let site = self.survey.site(kind, name);
        let Some(site) = site else {
            return Err(self.never_asked(Code::TrailUnread, &format!("whether {what} {name} exists")));
        };
        site.state.ok_or_else(|| {
            // IAM answers for all regions, so only the name shows which read it was.
            let is_it = |gap: &&snapshot::Gap| gap.resource.as_deref().is_some_and(|resource| resource.ends_with(name));
            let gap = self.before.gaps.iter().find(is_it);
            let why = gap.map(|gap| Unread::from_gap(self.before, gap));
            let because = why.as_ref().map(Unread::words).unwrap_or_default();
            // S3 refuses to say of another account's bucket that there is one.
            let or_else = match kind {
                SiteKind::Bucket => format!(", or, if another account has it: {}", self.other_prefix()),
                SiteKind::Role | SiteKind::Key | SiteKind::LogGroup => String::new(),
            };
            let advice = match why {
                Some(why) if why.cause() != Some(Cause::Denied) => why.remedy_clause(Code::TrailUnread),
                Some(_) | None => format!("allow {allow}{or_else}"),
            };
            Refusal::new(
                Code::TrailUnread,
                format!("whether {what} {name} exists, and is tagged {OWN_TAG}, was not read{because}; {advice}"),
            )
        })
    }

    /// The log group for a trail that has none: the named one or this program's own, as it is, finished or created. One
    /// of this program's name that is someone else's is not filled with an account's events.
    fn own_log_group(&mut self, region: &str, rule: &Rule) -> Result<LogGroupArn, Refusal> {
        let named = self.options.log_group.as_deref();
        for arn in self.names.log_groups(region, named) {
            let state = self.site(SiteKind::LogGroup, &arn)?;
            if state == SiteState::Foreign && named.is_none() {
                continue;
            }
            let name = arn.name();
            let found = self.account.log_group(&arn);
            if found.is_none() {
                return Err(self.never_asked(Code::LogGroupUnread, &format!("whether log group {name} exists")));
            }
            let class = found.and_then(|group| group.class.as_deref());
            let class = class.filter(|class| audit::filters_on(class) != Some(true));
            if found.and_then(|group| group.exists).is_none() {
                let operations = ["logs:DescribeMetricFilters", "logs:DescribeLogGroups"];
                let why = Unread::find_of(self.before, &operations, &arn);
                let facts = Facts::log_group(&arn, LogGroupProblem::Unread(GroupQuestion::Existence));
                return Err(Refusal::from_reason(&Reason::new(facts).because(why)));
            }
            if let Some(class) = class {
                let (code, what) = match audit::filters_on(class) {
                    Some(_) => (Code::LogGroupClass, "which does not support metric filters"),
                    None => (Code::LogGroupClassUndecided, "which may not support metric filters"),
                };
                let why = format!("log group {name} is of class {class}, {what}; name another with --log-group");
                return Err(Refusal::new(code, why));
            }
            match state {
                SiteState::Missing | SiteState::HalfMade => self.create_log_group(&arn, rule),
                SiteState::Ours | SiteState::Foreign => {}
            }
            return Ok(arn);
        }
        let why = format!("the names that the trail's log group would have are taken: {}", self.other_prefix());
        Err(Refusal::new(Code::LogGroupNone, why))
    }

    /// A run that was ended, or denied that call, may have left a log group without retention.
    pub(super) fn finish_log_group(&mut self, arn: &LogGroupArn, rule: &Rule) {
        if self.survey.state(SiteKind::LogGroup, arn) == Some(SiteState::HalfMade) {
            self.create_log_group(arn, rule);
        }
    }

    fn create_log_group(&mut self, arn: &LogGroupArn, rule: &Rule) {
        let group = LogGroup { arn: arn.clone(), retention_days: RETENTION_DAYS, tags: self.tags() };
        self.put(rule, Action::CreateLogGroup(group));
    }

    /// The role with which CloudTrail writes a trail's events to a log group, as it is or created. Returns its ARN.
    fn role(
        &mut self,
        region: &str,
        trail_arn: &TrailArn,
        group_arn: &LogGroupArn,
        rule: &Rule,
    ) -> Result<String, Refusal> {
        for number in 1..=TRIES {
            let name = self.names.role(region, trail_arn, group_arn, number);
            let arn = self.names.role_arn(&name);
            match self.site(SiteKind::Role, &name)? {
                SiteState::Foreign => {}
                SiteState::Missing | SiteState::Ours | SiteState::HalfMade => {
                    let account = self.names.account;
                    self.put(
                        rule,
                        Action::CreateRole(Role {
                            arn: arn.clone(),
                            description: format!(
                                "CloudTrail writes the events of trail {} to CloudWatch Logs",
                                trail_arn.name()
                            ),
                            trust: documents::trust(),
                            policy_name: "write-to-log-group".to_owned(),
                            policy: documents::delivery(account, region, group_arn),
                            tags: self.tags(),
                            name,
                        }),
                    );
                    return Ok(arn);
                }
            }
        }
        let why = format!("the names that the trail's role would have are taken: {}", self.other_prefix());
        Err(Refusal::new(Code::LogGroupNone, why))
    }

    /// A trail, or its log group, is at fault.
    pub(super) fn fix_trail(&mut self, finding: &Finding, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        let Some(trail) = self.trail_of(finding, reason) else { return Err(Refusal::from_reason(reason)) };
        if self.owns(&trail.arn) {
            return self.fix_own(&trail, reason, rule);
        }
        if self.account.trails().iter().any(|trail| self.owns(&trail.arn)) {
            return self.fix_nearest_own(rule);
        }
        if !trail.is_organization {
            return self.no_trail(reason, rule);
        }
        let owner = trail.arn.account().map(|owner| format!(", account {owner}")).unwrap_or_default();
        let what = format!("ask the owner of trail {}{owner}: {}", trail.name, reason.remedy_clause());
        self.leave(rule, reason.code(), what);
        Ok(())
    }

    /// The trail that a reason is about, or that delivers to the log group that it is about.
    fn trail_of(&self, finding: &Finding, reason: &Reason) -> Option<snapshot::Trail> {
        let find_trail = |arn: &str| self.account.trails().iter().find(|trail| trail.arn == *arn);
        let resource = reason.resource().unwrap_or_default();
        let delivers =
            |trail: &&snapshot::Trail| trail.log_group_arn.as_ref().is_some_and(|group| group.group() == resource);
        let in_chain = finding.chain.trail().and_then(|step| find_trail(&step.arn));
        // Another account's trail may deliver to the same group: the chain says which of them is meant.
        let delivering = in_chain.filter(delivers).or_else(|| self.account.trails().iter().find(delivers));
        find_trail(resource).or(delivering).or(in_chain).cloned()
    }

    /// The chain leads furthest through another account's trail: what do the account's own need?
    fn fix_nearest_own(&mut self, rule: &Rule) -> Result<(), Refusal> {
        let mut own = self.account.clone();
        let account = self.before.account_id.clone();
        own.trails.iter_mut().for_each(|trails| trails.retain(|trail| trail.arn.account() == Some(&account)));
        let report = self.audited(&own);
        let Some(finding) = report.findings().find(|finding| finding.rule.id == rule.id) else { return Ok(()) };
        match (finding.status, &finding.reason) {
            (Status::Fail, Some(reason)) if matches!(reason.link(), Link::Trail | Link::LogGroup) => {
                let Some(trail) = self.trail_of(finding, reason) else { return Err(Refusal::from_reason(reason)) };
                self.fix_own(&trail, reason, rule)
            }
            (Status::Fail, Some(reason)) => self.fix(finding, reason, rule),
            (Status::Unknown, Some(reason)) => Err(Refusal::from_reason(reason)),
            (Status::Pass, _) | (Status::Fail | Status::Unknown, None) => Ok(()),
        }
    }

    /// A fix that was ended between creating and starting a trail leaves one of our name, with our bucket, that was never
    /// started: to start it is to go on with that fix.
    fn is_half_made(&self, trail: &snapshot::Trail) -> bool {
        let is_new = |status: &snapshot::TrailStatus| {
            !status.is_logging && status.start_logging_time.is_none() && status.stop_logging_time.is_none()
        };
        self.names.number(trail).is_some() && trail.status.as_ref().is_some_and(is_new)
    }

    fn fix_own(&mut self, trail: &snapshot::Trail, reason: &Reason, rule: &Rule) -> Result<(), Refusal> {
        if reason.code() == Code::LogGroupMissing {
            let Some(group) = trail.log_group_arn.as_ref().filter(|group| group.is_proper()) else {
                return Err(Refusal::from_reason(reason));
            };
            self.create_log_group(&group.without_streams(), rule);
            return Ok(());
        }
        if matches!(reason.code(), Code::LogGroupDeliveryFailing | Code::LogGroupDeliveryStale) {
            self.manual(rule, reason.code(), with_remedy(reason));
            self.assumed.push(Assumed::Delivers(trail.arn.clone()));
            return Ok(());
        }
        let goes_on = reason.code() == Code::TrailNotLogging && self.is_half_made(trail);
        if !(self.options.allow_update || goes_on) {
            let mut why = format!("{}; --allow-update lets the plan change trail {}", reason.message(), trail.name);
            // Every fix asks about the topic that it would create.
            if self.before.topic(&self.names.topic(&trail.home_region, 1)).is_none() {
                why.push_str(&format!("; {}", self.saved_without()));
            }
            return Err(Refusal::new(reason.code(), why));
        }
        let mut update = match self.steps.values().find_map(|(action, _)| updating(action, &trail.arn)) {
            Some(update) => update.clone(),
            None => TrailUpdate { arn: trail.arn.clone(), ..TrailUpdate::default() },
        };
        if reason.code() == Code::TrailSingleRegion {
            update.multi_region = Some(Change { from: false, to: true });
            if !trail.include_global_service_events {
                update.global_events = Some(Change { from: false, to: true });
            }
        } else if reason.code() == Code::TrailNotLogging {
            update.logging = Some(Change { from: false, to: true });
        } else if matches!(reason.code(), Code::LogGroupNone | Code::LogGroupClass) {
            self.attach(trail, reason, rule, &mut update)?;
        } else {
            let Some(read) = &trail.selectors else { return Err(Refusal::from_reason(reason)) };
            let Some(to) = selectors::widened(read) else {
                let why = format!("{}; trail {} has no room for another event selector", reason.message(), trail.name);
                return Err(Refusal::new(reason.code(), why));
            };
            update.selectors = Some(Change { from: read.clone(), to });
        }
        self.put(rule, Action::UpdateTrail(update));
        Ok(())
    }

    /// Gives a trail a log group that metric filters work on, and the role to write there.
    fn attach(
        &mut self,
        trail: &snapshot::Trail,
        reason: &Reason,
        rule: &Rule,
        update: &mut TrailUpdate,
    ) -> Result<(), Refusal> {
        if trail.is_organization {
            let what = format!(
                "{}; trail {} records a whole organization, and its role must write every account's streams",
                reason.remedy_clause(),
                trail.name
            );
            return Err(Refusal::new(reason.code(), what));
        }
        let region = trail.home_region.clone();
        let group = self.own_log_group(&region, rule)?;
        let role = self.role(&region, &trail.arn, &group, rule)?;
        let before = trail.log_group_arn.as_ref().map(LogGroupArn::without_streams);
        update.log_group_arn = Some(Change { from: before, to: Some(group) });
        update.role_arn = Some(Change { from: trail.log_role_arn.clone(), to: Some(role) });
        Ok(())
    }
}

fn updating<'a>(action: &'a Action, arn: &TrailArn) -> Option<&'a TrailUpdate> {
    if let Action::UpdateTrail(update) = action { Some(update).filter(|update| update.arn == *arn) } else { None }
}
