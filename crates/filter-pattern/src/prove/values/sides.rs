//! The texts of the numbers on one side of a bound, as languages, so that a search among texts does not try those of the
//! other side one by one. A language holds the texts of all numbers on that side, and may hold some that are no number's or
//! lie next to the bound: it proves that a side has none, never that it has one.

use std::sync::OnceLock;

use regex_syntax::parse as parse_regex;

use crate::prove::formula::Ask;
use crate::syntax::ast::Order;
use crate::syntax::automaton::Automaton;
use crate::syntax::lang::Lang;
use crate::syntax::number::Num;

/// How numbers are written (`number::text`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As an integer.
    Whole,
    /// With a point.
    Plain,
    /// With an exponent, which says how large they are: at least 10⁷, or less than 10⁻³.
    Scientific,
}

/// Digits of a bound that are distinguished; what begins as they do is on its side.
const DISTINGUISHED: usize = 24;
/// A double has so many digits at most.
const FRACTION: usize = 17;

/// What all texts of numbers look like, in a language of a few states: where none of a question's texts is like this, it is
/// known at little cost.
pub(super) fn number_like() -> Option<&'static Lang> {
    static LIKE: OnceLock<Option<Lang>> = OnceLock::new();
    LIKE.get_or_init(|| language(r"-?[0-9]+(?:\.[0-9]+(?:E-?[0-9]+)?)?")).as_ref()
}

impl Form {
    pub(super) const ALL: [Self; 3] = [Self::Whole, Self::Plain, Self::Scientific];

    /// All texts of this form that a number may have.
    pub(super) fn texts(self) -> Option<&'static Lang> {
        static FORMS: OnceLock<[Option<Lang>; 3]> = OnceLock::new();
        let [whole, plain, scientific] = FORMS.get_or_init(|| Self::ALL.map(|form| language(&form.pattern())));
        match self {
            Self::Whole => whole.as_ref(),
            Self::Plain => plain.as_ref(),
            Self::Scientific => scientific.as_ref(),
        }
    }

    fn pattern(self) -> String {
        let more = FRACTION - 2;
        match self {
            Self::Whole => "-?(?:0|[1-9][0-9]*)".to_owned(),
            Self::Plain => format!(
                r"-?(?:0\.(?:0|0{{0,2}}[1-9](?:[0-9]{{0,{more}}}[1-9])?)|[1-9][0-9]{{0,6}}\.(?:0|[0-9]{{0,{more}}}[1-9]))"
            ),
            Self::Scientific => {
                let exponents: Vec<String> = exponents().map(|exponent| exponent.to_string()).collect();
                format!(r"-?[1-9]\.(?:0|[0-9]{{0,{more}}}[1-9])E(?:{})", exponents.join("|"))
            }
        }
    }

    /// What the text of a number has to be for these questions to be answered so. A question of which nothing can be said
    /// is left out.
    pub(super) fn sides(self, numeric: &[(&Ask, bool)]) -> Vec<Lang> {
        let side = |&(ask, wanted): &(&Ask, bool)| match ask {
            Ask::Order(order, bound) => {
                let below = matches!(order, Order::Less | Order::LessOrEqual) == wanted;
                self.side(if below { Side::AtMost } else { Side::AtLeast }, bound.value())
            }
            Ask::Kind(_) | Ask::Like(_) | Ask::Equals(..) => None,
        };
        numeric.iter().filter_map(side).collect()
    }

    fn side(self, side: Side, bound: &Num) -> Option<Lang> {
        let bound = Bound::new(self, side, bound)?;
        let far = |texts: Option<String>| texts.map_or(Vec::new(), |texts| vec![texts]);
        let parts: Vec<String> = match (side, bound.is_negative || bound.is_zero()) {
            (Side::AtLeast, true) => {
                let near = self.at_most(&bound).map(|texts| format!("-(?:{texts})"));
                std::iter::once(self.any().to_owned()).chain(far(near)).collect()
            }
            (Side::AtLeast, false) => far(self.at_least(&bound)),
            (Side::AtMost, _) if bound.is_negative => far(self.at_least(&bound).map(|texts| format!("-(?:{texts})"))),
            (Side::AtMost, _) => std::iter::once(format!("-{}", self.any())).chain(far(self.at_most(&bound))).collect(),
        };
        if parts.is_empty() { Some(Lang::Nothing) } else { language(&parts.join("|")) }
    }

    /// Any text without a sign.
    fn any(self) -> &'static str {
        match self {
            Self::Whole => "[0-9]+",
            Self::Plain => r"[0-9]+\.[0-9]+",
            Self::Scientific => r"[0-9]\.[0-9]+E-?[0-9]+",
        }
    }

    /// The texts, without a sign, of what is as large as a bound, or larger. `None`: there are none.
    fn at_least(self, bound: &Bound) -> Option<String> {
        let Bound { whole, fraction, .. } = bound;
        match self {
            Self::Whole => either([longer(whole), digits(whole, Side::AtLeast, true)]),
            Self::Plain => either([
                longer(whole).map(|above| format!(r"{above}\.[0-9]+")),
                digits(whole, Side::AtLeast, false).map(|above| format!(r"{above}\.[0-9]+")),
                Some(format!(r"{}\.{}", shown(whole), fractions(fraction, Side::AtLeast))),
            ]),
            Self::Scientific => {
                let Some((first, rest, exponent)) = bound.scientific() else { return Some(self.any().to_owned()) };
                let above: Vec<String> =
                    exponents().filter(|other| *other > exponent).map(|other| other.to_string()).collect();
                let above = (!above.is_empty()).then(|| format!(r"[0-9]\.[0-9]+E(?:{})", above.join("|")));
                either([
                    above,
                    digits(&first, Side::AtLeast, false).map(|above| format!(r"{above}\.[0-9]+E{exponent}")),
                    Some(format!(r"{first}\.{}E{exponent}", fractions(&rest, Side::AtLeast))),
                ])
            }
        }
    }

    /// The texts, without a sign, of what is as large as a bound, or smaller. `None`: there are none.
    fn at_most(self, bound: &Bound) -> Option<String> {
        let Bound { whole, fraction, .. } = bound;
        match self {
            Self::Whole => either([shorter(whole), digits(whole, Side::AtMost, true)]),
            Self::Plain => either([
                shorter(whole).map(|below| format!(r"{below}\.[0-9]+")),
                digits(whole, Side::AtMost, false).map(|below| format!(r"{below}\.[0-9]+")),
                Some(format!(r"{}\.{}", shown(whole), fractions(fraction, Side::AtMost))),
            ]),
            Self::Scientific => {
                let (first, rest, exponent) = bound.scientific()?;
                let below: Vec<String> =
                    exponents().filter(|other| *other < exponent).map(|other| other.to_string()).collect();
                let below = (!below.is_empty()).then(|| format!(r"[0-9]\.[0-9]+E(?:{})", below.join("|")));
                either([
                    below,
                    digits(&first, Side::AtMost, false).map(|below| format!(r"{below}\.[0-9]+E{exponent}")),
                    Some(format!(r"{first}\.{}E{exponent}", fractions(&rest, Side::AtMost))),
                ])
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    AtLeast,
    AtMost,
}

/// A finite number in decimal digits, moved away from its side where the texts of a form are not ordered as exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    is_negative: bool,
    /// Without leading zeros.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl Bound {
    /// `None`: all numbers are on one side of it.
    fn new(form: Form, side: Side, bound: &Num) -> Option<Self> {
        /// Up to here doubles and integers are ordered as their texts are.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let near = bound.as_f64();
        let text = match (form, bound) {
            (_, Num::Tiny { .. }) => "0".to_owned(),
            (_, Num::Double(value)) if value.is_infinite() => return None,
            // Rounded towards zero: one more integer is within.
            (Form::Whole, Num::Double(value)) => format!("{:.0}", value.trunc()),
            (Form::Whole, Num::Int(int)) => int.to_digits(),
            (Form::Plain | Form::Scientific, Num::Int(int)) if near.abs() < EXACT => int.to_digits(),
            (Form::Plain | Form::Scientific, Num::Int(_)) => {
                let beyond = if side == Side::AtLeast { near.next_down() } else { near.next_up() };
                if beyond.is_infinite() {
                    return None;
                }
                beyond.to_string()
            }
            (Form::Plain | Form::Scientific, Num::Double(value)) => value.to_string(),
        };
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, &*text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let bound = Self { is_negative, whole: whole.to_owned(), fraction: fraction.to_owned() };
        Some(Self { is_negative: is_negative && !bound.is_zero(), ..bound })
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// The first digit that is not zero, those after it, and its place. `None`: it is zero.
    fn scientific(&self) -> Option<(String, String, i64)> {
        let all = format!("{}{}", self.whole, self.fraction);
        let at = all.find(|digit| digit != '0')?;
        let exponent = self.whole.len() as i64 - 1 - at as i64;
        let rest = all[at + 1..].trim_end_matches('0').to_owned();
        Some((all[at..=at].to_owned(), rest, exponent))
    }
}

/// The exponents with which doubles are written.
fn exponents() -> impl Iterator<Item = i64> {
    (-324..=-4).chain(7..=308)
}

fn either<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("(?:{})", parts.join("|")))
}

/// Zero is written as a digit.
fn shown(whole: &str) -> &str {
    if whole.is_empty() { "0" } else { whole }
}

/// Integers of more digits.
fn longer(whole: &str) -> Option<String> {
    Some(format!("[1-9][0-9]{{{},}}", shown(whole).len()))
}

/// Integers of fewer digits.
fn shorter(whole: &str) -> Option<String> {
    let most = shown(whole).len() - 1;
    (most > 0).then(|| format!("[0-9]{{1,{most}}}"))
}

/// Digits of the same number that are larger, or smaller; as large if that is allowed.
fn digits(whole: &str, side: Side, or_equal: bool) -> Option<String> {
    let whole = shown(whole);
    let head = whole.len().min(DISTINGUISHED);
    let rest = whole.len() - head;
    let any = |count: usize| if count == 0 { String::new() } else { format!("[0-9]{{{count}}}") };
    // What begins as the bound does is taken for allowed.
    let mut tail = (or_equal || rest > 0).then(|| any(rest));
    for (at, digit) in whole.chars().take(head).enumerate().collect::<Vec<_>>().into_iter().rev() {
        let beyond = beyond(digit, side).map(|beyond| format!("{beyond}{}", any(whole.len() - at - 1)));
        tail = either([beyond, tail.map(|tail| format!("{digit}{tail}"))]);
    }
    tail
}

/// Digits after a point that are as large together, or larger; or smaller.
fn fractions(fraction: &str, side: Side) -> String {
    let head: Vec<char> = fraction.chars().take(DISTINGUISHED).collect();
    let mut tail = match side {
        Side::AtMost if head.len() == fraction.len() => "0*",
        Side::AtMost | Side::AtLeast => "[0-9]*",
    }
    .to_owned();
    for digit in head.into_iter().rev() {
        let end = (side == Side::AtMost).then(String::new);
        let beyond = beyond(digit, side).map(|beyond| format!("{beyond}[0-9]*"));
        tail = format!(
            "(?:{})",
            [end, beyond, Some(format!("{digit}{tail}"))].into_iter().flatten().collect::<Vec<_>>().join("|")
        );
    }
    tail
}

/// The digits on one side of a digit.
fn beyond(digit: char, side: Side) -> Option<String> {
    let digit = digit.to_digit(10)?;
    match side {
        Side::AtLeast => (digit < 9).then(|| format!("[{}-9]", digit + 1)),
        Side::AtMost => digit.checked_sub(1).map(|below| format!("[0-{below}]")),
    }
}

/// The texts that are as a whole as a regular expression says. `None`: it is too large.
fn language(pattern: &str) -> Option<Lang> {
    let whole = format!("^(?:{pattern})$");
    let hir = parse_regex(&whole).ok()?;
    let borders = "0123456789-.E".chars().flat_map(|c| [u32::from(c), u32::from(c) + 1]).collect();
    Automaton::from_hir(whole, &hir, false, borders).map(Lang::Regex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::number;

    /// Numbers of every form and size, as they are written in an event.
    const WRITTEN: [&str; 34] = [
        "0",
        "-0",
        "0.0",
        "-0.0",
        "1",
        "-1",
        "9",
        "10",
        "42",
        "-42",
        "99",
        "100",
        "101",
        "1000000",
        "9999999",
        "10000000",
        "0.5",
        "-0.5",
        "0.001",
        "0.0009",
        "1.25",
        "12.5",
        "-12.5",
        "9999999.5",
        "1e7",
        "1.5e7",
        "-2.5e-7",
        "1e23",
        "99999999999999991611392",
        "99999999999999995000000",
        "123456789012345678901234567890",
        "5e-324",
        "1e308",
        "-1.7976931348623157e308",
    ];

    fn form_of(text: &str) -> Form {
        match (text.contains('.'), text.contains('E')) {
            (_, true) => Form::Scientific,
            (true, false) => Form::Plain,
            (false, false) => Form::Whole,
        }
    }

    #[test]
    fn every_number_has_a_text_of_its_form() {
        for written in WRITTEN {
            let text = number::text(written);
            assert!(form_of(&text).texts().expect("a language").accepts(&text), "{text}");
        }
        for text in ["01", "1.50", "01.5", "1.0E6", "12.0E9", "1E9", "+1", "1."] {
            let accepts = |form: &Form| form.texts().expect("a language").accepts(text);
            assert!(!Form::ALL.iter().any(accepts), "{text}");
        }
    }

    #[test]
    fn a_side_has_the_texts_of_all_numbers_on_it_and_hardly_more() {
        for bound in WRITTEN.into_iter().chain(["1e-999", "-1e-999", "1e999", "-1e999", "9007199254740993"]) {
            let value = Num::literal(bound);
            for written in WRITTEN {
                let text = number::text(written);
                let order = Num::parse(written).compare(&value);
                for (side, is_on) in [(Side::AtLeast, order.is_ge()), (Side::AtMost, order.is_le())] {
                    let side_texts = form_of(&text).side(side, &value);
                    let accepts = side_texts.is_none_or(|texts| texts.accepts(&text));
                    assert!(accepts || !is_on, "{text} {side:?} {bound}");
                    // Far from the bound it is exact.
                    let apart = (Num::parse(written).as_f64() - value.as_f64()).abs();
                    if apart >= 1.0 && apart > value.as_f64().abs() * 1e-12 && !value.is_infinite() {
                        assert_eq!(accepts, is_on, "{text} {side:?} {bound}");
                    }
                }
            }
        }
    }
}
