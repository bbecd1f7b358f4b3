//! Names from an account or a file, made safe for where they are shown: nothing in them may steer a terminal, hide or
//! reorder what is around, or end the word of a command line or the path of a URI that they are in.

use std::borrow::Cow;
use std::io;

/// Shows control characters, and characters that reorder or hide text, as `\u{…}`.
#[must_use]
pub fn terminal(text: &str) -> Cow<'_, str> {
    escaped(text, is_hostile)
}

/// The same for a text of several lines: its line ends stay.
#[must_use]
pub fn terminal_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\n' && is_hostile(letter))
}

/// A JSON text of the same meaning in which such characters are written as JSON writes any character, `\u2028`: some
/// readers of lines take U+2028 or U+0085 for an end of line, and a terminal obeys C1 controls.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    // Ends of lines and blanks are between the tokens; all others below U+0080 are escaped by the writer of the JSON.
    let hostile = |letter: char| letter != '\n' && is_hostile(letter);
    if !text.chars().any(hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if hostile(letter) {
            let units =
                letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            safe.push_str(&units);
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

/// Writes JSON text that comes in parts, escaped as [`json`] escapes it: a document need not be in memory as a whole.
pub struct JsonWriter<'a> {
    out: &'a mut dyn io::Write,
    /// What has come and has not gone out.
    held: Vec<u8>,
}

/// So many bytes go out together.
const TOGETHER: usize = 1 << 16;

impl<'a> JsonWriter<'a> {
    /// Writes to this.
    pub fn new(out: &'a mut dyn io::Write) -> Self {
        Self { out, held: Vec::with_capacity(TOGETHER) }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What the writer reports; what came was not UTF-8.
    pub fn finish(mut self) -> io::Result<()> {
        self.hand_on()?;
        if self.held.is_empty() { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Hands on all whole characters.
    fn hand_on(&mut self) -> io::Result<()> {
        let whole = match std::str::from_utf8(&self.held) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                let (whole, _) = self.held.split_at(error.valid_up_to());
                std::str::from_utf8(whole).unwrap_or_default()
            }
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        };
        self.out.write_all(json(whole).as_bytes())?;
        let written = whole.len();
        self.held.drain(..written);
        Ok(())
    }
}

impl io::Write for JsonWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= TOGETHER {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }
}

/// The text, without its middle where it has more than so many characters: a message begins with the place, and ends with
/// what to do.
#[must_use]
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= most {
        return Cow::Borrowed(text);
    }
    let half = most / 2;
    let begin = text.chars().take(half);
    Cow::Owned(begin.chain(['…']).chain(text.chars().skip(count - half)).collect())
}

/// A file's path as a reference of URIs (RFC 3986): relative, or of the scheme `file` where the path is absolute. Whatever
/// is no letter, digit or mark that a path may hold as it is goes by its bytes.
#[must_use]
pub fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// A word of a command line as a shell takes it, in quotes where it needs them. What a terminal would not show as it is,
/// or a comment not hold, is written as its number (bash, zsh and ksh): the word that is copied is the one that is meant.
#[must_use]
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@%,=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    if terminal(word) == word {
        return Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")));
    }
    let mut shown = String::from("$'");
    let mut before = '\0';
    for letter in word.chars() {
        match letter {
            '\'' | '\\' => shown.extend(['\\', letter]),
            ' '..='~' if (before, letter) != ('#', '#') => shown.push(letter),
            _ => shown.push_str(&format!("\\U{:08x}", u32::from(letter))),
        }
        before = letter;
    }
    shown.push('\'');
    Cow::Owned(shown)
}

fn escaped(text: &str, hostile: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Runners of CI read `##[…]` and `##vso[…]` as commands wherever they are in a line (GitHub Actions, Azure
    // Pipelines).
    if !text.contains("##") && !text.chars().any(&hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut before = '\0';
    for letter in text.chars() {
        if hostile(letter) || (before, letter) == ('#', '#') {
            safe.extend(letter.escape_unicode());
        } else {
            safe.push(letter);
        }
        before = letter;
    }
    Cow::Owned(safe)
}

fn is_hostile(letter: char) -> bool {
    letter.is_control()
        // Noncharacters, which no document should hold.
        || matches!(letter, '\u{fdd0}'..='\u{fdef}') || u32::from(letter) & 0xfffe == 0xfffe
        || matches!(letter,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator: invisible.
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            // Zero width, line and paragraph separators, directional marks, embeddings and isolates.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            // Letters that look like blanks, and selectors that change the width of the letter before them.
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        for (name, shown) in [
            ("plain-name", "plain-name"),
            ("日本語", "日本語"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"),
            ("a\u{7f}\u{9b}b", "a\\u{7f}\\u{9b}b"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
            ("a\u{3164}b\u{fe0f}", "a\\u{3164}b\\u{fe0f}"),
            ("##[error]#1", "#\\u{23}[error]#1"),
            ("a\u{200b}b", "a\\u{200b}b"),
            ("a\u{fdd0}b\u{1fffe}", "a\\u{fdd0}b\\u{1fffe}"),
        ] {
            assert_eq!(terminal(name), shown);
        }
        assert_eq!(json("{\n\"a\u{2028}\u{e0001}\": 1}"), "{\n\"a\\u2028\\udb40\\udc01\": 1}");
        assert_eq!(terminal_lines("a\nb\u{1b}"), "a\nb\\u{1b}");
    }

    #[test]
    fn text_in_parts_is_escaped_as_the_whole() {
        use std::io::Write as _;

        let text = "{\"a\": \"\u{2028}日本\u{e0001}\"}\n".repeat(5_000);
        for size in [1, 7, 4_096, 100_000] {
            let mut out = Vec::new();
            let mut writer = JsonWriter::new(&mut out);
            for part in text.as_bytes().chunks(size) {
                writer.write_all(part).unwrap();
            }
            writer.finish().unwrap();
            assert!(out == json(&text).as_bytes(), "{size}");
        }
        let mut out = Vec::new();
        let mut writer = JsonWriter::new(&mut out);
        writer.write_all(&"é".as_bytes()[..1]).unwrap();
        assert!(writer.finish().is_err());
    }

    #[test]
    fn words_are_one_word_to_a_shell() {
        for (word, shown) in [
            ("arn:aws:sns:us-east-1:111122223333:t", "arn:aws:sns:us-east-1:111122223333:t"),
            ("", "''"),
            ("a b*", "'a b*'"),
            ("it's $(x) `y` \\", "'it'\\''s $(x) `y` \\'"),
            ("日本", "'日本'"),
            ("##[error]", "$'#\\U00000023[error]'"),
            ("a\nb'c", "$'a\\U0000000ab\\'c'"),
            ("\u{1b}[2J\\日\u{202e}", "$'\\U0000001b[2J\\\\\\U000065e5\\U0000202e'"),
        ] {
            assert_eq!(shell_word(word), shown);
        }
    }

    #[test]
    fn a_path_is_one_reference() {
        for (path, shown) in [
            ("stacks/a-b_c~1.yaml", "stacks/a-b_c~1.yaml"),
            ("./template.yaml", "template.yaml"),
            ("../template.yaml", "../template.yaml"),
            ("/srv/template.yaml", "file:///srv/template.yaml"),
            ("https://evil.example/x?y#z", "https%3A//evil.example/x%3Fy%23z"),
            ("a b%20\u{202e}é.yaml", "a%20b%2520%E2%80%AE%C3%A9.yaml"),
        ] {
            assert_eq!(uri(path), shown);
        }
    }
}
