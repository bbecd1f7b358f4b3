//! Composite alarms: does one go to ALARM whenever a given alarm does?
//!
//! The rule expression is read (CloudWatch API reference, `PutCompositeAlarm` `AlarmRule`) and evaluated with the one
//! alarm in ALARM and every other alarm in a state not known. What cannot be read is an error in words.

/// A parsed rule expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AlarmRule(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Constant(bool),
    /// A state function of an alarm: is it `ALARM(…)`, and whose.
    State {
        is_alarm: bool,
        alarm: String,
    },
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// `AT_LEAST(…)`: whether any one of its alarms in ALARM is enough, and which they are.
    AtLeast {
        one_is_enough: bool,
        alarms: Vec<String>,
    },
}

const DEPTH: usize = 64;
/// A rule has at most this many elements (CloudWatch user guide, composite alarms).
const ELEMENTS: usize = 500;

impl AlarmRule {
    /// Reads a rule.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text.trim_start(), depth: 0, elements: 0 };
        let node = parser.or()?;
        parser.rest.is_empty().then_some(Self(node))
    }

    /// Whether the rule names the alarm.
    pub(super) fn names(&self, is_it: &dyn Fn(&str) -> bool) -> bool {
        self.0.names(is_it)
    }

    /// Whether the rule names another alarm, which may bring the composite alarm to ALARM first.
    pub(super) fn names_others(&self, is_it: &dyn Fn(&str) -> bool) -> bool {
        self.0.names(&|alarm| !is_it(alarm))
    }

    /// Whether the rule is true with that alarm in ALARM: `None` where it hangs on other alarms.
    pub(super) fn follows(&self, is_it: &dyn Fn(&str) -> bool) -> Option<bool> {
        self.0.truth(is_it)
    }
}

impl Node {
    fn names(&self, is_it: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::State { alarm, .. } => is_it(alarm),
            Self::Not(inner) => inner.names(is_it),
            Self::And(left, right) | Self::Or(left, right) => left.names(is_it) || right.names(is_it),
            Self::AtLeast { alarms, .. } => alarms.iter().any(|alarm| is_it(alarm)),
        }
    }

    fn truth(&self, is_it: &dyn Fn(&str) -> bool) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::State { is_alarm, alarm } => is_it(alarm).then_some(*is_alarm),
            Self::Not(inner) => inner.truth(is_it).map(|value| !value),
            Self::And(left, right) => match (left.truth(is_it), right.truth(is_it)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.truth(is_it), right.truth(is_it)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::AtLeast { one_is_enough, alarms } => {
                (*one_is_enough && alarms.iter().any(|alarm| is_it(alarm))).then_some(true)
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    elements: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Option<Node> {
        let mut left = self.and()?;
        while self.word("OR") {
            self.more()?;
            left = Node::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Node> {
        let mut left = self.not()?;
        while self.word("AND") {
            self.more()?;
            left = Node::And(Box::new(left), Box::new(self.not()?));
        }
        Some(left)
    }

    fn more(&mut self) -> Option<()> {
        self.elements += 1;
        (self.elements <= ELEMENTS).then_some(())
    }

    fn not(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let node = if self.word("NOT") {
            Node::Not(Box::new(self.not()?))
        } else if self.sign('(') {
            let inner = self.or()?;
            self.sign(')').then_some(inner)?
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Some(node)
    }

    fn primary(&mut self) -> Option<Node> {
        for (word, value) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Some(Node::Constant(value));
            }
        }
        if self.word("AT_LEAST") {
            return self.at_least();
        }
        for (word, is_alarm) in [("INSUFFICIENT_DATA", false), ("ALARM", true), ("OK", false)] {
            if self.word(word) {
                let open = self.sign('(');
                let alarm = self.name().filter(|_| open)?;
                return self.sign(')').then_some(Node::State { is_alarm, alarm });
            }
        }
        None
    }

    /// `AT_LEAST(2, ALARM, (a, b))`: the alarms are those of the inner list.
    fn at_least(&mut self) -> Option<Node> {
        if !self.sign('(') {
            return None;
        }
        let (how_many, list) = self.rest.split_once('(')?;
        let mut how_many = how_many.split(',').map(str::trim);
        let one_is_enough =
            how_many.next() == Some("1") && how_many.next().is_some_and(|state| state.eq_ignore_ascii_case("ALARM"));
        self.rest = list.trim_start();
        let mut alarms = vec![self.name()?];
        while self.sign(',') {
            alarms.push(self.name()?);
        }
        (self.sign(')') && self.sign(')')).then_some(Node::AtLeast { one_is_enough, alarms })
    }

    /// A keyword, in capitals as `DescribeAlarms` returns it or in any other case, and not the start of a longer word.
    fn word(&mut self, word: &str) -> bool {
        let Some(head) = self.rest.get(..word.len()) else { return false };
        let tail = &self.rest[word.len()..];
        let ends = !tail.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let found = head.eq_ignore_ascii_case(word) && ends;
        if found {
            self.rest = tail.trim_start();
        }
        found
    }

    fn sign(&mut self, sign: char) -> bool {
        let Some(tail) = self.rest.strip_prefix(sign) else { return false };
        self.rest = tail.trim_start();
        true
    }

    /// An alarm's name or ARN, quoted or not.
    fn name(&mut self) -> Option<String> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let mut name = String::new();
            let mut letters = quoted.char_indices();
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '"' => {
                        self.rest = quoted[at + 1..].trim_start();
                        return Some(name);
                    }
                    '\\' => name.push(letters.next()?.1),
                    other => name.push(other),
                }
            }
            return None;
        }
        let end = self.rest.find([')', '(', ',', ' ', '\t', '\n']).unwrap_or(self.rest.len());
        let (name, tail) = self.rest.split_at(end);
        let name = name.to_owned();
        self.rest = tail.trim_start();
        (!name.is_empty()).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_follows_its_child_only_if_no_other_alarm_can_stop_it() {
        for (rule, follows) in [
            ("ALARM(a)", Some(true)),
            ("ALARM(\"a\")", Some(true)),
            ("alarm(a) or ALARM(b)", Some(true)),
            ("ALARM(b) OR (ALARM(a))", Some(true)),
            ("ALARM(a) AND ALARM(b)", None),
            ("ALARM(a) AND NOT ALARM(b)", None),
            ("ALARM(a) AND TRUE", Some(true)),
            ("OK(a)", Some(false)),
            ("NOT ALARM(a)", Some(false)),
            ("INSUFFICIENT_DATA(a) OR OK(a)", Some(false)),
            ("FALSE", Some(false)),
            ("AT_LEAST(1, ALARM, (a, b))", Some(true)),
            ("AT_LEAST(2, ALARM, (a, b))", None),
            ("AT_LEAST(1, OK, (a, b))", None),
            ("AT_LEAST(1, NOT ALARM, (a, b))", None),
        ] {
            let parsed = AlarmRule::parse(rule);
            assert_eq!(parsed.map(|rule| rule.follows(&|name| name == "a")), Some(follows), "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_is_none() {
        let deep = "NOT ".repeat(10_000);
        let long = format!("TRUE{}", " AND TRUE".repeat(100_000));
        for rule in
            ["", "ALARM", "ALARM(", "ALARM()", "ALARM(a) b", "FOO(a)", "ALARM(\"a", "AT_LEAST(1, ALARM", &deep, &long]
        {
            assert_eq!(AlarmRule::parse(rule), None, "{rule}");
        }
    }
}
