//! Files of events as tools write them: the events in them are those that were put in.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::python::{AWS_CLI, EMULATORS, sources};
use crate::support::run::Cli;

/// Events of a week, one a line, some with letters that every layer of quoting has its own way with.
fn events() -> String {
    (0..40)
        .map(|n| {
            let name = if n % 4 == 0 { "PutRolePolicy" } else { "GetRole" };
            format!(
                "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":\"Zo\u{eb} \\\"{n}\\\"\"}},\"eventTime\":\"2026-01-05T09:00:{n:02}Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"{name}\",\"requestParameters\":{{\"policyDocument\":\"{{\\\"a\\\": [1,\\n2]}}\"}},\"eventID\":\"{n}\"}}\n"
            )
        })
        .collect()
}

#[test]
fn events_come_out_of_what_tools_write() {
    let (Some(python), Some(command_line)) = (EMULATORS.or_skip(), AWS_CLI.or_skip()) else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let mut child = Command::new(python)
        .arg(sources().join("events.py"))
        .arg(directory.path())
        .arg(command_line)
        .stdin(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().expect("a pipe").write_all(events().as_bytes()).expect("python reads");
    assert!(child.wait().expect("python ends").success());
    let parsed =
        |text: &str| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>();
    let events = events();
    let wanted: Vec<&str> = events.lines().filter(|line| line.contains("PutRolePolicy")).collect();
    let mut read = 0;
    for entry in std::fs::read_dir(directory.path()).expect("files") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
        let cli = Cli::new().file(&name, std::fs::read(&path).expect("it is read"));
        let run = cli.args(&["pattern", "match", "{ $.eventName = PutRolePolicy }", &name]).run();
        assert_eq!(run.code, Some(0), "{name}: {run:#?}");
        // jq and Python write an object anew, everything else has its bytes.
        if name.starts_with("jq") || name.starts_with("delivered") {
            assert_eq!(parsed(&run.stdout), parsed(&wanted.join("\n")), "{name}");
        } else {
            assert_eq!(run.stdout.lines().collect::<Vec<_>>(), wanted, "{name}");
        }
        if name == "cli-text.txt" {
            // What the command line writes behind the events: SEARCHEDLOGSTREAMS and the stream.
            assert!(run.stderr.starts_with("note: cli-text.txt: not a CloudTrail event: text, at byte "), "{run:#?}");
            read += 1;
            continue;
        }
        let noted = if name == "python.zip" {
            "note: python.zip: digests were left out: they have hashes of files, no events\n"
        } else {
            ""
        };
        assert_eq!(run.stderr, noted, "{name}");
        read += 1;
    }
    assert!(read >= 19, "{read}");
}

#[test]
fn what_is_damaged_in_an_archive_leaves_the_rest() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for name in ["a.json", "b.json"] {
        archive.start_file(name, options).expect("memory");
        archive.write_all(events().as_bytes()).expect("memory");
    }
    let mut bytes = archive.finish().expect("memory").into_inner();
    // The first file's bytes follow its name.
    for byte in &mut bytes[60..90] {
        *byte ^= 0x55;
    }
    let cli = Cli::new().file("x.zip", &bytes);
    let run = cli.args(&["pattern", "match", "{ $.eventName = PutRolePolicy }", "--count", "x.zip"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("error: x.zip a.json: cannot be read"), "{run:#?}");
    let matched: u32 = run.stdout.trim().parse().expect("a count");
    assert!((10..20).contains(&matched), "{matched}");
}

#[test]
fn an_archive_that_is_cut_is_read_up_to_the_cut() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.json", "b.json"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory");
        archive.write_all(events().as_bytes()).expect("memory");
    }
    let bytes = archive.finish().expect("memory").into_inner();
    let second = memchr::memmem::rfind(&bytes[..bytes.len() - 200], b"b.json").expect("its name");
    let cli = Cli::new().file("x.zip", &bytes[..second + 40]);
    let run = cli.args(&["pattern", "match", "{ $.eventName = PutRolePolicy }", "--count", "x.zip"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), "10\n"), "{run:#?}");
    assert!(run.stderr.starts_with("error: x.zip is no archive that can be read: "), "{run:#?}");
    assert!(run.stderr.contains("error: x.zip b.json: cannot be read"), "{run:#?}");
}

#[test]
fn a_bucket_that_was_synchronized_is_read_without_its_digests() {
    let event = "{\"Records\":[{\"eventVersion\":\"1.11\",\"eventName\":\"StopLogging\"}]}";
    let cli = Cli::new()
        .file("b/AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/05/x.json", event)
        .file("b/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/05/x.json", "{\"digestStartTime\":\"x\"}")
        .file("b/AWSLogs/111122223333/Config/us-east-1/x.json", "{\"fileVersion\":\"1.0\",\"configurationItems\":[]}");
    let run = cli.args(&["pattern", "match", "{ $.eventName = StopLogging }", "--count", "b"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "1\n"), "{run:#?}");
    assert_eq!(
        run.stderr,
        "note: b: digests were left out: they have hashes of files, no events\nnote: b/AWSLogs/111122223333/Config/us-east-1/x.json: not a CloudTrail event: a file of AWS Config, at byte 0\n"
    );
}
