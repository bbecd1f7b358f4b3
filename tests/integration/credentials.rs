//! Where credentials come from, as the AWS command line finds them; and what is said when they do not come: each cause
//! with its own next step, and no secret.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::support::account::Account;
use crate::support::http::{Response, write_response};
use crate::support::identity::{Asked, Identity};
use crate::support::listener::{Listener, converse};
use crate::support::python;
use crate::support::report::all_pass;
use crate::support::run::{Cli, EXECUTABLE};
use crate::support::seed::REGION;
use crate::support::stage::{example_credentials, fresh_id};
use crate::support::tls::DistantAws;

const ROLE: &str = "arn:aws:iam::111122223333:role/Audit";
const MFA: &str = "arn:aws:iam::111122223333:mfa/me";

/// Keys that assume roles.
const BASE: &str = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = SECRETSECRET\n";

fn agreeable(_: &Asked) -> Option<(u16, &'static str, &'static str)> {
    None
}

/// A role of a profile, with further lines.
fn role(name: &str, arn: &str, source: &str, more: &str) -> String {
    format!("[profile {name}]\nrole_arn = {arn}\nsource_profile = {source}\n{more}\n")
}

fn cli_at(identity: &Identity) -> Cli {
    Cli::new().env("AWS_REGION", REGION).env("AWS_ENDPOINT_URL", &identity.url())
}

/// Audits with the files and variables, and says as whom.
#[track_caller]
fn audited_as(config: &str, prepare: impl FnOnce(&Identity, Cli) -> Cli) -> (Identity, String) {
    let identity = Identity::new(Account::seed(&fresh_id()), agreeable);
    let cli = prepare(&identity, cli_at(&identity).file(".aws/config", config));
    let (run, report) = cli.report();
    report.assert(&all_pass(), &run.stderr);
    let keys = identity.audited_as().join(" ");
    (identity, keys)
}

#[test]
fn a_role_is_assumed_with_all_that_its_profile_says() {
    let more = "external_id = X1\nrole_session_name = me\nduration_seconds = 900";
    let config = BASE.to_owned() + &role("audit", ROLE, "base", more);
    let (identity, keys) = audited_as(&config, |_, cli| cli.args(&["--profile", "audit"]));
    assert_eq!(keys, "ASIAAUDIT");
    let [asked] = &identity.asked("sts:AssumeRole")[..] else { panic!("once for all services") };
    assert_eq!(asked.access_key, "AKIABASE");
    let parameters = ["RoleArn", "ExternalId", "RoleSessionName", "DurationSeconds", "SerialNumber", "TokenCode"];
    assert_eq!(parameters.map(|name| asked.get(name)), [ROLE, "X1", "me", "900", "", ""]);
}

#[test]
fn roles_are_chained() {
    let middle = "arn:aws:iam::111122223333:role/Middle";
    let config = BASE.to_owned() + &role("middle", middle, "base", "") + &role("audit", ROLE, "middle", "");
    let (identity, keys) = audited_as(&config, |_, cli| {
        cli.args(&["--profile", "audit", "--role-arn", "arn:aws:iam::444455556666:role/Last", "--external-id", "X2"])
    });
    assert_eq!(keys, "ASIALAST");
    let asked = identity.asked("sts:AssumeRole");
    let who: Vec<_> = asked.iter().map(|asked| (asked.access_key.as_str(), asked.get("ExternalId"))).collect();
    assert_eq!(who, [("AKIABASE", ""), ("ASIAMIDDLE", ""), ("ASIAAUDIT", "X2")]);
}

#[test]
fn a_profile_may_hold_the_keys_that_assume_its_role() {
    let keys = "aws_access_key_id = AKIASELF\naws_secret_access_key = secret";
    let (identity, as_whom) =
        audited_as(&role("audit", ROLE, "audit", keys), |_, cli| cli.args(&["--profile", "audit"]));
    assert_eq!((identity.asked("sts:AssumeRole")[0].access_key.as_str(), as_whom.as_str()), ("AKIASELF", "ASIAAUDIT"));
}

#[test]
fn a_credential_source_assumes_the_role() {
    let profile = |source: &str| format!("[profile audit]\nrole_arn = {ROLE}\ncredential_source = {source}\n");
    let (identity, keys) = audited_as(&profile("Environment"), |_, cli| {
        cli.args(&["--profile", "audit"]).credentials(&example_credentials())
    });
    assert_eq!(keys, "ASIAAUDIT");
    assert_eq!(identity.asked("sts:AssumeRole")[0].access_key, "AKIAIOSFODNN7EXAMPLE");
    let (identity, keys) = audited_as(&profile("EcsContainer"), |identity, cli| {
        let endpoint = format!("{}/container", identity.url());
        cli.args(&["--profile", "audit"]).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &endpoint)
    });
    assert_eq!(
        (identity.asked("sts:AssumeRole")[0].access_key.as_str(), keys.as_str()),
        ("ASIACONTAINER", "ASIAAUDIT")
    );
}

/// The endpoint of the command line is for all services: also for the one that gives a role's credentials.
#[test]
fn the_endpoint_of_the_command_line_gives_the_role_too() {
    let config = BASE.to_owned() + &role("audit", ROLE, "base", "");
    let (_, keys) = audited_as(&config, |identity, cli| {
        cli.without_env("AWS_ENDPOINT_URL").args(&["--profile", "audit", "--endpoint-url", &identity.url()])
    });
    assert_eq!(keys, "ASIAAUDIT");
}

#[test]
fn which_of_several_credentials_are_used() {
    let keys = |cli: Cli| cli.credentials(&example_credentials());
    let config = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = secret\n".to_owned() + BASE;
    let as_whom = |prepare: &dyn Fn(Cli) -> Cli| audited_as(&config, |_, cli| prepare(cli)).1;
    assert_eq!(as_whom(&|cli| cli), "AKIADEFAULT");
    assert_eq!(as_whom(&|cli| cli.env("AWS_PROFILE", "base")), "AKIABASE");
    assert_eq!(as_whom(&|cli| cli.env("AWS_DEFAULT_PROFILE", "base")), "AKIABASE");
    assert_eq!(as_whom(&|cli| keys(cli).env("AWS_PROFILE", "base")), "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(as_whom(&|cli| keys(cli).args(&["--profile", "base"])), "AKIABASE");
    let with_token = |cli: Cli| {
        let file = cli.write("token", "eyJ.web.identity");
        cli.env("AWS_WEB_IDENTITY_TOKEN_FILE", &file.to_string_lossy()).env("AWS_ROLE_ARN", ROLE)
    };
    assert_eq!(as_whom(&|cli| with_token(cli)), "ASIAAUDIT");
    assert_eq!(as_whom(&|cli| keys(with_token(cli))), "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(as_whom(&|cli| with_token(cli).args(&["--profile", "base"])), "AKIABASE");
}

#[test]
fn a_web_identity_of_the_environment_and_of_a_profile() {
    let (identity, keys) = audited_as("", |_, cli| {
        let file = cli.write("token", "eyJ.web.identity");
        cli.env("AWS_WEB_IDENTITY_TOKEN_FILE", &file.to_string_lossy())
            .env("AWS_ROLE_ARN", ROLE)
            .env("AWS_ROLE_SESSION_NAME", "pod")
    });
    assert_eq!(keys, "ASIAAUDIT");
    let asked = &identity.asked("sts:AssumeRoleWithWebIdentity")[0];
    assert_eq!(
        ["RoleArn", "RoleSessionName", "WebIdentityToken"].map(|name| asked.get(name)),
        [ROLE, "pod", "eyJ.web.identity"]
    );
    let (identity, keys) = audited_as("", |_, cli| {
        let file = cli.write("token", "eyJ.web.identity");
        let config = format!("[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {}\n", file.display());
        cli.file(".aws/config", config).args(&["--profile", "web"])
    });
    assert_eq!(keys, "ASIAAUDIT");
    assert_eq!(identity.asked("sts:AssumeRoleWithWebIdentity")[0].get("RoleSessionName"), "cis-audit");
}

const SSO: &str = "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Reader\n\
                   [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n";

/// The SHA-1 of `corp`, as the AWS command line names the file.
const SSO_TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

fn sso_token(expires: &str) -> String {
    format!(
        r#"{{"accessToken": "SECRETSECRET", "expiresAt": "{expires}", "region": "us-east-1", "startUrl": "https://corp.awsapps.com/start"}}"#
    )
}

#[test]
fn an_sso_session_and_a_role_on_top_of_it() {
    let config = SSO.to_owned() + &role("audit", ROLE, "sso", "");
    let token = sso_token("2099-01-01T00:00:00Z");
    let (_, keys) = audited_as(&config, |_, cli| cli.file(SSO_TOKEN, &token).args(&["--profile", "sso"]));
    assert_eq!(keys, "ASIASSO");
    let (identity, keys) = audited_as(&config, |_, cli| cli.file(SSO_TOKEN, &token).args(&["--profile", "audit"]));
    assert_eq!((identity.asked("sts:AssumeRole")[0].access_key.as_str(), keys.as_str()), ("ASIASSO", "ASIAAUDIT"));
}

const LOGIN: &str = "[profile login]\nlogin_session = arn:aws:iam::111122223333:user/me\n";

/// The SHA-256 of the session's name, as the AWS command line names the file.
const LOGIN_TOKEN: &str = ".aws/login/cache/6eeec053fe13079aaf7fd81065ec5ecbdb93674f20700e51842d0c769b240c8a.json";

fn login_token(expires: &str) -> String {
    format!(
        r#"{{"accessToken": {{"accessKeyId": "ASIALOGIN", "secretAccessKey": "SECRETSECRET", "sessionToken": "TOKENTOKEN",
           "accountId": "111122223333", "expiresAt": "{expires}"}}, "tokenType": "aws_sigv4", "refreshToken": "REFRESHREFRESH",
           "clientId": "arn:aws:signin:::devtools/same-device",
           "dpopKey": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n"}}"#
    )
}

#[test]
fn a_sign_in_session_of_aws_login() {
    let (_, keys) = audited_as(LOGIN, |_, cli| {
        cli.file(LOGIN_TOKEN, login_token("2099-01-01T00:00:00Z")).args(&["--profile", "login"])
    });
    assert_eq!(keys, "ASIALOGIN");
}

/// What CloudTrail's own words are for a code that is wrong or used already.
fn wants_mfa(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let is_role = asked.action == "sts:AssumeRole";
    let given = (asked.get("SerialNumber"), asked.get("TokenCode"));
    let denied = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    (is_role && given != (MFA, "123456")).then_some((403, "AccessDenied", denied))
}

fn mfa_profile() -> String {
    BASE.to_owned() + &role("audit", ROLE, "base", &format!("mfa_serial = {MFA}"))
}

/// Runs on a terminal where the answers are typed: the status and what the terminal showed.
fn on_a_terminal(cli: &Cli, answers: &str) -> Option<(i32, String)> {
    let mut command = Command::new(python::bare_or_skip()?);
    command.arg(python::sources().join("terminal.py")).args(["Enter MFA code for ", answers, EXECUTABLE]);
    command.args(cli.command().get_args()).current_dir(cli.home()).env_clear().envs(cli.variables());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path))).stdin(Stdio::null());
    let output = command.output().expect("the interpreter runs");
    let shown = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
    Some((output.status.code().expect("no signal"), shown))
}

#[test]
fn the_code_of_an_mfa_device_is_asked_on_a_terminal() {
    for (answers, code, tries) in [("123456", 0, 1), ("12345,letter,123456", 0, 3)] {
        let identity = Identity::new(Account::seed(&fresh_id()), wants_mfa);
        let cli = cli_at(&identity).file(".aws/config", mfa_profile()).args(&["--profile", "audit"]);
        let Some((status, shown)) = on_a_terminal(&cli, answers) else { return };
        assert_eq!(status, code, "{shown}");
        assert_eq!(shown.matches(&format!("Enter MFA code for {MFA}: ")).count(), tries, "{shown}");
        assert_eq!(identity.asked("sts:AssumeRole").len(), 1, "only what may be a code is sent");
        assert_eq!(identity.audited_as(), ["ASIAAUDIT"]);
    }
}

#[test]
fn a_wrong_mfa_code_is_reported_in_the_words_of_sts() {
    let identity = Identity::new(Account::seed(&fresh_id()), wants_mfa);
    let cli = cli_at(&identity).file(".aws/config", mfa_profile()).args(&["--profile", "audit"]);
    let Some((status, shown)) = on_a_terminal(&cli, "654321") else { return };
    assert_eq!(status, 2, "{shown}");
    let message = format!(
        "error: cannot assume the role {ROLE} of the profile `audit`: AccessDenied: MultiFactorAuthentication failed with \
         invalid MFA one time pass code; an MFA code can be used only once: wait for the next one\n"
    );
    assert!(shown.ends_with(&message), "{shown}");
    assert_eq!(identity.audited_as(), [""; 0], "nothing is read without the role");
}

/// Neither with nothing to read from, nor with a code on a pipe: a code that is piped is in a file.
#[test]
fn without_a_terminal_no_role_is_assumed_without_its_mfa_code() {
    let identity = Identity::new(Account::seed(&fresh_id()), agreeable);
    let cli = || cli_at(&identity).file(".aws/config", mfa_profile()).args(&["--profile", "audit"]);
    for run in [cli().run(), cli().stdin("123456\n").run()] {
        assert_eq!(run.code, Some(2), "{run:#?}");
        let message = format!(
            "error: the profile `audit` asks for an MFA code (mfa_serial {MFA}): there is no terminal to ask on; get \
             credentials first with `eval \"$(aws configure export-credentials --profile audit --format env)\"` and run \
             without --profile, or use a role that needs no MFA (in CI)\n"
        );
        assert_eq!(run.stderr, message);
    }
    assert_eq!(identity.asked("sts:AssumeRole").len(), 0);
}

/// The certificate of the server's authority.
fn authority(aws: &DistantAws) -> String {
    let variables = aws.reached_by(Cli::new()).variables();
    let (_, path) = variables.into_iter().find(|(name, _)| name == "SSL_CERT_FILE").expect("it is trusted");
    fs::read_to_string(path).expect("it is kept while the server is")
}

#[test]
fn a_bundle_of_certificates_replaces_the_systems() {
    let aws = DistantAws::new(Account::seed(&fresh_id()), std::time::Duration::ZERO);
    let (own, other) = (authority(&aws), authority(&DistantAws::new(Account::seed("1"), std::time::Duration::ZERO)));
    let cli = || aws.reached_by(Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION));
    let bundled = |content: &str| {
        let cli = cli();
        let path = cli.write("bundle.pem", content);
        (cli, path.to_string_lossy().into_owned())
    };
    let passes = |cli: Cli| {
        let (run, report) = cli.report();
        report.assert(&all_pass(), &run.stderr);
    };
    let (alone, path) = bundled(&own);
    passes(alone.without_env("SSL_CERT_FILE").env("AWS_CA_BUNDLE", &path));
    let (in_profile, path) = bundled(&format!("# of the company\n{other}\n# of the proxy\n{own}"));
    let config = format!("[default]\nca_bundle = {path}\n");
    passes(in_profile.without_env("SSL_CERT_FILE").file(".aws/config", config));
    // An authority that the system believes and the bundle does not name.
    let (without, path) = bundled(&other);
    let run = without.env("AWS_CA_BUNDLE", &path).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("certificate"), "{run:#?}");
}

#[test]
fn a_bundle_that_cannot_be_used_is_an_error_at_once() {
    let aws = DistantAws::new(Account::seed(&fresh_id()), std::time::Duration::ZERO);
    let own = authority(&aws);
    let broken = own.replace("-----END CERTIFICATE-----", "");
    let garbled = own.replacen("MII", "???", 1);
    let key = own.replace("CERTIFICATE", "PUBLIC KEY");
    let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    for (content, problem) in [
        (None, "cannot be read: No such file or directory (os error 2)"),
        (Some(""), "contains no certificate in PEM"),
        (Some("hello"), "contains no certificate in PEM"),
        (Some(key.as_str()), "contains no certificate in PEM"),
        (Some(no_der), "contains no certificate in PEM"),
        (Some(broken.as_str()), "is not a PEM file of certificates"),
        (Some(garbled.as_str()), "is not a PEM file of certificates"),
    ] {
        let cli = aws.reached_by(Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION));
        let path = cli.home().join("bundle.pem");
        if let Some(content) = content {
            cli.write("bundle.pem", content);
        }
        let run = cli.env("AWS_CA_BUNDLE", &path.to_string_lossy()).run();
        assert_eq!(run.code, Some(2), "{problem}: {run:#?}");
        let message = format!("error: AWS_CA_BUNDLE: {} {problem}", path.display());
        assert!(run.stderr.starts_with(&message), "{message}\n{run:#?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
    }
}

/// The system's own variable is read by every connection by TLS.
#[test]
fn a_missing_system_certificate_file_is_named() {
    let aws = DistantAws::new(Account::seed(&fresh_id()), std::time::Duration::ZERO);
    let cli = aws.reached_by(Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION));
    let run = cli.env("SSL_CERT_FILE", "/nowhere.pem").env("AWS_MAX_ATTEMPTS", "1").run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.stderr.contains("SSL_CERT_FILE: /nowhere.pem cannot be read: No such file"), "{run:#?}");
}

/// Notes the hosts that are asked for, and lets no one through.
fn hosts_asked(config: &str, prepare: impl FnOnce(Cli) -> Cli) -> Vec<String> {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let proxy = Listener::spawn(move |stream| {
        converse(stream, |request, to| {
            noted.lock().expect("nobody panics while holding it").push(request.target);
            write_response(to, &Response::new(403, "text/plain", "no"))?;
            Ok(false)
        });
    });
    let cli = Cli::new().env("AWS_REGION", REGION).env("HTTPS_PROXY", &proxy.url()).env("AWS_MAX_ATTEMPTS", "1");
    let run = prepare(cli.file(".aws/config", config)).run();
    assert_eq!(run.code, Some(2), "{run:#?}");
    let mut asked = asked.lock().expect("nobody panics while holding it").clone();
    asked.sort();
    asked.dedup();
    asked
}

/// As it is known of the services' endpoint rules: their hosts with `-fips`, and with the suffix of both protocols.
#[test]
fn fips_and_dual_stack_endpoints_are_asked() {
    let keys = |cli: Cli| cli.credentials(&example_credentials());
    let all = ["cloudtrail", "logs", "monitoring", "sns", "sts"];
    let fips = all.map(|service| format!("{service}-fips.us-east-1.amazonaws.com:443"));
    let dual_stack = all.map(|service| format!("{service}.us-east-1.api.aws:443"));
    let both = all.map(|service| format!("{service}-fips.us-east-1.api.aws:443"));
    assert_eq!(hosts_asked("", |cli| keys(cli).env("AWS_USE_FIPS_ENDPOINT", "true")), fips);
    assert_eq!(hosts_asked("[default]\nuse_fips_endpoint = TRUE\n", keys), fips);
    assert_eq!(hosts_asked("", |cli| keys(cli).env("AWS_USE_DUALSTACK_ENDPOINT", "true")), dual_stack);
    assert_eq!(hosts_asked("[default]\nuse_dualstack_endpoint = true\n", keys), dual_stack);
    let config = "[default]\nuse_dualstack_endpoint = true\nuse_fips_endpoint = true\n";
    assert_eq!(hosts_asked(config, keys), both);
    // The environment comes before the profile.
    assert_eq!(hosts_asked(config, |cli| keys(cli).env("AWS_USE_DUALSTACK_ENDPOINT", "false")), fips);
}

#[test]
fn fips_and_dual_stack_endpoints_give_credentials_too() {
    let settings = "use_fips_endpoint = true";
    let config = BASE.to_owned() + &role("audit", ROLE, "base", settings);
    let hosts = hosts_asked(&config, |cli| cli.args(&["--profile", "audit"]));
    assert_eq!(hosts, ["sts-fips.us-east-1.amazonaws.com:443"]);
    let sso = SSO.replace("sso_role_name", "use_dualstack_endpoint = true\nsso_role_name");
    let token = sso_token("2099-01-01T00:00:00Z");
    let hosts = hosts_asked(&sso, |cli| cli.file(SSO_TOKEN, &token).args(&["--profile", "sso"]));
    assert_eq!(hosts, ["portal.sso.us-east-1.api.aws:443"]);
}

/// A cause, and all that is said of it.
struct Cause {
    name: &'static str,
    config: String,
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: Vec<(&'static str, String)>,
    refuse: fn(&Asked) -> Option<(u16, &'static str, &'static str)>,
    /// Without `error: ` and the end of the line; `$HOME` stands for the home directory, `$URL` for the endpoint.
    message: &'static str,
}

impl Default for Cause {
    fn default() -> Self {
        Self {
            name: "",
            config: String::new(),
            arguments: &[],
            variables: &[],
            files: Vec::new(),
            refuse: agreeable,
            message: "",
        }
    }
}

const KEYS: &[(&str, &str)] = &[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "SECRETSECRET")];

fn expired(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let is_signed = !asked.access_key.is_empty();
    is_signed.then_some((403, "ExpiredToken", "The security token included in the request is expired"))
}

fn expired_after_roles(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    if asked.action.contains("AssumeRole") { None } else { expired(asked) }
}

fn unknown_key(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let is_signed = !asked.access_key.is_empty();
    is_signed.then_some((403, "InvalidClientTokenId", "The security token included in the request is invalid."))
}

fn unknown_in_zurich(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    if asked.region == "eu-central-2" { unknown_key(asked) } else { None }
}

fn wrong_signature(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let message = "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String \
                was\nx-amz-security-token:TOKENTOKEN";
    (!asked.access_key.is_empty()).then_some((403, "SignatureDoesNotMatch", message))
}

fn denied_role(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let message = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: \
                arn:aws:iam::111122223333:role/Audit";
    (asked.action == "sts:AssumeRole").then_some((403, "AccessDenied", message))
}

fn foreign_token(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let message = "No OpenIDConnect provider found in your account for https://ci.example";
    (asked.action == "sts:AssumeRoleWithWebIdentity").then_some((400, "InvalidIdentityToken", message))
}

fn stale_token(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let message = "Token expired: current date/time 1795844807 must be before the expiration date/time 1795840000";
    (asked.action == "sts:AssumeRoleWithWebIdentity").then_some((400, "ExpiredTokenException", message))
}

fn revoked_sso(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    let is_sso = asked.action == "/federation/credentials";
    is_sso.then_some((401, "UnauthorizedException", "Session token not found or invalid"))
}

fn unassigned_sso(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    (asked.action == "/federation/credentials").then_some((403, "ForbiddenException", "No access"))
}

fn broken_sso(asked: &Asked) -> Option<(u16, &'static str, &'static str)> {
    (asked.action == "/federation/credentials").then_some((500, "InternalServerException", "token service is down"))
}

fn causes() -> Vec<Cause> {
    let audit = || BASE.to_owned() + &role("audit", ROLE, "base", "");
    let process = |command: &str| format!("[profile tool]\ncredential_process = {command}\n");
    let web = || format!("[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = $HOME/token\n");
    let token = || vec![("token", "eyJ.web.identity".to_owned())];
    let good_sso = || vec![(SSO_TOKEN, sso_token("2099-01-01T00:00:00Z"))];
    vec![
        Cause {
            name: "nothing at all",
            message: "no AWS credentials: name a profile with AWS_PROFILE or --profile (`aws configure list-profiles` shows \
                   those that exist), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ..Cause::default()
        },
        Cause {
            name: "half of the keys",
            variables: &[("AWS_ACCESS_KEY_ID", "AKIAENV")],
            message: "no AWS credentials: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both, or none to \
                   use a profile",
            ..Cause::default()
        },
        Cause {
            name: "a profile of nothing",
            config: "[profile bare]\nregion = us-east-1\n".into(),
            arguments: &["--profile", "bare"],
            message: "no AWS credentials for the profile `bare`: it has no keys, role, SSO or sign-in session and no \
                   credential_process, and this machine has no role of its own; `aws configure --profile bare`, `aws \
                   configure sso --profile bare` or `aws login --profile bare` sets it up",
            ..Cause::default()
        },
        Cause {
            name: "half of a profile's keys",
            config: "[profile half]\naws_access_key_id = AKIAHALF\n".into(),
            arguments: &["--profile", "half"],
            message: "the profile `half` cannot be used: it has one of aws_access_key_id and aws_secret_access_key without \
                   the other",
            ..Cause::default()
        },
        Cause {
            name: "a role without a source",
            config: format!("[profile audit]\nrole_arn = {ROLE}\n"),
            arguments: &["--profile", "audit"],
            message: "the profile `audit` cannot be used: its role_arn needs source_profile or credential_source, which say \
                   whose credentials assume the role",
            ..Cause::default()
        },
        Cause {
            name: "a role with two sources",
            config: role("audit", ROLE, "base", "credential_source = Environment"),
            arguments: &["--profile", "audit"],
            message: "the profile `audit` cannot be used: it has both source_profile and credential_source: keep one of them",
            ..Cause::default()
        },
        Cause {
            name: "a source that does not exist",
            config: role("audit", ROLE, "base", ""),
            arguments: &["--profile", "audit"],
            message: "the profile `audit` cannot be used: its source_profile `base` does not exist",
            ..Cause::default()
        },
        Cause {
            name: "a source without credentials",
            config: role("audit", ROLE, "base", "") + "[profile base]\nregion = us-east-1\n",
            arguments: &["--profile", "audit"],
            message: "the profile `base` cannot be used: it is a source_profile and has no credentials",
            ..Cause::default()
        },
        Cause {
            name: "roles that go round",
            config: role("a", ROLE, "b", "") + &role("b", ROLE, "a", ""),
            arguments: &["--profile", "a"],
            message: "the profile `b` cannot be used: its source_profile leads back: `a` → `b` → `a`",
            ..Cause::default()
        },
        Cause {
            name: "an unknown credential_source",
            config: format!("[profile audit]\nrole_arn = {ROLE}\ncredential_source = Vault\n"),
            arguments: &["--profile", "audit"],
            message: "the profile `audit` cannot be used: its credential_source is `Vault`, not Environment, \
                   Ec2InstanceMetadata or EcsContainer",
            ..Cause::default()
        },
        Cause {
            name: "a credential_source that is not there",
            config: format!("[profile audit]\nrole_arn = {ROLE}\ncredential_source = Environment\n"),
            arguments: &["--profile", "audit"],
            message: "the profile `audit` cannot be used: its credential_source is Environment, and AWS_ACCESS_KEY_ID and \
                   AWS_SECRET_ACCESS_KEY are not set",
            ..Cause::default()
        },
        Cause {
            name: "no instance",
            config: format!("[profile audit]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n"),
            arguments: &["--profile", "audit"],
            message: "cannot get AWS credentials from the metadata service of the EC2 instance: it gives no role's \
                   credentials; the credential_source of the profile `audit` is Ec2InstanceMetadata: run on an instance \
                   that has a role, without AWS_EC2_METADATA_DISABLED",
            ..Cause::default()
        },
        Cause {
            name: "a role that is refused",
            config: audit(),
            arguments: &["--profile", "audit"],
            refuse: denied_role,
            message: "cannot assume the role arn:aws:iam::111122223333:role/Audit of the profile `audit`: AccessDenied: \
                   User: arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: \
                   arn:aws:iam::111122223333:role/Audit",
            ..Cause::default()
        },
        Cause {
            name: "a role of the command line that is refused",
            variables: KEYS,
            arguments: &["--role-arn", ROLE],
            refuse: denied_role,
            message: "cannot assume the role arn:aws:iam::111122223333:role/Audit: AccessDenied: User: \
                   arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: \
                   arn:aws:iam::111122223333:role/Audit",
            ..Cause::default()
        },
        Cause {
            name: "a role with keys that AWS does not know",
            config: audit(),
            arguments: &["--profile", "audit"],
            refuse: unknown_key,
            message: "cannot assume the role arn:aws:iam::111122223333:role/Audit of the profile `audit`: \
                   InvalidClientTokenId: The security token included in the request is invalid; check aws_access_key_id \
                   and aws_session_token of the profile `base`, and that us-east-1 is enabled for the account and of the \
                   key's partition",
            ..Cause::default()
        },
        Cause {
            name: "a duration that is none",
            config: BASE.to_owned() + &role("audit", ROLE, "base", "duration_seconds = 1h"),
            arguments: &["--profile", "audit"],
            message: "duration_seconds of the profile `audit` is `1h`: it must be a number of seconds",
            ..Cause::default()
        },
        Cause {
            name: "expired keys of the environment",
            variables: KEYS,
            refuse: expired,
            message: "AWS refused the credentials: ExpiredToken: The security token included in the request is expired; \
                   AWS_SESSION_TOKEN has expired: get new credentials and set all three variables again",
            ..Cause::default()
        },
        Cause {
            name: "expired keys of a profile",
            config: BASE.into(),
            arguments: &["--profile", "base"],
            refuse: expired,
            message: "AWS refused the credentials: ExpiredToken: The security token included in the request is expired; \
                   aws_session_token of the profile `base` has expired: get new keys for the profile",
            ..Cause::default()
        },
        Cause {
            name: "an expired session of a role",
            config: audit(),
            arguments: &["--profile", "audit"],
            refuse: expired_after_roles,
            message: "AWS refused the credentials: ExpiredToken: The security token included in the request is expired; the \
                   session is over: run again",
            ..Cause::default()
        },
        Cause {
            name: "unknown keys of the environment",
            variables: KEYS,
            refuse: unknown_key,
            message: "AWS refused the credentials: InvalidClientTokenId: The security token included in the request is \
                   invalid; check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, and that us-east-1 is enabled for the account \
                   and of the key's partition",
            ..Cause::default()
        },
        Cause {
            name: "a region that is not enabled",
            variables: KEYS,
            arguments: &["--region", "eu-central-2"],
            refuse: unknown_in_zurich,
            message: "eu-central-2 does not accept the credentials (InvalidClientTokenId: The security token included in the \
                   request is invalid), and us-east-1 does: enable eu-central-2 for the account, audit another region, \
                   or get a session from a regional endpoint of STS (sessions from the global one are not accepted \
                   everywhere)",
            ..Cause::default()
        },
        Cause {
            name: "a wrong secret",
            variables: KEYS,
            refuse: wrong_signature,
            message: "AWS refused the credentials: SignatureDoesNotMatch: The request signature we calculated does not match \
                   the signature you provided; check AWS_SECRET_ACCESS_KEY, and this machine's clock",
            ..Cause::default()
        },
        Cause {
            name: "nobody signed in to SSO",
            config: SSO.into(),
            arguments: &["--profile", "sso"],
            message: "cannot get AWS credentials from the SSO session `corp` (profile `sso`): failed to load the \
                   cached SSO token; sign in with `aws sso login --profile sso`",
            ..Cause::default()
        },
        Cause {
            name: "nobody signed in to SSO for a role's source",
            config: SSO.to_owned() + &role("audit", ROLE, "sso", ""),
            arguments: &["--profile", "audit"],
            message: "cannot get AWS credentials from the SSO session `corp` (profile `sso`): failed to load the \
                   cached SSO token; sign in with `aws sso login --profile sso`",
            ..Cause::default()
        },
        Cause {
            name: "an SSO token that has expired",
            config: SSO.into(),
            arguments: &["--profile", "sso"],
            files: vec![(SSO_TOKEN, sso_token("2020-01-01T00:00:00Z"))],
            message: "cannot get AWS credentials from the SSO session `corp` (profile `sso`): the SSO token has expired and \
                   cannot be refreshed; sign in with `aws sso login --profile sso`",
            ..Cause::default()
        },
        Cause {
            name: "an SSO session that was revoked",
            config: SSO.into(),
            arguments: &["--profile", "sso"],
            files: good_sso(),
            refuse: revoked_sso,
            message: "cannot get AWS credentials from the SSO session `corp` (profile `sso`): UnauthorizedException: Session \
                   token not found or invalid; sign in with `aws sso login --profile sso`",
            ..Cause::default()
        },
        Cause {
            name: "an SSO role that is not assigned",
            config: SSO.into(),
            arguments: &["--profile", "sso"],
            files: good_sso(),
            refuse: unassigned_sso,
            message: "cannot get AWS credentials from the SSO session `corp` (profile `sso`): ForbiddenException: No access; \
                   check sso_account_id (111122223333) and sso_role_name (Reader) of the profile `sso`: the permission \
                   set must be assigned to you in that account",
            ..Cause::default()
        },
        Cause {
            name: "an SSO that is broken, and speaks of tokens",
            config: SSO.into(),
            arguments: &["--profile", "sso"],
            files: good_sso(),
            refuse: broken_sso,
            variables: &[("AWS_MAX_ATTEMPTS", "1")],
            message: "cannot get AWS credentials from the SSO session `corp` (profile `sso`): InternalServerException: token \
                   service is down",
        },
        Cause {
            name: "an SSO session that does not exist",
            config: SSO.split("[sso-session").next().unwrap_or_default().into(),
            arguments: &["--profile", "sso"],
            message: "the profile `sso` cannot be used: its sso_session `corp` does not exist",
            ..Cause::default()
        },
        Cause {
            name: "nobody signed in with aws login",
            config: LOGIN.into(),
            arguments: &["--profile", "login"],
            message: "cannot get AWS credentials from the sign-in session of the profile `login`: nobody is signed in; sign \
                   in with `aws login --profile login`",
            ..Cause::default()
        },
        Cause {
            name: "a sign-in session that is over",
            config: LOGIN.into(),
            arguments: &["--profile", "login"],
            files: vec![(LOGIN_TOKEN, login_token("2020-01-01T00:00:00Z"))],
            refuse: |asked| {
                (asked.action == "/v1/token").then_some((401, "AccessDeniedException", "The refresh token is expired"))
            },
            message: "cannot get AWS credentials from the sign-in session of the profile `login`: failed to refresh cached \
                   Login token: AccessDeniedException: The refresh token is expired; sign in with `aws login --profile \
                   login`",
            ..Cause::default()
        },
        Cause {
            name: "a command that fails, and says why",
            config: process("sh -c \"echo SECRETSECRET token expired >&2; exit 3\""),
            arguments: &["--profile", "tool"],
            message: "cannot get AWS credentials from the credential_process of the profile `tool`: `sh` ended with exit \
                   status: 3; run the command to see why: `aws configure get credential_process --profile tool` prints it",
            ..Cause::default()
        },
        Cause {
            name: "a command that does not exist",
            config: process("TOKEN=SECRETSECRET /nowhere/tool --password SECRETSECRET"),
            arguments: &["--profile", "tool"],
            message: "cannot get AWS credentials from the credential_process of the profile `tool`: `/nowhere/tool` ended \
                   with exit status: 127, which says that there is no such command; run the command to see why: `aws \
                   configure get credential_process --profile tool` prints it",
            ..Cause::default()
        },
        Cause {
            name: "a command that prints something else",
            config: process("echo SECRETSECRET"),
            arguments: &["--profile", "tool"],
            message: "cannot get AWS credentials from the credential_process of the profile `tool`: what `echo` printed is \
                   not credentials in JSON; run the command to see why: `aws configure get credential_process --profile \
                   tool` prints it",
            ..Cause::default()
        },
        Cause {
            name: "a command that hands out what is over",
            config: process("cat $HOME/keys.json"),
            arguments: &["--profile", "tool"],
            files: vec![(
                "keys.json",
                r#"{"Version": 1, "AccessKeyId": "AKIAOLD", "SecretAccessKey": "SECRETSECRET", "SessionToken": "TOKENTOKEN",
                    "Expiration": "2020-01-01T00:00:00Z"}"#
                    .into(),
            )],
            message: "cannot get AWS credentials from the credential_process of the profile `tool`: the credentials that it \
                   handed out have expired (at 2020-01-01T00:00:00Z); renew what it reads",
            ..Cause::default()
        },
        Cause {
            name: "a web identity without its file",
            variables: &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"), ("AWS_ROLE_ARN", ROLE)],
            message: "cannot read the web identity token /nowhere/token (AWS_WEB_IDENTITY_TOKEN_FILE): No such file or \
                   directory (os error 2)",
            ..Cause::default()
        },
        Cause {
            name: "a web identity with an empty file",
            config: web(),
            arguments: &["--profile", "web"],
            files: vec![("token", "\n".into())],
            message: "cannot read the web identity token $HOME/token (web_identity_token_file of the profile `web`): it is \
                   empty",
            ..Cause::default()
        },
        Cause {
            name: "a web identity without a role",
            variables: &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")],
            message: "AWS_WEB_IDENTITY_TOKEN_FILE names a web identity token, and nothing names the role to assume with it: \
                   set AWS_ROLE_ARN, or role_arn in the profile",
            ..Cause::default()
        },
        Cause {
            name: "a web identity that AWS does not know",
            config: web(),
            arguments: &["--profile", "web"],
            files: token(),
            refuse: foreign_token,
            message: "cannot assume the role arn:aws:iam::111122223333:role/Audit with the web identity token of \
                   web_identity_token_file of the profile `web`: InvalidIdentityToken: No OpenIDConnect provider found in \
                   your account for https://ci.example",
            ..Cause::default()
        },
        Cause {
            name: "a web identity that has expired",
            config: web(),
            arguments: &["--profile", "web"],
            files: token(),
            refuse: stale_token,
            message: "cannot assume the role arn:aws:iam::111122223333:role/Audit with the web identity token of \
                   web_identity_token_file of the profile `web`: ExpiredTokenException: Token expired: current date/time \
                   1795844807 must be before the expiration date/time 1795840000; the token has expired: get a new one",
            ..Cause::default()
        },
        Cause {
            name: "a number of attempts that is none",
            variables: &[("AWS_MAX_ATTEMPTS", "abc")],
            message: "AWS_MAX_ATTEMPTS is `abc`: it must be a whole number from 1 on",
            ..Cause::default()
        },
        Cause {
            name: "a retry mode that there is not",
            config: "[default]\nretry_mode = patient\n".into(),
            message: "retry_mode of the profile `default` is `patient`: it must be standard, adaptive or legacy",
            ..Cause::default()
        },
        Cause {
            name: "FIPS by a wrong word",
            variables: &[("AWS_USE_FIPS_ENDPOINT", "yes")],
            message: "AWS_USE_FIPS_ENDPOINT is `yes`: it must be true or false",
            ..Cause::default()
        },
        Cause {
            name: "a blank endpoint",
            variables: &[("AWS_ENDPOINT_URL", "")],
            message: "AWS_ENDPOINT_URL is ``: it must be an endpoint URL, such as http://localhost:4566, or not set",
            ..Cause::default()
        },
        Cause {
            name: "a blank endpoint of one service",
            variables: &[("AWS_ENDPOINT_URL_STS", " ")],
            message: "AWS_ENDPOINT_URL_STS is ` `: it must be an endpoint URL, such as http://localhost:4566, or not set",
            ..Cause::default()
        },
        Cause {
            name: "a blank endpoint of a profile",
            config: "[profile base]\nendpoint_url =\n".into(),
            arguments: &["--profile", "base"],
            message: "endpoint_url of the profile `base` is ``: it must be an endpoint URL, such as http://localhost:4566, or \
                   not set",
            ..Cause::default()
        },
        Cause {
            name: "an endpoint of a services section without a scheme",
            config: "[profile base]\nservices = local\n[services local]\nsts =\n  endpoint_url = localhost:4566\n".into(),
            arguments: &["--profile", "base"],
            message: "endpoint_url of `sts` in the services section `local` is `localhost:4566`: it must be an endpoint URL, \
                   such as http://localhost:4566, or not set",
            ..Cause::default()
        },
        Cause {
            name: "FIPS and an endpoint",
            variables: &[("AWS_USE_FIPS_ENDPOINT", "true")],
            message: "FIPS endpoints (AWS_USE_FIPS_ENDPOINT or use_fips_endpoint) and the endpoint $URL cannot be used together: \
                   remove one of them",
            ..Cause::default()
        },
    ]
}

#[test]
fn each_cause_has_a_message_of_its_own() {
    let mut wrong = String::new();
    for cause in causes() {
        let identity = Identity::new(Account::seed("111122223333"), cause.refuse);
        let cli = cli_at(&identity);
        let home = cli.home().to_string_lossy().into_owned();
        let filled = |text: &str| text.replace("$HOME", &home).replace("$URL", &identity.url());
        cli.write(".aws/config", filled(&cause.config));
        for (path, content) in &cause.files {
            cli.write(path, content);
        }
        let cli = cause.variables.iter().fold(cli.args(cause.arguments), |cli, (name, value)| cli.env(name, value));
        let run = cli.run();
        let message = format!("error: {}\n", filled(cause.message));
        if run.code != Some(2) || run.stderr != message || !run.stdout.is_empty() {
            wrong += &format!("{}\n  expected: {message}  exit {:?}: {}\n", cause.name, run.code, run.stderr);
        }
        for secret in ["SECRETSECRET", "TOKENTOKEN", "REFRESHREFRESH", "eyJ"] {
            assert!(!run.stderr.contains(secret), "{}: {run:#?}", cause.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the AWS command line takes, though this program has no other way for it.
#[test]
fn the_legacy_mode_of_retries_is_no_error() {
    audited_as("[default]\nretry_mode = legacy\nmax_attempts = 3\n", |_, cli| cli.credentials(&example_credentials()));
}
