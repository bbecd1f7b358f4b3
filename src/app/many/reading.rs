//! Reading many accounts: in one runtime, over one pool of connections, so many at once as is asked for. An account that
//! hangs, is denied or throttled costs its own place and nothing else.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use futures::{Stream, StreamExt as _, stream};

use super::listing;
use super::results::Results;
use crate::app::account::now;
use crate::app::judge::{Judge, Owner};
use crate::app::live::{Session, access, read_for_audit};
use crate::app::named::{name_of, text_of};
use crate::app::progress::Spinner;
use crate::app::stderr::say;
use crate::arn::{TopicArn, is_account_id};
use crate::audit::{audit, settled};
use crate::aws::{self, Accounts, Clients, CollectError, Members, Shared, Unreached};
use crate::cli::AuditArgs;
use crate::escape;
use crate::organization::{Access, Account, AccountOutcome, Entry, List, Listed, Names, Repeated, role_arn};
use crate::snapshot::{Snapshot, Trail};

/// The accounts, and by what they are read.
pub(super) struct Reading<'a> {
    args: &'a AuditArgs,
    judge: &'a Judge,
    session: Session,
    listed: Option<List>,
    /// The management account of the organization, once it is known.
    management: RefCell<Option<String>>,
}

/// An account that was named.
enum Target {
    Audit(Account),
    Skip(Entry),
    /// It is in another shard; what others share with it is read there.
    Elsewhere(Account),
}

/// What became of one.
enum Done {
    Read(Account, Box<Snapshot>),
    /// An earlier run audited it.
    Kept(Account),
    NotRead(Entry),
    /// It is another one, by another name: which.
    Again(Account),
    /// Another run audits it.
    Elsewhere(Account),
}

impl<'a> Reading<'a> {
    /// Reads the list of accounts, if it is a file, and connects as the caller.
    pub(super) fn new(args: &'a AuditArgs, judge: &'a Judge) -> anyhow::Result<Self> {
        let read = |file: &Path| Listed::read(&text_of(file)?).with_context(|| name_of(file));
        let listed = args.many.accounts.as_deref().map(read).transpose()?;
        let session = Session::connect(&args.aws, Some(&args.read), Spinner::from_args(&args.display))?;
        if let (Some(list), Some(file)) = (&listed, &args.many.accounts) {
            session.block_on(check(list, file, args))?;
        }
        Ok(Self { args, judge, session, listed, management: RefCell::new(args.many.management.clone()) })
    }

    /// The accounts that would be audited.
    pub(super) fn list(&self) -> anyhow::Result<listing::AccountList> {
        self.session.block_on(async {
            let access = access(&self.args.aws, Some(&self.args.read));
            let members = Members::identify(self.session.clients(), &access, self.external_id()).await?;
            let (audited, management) = (Vec::new(), None);
            let mut found = listing::AccountList { audited, skipped: 0, elsewhere: 0, management };
            let mut targets = std::pin::pin!(self.targets(&members));
            while let Some(target) = targets.next().await {
                match target? {
                    Target::Audit(account) => found.audited.push(account),
                    Target::Skip(_) => found.skipped += 1,
                    Target::Elsewhere(_) => found.elsewhere += 1,
                }
            }
            if found.audited.is_empty() && found.elsewhere == 0 {
                bail!(self.none_left(found.skipped));
            }
            found.management = self.management.borrow().clone();
            found.audited.sort_by(|a, b| (&a.id, a.label()).cmp(&(&b.id, b.label())));
            Ok(found)
        })
    }

    /// Reads them all.
    pub(super) fn run(&self, results: &RefCell<Results<'_>>) -> anyhow::Result<()> {
        self.session.block_on(async {
            let access = access(&self.args.aws, Some(&self.args.read));
            let members = Members::identify(self.session.clients(), &access, self.external_id()).await?;
            let progress = self.session.progress();
            let named = Cell::new(0_usize);
            let seen = RefCell::new(BTreeSet::new());
            let reads = self.targets(&members).map(|target| async {
                let target = target?;
                named.set(named.get() + usize::from(!matches!(target, Target::Elsewhere(_))));
                match target {
                    Target::Audit(account) => Ok(self.read(&members, account, results, &seen).await),
                    Target::Skip(entry) => anyhow::Ok(Done::NotRead(entry)),
                    Target::Elsewhere(account) => Ok(Done::Elsewhere(account)),
                }
            });
            let mut reads = std::pin::pin!(reads.buffer_unordered(self.args.many.concurrency.into()));
            let mut pool = Pool::new(self, &members, results);
            let (mut finished, mut asked_for) = (0_usize, 0_usize);
            while let Some(done) = reads.next().await {
                let done = match done {
                    // What was listed is audited and reported all the same.
                    Err(error) if named.get() > 0 => {
                        results.borrow_mut().listing_stopped(&format!("{error:#}"));
                        continue;
                    }
                    done => done?,
                };
                finished += usize::from(!matches!(done, Done::Elsewhere(_)));
                let is_skipped =
                    matches!(&done, Done::NotRead(entry) if matches!(entry.outcome, AccountOutcome::Skipped(_)));
                asked_for += usize::from(!is_skipped);
                pool.take(done)?;
                progress.say(&format!("audited {finished} of {} accounts listed so far", named.get()));
            }
            if asked_for == 0 {
                bail!(self.none_left(finished));
            }
            pool.finish(&|what| progress.say(what)).await
        })
    }

    fn external_id(&self) -> Option<&str> {
        self.args.aws.external_id.as_deref()
    }

    fn none_left(&self, skipped: usize) -> String {
        let why = match skipped {
            0 => "nothing is listed".to_owned(),
            1 => "the one that is listed is not active or left out".to_owned(),
            more => format!("all {more} that are listed are not active or left out"),
        };
        format!("no account is left to audit: {why} (--ou, --skip-account; --list shows what would be audited)")
    }

    /// The accounts as they are listed.
    fn targets<'s>(&'s self, members: &'s Members<'_>) -> impl Stream<Item = anyhow::Result<Target>> + 's {
        let source = match &self.listed {
            Some(listed) => Source::File(Some(listed.accounts.clone())),
            None => Source::Organization(Box::new(Accounts::new(self.session.clients(), &self.args.many.ou))),
        };
        let targets = Targets { reading: self, members, source, seen: BTreeSet::new() };
        let pages = stream::unfold(Some(targets), |targets| async {
            let mut targets = targets?;
            match targets.page().await {
                Ok(Some(page)) => Some((page.into_iter().map(Ok).collect::<Vec<_>>(), Some(targets))),
                Ok(None) => None,
                Err(error) => Some((vec![Err(error)], None)),
            }
        });
        pages.flat_map(stream::iter)
    }

    async fn read(
        &self,
        members: &Members<'_>,
        mut account: Account,
        results: &RefCell<Results<'_>>,
        seen: &RefCell<BTreeSet<String>>,
    ) -> Done {
        if !account.id.is_empty() && results.borrow_mut().kept(&account.id) {
            return Done::Kept(account);
        }
        let (id, clients) = match members.open(&account.access).await {
            Ok(opened) => opened,
            Err(unreached) => {
                let outcome = match unreached {
                    Unreached::Denied(why) => AccountOutcome::Denied(self.with_hint(&account, why)),
                    Unreached::Failed(why) => AccountOutcome::Failed(why),
                };
                return Done::NotRead(Entry::new(account, outcome));
            }
        };
        // A profile says now which account it is of.
        if account.id.is_empty() {
            account.id = id;
            if self.args.many.skip_account.contains(&account.id) {
                return Done::NotRead(Entry::new(account, left_out()));
            }
        }
        if !seen.borrow_mut().insert(account.id.clone()) {
            return Done::Again(account);
        }
        if matches!(account.access, Access::Profile(_)) && results.borrow_mut().kept(&account.id) {
            return Done::Kept(account);
        }
        match self.collect(&clients).await {
            Ok(snapshot) => Done::Read(account, Box::new(snapshot)),
            Err(error) => {
                let why = error.to_string();
                let outcome = match error {
                    CollectError::Refused { .. } | CollectError::NotEnabled { .. } => AccountOutcome::Denied(why),
                    _ => AccountOutcome::Failed(why),
                };
                Done::NotRead(Entry::new(account, outcome))
            }
        }
    }

    async fn collect(&self, clients: &Clients) -> Result<Snapshot, CollectError> {
        let rules = &self.judge.rules;
        let is_settled = |snapshot: &Snapshot| settled(&audit(snapshot, rules));
        let at = self.args.many.at.unwrap_or_else(now);
        let mut snapshot = read_for_audit(clients, at, rules, &is_settled, &|_| {}).await?;
        if self.args.many.is_part {
            // Else each try would judge another account, and its hash would be another one.
            snapshot.round_deliveries();
        }
        Ok(snapshot)
    }

    /// Why the role of the management account is missing, mostly.
    fn with_hint(&self, account: &Account, why: String) -> String {
        if self.management.borrow().as_ref() != Some(&account.id) {
            return why;
        }
        format!(
            "{why}; this is the management account, which service-managed StackSets leave out: create the role there by a \
             stack of its own (cis-audit policy --org prints the template)"
        )
    }
}

/// Checks what of a list only the AWS config files say: that its profiles exist. What is said twice is noted.
async fn check(list: &List, file: &Path, args: &AuditArgs) -> anyhow::Result<()> {
    let name = name_of(file);
    for Repeated { line, of, names } in &list.repeated {
        let what = escape::terminal(names.label()).into_owned();
        say(&format!("note: {name}: line {line} names {what} again, which line {of} names: it is audited once"));
    }
    let mut named = list.accounts.iter().filter(|listed| matches!(listed.names, Names::Profile(_))).peekable();
    if named.peek().is_none() {
        return Ok(());
    }
    let profiles = aws::profiles(&access(&args.aws, Some(&args.read))).await?;
    match named.find(|listed| !profiles.contains(listed.label())) {
        Some(listed) => bail!(
            "{name}: line {}: {} is neither an account id nor the ARN of a role, and the AWS config files have no profile of \
             that name (`aws configure list-profiles` shows those that exist)",
            listed.line,
            listed.label()
        ),
        None => Ok(()),
    }
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

fn left_out() -> AccountOutcome {
    AccountOutcome::Skipped("left out by --skip-account".to_owned())
}

/// Where accounts are named.
enum Source<'a> {
    Organization(Box<Accounts<'a>>),
    /// `None`: it has been read.
    File(Option<Vec<Listed>>),
}

/// The accounts that are named, page by page, each once.
struct Targets<'a> {
    reading: &'a Reading<'a>,
    members: &'a Members<'a>,
    source: Source<'a>,
    seen: BTreeSet<String>,
}

impl Targets<'_> {
    async fn page(&mut self) -> anyhow::Result<Option<Vec<Target>>> {
        match &mut self.source {
            Source::Organization(accounts) => {
                let Some(page) = accounts.page().await? else { return Ok(None) };
                let mut targets = Vec::with_capacity(page.len());
                for found in page {
                    if self.seen.insert(found.id.clone()) {
                        let target = self.of_organization(found);
                        targets.push(self.of_shard(target));
                    }
                }
                Ok(Some(targets))
            }
            Source::File(listed) => {
                let Some(listed) = listed.take() else { return Ok(None) };
                let mut targets = Vec::with_capacity(listed.len());
                for listed in listed {
                    let key = listed.account().map(str::to_owned).unwrap_or_else(|| match &listed.names {
                        Names::Profile(profile) => format!("profile {profile}"),
                        Names::Account(id) | Names::Role { account: id, .. } => id.clone(),
                    });
                    if self.seen.insert(key) {
                        let target = self.of_list(listed)?;
                        targets.push(self.of_shard(target));
                    }
                }
                Ok(Some(targets))
            }
        }
    }

    fn of_organization(&self, found: aws::Found) -> Target {
        let aws::Found { id, name, ou_path, state, management } = found;
        if let Some(management) = management {
            self.reading.management.borrow_mut().get_or_insert(management);
        }
        let skipped = if self.is_left_out(&id) {
            Some(left_out())
        } else {
            (!state.is_active()).then(|| AccountOutcome::Skipped(state.to_string()))
        };
        let access = match (&skipped, &self.reading.args.many.role_name) {
            (Some(_), _) => Access::Nothing,
            (None, _) if id == self.members.account_id() => Access::Own,
            (None, Some(role)) => Access::Role(role_arn(self.members.partition(), &id, role)),
            // The command line asks for a name.
            (None, None) => Access::Nothing,
        };
        let account = Account { id, name, ou_path, access };
        match skipped {
            Some(outcome) => Target::Skip(Entry::new(account, outcome)),
            None => Target::Audit(account),
        }
    }

    fn of_list(&self, listed: Listed) -> anyhow::Result<Target> {
        let args = &self.reading.args.many;
        let id = listed.account().unwrap_or_default().to_owned();
        if listed.is_management {
            self.reading.management.borrow_mut().get_or_insert_with(|| id.clone());
        }
        if self.is_left_out(&id) {
            let account = listed.into_account(id, Access::Nothing);
            return Ok(Target::Skip(Entry::new(account, left_out())));
        }
        let access = match (&listed.names, &args.role_name) {
            (Names::Profile(profile), _) => Access::Profile(profile.clone()),
            (Names::Role { arn, .. }, _) => Access::Role(arn.clone()),
            (Names::Account(_), _) if id == self.members.account_id() => Access::Own,
            (Names::Account(_), Some(role)) => Access::Role(role_arn(self.members.partition(), &id, role)),
            (Names::Account(_), None) => {
                let file = args.accounts.as_deref().map(name_of).unwrap_or_default();
                bail!(
                    "{file}: line {}: {id} is not the account of the credentials, so it needs a role: add --role-name NAME, \
                     or write the ARN of the role",
                    listed.line
                )
            }
        };
        Ok(Target::Audit(listed.into_account(id, access)))
    }

    /// The same, if this run is to audit it.
    fn of_shard(&self, target: Target) -> Target {
        let Some(shard) = self.reading.args.many.shard else { return target };
        match target {
            Target::Audit(account) | Target::Skip(Entry { account, .. }) if !shard.has(account.label()) => {
                Target::Elsewhere(account)
            }
            target => target,
        }
    }

    fn is_left_out(&self, id: &str) -> bool {
        self.reading.args.many.skip_account.iter().any(|skipped| skipped == id)
    }
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
struct Pool<'a, 'r> {
    reading: &'a Reading<'a>,
    members: &'a Members<'a>,
    results: &'a RefCell<Results<'r>>,
    waiting: Vec<Waiting>,
    /// Accounts that others lead to, by number.
    owners: BTreeMap<String, Owner>,
    /// How each account that was audited is reached, by number.
    reached: BTreeMap<String, Access>,
}

impl<'a, 'r> Pool<'a, 'r> {
    fn new(reading: &'a Reading<'a>, members: &'a Members<'a>, results: &'a RefCell<Results<'r>>) -> Self {
        let (waiting, owners, reached) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { reading, members, results, waiting, owners, reached }
    }

    fn take(&mut self, done: Done) -> anyhow::Result<()> {
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
        let management = self.reading.management.borrow().clone().or(of_trail);
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
    async fn finish(mut self, progress: &dyn Fn(&str)) -> anyhow::Result<()> {
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
                && let Ok(snapshot) = self.reading.collect(&clients).await
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
        let args = &self.reading.args.many;
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
