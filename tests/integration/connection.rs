//! Which account, which region, which host: what the AWS command line understands works here too, and what is missing is
//! said at once.

use std::time::Duration;

use crate::support::account::Account;
use crate::support::fake::{Fake, Role};
use crate::support::fault::FaultRule;
use crate::support::listener::Listener;
use crate::support::provision::Credentials;
use crate::support::proxy::{Proxy, Treatment};
use crate::support::report::all_pass;
use crate::support::run::{Cli, Run};
use crate::support::seed::REGION;
use crate::support::stage::{Endpoint, Stage, example_credentials, fresh_id};
use crate::support::tls::DistantAws;

/// Exit 2 within the time that a person waits, nothing on stdout, and a message that says what to set.
fn assert_says_what_to_set(run: &Run) {
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.elapsed < Duration::from_millis(1500), "{run:#?}");
    assert_eq!(run.stdout, "", "{run:#?}");
    assert!(run.stderr.contains("AWS_ACCESS_KEY_ID") || run.stderr.contains("AWS_PROFILE"), "{run:#?}");
    let errors = run.stderr.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(errors, 1, "one message, not one for each service: {run:#?}");
}

#[test]
fn no_credentials() {
    let fake = Fake::new(Account::seed(&fresh_id()));
    let run = Cli::new().env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &fake.url()).run();
    assert_says_what_to_set(&run);
    assert_eq!(fake.traffic().count(), 0, "nothing was asked in nobody's name");
}

/// The instance metadata address of some networks swallows packets.
#[test]
fn no_credentials_and_silence_where_instance_metadata_would_be() {
    let silence = Listener::spawn(|mut stream| drop(std::io::copy(&mut stream, &mut std::io::sink())));
    let run = Cli::new()
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "false")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &silence.url())
        .run();
    assert_says_what_to_set(&run);
}

#[test]
fn a_profile_that_does_not_exist_is_named() {
    let run = Cli::new().args(&["--profile", "no-such-profile"]).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("no-such-profile"), "{run:#?}");
}

fn passes(cli: Cli) -> Run {
    let (run, report) = cli.report();
    report.assert(&all_pass(), &run.stderr);
    assert_eq!(run.code, Some(0), "{run:#?}");
    run
}

#[test]
fn the_global_endpoint_may_be_an_argument() {
    let fake = Fake::new(Account::seed(&fresh_id()));
    let cli = Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
    passes(cli.args(&["--endpoint-url", &fake.url()]));
}

#[test]
fn a_service_may_have_an_endpoint_of_its_own() {
    let id = fresh_id();
    let mut silent = Account::seed(&id);
    silent.topic().subscriptions.clear();
    let without = Stage::fake(silent);
    let with = Fake::new(Account::seed(&id));
    passes(without.cli().env("AWS_ENDPOINT_URL_SNS", &with.url()));
    let asked = with.traffic().by_action();
    assert!(asked.keys().all(|action| action.starts_with("sns:")), "{asked:?}");
    assert!(without.traffic().by_action().keys().all(|action| !action.starts_with("sns:")));
}

#[test]
fn profiles_of_the_shared_files() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let url = stage.url();
    let config = format!("[profile audit]\nregion = {REGION}\nendpoint_url = {url}\n");
    let secrets = "[audit]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n";
    let cli = || Cli::new().file(".aws/config", &config).file(".aws/credentials", secrets);
    passes(cli().args(&["--profile", "audit"]));
    passes(cli().env("AWS_PROFILE", "audit"));
}

#[test]
fn a_credential_process() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let cli = stage.cli().without_credentials();
    let given = r#"{"Version": 1, "AccessKeyId": "AKIAPROCESS000000000", "SecretAccessKey": "secret"}"#;
    let given = cli.write("keys.json", given);
    let config = format!("[default]\ncredential_process = cat {}\n", given.display());
    passes(cli.file(".aws/config", config));
    assert!(stage.traffic().calls().iter().all(|call| call.access_key == "AKIAPROCESS000000000"));
}

const ROLE: &str = "arn:aws:iam::111122223333:role/Auditor";

fn guarded(external_id: Option<&str>) -> Fake {
    let role = Role { arn: ROLE.into(), external_id: external_id.map(Into::into) };
    Fake::with_role(Account::seed("111122223333"), Some(role))
}

fn asking(fake: &Fake) -> Cli {
    let cli = Cli::new().credentials(&example_credentials());
    cli.env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &fake.url())
}

#[test]
fn a_role_and_its_external_id() {
    let fake = guarded(Some("s3cret"));
    passes(asking(&fake).args(&["--role-arn", ROLE, "--external-id", "s3cret"]));
    let assumed = fake.traffic().by_action()["sts:AssumeRole"];
    assert_eq!(assumed, 1, "once for all services");
}

#[test]
fn a_role_that_may_not_be_assumed_is_named() {
    let fake = guarded(Some("s3cret"));
    for arguments in [&["--role-arn", ROLE][..], &["--role-arn", ROLE, "--external-id", "wrong"]] {
        let run = asking(&fake).args(arguments).run();
        assert_eq!(run.code, Some(2), "{run:#?}");
        assert_eq!(run.stdout, "", "{run:#?}");
        assert!(run.stderr.contains(ROLE), "{run:#?}");
        assert!(run.stderr.contains("AccessDenied") || run.stderr.contains("not authorized"), "{run:#?}");
    }
}

#[test]
fn a_profile_that_assumes_a_role() {
    let fake = guarded(None);
    let config = format!(
        "[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n\
         [profile audit]\nrole_arn = {ROLE}\nsource_profile = base\nregion = {REGION}\n"
    );
    let cli = asking(&fake).without_credentials().file(".aws/config", config);
    passes(cli.args(&["--profile", "audit"]));
}

/// The emulators' own `AssumeRole`: one's own account is empty, the role's holds the seed.
#[test]
fn a_role_in_another_account_on_emulators() {
    for endpoint in [Endpoint::Ministack, Endpoint::Moto] {
        let account = Account::seed(&fresh_id());
        let role = format!("arn:aws:iam::{}:role/Auditor", account.id);
        let id = account.id.clone();
        let Some(stage) = Stage::new(endpoint, account) else { continue };
        let own = Credentials { access_key_id: fresh_id(), ..example_credentials() };
        let cli = stage.cli().without_credentials().credentials(&own);
        let (run, report) = cli.args(&["--role-arn", &role, "--external-id", "x"]).report();
        report.assert(&all_pass(), &format!("on {endpoint:?}: {}", run.stderr));
        assert_eq!(report.finding("3.1").account_id, id, "on {endpoint:?}");
    }
}

#[test]
fn an_unset_region_is_the_partitions_default_and_reported() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let run = passes(stage.cli().without_env("AWS_REGION"));
    assert!(run.stderr.contains("us-east-1"), "{run:#?}");
}

#[test]
fn the_region_argument_wins() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    passes(stage.cli().env("AWS_REGION", "ap-southeast-2").args(&["--region", REGION]));
    let elsewhere = stage.traffic().calls().iter().filter(|call| call.region == "ap-southeast-2").count();
    assert_eq!(elsewhere, 0, "the argument's region alone is asked");
}

/// The name resolves nowhere: only a proxy can reach it.
#[test]
fn a_proxy_from_the_environment() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let cli = stage.cli().env("AWS_ENDPOINT_URL", "http://aws.invalid").env("HTTP_PROXY", &stage.url());
    passes(cli);
    assert!(stage.traffic().count() > 0);
}

#[test]
fn hosts_that_no_proxy_names_are_asked_directly() {
    let stage = Stage::fake(Account::seed(&fresh_id()));
    let dead = dead_url();
    passes(stage.cli().env("HTTP_PROXY", &dead).env("NO_PROXY", "127.0.0.1"));
    let run = stage.cli().env("HTTP_PROXY", &dead).run();
    assert_eq!(run.code, Some(2), "without NO_PROXY the dead proxy is asked: {run:#?}");
}

/// A port that nothing listens on.
fn dead_url() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    format!("http://{}", listener.local_addr().expect("a bound socket has an address"))
}

fn assert_unreachable(run: &Run) {
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(!run.stderr.trim().is_empty(), "silence: {run:#?}");
    assert!(run.stderr.lines().count() <= 12, "a flood of messages for one cause: {run:#?}");
    assert!(!run.stdout.contains("FAIL") && !run.stdout.contains("\"fail\""), "{run:#?}");
}

#[test]
fn a_refused_connection() {
    let cli = Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
    let run = cli.env("AWS_ENDPOINT_URL", &dead_url()).run();
    assert_unreachable(&run);
    assert!(run.elapsed < Duration::from_secs(20), "{run:#?}");
}

#[test]
fn a_host_without_an_address() {
    let cli = Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
    assert_unreachable(&cli.env("AWS_ENDPOINT_URL", "http://aws.invalid").run());
}

#[test]
fn a_network_that_swallows_everything_ends_at_the_timeout() {
    let silence = Listener::spawn(|mut stream| drop(std::io::copy(&mut stream, &mut std::io::sink())));
    let cli = Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
    let run = cli.env("AWS_ENDPOINT_URL", &silence.url()).args(&["--timeout", "2"]).run();
    assert_unreachable(&run);
    assert!(run.elapsed < Duration::from_secs(8), "{run:#?}");
}

#[test]
fn a_certificate_authority_of_ones_own() {
    let aws = DistantAws::new(Account::seed(&fresh_id()), Duration::ZERO);
    let cli = || Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
    passes(aws.reached_by(cli()));
    let run = aws.reached_by(cli()).without_env("SSL_CERT_FILE").run();
    assert_unreachable(&run);
    assert!(run.stderr.to_lowercase().contains("certificate"), "{run:#?}");
}

/// Keys pass through environment, files and requests; none may come out again.
#[test]
fn secrets_are_never_printed() {
    let secret = "SECRETSECRETSECRETSECRETSECRETSECRETSECR";
    let token = "TOKENTOKENTOKENTOKEN";
    let fake = Fake::new(Account::seed(&fresh_id()));
    let deny = FaultRule::always("cloudtrail:*", crate::support::fault::Fault::Denied);
    let proxy = Proxy::new(fake.address(), Treatment { faults: vec![deny], ..Treatment::default() });
    let keys = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: secret.into(),
        session_token: Some(token.into()),
    };
    for flag in ["-v", "-q"] {
        let cli = Cli::new().credentials(&keys).env("AWS_REGION", REGION);
        let run = cli.env("AWS_ENDPOINT_URL", &proxy.url()).arg(flag).run();
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(secret) && !text.contains(token), "{flag}: {text}");
        }
    }
}
