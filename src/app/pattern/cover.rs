//! `cis-audit pattern cover`: do patterns match all that is demanded?

use std::io::Write as _;

use filter_pattern::{Candidate, Coverage, Pattern, broader, covers};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::output::Output;
use crate::cloudtrail;
use crate::exit::ExitStatus;
use crate::report::ListFormat;

/// The document of `pattern cover -f json`.
#[derive(Serialize)]
struct CoverDocument {
    covers: Option<bool>,
    broader: bool,
    witness: Option<WitnessDocument>,
    undecided: Option<String>,
}

#[derive(Serialize)]
struct WitnessDocument {
    event: Box<RawValue>,
}

pub(super) fn run(found: &[Pattern], required: &Pattern, format: ListFormat) -> anyhow::Result<ExitStatus> {
    let candidates: Vec<Candidate<'_>> = found.iter().map(Candidate::new).collect();
    let coverage = covers(&candidates, required, cloudtrail::events());
    let wider = broader(&candidates, required, cloudtrail::events());
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
            let document = CoverDocument { covers: covered, broader: wider.is_some(), witness, undecided };
            serde_json::to_writer(&mut out, &document)?;
            writeln!(out)?;
        }
        ListFormat::Table => {
            match &coverage {
                Coverage::Covered => writeln!(out, "covered: every such event is matched")?,
                Coverage::Missed(witness) => {
                    writeln!(out, "not covered: this event is missed\n{}", witness.to_json_line())?;
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
