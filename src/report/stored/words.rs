//! Why a saved report cannot be read, and the words of one that this program writes.

use thiserror::Error;

use crate::document::Misshapen;
use crate::report::agreement::Contradiction;
use crate::report::read::ReadError;

/// Why a file cannot be read as a report.
#[derive(Debug, Error)]
pub enum StoredError {
    /// It is none, or of a newer program.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is about a control that there is not.
    #[error(
        "no control {slug} of version {benchmark} is known: give its rule files, as to the audit (--rules, --add-rules)"
    )]
    Rule {
        /// The control's name.
        slug: String,
        /// The version of the benchmark.
        benchmark: String,
    },
    /// It has results of an account that its list of accounts lacks.
    #[error("it has results of account {account_id}, which is not among its accounts")]
    NoAccount {
        /// The account.
        account_id: String,
    },
    /// It says two things of itself.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
    /// It is about documents.
    #[error(
        "a report of documents (`cis-audit check`), which are no accounts: give `check` the format itself, with -f"
    )]
    Documents,
    /// A word that this program does not write.
    #[error("{field} is {word:?}, which no cis-audit {} writes", env!("CARGO_PKG_VERSION"))]
    Word {
        /// Which field.
        field: &'static str,
        /// What is there.
        word: String,
    },
}

impl From<Misshapen> for StoredError {
    fn from(error: Misshapen) -> Self {
        Self::Read(error.into())
    }
}

/// What a word means; `as_str` writes it.
pub(super) fn word<T: Copy, const N: usize>(
    field: &'static str,
    text: &str,
    all: [T; N],
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, StoredError> {
    all.into_iter().find(|known| as_str(*known) == text).ok_or_else(|| unknown(field, text))
}

/// A word that this program does not write.
pub(super) fn unknown(field: &'static str, word: &str) -> StoredError {
    StoredError::Word { field, word: word.to_owned() }
}
