//! A list of accounts in a file: an account id, the ARN of a role or the name of a profile on each line, and behind a comma
//! what the account is called. Or the JSON that `--list -f json` prints.
//!
//! A line that is none of these is an error with its number: an account that is left out by mistake would be missed by
//! nobody.

use std::collections::HashMap;

use serde_json::Value;
use thiserror::Error;

use super::Access;
use super::{Account, account_of_role};
use crate::arn::is_account_id;

/// What a list says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its line, from 1.
    pub line: usize,
    /// By what it is named.
    pub names: Names,
    /// What it is called; empty: nothing.
    pub name: String,
    /// As in [`Account::ou_path`].
    pub ou_path: String,
    /// It is the management account of the organization.
    pub is_management: bool,
}

/// By what a list names an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// Its number: 12 digits.
    Account(String),
    /// A role of it.
    Role {
        /// The role's ARN.
        arn: String,
        /// Its number.
        account: String,
    },
    /// A profile of the AWS config files.
    Profile(String),
}

/// What a list says: its accounts, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The accounts.
    pub accounts: Vec<Listed>,
    /// Lines that say again what another one says.
    pub repeated: Vec<Repeated>,
}

/// A line that says again what another one says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// It, from 1.
    pub line: usize,
    /// The other one.
    pub of: usize,
    /// What both name.
    pub names: Names,
}

/// Why a list of accounts cannot be used.
#[derive(Debug, Error)]
pub enum ListError {
    /// A line names nothing.
    #[error("line {line}: {problem}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it, and what is asked for.
        problem: String,
    },
    /// It begins as JSON, and is none.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is JSON, and no list.
    #[error(
        "not a list of accounts: as JSON it is an array of objects with account_id, role_arn or profile, as `cis-audit --list -f json` prints it"
    )]
    NoList,
    /// An entry of such a list names nothing.
    #[error("account {number} of the list: {problem}")]
    Entry {
        /// From 1.
        number: usize,
        /// What is wrong with it, and what is asked for.
        problem: String,
    },
    /// There is no account in it.
    #[error("it names no account: write one per line, by id, role ARN or profile")]
    Empty,
}

impl Names {
    /// What a message calls it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Account(text) | Self::Profile(text) => text,
            Self::Role { arn, .. } => arn,
        }
    }
}

impl Listed {
    /// Reads a list.
    ///
    /// # Errors
    /// See [`ListError`].
    pub fn read(text: &str) -> Result<List, ListError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_json = text.trim_start().starts_with(['[', '{']);
        let all = if is_json { of_json(text)? } else { of_lines(text)? };
        if all.is_empty() { Err(ListError::Empty) } else { once(all, is_json) }
    }

    /// What a message calls it.
    #[must_use]
    pub fn label(&self) -> &str {
        self.names.label()
    }

    /// The account's number, where the list says it.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match &self.names {
            Names::Account(account) | Names::Role { account, .. } => Some(account),
            Names::Profile(_) => None,
        }
    }

    /// The account, reached in this way.
    #[must_use]
    pub fn into_account(self, id: String, access: Access) -> Account {
        Account { id, name: self.name, ou_path: self.ou_path, access }
    }
}

fn of_lines(text: &str) -> Result<Vec<Listed>, ListError> {
    let mut all = Vec::new();
    for (at, whole) in text.lines().enumerate() {
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (first, name) = line.split_once(',').map_or((line, ""), |(first, name)| (first.trim(), name.trim()));
        let names = names(first).map_err(|problem| ListError::Line { line: at + 1, problem })?;
        let (name, ou_path) = (name.to_owned(), String::new());
        all.push(Listed { line: at + 1, names, name, ou_path, is_management: false });
    }
    Ok(all)
}

/// One account a line is what is written manually; a program's list is one document.
fn of_json(text: &str) -> Result<Vec<Listed>, ListError> {
    let document: Value = serde_json::from_str(text)?;
    let rows = match &document {
        Value::Array(rows) => rows,
        Value::Object(fields) => fields.get("accounts").and_then(Value::as_array).ok_or(ListError::NoList)?,
        _ => return Err(ListError::NoList),
    };
    let listed = |(at, row): (usize, &Value)| {
        of_entry(at + 1, row).map_err(|problem| ListError::Entry { number: at + 1, problem })
    };
    rows.iter().enumerate().map(listed).collect()
}

/// An account in the JSON that `--list` prints. Whatever else it says is for others.
fn of_entry(line: usize, row: &Value) -> Result<Listed, String> {
    let Value::Object(fields) = row else { return Err("it is no object".to_owned()) };
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("{name} must be a text in quotes")),
    };
    let named = [text("role_arn")?, text("account_id")?, text("profile")?];
    let named = named.into_iter().flatten().next();
    let names = names(named.ok_or("it has neither role_arn nor account_id nor profile")?)?;
    let [name, ou_path] = [text("name")?, text("ou_path")?].map(|text| text.unwrap_or_default().to_owned());
    let is_management = match fields.get("management") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(is)) => *is,
        Some(_) => return Err("management must be true or false".to_owned()),
    };
    Ok(Listed { line, names, name, ou_path, is_management })
}

/// Each account once. Lines that differ about one account are an error: neither is what was meant, for all that is known.
fn once(all: Vec<Listed>, is_json: bool) -> Result<List, ListError> {
    let mut list = List { accounts: Vec::with_capacity(all.len()), repeated: Vec::new() };
    let mut places: HashMap<String, usize> = HashMap::new();
    for listed in all {
        let key = match listed.account() {
            Some(account) => account.to_owned(),
            None => format!("profile {}", listed.label()),
        };
        let known = places.get(&key).and_then(|place| list.accounts.get(*place));
        let Some(known) = known else {
            places.insert(key, list.accounts.len());
            list.accounts.push(listed);
            continue;
        };
        let is_same = known.names == listed.names && (listed.name.is_empty() || listed.name == known.name);
        if !is_same {
            let word = if is_json { "account" } else { "line" };
            let (line, what, other) = (listed.line, key, known.line);
            let problem = format!("{what} is named on {word} {other} already, otherwise: keep one of them");
            return Err(if is_json {
                ListError::Entry { number: line, problem }
            } else {
                ListError::Line { line, problem }
            });
        }
        list.repeated.push(Repeated { line: listed.line, of: known.line, names: listed.names });
    }
    Ok(list)
}

fn names(text: &str) -> Result<Names, String> {
    if is_account_id(text) {
        return Ok(Names::Account(text.to_owned()));
    }
    if text.starts_with("arn:") {
        let Some((account, _)) = account_of_role(text) else {
            return Err(format!("{text} is not the ARN of a role, such as arn:aws:iam::111122223333:role/Audit"));
        };
        return Ok(Names::Role { account: account.to_owned(), arn: text.to_owned() });
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits > 0 && digits == text.len()
        || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && digits > 4
    {
        return Err(format!("{text} has {digits} digits and is no account id: those have 12, without hyphens"));
    }
    if text.is_empty() || text.contains(char::is_whitespace) || text.contains(char::is_control) {
        return Err(format!(
            "{text:?} is neither an account id, nor the ARN of a role, nor the name of a profile; a name for the account \
             follows behind a comma"
        ));
    }
    Ok(Names::Profile(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Names, String)>, String> {
        let all = Listed::read(text).map_err(|error| error.to_string())?;
        Ok(all.accounts.into_iter().map(|listed| (listed.line, listed.names, listed.name)).collect())
    }

    #[test]
    fn each_line_names_an_account_in_its_way() {
        let text =
            "# ours\n111122223333\n\n arn:aws:iam::444455556666:role/security/Audit , Log archive, old\nprod-eu,\n";
        let role = Names::Role {
            arn: "arn:aws:iam::444455556666:role/security/Audit".to_owned(),
            account: "444455556666".to_owned(),
        };
        let wanted = vec![
            (2, Names::Account("111122223333".to_owned()), String::new()),
            (4, role, "Log archive, old".to_owned()),
            (5, Names::Profile("prod-eu".to_owned()), String::new()),
        ];
        assert_eq!(read(text), Ok(wanted));
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number() {
        for (text, wanted) in [
            (
                "111122223333\n11112222333",
                "line 2: 11112222333 has 11 digits and is no account id: those have 12, without hyphens",
            ),
            (
                "\n\n1111-2222-3333",
                "line 3: 1111-2222-3333 has 12 digits and is no account id: those have 12, without hyphens",
            ),
            (
                "arn:aws:iam::111122223333:user/me",
                "line 1: arn:aws:iam::111122223333:user/me is not the ARN of a role, such as arn:aws:iam::111122223333:role/Audit",
            ),
            (
                "# a\n, name",
                "line 2: \"\" is neither an account id, nor the ARN of a role, nor the name of a profile; a name for the account follows behind a comma",
            ),
            (
                "111122223333 Log archive",
                "line 1: \"111122223333 Log archive\" is neither an account id, nor the ARN of a role, nor the name of a profile; a name for the account follows behind a comma",
            ),
            ("# nothing\n", "it names no account: write one per line, by id, role ARN or profile"),
            ("[]", "it names no account: write one per line, by id, role ARN or profile"),
            ("[{}]", "account 1 of the list: it has neither role_arn nor account_id nor profile"),
            ("[\"111122223333\"]", "account 1 of the list: it is no object"),
            ("[{\"account_id\":111122223333}]", "account 1 of the list: account_id must be a text in quotes"),
            (
                "{\"results\":[]}",
                "not a list of accounts: as JSON it is an array of objects with account_id, role_arn or profile, as `cis-audit --list -f json` prints it",
            ),
            ("[", "not JSON: EOF while parsing a list at line 1 column 1"),
            (
                "arn:aws:iam::111122223333:role/two words",
                "line 1: arn:aws:iam::111122223333:role/two words is not the ARN of a role, such as arn:aws:iam::111122223333:role/Audit",
            ),
            (
                "111122223333\narn:aws:iam::111122223333:role/Audit",
                "line 2: 111122223333 is named on line 1 already, otherwise: keep one of them",
            ),
            (
                "111122223333, one\n\n111122223333, two",
                "line 3: 111122223333 is named on line 1 already, otherwise: keep one of them",
            ),
        ] {
            assert_eq!(read(text), Err(wanted.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_repeated_account_counts_once() {
        let list = Listed::read("111122223333, prod\nsandbox\n111122223333\nsandbox\n").expect("a list");
        assert_eq!(list.accounts.len(), 2);
        let repeated: Vec<_> = list.repeated.iter().map(|it| (it.line, it.of, it.names.label())).collect();
        assert_eq!(repeated, [(3, 1, "111122223333"), (4, 2, "sandbox")]);
    }

    #[test]
    fn what_is_listed_can_be_audited() {
        let text = r#"[{"account_id":"111122223333","name":"prod","ou_path":"/Workloads","role_arn":"arn:aws:iam::111122223333:role/Audit"},
            {"account_id":"444455556666","name":null,"role_arn":null}]"#;
        let all = Listed::read(text).expect("a list");
        let all = all.accounts;
        assert_eq!((all[0].account(), all[0].ou_path.as_str()), (Some("111122223333"), "/Workloads"));
        assert!(matches!(&all[0].names, Names::Role { .. }));
        assert_eq!(all[1].names, Names::Account("444455556666".to_owned()));
    }
}
