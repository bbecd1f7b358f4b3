//! The regular expressions inside patterns: ASCII, searched for, without groups.

use regex_automata::meta;

use super::Construct;
use super::truth::Truth;

/// A namespace for the two questions asked of a regular expression.
pub(super) struct Regex;

impl Regex {
    /// Searches a text. An expression outside the accepted subset is unknown.
    pub(super) fn matches(regex: &str, text: &str) -> Truth {
        match Self::compile(regex) {
            Some(compiled) => Truth::from(compiled.is_match(text)),
            None => Truth::Unknown(Construct::new(format!("the regular expression %{regex}%"))),
        }
    }

    /// Compiles an expression, `None` if it is not one that the service accepts.
    pub(super) fn compile(regex: &str) -> Option<meta::Regex> {
        let accepted = |byte: u8| byte.is_ascii_alphanumeric() || b":_#=@/;,-^$?[]{}|\\*+. ".contains(&byte);
        if !regex.bytes().all(accepted) {
            return None;
        }
        let syntax = regex_automata::util::syntax::Config::new().unicode(false).utf8(false);
        let limits = meta::Config::new().nfa_size_limit(Some(1 << 20)).utf8_empty(false);
        meta::Builder::new().syntax(syntax).configure(limits).build(regex).ok()
    }
}
