//! Addresses of resources and what references name: `module.alarms["eu"].aws_sns_topic.alerts[0].arn`, split at dots that
//! are outside brackets.

/// A part of an address: a name, and the text in the brackets behind it: `"eu"`, `0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: &'a str,
    pub(super) key: Option<&'a str>,
}

/// The modules that lead to one, from the root: names and keys of calls.
pub(super) type Path = Vec<(String, Option<String>)>;

/// What an address of a resource says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub(super) modules: Path,
    pub(super) is_data: bool,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) key: Option<&'a str>,
    /// What follows: an attribute, and what is in it.
    pub(super) rest: Vec<Part<'a>>,
}

/// Whether the first part of a reference is the type of a resource.
pub(super) fn is_type(first: &str) -> bool {
    const OTHERS: [&str; 9] = ["var", "local", "each", "count", "module", "data", "path", "terraform", "self"];
    !OTHERS.contains(&first)
}

/// The parts of an address.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        rest = behind;
        let mut key = None;
        while let Some(inside) = rest.strip_prefix('[') {
            let end = closing(inside);
            let (text, behind) = inside.split_at(end);
            // Of several brackets the first is the instance.
            key = key.or(Some(text));
            rest = behind.strip_prefix(']').unwrap_or(behind);
        }
        parts.push(Part { name, key });
        match rest.strip_prefix('.') {
            Some(next) => rest = next,
            None => return parts,
        }
    }
}

/// Where a bracket closes, past texts in quotes.
fn closing(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            ']' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

impl<'a> Address<'a> {
    /// Reads one; `None`: it names no resource.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let parts = parts(text);
        let mut rest = parts.as_slice();
        let mut modules = Path::new();
        while let [module, call, behind @ ..] = rest
            && module.name == "module"
        {
            modules.push((call.name.to_owned(), call.key.map(str::to_owned)));
            rest = behind;
        }
        let is_data = rest.first().is_some_and(|part| part.name == "data");
        if is_data {
            rest = rest.get(1..)?;
        }
        let [kind, name, rest @ ..] = rest else { return None };
        Some(Self { modules, is_data, kind: kind.name, name: name.name, key: name.key, rest: rest.to_vec() })
    }
}

/// The text of a path of modules, as an address begins: `module.alarms["eu"]`. The root's is empty.
pub(super) fn of_modules(modules: &[(String, Option<String>)]) -> String {
    let part = |(name, key): &(String, Option<String>)| match key {
        Some(key) => format!("module.{name}[{key}]"),
        None => format!("module.{name}"),
    };
    modules.iter().map(part).collect::<Vec<_>>().join(".")
}

/// The path of a module in the configuration, which has no instances.
pub(super) fn config_path(modules: &[(String, Option<String>)]) -> String {
    modules.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_keys_are_no_ends() {
        let text = r#"module.alarms["a.b]"].module.inner[0].aws_sns_topic.alerts["x\"].y"].arn"#;
        let address = Address::read(text).expect("an address");
        let modules =
            vec![("alarms".to_owned(), Some("\"a.b]\"".to_owned())), ("inner".to_owned(), Some("0".to_owned()))];
        assert_eq!(address.modules, modules);
        assert_eq!((address.kind, address.name, address.key), ("aws_sns_topic", "alerts", Some(r#""x\"].y""#)));
        assert_eq!(address.rest, [Part { name: "arn", key: None }]);
        assert_eq!(of_modules(&address.modules), r#"module.alarms["a.b]"].module.inner[0]"#);
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in ["", "module.a", "var", "each", "data.x", "module.a.b", "aws_sns_topic"] {
            assert_eq!(Address::read(text), None, "{text}");
        }
        for text in ["[", "a[", "a[\"", "a.b[\"\\", "..", "a.b]c", "module.[.]"] {
            parts(text);
        }
    }
}
