//! An error in a file, with its place: annotations are shown there.

use thiserror::Error;

use crate::declared::At;
use crate::declared::cloudformation::{Broken, Unevaluated};
use crate::declared::terraform::Unreadable;
use crate::finding::Place;

/// What is wrong with a file, and where.
#[derive(Debug, Error)]
#[error("{}: {message}", .place.file)]
pub(super) struct Located {
    /// Where.
    pub(super) place: Place,
    message: String,
}

impl Located {
    fn new(file: &str, at: Option<(u32, Option<u32>)>, message: String) -> Self {
        let place = Place {
            file: file.to_owned(),
            line: at.map(|(line, _)| line),
            column: at.and_then(|(_, column)| column),
            address: None,
            excerpt: None,
        };
        Self { place, message }
    }

    /// A template that is neither YAML nor JSON.
    pub(super) fn broken(file: &str, broken: &Broken) -> Self {
        let At { line, column } = broken.at;
        Self::new(file, Some((line, Some(column))), broken.to_string())
    }

    /// Templates that cannot be evaluated.
    pub(super) fn unevaluated(unevaluated: Unevaluated) -> anyhow::Error {
        match unevaluated {
            Unevaluated::Broken { file, broken } => Self::broken(&file, &broken).into(),
            other @ Unevaluated::TooMany(_) => other.into(),
        }
    }

    /// A plan or state that cannot be read.
    pub(super) fn unreadable(file: &str, unreadable: &Unreadable) -> Self {
        let number = |number: usize| u32::try_from(number).ok();
        let at = match unreadable {
            Unreadable::Json { line, column, .. } => number(*line).map(|line| (line, number(*column))),
            Unreadable::TooDeep { line } => number(*line).map(|line| (line, None)),
            Unreadable::Version { .. } => None,
        };
        Self::new(file, at, unreadable.to_string())
    }
}
