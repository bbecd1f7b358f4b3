//! Coverage of deployed patterns against another judge's answers, from files that the environment names. Neither is
//! part of the project; without them this test has nothing to do. It prints, and fails only on a crash or slowness.

use std::time::{Duration, Instant};

use filter_pattern::{Candidate, Coverage, Pattern, covers};

use crate::records::RECORDS;

#[derive(serde::Deserialize)]
struct Deployed {
    pattern: String,
    #[serde(rename = "covers_1.2.0")]
    old: Option<Vec<String>>,
    #[serde(rename = "covers_5.0.0")]
    new: Option<Vec<String>>,
    unparsable: Option<String>,
}

#[derive(serde::Deserialize)]
struct Control {
    id: String,
    requires: Vec<Requires>,
}

#[derive(serde::Deserialize)]
struct Requires {
    benchmarks: Vec<String>,
    requires: String,
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the only way to hand files to a test")]
#[expect(clippy::print_stdout, reason = "a report for the person who runs it")]
fn deployed_patterns_are_judged() {
    let (Ok(corpus), Ok(requires)) = (std::env::var("CIS_AUDIT_CORPUS"), std::env::var("CIS_AUDIT_REQUIRES")) else {
        return;
    };
    let corpus: Vec<Deployed> = serde_json::from_str(&std::fs::read_to_string(corpus).unwrap()).unwrap();
    let controls: Vec<Control> = serde_json::from_str(&std::fs::read_to_string(requires).unwrap()).unwrap();
    let (mut agreed, mut undecided, mut worst) = (0, 0, (Duration::ZERO, String::new()));
    for deployed in &corpus {
        let pattern = match Pattern::parse(&deployed.pattern) {
            Ok(pattern) => pattern,
            Err(error) => {
                if deployed.unparsable.is_none() {
                    println!("REFUSED {error}\n{}", error.caret());
                }
                continue;
            }
        };
        if deployed.unparsable.is_some() && deployed.pattern.starts_with('{') {
            println!("ACCEPTED {}", deployed.pattern);
        }
        for (version, expected) in [("1.2.0", &deployed.old), ("5.0.0", &deployed.new)] {
            for control in &controls {
                let Some(required) = control.requires.iter().find(|r| r.benchmarks.iter().any(|b| b == version)) else {
                    continue;
                };
                let required = Pattern::parse(&required.requires).unwrap();
                let start = Instant::now();
                let answer = covers(&[Candidate::new(&pattern)], &required, &RECORDS);
                let took = start.elapsed();
                if took > worst.0 {
                    worst = (took, format!("{} {}", control.id, pattern.source()));
                }
                let expected = expected.as_ref().is_some_and(|ids| ids.contains(&control.id));
                match answer {
                    Coverage::Undecided(why) => {
                        undecided += 1;
                        println!("UNDECIDED {version} {} {} ({why})", control.id, pattern.source());
                    }
                    Coverage::Covered if expected => agreed += 1,
                    Coverage::Missed(witness) if !expected => {
                        agreed += 1;
                        if agreed % 200 == 0 {
                            println!("WITNESS {} {} {}", control.id, pattern.source(), witness.to_json_line());
                        }
                    }
                    answer => println!("DISAGREE {version} {} {}\n  {answer:?}", control.id, pattern.source()),
                }
            }
        }
    }
    println!("{agreed} agreed, {undecided} undecided, slowest {:?}: {}", worst.0, worst.1);
}
