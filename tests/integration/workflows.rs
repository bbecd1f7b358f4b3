//! Our workflows, actions and pipelines: the linters that their users run find nothing in them, and what installs the
//! program installs it, by its hash, from a wheel.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::python::{AWS_CLI, LINTERS, VALIDATORS, script};
use crate::support::run::EXECUTABLE;
use crate::support::validate::{Document, facts};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of a directory that end so.
fn files(directory: &str, ending: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(directory)) else { return Vec::new() };
    let names = entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned());
    let mut files: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    files.sort();
    files.into_iter().map(|name| format!("{directory}/{name}")).collect()
}

/// Blocks of YAML in the pages of documentation.
fn documented() -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for page in files("docs", ".md") {
        let page_text = text(&page);
        for (at, rest) in page_text.split("```yaml\n").skip(1).enumerate() {
            let block = rest.split("\n```").next().expect("the block ends").to_owned();
            blocks.push((format!("{page} {at}"), block));
        }
    }
    blocks
}

/// Every workflow that is ours, by name, with what is in documentation.
fn workflows() -> BTreeMap<String, String> {
    let paths = [files(".github/workflows", ".yml"), files("examples/github", ".yml")].concat();
    let mut workflows: BTreeMap<String, String> = paths.into_iter().map(|path| (path.clone(), text(&path))).collect();
    workflows.extend(documented().into_iter().filter(|(_, block)| block.contains("\njobs:")));
    assert!(workflows.len() >= 4, "{:?}", workflows.keys());
    workflows
}

/// A section of a page of documentation, without its heading.
fn section(page: &str, heading: &str) -> String {
    let page_text = text(page);
    let (_, rest) = page_text.split_once(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    rest.split("\n##").next().expect("a section ends").to_owned()
}

/// The steps of the action as a job, for a linter that knows workflows only.
fn action_as_workflow() -> String {
    let action = yaml("action.yml");
    let mut workflow = json!({
        "on": { "workflow_call": { "inputs": {} } },
        "permissions": {},
        "jobs": { "action": { "runs-on": "ubuntu-latest", "steps": action["runs"]["steps"] } },
    });
    for name in action["inputs"].as_object().expect("inputs").keys() {
        workflow["on"]["workflow_call"]["inputs"][name] = json!({ "type": "string" });
    }
    workflow.to_string()
}

/// A program of the linters' environment.
fn linter(interpreter: &Path, name: &str) -> Command {
    let mut command = Command::new(interpreter.with_file_name(name));
    command.stdin(Stdio::null()).env("NO_COLOR", "1").env_remove("GITHUB_ACTIONS").env_remove("GH_TOKEN");
    command
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The audits of zizmor that find something in a file of this name.
fn zizmor(interpreter: &Path, name: &str, text: &str) -> Vec<String> {
    let folder = TempDir::new().expect("a temporary folder is writable");
    let file = folder.path().join(name);
    fs::write(&file, text).expect("a temporary folder is writable");
    let mut command = linter(interpreter, "zizmor");
    command.args(["--offline", "--no-progress", "--persona", "pedantic", "--no-exit-codes", "--format", "json"]);
    let output = command.arg(&file).output().expect("zizmor runs");
    let found: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{name}: {}", output_text(&output)));
    let found = found.as_array().expect("a list").iter();
    found.map(|finding| format!("{}: {}", finding["ident"], finding["locations"][0]["concrete"]["feature"])).collect()
}

/// What actionlint says of a workflow, with shellcheck for its scripts.
fn actionlint(interpreter: &Path, name: &str, text: &str) -> String {
    let folder = TempDir::new().expect("a temporary folder is writable");
    let file = folder.path().join("workflow.yml");
    fs::write(&file, text).expect("a temporary folder is writable");
    let shellcheck = interpreter.with_file_name("shellcheck");
    let mut command = linter(interpreter, "actionlint");
    // In our repository, whose action some of them use.
    command.current_dir(root()).args(["-no-color", "-pyflakes", "", "-shellcheck"]).arg(shellcheck).arg(&file);
    let output = command.output().expect("actionlint runs");
    assert_ne!(output.status.code(), Some(2), "{name}: {}", output_text(&output));
    output_text(&output)
}

#[test]
fn zizmor_finds_nothing() {
    let Some(interpreter) = LINTERS.or_skip() else { return };
    for (name, text) in workflows() {
        assert_eq!(zizmor(interpreter, "workflow.yml", &text), [""; 0], "{name}");
    }
    assert_eq!(zizmor(interpreter, "action.yml", &text("action.yml")), [""; 0]);
    let loose = text("examples/github/cis-audit.yml").replace("@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7");
    assert_eq!(zizmor(interpreter, "workflow.yml", &loose).len(), 1, "it finds an action that is not pinned");
}

#[test]
fn actionlint_and_shellcheck_find_nothing() {
    let Some(interpreter) = LINTERS.or_skip() else { return };
    for (name, text) in workflows() {
        assert_eq!(actionlint(interpreter, &name, &text), "", "{name}");
    }
    assert_eq!(actionlint(interpreter, "action.yml", &action_as_workflow()), "");
    let broken = text("examples/github/cis-audit.yml").replace("vars.AWS_REGION", "varz.AWS_REGION");
    assert!(actionlint(interpreter, "broken", &broken).contains("undefined variable \"varz\""));
    for script in
        [files("packaging", ".sh"), files("packaging/container", ".sh"), files("examples/prometheus", ".sh")].concat()
    {
        let output = linter(interpreter, "shellcheck").arg(root().join(&script)).output().expect("shellcheck runs");
        assert_eq!(output_text(&output), "", "{script}");
    }
}

/// What starts shards on engines that are not here: each is what its engine takes.
#[test]
fn snippets_of_engines_are_valid() {
    let (Some(interpreter), Some(aws), Some(validators)) = (LINTERS.or_skip(), AWS_CLI.or_skip(), VALIDATORS.or_skip())
    else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder is writable");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a temporary folder is writable");
        path
    };
    let succeeds = |command: &mut Command| {
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{command:?}: {}", output_text(&output));
        output_text(&output)
    };

    let (_, job) = documented().into_iter().find(|(_, block)| block.contains("\nkind: Job\n")).expect("a job");
    let valid = |text: &str| {
        let job = file("job.yaml", text);
        let mut command = linter(validators, "kubernetes-validate");
        output_text(&command.args(["--strict", "--kubernetes-version", "1.33"]).arg(job).output().expect("it runs"))
    };
    assert!(valid(&job).contains("passed for resource job/cis-audit"), "{}", valid(&job));
    assert!(valid(&job.replace("completionMode", "completionmode")).contains("'completionmode' was unexpected"));

    let script = |heading: &str| {
        let section = section("docs/engine.md", heading);
        let lines: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(!lines.is_empty(), "{heading}");
        format!("#!/bin/bash\n{}\n", lines.join("\n"))
    };
    for heading in ["AWS Batch", "Slurm", "GNU parallel"] {
        let script = file("script.sh", &script(heading));
        succeeds(Command::new("bash").arg("-n").arg(&script));
        // The engine fills in the index, not the shell that hands the job over.
        succeeds(linter(interpreter, "shellcheck").args(["--exclude", "SC2016"]).arg(script));
    }
    // The command line of AWS reads the job, and asks nobody.
    let batch = file("batch.sh", &format!("{} --generate-cli-skeleton output\n", script("AWS Batch").trim_end()));
    let path = aws.parent().expect("it is in a folder").to_owned();
    let ours = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::env::join_paths([path].into_iter().chain(std::env::split_paths(&ours))).expect("paths");
    let answer = succeeds(Command::new("bash").arg(batch).env("PATH", paths).env("AWS_DEFAULT_REGION", "us-east-1"));
    assert!(answer.contains("\"jobId\""), "{answer}");

    let (_, python) = section("docs/engine.md", "Dask").split_once("```python\n").map(owned).expect("a script");
    let dask = file("shards.py", python.split("\n```").next().expect("the block ends"));
    succeeds(Command::new(interpreter).args(["-m", "py_compile"]).arg(dask));
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn hadolint_finds_nothing() {
    let Some(interpreter) = LINTERS.or_skip() else { return };
    let lint = |file: &Path| {
        let output = linter(interpreter, "hadolint").args(["--no-color", "--no-fail"]).arg(file).output();
        output_text(&output.expect("hadolint runs"))
    };
    assert_eq!(lint(&root().join("packaging/container/Containerfile")), "");
    let folder = TempDir::new().unwrap();
    let loose = folder.path().join("Containerfile");
    fs::write(&loose, "FROM debian\nRUN apt-get install curl\n").unwrap();
    assert!(lint(&loose).contains("DL3006"), "it refuses nothing");
}

#[test]
fn github_takes_the_action() {
    let document = |text| Document { kind: "github-action", text, schema: Value::Null };
    let documents = [document(text("action.yml")), document("name: x\nruns: {using: composite}\n".to_owned())];
    let Some(facts) = facts(&VALIDATORS, &documents) else { return };
    assert_eq!(facts[0]["errors"], json!([]));
    assert_ne!(facts[1]["errors"], json!([]), "the schema refuses nothing");
}

/// A runner of jobs, with a package index that has a wheel of this program and nothing else.
struct Runner {
    folder: TempDir,
    /// The SHA-256 of the wheel.
    digest: String,
    /// The folder of pip and Python.
    programs: PathBuf,
}

/// What a step did.
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// `name=value` lines.
    outputs: BTreeMap<String, String>,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Runner {
    fn new() -> Option<Self> {
        let interpreter = LINTERS.or_skip()?;
        let folder = TempDir::new().expect("a temporary folder is writable");
        fs::create_dir(folder.path().join("index")).expect("a temporary folder is writable");
        let mut wheel = script(interpreter, "wheel.py");
        let output = wheel.args([EXECUTABLE, VERSION]).arg(folder.path().join("index")).output().expect("it runs");
        assert!(output.status.success(), "{}", output_text(&output));
        let digest = String::from_utf8(output.stdout).expect("digits").trim().to_owned();
        let programs = interpreter.parent().expect("it is in a folder").to_owned();
        Some(Self { folder, digest, programs })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script as GitHub's runner runs one of `shell: bash`.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Done {
        let outputs = self.path("outputs");
        fs::write(&outputs, "").expect("a temporary folder is writable");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = self.path("installed");
        let path = format!("{}:{}/bin:{}", self.programs.display(), installed.display(), path.display());
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(self.folder.path());
        command.env_clear().env("PATH", path).env("HOME", self.folder.path()).stdin(Stdio::null());
        command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", self.path("index")).env("PIP_NO_CACHE_DIR", "1");
        command.env("RUNNER_TEMP", self.path("temp")).env("GITHUB_ACTION_PATH", root());
        command.env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", self.path("summary.md"));
        let output = command.envs(variables.iter().copied()).output().expect("bash runs");
        let outputs = fs::read_to_string(&outputs).expect("a temporary folder is writable");
        let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Done {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            outputs: outputs.lines().filter_map(pair).collect(),
        }
    }
}

/// The script of a step of the action.
fn step(id: &str) -> String {
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["id"] == id).expect("the step is there");
    step["run"].as_str().expect("a script").to_owned()
}

#[test]
fn the_action_installs_what_its_hash_names() {
    let Some(runner) = Runner::new() else { return };
    let install = step("install");
    let done = runner.run(&install, &[("VERSION", VERSION), ("SHA256", &runner.digest)]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), &*format!("cis-audit {VERSION}\n")), "{}", done.stderr);

    let other = "0".repeat(64);
    let done = runner.run(&install, &[("VERSION", VERSION), ("SHA256", &other)]);
    assert_eq!(done.code, Some(1), "{}", done.stdout);
    assert!(done.stderr.contains("DO NOT MATCH THE HASHES"), "{}", done.stderr);

    for (version, digest) in [(VERSION, ""), ("", runner.digest.as_str()), ("1.0 --hash=x", runner.digest.as_str())] {
        let done = runner.run(&install, &[("VERSION", version), ("SHA256", digest)]);
        assert_eq!(done.code, Some(2), "{version} {digest}: {}", done.stderr);
        assert!(done.stdout.starts_with("::error title=cis-audit::version and sha256 belong together"));
    }
    // Until there is a release. From then on the file names it.
    let done = runner.run(&install, &[("VERSION", ""), ("SHA256", "")]);
    assert_eq!(done.code, Some(2));
    assert!(done.stdout.starts_with("::error title=cis-audit::this version of the action was never released"));
}

#[test]
fn the_action_reports_and_is_a_gate() {
    let Some(runner) = Runner::new() else { return };
    let installed = runner.run(&step("install"), &[("VERSION", VERSION), ("SHA256", &runner.digest)]);
    assert_eq!(installed.code, Some(0), "{}", installed.stderr);
    let run = |arguments: &str| {
        fs::write(runner.path("summary.md"), "").unwrap();
        runner.run(&step("run"), &[("ARGUMENTS", arguments)])
    };

    let done = run("--demo --rule '3.4'\n--exclude 3.5");
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stdout.starts_with("::error title=3.4 "), "{}", done.stdout);
    assert_eq!(done.outputs["exit-code"], "1");
    for format in ["json", "sarif", "html"] {
        let report = fs::read_to_string(&done.outputs[format]).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert!(report.contains("iam-policy-changes"), "{format}");
        assert!(Path::new(&done.outputs[format]).starts_with(&done.outputs["reports"]));
    }
    assert!(fs::read_to_string(runner.path("summary.md")).unwrap().contains("| 3.4 |"));

    let done = run("--demo --rule 3.14");
    assert_eq!((done.code, done.outputs["exit-code"].as_str()), (Some(0), "0"), "{}", done.stderr);

    let done = run("--snapshot /nowhere/at/all.json");
    assert_eq!((done.code, done.outputs["exit-code"].as_str()), (Some(2), "2"));
    assert_eq!(done.outputs.keys().collect::<Vec<_>>(), ["exit-code", "reports"], "there is no report");
    assert!(done.stdout.starts_with("::error title=the audit could not be done::"), "{}", done.stdout);
    assert!(fs::read_to_string(runner.path("summary.md")).unwrap().contains("could not be done"));

    let done = run("--rule '3.4");
    assert_eq!(done.code, Some(1));
    assert!(done.stderr.starts_with("::error title=cis-audit::args cannot be split: No closing quotation"));

    // Nothing of them is run.
    let done = run("--demo --rule $(touch${IFS}made) --rule `touch made`");
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(!runner.path("made").exists());
}

#[test]
fn pipelines_install_the_wheel_by_its_hash() {
    let Some(runner) = Runner::new() else { return };
    let job = &yaml("examples/gitlab/.gitlab-ci.yml")["cis-audit"];
    let lines = job["before_script"].as_array().expect("a script").iter().map(|line| line.as_str().expect("a command"));
    let gitlab = lines.collect::<Vec<_>>().join("\n").replace("/tmp/", &format!("{}/", runner.folder.path().display()));
    let token = runner.path("aws-token").display().to_string();
    let installed = runner.path("installed").display().to_string();
    let variables = |digest| {
        [
            ("CIS_AUDIT_VERSION", job["variables"]["CIS_AUDIT_VERSION"].as_str().expect("a version")),
            ("CIS_AUDIT_SHA256", digest),
            ("AWS_TOKEN", "a token"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", &token),
            // What pip's own place is in the job's container.
            ("PIP_TARGET", &installed),
        ]
    };
    let done = runner.run(&format!("{gitlab}\ncis-audit --version"), &variables(&runner.digest));
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), &*format!("cis-audit {VERSION}\n")), "{}", done.stderr);
    assert_eq!(fs::read_to_string(&token).unwrap(), "a token");
    assert_ne!(runner.run(&gitlab, &variables(&"0".repeat(64))).code, Some(0));

    let jenkins = text("examples/jenkins/Jenkinsfile");
    assert!(jenkins.contains(&format!("CIS_AUDIT_VERSION = '{VERSION}'")));
    let scripts: Vec<&str> =
        jenkins.split("sh '''\n").skip(1).map(|rest| rest.split("'''").next().expect("it ends")).collect();
    let [install, audit] = scripts[..] else { panic!("two scripts") };
    // Groovy takes a backslash away, and the end of a line behind one.
    let install = install.replace("\\\\n", "\\n");
    let variables = [("CIS_AUDIT_VERSION", VERSION), ("CIS_AUDIT_SHA256", &*runner.digest)];
    let done = runner.run(&install, &variables);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let done = runner.run(&audit.replace("cis-audit -f", "cis-audit --demo -f"), &[]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    for report in ["report.xml", "report.html", "report.json"] {
        assert!(jenkins.contains(report) && runner.path(report).exists(), "{report}");
    }
}
