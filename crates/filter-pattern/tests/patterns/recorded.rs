//! Recorded answers of the live service, from a file that `CIS_AUDIT_PATTERN_CASES` names. It is not part of the
//! project; without it this test has nothing to do.

use filter_pattern::{Matched, Pattern};

#[derive(serde::Deserialize)]
struct Case {
    pattern: String,
    event: serde_json::Value,
    #[serde(rename = "match")]
    matches: bool,
    #[serde(default)]
    rejected: bool,
}

/// What the engine made of one case.
enum Outcome {
    Agrees,
    Unknown(String),
    Disagrees(String),
}

fn judge(case: &Case) -> Outcome {
    let event = match &case.event {
        serde_json::Value::String(text) => text.clone(),
        event => event.to_string(),
    };
    let what = format!("{} on {event}", case.pattern);
    match Pattern::parse(&case.pattern) {
        Err(_) if case.rejected => Outcome::Agrees,
        Err(error) => Outcome::Disagrees(format!("{what}: refused, {error}")),
        Ok(_) if case.rejected => Outcome::Disagrees(format!("{what}: accepted")),
        Ok(pattern) => match pattern.matches(&event) {
            Matched::Unknown(construct) => Outcome::Unknown(format!("{what}: {construct}")),
            matched if (matched == Matched::Yes) == case.matches => Outcome::Agrees,
            matched => Outcome::Disagrees(format!("{what}: {matched:?}")),
        },
    }
}

/// `CIS_AUDIT_PATTERN_CASES=FILE cargo test recorded -- --nocapture`
#[test]
#[expect(clippy::disallowed_methods, reason = "the only way to hand a file to a test")]
#[expect(clippy::print_stdout, reason = "a report for the person who runs it")]
fn recorded_answers_are_ours() {
    let Ok(path) = std::env::var("CIS_AUDIT_PATTERN_CASES") else { return };
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut agreed, mut unknown, mut wrong) = (0, 0, 0);
    for case in &cases {
        match judge(case) {
            Outcome::Agrees => agreed += 1,
            Outcome::Unknown(what) => {
                unknown += 1;
                println!("unknown: {what}");
            }
            Outcome::Disagrees(what) => {
                wrong += 1;
                println!("disagrees: {what}");
            }
        }
    }
    println!("{agreed} agreed, {wrong} disagreed, {unknown} unknown");
    assert_eq!(wrong, 0);
}
