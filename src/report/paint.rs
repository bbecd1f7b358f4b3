//! Colours, symbols and words of outcomes. A colour is never alone: a symbol and a word say the same.
//!
//! Every format takes them from here. Which tone something has is for the format where only that one has such a thing.

use crate::escape;
use std::borrow::Cow;

use anstyle::{Ansi256Color, Style};
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

/// The colour of a tone. A terminal's own sixteen colours are whatever its theme makes of them, and its yellow on white has
/// a contrast of 1.7. These are of the fixed cube of 256 colours (xterm, `256colres.h`), of which just six have a contrast
/// of 4.5 on white and on black alike, as a test computes (WCAG 2.2, 1.4.3).
fn style(tone: Tone) -> Style {
    let colored = |color: u8| Ansi256Color(color).on_default();
    match tone {
        Tone::Good => colored(GOOD),
        Tone::Bad => colored(BAD).bold(),
        Tone::Doubt => colored(DOUBT),
        Tone::Accepted => colored(ACCEPTED),
        Tone::Strong => Style::new().bold(),
        Tone::Faint => colored(FAINT),
    }
}

const GOOD: u8 = 29;
const BAD: u8 = 131;
const DOUBT: u8 = 163;
const ACCEPTED: u8 = 63;
const FAINT: u8 = 243;

impl Paint {
    pub(super) fn new(options: &RenderOptions) -> Self {
        Self { color: options.color, unicode: options.unicode }
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
        let style = style(tone);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue of a colour of the cube, or of the greys behind it.
    fn rgb(color: u8) -> [u8; 3] {
        const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let level = |step: u8| LEVELS[usize::from(step % 6)];
        match color {
            16..=231 => [level((color - 16) / 36), level((color - 16) / 6), level(color - 16)],
            232.. => [8 + 10 * (color - 232); 3],
            ..16 => panic!("{color} is the theme's"),
        }
    }

    /// Contrast on white and on black (WCAG 2.2, "contrast ratio").
    fn contrast([red, green, blue]: [u8; 3]) -> (f64, f64) {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
        (1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05)
    }

    #[test]
    fn every_colour_can_be_read_on_white_and_on_black() {
        for color in [GOOD, BAD, DOUBT, ACCEPTED, FAINT] {
            let (on_white, on_black) = contrast(rgb(color));
            assert!(on_white >= 4.5 && on_black >= 4.5, "{color}: {on_white:.2} on white, {on_black:.2} on black");
        }
        // What the text above says of a terminal's yellow (#cdcd00, as xterm has it).
        assert!(contrast([205, 205, 0]).0 < 1.8);
    }
}
