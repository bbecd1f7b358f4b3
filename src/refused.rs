//! A text that is not a filter pattern, in words for its author. What is wrong is [`filter_pattern`]'s knowledge; here is
//! how it is said, for the command line and for files of rules alike. Nothing is escaped for a terminal: that is done
//! where it is printed.

use std::sync::LazyLock;

use filter_pattern::{LONGEST, ParseError, Pattern, Repair};

use crate::remembered::Remembered;

/// What no name of a metric or namespace has (CloudWatch Logs API reference, `MetricTransformation`: `[^:*$]*`).
pub(crate) const NOT_IN_METRICS: [char; 3] = [':', '*', '$'];

/// What is wrong, the text with the place marked, and where it is known the cause and the text that was meant.
pub(crate) fn in_full(error: &ParseError) -> String {
    let mut lines = vec![error.to_string(), error.caret()];
    if let Some(repair) = error.repair() {
        lines.push(format!("cause: {}", repair.words()));
        lines.extend(can_be_copied(&repair).then(|| format!("repaired: {}", repair.pattern())));
    }
    lines.join("\n")
}

/// The same on one line: as much of the text as surrounds the place, which `^` marks.
pub(crate) fn in_place(error: &ParseError) -> String {
    /// Characters on either side.
    const SHOWN: usize = 40;
    let (before, after) = error.pattern().split_at_checked(error.span().range().start).unwrap_or((error.pattern(), ""));
    let hidden = before.chars().count().saturating_sub(SHOWN);
    let start = if hidden > 0 { "…" } else { "" };
    let before: String = before.chars().skip(hidden).collect();
    let end = if after.chars().nth(SHOWN).is_some() { "…" } else { "" };
    let after: String = after.chars().take(SHOWN).collect();
    let words = error.repair().map_or_else(String::new, |repair| format!(" ({})", repair.words()));
    format!("{error}{words}: {start}{before}^{after}{end}")
}

/// Why a text is no filter pattern, on one line; `None`: it is one. Many filters have the same, which are read once.
pub(crate) fn why_no_pattern(text: &str) -> Option<String> {
    static WHY: LazyLock<Remembered<String, Option<String>>> = LazyLock::new(Remembered::default);
    WHY.answer(text, || Pattern::parse(text).err().map(|error| in_place(&error)))
}

/// Whether a line of a terminal can hold it, and CloudWatch Logs takes it.
fn can_be_copied(repair: &Repair) -> bool {
    !repair.pattern().contains(char::is_control) && repair.pattern().chars().nth(LONGEST).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> ParseError {
        Pattern::parse(text).expect_err("no pattern")
    }

    #[test]
    fn an_error_comes_with_its_cause_and_the_pattern_that_was_meant() {
        let pasted = error("{ $.a = \\\"x\\\" AND $.b = 1 }");
        assert_eq!(
            in_full(&pasted),
            "bad filter pattern at character 9: a character that needs double quotes\n  \
               { $.a = \\\"x\\\" AND $.b = 1 }\n          ^\n\
             cause: escapes of JSON or Terraform, such as \\\" for \"; AND, OR, & or | in place of && or ||\n\
             repaired: { $.a = \"x\" && $.b = 1 }"
        );
        assert_eq!(
            in_place(&pasted),
            "bad filter pattern at character 9: a character that needs double quotes (escapes of JSON or Terraform, \
             such as \\\" for \"; AND, OR, & or | in place of && or ||): { $.a = ^\\\"x\\\" AND $.b = 1 }"
        );
        let unknown = error("{ $.a > word }");
        assert_eq!(in_full(&unknown), format!("{unknown}\n{}", unknown.caret()));
        assert_eq!(in_place(&unknown), format!("{unknown}: {{ $.a > ^word }}"));
    }

    #[test]
    fn what_cannot_be_copied_or_stored_is_not_offered() {
        let broken_line = in_full(&error("{ $.a == \"x\ny\" }"));
        assert!(broken_line.ends_with("cause: an operator of another language, such as == for ="), "{broken_line}");
        let long = format!("{{ $.a == {} }}", "x".repeat(LONGEST));
        assert_eq!(in_full(&error(&long)).lines().count(), 4);
        assert_eq!(in_full(&error(&long[..LONGEST - 2])).lines().count(), 5);
    }
}
