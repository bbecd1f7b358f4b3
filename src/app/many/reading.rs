//! Reading many accounts: in one runtime, over one pool of connections, so many at once as is asked for. An account that
//! hangs, is denied or throttled costs its own place and nothing else.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use futures::{Stream, StreamExt as _, stream};

use super::collecting::collect;
use super::listing;
use super::pool::{Done, Pool};
use super::results::Results;
use super::targets::{Source, Target, Targets, left_out};
use crate::app::judge::Judge;
use crate::app::live::{Session, access};
use crate::app::named::{name_of, text_of};
use crate::app::progress::Spinner;
use crate::app::stderr::say;
use crate::aws::{self, Accounts, CollectError, Members, Unreached};
use crate::cli::AuditArgs;
use crate::escape;
use crate::organization::{Access, Account, AccountOutcome, Entry, List, Listed, Names, Repeated};

/// The accounts, and by what they are read.
pub(super) struct Reading<'a> {
    args: &'a AuditArgs,
    judge: &'a Judge,
    session: Session,
    listed: Option<List>,
    /// The management account of the organization, once it is known.
    management: RefCell<Option<String>>,
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
            let mut pool = Pool::new(&self.args.many, self.judge, &self.management, &members, results);
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
        let targets = Targets::new(&self.args.many, &self.management, members, source);
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
        match collect(&self.args.many, &self.judge.rules, &clients).await {
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
