//! The accounts that are named: by the organization or by a file, page by page, each once. Nothing of an account is read.

use std::cell::RefCell;
use std::collections::BTreeSet;

use anyhow::bail;

use crate::app::named::name_of;
use crate::aws::{self, Accounts, Members};
use crate::cli::ManyArgs;
use crate::organization::{Access, Account, AccountOutcome, Entry, Listed, Names, role_arn};

/// An account that was named.
pub(super) enum Target {
    Audit(Account),
    Skip(Entry),
    /// It is in another shard; what others share with it is read there.
    Elsewhere(Account),
}

/// Where accounts are named.
pub(super) enum Source<'a> {
    Organization(Box<Accounts<'a>>),
    /// `None`: it has been read.
    File(Option<Vec<Listed>>),
}

/// The accounts that are named, page by page, each once.
pub(super) struct Targets<'a> {
    args: &'a ManyArgs,
    /// The management account of the organization, once it is known.
    management: &'a RefCell<Option<String>>,
    members: &'a Members<'a>,
    source: Source<'a>,
    seen: BTreeSet<String>,
}

impl<'a> Targets<'a> {
    pub(super) fn new(
        args: &'a ManyArgs,
        management: &'a RefCell<Option<String>>,
        members: &'a Members<'a>,
        source: Source<'a>,
    ) -> Self {
        Self { args, management, members, source, seen: BTreeSet::new() }
    }

    /// The next of them. `None`: that were all.
    pub(super) async fn page(&mut self) -> anyhow::Result<Option<Vec<Target>>> {
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
            self.management.borrow_mut().get_or_insert(management);
        }
        let skipped = if self.is_left_out(&id) {
            Some(left_out())
        } else {
            (!state.is_active()).then(|| AccountOutcome::Skipped(state.to_string()))
        };
        let access = match (&skipped, &self.args.role_name) {
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
        let args = self.args;
        let id = listed.account().unwrap_or_default().to_owned();
        if listed.is_management {
            self.management.borrow_mut().get_or_insert_with(|| id.clone());
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
        let Some(shard) = self.args.shard else { return target };
        match target {
            Target::Audit(account) | Target::Skip(Entry { account, .. }) if !shard.has(account.label()) => {
                Target::Elsewhere(account)
            }
            target => target,
        }
    }

    fn is_left_out(&self, id: &str) -> bool {
        self.args.skip_account.iter().any(|skipped| skipped == id)
    }
}

/// That nobody is to audit an account.
pub(super) fn left_out() -> AccountOutcome {
    AccountOutcome::Skipped("left out by --skip-account".to_owned())
}
