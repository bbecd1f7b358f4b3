//! What was read of many accounts and is not dropped yet: an account that leads to others is judged once these have been read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::collecting::collect;
use super::results::Results;
use crate::app::judge::{Judge, Owner};
use crate::app::stderr::say;
use crate::arn::{TopicArn, is_account_id};
use crate::aws::{self, Clients, Members, Shared};
use crate::cli::ManyArgs;
use crate::escape;
use crate::organization::{Access, Account, AccountOutcome, Entry, role_arn};
use crate::snapshot::{Snapshot, Trail};

/// What became of one.
pub(super) enum Done {
    Read(Account, Box<Snapshot>),
    /// An earlier run audited it.
    Kept(Account),
    NotRead(Entry),
    /// It is another one, by another name: which.
    Again(Account),
    /// Another run audits it.
    Elsewhere(Account),
}

/// Where an account leads that cannot be followed from itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Leads {
    /// Accounts that own a log group to which one of its trails delivers.
    owners: BTreeSet<String>,
    /// Topics of other accounts that its alarms name, and that it may not read.
    topics: BTreeSet<TopicArn>,
}

impl Leads {
    fn read(snapshot: &Snapshot) -> Self {
        let trails = snapshot.trails().iter().filter(|trail| trail.is_multi_region);
        let owners = trails.filter_map(|trail| trail.log_group_arn.as_ref()?.account());
        let owners = owners.filter(|owner| *owner != snapshot.account_id).map(str::to_owned).collect();
        Self { owners, topics: aws::unread_topics(snapshot) }
    }

    fn is_nowhere(&self) -> bool {
        self.owners.is_empty() && self.topics.is_empty()
    }
}

/// Whether an account's events may be followed into another: to the log group of a trail, or to the trail itself.
fn leads_to(snapshot: &Snapshot, owner: &Owner) -> bool {
    let accounts = |trail: &'_ Trail| {
        let group = trail.log_group_arn.as_ref().and_then(|arn| arn.account());
        [group, trail.arn.account()].contains(&Some(owner.snapshot.account_id.as_str()))
    };
    owner.snapshot.account_id != snapshot.account_id && snapshot.trails().iter().any(accounts)
}

/// An account that is judged once others have been read.
struct Waiting {
    account: Account,
    snapshot: Snapshot,
    leads: Leads,
}

/// What was read and is not dropped yet.
pub(super) struct Pool<'a, 'r> {
    args: &'a ManyArgs,
    judge: &'a Judge,
    /// The management account of the organization, once it is known.
    management: &'a RefCell<Option<String>>,
    members: &'a Members<'a>,
    results: &'a RefCell<Results<'r>>,
    waiting: Vec<Waiting>,
    /// Accounts that others lead to, by number.
    owners: BTreeMap<String, Owner>,
    /// How each account that was audited is reached, by number.
    reached: BTreeMap<String, Access>,
}

impl<'a, 'r> Pool<'a, 'r> {
    pub(super) fn new(
        args: &'a ManyArgs,
        judge: &'a Judge,
        management: &'a RefCell<Option<String>>,
        members: &'a Members<'a>,
        results: &'a RefCell<Results<'r>>,
    ) -> Self {
        let (waiting, owners, reached) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { args, judge, management, members, results, waiting, owners, reached }
    }

    /// Takes what became of an account, and judges what can be judged.
    pub(super) fn take(&mut self, done: Done) -> anyhow::Result<()> {
        match done {
            Done::Again(account) => {
                let (id, by) = (&account.id, way(&account.access));
                say(&escape::terminal(&format!(
                    "note: {by} is of account {id}, which is audited already: it counts once"
                )));
                Ok(())
            }
            Done::NotRead(entry) => self.results.borrow_mut().not_read(entry),
            Done::Kept(account) | Done::Elsewhere(account) => {
                self.reached.insert(account.id, account.access);
                Ok(())
            }
            Done::Read(account, snapshot) => {
                self.reached.insert(account.id.clone(), account.access.clone());
                let leads = Leads::read(&snapshot);
                if leads.is_nowhere() {
                    self.judge(account, &snapshot)?;
                    if owns_the_organizations_log_group(&snapshot) {
                        self.owners.insert(snapshot.account_id.clone(), Owner::new(*snapshot));
                        self.judge_waiting(false)?;
                    }
                } else {
                    self.waiting.push(Waiting { account, snapshot: *snapshot, leads });
                    self.judge_waiting(false)?;
                }
                Ok(())
            }
        }
    }

    fn judge(&self, account: Account, snapshot: &Snapshot) -> anyhow::Result<()> {
        // Others were read too, or not yet: what an audit rests on must not depend on the order.
        let owners: Vec<&Owner> = self.owners.values().filter(|owner| leads_to(snapshot, owner)).collect();
        let of_trail = snapshot.trails().iter().find(|trail| trail.is_organization);
        let of_trail = of_trail.and_then(|trail| trail.arn.account()).map(str::to_owned);
        let management = self.management.borrow().clone().or(of_trail);
        let entry = Entry::new(account, AccountOutcome::Audited);
        self.results.borrow_mut().read(entry, snapshot, &owners, management.as_deref())
    }

    /// Judges those whose owners have been read. `anyway`: all of them, for there is nothing more to be read.
    fn judge_waiting(&mut self, anyway: bool) -> anyhow::Result<()> {
        let is_ready = |waiting: &Waiting| {
            let are_read = waiting.leads.owners.iter().all(|owner| self.owners.contains_key(owner));
            anyway || (waiting.leads.topics.is_empty() && are_read)
        };
        let (ready, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().partition(is_ready);
        self.waiting = waiting;
        for Waiting { account, snapshot, .. } in ready {
            self.judge(account, &snapshot)?;
        }
        Ok(())
    }

    /// Reads what is left: topics where they are, and owners that were dropped before somebody led to them.
    pub(super) async fn finish(mut self, progress: &dyn Fn(&str)) -> anyhow::Result<()> {
        progress("following what accounts share");
        self.read_topics().await;
        let is_owner = |id: &str, waiting: &[Waiting]| waiting.iter().any(|other| other.leads.owners.contains(id));
        let ids: Vec<String> = self.waiting.iter().map(|waiting| waiting.account.id.clone()).collect();
        for (at, id) in ids.iter().enumerate() {
            if is_owner(id, &self.waiting) {
                self.owners.insert(id.clone(), Owner::new(self.waiting[at].snapshot.clone()));
            }
        }
        let wanted: BTreeSet<String> =
            self.waiting.iter().flat_map(|waiting| waiting.leads.owners.iter().cloned()).collect();
        for owner in wanted {
            if self.owners.contains_key(&owner) {
                continue;
            }
            let Some(access) = self.access_of(&owner) else { continue };
            if let Ok((_, clients)) = self.members.open(&access).await
                && let Ok(snapshot) = collect(self.args, &self.judge.rules, &clients).await
            {
                self.owners.insert(owner, Owner::new(snapshot));
            }
        }
        self.judge_waiting(true)
    }

    /// Asks for the topics of other accounts there, each once.
    async fn read_topics(&mut self) {
        let mut wanted: BTreeMap<String, BTreeSet<TopicArn>> = BTreeMap::new();
        for topic in self.waiting.iter().flat_map(|waiting| &waiting.leads.topics) {
            if let Some(owner) = topic.account() {
                wanted.entry(owner.to_owned()).or_default().insert(topic.clone());
            }
        }
        let mut found: BTreeMap<String, Shared> = BTreeMap::new();
        for (owner, topics) in wanted {
            let Some(clients) = self.clients_of(&owner).await else { continue };
            let mut shared = aws::topics(&clients, &owner, &topics).await;
            let elsewhere: Vec<_> = shared.keys_elsewhere().map(|(owner, topic)| (owner, topic.clone())).collect();
            for (owner, topic) in elsewhere {
                if let Some(clients) = self.clients_of(&owner).await {
                    shared.add(aws::key(&clients, &owner, &topic).await);
                }
            }
            found.insert(owner, shared);
        }
        for waiting in &mut self.waiting {
            for shared in found.values() {
                shared.clone().put_into(&mut waiting.snapshot);
            }
        }
    }

    async fn clients_of(&self, account_id: &str) -> Option<Clients> {
        let access = self.access_of(account_id)?;
        self.members.open(&access).await.ok().map(|(_, clients)| clients)
    }

    /// How an account is reached that others lead to.
    fn access_of(&self, account_id: &str) -> Option<Access> {
        let args = self.args;
        let by_name = || {
            let role = args.role_name.as_ref().filter(|_| args.follows && is_account_id(account_id))?;
            let is_own = account_id == self.members.account_id();
            Some(if is_own { Access::Own } else { Access::Role(role_arn(self.members.partition(), account_id, role)) })
        };
        self.reached.get(account_id).cloned().or_else(by_name)
    }
}

/// Whether members' events arrive in this account, for all that is known.
fn owns_the_organizations_log_group(snapshot: &Snapshot) -> bool {
    snapshot.trails().iter().any(|trail| {
        let owner = trail.log_group_arn.as_ref().and_then(|arn| arn.account());
        trail.is_organization && owner == Some(snapshot.account_id.as_str())
    })
}

/// By what an account is reached, in words.
fn way(access: &Access) -> String {
    match access {
        Access::Own => "the caller's own account".to_owned(),
        Access::Role(arn) => format!("role {arn}"),
        Access::Profile(profile) => format!("profile {profile}"),
        Access::Nothing => "an account that is left out".to_owned(),
    }
}
