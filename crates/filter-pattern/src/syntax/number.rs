//! Numbers as the service compares them: integers exactly, however long; whatever has a point or an exponent as a
//! double, but for a literal that is too small for one. Also their text, since text tests on a number see it as Java
//! writes it.

use std::cmp::Ordering;

/// The value of a JSON number or of a number in a pattern.
#[derive(Debug, Clone)]
pub(crate) enum Num {
    /// No point, no exponent.
    Int(Int),
    /// Anything else; infinite if it is too large for a double.
    Double(f64),
    /// Not zero, and nearer to zero than any double. Only literals of patterns are: a number of an event is a zero then.
    Tiny {
        /// Below zero.
        negative: bool,
    },
}

/// A decimal integer of any length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Int {
    negative: bool,
    /// Without leading zeros; empty for zero.
    digits: String,
}

impl Int {
    fn parse(text: &str) -> Self {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let digits = digits.trim_start_matches('0');
        Self { negative: negative && !digits.is_empty(), digits: digits.to_owned() }
    }

    /// In decimal digits.
    pub(crate) fn to_digits(&self) -> String {
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        format!("{}{digits}", if self.negative { "-" } else { "" })
    }

    fn magnitude_cmp(&self, other: &Self) -> Ordering {
        self.digits.len().cmp(&other.digits.len()).then_with(|| self.digits.cmp(&other.digits))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude_cmp(other),
            (true, true) => other.magnitude_cmp(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Num {
    /// The value of a text of number form, as the service reads it in an event.
    pub(crate) fn parse(text: &str) -> Self {
        if text.contains(['.', 'e', 'E']) {
            // The form was checked, and every such text is a double, an infinite one at worst.
            Self::Double(text.parse().unwrap_or(f64::INFINITY))
        } else {
            Self::Int(Int::parse(text))
        }
    }

    /// The value of a text of number form in a pattern. Recorded: `= 1e-999` holds for no number, not even for one that
    /// is written so, which is equal to `0`.
    pub(crate) fn literal(text: &str) -> Self {
        let value = Self::parse(text);
        let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
        match value {
            Self::Double(0.0) if mantissa.contains(|c: char| matches!(c, '1'..='9')) => {
                Self::Tiny { negative: text.starts_with('-') }
            }
            _ => value,
        }
    }

    /// Without a double of its own, too large or too small: no number is equal to such a literal, and an event's number
    /// that is too large satisfies no numeric test.
    pub(crate) fn is_infinite(&self) -> bool {
        match self {
            Self::Int(_) => false,
            Self::Double(value) => value.is_infinite(),
            Self::Tiny { .. } => true,
        }
    }

    /// Numeric order.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Self::Int(a), Self::Double(b)) => compare_mixed(a, *b),
            (Self::Double(a), Self::Int(b)) => compare_mixed(b, *a).reverse(),
            (Self::Tiny { .. }, _) | (_, Self::Tiny { .. }) => {
                // Beside a zero the sign decides, beside all others they are as good as zeros.
                let near = |num: &Self| match num {
                    Self::Tiny { negative } => (0.0, if *negative { -1 } else { 1 }),
                    Self::Int(_) | Self::Double(_) => (num.as_f64(), 0),
                };
                near(self).partial_cmp(&near(other)).unwrap_or(Ordering::Equal)
            }
        }
    }

    /// The nearest double, to choose values between others.
    pub(crate) fn as_f64(&self) -> f64 {
        match self {
            Self::Int(int) => {
                let magnitude: f64 = int.digits.parse().unwrap_or(0.0);
                if int.negative { -magnitude } else { magnitude }
            }
            Self::Double(value) => *value,
            Self::Tiny { .. } => 0.0,
        }
    }
}

/// Compares without rounding: the double is split into its integer, which has an exact text, and its fraction.
fn compare_mixed(int: &Int, double: f64) -> Ordering {
    if double.is_infinite() {
        return if double > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    let whole = double.trunc();
    int.cmp(&Int::parse(&format!("{whole:.0}")))
        .then_with(|| 0.0.partial_cmp(&(double - whole)).unwrap_or(Ordering::Equal))
}

/// The text of a JSON number that a text test sees: an integer as written, a double as Java's `Double.toString`.
pub(crate) fn text(written: &str) -> String {
    match Num::parse(written) {
        Num::Int(_) => written.to_owned(),
        value @ (Num::Double(_) | Num::Tiny { .. }) => java_text(value.as_f64()),
    }
}

/// A double as Java writes it.
pub(crate) fn java_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

/// Whether a bare value has the form of a number, and its exponent fits in 32 bits.
pub(crate) enum Form {
    /// Some other text.
    Text,
    /// A number.
    Number,
    /// A number whose exponent the service refuses.
    ExponentTooLarge,
}

/// Reads the form of a bare value.
pub(crate) fn form(text: &str) -> Form {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let is_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(mantissa),
    };
    match exponent {
        _ if !is_mantissa => Form::Text,
        None => Form::Number,
        Some(exponent) if !is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)) => Form::Text,
        Some(exponent) if exponent.parse::<i32>().is_err() => Form::ExponentTooLarge,
        Some(_) => Form::Number,
    }
}

/// Whether JSON could spell a finite number so.
pub(crate) fn is_json(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or(digits);
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    !has_leading_zero && !text.starts_with('+') && matches!(form(text), Form::Number) && !Num::parse(text).is_infinite()
}
