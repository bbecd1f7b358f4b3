//! The Python environments of the tests, made under the target directory by the first run that needs one: the emulators,
//! and the programs of others that judge what the tool writes.
//!
//! A machine without Python can still run every other test: those that need an environment say so and are skipped. In
//! CI they fail instead, so that no one takes a run without them for a run with them.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A virtual environment with pinned packages.
pub(crate) struct Environment {
    /// Its directory below the target directory, and what messages call it.
    name: &'static str,
    /// What is installed there: text of the file of that name next to the sources.
    requirements: (&'static str, &'static str),
    made: OnceLock<Result<PathBuf, String>>,
}

/// What the tool runs against.
pub(crate) static EMULATORS: Environment = Environment {
    name: "emulators",
    requirements: ("requirements.txt", include_str!("python/requirements.txt")),
    made: OnceLock::new(),
};

/// The AWS command line.
pub(crate) static AWS_CLI: Environment = Environment {
    name: "awscli",
    requirements: ("awscli.txt", include_str!("python/awscli.txt")),
    made: OnceLock::new(),
};

/// Parsers and schemas of third parties for what the tool writes.
pub(crate) static VALIDATORS: Environment = Environment {
    name: "validators",
    requirements: ("validators.txt", include_str!("python/validators.txt")),
    made: OnceLock::new(),
};

/// Linters of workflows, scripts and container files.
pub(crate) static LINTERS: Environment = Environment {
    name: "linters",
    requirements: ("linters.txt", include_str!("python/linters.txt")),
    made: OnceLock::new(),
};

/// AWS's own endpoint rules, and their interpreter.
pub(crate) static HOSTS: Environment =
    Environment { name: "hosts", requirements: ("hosts.txt", include_str!("python/hosts.txt")), made: OnceLock::new() };

/// Terraform, and a framework for providers.
pub(crate) static TERRAFORM: Environment = Environment {
    name: "terraform",
    requirements: ("terraform.txt", include_str!("python/terraform.txt")),
    made: OnceLock::new(),
};

/// Dask, which starts commands on many machines.
pub(crate) static ENGINES: Environment = Environment {
    name: "engines",
    requirements: ("engines.txt", include_str!("python/engines.txt")),
    made: OnceLock::new(),
};

/// The AWS CDK, whose Python packages bring its own sources; they need node.
pub(crate) static CDK: Environment =
    Environment { name: "cdk", requirements: ("cdk.txt", include_str!("python/cdk.txt")), made: OnceLock::new() };

/// The oldest Python that the pinned packages take.
const CHECK: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

impl Environment {
    /// The environment's interpreter, or why there is none.
    pub(crate) fn interpreter(&self) -> Result<&Path, &str> {
        match self.made.get_or_init(|| self.make()) {
            Ok(path) => Ok(path),
            Err(reason) => Err(reason),
        }
    }

    /// The interpreter where there can be one. Without, says on stderr that the test is skipped.
    ///
    /// # Panics
    /// In CI, where skipping would go unnoticed.
    pub(crate) fn or_skip(&self) -> Option<&Path> {
        match self.interpreter() {
            Ok(path) => Some(path),
            Err(reason) => {
                let what = self.name;
                assert!(std::env::var_os("CI").is_none(), "the {what} cannot be set up: {reason}");
                let name = std::thread::current().name().unwrap_or("a test").to_owned();
                // Past the test harness, which shows the output of failing tests only.
                drop(writeln!(io::stderr(), "skipped {name}: the {what} cannot be set up: {reason}"));
                None
            }
        }
    }

    /// Where the environment, its logs and its lock are.
    pub(crate) fn directory(&self) -> PathBuf {
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        temporary.parent().unwrap_or(temporary).join(self.name)
    }

    fn make(&self) -> Result<PathBuf, String> {
        let (file, requirements) = self.requirements;
        let directory = self.directory();
        let environment = directory.join("venv");
        let interpreter = environment.join("bin/python");
        let stamp = directory.join("stamp");
        let context = |what: &str, error: io::Error| format!("{what}: {error}");
        fs::create_dir_all(&directory).map_err(|error| context("target directory", error))?;
        // Test binaries of several checkouts or runs may share a target directory; the lock ends with its holder.
        let lock = File::create(directory.join("lock")).map_err(|error| context("lock", error))?;
        lock.lock().map_err(|error| context("lock", error))?;
        // The stamp is written last: an environment without it was left half made.
        if fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == requirements) && works(&interpreter) {
            return Ok(interpreter);
        }
        drop(fs::remove_file(&stamp));
        drop(fs::remove_dir_all(&environment));
        let system = of_system().ok_or(NO_PYTHON)?;
        run(Command::new(system).arg("-m").arg("venv").arg(&environment))?;
        let install = ["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"];
        run(Command::new(&interpreter).args(install).arg("--requirement").arg(sources().join(file)))?;
        fs::write(&stamp, requirements).map_err(|error| context("stamp", error))?;
        Ok(interpreter)
    }
}

const NO_PYTHON: &str = "no Python 3.10 or newer with venv (Debian: python3-venv)";

/// The machine's own interpreter, which has no packages.
fn of_system() -> Option<&'static Path> {
    let names = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
    names.into_iter().map(Path::new).find(|candidate| works(candidate))
}

/// The machine's own interpreter, where there is one. Without, says on stderr that the test is skipped.
///
/// # Panics
/// In CI, where skipping would go unnoticed.
pub(crate) fn bare_or_skip() -> Option<&'static Path> {
    let python = of_system();
    if python.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{NO_PYTHON}");
        let name = std::thread::current().name().unwrap_or("a test").to_owned();
        drop(writeln!(io::stderr(), "skipped {name}: {NO_PYTHON}"));
    }
    python
}

/// The directory of the Python sources.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/python")
}

fn works(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", CHECK]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{shown}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// The environment's interpreter on one of our scripts, in an environment that leads nowhere but to loopback.
pub(crate) fn script(interpreter: &Path, name: &str) -> Command {
    let mut command = Command::new(interpreter);
    command.arg(sources().join(name)).env("NO_PROXY", "*").env("no_proxy", "*");
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        let leads_elsewhere = name.to_ascii_lowercase().ends_with("_proxy");
        if (name.starts_with("AWS_") || leads_elsewhere) && !name.eq_ignore_ascii_case("no_proxy") {
            command.env_remove(&variable);
        }
    }
    command
}
