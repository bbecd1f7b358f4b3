//! The table of defects, judged: each has the verdicts and the code that the table writes out, on the controls that it
//! affects and on no other.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::accounts::defects::sound::SOUND;
use crate::accounts::defects::{self, Affects, CONTROL, Defect};

/// What is wrong with the judgement of one defect, if anything is.
fn differences(defect: &Defect) -> Option<String> {
    let report = judge((defect.apply)(seed(), CONTROL));
    let mut wrong = Vec::new();
    let found = verdicts(&report, CONTROL);
    if found != defect.expected {
        wrong.push(format!("{found:?}, not {:?}", defect.expected));
    }
    for control in CONTROLS.into_iter().filter(|control| *control != CONTROL) {
        let found = verdicts(&report, control);
        let is_as_expected = match defect.affects {
            Affects::All => Expected { security_hub: defect.expected.security_hub, ..found } == defect.expected,
            Affects::One => found.cis == Status::Pass,
            Affects::Some => true,
        };
        if !is_as_expected {
            wrong.push(format!("{control}: {found:?}"));
        }
    }
    (!wrong.is_empty()).then(|| format!("{}:\n  {}", defect.name, wrong.join("\n  ")))
}

#[test]
fn every_defect_has_its_verdicts_and_its_code() {
    let wrong: Vec<String> = defects::all().filter_map(differences).collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_sound_account_passes_every_control() {
    let mut wrong = Vec::new();
    for sound in SOUND {
        let report = judge((sound.apply)(seed(), CONTROL));
        let expected = Expected { security_hub: sound.security_hub, ..Expected::PASS };
        let found = verdicts(&report, CONTROL);
        if found != expected {
            wrong.push(format!("{}: {found:?}", sound.name));
        }
        for control in CONTROLS {
            let Expected { cis, effective, code, .. } = verdicts(&report, control);
            if (cis, effective) != (Status::Pass, Status::Pass) {
                wrong.push(format!("{}: {control}: {cis:?} {effective:?} {code:?}", sound.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_rows_have_the_same_name_or_the_same_account() {
    let rows =
        defects::all().map(|defect| (defect.name, defect.apply)).chain(SOUND.iter().map(|row| (row.name, row.apply)));
    let mut names = BTreeMap::new();
    for (name, apply) in rows {
        let account = format!("{:?}", apply(seed(), CONTROL).build());
        if let Some(other) = names.insert(account, name) {
            panic!("{name} and {other} are the same account");
        }
    }
    let count = names.len();
    assert_eq!(names.into_values().collect::<BTreeSet<_>>().len(), count);
}
