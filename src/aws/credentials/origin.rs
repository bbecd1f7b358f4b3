//! Where credentials come from, worked out before any is fetched: a first source, and roles assumed one after the other.
//!
//! The order is that of the AWS command line: keys of the environment unless a profile was asked for, the profile's role,
//! a web identity, SSO, the profile's keys, its `aws login` session, its `credential_process`, and last the machine's
//! own role. What it is decides what to do when it fails.

use std::fmt;

use aws_config::profile::Profile;
use aws_credential_types::Credentials;

use crate::aws::access::AccessError;
use crate::aws::settings::{Settings, filled};

/// A first source, and the roles assumed on top of it, in order.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Origin {
    pub(super) first: First,
    pub(super) roles: Vec<Role>,
}

/// What gives credentials without needing any.
#[derive(Debug, Clone)]
pub(super) enum First {
    /// `AWS_ACCESS_KEY_ID` and what belongs to it.
    Environment,
    /// Keys in the config files.
    Keys { profile: String, keys: Credentials },
    /// A token that STS takes for a role's credentials.
    WebIdentity(WebIdentity),
    /// IAM Identity Center, where `aws sso login` signs in.
    Sso(Sso),
    /// The console's session, which `aws login` opens. `session`: whose it is.
    Login { profile: String, session: String },
    /// A command of the user's.
    Process { profile: String, command: String },
    /// The endpoint that the environment of a container names.
    Container,
    /// The role of the EC2 instance. `is_wanted`: the profile says that there is one; else it replaces a profile
    /// that gives nothing.
    Instance { profile: Option<String>, is_wanted: bool },
}

/// Who has a token, for which role.
#[derive(Debug, Clone)]
pub(super) struct WebIdentity {
    pub(super) token_file: String,
    /// The setting that names the file.
    pub(super) place: String,
    pub(super) role_arn: String,
    pub(super) session_name: Option<String>,
}

/// A permission set of IAM Identity Center.
#[derive(Debug, Clone)]
pub(super) struct Sso {
    pub(super) profile: String,
    /// The `sso-session` section; older profiles have none.
    pub(super) session: Option<String>,
    pub(super) account_id: String,
    pub(super) role_name: String,
    pub(super) region: String,
    pub(super) start_url: String,
}

/// A role to assume.
#[derive(Debug, Clone, Default)]
pub(super) struct Role {
    /// `None`: the command line's.
    pub(super) profile: Option<String>,
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    /// In seconds.
    pub(super) duration: Option<i32>,
    /// The ARN or serial number of the device that shows codes.
    pub(super) mfa_serial: Option<String>,
}

impl Origin {
    /// What the settings lead to.
    pub(in crate::aws) fn resolve(settings: &Settings<'_>) -> Result<Self, AccessError> {
        let mut origin = Self::without_role_of_command_line(settings)?;
        if let Some(arn) = settings.role_arn {
            origin.roles.push(Role {
                arn: arn.to_owned(),
                external_id: settings.external_id.map(str::to_owned),
                ..Role::default()
            });
        }
        Ok(origin)
    }

    fn without_role_of_command_line(settings: &Settings<'_>) -> Result<Self, AccessError> {
        if settings.uses_environment_keys()? {
            return Ok(First::Environment.alone());
        }
        let environment = settings.asked_profile.is_none();
        let found = match settings.profile_of(settings.profile_name()) {
            Some(profile) if is_role(profile) => Walk::new(settings).role(profile)?,
            Some(profile) => match of_profile(settings, profile, environment)? {
                Some(first) => first.alone(),
                None => of_machine(settings).alone(),
            },
            None => match web_identity(settings, None, environment)? {
                Some(identity) => First::WebIdentity(identity).alone(),
                None => of_machine(settings).alone(),
            },
        };
        Ok(found)
    }
}

impl First {
    fn alone(self) -> Origin {
        Origin { first: self, roles: Vec::new() }
    }
}

/// The machine's own role.
fn of_machine(settings: &Settings<'_>) -> First {
    if is_in_container(settings) {
        return First::Container;
    }
    First::Instance { profile: settings.named_profile.clone(), is_wanted: false }
}

fn is_in_container(settings: &Settings<'_>) -> bool {
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        .iter()
        .any(|name| settings.variable(name).is_some())
}

/// A profile with a web identity names the role of that.
fn is_role(profile: &Profile) -> bool {
    text(profile, "role_arn").is_some() && text(profile, "web_identity_token_file").is_none()
}

fn has_keys(profile: &Profile) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"].iter().any(|key| text(profile, key).is_some())
}

fn text<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    filled(profile.get(key))
}

fn owned(profile: &Profile, key: &str) -> Option<String> {
    text(profile, key).map(str::to_owned)
}

fn wrong(profile: &Profile, problem: impl Into<String>) -> AccessError {
    AccessError::Profile { name: profile.name().to_owned(), problem: problem.into() }
}

/// A way from a profile with a role to the first source.
struct Walk<'a> {
    settings: &'a Settings<'a>,
    visited: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn new(settings: &'a Settings<'a>) -> Self {
        Self { settings, visited: Vec::new() }
    }

    fn role(&mut self, profile: &'a Profile) -> Result<Origin, AccessError> {
        let name = profile.name();
        self.visited.push(name);
        let mut origin = match (text(profile, "source_profile"), text(profile, "credential_source")) {
            (Some(_), Some(_)) => {
                return Err(wrong(profile, "it has both source_profile and credential_source: keep one of them"));
            }
            (None, None) => {
                return Err(wrong(
                    profile,
                    "its role_arn needs source_profile or credential_source, which say whose credentials assume the role",
                ));
            }
            (Some(source), None) => self.source_profile(profile, source)?,
            (None, Some(source)) => self.credential_source(profile, source)?.alone(),
        };
        origin.roles.push(role_of(profile)?);
        Ok(origin)
    }

    fn source_profile(&mut self, profile: &'a Profile, name: &str) -> Result<Origin, AccessError> {
        let Some(source) = self.settings.profile_of(name) else {
            return Err(wrong(profile, format!("its source_profile `{name}` does not exist")));
        };
        // A profile may hold the keys that assume its own role.
        if !is_role(source) || has_keys(source) {
            let first = of_profile(self.settings, source, false)?;
            return first
                .map(First::alone)
                .ok_or_else(|| wrong(source, "it is a source_profile and has no credentials"));
        }
        if self.visited.contains(&name) {
            let way = self.visited.join("` → `");
            return Err(wrong(profile, format!("its source_profile leads back: `{way}` → `{name}`")));
        }
        self.role(source)
    }

    fn credential_source(&self, profile: &Profile, source: &str) -> Result<First, AccessError> {
        let has_environment_keys =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].iter().all(|name| self.settings.variable(name).is_some());
        if source.eq_ignore_ascii_case("Environment") {
            if has_environment_keys {
                return Ok(First::Environment);
            }
            return Err(wrong(
                profile,
                "its credential_source is Environment, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
            ));
        }
        if source.eq_ignore_ascii_case("EcsContainer") {
            if is_in_container(self.settings) {
                return Ok(First::Container);
            }
            return Err(wrong(
                profile,
                "its credential_source is EcsContainer, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
            ));
        }
        if source.eq_ignore_ascii_case("Ec2InstanceMetadata") {
            return Ok(First::Instance { profile: Some(profile.name().to_owned()), is_wanted: true });
        }
        Err(wrong(
            profile,
            format!("its credential_source is `{source}`, not Environment, Ec2InstanceMetadata or EcsContainer"),
        ))
    }
}

fn role_of(profile: &Profile) -> Result<Role, AccessError> {
    let duration = match text(profile, "duration_seconds") {
        None => None,
        Some(seconds) => {
            Some(seconds.parse().ok().filter(|seconds| *seconds > 0).ok_or_else(|| AccessError::Setting {
                place: format!("duration_seconds of the profile `{}`", profile.name()),
                value: seconds.to_owned(),
                wanted: "a number of seconds",
            })?)
        }
    };
    Ok(Role {
        profile: Some(profile.name().to_owned()),
        arn: owned(profile, "role_arn").unwrap_or_default(),
        external_id: owned(profile, "external_id"),
        session_name: owned(profile, "role_session_name"),
        duration,
        mfa_serial: owned(profile, "mfa_serial"),
    })
}

/// What a profile gives without assuming its role. `environment`: variables may replace its web identity.
fn of_profile(settings: &Settings<'_>, profile: &Profile, environment: bool) -> Result<Option<First>, AccessError> {
    let name = || profile.name().to_owned();
    if let Some(identity) = web_identity(settings, Some(profile), environment)? {
        return Ok(Some(First::WebIdentity(identity)));
    }
    if let Some(sso) = sso(settings, profile)? {
        return Ok(Some(First::Sso(sso)));
    }
    if has_keys(profile) {
        let [Some(id), Some(secret)] = ["aws_access_key_id", "aws_secret_access_key"].map(|key| text(profile, key))
        else {
            return Err(wrong(profile, "it has one of aws_access_key_id and aws_secret_access_key without the other"));
        };
        let token = owned(profile, "aws_session_token");
        let keys = Credentials::new(id, secret, token, None, "Profile");
        return Ok(Some(First::Keys { profile: name(), keys }));
    }
    if let Some(session) = owned(profile, "login_session") {
        return Ok(Some(First::Login { profile: name(), session }));
    }
    let command = owned(profile, "credential_process");
    Ok(command.map(|command| First::Process { profile: name(), command }))
}

fn web_identity(
    settings: &Settings<'_>,
    profile: Option<&Profile>,
    environment: bool,
) -> Result<Option<WebIdentity>, AccessError> {
    let value = |variable: &str, key: &str| {
        let set = settings.variable(variable).filter(|_| environment).map(|value| (value, variable.to_owned()));
        set.or_else(|| {
            let profile = profile?;
            Some((owned(profile, key)?, format!("{key} of the profile `{}`", profile.name())))
        })
    };
    let Some((token_file, place)) = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else {
        return Ok(None);
    };
    let Some((role_arn, _)) = value("AWS_ROLE_ARN", "role_arn") else {
        return Err(AccessError::NoWebRole { place });
    };
    let session_name = value("AWS_ROLE_SESSION_NAME", "role_session_name").map(|(name, _)| name);
    Ok(Some(WebIdentity { token_file, place, role_arn, session_name }))
}

fn sso(settings: &Settings<'_>, profile: &Profile) -> Result<Option<Sso>, AccessError> {
    // A session alone is for tools that need its token and no credentials.
    let (account_id, role_name) = match (owned(profile, "sso_account_id"), owned(profile, "sso_role_name")) {
        (None, None) => return Ok(None),
        (Some(account_id), Some(role_name)) => (account_id, role_name),
        _ => return Err(wrong(profile, "it has one of sso_account_id and sso_role_name without the other")),
    };
    let session = owned(profile, "sso_session");
    let value = |key: &'static str| {
        let of_profile = owned(profile, key);
        let Some(session) = &session else {
            return of_profile.ok_or_else(|| wrong(profile, format!("it uses SSO and has no {key}")));
        };
        let Ok(of_session) = settings.of_sso_session(session, key) else {
            return Err(wrong(profile, format!("its sso_session `{session}` does not exist")));
        };
        match (of_session, of_profile) {
            (Some(of_session), Some(other)) if of_session != other => {
                Err(wrong(profile, format!("its {key} differs from that of its sso-session `{session}`")))
            }
            (Some(value), _) => Ok(value.to_owned()),
            (None, Some(value)) => Ok(value),
            (None, None) => Err(wrong(profile, format!("its sso-session `{session}` has no {key}"))),
        }
    };
    let (region, start_url) = (value("sso_region")?, value("sso_start_url")?);
    Ok(Some(Sso { profile: profile.name().to_owned(), session, account_id, role_name, region, start_url }))
}

/// What messages call it.
impl fmt::Display for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("the environment"),
            Self::Keys { profile, .. } => write!(f, "the keys of the profile `{profile}`"),
            Self::WebIdentity(identity) => write!(f, "the web identity token of {}", identity.place),
            Self::Sso(Sso { profile, session: Some(session), .. }) => {
                write!(f, "the SSO session `{session}` (profile `{profile}`)")
            }
            Self::Sso(Sso { profile, .. }) => write!(f, "SSO (profile `{profile}`)"),
            Self::Login { profile, .. } => write!(f, "the sign-in session of the profile `{profile}`"),
            Self::Process { profile, .. } => write!(f, "the credential_process of the profile `{profile}`"),
            Self::Container => f.write_str("the container's credentials endpoint"),
            Self::Instance { .. } => f.write_str("the metadata service of the EC2 instance"),
        }
    }
}
