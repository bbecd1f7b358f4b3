//! Reading one account from AWS into a [`Snapshot`](crate::snapshot::Snapshot), and making and removing what a fix
//! provisions: the only module that names an `aws_*` crate.
//!
//! ```text
//! Access ──connect──▶ Clients ──collect──▶ Snapshot ──▶ audit
//! ```
//!
//! It maps and never judges: what an answer means for a control is the audit's business. What could not be read becomes
//! a [`Gap`](crate::snapshot::Gap); only an account that cannot be reached or named at all is an error. Nothing here
//! prints, and no message may carry a credential.
//!
//! Every read goes through `Clients::ask` (`bounds`), and every member of an answer that something depends on through the
//! table of `answers`: what an answer does not hold is not known to be missing.
//!
//! One file per service holds the calls to it and the mapping of its types; `collection` and, for what lies in a region,
//! `region` hold the order of the calls. `provision` does the same for what is written.
//!
//! A new call is a function in its service's file and a row in the table of `answers` for each member that something depends
//! on; what it reads is a field of the [`Snapshot`](crate::snapshot::Snapshot) and of the file that one is saved in
//! (`saved`), and the action that it needs a row of [`permissions`](crate::permissions).

mod access;
mod answers;
mod bounds;
mod caller;
mod clients;
mod clock;
mod cloudtrail;
mod cloudwatch;
mod collection;
mod connection;
mod credentials;
mod error;
mod eventbridge;
mod fatal;
mod http;
mod interest;
mod kms;
mod limits;
mod logs;
mod member;
mod oam;
mod objects;
mod organization;
mod pages;
mod plain;
pub(crate) mod provision;
mod publish;
mod raw;
mod region;
mod security_hub;
mod settings;
mod shared;
mod signed;
mod sns;
mod sts;
mod survey;
mod xml;

/// What the SDK crates list, held against [`crate::closed`].
#[cfg(test)]
mod closed;

pub use access::{Access, AccessError, Ask, Show};
pub use clients::Clients;
pub use collection::collect;
pub use connection::profiles;
pub use fatal::CollectError;
pub use interest::Interest;
pub use member::{Members, Unreached};
pub use objects::{Body, Bucket, Content, Object, ObjectError, Seen, Write};
pub use organization::{Accounts, Found, OrganizationError};
pub use plain::{Answered, Plain, PlainError};
pub use publish::{PublishError, import, publish};
pub use shared::{Shared, key, topics, unread_topics};
pub use survey::read_survey;
