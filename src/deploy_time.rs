//! What is known only where something is deployed: account, partition, region, and what is chosen there.
//!
//! In a plan, or an account, that is made before anything is deployed, a letter for private use stands for each, in
//! texts of which the rest is known. No name, pattern or policy has such a letter ([`has_stand_ins`]), so that planner
//! and audit, which know nothing of it, can make of such texts whatever they make of others, and [`read`] separates the
//! parts again. Nothing here knows how a language of templates writes them.

pub(crate) const ACCOUNT: char = '\u{e000}';
pub(crate) const PARTITION: char = '\u{e001}';
pub(crate) const REGION: char = '\u{e002}';
pub(crate) const PREFIX: char = '\u{e003}';
pub(crate) const NAMESPACE: char = '\u{e004}';
/// Who to notify, where no subscriber was given.
pub(crate) const ENDPOINT: char = '\u{e005}';
/// The code of what is not read because it is known only then.
pub(crate) const GAP: &str = "KnownAtDeployment";
/// All of them, with room for more.
const STAND_INS: std::ops::RangeInclusive<char> = '\u{e000}'..='\u{e00f}';

/// What begins and ends a part of a text that a check of documents does not know before deployment, `‹this account›`, and says
/// so to people. No text of a document holds them, and of an account's names only those that somebody chose to look like it.
pub(crate) const MARKS: [char; 2] = ['‹', '›'];

/// A text parts of which may be known only where the template is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Vec<Piece>);

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(String),
    Filled(Filled),
}

/// What is filled in where the template is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    Account,
    Partition,
    Region,
    Parameter(Parameter),
}

/// What may be chosen where the template is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parameter {
    /// How a subscriber is notified, by their place among those that were given, from 0.
    Protocol(usize),
    /// Whom, likewise.
    Endpoint(usize),
    /// ARN of the topic that alarms notify, where it is not created.
    Topic,
    NamePrefix,
    /// Namespace of the metrics.
    Namespace,
    /// Days that the log group keeps events.
    Retention,
    /// Period of the alarms in seconds.
    AlarmPeriod,
}

impl Text {
    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Literal(text.into())])
    }

    pub(crate) fn parameter(parameter: Parameter) -> Self {
        Self(vec![Piece::Filled(Filled::Parameter(parameter))])
    }
}

impl Parameter {
    /// What it is, for those who choose it: a sentence.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Protocol(_) => "How a subscriber is notified: email, https, sms or sqs.",
            Self::Endpoint(_) => "Who is notified: an email address, https:// URL, telephone number or ARN.",
            Self::Topic => "ARN of the topic that the alarms notify.",
            Self::NamePrefix => "Prefix of all names.",
            Self::Namespace => "Namespace of the metrics.",
            Self::Retention => "Days that the log group keeps events.",
            Self::AlarmPeriod => "Period of the alarms, a multiple of 60 seconds.",
        }
    }
}
pub(crate) fn own(service: &str) -> String {
    format!("arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}")
}

/// The topic that is given, as the account's own.
pub(crate) fn topic() -> String {
    format!("{}:alerts", own("sns"))
}

/// What is known only then, said so: lower case, no full stop.
pub(crate) fn known_then(what: &str) -> String {
    format!("known only at deployment: {what}")
}

/// Whether a text holds a letter that stands for something.
pub(crate) fn has_stand_ins(text: &str) -> bool {
    text.contains(|letter| STAND_INS.contains(&letter))
}

/// A text of the plan, its stand-ins separated from what stays.
pub(crate) fn read(text: &str) -> Text {
    if text == topic() {
        return Text::parameter(Parameter::Topic);
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    for letter in text.chars() {
        let Some(filled) = filled(letter) else {
            literal.push(letter);
            continue;
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Filled(filled));
    }
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Text(pieces)
}

fn filled(letter: char) -> Option<Filled> {
    match letter {
        ACCOUNT => Some(Filled::Account),
        PARTITION => Some(Filled::Partition),
        REGION => Some(Filled::Region),
        PREFIX => Some(Filled::Parameter(Parameter::NamePrefix)),
        NAMESPACE => Some(Filled::Parameter(Parameter::Namespace)),
        _ => None,
    }
}
