//! `cis-audit pattern cover`: do patterns match all that is demanded?

use std::io::Write as _;

use filter_pattern::{Candidate, Coverage, Holes, Pattern, broader, covers, holes};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::output::Output;
use crate::cloudtrail;
use crate::escape;
use crate::exit::ExitStatus;
use crate::report::{HoleRow, ListFormat, rows};

/// The document of `pattern cover -f json`.
#[derive(Serialize)]
struct CoverDocument {
    covers: Option<bool>,
    broader: bool,
    witness: Option<WitnessDocument>,
    /// What the events are that alone are missed, where they are unusual.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    only_in: Vec<String>,
    /// All that is missed, each part with its own cause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holes: Vec<HoleRow>,
    undecided: Option<String>,
}

/// Holes that are listed one by one.
const MOST_HOLES: usize = 20;

#[derive(Serialize)]
struct WitnessDocument {
    event: Box<RawValue>,
}

pub(super) fn run(
    found: &[Pattern],
    required: &Pattern,
    exceptions: &[Pattern],
    format: ListFormat,
) -> anyhow::Result<ExitStatus> {
    let filters: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
    let accepted = exceptions.iter().map(|events| Candidate::new(events).excepted());
    let candidates: Vec<Candidate<'_>> = filters.iter().cloned().chain(accepted).collect();
    let coverage = covers(&candidates, required, cloudtrail::events());
    let wider = broader(&filters, required, cloudtrail::events());
    let missed = match &coverage {
        Coverage::Missed(_) => Some(holes(&candidates, required, cloudtrail::events(), MOST_HOLES)),
        Coverage::Covered | Coverage::Undecided(_) => None,
    };
    let (status, covered) = match &coverage {
        Coverage::Covered => (ExitStatus::Success, Some(true)),
        Coverage::Missed(_) => (ExitStatus::Failure, Some(false)),
        Coverage::Undecided(_) => (ExitStatus::Error, None),
    };
    let mut out = Vec::new();
    match format {
        ListFormat::Json => {
            let (witness, undecided) = match &coverage {
                Coverage::Covered => (None, None),
                Coverage::Missed(witness) => {
                    (Some(WitnessDocument { event: RawValue::from_string(witness.to_json_line())? }), None)
                }
                Coverage::Undecided(construct) => (None, Some(construct.to_string())),
            };
            let only_in = match &coverage {
                Coverage::Missed(witness) => witness.exceptions().iter().map(ToString::to_string).collect(),
                Coverage::Covered | Coverage::Undecided(_) => Vec::new(),
            };
            let holes = missed.as_ref().map(rows).unwrap_or_default();
            let document =
                CoverDocument { covers: covered, broader: wider.is_some(), witness, only_in, holes, undecided };
            serde_json::to_writer(&mut out, &document)?;
            writeln!(out)?;
        }
        ListFormat::Table => {
            match &coverage {
                Coverage::Covered if exceptions.is_empty() => writeln!(out, "covered: every such event is matched")?,
                Coverage::Covered => writeln!(out, "covered: every such event but the exceptions is matched")?,
                Coverage::Missed(witness) => {
                    writeln!(out, "not covered: this event is missed\n{}", witness.to_json_line())?;
                    if !witness.exceptions().is_empty() {
                        writeln!(out, "it is unusual: only in {}", witness.exceptions().join(" and "))?;
                    }
                    missed.iter().try_for_each(|holes| list(holes, &mut out))?;
                }
                Coverage::Undecided(construct) => writeln!(out, "cannot be decided: {construct}")?,
            }
            if let Some(wider) = wider {
                writeln!(out, "broader: this event is matched too\n{}", wider.to_json_line())?;
            }
        }
    }
    let mut output = Output::stdout()?;
    let written = output.stream.write_all(&out);
    output.finish(written)?;
    Ok(status)
}

/// All that is missed, part by part: why, and a pattern of just these events.
fn list(holes: &Holes, out: &mut Vec<u8>) -> std::io::Result<()> {
    writeln!(out, "what is missed:")?;
    for hole in &holes.list {
        let which = hole.choices().map(|choices| {
            let field = choices.field.trim_start_matches("$.");
            format!(" ({} of {}: {field} {})", choices.values.len(), choices.of, choices.values.join(", "))
        });
        writeln!(out, "  {}{}", escape::terminal(&hole.cause()), escape::terminal(&which.unwrap_or_default()))?;
        match hole.pattern() {
            Some(pattern) => writeln!(out, "    {}", escape::terminal(&pattern.to_string()))?,
            None => writeln!(out, "    (no pattern matches just these)")?,
        }
    }
    if holes.more.is_some() {
        writeln!(out, "  and further events")?;
    }
    if let Some(construct) = &holes.undecided {
        writeln!(out, "  whether more is missed cannot be decided: {}", escape::terminal(&construct.to_string()))?;
    }
    Ok(())
}
