//! What a rule file demands, held against the events that CloudTrail records: that there are such events, that a trail's
//! management events have them, that they are of the service that the file names, and that its patterns match them.

use filter_pattern::{Candidate, Coverage, Pattern, covers, is_covered};

use super::error::RuleError;
use super::lines;
use super::{Demand, Edition, Events, Rule};
use crate::cloudtrail::{self, Recorded};
use crate::misspelt;

/// What the sources of events end with (CloudTrail user guide, record contents: `eventSource` is usually a short form of the
/// service's name, then this).
const SERVICES: &str = ".amazonaws.com";

/// Checks what a rule demands in every version. Where its file names no service and all its events are of one, that is its
/// service. Returns what is to be known of the file though it can be used.
///
/// # Errors
/// The field, with what is wrong with it, and an event where one shows it.
pub(super) fn check(rule: &mut Rule, file: &str, text: &str) -> Result<Vec<String>, RuleError> {
    let is_one = rule.editions.windows(2).all(|pair| same_events(&pair[0], &pair[1]));
    let mut notes: Vec<String> = Vec::new();
    let mut editions = rule.editions.clone();
    for edition in &mut editions {
        let benchmark = edition.benchmark;
        let Demand::Events(events) = &mut edition.demand else { continue };
        let wrong = |field: &'static str, message: String| {
            let version = if is_one { String::new() } else { format!("in version {benchmark}: ") };
            let line = lines::line_in(text, field, benchmark);
            RuleError::Field { file: file.to_owned(), line, field, message: format!("{version}{message}") }
        };
        requires(events).map_err(|message| wrong("requires", message))?;
        match &events.source {
            Some(source) => of_service(source, &events.requires).map_err(|message| wrong("event_source", message))?,
            None => events.source = only_service(&events.requires),
        }
        let accepted = events.accepts.iter().map(|text| ("accepts", text));
        for (field, pattern) in std::iter::once(("pattern", &events.pattern)).chain(accepted) {
            covering(pattern, &events.requires).map_err(|message| wrong(field, message))?;
        }
        for (field, pattern) in [("requires", &events.requires), ("pattern", &events.pattern)] {
            for note in unknown_fields(pattern) {
                let line = lines::line_in(text, field, benchmark).map_or_else(String::new, |at| format!("line {at}, "));
                let note = format!("{file}: {line}field {field}: {note}");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    if let (Demand::Events(own), Some(Demand::Events(first))) =
        (&mut rule.demand, editions.first().map(|first| &first.demand))
    {
        own.source.clone_from(&first.source);
    }
    rule.editions = editions;
    Ok(notes)
}

/// The fields that a pattern asks for and that events are not documented to have, each with the one that was probably meant.
fn unknown_fields(pattern: &Pattern) -> Vec<String> {
    /// Names of fields have much in common.
    const ALIKE: f64 = 0.9;
    let mut notes = Vec::new();
    for (field, _) in pattern.tests() {
        if cloudtrail::is_documented(&field) {
            continue;
        }
        let path = field.trim_start_matches("$.");
        let meant = misspelt::meant(cloudtrail::field_names(), path, ALIKE);
        let meant = meant.map_or_else(String::new, |meant| format!(": did you mean $.{meant}?"));
        let note = format!("CloudTrail does not document a field {field} of its events{meant}");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

fn same_events(one: &Edition, other: &Edition) -> bool {
    match (one.demand.events(), other.demand.events()) {
        (Some(one), Some(other)) => {
            (&one.requires, &one.pattern, &one.accepts) == (&other.requires, &other.pattern, &other.accepts)
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// Whether there are such events, and a trail records them without being asked for more than management events.
fn requires(events: &Events) -> Result<(), String> {
    let requires = &events.requires;
    if !requires.looks_into_json() || requires.tests().is_empty() {
        return Err("must be a pattern of fields, such as { $.eventName = \"DeleteTrail\" }".to_owned());
    }
    if is_covered(&[], requires, cloudtrail::events()) {
        return Err("no event of CloudTrail can match it".to_owned());
    }
    let management = cloudtrail::events_of(Recorded { no_data_events: true, ..Recorded::default() });
    if is_covered(&[], requires, &management) {
        return Err("it requires data events, and controls are about management events".to_owned());
    }
    Ok(())
}

/// Whether all that is required is of a service.
fn of_service(source: &str, requires: &Pattern) -> Result<(), String> {
    let is_letter =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '.');
    let name = source.strip_suffix(SERVICES).filter(|name| !name.is_empty() && name.chars().all(is_letter));
    let Some(one) = name.and_then(|_| pattern_of(source)) else {
        return Err(format!("{source:?} is no service as eventSource names it, such as \"kms{SERVICES}\""));
    };
    match covers(&[Candidate::new(&one)], requires, cloudtrail::events()) {
        Coverage::Missed(witness) => {
            Err(format!("an event that `requires` matches is of another service: {}", witness.to_json_line()))
        }
        Coverage::Covered | Coverage::Undecided(_) => Ok(()),
    }
}

/// The one service that all that is required is of.
fn only_service(requires: &Pattern) -> Option<String> {
    let tests = requires.tests();
    let named = tests.iter().filter(|(field, _)| field == "$.eventSource");
    let mut named = named.filter_map(|(_, test)| Some(test.split_once('=')?.1.trim().trim_matches('"')));
    let source = named.next()?;
    of_service(source, requires).is_ok().then(|| source.to_owned())
}

fn pattern_of(source: &str) -> Option<Pattern> {
    Pattern::parse(&format!("{{ $.eventSource = \"{source}\" }}")).ok()
}

/// Whether a pattern matches all that is required.
fn covering(pattern: &Pattern, requires: &Pattern) -> Result<(), String> {
    match covers(&[Candidate::new(pattern)], requires, cloudtrail::events()) {
        Coverage::Covered => Ok(()),
        Coverage::Missed(witness) => {
            Err(format!("misses an event that `requires` matches: {}", witness.to_json_line()))
        }
        Coverage::Undecided(construct) => Err(format!("whether it covers `requires` cannot be decided: {construct}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::RuleFiles;
    use crate::rule::catalog::{Catalog, Directory};
    use crate::rule::{Benchmark, Demand};

    /// A control of one's own: lines that stand for its service, and what it requires.
    fn own(service: &str, requires: &str) -> Result<Option<String>, String> {
        let text = format!(
            "id = \"ACME-1\"\nslug = \"own\"\ntitle = \"t\"\nshort_title = \"t\"\nlevel = 1\nseverity = \"low\"\n\
             metric_name = \"Own\"\nrationale = \"r\"\nremediation = \"r\"\n{service}\n\
             requires = '''{requires}'''\npattern = '''{{ $.eventName = \"*\" }}'''\n"
        );
        let files = RuleFiles { directory: "acme".to_owned(), are_added: false };
        let directory = Directory { files, texts: vec![("own.toml".to_owned(), text)] };
        let catalog = Catalog::from_files(vec![directory], Benchmark::default()).map_err(|error| error.to_string())?;
        match &catalog.rules()[0].demand {
            Demand::Events(events) => Ok(events.source.clone()),
            Demand::SecurityHubEnabled => Ok(None),
        }
    }

    const KMS: &str = r#"{ $.eventSource = "kms.amazonaws.com" && $.eventName = "DisableKey" }"#;

    #[test]
    fn a_service_that_the_events_are_not_of_is_refused() {
        for (source, wanted) in [
            (
                "kms.amazonaws.co",
                "\"kms.amazonaws.co\" is no service as eventSource names it, such as \"kms.amazonaws.com\"",
            ),
            ("kms", "\"kms\" is no service as eventSource names it, such as \"kms.amazonaws.com\""),
            ("KMS.amazonaws.com", "\"KMS.amazonaws.com\" is no service as eventSource names it"),
            ("kmss.amazonaws.com", "an event that `requires` matches is of another service: {"),
        ] {
            let error = own(&format!("event_source = \"{source}\""), KMS).expect_err(source);
            assert!(error.starts_with(&format!("own.toml: line 10, field event_source: {wanted}")), "{error}");
        }
        let any = own("event_source = \"kms.amazonaws.com\"", r#"{ $.errorCode = "AccessDenied" }"#);
        assert!(any.expect_err("of any service").contains("of another service"));
    }

    #[test]
    fn the_one_service_of_all_events_need_not_be_named() {
        assert_eq!(own("", KMS), Ok(Some("kms.amazonaws.com".to_owned())));
        assert_eq!(own("event_source = \"kms.amazonaws.com\"", KMS), Ok(Some("kms.amazonaws.com".to_owned())));
        let of_two = r#"{ $.eventSource = "kms.amazonaws.com" || $.eventSource = "iam.amazonaws.com" }"#;
        assert_eq!(own("", of_two), Ok(None));
        assert_eq!(own("", r#"{ $.errorCode = "AccessDenied" }"#), Ok(None));
    }

    #[test]
    fn events_that_no_control_can_be_about_are_refused() {
        for (requires, wanted) in [
            (
                r#"{ $.eventSource = "s3.amazonaws.com" && $.eventName = "GetObject" }"#,
                "it requires data events, and controls are about management events",
            ),
            (
                r#"{ $.eventSource = "kms.amazonaws.com" && $.eventSource = "iam.amazonaws.com" }"#,
                "no event of CloudTrail can match it",
            ),
            ("DisableKey", "must be a pattern of fields, such as { $.eventName = \"DeleteTrail\" }"),
            ("", "must be a pattern of fields, such as { $.eventName = \"DeleteTrail\" }"),
        ] {
            assert_eq!(own("", requires), Err(format!("own.toml: line 11, field requires: {wanted}")), "{requires}");
        }
    }
}
