//! JSON of files, as far as messages about it go: what a parser says of a file of another kind helps nobody.

/// What is wrong with a text that not even begins as JSON, as the end of a sentence. `None`: it does.
pub(crate) fn not_json(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii_start();
    match text.first() {
        None => Some("it is empty"),
        Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9') => None,
        Some(_) if ["true", "false", "null"].iter().any(|word| text.starts_with(word.as_bytes())) => None,
        Some(_) => Some("it is no JSON"),
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
    fn what_is_no_json_is_said_to_be_none() {
        assert_eq!(not_json(b""), Some("it is empty"));
        assert_eq!(not_json(b" \n"), Some("it is empty"));
        assert_eq!(not_json(b"AWSTemplateFormatVersion: 2010-09-09"), Some("it is no JSON"));
        assert_eq!(not_json(b"nonsense"), Some("it is no JSON"));
        assert_eq!(not_json(b"null"), None);
        assert_eq!(not_json(b"\n{"), None);
        assert_eq!(not_json(b"[]"), None);
    }
}
