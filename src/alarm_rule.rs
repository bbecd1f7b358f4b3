//! The rules of composite alarms: which alarms does one name, and does it go to ALARM whenever a given one does?
//!
//! The rule expression is read (CloudWatch API reference, `PutCompositeAlarm` `AlarmRule`) and evaluated with the one
//! alarm in ALARM and in the states that it comes from, and with every other alarm in a state not known. What cannot be
//! read is an error in words.

/// A parsed rule expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AlarmRule(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Constant(bool),
    /// A state function of an alarm: which, and whose.
    State {
        state: State,
        alarm: String,
    },
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// `AT_LEAST(…)`: so many of its alarms must be in a state, or not be in it.
    AtLeast {
        needed: usize,
        state: State,
        is_negated: bool,
        alarms: Vec<String>,
    },
}

/// A state of an alarm (`StateValue`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

/// What a composite alarm does when a child of it goes to ALARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// It goes to ALARM too, unless another child has it there already.
    Always,
    /// It does not.
    Never,
    /// It is in ALARM as it was before, whatever the others do: no action runs.
    NoChange,
    /// It depends on the others, or on the state that the child comes from.
    Sometimes,
}

const DEPTH: usize = 64;
/// A rule has at most this many elements (CloudWatch user guide, composite alarms).
const ELEMENTS: usize = 500;

impl AlarmRule {
    /// Reads a rule.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text.trim_start(), depth: 0, elements: 0 };
        let node = parser.or()?;
        parser.rest.is_empty().then_some(Self(node))
    }

    /// Whether the rule names another alarm, which may bring the composite alarm to ALARM first.
    pub(crate) fn names_others(&self, is_it: &dyn Fn(&str) -> bool) -> bool {
        self.alarms().into_iter().any(|alarm| !is_it(alarm))
    }

    /// What the composite alarm does when that alarm goes to ALARM from one of these states.
    pub(crate) fn follows(&self, is_it: &dyn Fn(&str) -> bool, rests: &[State]) -> Follows {
        let truth = |now, others| self.0.truth(&|name| if is_it(name) { Some(now) } else { others });
        let before = |others| rests.iter().map(move |rest| truth(*rest, others));
        // Of an ordinary day, on which no other alarm is in ALARM.
        let is_held = [State::Ok, State::InsufficientData]
            .into_iter()
            .any(|others| before(Some(others)).any(|before| before == Some(true)));
        match truth(State::Alarm, None) {
            Some(false) => Follows::Never,
            Some(true) if before(None).all(|before| before == Some(true)) => Follows::NoChange,
            Some(true) if !is_held => Follows::Always,
            Some(true) | None => Follows::Sometimes,
        }
    }

    /// Whether it is true while the alarms that it names are in these states. `None`: that depends on a state not known.
    pub(crate) fn truth(&self, state_of: &dyn Fn(&str) -> Option<State>) -> Option<bool> {
        self.0.truth(state_of)
    }

    /// The alarms that it names.
    pub(crate) fn alarms(&self) -> Vec<&str> {
        let mut named = Vec::new();
        self.0.each_alarm(&mut |alarm| named.push(alarm));
        named
    }
}

impl Node {
    fn each_alarm<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Constant(_) => {}
            Self::State { alarm, .. } => visit(alarm),
            Self::Not(inner) => inner.each_alarm(visit),
            Self::And(left, right) | Self::Or(left, right) => {
                left.each_alarm(visit);
                right.each_alarm(visit);
            }
            Self::AtLeast { alarms, .. } => alarms.iter().for_each(|alarm| visit(alarm)),
        }
    }

    /// With the alarms in these states, some of which may not be known.
    fn truth(&self, state_of: &dyn Fn(&str) -> Option<State>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::State { state, alarm } => state_of(alarm).map(|known| known == *state),
            Self::Not(inner) => inner.truth(state_of).map(|value| !value),
            Self::And(left, right) => match (left.truth(state_of), right.truth(state_of)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.truth(state_of), right.truth(state_of)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::AtLeast { needed, state, is_negated, alarms } => {
                let holds = |state_of: State| (state_of == *state) != *is_negated;
                let each: Vec<Option<bool>> = alarms.iter().map(|alarm| state_of(alarm).map(holds)).collect();
                let count = |wanted| each.iter().filter(|holds| **holds == wanted).count();
                let (sure, open) = (count(Some(true)), count(None));
                if sure >= *needed {
                    Some(true)
                } else if sure + open < *needed {
                    Some(false)
                } else {
                    None
                }
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
        let state = self.state()?;
        let open = self.sign('(');
        let alarm = self.name().filter(|_| open)?;
        self.sign(')').then_some(Node::State { state, alarm })
    }

    fn state(&mut self) -> Option<State> {
        let states = [("INSUFFICIENT_DATA", State::InsufficientData), ("ALARM", State::Alarm), ("OK", State::Ok)];
        states.into_iter().find(|(word, _)| self.word(word)).map(|(_, state)| state)
    }

    /// `AT_LEAST(2, ALARM, (a, b))`: the alarms are those of the inner list.
    fn at_least(&mut self) -> Option<Node> {
        if !self.sign('(') {
            return None;
        }
        let (how_many, rest) = self.rest.split_once(',')?;
        self.rest = rest.trim_start();
        let is_negated = self.word("NOT");
        let state = self.state().filter(|_| self.sign(','))?;
        if !self.sign('(') {
            return None;
        }
        let mut alarms = vec![self.name()?];
        while self.sign(',') {
            self.more()?;
            alarms.push(self.name()?);
        }
        let needed = match how_many.trim().strip_suffix('%') {
            Some(share) => {
                (share.trim().parse::<usize>().ok().filter(|share| *share <= 100)? * alarms.len()).div_ceil(100)
            }
            None => how_many.trim().parse().ok()?,
        };
        (self.sign(')') && self.sign(')')).then_some(Node::AtLeast { needed, state, is_negated, alarms })
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
        use Follows::{Always, Never, NoChange, Sometimes};
        for (rule, from_ok, from_no_data) in [
            ("ALARM(a)", Always, Always),
            ("ALARM(\"a\")", Always, Always),
            ("alarm(a) or ALARM(b)", Always, Always),
            ("ALARM(b) OR (ALARM(a))", Always, Always),
            ("ALARM(a) AND ALARM(b)", Sometimes, Sometimes),
            ("ALARM(a) AND NOT ALARM(b)", Sometimes, Sometimes),
            ("ALARM(a) AND TRUE", Always, Always),
            ("ALARM(a) OR TRUE", NoChange, NoChange),
            ("ALARM(a) OR NOT ALARM(a)", NoChange, NoChange),
            ("NOT OK(a)", Always, NoChange),
            ("ALARM(a) OR INSUFFICIENT_DATA(a)", Always, NoChange),
            ("OK(a)", Never, Never),
            ("NOT ALARM(a)", Never, Never),
            ("INSUFFICIENT_DATA(a) OR OK(a)", Never, Never),
            ("FALSE", Never, Never),
            ("AT_LEAST(1, ALARM, (a, b))", Always, Always),
            ("AT_LEAST(2, ALARM, (a, b))", Sometimes, Sometimes),
            ("AT_LEAST(1, OK, (a, b))", Sometimes, Sometimes),
            ("AT_LEAST(1, OK, (a))", Never, Never),
            ("AT_LEAST(1, NOT ALARM, (a, b))", Sometimes, Sometimes),
            ("AT_LEAST(50%, ALARM, (a, b))", Always, Always),
            ("AT_LEAST(51%, ALARM, (a, b))", Sometimes, Sometimes),
            ("AT_LEAST(1%, ALARM, (a, b, c))", Always, Always),
            ("AT_LEAST(3, ALARM, (a, b))", Never, Never),
            // Another alarm, which nothing has happened to, holds these.
            ("ALARM(a) OR OK(b)", Sometimes, Sometimes),
            ("ALARM(a) OR NOT ALARM(b)", Sometimes, Sometimes),
            ("AT_LEAST(1, NOT OK, (a, b))", Sometimes, NoChange),
        ] {
            let parsed = AlarmRule::parse(rule).expect(rule);
            let from = |rest| parsed.follows(&|name| name == "a", &[rest]);
            assert_eq!((from(State::Ok), from(State::InsufficientData)), (from_ok, from_no_data), "{rule}");
        }
        let either = AlarmRule::parse("NOT OK(a)").expect("a rule");
        assert_eq!(either.follows(&|name| name == "a", &[State::Ok, State::InsufficientData]), Sometimes);
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
