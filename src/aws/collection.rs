//! The order of the calls, which is what an audit waits for.
//!
//! 1. At once: who is asked, the trails, and on speculation the first pages of the filters and alarms of the region asked
//!    for, and its mute rules, since most trails live there. Connections for the next round are opened meanwhile. Where a
//!    control asks for it, whether Security Hub CSPM is enabled, there and in each further region that was asked for.
//! 2. At once: each trail's status and selectors; in each region in which a trail's log group lives, what the first round
//!    has not shown, and the topics of alarms of interest. Then, of a topic's confirmed subscriptions, whether a filter
//!    policy keeps messages from them, and of a customer's own key that encrypts a topic, whom it lets use it.
//! 3. Only where there are more alarms than a page holds, and something still fails without them: all the others.
//! 4. Only where a control has nothing at a link: the EventBridge rules of the region asked for and of the trails' home
//!    regions, at once.
//!
//! Of an account that is one of many nothing is asked on speculation, nor who is asked: what a role is of, its ARN says.
//! A member of an organization has the organization's trail and no other, mostly, and what else is there then decides
//! nothing. So its trails come first, and the rest of the first round only if not all of them deliver to other accounts.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use super::caller::Caller;
use super::clients::Clients;
use super::cloudwatch::Page;
use super::error::{Failure, Refusal, Trouble};
use super::fatal::CollectError;
use super::interest::Interest;
use super::kms::Asked;
use super::limits::AT_ONCE;
use super::logs::Listing;
use super::oam;
use super::region::{self, Known, Topics};
use super::{cloudtrail, cloudwatch, eventbridge, logs, security_hub, sns, sts};
use crate::arn::LogGroupArn;
use crate::audit::relevance;
use crate::snapshot::{
    EventSelectors, FurtherRegion, LogGroup, MuteRule, Provenance, SCHEMA_VERSION, SecurityHub, Snapshot, Trail,
    TrailStatus,
};

/// Reads the account of the credentials. `progress` is given what is going on.
///
/// # Errors
/// AWS refuses the credentials, cannot be reached at all, or does not say whose account it is. Whatever else cannot be
/// read is a [`Gap`](crate::snapshot::Gap) of the snapshot.
pub async fn collect(
    clients: &Clients,
    collected_at: Timestamp,
    interest: &Interest<'_>,
    progress: &dyn Fn(&str),
) -> Result<Snapshot, CollectError> {
    progress(&format!("reading trails, metric filters and alarms in {}", clients.region()));
    let _reading = clients.bounds().audit();
    let first = FirstRound::read(clients, interest).await;
    let (caller, unidentified) = match first.identify() {
        Ok(found) => found,
        Err(failure) => return Err(no_account(clients, failure).await),
    };
    let at = format!("arn:{}:logs:{}:{}:log-group:", caller.partition, clients.region(), caller.account_id);
    let listing = first.here.as_ref().and_then(|here| here.listing.as_ref().ok()).cloned();
    let mut account = Account {
        snapshot: Snapshot {
            schema_version: SCHEMA_VERSION,
            collected_at,
            account_id: caller.account_id,
            partition: caller.partition,
            region: clients.region().to_owned(),
            provenance: Some(Provenance::here(caller.arn, clients.endpoints().to_vec())),
            trails: None,
            log_groups: Vec::new(),
            alarms: Vec::new(),
            topics: Vec::new(),
            keys: Vec::new(),
            security_hub: None,
            further_regions: Vec::new(),
            event_rules: Vec::new(),
            monitoring_links: Vec::new(),
            gaps: Vec::new(),
        },
        pending: BTreeMap::new(),
        asked: Asked::default(),
    };
    account.note(unidentified);
    account.second_round(clients, interest, first, progress).await;
    if !account.pending.is_empty() && !(interest.settled)(&account.snapshot) {
        account.all_alarms(clients, interest, progress).await;
    }
    // Log groups of the region that came along, whether or not a trail delivers to them: they cost no further request.
    let others = |listing: &Listing| listing.groups(&at, interest.filter);
    account.add_groups(listing.iter().flat_map(&others).collect());
    if (interest.event_rules)(&account.snapshot) {
        account.event_rules(clients, progress).await;
        // What was meant for the control may be on any log group, which is no more than a note.
        if let Some(first) = listing.filter(|listing| !listing.is_complete() && !clients.bounds().skips_optional()) {
            let listing = logs::whole_listing(clients, clients.region(), first).await;
            let groups = account.kept(listing).iter().flat_map(others).collect();
            account.add_groups(groups);
        }
    }
    if (interest.monitoring_links)(&account.snapshot) {
        account.monitoring_links(clients, progress).await;
    }
    account.snapshot.sort();
    Ok(account.snapshot)
}

/// Why the account cannot be read at all.
async fn no_account(clients: &Clients, failure: Failure) -> CollectError {
    if failure.refusal() == Some(Refusal::Unknown)
        && let Some(elsewhere) = sts::known_elsewhere(clients).await
    {
        return CollectError::NotEnabled {
            region: clients.region().to_owned(),
            elsewhere,
            message: failure.message_with_code(),
        };
    }
    CollectError::from_failure(failure, clients.origin())
}

/// The answers that need nothing to be known.
struct FirstRound {
    caller: Result<Caller, Failure>,
    trails: Result<Vec<Trail>, Failure>,
    /// `None`: not asked for, since it decides nothing.
    here: Option<Here>,
    /// `None`: not asked for.
    security_hub: Option<Result<SecurityHub, Failure>>,
    /// The same in each further region.
    further: Vec<(String, Result<SecurityHub, Failure>)>,
}

/// What is there in the region asked for.
struct Here {
    listing: Result<Listing, Failure>,
    alarms: Result<Page, Failure>,
    mute_rules: Result<Vec<MuteRule>, Failure>,
}

impl Here {
    async fn read(clients: &Clients) -> Self {
        let region = clients.region();
        let (listing, alarms, mute_rules, ()) = futures::join!(
            logs::listing(clients, region),
            cloudwatch::page(clients, region, None),
            cloudwatch::mute_rules(clients, region),
            sns::open_connections(clients, region),
        );
        Self { listing, alarms, mute_rules }
    }
}

impl FirstRound {
    async fn read(clients: &Clients, interest: &Interest<'_>) -> Self {
        let security_hub = async {
            if !interest.security_hub {
                return (None, Vec::new());
            }
            let further = stream::iter(
                clients
                    .further_regions()
                    .iter()
                    .map(|region| async move { (region.clone(), security_hub::hub(clients, region).await) }),
            );
            let further = further.buffered(AT_ONCE).collect::<Vec<_>>();
            let (here, further) = futures::join!(security_hub::hub(clients, clients.region()), further);
            (Some(here), further)
        };
        let trails = cloudtrail::trails(clients);
        let Some(member) = clients.member() else {
            let (caller, trails, here, (security_hub, further)) =
                futures::join!(sts::caller(clients), trails, Here::read(clients), security_hub);
            return Self { caller, trails, here: Some(here), security_hub, further };
        };
        let caller = member.caller.clone();
        let (trails, (security_hub, further)) = futures::join!(trails, security_hub);
        let is_needed = trails.as_ref().is_ok_and(|trails| !deliver_elsewhere(trails, &caller.account_id));
        let here = if is_needed { Some(Here::read(clients).await) } else { None };
        Self { caller: Ok(caller), trails, here, security_hub, further }
    }

    /// Whose account it is; if STS does not say, an ARN of the account does, and the failure is kept.
    fn identify(&self) -> Result<(Caller, Option<Failure>), Failure> {
        let Some(here) = &self.here else {
            // Nothing else was asked: what the one answer says of the account is all that there is.
            return match (&self.caller, &self.trails) {
                (Ok(_), Err(failure)) if matches!(failure.trouble, Trouble::Credentials | Trouble::Unreachable) => {
                    Err(failure.clone())
                }
                (caller, _) => caller.clone().map(|caller| (caller, None)),
            };
        };
        let others = [self.trails.as_ref().err(), here.listing.as_ref().err(), here.alarms.as_ref().err()];
        let refused = others.iter().flatten().find(|failure| failure.trouble == Trouble::Credentials);
        match (&self.caller, refused) {
            (Ok(_), Some(refused)) if others.iter().all(Option::is_some) => Err((*refused).clone()),
            (Ok(caller), _) => Ok((caller.clone(), None)),
            (Err(failure), _) if failure.trouble == Trouble::Credentials => Err(failure.clone()),
            (Err(failure), refused) => match self.account_of_some_arn() {
                Some(caller) => Ok((caller, Some(failure.clone()))),
                None => Err(refused.copied().unwrap_or(failure).clone()),
            },
        }
    }

    /// An alarm is always the account's own; so is a trail that is not an organization's.
    fn account_of_some_arn(&self) -> Option<Caller> {
        let alarms = self.here.iter().flat_map(|here| &here.alarms);
        let alarms = alarms.flat_map(|page| page.metric_alarms.iter().map(|alarm| alarm.arn.as_str()));
        let trails = self.trails.iter().flatten().filter(|trail| !trail.is_organization);
        alarms.chain(trails.map(|trail| trail.arn.as_str())).find_map(Caller::parse)
    }
}

/// What has been read of the account.
struct Account {
    snapshot: Snapshot,
    /// Regions whose alarms were not all read, and the token of the next page.
    pending: BTreeMap<String, String>,
    /// Keys that were asked about.
    asked: Asked,
}

impl Account {
    fn note(&mut self, failures: impl IntoIterator<Item = Failure>) {
        let account_id = self.snapshot.account_id.as_str();
        self.snapshot.gaps.extend(failures.into_iter().map(|failure| failure.into_gap(account_id)));
    }

    async fn second_round(
        &mut self,
        clients: &Clients,
        interest: &Interest<'_>,
        first: FirstRound,
        progress: &dyn Fn(&str),
    ) {
        let mut trails = match first.trails {
            Ok(trails) => Some(trails),
            Err(failure) => {
                self.note([failure]);
                None
            }
        };
        self.snapshot.security_hub = first.security_hub.and_then(|answer| self.kept(answer));
        for (region, answer) in first.further {
            let security_hub = self.kept(answer);
            self.snapshot.further_regions.push(FurtherRegion { region, security_hub });
        }
        let regions = regions_of_groups(trails.as_deref().unwrap_or_default(), &self.snapshot.account_id);
        let mut known = first.here.map(|Here { listing, alarms, mute_rules }| Known {
            listing: listing.ok(),
            first_page: alarms,
            mute_rules,
        });
        let asked = &self.asked;
        let readings = regions.iter().map(|(region, groups)| {
            let known = if region == clients.region() { known.take() } else { None };
            region::read(clients, interest, asked, region, groups, known)
        });
        let readings = join_all(readings.collect::<Vec<_>>());
        progress("reading the trails' settings, and who is notified by their alarms");
        let details = read_details(clients, trails.as_deref().unwrap_or_default());
        let (details, readings) = futures::join!(details, readings);

        for (trail, (status, selectors)) in trails.iter_mut().flatten().zip(details) {
            trail.status = self.kept(status);
            trail.selectors = self.kept(selectors);
        }
        for reading in readings {
            self.note(reading.failures);
            if let Some(token) = reading.next {
                self.pending.insert(reading.alarms.region.clone(), token);
            }
            self.snapshot.log_groups.extend(reading.groups);
            self.snapshot.alarms.push(reading.alarms);
            self.add_topics(reading.topics);
        }
        // No log group of a trail lives in the region asked for: its alarms decide nothing, but they came along.
        if let Some(known) = known {
            let (alarms, _, failure) = region::first_alarms(clients.region(), known.first_page);
            if failure.is_none() || trails.is_none() {
                self.snapshot.alarms.push(alarms);
                self.note(failure);
            }
        }
        self.snapshot.trails = trails;
    }

    fn kept<T>(&mut self, answer: Result<T, Failure>) -> Option<T> {
        answer.map_err(|failure| self.note([failure])).ok()
    }

    /// Adds log groups that were not read already.
    fn add_groups(&mut self, groups: Vec<LogGroup>) {
        for group in groups {
            if self.snapshot.log_group(&group.arn).is_none() {
                self.snapshot.log_groups.push(group);
            }
        }
    }

    fn add_topics(&mut self, read: Topics) {
        self.note(read.failures);
        self.snapshot.keys.extend(read.keys);
        for topic in read.topics {
            if self.snapshot.topic(&topic.arn).is_none() {
                self.snapshot.topics.push(topic);
            }
        }
    }

    /// Reads the EventBridge rules that may watch what no chain does.
    async fn event_rules(&mut self, clients: &Clients, progress: &dyn Fn(&str)) {
        let homes = self.snapshot.trails().iter().map(|trail| trail.home_region.as_str());
        let regions: BTreeSet<String> = homes.chain([clients.region()]).map(str::to_owned).collect();
        let names: Vec<&str> = regions.iter().map(String::as_str).collect();
        progress(&format!("reading EventBridge rules in {}", names.join(", ")));
        let answers = stream::iter(names.into_iter().map(|region| eventbridge::rules(clients, region)));
        for answer in answers.buffered(AT_ONCE).collect::<Vec<_>>().await {
            let rules = self.kept(answer);
            self.snapshot.event_rules.extend(rules);
        }
    }

    /// Reads which monitoring accounts may have alarms on the metrics of the regions whose alarms were read.
    async fn monitoring_links(&mut self, clients: &Clients, progress: &dyn Fn(&str)) {
        let regions: BTreeSet<String> = self.snapshot.alarms.iter().map(|alarms| alarms.region.clone()).collect();
        let names: Vec<&str> = regions.iter().map(String::as_str).collect();
        progress(&format!("reading links to monitoring accounts in {}", names.join(", ")));
        let answers = stream::iter(names.into_iter().map(|region| oam::links(clients, region)));
        for answer in answers.buffered(AT_ONCE).collect::<Vec<_>>().await {
            let links = self.kept(answer);
            self.snapshot.monitoring_links.extend(links);
        }
    }

    /// Reads all alarms of the regions where some are missing, and the topics that matter then.
    async fn all_alarms(&mut self, clients: &Clients, interest: &Interest<'_>, progress: &dyn Fn(&str)) {
        let pending = std::mem::take(&mut self.pending);
        let names: Vec<&str> = pending.keys().map(String::as_str).collect();
        progress(&format!("reading all alarms in {}", names.join(", ")));
        let pages =
            join_all(pending.iter().map(|(region, token)| region::remaining_alarms(clients, region, token.clone())));
        let mut wanted = BTreeSet::new();
        for (region, (page, failure)) in pending.keys().zip(pages.await) {
            let Some(alarms) = self.snapshot.alarms.iter_mut().find(|alarms| &alarms.region == region) else {
                continue;
            };
            alarms.complete = failure.is_none();
            region::merge(alarms, page);
            let groups = self.snapshot.log_groups.iter();
            let of_region = groups.filter(|group| group.arn.region() == Some(region));
            wanted.extend(relevance::topics(alarms, &relevance::metrics(of_region, interest.filter)));
            self.note(failure);
        }
        wanted.retain(|arn| self.snapshot.topic(arn).is_none());
        let topics = region::read_topics(clients, &self.asked, &wanted).await;
        self.add_topics(topics);
    }
}

/// The log groups (ARNs) that multi-region trails write to in this account, by their region. Groups of another account
/// cannot be read from here, and single-region trails cannot satisfy a control.
fn regions_of_groups(trails: &[Trail], account_id: &str) -> BTreeMap<String, BTreeSet<LogGroupArn>> {
    let mut regions: BTreeMap<String, BTreeSet<LogGroupArn>> = BTreeMap::new();
    let arns = trails.iter().filter(|trail| trail.is_multi_region).filter_map(|trail| trail.log_group_arn.as_ref());
    for group in arns.filter(|group| group.account() == Some(account_id)) {
        if let Some(region) = group.region() {
            regions.entry(region.to_owned()).or_default().insert(group.without_streams());
        }
    }
    regions
}

/// Whether every trail that may count delivers to another account, and one does: then nothing of this account's own is
/// behind a trail.
fn deliver_elsewhere(trails: &[Trail], account_id: &str) -> bool {
    let owners = || {
        let counting = trails.iter().filter(|trail| trail.is_multi_region);
        counting.filter_map(|trail| trail.log_group_arn.as_ref()?.account())
    };
    owners().any(|owner| owner != account_id) && owners().all(|owner| owner != account_id)
}

type Details = (Result<TrailStatus, Failure>, Result<EventSelectors, Failure>);

/// Status and selectors of each trail, in their order.
async fn read_details(clients: &Clients, trails: &[Trail]) -> Vec<Details> {
    let both = |trail| async move {
        futures::join!(cloudtrail::status(clients, trail), cloudtrail::selectors(clients, trail))
    };
    stream::iter(trails.iter().map(both)).buffered(AT_ONCE).collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(name: &str, is_multi_region: bool, group: Option<&str>) -> Trail {
        Trail {
            arn: format!("arn:aws:cloudtrail:us-east-1:111122223333:trail/{name}").into(),
            name: name.to_owned(),
            home_region: "us-east-1".to_owned(),
            is_multi_region,
            is_organization: false,
            include_global_service_events: true,
            log_group_arn: group.map(LogGroupArn::from),
            log_role_arn: None,
            s3_bucket: None,
            kms_key_id: None,
            log_file_validation: false,
            status: None,
            selectors: None,
        }
    }

    #[test]
    fn only_what_all_deliver_elsewhere_needs_nothing_here() {
        let own = Some("arn:aws:logs:us-east-1:111122223333:log-group:a:*");
        let foreign = Some("arn:aws:logs:us-east-1:999988887777:log-group:b:*");
        for (trails, wanted) in [
            (vec![], false),
            (vec![trail("no-group", true, None)], false),
            (vec![trail("own", true, own)], false),
            (vec![trail("organization", true, foreign)], true),
            (vec![trail("organization", true, foreign), trail("own", true, own)], false),
            // One that cannot satisfy a control decides nothing.
            (vec![trail("organization", true, foreign), trail("own", false, own)], true),
            (vec![trail("organization", false, foreign)], false),
        ] {
            assert_eq!(deliver_elsewhere(&trails, "111122223333"), wanted, "{trails:?}");
        }
    }

    fn groups(trails: &[Trail]) -> Vec<(String, Vec<String>)> {
        let regions = regions_of_groups(trails, "111122223333");
        regions.into_iter().map(|(region, groups)| (region, groups.into_iter().map(String::from).collect())).collect()
    }

    #[test]
    fn a_group_is_read_once_in_its_own_region() {
        let trails = [
            trail("a", true, Some("arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs:*")),
            trail("b", true, Some("arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs")),
        ];
        let group = "arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/logs";
        assert_eq!(groups(&trails), [("eu-west-1".to_owned(), vec![group.to_owned()])]);
    }

    #[test]
    fn groups_that_cannot_matter_are_not_read() {
        let trails = [
            trail("single-region", false, Some("arn:aws:logs:us-east-1:111122223333:log-group:a:*")),
            trail("of-the-organization", true, Some("arn:aws:logs:us-east-1:999988887777:log-group:b:*")),
            trail("no-group", true, None),
            trail("no-arn", true, Some("CloudTrail/logs")),
        ];
        assert!(groups(&trails).is_empty());
    }
}
