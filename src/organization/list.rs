//! A list of accounts in a file: an account id, the ARN of a role or the name of a profile on each line, and behind a comma
//! what the account is called. Or the JSON that `--list -f json` prints.
//!
//! A line that is none of these is an error with its number: an account that is left out by mistake would be missed by
//! nobody.

use serde::Deserialize;
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
    /// It begins as JSON, and is none of a list.
    #[error("not a list of accounts as `cis-audit --list -f json` prints it: {0}")]
    Json(#[from] serde_json::Error),
    /// There is no account in it.
    #[error("it names no account: one a line is asked for, by id, role ARN or profile")]
    Empty,
}

/// An account in the JSON that `--list` prints. Whatever else it says is for others.
#[derive(Deserialize)]
struct Row {
    account_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    ou_path: Option<String>,
    #[serde(default)]
    role_arn: Option<String>,
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    management: bool,
}

impl Listed {
    /// Reads a list.
    ///
    /// # Errors
    /// See [`ListError`].
    pub fn read(text: &str) -> Result<Vec<Self>, ListError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let all = if text.trim_start().starts_with(['[', '{']) { of_json(text)? } else { of_lines(text)? };
        if all.is_empty() { Err(ListError::Empty) } else { Ok(all) }
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
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Rows(Vec<Row>),
        Document { accounts: Vec<Row> },
    }
    let rows = match serde_json::from_str::<Form>(text)? {
        Form::Rows(rows) | Form::Document { accounts: rows } => rows,
    };
    let listed = |(at, row): (usize, Row)| {
        let Row { account_id, name, ou_path, role_arn, profile, management } = row;
        let text = [role_arn, account_id, profile].into_iter().flatten().find(|text| !text.trim().is_empty());
        let names = text.ok_or_else(|| "it has neither role_arn nor account_id nor profile".to_owned());
        let names = names.and_then(|text| names_of(&text));
        let names = names
            .map_err(|problem| ListError::Line { line: at + 1, problem: format!("of the accounts: {problem}") })?;
        let (name, ou_path) = (name.unwrap_or_default(), ou_path.unwrap_or_default());
        Ok(Listed { line: at + 1, names, name, ou_path, is_management: management })
    };
    rows.into_iter().enumerate().map(listed).collect()
}

fn names_of(text: &str) -> Result<Names, String> {
    names(text.trim())
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
        Ok(all.into_iter().map(|listed| (listed.line, listed.names, listed.name)).collect())
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
            ("# nothing\n", "it names no account: one a line is asked for, by id, role ARN or profile"),
            ("[]", "it names no account: one a line is asked for, by id, role ARN or profile"),
            ("[{}]", "line 1: of the accounts: it has neither role_arn nor account_id nor profile"),
        ] {
            assert_eq!(read(text), Err(wanted.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_is_listed_can_be_audited() {
        let text = r#"[{"account_id":"111122223333","name":"prod","ou_path":"/Workloads","role_arn":"arn:aws:iam::111122223333:role/Audit"},
            {"account_id":"444455556666","name":null,"role_arn":null}]"#;
        let all = Listed::read(text).expect("a list");
        assert_eq!((all[0].account(), all[0].ou_path.as_str()), (Some("111122223333"), "/Workloads"));
        assert!(matches!(&all[0].names, Names::Role { .. }));
        assert_eq!(all[1].names, Names::Account("444455556666".to_owned()));
    }
}
