//! Every file that is written: whole or not at all, never in the place of one that is still needed, read by those who
//! may.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::account::Account;
use crate::support::fault::{Fault, FaultRule};
use crate::support::run::{Cli, EXECUTABLE};
use crate::support::stage::{Stage, fresh_id};

const DEMO: &str = include_str!("../../fixtures/accounts/demo.json");

/// Commands that write `out`, offline, with whether only its owner may read it.
const WRITERS: [(&[&str], bool); 9] = [
    (&["--demo", "-o", "out"], false),
    (&["--demo", "-f", "json=out"], false),
    (&["--demo", "-f", "html=out"], false),
    (&["--demo", "-f", "json=out", "--show-endpoints"], true),
    (&["--demo", "--fix", "--dry-run", "--subscribe", "email:ops@example.com", "--plan-out", "out"], true),
    (&["--demo", "--fix", "--dry-run", "-o", "out"], true),
    (&["--demo", "--fix", "--dry-run", "-f", "json=out"], true),
    (&["template", "terraform", "--demo", "--rule", "3.5,3.6", "-o", "out"], true),
    (&["template", "cloudformation", "--all", "-o", "out"], true),
];

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().expect("a name")).collect();
    names.sort_unstable();
    names
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").mode() & 0o7777
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

#[test]
fn a_file_keeps_its_mode_unless_its_owner_alone_may_read_it() {
    for (arguments, is_private) in WRITERS {
        for before in [0o664, 0o640, 0o600] {
            let cli = Cli::new().file("out", "old").args(arguments);
            let out = cli.home().join("out");
            fs::set_permissions(&out, Permissions::from_mode(before)).expect("a mode");
            let run = cli.run();
            assert!(matches!(run.code, Some(0 | 1)), "{arguments:?}: {run:#?}");
            assert_ne!(fs::read_to_string(&out).expect("a file"), "old", "{arguments:?}");
            assert_eq!(mode(&out), if is_private { 0o600 } else { before }, "{arguments:?}");
            assert_eq!(names(cli.home()), ["out"], "{arguments:?}");
        }
    }
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_replaced() {
    for (arguments, _) in WRITERS {
        for is_there in [true, false] {
            let cli = Cli::new().file("far/away/other", "").args(arguments);
            let target = cli.home().join("far/away/target");
            if is_there {
                fs::write(&target, "old").expect("a file");
            }
            symlink("far/away/target", cli.home().join("out")).expect("a link");
            let run = cli.run();
            assert!(matches!(run.code, Some(0 | 1)), "{arguments:?}: {run:#?}");
            assert_eq!(fs::read_link(cli.home().join("out")).expect("a link"), Path::new("far/away/target"));
            assert!(fs::metadata(&target).expect("a file").len() > 100, "{arguments:?}");
        }
    }
}

/// Also where the user could write to it all the same.
#[test]
fn a_file_that_is_read_only_is_left() {
    for (arguments, _) in WRITERS {
        let cli = Cli::new().file("out", "old").args(arguments);
        let out = cli.home().join("out");
        fs::set_permissions(&out, Permissions::from_mode(0o444)).expect("a mode");
        let run = cli.run();
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:#?}");
        assert!(run.stderr.ends_with("error: cannot write out: it is read-only\n"), "{arguments:?}: {run:#?}");
        assert_eq!((fs::read_to_string(&out).expect("a file").as_str(), mode(&out)), ("old", 0o444));
    }
}

#[test]
fn a_write_error_names_only_file_and_cause() {
    for (arguments, _) in WRITERS {
        for (out, cause) in [
            ("no/such/out", "No such file or directory (os error 2)"),
            ("here", "is a directory"),
            ("new/", "No such file or directory (os error 2)"),
            ("account.json/out", "Not a directory (os error 20)"),
        ] {
            let arguments = arguments.iter().map(|argument| match argument.strip_suffix("out") {
                Some(start) if *argument != "--plan-out" => format!("{start}{out}"),
                _ => (*argument).to_owned(),
            });
            let mut cli = Cli::new().file("account.json", DEMO).file("here/file", "");
            for argument in arguments {
                cli = cli.arg(argument);
            }
            let run = cli.run();
            assert_eq!(run.code, Some(2), "{out}: {run:#?}");
            let cause = if out == "new/" { "is a directory" } else { cause };
            assert!(run.stderr.ends_with(&format!("error: cannot write {out}: {cause}\n")), "{run:#?}");
            assert_eq!(names(cli.home()), ["account.json", "here"]);
        }
    }
}

#[test]
fn a_full_device_is_an_error_of_every_command() {
    let commands: [&[&str]; 11] = [
        &["--demo"],
        &["--demo", "-f", "json"],
        &["--demo", "--fix", "--dry-run"],
        &["template", "terraform", "--all"],
        &["rules"],
        &["explain", "3.4"],
        &["policy"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
        &["pattern", "explain", "{ $.eventName = \"CreateUser\" }"],
    ];
    for arguments in commands {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let output = Cli::new().args(arguments).command().stdout(full).output().expect("it was built");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        let wanted = "error: cannot write standard output: No space left on device (os error 28)\n";
        assert!(stderr.ends_with(wanted), "{arguments:?}: {stderr}");
    }
    for (arguments, _) in WRITERS {
        let cli = Cli::new().args(arguments);
        symlink("/dev/full", cli.home().join("out")).expect("a link");
        let run = cli.run();
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:#?}");
        let wanted = "error: cannot write out: No space left on device (os error 28)\n";
        assert!(run.stderr.ends_with(wanted), "{arguments:?}: {run:#?}");
    }
}

#[test]
fn what_is_read_is_never_written_over() {
    let rule = include_str!("../../rules/3.04-iam-policy-changes.toml");
    let own = include_str!("../../fixtures/rules/access-keys.toml");
    let waivers = include_str!("../../fixtures/waivers.toml");
    let report = Cli::new().args(&["--demo", "-f", "json"]).run().stdout;
    let plan = Cli::new().args(&["--demo", "--fix", "--dry-run", "-f", "json"]).run().stdout;
    let cases: [(&[&str], &str); 17] = [
        (&["--snapshot", "-", "-f", "json=account.json"], "standard input"),
        (&["--snapshot", "account.json", "-f", "json=account.json"], "account.json"),
        (&["--snapshot", "account.json", "-o", "link.json"], "account.json"),
        (&["--snapshot", "account.json", "-o", "hard.json"], "account.json"),
        (&["--demo", "--waivers", "waivers.toml", "-f", "csv=waivers.toml"], "waivers.toml"),
        (&["--demo", "--baseline", "report.json", "-f", "json=report.json"], "report.json"),
        (&["--demo", "--rules", "rules", "-f", "json=rules/3.04.toml"], "3.04.toml"),
        (&["--demo", "--add-rules", "own", "-f", "json=own/keys.toml"], "keys.toml"),
        (&["--snapshot", "account.json", "--fix", "--dry-run", "--plan-out", "account.json"], "account.json"),
        (&["--snapshot", "account.json", "--fix", "--dry-run", "-f", "json=account.json"], "account.json"),
        (&["--fix", "--apply", "plan.json", "--dry-run", "-o", "plan.json"], "plan.json"),
        (&["--fix", "--apply", "plan.json", "--journal", "plan.json"], "plan.json"),
        (&["template", "terraform", "--snapshot", "account.json", "-o", "account.json"], "account.json"),
        (&["snapshot", "-o", ".aws/credentials"], "credentials"),
        (&["--demo", "-f", "json=authorities.pem"], "authorities.pem"),
        (&["--demo", "-f", "json=token.jwt"], "token.jwt"),
        (&["--demo", "-f", "github", "--step-summary", "waivers.toml", "--waivers", "waivers.toml"], "waivers.toml"),
    ];
    for (arguments, read) in cases {
        let cli = Cli::new().file("account.json", DEMO).file("waivers.toml", waivers).file("report.json", &report);
        let cli = cli.file("plan.json", &plan).file("rules/3.04.toml", rule).file(".aws/credentials", "[default]\n");
        let cli = cli.file("authorities.pem", "").file("token.jwt", "").file("own/keys.toml", own);
        let config = "[profile other]\nca_bundle = ~/authorities.pem\nweb_identity_token_file=~/token.jwt\n";
        let cli = cli.file(".aws/config", config);
        symlink("account.json", cli.home().join("link.json")).expect("a link");
        fs::hard_link(cli.home().join("account.json"), cli.home().join("hard.json")).expect("a name");
        let cli = cli.args(arguments);
        let account = fs::File::open(cli.home().join("account.json")).expect("a file");
        let output = cli.command().stdin(account).output().expect("it was built");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {stderr}");
        assert!(stderr.contains(&format!("{read} is an input: give the output another name\n")), "{stderr}");
        let content = |name: &str| fs::read_to_string(cli.home().join(name)).expect("a file");
        assert_eq!(content("account.json"), DEMO);
        assert_eq!((content("waivers.toml").as_str(), content("report.json")), (waivers, report.clone()));
        assert_eq!((content("rules/3.04.toml").as_str(), content("plan.json")), (rule, plan.clone()));
        assert_eq!(content(".aws/credentials"), "[default]\n");
    }
}

#[test]
fn two_things_never_go_into_one_file() {
    let cases: [&[&str]; 4] = [
        &["--demo", "--fix", "--dry-run", "--plan-out", "./a", "-o", "a"],
        &["--fix", "--plan-out", "a", "--journal", "a"],
        &["--fix", "--journal", "a", "-f", "json=a"],
        &["--demo", "-f", "github", "-f", "json=a", "--step-summary", "a"],
    ];
    for arguments in cases {
        let cli = Cli::new().args(arguments);
        let run = cli.run();
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:#?}");
        assert!(run.stderr.contains("error: two outputs would go to a: give each a name of its own\n"), "{run:#?}");
        assert_eq!(names(cli.home()), [""; 0], "{arguments:?}");
    }
}

/// Before anything is read, so before anything is changed.
#[test]
fn a_bad_path_ends_a_fix_before_it_begins() {
    for (arguments, message) in [
        (&["--journal", "there"][..], "cannot create the journal there (--journal FILE names another): "),
        (
            &["--journal", "no/such/journal"],
            "cannot create the journal no/such/journal (--journal FILE names another): ",
        ),
        (&["--plan-out", "no/such/plan"], "cannot write no/such/plan: "),
        (&["-o", "no/such/report"], "cannot write no/such/report: "),
    ] {
        let stage = Stage::fake(Account::seed(&fresh_id()));
        let run = stage.cli().file("there", "old").args(&["--fix", "--yes"]).args(arguments).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert!(run.stderr.contains(message), "{run:#?}");
        assert_eq!(stage.traffic().count(), 0, "{arguments:?}");
    }
}

#[test]
fn a_signal_ends_the_program_without_leftovers() {
    let commands: [&[&str]; 4] = [
        &["-f", "json=out", "-f", "csv=other"],
        &["snapshot", "-o", "out"],
        &["template", "terraform", "-o", "out"],
        &["--fix", "--dry-run", "--plan-out", "out"],
    ];
    for (arguments, (name, number)) in commands.into_iter().zip([("INT", 2), ("TERM", 15), ("HUP", 1), ("TERM", 15)]) {
        let hang = FaultRule::always("cloudtrail:DescribeTrails", Fault::Hang);
        let stage = Stage::fake_with_faults(Account::seed(&fresh_id()), vec![hang]);
        let cli = stage.cli().file("out", "old").args(arguments);
        let mut child = cli.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
        while !stage.traffic().by_action().contains_key("cloudtrail:DescribeTrails") {
            thread::sleep(Duration::from_millis(5));
        }
        let killed = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        let status = child.wait().expect("it ends");
        assert_eq!(status.signal(), Some(number), "{arguments:?}: {status:?}");
        assert_eq!(names(cli.home()), ["out"], "{arguments:?}");
        assert_eq!(fs::read_to_string(cli.home().join("out")).expect("a file"), "old");
    }
}

/// At the moment of the writing, which is found by looking for the file that is written.
#[test]
fn a_signal_leaves_the_old_file_or_the_whole_new_one() {
    let (wanted, most) = if std::env::var_os("CIS_AUDIT_SLOW").is_some() { (1000, 5000) } else { (9, 300) };
    let whole = Cli::new().args(&["--demo", "-f", "html"]).run().stdout;
    let (mut hits, mut run) = (0, 0);
    while hits < wanted && run < most {
        let signal = [Signal::TERM, Signal::INT, Signal::HUP][run % 3];
        run += 1;
        let cli = Cli::new().file("out", "old").args(&["--demo", "-f", "html=out"]);
        let mut child = cli.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
        let mut is_hit = false;
        while !is_hit && child.try_wait().expect("it is ours").is_none() {
            is_hit = names(cli.home()).len() > 1;
        }
        if is_hit {
            hits += 1;
            kill_process(Pid::from_child(&child), signal).expect("it is not waited for yet");
        }
        let status = child.wait().expect("it ends");
        assert!(status.code() == Some(1) || status.signal() == Some(signal.as_raw()), "{status:?}");
        assert_eq!(names(cli.home()), ["out"], "run {run}");
        let out = fs::read_to_string(cli.home().join("out")).expect("a file");
        assert!(out == "old" || out == whole, "run {run}: {out}");
    }
    assert!(hits > 0, "none of {run} runs was seen writing");
}

/// A program that was set to outlive its terminal does.
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let hang = FaultRule::first("cloudtrail:DescribeTrails", 1, Fault::Hang);
    let stage = Stage::fake_with_faults(Account::seed(&fresh_id()), vec![hang]);
    let cli = stage.cli().args(&["--timeout", "3", "-f", "json=out"]);
    let variables = cli.variables();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", EXECUTABLE]).args(["--timeout", "3", "-f", "json=out"]);
    command.current_dir(cli.home()).envs(variables).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("a shell");
    while !stage.traffic().by_action().contains_key("cloudtrail:DescribeTrails") {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-s", "HUP", &child.id().to_string()]).status().expect("kill runs").success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), None, "{status:?}");
    assert!(cli.home().join("out").exists());
}

/// Says past the test harness, which shows the output of failing tests only, that a test did nothing.
fn skipped(why: &str) {
    drop(writeln!(io::stderr(), "skipped: {why}"));
}

/// Runs a script as root in mounts of its own; nothing where that cannot be done.
fn with_mounts(cli: &Cli, script: &str) -> Option<String> {
    let can = Command::new("unshare").args(["-m", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        skipped("nothing can be mounted here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script]).current_dir(cli.home()).envs(cli.variables()).env("TOOL", EXECUTABLE);
    let output = command.output().expect("it ran a moment ago");
    Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

fn shell(arguments: &[&str]) -> String {
    arguments.iter().map(|argument| format!(" '{argument}'")).collect()
}

#[test]
fn a_full_disk_leaves_the_old_file_whole() {
    for (arguments, _) in WRITERS {
        // A plan is short: one block, which the old file has.
        for size in [8, 12] {
            let cli = Cli::new();
            let script = format!(
                "mkdir full; mount -t tmpfs -o size={size}k none full; cd full; printf old > out; \
                 dd if=/dev/zero of=rest bs=4k 2>/dev/null; ls -A > ../before; \
                 $TOOL{} >/dev/null 2>../stderr; echo code $?; cat out; echo; ls -A | cmp - ../before && cat ../stderr",
                shell(arguments)
            );
            let Some(output) = with_mounts(&cli, &script) else { return };
            let wanted = "code 2\nold\n";
            assert!(output.starts_with(wanted), "{arguments:?}: {output}");
            let message = "error: cannot write out: No space left on device (os error 28)\n";
            assert!(output.ends_with(message), "{arguments:?}: {output}");
        }
    }
}

#[test]
fn a_full_disk_ends_the_pages_and_the_summary_too() {
    let cli = Cli::new();
    let script = "mkdir full; mount -t tmpfs -o size=4k none full; printf old > full/summary; \
                  $TOOL man --dir full/man; echo code $?; find full/man -type f | wc -l; \
                  $TOOL --demo -q -f github --step-summary full/summary >/dev/null; echo code $?; cat full/summary";
    let Some(output) = with_mounts(&cli, script) else { return };
    assert!(output.starts_with("code 2\n0\ncode 2\nold"), "{output}");
    for message in [
        ".1: No space left on device (os error 28)\n",
        "error: cannot append to the job summary in full/summary: No space left on device (os error 28)\n",
    ] {
        assert!(output.contains(message), "{output}");
    }
}

/// As a container has it whose user mounted a file for the report.
#[test]
fn a_mounted_file_is_written() {
    for (arguments, is_private) in WRITERS {
        let cli = Cli::new().file("host/file", "old, and longer than nothing").file("work/out", "");
        let script = format!(
            "chmod 640 host/file; mount --bind host/file work/out; cd work; \
             $TOOL{} >/dev/null 2>&1; echo code $?; ls -A; stat -c %a out; cmp out ../host/file",
            shell(arguments)
        );
        let Some(output) = with_mounts(&cli, &script) else { return };
        let lines: Vec<&str> = output.lines().collect();
        assert!(matches!(lines[..], ["code 0" | "code 1", "out", "600" | "640"]), "{arguments:?}: {output}");
        assert_eq!(lines[2] == "600", is_private, "{arguments:?}");
        let written = fs::read_to_string(cli.home().join("host/file")).expect("a file");
        assert!(written.len() > 100 && !written.starts_with("old"), "{arguments:?}: {written}");
    }
}

#[test]
fn a_read_only_mount_is_detected_before_the_audit() {
    let hang = FaultRule::always("cloudtrail:DescribeTrails", Fault::Hang);
    let stage = Stage::fake_with_faults(Account::seed(&fresh_id()), vec![hang]);
    let cli = stage.cli().file("host/file", "old").file("out", "");
    let script = "mount --bind host/file out; mount -o remount,bind,ro out; $TOOL -f json=out; echo code $?";
    let Some(output) = with_mounts(&cli, script) else { return };
    assert_eq!(output, "code 2\nerror: cannot write out: Read-only file system (os error 30)\n");
    assert_eq!(stage.traffic().count(), 0);
}

/// The room comes first, so that what is there is not half written over.
#[test]
fn a_full_disk_leaves_a_mounted_file_whole() {
    let cli = Cli::new().file("work/out", "");
    let script = "mkdir full; mount -t tmpfs -o size=8k none full; printf old > full/file; \
                  dd if=/dev/zero of=full/rest bs=1k count=2 2>/dev/null; mount --bind full/file work/out; \
                  $TOOL --demo -f json=work/out; echo code $?; cat full/file";
    let Some(output) = with_mounts(&cli, script) else { return };
    assert_eq!(output, "code 2\nolderror: cannot write work/out: No space left on device (os error 28)\n");
}

/// Runs it as the user `nobody` in a home without an owner; nothing where that cannot be done.
fn as_nobody(cli: &Cli) -> Option<std::process::Output> {
    const NOBODY: u32 = 65534;
    let mut probe = Command::new(EXECUTABLE);
    let can = is_root() && probe.arg("--version").uid(NOBODY).gid(NOBODY).output().is_ok_and(|it| it.status.success());
    if !can {
        skipped("the program cannot be run as another user here");
        return None;
    }
    Some(cli.command().uid(NOBODY).gid(NOBODY).output().expect("it ran a moment ago"))
}

fn chown(file: &Path, user: u32, mode: u32) {
    std::os::unix::fs::chown(file, Some(user), Some(user)).expect("root");
    fs::set_permissions(file, Permissions::from_mode(mode)).expect("root");
}

#[test]
fn a_file_keeps_its_owner() {
    if !is_root() {
        skipped("only root has files of others");
        return;
    }
    let cli = Cli::new().file("out", "old").args(&["--demo", "-f", "json=out"]);
    let out = cli.home().join("out");
    chown(&out, 65534, 0o640);
    assert_eq!(cli.run().code, Some(1));
    let found = fs::metadata(&out).expect("a file");
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o777), (65534, 65534, 0o640));
    assert!(found.len() > 100);
}

/// Another user's file stays that user's: one that is made instead could not be.
#[test]
fn a_file_of_another_user_is_written_in_place() {
    if !is_root() {
        return;
    }
    let cli = Cli::new().file("out", "old").args(&["--demo", "-f", "json=out"]);
    let out = cli.home().join("out");
    chown(cli.home(), 0, 0o777);
    chown(&out, 1, 0o666);
    let Some(output) = as_nobody(&cli) else { return };
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let found = fs::metadata(&out).expect("a file");
    assert_eq!((found.uid(), found.mode() & 0o777), (1, 0o666));
    assert!(found.len() > 100);

    // What others must not read is not given to the owner of the file.
    for (directory, code, owner) in [(0o777, Some(0), 65534), (0o1777, Some(2), 1)] {
        let cli = Cli::new().file("out", "old").args(&["template", "terraform", "--all", "-o", "out"]);
        let out = cli.home().join("out");
        chown(cli.home(), 0, directory);
        chown(&out, 1, 0o666);
        let Some(output) = as_nobody(&cli) else { return };
        assert_eq!(output.status.code(), code, "{output:?}");
        let found = fs::metadata(&out).expect("a file");
        assert_eq!((found.uid(), found.mode() & 0o777), (owner, if owner == 1 { 0o666 } else { 0o600 }));
        if code == Some(2) {
            let wanted = "error: cannot write out: it belongs to another user, who could read what is written\n";
            assert_eq!(String::from_utf8_lossy(&output.stderr), wanted);
        }
    }
}

/// Its directory takes no file next to it.
#[test]
fn a_file_in_a_read_only_directory_is_written_in_place() {
    let cli = Cli::new().file("out", "old").args(&["--demo", "-f", "json=out"]);
    let out = cli.home().join("out");
    if !is_root() {
        return;
    }
    chown(cli.home(), 0, 0o755);
    chown(&out, 65534, 0o644);
    let Some(output) = as_nobody(&cli) else { return };
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(fs::read_to_string(&out).expect("a file").starts_with('{'));

    let cli = Cli::new().args(&["--demo", "-f", "json=out"]);
    chown(cli.home(), 0, 0o755);
    let Some(output) = as_nobody(&cli) else { return };
    assert_eq!(output.status.code(), Some(2));
    let wanted = "error: cannot write out: Permission denied (os error 13)\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), wanted);
}

/// A descriptor that the caller has opened is written to, and the file behind it is not replaced.
#[test]
fn a_descriptor_is_written_to() {
    let cli = Cli::new();
    let script = "exec 3>log; echo before >&3; \"$TOOL\" --demo -q -o /dev/fd/3; echo after >>log";
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(cli.home()).envs(cli.variables()).env("TOOL", EXECUTABLE);
    assert!(command.status().expect("a shell").success());
    let log = fs::read_to_string(cli.home().join("log")).expect("a file");
    assert!(log.starts_with("before\n14 controls: ") && log.ends_with("after\n"), "{log}");
}
