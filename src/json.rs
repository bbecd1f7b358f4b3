//! JSON of files, as far as messages about it go: what a parser says of a file of another kind helps nobody.

/// What is wrong with a text that does not even begin as a JSON object, as the end of a sentence. `None`: it does.
pub(crate) fn not_an_object(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii();
    match text {
        [] => Some("it is empty"),
        [b'{', ..] => None,
        [b'[' | b'"' | b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..] | b"true" | b"false" | b"null" => {
            Some("it is not a JSON object")
        }
        [_, ..] => Some("it is no JSON"),
    }
}

/// What a parser says, without the place, which it appends.
pub(crate) fn said(error: &serde_json::Error) -> String {
    error.to_string().split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_said_to_be_none() {
        for (text, wanted) in [
            ("", Some("it is empty")),
            (" \n", Some("it is empty")),
            ("AWSTemplateFormatVersion: 2010-09-09", Some("it is no JSON")),
            ("---\na: b", Some("it is no JSON")),
            ("nullable", Some("it is no JSON")),
            ("null\n", Some("it is not a JSON object")),
            ("-1", Some("it is not a JSON object")),
            ("[]", Some("it is not a JSON object")),
            ("\n{", None),
        ] {
            assert_eq!(not_an_object(text.as_bytes()), wanted, "{text}");
        }
    }
}
