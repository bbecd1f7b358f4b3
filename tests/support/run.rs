//! Runs the real executable in an environment of the test's making, and never for longer than a deadline.

use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::provision::Credentials;
use super::report::Report;

/// The executable under test.
pub(crate) const EXECUTABLE: &str = env!("CARGO_BIN_EXE_cis-audit");

/// One invocation, being put together.
pub(crate) struct Cli {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    input: Option<Vec<u8>>,
    deadline: Duration,
    is_patient: bool,
    home: TempDir,
}

/// What an invocation did.
#[derive(Debug)]
pub(crate) struct Run {
    /// Nothing when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) elapsed: Duration,
}

impl Cli {
    /// The executable in an empty home, with none of this machine's AWS settings.
    pub(crate) fn new() -> Self {
        Self {
            arguments: Vec::new(),
            environment: Vec::new(),
            input: None,
            deadline: Duration::from_secs(180),
            is_patient: false,
            home: TempDir::new().expect("a temporary directory"),
        }
    }

    #[must_use]
    pub(crate) fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    #[must_use]
    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|&argument| argument.into()));
        self
    }

    /// A later value replaces an earlier one.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(set, _)| set != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.environment.retain(|(set, _)| set != name);
        self
    }

    #[must_use]
    pub(crate) fn credentials(self, credentials: &Credentials) -> Self {
        let with = self
            .env("AWS_ACCESS_KEY_ID", &credentials.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key);
        match &credentials.session_token {
            Some(token) => with.env("AWS_SESSION_TOKEN", token),
            None => with,
        }
    }

    #[must_use]
    pub(crate) fn without_credentials(self) -> Self {
        self.without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY").without_env("AWS_SESSION_TOKEN")
    }

    #[must_use]
    pub(crate) fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// It may take so long.
    #[must_use]
    pub(crate) fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// An operation may take long, unless the arguments say otherwise: an emulator on a machine that stalls.
    #[must_use]
    pub(crate) fn patient(mut self) -> Self {
        self.is_patient = true;
        self
    }

    /// The home directory, in which the tool also runs.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file under the home directory.
    #[must_use]
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Where a file under the home directory is, once written.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(path);
        let parent = path.parent().expect("a file in the home has a parent");
        fs::create_dir_all(parent).expect("the home is writable");
        fs::write(&path, content).expect("the home is writable");
        path
    }

    /// Every variable that is set for it, beside what a process needs to find programs and its temporary files.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        // The address of the instance metadata answers on some machines: no test may depend on which.
        let mut variables = vec![
            ("AWS_EC2_METADATA_DISABLED".into(), "true".into()),
            ("HOME".into(), self.home().to_string_lossy().into_owned()),
        ];
        variables.extend(self.environment.clone());
        variables
    }

    /// The command as it would be spawned.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(EXECUTABLE);
        command.args(&self.arguments).current_dir(self.home()).env_clear();
        if self.is_patient && !self.arguments.iter().any(|argument| argument == "--timeout") {
            command.args(["--timeout", "120"]);
        }
        for name in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.variables());
        command
    }

    /// Runs it.
    ///
    /// # Panics
    /// If it is still running at the deadline, or says that it panicked: no input may bring it there.
    pub(crate) fn run(&self) -> Run {
        let (run, is_late) = self.run_anyhow();
        assert!(!is_late, "still running after {:?}: {:?}\n{run:#?}", self.deadline, self.arguments);
        assert!(!run.stderr.contains("panicked"), "{:?} panicked\n{run:#?}", self.arguments);
        run
    }

    /// Runs it, and says whether it had to be killed at the deadline.
    pub(crate) fn run_anyhow(&self) -> (Run, bool) {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        let started = Instant::now();
        let mut child = command.spawn().expect("the executable was built");
        if let (Some(mut to), Some(input)) = (child.stdin.take(), self.input.clone()) {
            // The tool may stop reading; that is its right.
            thread::spawn(move || drop(to.write_all(&input)));
        }
        let stdout = collected(child.stdout.take().expect("standard output was piped"));
        let stderr = collected(child.stderr.take().expect("standard error was piped"));
        let mut is_late = false;
        let status = loop {
            if let Some(status) = child.try_wait().expect("the child is ours") {
                break status;
            }
            if started.elapsed() > self.deadline && !is_late {
                is_late = true;
                drop(child.kill());
            }
            thread::sleep(Duration::from_millis(1));
        };
        let elapsed = started.elapsed();
        let read = |pipe: thread::JoinHandle<String>| pipe.join().expect("reading does not panic");
        let run = Run { code: status.code(), stdout: read(stdout), stderr: read(stderr), elapsed };
        (run, is_late)
    }

    /// Runs it for its JSON report.
    pub(crate) fn report(self) -> (Run, Report) {
        let run = self.args(&["-f", "json"]).run();
        let report = run.report();
        (run, report)
    }
}

impl Run {
    /// Standard output as a report.
    ///
    /// # Panics
    /// If it is none.
    pub(crate) fn report(&self) -> Report {
        match serde_json::from_str(&self.stdout) {
            Ok(report) => report,
            Err(error) => panic!("no JSON report: {error}\n{self:#?}"),
        }
    }
}

fn collected(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        drop(pipe.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
