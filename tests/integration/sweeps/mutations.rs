//! Files that someone else wrote, damaged: saved accounts, plans, journals, reports, waivers, rules, events and
//! patterns with bytes flipped, fields removed, null, twice or huge, and nested as deep as no stack is. The program
//! never panics, never hangs, and refuses what it cannot read with the file's name and the place.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::leftovers::fixed;
use crate::support::account::Account;
use crate::support::run::{Cli, Run};
use crate::support::seed::REGION;
use crate::support::stage::{Stage, fresh_id};
use crate::support::sweep::{Dice, Sweep, at_once, chosen};

const CASES: usize = 19_000;
const SAMPLE: usize = 70;
const THREADS: usize = 6;
/// Longer is a hang.
const LONGEST: Duration = Duration::from_secs(10);

/// What is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Account,
    Plan,
    Journal,
    Report,
    Waivers,
    Rules,
    Events,
    Pattern,
}

const KINDS: [Kind; 8] =
    [Kind::Account, Kind::Plan, Kind::Journal, Kind::Report, Kind::Waivers, Kind::Rules, Kind::Events, Kind::Pattern];

/// Whole files, and the account that plan and journal are about.
struct Originals {
    accounts: Vec<String>,
    plan: (Stage, String),
    /// Nothing without an emulator.
    journal: Option<(Stage, String)>,
    report: String,
    waivers: String,
    rules: Vec<(String, String)>,
    events: String,
    patterns: Vec<String>,
}

fn ours(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text_of(path: &str) -> String {
    fs::read_to_string(ours(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl Originals {
    fn new() -> Self {
        let names = ["demo", "seed", "hostile"].map(|name| format!("fixtures/accounts/{name}.json"));
        let rules = fs::read_dir(ours("rules")).expect("the rules").flatten().map(|entry| entry.path());
        let mut rules: Vec<(String, String)> = rules
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, fs::read_to_string(path).expect("a rule file"))
            })
            .collect();
        rules.sort();
        let event = |name: &str| {
            format!(
                "{{\"eventVersion\":\"1.09\",\"userIdentity\":{{\"type\":\"Root\",\"arn\":\"arn:aws:iam::111122223333:root\"}},\
                 \"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"{name}\",\"requestParameters\":{{\"n\":[1,2.5,null]}}}}\n"
            )
        };
        Self {
            accounts: names.iter().map(|name| text_of(name)).collect(),
            plan: plan(),
            journal: fixed().map(|(stage, _, journal)| (stage, journal)),
            report: text_of("fixtures/reports/demo-before.json"),
            waivers: text_of("fixtures/waivers.toml"),
            rules,
            events: ["CreatePolicy", "DeletePolicy", "ConsoleLogin"].map(event).concat(),
            patterns: crate::support::seed::RULES.iter().map(|rule| rule.pattern.to_owned()).collect(),
        }
    }
}

/// A plan for an account that lacks topic, subscription and alarms.
fn plan() -> (Stage, String) {
    let mut account = Account::seed(&fresh_id());
    let region = account.region(REGION);
    region.alarms.truncate(11);
    region.topics.clear();
    let stage = Stage::fake(account);
    let cli = stage.cli().args(&["--fix", "--dry-run", "--subscribe", "email:ops@example.com", "--plan-out", "plan"]);
    let run = cli.run();
    let plan = fs::read_to_string(cli.home().join("plan")).unwrap_or_else(|error| panic!("{error}: {run:#?}"));
    (stage, plan)
}

/// One damaged file.
struct Case {
    number: usize,
    kind: Kind,
}

impl Case {
    fn name(&self) -> String {
        format!("{:?} {}", self.kind, self.number)
    }

    /// Damages the file and lets the program read it. What was done to it, whether the whole is still of its language, and
    /// the run.
    fn run(&self, originals: &Originals) -> Option<(Damaged, Run, bool)> {
        let mut dice = Dice::new(self.number as u64);
        let (damaged, cli) = match self.kind {
            Kind::Account => {
                let damaged = json(dice.one_of(&originals.accounts).as_str(), &mut dice);
                (damaged, Cli::new().args(&["--snapshot", FILE, "-f", "json"]))
            }
            Kind::Plan => {
                let (stage, plan) = &originals.plan;
                (json(plan, &mut dice), stage.cli().args(&["--timeout", "5", "--fix", "--dry-run", "--apply", FILE]))
            }
            Kind::Journal => {
                let (stage, journal) = originals.journal.as_ref()?;
                (lines_of_json(journal, &mut dice), stage.cli().args(&["undo", "--timeout", "5", "--dry-run", FILE]))
            }
            Kind::Report => (json(&originals.report, &mut dice), Cli::new().args(&["--demo", "--baseline", FILE])),
            Kind::Waivers => (bytes(&originals.waivers, &mut dice), Cli::new().args(&["--demo", "--waivers", FILE])),
            Kind::Rules => {
                let mut cli = Cli::new().args(&["--demo", "--rules", "."]);
                let (name, text) = dice.one_of(&originals.rules);
                let mut damaged = bytes(text, &mut dice);
                damaged.file.clone_from(name);
                for (other, text) in originals.rules.iter().filter(|(other, _)| other != name) {
                    cli = cli.file(other, text);
                }
                (damaged, cli)
            }
            Kind::Events => {
                let damaged = lines_of_json(&originals.events, &mut dice);
                (damaged, Cli::new().args(&["pattern", "match", "{ $.eventName = *Policy }", FILE]))
            }
            Kind::Pattern => {
                let mut damaged = bytes(dice.one_of(&originals.patterns).as_str(), &mut dice);
                damaged.bytes.retain(|byte| *byte != 0);
                // An argument has an end; longer ones come in files.
                damaged.bytes.truncate(100_000);
                let pattern = String::from_utf8_lossy(&damaged.bytes).into_owned();
                (damaged, Cli::new().args(&["pattern", "cover", "--rule", "3.4", "--", &pattern]))
            }
        };
        let cli = cli.file(&damaged.file, &damaged.bytes);
        let (run, is_late) = cli.run_anyhow();
        let is_hang = is_late || (run.elapsed > LONGEST && run.elapsed > LONGEST.mul_f64(busyness()));
        Some((damaged, run, is_hang))
    }
}

/// How many times longer than on an idle machine a program takes now.
fn busyness() -> f64 {
    let short = Duration::from_millis(400);
    Cli::new().arg("--demo").run().elapsed.as_secs_f64() / short.as_secs_f64()
}

const FILE: &str = "damaged.file";

/// What is handed to the program.
struct Damaged {
    file: String,
    bytes: Vec<u8>,
    /// In words.
    how: String,
    /// No reader can take it for a document of its language.
    is_no_json: bool,
}

impl Damaged {
    fn new(bytes: impl Into<Vec<u8>>, how: String) -> Self {
        Self { file: FILE.into(), bytes: bytes.into(), how, is_no_json: false }
    }
}

/// Damages the text: whatever its language.
fn bytes(text: &str, dice: &mut Dice) -> Damaged {
    let mut bytes = text.as_bytes().to_vec();
    let at = dice.below(bytes.len());
    let lines: Vec<&str> = text.lines().collect();
    let line = dice.below(lines.len());
    let of_lines = |lines: &[&str]| lines.join("\n") + "\n";
    let how = match dice.below(9) {
        0 | 1 => {
            let bit = dice.below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        2 => {
            bytes.truncate(at);
            format!("ends at byte {at}")
        }
        3 => {
            bytes.remove(at);
            format!("byte {at} removed")
        }
        4 => {
            let byte = *dice.one_of(b"\0\"\\{}[]=\xff\x80\x1b,.:");
            bytes.insert(at, byte);
            format!("{byte:#04x} inserted at byte {at}")
        }
        5 => {
            let mut lines = lines.clone();
            lines.remove(line);
            bytes = of_lines(&lines).into_bytes();
            format!("line {} removed", line + 1)
        }
        6 => {
            let mut lines = lines.clone();
            lines.insert(line, lines[line]);
            bytes = of_lines(&lines).into_bytes();
            format!("line {} twice", line + 1)
        }
        7 => {
            let huge = "x".repeat(1 << 20);
            bytes.splice(at..at, huge.bytes());
            format!("a MiB of x at byte {at}")
        }
        _ => {
            let open = *dice.one_of(&["[", "{", "(", "{\"a\":", "[[a]]\n"]);
            bytes.splice(at..at, open.repeat(50_000).bytes());
            format!("{open} 50000 times at byte {at}")
        }
    };
    Damaged::new(bytes, how)
}

/// Damages a document in JSON, its text or its members.
fn json(text: &str, dice: &mut Dice) -> Damaged {
    let value: Value = serde_json::from_str(text).expect("a document");
    let mut damaged = match dice.below(3) {
        0 => bytes(text, dice),
        _ => members(value, dice),
    };
    damaged.is_no_json = serde_json::from_slice::<serde::de::IgnoredAny>(&damaged.bytes).is_err();
    damaged
}

/// Damages one line of several documents.
fn lines_of_json(text: &str, dice: &mut Dice) -> Damaged {
    let lines: Vec<&str> = text.lines().collect();
    let number = dice.below(lines.len());
    let mut damaged = json(lines[number], dice);
    let mut whole = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        whole.extend_from_slice(if place == number { &damaged.bytes } else { line.as_bytes() });
        whole.push(b'\n');
    }
    damaged.bytes = whole;
    write!(damaged.how, ", in line {}", number + 1).expect("writing to memory does not fail");
    // What breaks off at its end is what a killed run leaves.
    damaged.is_no_json = false;
    damaged
}

/// Changes one member somewhere in the document.
fn members(mut value: Value, dice: &mut Dice) -> Damaged {
    let mut path = String::new();
    let mut place = &mut value;
    loop {
        let goes_on = dice.below(8) > 0;
        match place {
            Value::Object(members) if !members.is_empty() && goes_on => {
                let names: Vec<String> = members.keys().cloned().collect();
                let name = dice.one_of(&names).clone();
                path = format!("{path}/{name}");
                place = place.as_object_mut().and_then(|members| members.get_mut(&name)).expect("it is there");
            }
            Value::Array(items) if !items.is_empty() && goes_on => {
                let at = dice.below(items.len());
                path = format!("{path}/{at}");
                place = place.as_array_mut().and_then(|items| items.get_mut(at)).expect("it is there");
            }
            _ => break,
        }
    }
    const REMOVED: &str = "@removed@";
    const TWICE: &str = "@twice@";
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let huge = format!("\"{}\"", "x".repeat(1 << 20));
    let twice = format!("{place},{place}");
    let many = format!("[{}]", vec!["null"; 100_000].join(","));
    let (how, mark, instead) = match dice.below(11) {
        0 | 1 => ("removed", Value::from(REMOVED), None),
        2 | 3 => ("null", Value::Null, None),
        4 => ("twice", Value::from(TWICE), None),
        5 => ("a MiB of text", Value::from("@here@"), Some(huge)),
        6 => ("a number without end", Value::from("@here@"), Some("9".repeat(400))),
        7 => ("1e999", Value::from("@here@"), Some("1e999".to_owned())),
        8 => ("nested deep", Value::from("@here@"), Some(deep)),
        9 => ("many", Value::from("@here@"), Some(many)),
        _ => {
            let other = match place {
                Value::String(_) => Value::from(-1),
                Value::Number(_) | Value::Bool(_) => Value::from("\u{1b}[31m\u{202e}"),
                Value::Array(_) => serde_json::json!({ "0": [] }),
                Value::Object(_) | Value::Null => serde_json::json!([[]]),
            };
            ("of another type", other, None)
        }
    };
    *place = mark;
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut text = serde_json::to_string_pretty(&value).expect("JSON prints");
    match how {
        "removed" => text = without_mark(value, REMOVED),
        "twice" => {
            // The member, and once more under the same name; in a list the item.
            let is_item = name.parse::<usize>().is_ok() || name.is_empty();
            let again = if is_item { twice } else { again(&twice, &name) };
            text = text.replacen(&format!("\"{TWICE}\""), &again, 1);
        }
        _ => {
            if let Some(instead) = instead {
                text = text.replacen("\"@here@\"", &instead, 1);
            }
        }
    }
    Damaged::new(text, format!("{path} {how}"))
}

fn again(twice: &str, name: &str) -> String {
    let half = &twice[..twice.len() / 2];
    format!("{half},\"{name}\":{half}")
}

/// The document without the member or item that is the mark.
fn without_mark(mut value: Value, mark: &str) -> String {
    fn strip(value: &mut Value, mark: &str) {
        match value {
            Value::Object(members) => {
                members.retain(|_, member| member != mark);
                members.values_mut().for_each(|member| strip(member, mark));
            }
            Value::Array(items) => {
                items.retain(|item| item != mark);
                items.iter_mut().for_each(|item| strip(item, mark));
            }
            _ => {}
        }
    }
    strip(&mut value, mark);
    if value == mark { String::new() } else { serde_json::to_string_pretty(&value).expect("JSON prints") }
}

/// What is wrong with a run on a damaged file.
fn faults_of(case: &Case, damaged: &Damaged, run: &Run, is_hang: bool) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    let first = run.stderr.lines().next().unwrap_or_default().to_owned();
    if run.stderr.contains("panicked") {
        wrong.push(("a panic", first.clone()));
    }
    if is_hang {
        wrong.push(("a hang", format!("{:.1} s", run.elapsed.as_secs_f64())));
    }
    match run.code {
        Some(0..=2) => {}
        Some(code) => wrong.push(("another exit code", format!("{code}: {first}"))),
        None if !is_hang => wrong.push(("ended by a signal", first.clone())),
        None => {}
    }
    if let Some(control) = run.stderr.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}') {
        wrong.push(("a control character in a message", format!("{control:?} in {first:?}")));
    }
    if run.stderr.len() > 4000 && run.stdout.is_empty() {
        wrong.push(("a message that nobody reads", format!("{} bytes", run.stderr.len())));
    }
    let is_refused = run.code == Some(2) && run.stdout.is_empty();
    if damaged.is_no_json && !is_refused {
        wrong.push(("taken for a document", format!("exit {:?}", run.code)));
    }
    // A pattern is no file; and what the account says about a plan or journal that can be read has no place in the file.
    let is_judged = matches!(case.kind, Kind::Plan | Kind::Journal) && !damaged.is_no_json;
    if is_refused && case.kind != Kind::Pattern && !is_judged {
        if !run.stderr.contains(&damaged.file) {
            wrong.push(("the file is not named", first.clone()));
        }
        // Of another kind of file there is no one place, and what is there twice, or of another verdict, is named itself.
        let places = [
            "line ",
            "column ",
            "byte ",
            "field ",
            "schema_version",
            "empty",
            "not a JSON object",
            "no JSON",
            "is in it twice",
            "one is by the verdict",
        ];
        if !places.iter().any(|word| run.stderr.contains(word)) {
            wrong.push(("the place is not named", first));
        }
    }
    wrong
}

#[test]
fn damaged_files_are_refused_with_their_place() {
    let mut sweep = Sweep::new("mutations");
    let originals = Originals::new();
    let cases = (0..CASES).map(|number| Case { number, kind: KINDS[number % KINDS.len()] }).collect();
    let cases = chosen(cases, SAMPLE, Case::name);
    let ended = at_once(THREADS, &cases, |case| case.run(&originals));
    let mut counts = vec![[0_usize; 4]; KINDS.len()];
    for (case, ended) in cases.iter().zip(ended) {
        let Some((damaged, run, is_hang)) = ended else { continue };
        let kind = KINDS.iter().position(|kind| *kind == case.kind).expect("a kind");
        let code = run.code.and_then(|code| usize::try_from(code).ok()).filter(|code| *code < 3).unwrap_or(3);
        counts[kind][code] += 1;
        for (law, how) in faults_of(case, &damaged, &run, is_hang) {
            sweep.wrong(format!("{law}: {:?}", case.kind), &case.name(), &format!("{}: {how}", damaged.how));
        }
    }
    sweep.line(&format!("{:<10} {:>7} {:>7} {:>7} {:>7}", "", "exit 0", "exit 1", "exit 2", "other"));
    for (kind, [pass, fail, refused, other]) in KINDS.iter().zip(counts) {
        sweep.line(&format!("{:<10} {pass:>7} {fail:>7} {refused:>7} {other:>7}", format!("{kind:?}")));
    }
    sweep.close(cases.len());
}
