//! The accounts of an organization, page by page: all of it, or what lies under some of its units. What is read is mapped
//! and not judged.
//!
//! A page may be empty and have another behind it, and holds twenty accounts at most (Organizations API reference,
//! `ListAccounts`). `ListAccountsForParent` does not look into further units, so those are walked.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types as sdk;
use thiserror::Error;

use super::answers;
use super::clients::Clients;
use super::error::{Call, Failure};
use super::pages::Pages;
use crate::arn::Arn;
use crate::organization::State;

/// Accounts that a page holds at most, and what is asked for.
const PAGE: i32 = 20;
/// A server that goes on for ever is stopped here: an organization has at most 50,000 accounts, and there may be empty pages.
const MOST_PAGES: usize = 20_000;

/// An account as its organization lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// 12 digits.
    pub id: String,
    /// Empty: it has none.
    pub name: String,
    /// As in [`crate::organization::Account::ou_path`].
    pub ou_path: String,
    /// Whether it is active.
    pub state: State,
    /// The management account of its organization, 12 digits, where its ARN says so.
    pub management: Option<String>,
}

/// Why the accounts cannot be listed.
#[derive(Debug, Error)]
pub enum OrganizationError {
    /// The caller may not.
    #[error(
        "cannot list the accounts of the organization: {message}; the management account and delegated administrators may, with organizations:ListAccounts (`cis-audit policy --org` prints the policy): use credentials or a --role-arn of one of them, or name the accounts with --accounts FILE"
    )]
    Denied {
        /// The service's message.
        message: String,
    },
    /// The caller's account is in no organization.
    #[error(
        "the account of the credentials is in no organization: audit it without --org, or name accounts with --accounts FILE"
    )]
    None,
    /// There is no such unit.
    #[error(
        "the organization has no unit {parent}: --ou takes the id of an organizational unit (ou-…) or of the root (r-…)"
    )]
    NoUnit {
        /// As it was named.
        parent: String,
    },
    /// Anything else.
    #[error("cannot list the accounts of the organization: {message}")]
    Failed {
        /// What was asked, and what became of it.
        message: String,
    },
}

impl OrganizationError {
    fn from_failure(failure: &Failure, parent: Option<&str>) -> Self {
        let message = failure.words();
        match failure.code.as_str() {
            "AWSOrganizationsNotInUseException" => Self::None,
            "ParentNotFoundException" | "InvalidInputException" if parent.is_some() => {
                Self::NoUnit { parent: parent.unwrap_or_default().to_owned() }
            }
            _ if failure.is_denied() => Self::Denied { message },
            _ => Self::Failed { message },
        }
    }
}

/// Where accounts are looked for.
#[derive(Debug)]
struct Unit {
    /// `None`: in the whole organization.
    id: Option<String>,
    /// The names of the units above and of this one, where they are known.
    path: Option<String>,
    /// Whether it was named by the caller.
    is_named: bool,
}

/// The accounts that have been listed.
#[derive(Debug)]
pub struct Accounts<'a> {
    clients: &'a Clients,
    asked: aws_sdk_organizations::Client,
    /// Units whose pages come next, the last first.
    units: Vec<Unit>,
    pages: Option<(Unit, Pages<'a>)>,
    /// Units that have been looked into: two that are named may lie in each other.
    seen: BTreeSet<String>,
    /// The names of units by id; a unit that may not be looked at is called by its id.
    names: BTreeMap<String, String>,
}

impl<'a> Accounts<'a> {
    /// Of the caller's organization, or of these units of it.
    #[must_use]
    pub fn new(clients: &'a Clients, units: &[String]) -> Self {
        let named = units.iter().rev().map(|id| Unit { id: Some(id.clone()), path: None, is_named: true });
        let mut units: Vec<Unit> = named.collect();
        if units.is_empty() {
            units.push(Unit { id: None, path: None, is_named: false });
        }
        Self {
            clients,
            asked: aws_sdk_organizations::Client::new(clients.config()),
            units,
            pages: None,
            seen: BTreeSet::new(),
            names: BTreeMap::new(),
        }
    }

    /// The next page. `None`: there is none. A page may be empty.
    ///
    /// # Errors
    /// It cannot be had: see [`OrganizationError`].
    pub async fn page(&mut self) -> Result<Option<Vec<Found>>, OrganizationError> {
        let Some((unit, mut pages)) = self.pages.take().or_else(|| self.turn_to_next_unit()) else { return Ok(None) };
        let parent = unit.id.as_deref().filter(|_| unit.is_named);
        let (accounts, next) = match self.list(unit.id.as_deref(), pages.token()).await {
            Ok(page) => page,
            Err(failure) => return Err(OrganizationError::from_failure(&failure, parent)),
        };
        let mut found = Vec::with_capacity(accounts.len());
        for account in accounts {
            found.push(self.map(&unit, account).await?);
        }
        match pages.turn(next) {
            Ok(true) => self.pages = Some((unit, pages)),
            Ok(false) => self.go_down(&unit).await?,
            Err(failure) => return Err(OrganizationError::from_failure(&failure, None)),
        }
        Ok(Some(found))
    }

    fn turn_to_next_unit(&mut self) -> Option<(Unit, Pages<'a>)> {
        loop {
            let unit = self.units.pop()?;
            if unit.id.as_ref().is_none_or(|id| self.seen.insert(id.clone())) {
                let call = self.call(if unit.id.is_some() { PARENT } else { ALL });
                return Some((unit, Pages::new(call, MOST_PAGES)));
            }
        }
    }

    fn call(&self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.clients.region(), resource: None }
    }

    async fn list(
        &self,
        parent: Option<&str>,
        token: Option<String>,
    ) -> Result<(Vec<sdk::Account>, Option<String>), Failure> {
        match parent {
            None => {
                let call = self.call(ALL);
                let request = self.asked.list_accounts().max_results(PAGE).set_next_token(token);
                let answer = self.clients.ask(call, request.send()).await?;
                Ok((call.must(answers::ACCOUNTS, answer.accounts)?, answer.next_token))
            }
            Some(parent) => {
                let call = self.call(PARENT);
                let request = self.asked.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
                let answer = self.clients.ask(call, request.set_next_token(token).send()).await?;
                Ok((call.must(answers::ACCOUNTS, answer.accounts)?, answer.next_token))
            }
        }
    }

    /// Puts the units of a unit before all that are still to be looked into.
    async fn go_down(&mut self, unit: &Unit) -> Result<(), OrganizationError> {
        let Some(id) = &unit.id else { return Ok(()) };
        let call = self.call(UNITS);
        let (mut pages, mut below) = (Pages::new(call, MOST_PAGES), Vec::new());
        let to_error = |failure: Failure| OrganizationError::from_failure(&failure, None);
        loop {
            let request = self.asked.list_organizational_units_for_parent().parent_id(id).max_results(PAGE);
            let answer =
                self.clients.ask(call, request.set_next_token(pages.token()).send()).await.map_err(to_error)?;
            for found in call.must(answers::ORGANIZATIONAL_UNITS, answer.organizational_units).map_err(to_error)? {
                let id = call.must_say(answers::ORGANIZATIONAL_UNIT_ID, found.id).map_err(to_error)?;
                let name = found.name.unwrap_or_else(|| id.clone());
                let path = unit.path.as_ref().map(|path| format!("{}/{name}", path.trim_end_matches('/')));
                self.names.insert(id.clone(), name);
                below.push(Unit { id: Some(id), path, is_named: false });
            }
            if !pages.turn(answer.next_token).map_err(to_error)? {
                break;
            }
        }
        self.units.extend(below.into_iter().rev());
        Ok(())
    }

    async fn map(&mut self, unit: &Unit, account: sdk::Account) -> Result<Found, OrganizationError> {
        let call = self.call(ALL);
        let to_error = |failure: Failure| OrganizationError::from_failure(&failure, None);
        let id = call.must_say(answers::ACCOUNT_ID, account.id.clone()).map_err(to_error)?;
        let state = account.state.as_ref().map(|state| state.as_str().to_owned());
        let state = state.or_else(|| account.status.as_ref().map(|status| status.as_str().to_owned()));
        let state = State(call.must_say(answers::ACCOUNT_STATE, state).map_err(to_error)?);
        let paths = answers::ACCOUNT_PATHS.or_default(account.paths);
        let ou_path = match paths.first() {
            Some(path) => self.named(path).await,
            None => unit.path.clone().unwrap_or_default(),
        };
        let management = account.arn.as_deref().and_then(Arn::parse).map(|arn| arn.account.to_owned());
        Ok(Found { id, name: account.name.unwrap_or_default(), ou_path, state, management })
    }

    /// A path of ids, `o-…/r-…/ou-…/ou-…/`, by the names of its units.
    async fn named(&mut self, path: &str) -> String {
        let mut named = String::new();
        for id in path.split('/').filter(|part| part.starts_with("ou-")) {
            named.push('/');
            named.push_str(&self.name(id).await);
        }
        if named.is_empty() { "/".to_owned() } else { named }
    }

    /// The name of a unit; its id where that may not be read, which is no reason to list nothing.
    async fn name(&mut self, id: &str) -> String {
        if let Some(name) = self.names.get(id) {
            return name.clone();
        }
        let call = Call { resource: Some(id), ..self.call(UNIT) };
        let request = self.asked.describe_organizational_unit().organizational_unit_id(id);
        let answer = self.clients.ask(call, request.send()).await.ok();
        let name = answer.and_then(|answer| answer.organizational_unit?.name).unwrap_or_else(|| id.to_owned());
        self.names.insert(id.to_owned(), name.clone());
        name
    }
}

const ALL: &str = "organizations:ListAccounts";
const PARENT: &str = "organizations:ListAccountsForParent";
const UNITS: &str = "organizations:ListOrganizationalUnitsForParent";
const UNIT: &str = "organizations:DescribeOrganizationalUnit";
