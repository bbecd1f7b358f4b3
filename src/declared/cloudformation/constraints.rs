//! What a parameter takes (CloudFormation user guide, "Parameters section"): a deployment with another value is refused.

use regex_automata::hybrid::regex::Regex;
use regex_automata::util::syntax::Config;

use super::tree::Tree;

/// Why a parameter does not take a value: lower case, no full stop. `None`: it does, or that cannot be determined.
pub(super) fn refusal(declared: &Tree, value: &str) -> Option<String> {
    let text = |key: &str| declared.get(key).and_then(Tree::text);
    let kind = text("Type").unwrap_or("String");
    // A value that is not to be shown is not.
    let is_hidden = text("NoEcho").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let shown = || if is_hidden { "its value".to_owned() } else { crate::escape::shortened(value, 60).into_owned() };
    let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
    let each: Vec<&str> = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
    if let Some(allowed) = declared.get("AllowedValues") {
        let allowed: Vec<&str> = allowed.items().iter().filter_map(Tree::text).collect();
        if each.iter().any(|value| !allowed.contains(value)) {
            return Some(format!("{} is none of its AllowedValues", shown()));
        }
    }
    if kind == "Number" || kind == "List<Number>" {
        return each.iter().find_map(|value| of_number(declared, value)).map(|why| format!("{} {why}", shown()));
    }
    let length = value.chars().count();
    let bound = |key: &str| text(key).and_then(|text| text.trim().parse::<usize>().ok());
    if bound("MinLength").is_some_and(|least| length < least) {
        return Some(format!("{} is shorter than its MinLength", shown()));
    }
    if bound("MaxLength").is_some_and(|most| length > most) {
        return Some(format!("{} is longer than its MaxLength", shown()));
    }
    let pattern = text("AllowedPattern")?;
    let is_out = each.iter().any(|value| matches(pattern, value) == Some(false));
    is_out.then(|| format!("{} is not what its AllowedPattern takes", shown()))
}

fn of_number(declared: &Tree, value: &str) -> Option<&'static str> {
    let bound = |key: &str| declared.get(key).and_then(Tree::text).and_then(|text| text.trim().parse::<f64>().ok());
    let Ok(number) = value.trim().parse::<f64>() else { return Some("is no number") };
    match () {
        () if bound("MinValue").is_some_and(|least| number < least) => Some("is less than its MinValue"),
        () if bound("MaxValue").is_some_and(|most| number > most) => Some("is more than its MaxValue"),
        () => None,
    }
}

/// Whether all of a value is matched. `None`: it is a pattern of Java's that is not followed.
fn matches(pattern: &str, value: &str) -> Option<bool> {
    // Java's classes, such as \d, are of ASCII.
    let syntax = Config::new().unicode(!value.is_ascii()).utf8(false);
    let regex = Regex::builder().syntax(syntax).build(&format!("^(?:{pattern})$")).ok()?;
    let mut cache = regex.create_cache();
    Some(regex.is_match(&mut cache, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::cloudformation::tree;

    #[test]
    fn a_value_that_a_parameter_does_not_take_is_refused() {
        for (declared, value, wanted) in [
            ("{AllowedValues: [a, b]}", "a", None),
            ("{AllowedValues: [a, b]}", "c", Some("c is none of its AllowedValues")),
            ("{AllowedValues: [a, b], NoEcho: true}", "c", Some("its value is none of its AllowedValues")),
            ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "b, a", None),
            ("{Type: CommaDelimitedList, AllowedValues: [a, b]}", "b, c", Some("b, c is none of its AllowedValues")),
            ("{Type: Number, MinValue: 1, MaxValue: 5}", "5", None),
            ("{Type: Number, MinValue: 1}", "0.5", Some("0.5 is less than its MinValue")),
            ("{Type: Number, MaxValue: 5}", "6", Some("6 is more than its MaxValue")),
            ("{Type: Number}", "many", Some("many is no number")),
            ("{MinLength: 1}", "", Some(" is shorter than its MinLength")),
            ("{MaxLength: 2}", "éé", None),
            ("{MaxLength: 2}", "abc", Some("abc is longer than its MaxLength")),
            ("{AllowedPattern: '[a-z]+'}", "abc", None),
            ("{AllowedPattern: '[a-z]+'}", "abc1", Some("abc1 is not what its AllowedPattern takes")),
            (r"{AllowedPattern: '\d+'}", "12", None),
            (r"{AllowedPattern: '\d+'}", "a", Some("a is not what its AllowedPattern takes")),
            ("{AllowedPattern: '(?!x)[a-z]+'}", "1", None),
        ] {
            let declared = tree::read(declared).expect("YAML");
            assert_eq!(refusal(&declared, value).as_deref(), wanted, "{value}");
        }
    }
}
