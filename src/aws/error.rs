//! What went wrong, in the words of the service or the connection.
//!
//! A failed call is a [`Failure`]; it ends as a [`Gap`](crate::snapshot::Gap) or, if nothing at all could be read, as a
//! [`CollectError`](super::CollectError). Messages are one line and bounded: a service may quote the signed request,
//! session token included, on later lines. Nothing here knows where credentials come from, or what a call is for.

mod failure;
mod refusal;
mod sdk;
mod words;

pub(super) use self::failure::{Call, DEADLINE, Failure, Trouble};
pub(super) use self::refusal::Refusal;
pub(super) use self::sdk::EXISTS;
pub(super) use self::words::text;
