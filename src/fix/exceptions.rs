//! Events that are accepted to be missed, written into new metric filters: what a control demands becomes what it
//! demands but for them, before anything is planned. Which exceptions hold on a day is not decided here.

use std::sync::Arc;

use filter_pattern::{LONGEST, Pattern, without};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::cloudtrail;
use crate::rule::{Demand, Events, HubControl, Rule, RuleId};

/// An exception that new filters of a control are written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuiltIn {
    /// The number of the control.
    pub rule: String,
    /// The events that the filter leaves out, as a filter pattern.
    pub events: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub owner: String,
    /// The last day on which it holds, in UTC; after it the filter misses what the control demands.
    pub expires: Date,
}

impl BuiltIn {
    /// What is left out, until when, why and who says so.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { rule: _, events, reason, owner, expires } = self;
        format!("{events} until {expires}: {reason} ({owner})")
    }

    /// That anyone can slip into it. `None`: it tests nothing that a caller chooses.
    #[must_use]
    pub fn caution(&self) -> Option<String> {
        let tests =
            Pattern::parse(&self.events).map(|events| cloudtrail::chosen_by_callers(&events)).unwrap_or_default();
        (!tests.is_empty()).then(|| format!("it can be evaded: a caller chooses what meets {}", tests.join(" and ")))
    }

    /// Whether it is of a control.
    #[must_use]
    pub fn is_of(&self, id: RuleId) -> bool {
        RuleId::parse(&self.rule) == Some(id)
    }
}

/// Why exceptions are in no filter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExceptionError {
    /// The language has no words for it, or not so few.
    #[error(
        "control {rule}: no filter pattern of at most {LONGEST} characters is proven to match all that it requires except {events}: accept fewer or simpler events"
    )]
    NotWritten {
        /// The number of the control.
        rule: String,
        /// The exceptions.
        events: String,
    },
    /// A saved plan has a text that is no pattern.
    #[error("control {rule}: {events} is not a filter pattern")]
    NoPattern {
        /// The number of the control.
        rule: String,
        /// The text.
        events: String,
    },
}

/// The rules, each demanding what it does but for its exceptions.
///
/// # Errors
/// Exceptions that no filter pattern can be written with.
pub fn but_for(rules: &[Arc<Rule>], exceptions: &[BuiltIn]) -> Result<Vec<Arc<Rule>>, ExceptionError> {
    rules.iter().map(|rule| narrowed(rule, exceptions)).collect()
}

fn narrowed(rule: &Arc<Rule>, exceptions: &[BuiltIn]) -> Result<Arc<Rule>, ExceptionError> {
    let number = rule.id.to_string();
    let of_rule = || exceptions.iter().filter(|exception| exception.is_of(rule.id));
    let Some(events) = rule.demand.events().filter(|_| of_rule().next().is_some()) else { return Ok(Arc::clone(rule)) };
    let parsed = of_rule().map(|exception| {
        let refuse = |_| ExceptionError::NoPattern { rule: number.clone(), events: exception.events.clone() };
        Pattern::parse(&exception.events).map_err(refuse)
    });
    let parsed: Vec<Pattern> = parsed.collect::<Result<_, _>>()?;
    let accepted: Vec<&Pattern> = parsed.iter().collect();
    let rest = |pattern: &Pattern| {
        without(pattern, &accepted, cloudtrail::events()).ok_or_else(|| ExceptionError::NotWritten {
            rule: number.clone(),
            events: of_rule().map(|exception| exception.events.as_str()).collect::<Vec<_>>().join(" and "),
        })
    };
    let demand = Demand::Events(Events {
        requires: rest(&events.requires)?,
        pattern: rest(&events.pattern)?,
        // Each of them notifies of the exceptions, too.
        accepts: Vec::new(),
        ..events.clone()
    });
    let security_hub = rule.security_hub.clone().map(|hub| HubControl { texts: Vec::new(), ..hub });
    Ok(Arc::new(Rule { demand, security_hub, ..Rule::clone(rule) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Benchmark;
    use crate::rule::catalog::Catalog;

    fn exception(rule: &str, events: &str) -> BuiltIn {
        BuiltIn {
            rule: rule.to_owned(),
            events: events.to_owned(),
            reason: "r".to_owned(),
            owner: "o".to_owned(),
            expires: jiff::civil::date(2099, 12, 31),
        }
    }

    fn pattern_of(rule: &str, exceptions: &[BuiltIn]) -> Result<String, ExceptionError> {
        let catalog = Catalog::builtin(Benchmark::default()).expect("the rules");
        let rules = but_for(catalog.rules(), exceptions)?;
        let rule = rules.iter().find(|known| known.id.to_string() == rule).expect("a rule");
        Ok(rule.demand.events().expect("events").pattern.source().to_owned())
    }

    #[test]
    fn a_pattern_leaves_out_its_exceptions_and_no_other_does() {
        let noisy = [exception("3.1", "{ $.eventName = GetMacieSession }")];
        assert_eq!(
            pattern_of("3.1", &noisy).as_deref(),
            Ok(
                r#"{ ($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && $.eventName != "GetMacieSession" }"#
            )
        );
        assert_eq!(pattern_of("3.7", &noisy), pattern_of("3.7", &[]));
    }

    #[test]
    fn a_caller_without_the_field_is_still_noticed() {
        let robot = [exception("3.7", "{ $.userIdentity.userName = terraform }")];
        assert_eq!(
            pattern_of("3.7", &robot).as_deref(),
            Ok(
                r#"{ $.eventSource = "kms.amazonaws.com" && ($.eventName = "DisableKey" || $.eventName = "ScheduleKeyDeletion") && ($.userIdentity.userName != "terraform" || $.userIdentity.userName NOT EXISTS) }"#
            )
        );
    }

    #[test]
    fn fields_chosen_by_the_caller_are_reported() {
        let chosen = exception("3.1", "{ $.userAgent = aws-internal && $.eventName = GetMacieSession }");
        assert_eq!(
            chosen.words(),
            "{ $.userAgent = aws-internal && $.eventName = GetMacieSession } until 2099-12-31: r (o)"
        );
        assert_eq!(
            chosen.caution().as_deref(),
            Some(r#"it can be evaded: a caller chooses what meets $.userAgent = "aws-internal""#)
        );
        assert_eq!(exception("3.1", "{ $.eventName = GetMacieSession }").caution(), None);
    }

    #[test]
    fn what_cannot_be_written_is_refused_with_its_control() {
        let many: Vec<BuiltIn> = (0..40)
            .map(|n| {
                exception("3.4", &format!("{{ $.userIdentity.arn = \"arn:aws:iam::111122223333:user/robot-{n}\" }}"))
            })
            .collect();
        let error = pattern_of("3.4", &many).expect_err("too long").to_string();
        assert!(error.starts_with("control 3.4: no filter pattern of at most 1024 characters is proven"), "{error}");
        let broken = pattern_of("3.4", &[exception("3.4", "{ $.a == 1 }")]).expect_err("no pattern");
        assert_eq!(broken.to_string(), "control 3.4: { $.a == 1 } is not a filter pattern");
    }
}
