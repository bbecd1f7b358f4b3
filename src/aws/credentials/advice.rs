//! What to say when credentials do not come or are refused. The kind of the source and of the error decide; no message is
//! searched for words, and nothing of a user's command is shown but its name: arguments and output may hold secrets.

use std::error::Error;
use std::io;
use std::time::SystemTime;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::origin::{First, Origin, Role, Sso, WebIdentity};
use super::role::WebFailure;
use crate::aws::access::AccessError;
use crate::aws::error::{Failure, Refusal, text};
use crate::aws::http::{Unreachable, chain};

impl Origin {
    /// What to do about credentials that a service refuses. `region`: where it was asked.
    pub(in crate::aws) fn advice(&self, refusal: Refusal, region: &str) -> String {
        if self.roles.is_empty() { self.first.advice(refusal, region) } else { of_session(refusal, region) }
    }

    /// STS does not let the role be assumed.
    pub(super) fn role_refused(&self, role: &Role, failure: Failure) -> AccessError {
        let is_first = self.roles.first().is_some_and(|first| first.arn == role.arn);
        let hint = match failure.refusal() {
            Some(refusal) if is_first => self.first.advice(refusal, &failure.region),
            Some(refusal) => of_session(refusal, &failure.region),
            None if role.mfa_serial.is_some() && failure.code == "AccessDenied" => {
                "an MFA code can be used only once: wait for the next one".to_owned()
            }
            None => String::new(),
        };
        let profile = role.profile.as_ref().map(|profile| format!(" of the profile `{profile}`")).unwrap_or_default();
        AccessError::Role {
            role: format!("{}{profile}", role.arn),
            message: failure.message_with_code(),
            hint: then(&hint),
        }
    }
}

impl First {
    fn advice(&self, refusal: Refusal, region: &str) -> String {
        match (self, refusal) {
            (_, Refusal::Clock) => "check this machine's clock".to_owned(),
            (_, Refusal::Unsigned) => "the request came unsigned: check for a proxy that strips headers".to_owned(),
            (Self::Environment, Refusal::Expired) => {
                "AWS_SESSION_TOKEN has expired: get new credentials and set all three variables again".to_owned()
            }
            (Self::Environment, Refusal::Unknown) => format!(
                "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, and that {region} is enabled for the account and of the \
                 key's partition"
            ),
            (Self::Environment, Refusal::Signature) => {
                "check AWS_SECRET_ACCESS_KEY, and this machine's clock".to_owned()
            }
            (Self::Keys { profile, .. }, Refusal::Expired) => {
                format!("aws_session_token of the profile `{profile}` has expired: get new keys for the profile")
            }
            (Self::Keys { profile, .. }, Refusal::Unknown) => format!(
                "check aws_access_key_id and aws_session_token of the profile `{profile}`, and that {region} is enabled \
                 for the account and of the key's partition"
            ),
            (Self::Keys { profile, .. }, Refusal::Signature) => {
                format!("check aws_secret_access_key of the profile `{profile}`, and this machine's clock")
            }
            (Self::Process { profile, .. }, Refusal::Expired) => {
                format!("renew what the credential_process of the profile `{profile}` hands out")
            }
            (Self::Process { profile, .. }, Refusal::Unknown | Refusal::Signature) => format!(
                "check what the credential_process of the profile `{profile}` hands out, and that {region} is enabled \
                 for the account and of the key's partition"
            ),
            (Self::Sso(sso), Refusal::Expired) => sso.sign_in(),
            (Self::Login { profile, .. }, Refusal::Expired) => sign_in_to_console(profile),
            (
                Self::Sso(_) | Self::Login { .. } | Self::WebIdentity(_) | Self::Container | Self::Instance { .. },
                refusal,
            ) => of_session(refusal, region),
        }
    }
}

impl Sso {
    fn sign_in(&self) -> String {
        format!("sign in with `aws sso login --profile {}`", self.profile)
    }
}

fn sign_in_to_console(profile: &str) -> String {
    format!("sign in with `aws login --profile {profile}`")
}

/// What to do about credentials that AWS itself has just given.
fn of_session(refusal: Refusal, region: &str) -> String {
    match refusal {
        Refusal::Expired => "the session is over: run again".to_owned(),
        Refusal::Unknown => {
            format!("check that {region} is enabled for the account and of the credentials' partition")
        }
        Refusal::Signature | Refusal::Clock => "check this machine's clock".to_owned(),
        Refusal::Unsigned => "the request came unsigned: check for a proxy that strips headers".to_owned(),
    }
}

/// A hint as it follows a message.
fn then(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!("; {hint}") }
}

fn failed(first: &First, message: impl Into<String>, hint: &str) -> AccessError {
    let message: String = message.into();
    let message = message.trim_end_matches('.').to_owned();
    AccessError::Credentials { from: first.to_string(), message, hint: then(hint) }
}

/// The first source gave no credentials.
pub(super) fn first_failed(first: &First, error: &CredentialsError) -> AccessError {
    if let CredentialsError::ProviderTimedOut(timeout) = error {
        let patience = timeout.timeout_duration().as_secs_f64();
        return failed(first, format!("no answer within {patience} s (--timeout)"), "");
    }
    let is_unreachable = chain(error).any(|cause| cause.is::<Unreachable>());
    match first {
        First::Sso(sso) => sso_failed(first, sso, error),
        // The session itself may be good.
        First::Login { .. } if is_unreachable => failed(first, text(error), ""),
        First::Login { profile, .. } if lacks_file(error) => {
            failed(first, "nobody is signed in", &sign_in_to_console(profile))
        }
        First::Login { profile, .. } => failed(first, text(error), &sign_in_to_console(profile)),
        First::Process { profile, command } => {
            failed(first, process_failure(command, &innermost(error)), &see_for_yourself(profile))
        }
        First::Instance { profile, is_wanted: false } => match error {
            CredentialsError::InvalidConfiguration(_) => failed(first, text(error), ""),
            _ => AccessError::NoCredentials { profile: profile.clone() },
        },
        First::Instance { profile, is_wanted: true } => {
            let profile = profile.as_deref().unwrap_or_default();
            let message = match error {
                CredentialsError::CredentialsNotLoaded(_) => "it gives no role's credentials".to_owned(),
                error => text(error),
            };
            let hint = format!(
                "the credential_source of the profile `{profile}` is Ec2InstanceMetadata: run on an instance that has a \
                 role, without AWS_EC2_METADATA_DISABLED"
            );
            failed(first, message, &hint)
        }
        First::Environment | First::Keys { .. } | First::WebIdentity(_) | First::Container => {
            failed(first, text(error), "")
        }
    }
}

fn sso_failed(first: &First, sso: &Sso, error: &CredentialsError) -> AccessError {
    if let Some(refusal) = chain(error).find_map(|cause| cause.downcast_ref::<GetRoleCredentialsError>()) {
        let message = [refusal.code(), refusal.message()].into_iter().flatten().collect::<Vec<_>>().join(": ");
        let message = if message.is_empty() { text(error) } else { message };
        let hint = match refusal {
            GetRoleCredentialsError::UnauthorizedException(_) => sso.sign_in(),
            _ if matches!(refusal.code(), Some("ForbiddenException" | "ResourceNotFoundException")) => format!(
                "check sso_account_id ({}) and sso_role_name ({}) of the profile `{}`: \
                 the permission set must be assigned to you in that account",
                sso.account_id, sso.role_name, sso.profile
            ),
            _ => String::new(),
        };
        return failed(first, message, &hint);
    }
    if lacks_file(error) {
        return failed(first, "nobody is signed in", &sso.sign_in());
    }
    // What does not come of the question comes of the token, which signing in replaces.
    let is_answer = chain(error).any(|cause| cause.is::<SdkError<GetRoleCredentialsError, HttpResponse>>());
    let hint = if is_answer { String::new() } else { sso.sign_in() };
    failed(first, text(error), &hint)
}

/// Whether a file is missing: that of a session which was never opened.
fn lacks_file(error: &(dyn Error + 'static)) -> bool {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::NotFound)
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// What became of a user's command. `message`: the SDK's account of it, which quotes the command's standard error.
fn process_failure(command: &str, message: &str) -> String {
    let name = command.split_whitespace().find(|word| !word.contains('=')).unwrap_or("the command");
    let status = message.split_once("exited with code ").map(|(_, rest)| rest.split(". Stderr").next().unwrap_or(rest));
    if let Some(status) = status {
        let meaning = if status == "exit status: 127" { ", which says that there is no such command" } else { "" };
        return format!("`{name}` ended with {status}{meaning}");
    }
    match message.split_once("could not parse response: ") {
        Some((_, problem)) if problem.starts_with("Expected field") => format!("`{name}`: {problem}"),
        Some(_) => format!("what `{name}` printed is not credentials in JSON"),
        None => format!("`{name}` gave no credentials"),
    }
}

fn see_for_yourself(profile: &str) -> String {
    format!("run the command to see why: `aws configure get credential_process --profile {profile}` prints it")
}

/// A command handed out credentials that are over.
pub(super) fn process_gave_expired(first: &First, expiry: SystemTime) -> AccessError {
    let at = jiff::Timestamp::try_from(expiry).map(|time| format!(" (at {time:.0})")).unwrap_or_default();
    failed(first, format!("the credentials that it handed out have expired{at}"), "renew what it reads")
}

/// No credentials for a web identity.
pub(super) fn web_identity_refused(identity: &WebIdentity, failure: WebFailure) -> AccessError {
    match failure {
        WebFailure::File(problem) => {
            AccessError::TokenFile { file: identity.token_file.clone(), place: identity.place.clone(), problem }
        }
        WebFailure::Sts(failure) => {
            let hint = match failure.refusal() {
                Some(Refusal::Expired) => "the token has expired: get a new one",
                _ => "",
            };
            let role = format!("{} with the web identity token of {}", identity.role_arn, identity.place);
            AccessError::Role { role, message: failure.message_with_code(), hint: then(hint) }
        }
    }
}
