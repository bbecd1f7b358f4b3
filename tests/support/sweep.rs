//! Long sweeps over many cases: which of them to run, several at once, and the table of what came of them.
//!
//! `CIS_AUDIT_SLOW=1` runs every case; without it a fixed sample of them, which takes seconds. `CIS_AUDIT_CASES=TEXT` runs
//! every case whose name has the text in it. The tables are written to `target/sweeps`, and shown where the test runner
//! lets output through (`--nocapture`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Whether every case is run.
pub(crate) fn is_whole() -> bool {
    std::env::var_os("CIS_AUDIT_SLOW").is_some_and(|value| value == "1")
}

/// What the names of the cases that are asked for have in them.
fn named() -> Option<String> {
    std::env::var_os("CIS_AUDIT_CASES").map(|wanted| wanted.to_string_lossy().into_owned())
}

/// Whether a sample is run, and not all or some that are named.
pub(crate) fn is_sample() -> bool {
    !is_whole() && named().is_none()
}

/// Every case where the whole sweep is asked for, those of a name that is asked for, and else so many of them: always
/// the same, spread over all.
pub(crate) fn chosen<T>(cases: Vec<T>, sample: usize, name: impl Fn(&T) -> String) -> Vec<T> {
    if let Some(wanted) = named() {
        return cases.into_iter().filter(|case| name(case).contains(&wanted)).collect();
    }
    let count = cases.len();
    if is_whole() || count <= sample {
        return cases;
    }
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_unstable_by_key(|place| scattered(*place as u64));
    places.truncate(sample);
    let kept = |place: &usize| places.contains(place);
    cases.into_iter().enumerate().filter(|(place, _)| kept(place)).map(|(_, case)| case).collect()
}

/// As good as chance, and the same in every run (`SplitMix64`).
pub(crate) fn scattered(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Does the work for every case, so many at once, and hands the results back in the order of the cases.
pub(crate) fn at_once<T: Sync, R: Send>(threads: usize, cases: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, R>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..threads.min(cases.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(place) else { return };
                    let result = work(case);
                    results.lock().expect("nobody panics while holding it").insert(place, result);
                }
            });
        }
    });
    let results = results.into_inner().expect("nobody panicked while holding it");
    results.into_values().collect()
}

/// What came of a sweep, for people to read.
pub(crate) struct Sweep {
    name: &'static str,
    began: Instant,
    text: String,
    wrong: Vec<(String, String)>,
    wrong_cases: BTreeSet<String>,
}

impl Sweep {
    /// Begins the clock. The table goes to `target/sweeps/NAME.txt`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, began: Instant::now(), text: String::new(), wrong: Vec::new(), wrong_cases: BTreeSet::new() }
    }

    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Notes a case that is not as it must be, under what is wrong with it, and how it is.
    pub(crate) fn wrong(&mut self, cause: impl Into<String>, case: &str, how: &str) {
        self.wrong_cases.insert(case.to_owned());
        self.wrong.push((cause.into(), format!("{case}: {how}")));
    }

    /// Writes and shows the table, with how many cases there were and how long they took, and the wrong ones by cause.
    ///
    /// # Panics
    /// If a case was wrong.
    pub(crate) fn close(mut self, cases: usize) {
        let took = self.began.elapsed().max(Duration::from_millis(1));
        let kind = match named() {
            Some(wanted) => format!("those named {wanted}"),
            None if is_whole() => "all".to_owned(),
            None => "a sample; CIS_AUDIT_SLOW=1 runs all".to_owned(),
        };
        let rate = f64::from(u32::try_from(cases).unwrap_or(u32::MAX)) / took.as_secs_f64();
        let count = self.wrong_cases.len();
        self.line(&format!(
            "\n{}: {cases} cases ({kind}) in {:.1} s, {rate:.1} a second, {count} wrong",
            self.name,
            took.as_secs_f64()
        ));
        let mut by_cause: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (cause, case) in std::mem::take(&mut self.wrong) {
            by_cause.entry(cause).or_default().push(case);
        }
        for (cause, cases) in by_cause {
            self.line(&format!("\nwrong: {cause} ({})", cases.len()));
            for case in cases {
                self.line(&format!("  {case}"));
            }
        }
        let file = self.file();
        fs::create_dir_all(file.parent().expect("a directory")).expect("the target directory is writable");
        fs::write(&file, &self.text).expect("the target directory is writable");
        show(&self.text);
        assert_eq!(count, 0, "{count} of {cases} cases are wrong; see {}", file.display());
    }

    fn file(&self) -> PathBuf {
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        temporary.parent().unwrap_or(temporary).join("sweeps").join(format!("{}.txt", self.name))
    }
}

#[expect(clippy::print_stdout, reason = "the test runner captures it, unless it is asked to show it")]
fn show(text: &str) {
    println!("{text}");
}

/// Chance that is the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(scattered(seed))
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = scattered(self.0);
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
