//! Colours, symbols and words of outcomes. A colour is never alone: a symbol and a word say the same.
//!
//! Every format takes them from here. Which tone something has is for the format where only that one has such a thing.

use crate::escape;
use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::render_options::RenderOptions;
use crate::finding::{Grade, Outcome, Status};
use crate::rule::RuleId;

/// Paints for one look.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    color: bool,
    unicode: bool,
}

/// What a text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Doubt,
    /// Not good, and accepted.
    Accepted,
    Strong,
    Faint,
}

impl Tone {
    /// The symbol, where there is more than ASCII.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Doubt => "?",
            Self::Accepted => "~",
            Self::Strong | Self::Faint => "·",
        }
    }

    /// Its name in the style of a page.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Doubt => "doubt",
            Self::Accepted => "waived",
            Self::Strong | Self::Faint => "faint",
        }
    }
}

/// The word for an outcome in a list where a failure is to be seen from afar.
pub(super) fn loud(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fail => "FAIL",
        Outcome::Pass | Outcome::Unknown | Outcome::Waived => outcome.as_str(),
    }
}

impl Paint {
    pub(super) fn new(look: &RenderOptions) -> Self {
        Self { color: look.color, unicode: look.unicode }
    }

    /// For documents: no colour, and more than ASCII.
    pub(super) fn plain() -> Self {
        Self { color: false, unicode: true }
    }

    /// The text in its tone's colour.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Doubt => AnsiColor::Yellow.on_default(),
            Tone::Accepted => AnsiColor::Cyan.on_default(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }

    pub(super) fn symbol(self, tone: Tone) -> &'static str {
        match (tone, self.unicode) {
            (Tone::Good, false) => "+",
            (Tone::Bad, false) => "x",
            (Tone::Strong | Tone::Faint, false) => "-",
            (Tone::Doubt | Tone::Accepted, false) | (_, true) => tone.symbol(),
        }
    }

    /// A name of an account: escaped, and shortened in the middle where it takes more columns than there are.
    pub(super) fn name(self, text: &str, columns: usize) -> String {
        // Whatever can be seen of it lies near its ends.
        let ends =
            if text.len() > 8 * columns.max(16) { ends_of(text, 4 * columns.max(16)) } else { Cow::Borrowed(text) };
        self.shorten(&escape::terminal(&ends), columns)
    }

    fn shorten(self, text: &str, columns: usize) -> String {
        if text.width() <= columns {
            return text.to_owned();
        }
        let dots = self.dots();
        let room = columns.saturating_sub(dots.width());
        let head = taken(text.chars(), room - room / 2);
        let tail: String = taken(text.chars().rev(), room / 2).chars().rev().collect();
        format!("{head}{dots}{tail}")
    }

    pub(super) fn dots(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    pub(super) fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    pub(super) fn dash(self) -> &'static str {
        if self.unicode { "–" } else { "-" }
    }

    pub(super) fn bullet(self) -> &'static str {
        if self.unicode { " · " } else { " - " }
    }
}

fn ends_of(text: &str, bytes: usize) -> Cow<'_, str> {
    let mut head = bytes.min(text.len());
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    Cow::Owned(format!("{}{}", &text[..head], &text[tail..]))
}

/// As many letters as the columns hold.
fn taken(letters: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    letters
        .take_while(|letter| {
            used += letter.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

impl From<Status> for Tone {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass => Self::Good,
            Status::Fail => Self::Bad,
            Status::Unknown => Self::Doubt,
        }
    }
}

impl From<Outcome> for Tone {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Good,
            Outcome::Fail => Self::Bad,
            Outcome::Unknown => Self::Doubt,
            Outcome::Waived => Self::Accepted,
        }
    }
}

impl From<Grade> for Tone {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::Broken => Self::Bad,
            Grade::Weak | Grade::Unverified => Self::Doubt,
            Grade::Note => Self::Faint,
        }
    }
}

/// `3.1–3.4, 3.7, ACME-1` of ids in order.
pub(super) fn ranges(ids: &[RuleId], paint: Paint) -> String {
    let mut runs: Vec<Vec<RuleId>> = Vec::new();
    for id in ids {
        match runs.last_mut() {
            // A control may answer for several regions.
            Some(run) if run.last() == Some(id) => {}
            Some(run) if run.last().is_some_and(|last| last.is_followed_by(*id)) => run.push(*id),
            _ => runs.push(vec![*id]),
        }
    }
    let shown = runs.iter().flat_map(|run| match run.as_slice() {
        [first, _, .., last] => vec![format!("{first}{}{last}", paint.dash())],
        few => few.iter().map(RuleId::to_string).collect(),
    });
    shown.collect::<Vec<_>>().join(", ")
}
