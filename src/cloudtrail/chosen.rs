//! What of an event a caller chooses: what tests of it let through, anyone may be let through by (CloudTrail user guide,
//! "CloudTrail record contents" and "CloudTrail userIdentity element").

use filter_pattern::Pattern;

/// The tests in a pattern of what a caller chooses.
#[must_use]
pub fn chosen_by_callers(pattern: &Pattern) -> Vec<String> {
    pattern.tests().into_iter().filter(|(field, test)| is_chosen(field, test)).map(|(_, test)| test).collect()
}

fn is_chosen(field: &str, test: &str) -> bool {
    match field {
        "$.userAgent"
        | "$.userIdentity.principalId"
        | "$.userIdentity.sessionContext.sourceIdentity"
        | "$.tlsDetails.clientProvidedHostHeader" => true,
        // The name of a session follows that of its role: what fixes all before it is met by that role alone.
        "$.userIdentity.arn" => {
            let value = test.split_once('"').map_or(test, |(_, value)| value);
            let (before, session) = match value.split_once("assumed-role/").and_then(|(_, rest)| rest.split_once('/')) {
                Some((role, session)) => (role, Some(session)),
                None => (value.trim_end_matches('"'), None),
            };
            let is_open = |text: &str| text.contains('*');
            !test.contains("NOT EXISTS")
                && (value == test || is_open(before) || session.is_some_and(|session| !session.starts_with('*')))
        }
        _ => field.starts_with("$.requestParameters.") || field.starts_with("$.requestParameters["),
    }
}
