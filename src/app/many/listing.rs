//! `--list`: the accounts that would be audited, and none is.

use std::io::Write as _;

use anyhow::bail;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::app::output::Output;
use crate::cli::AuditArgs;
use crate::escape;
use crate::exit::ExitStatus;
use crate::file::Readers;
use crate::organization::{Access, Account, Shard};
use crate::report::Format;

/// An account that would be audited. `--accounts` reads it.
#[derive(Serialize)]
struct Row<'a> {
    account_id: Option<&'a str>,
    name: &'a str,
    ou_path: &'a str,
    role_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    /// It is the management account, of which a control asks more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    management: bool,
}

/// What was listed.
pub(super) struct AccountList {
    /// Those that would be audited, by number.
    pub(super) audited: Vec<Account>,
    /// How many others of the shard there are.
    pub(super) skipped: usize,
    /// How many are in other shards.
    pub(super) elsewhere: usize,
    /// The management account of the organization, once it is known.
    pub(super) management: Option<String>,
}

/// Prints them.
pub(super) fn print(args: &AuditArgs, accounts: &AccountList) -> anyhow::Result<ExitStatus> {
    let (format, file) = match &args.format[..] {
        [] => (Format::Table, args.output.as_deref()),
        [wanted] => (wanted.format, wanted.file.as_deref().or(args.output.as_deref())),
        _ => bail!("--list prints one list: give one --format"),
    };
    let mut output = Output::open(file, Readers::AsBefore)?;
    let text = match format {
        Format::Table => table(accounts, args.many.shard),
        Format::Json => {
            let row = |account| row(account, accounts.management.as_deref());
            let rows: Vec<Row<'_>> = accounts.audited.iter().map(row).collect();
            format!("{}\n", escape::json(&serde_json::to_string_pretty(&rows)?))
        }
        _ => bail!("--list prints `table` or `json`, not `{}`", format.name()),
    };
    let written = output.stream.write_all(text.as_bytes());
    output.finish(written)?;
    Ok(ExitStatus::Success)
}

fn row<'a>(account: &'a Account, management: Option<&str>) -> Row<'a> {
    Row {
        account_id: (!account.id.is_empty()).then_some(account.id.as_str()),
        name: &account.name,
        ou_path: &account.ou_path,
        role_arn: account.role_arn(),
        profile: if let Access::Profile(profile) = &account.access { Some(profile) } else { None },
        management: management == Some(account.id.as_str()),
    }
}

fn table(accounts: &AccountList, shard: Option<Shard>) -> String {
    let way = |account: &Account| match &account.access {
        Access::Own => "own credentials".to_owned(),
        Access::Role(arn) => escape::terminal(arn).into_owned(),
        Access::Profile(profile) => format!("profile {}", escape::terminal(profile)),
        Access::Nothing => String::new(),
    };
    let lines: Vec<[String; 4]> = accounts
        .audited
        .iter()
        .map(|account| {
            let shown = |text: &str| escape::terminal(text).into_owned();
            [shown(account.label()), shown(&account.name), shown(&account.ou_path), way(account)]
        })
        .collect();
    let widest = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..3).map(widest).collect();
    let mut text = String::new();
    for line in &lines {
        let mut whole = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            if *width > 0 {
                whole.push_str(cell);
                whole.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
            }
        }
        whole.push_str(&line[3]);
        text.push_str(whole.trim_end());
        text.push('\n');
    }
    let count = lines.len();
    let accounts_word = if count == 1 { "account" } else { "accounts" };
    let skipped = if accounts.skipped > 0 { format!(", {} skipped", accounts.skipped) } else { String::new() };
    let of_shard =
        shard.map(|shard| format!(" in shard {shard}, {} in others", accounts.elsewhere)).unwrap_or_default();
    text + &format!("{count} {accounts_word}{of_shard}{skipped}\n")
}
