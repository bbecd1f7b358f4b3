//! A text that is no filter pattern, in words for whoever wrote it. What is wrong is [`filter_pattern`]'s knowledge; here
//! stands how it is said, for the command line and for files of rules alike. Nothing is escaped for a terminal: whoever
//! prints it does that.

use filter_pattern::{LONGEST, ParseError, Repair};

/// What is wrong, the text with the place marked, and where it can be told the cause and the text that was meant.
pub(crate) fn in_full(error: &ParseError) -> String {
    let mut lines = vec![error.to_string(), error.caret()];
    if let Some(repair) = error.repair() {
        lines.push(format!("cause: {}", repair.words()));
        lines.extend(can_be_copied(&repair).then(|| format!("repaired: {}", repair.pattern())));
    }
    lines.join("\n")
}

/// The same on one line, without the texts.
pub(crate) fn in_short(error: &ParseError) -> String {
    match error.repair() {
        Some(repair) => format!("{error} ({})", repair.words()),
        None => error.to_string(),
    }
}

/// Whether a line of a terminal can hold it, and CloudWatch Logs takes it.
fn can_be_copied(repair: &Repair) -> bool {
    !repair.pattern().contains(char::is_control) && repair.pattern().chars().nth(LONGEST).is_none()
}

#[cfg(test)]
mod tests {
    use filter_pattern::Pattern;

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
            in_short(&pasted),
            "bad filter pattern at character 9: a character that needs double quotes (escapes of JSON or Terraform, \
             such as \\\" for \"; AND, OR, & or | in place of && or ||)"
        );
        let unknown = error("{ $.a > word }");
        assert_eq!(in_full(&unknown), format!("{unknown}\n{}", unknown.caret()));
        assert_eq!(in_short(&unknown), unknown.to_string());
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
