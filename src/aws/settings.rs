//! What the environment and the config files say in addition to the options of the command line: which profile, which
//! region, how often to try, which endpoints and which certificates.
//!
//! Names and precedence are those of the AWS SDKs and tools reference guide ("Settings reference"). A value that means
//! nothing is an error that names its place: a request for FIPS endpoints must not get others because of a typing
//! error.

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::profile::{self, Profile, ProfileSet};
use aws_config::retry::RetryConfig;
use aws_runtime::env_config::property::PropertiesKey;
use aws_types::os_shim_internal::{Env, Fs};

use super::access::{Access, AccessError};
use crate::arn::Arn;
use crate::partition::{PARTITIONS, Partition, is_region_name};
use crate::snapshot::ServiceEndpoint;

/// Attempts of one call where nothing else is set: some 2 s for a service that goes on failing.
const ATTEMPTS: u32 = 5;

/// The variables that say where a service is, next to the one for all: by the service's id.
const SERVICES: [&str; 16] = [
    "CLOUDTRAIL",
    "CLOUDWATCH",
    "CLOUDWATCH_LOGS",
    "EVENTBRIDGE",
    "IAM",
    "KMS",
    "LAMBDA",
    "ORGANIZATIONS",
    "S3",
    "SECURITYHUB",
    "SIGNIN",
    "SNS",
    "SQS",
    "SSO",
    "SSO_OIDC",
    "STS",
];

/// The options of the command line, empty ones left out, together with the environment and the config files.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    /// The profile of the command line, which comes instead of what the environment says.
    pub(super) asked_profile: Option<&'a str>,
    /// The profile in use: the one asked for, or that of the environment.
    pub(super) named_profile: Option<String>,
    pub(super) endpoint_url: Option<&'a str>,
    pub(super) role_arn: Option<&'a str>,
    pub(super) external_id: Option<&'a str>,
    region: Option<&'a str>,
    env: Env,
    profiles: ProfileSet,
}

/// A value and where it was found, for messages.
struct Found {
    place: String,
    value: String,
}

impl Found {
    fn must_be(self, wanted: &'static str) -> AccessError {
        AccessError::Setting { place: self.place, value: self.value, wanted }
    }
}

impl<'a> Settings<'a> {
    /// Reads the config files.
    pub(super) async fn read(access: &'a Access) -> Result<Self, AccessError> {
        Self::read_from(access, Env::real(), &Fs::real()).await
    }

    async fn read_from(access: &'a Access, env: Env, files: &Fs) -> Result<Self, AccessError> {
        let asked_profile = filled(access.profile.as_deref());
        let named_profile = asked_profile
            .map(str::to_owned)
            .or_else(|| variable(&env, "AWS_PROFILE"))
            .or_else(|| variable(&env, "AWS_DEFAULT_PROFILE"));
        let profiles = profile::load(files, &env, &Default::default(), named_profile.clone().map(Into::into))
            .await
            .map_err(|error| AccessError::ConfigFiles { message: unwrapped(&error) })?;
        let settings = Self {
            asked_profile,
            named_profile,
            endpoint_url: filled(access.endpoint_url.as_deref()),
            role_arn: filled(access.role_arn.as_deref()),
            external_id: filled(access.external_id.as_deref()),
            region: filled(access.region.as_deref()),
            env,
            profiles,
        };
        // Going on without the profile could end in an instance's own role: the wrong account, audited in silence.
        match &settings.named_profile {
            Some(name) if !settings.uses_environment_keys()? && settings.profile_of(name).is_none() => {
                Err(AccessError::UnknownProfile { name: name.clone() })
            }
            _ => Ok(settings),
        }
    }

    /// Whether the keys of the environment are used: they are there, and no profile was asked for instead of them.
    pub(super) fn uses_environment_keys(&self) -> Result<bool, AccessError> {
        if self.asked_profile.is_some() {
            return Ok(false);
        }
        let [id, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| self.variable(name).is_some());
        match (id, secret) {
            (true, false) => Err(AccessError::HalfKeys { missing: "AWS_SECRET_ACCESS_KEY" }),
            (id, _) => Ok(id),
        }
    }

    /// A variable of the environment that is not blank.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        variable(&self.env, name)
    }

    /// The name of the profile in use.
    pub(super) fn profile_name(&self) -> &str {
        self.named_profile.as_deref().unwrap_or("default")
    }

    /// A profile of the config files.
    pub(super) fn profile_of(&self, name: &str) -> Option<&Profile> {
        self.profiles.get_profile(name)
    }

    /// A value of an `sso-session` section; `Err` if there is no such section.
    pub(super) fn of_sso_session(&self, session: &str, key: &str) -> Result<Option<&str>, ()> {
        self.profiles.sso_session(session).map(|section| filled(section.get(key))).ok_or(())
    }

    /// The names of all profiles.
    pub(super) fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.profiles()
    }

    fn profile(&self) -> Option<&Profile> {
        self.profile_of(self.profile_name())
    }

    /// A setting that may be in the environment or in the profile.
    fn value(&self, name: &str, key: &str) -> Option<Found> {
        let in_environment = self.variable(name).map(|value| Found { place: name.to_owned(), value });
        in_environment.or_else(|| {
            let value = filled(self.profile()?.get(key))?.to_owned();
            Some(Found { place: format!("{key} of the profile `{}`", self.profile_name()), value })
        })
    }

    fn switch(&self, name: &str, key: &str) -> Result<bool, AccessError> {
        let Some(found) = self.value(name, key) else { return Ok(false) };
        match found.value.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(found.must_be("true or false")),
        }
    }

    /// Whether FIPS endpoints are asked for.
    pub(super) fn use_fips(&self) -> Result<bool, AccessError> {
        self.switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
    }

    /// Whether dual-stack endpoints are asked for.
    pub(super) fn use_dual_stack(&self) -> Result<bool, AccessError> {
        self.switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
    }

    /// Checks what the environment and the profile say of endpoints: the SDK takes a blank one for a programming error.
    pub(super) fn check_endpoints(&self) -> Result<(), AccessError> {
        if self.endpoint_url.is_some() || self.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", IGNORE_ENDPOINTS)? {
            return Ok(());
        }
        let of_services = SERVICES.iter().flat_map(|service| {
            let variable = format!("AWS_ENDPOINT_URL_{service}");
            [self.exactly(&variable), self.endpoint_of_section(&service.to_ascii_lowercase())]
        });
        let of_all = [self.exactly("AWS_ENDPOINT_URL"), self.endpoint_of_profile()];
        match of_all.into_iter().chain(of_services).flatten().find(|found| !is_endpoint(&found.value)) {
            Some(found) => Err(found.must_be("an endpoint URL, such as http://localhost:4566, or not set")),
            None => Ok(()),
        }
    }

    /// Where services are asked instead of at AWS's own endpoints: in general, then by service. What the command line
    /// asks for comes instead of all others (SDK reference guide, "Service-specific endpoints").
    pub(super) fn endpoints(&self) -> Result<Vec<ServiceEndpoint>, AccessError> {
        if let Some(url) = self.endpoint_url {
            return Ok(vec![ServiceEndpoint::new(None, url)]);
        }
        if self.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", IGNORE_ENDPOINTS)? {
            return Ok(Vec::new());
        }
        let of_all = self.exactly("AWS_ENDPOINT_URL").or_else(|| self.endpoint_of_profile());
        let of_all = of_all.map(|found| ServiceEndpoint::new(None, &found.value));
        let of_service = |service: &&str| {
            let name = service.to_ascii_lowercase();
            let found =
                self.exactly(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.endpoint_of_section(&name))?;
            Some(ServiceEndpoint::new(Some(&name), &found.value))
        };
        Ok(of_all.into_iter().chain(SERVICES.iter().filter_map(of_service)).collect())
    }

    /// A variable as it is, blank or not.
    fn exactly(&self, name: &str) -> Option<Found> {
        Some(Found { place: name.to_owned(), value: self.env.get(name).ok()? })
    }

    fn endpoint_of_profile(&self) -> Option<Found> {
        let value = self.profile()?.get("endpoint_url")?.to_owned();
        Some(Found { place: format!("endpoint_url of the profile `{}`", self.profile_name()), value })
    }

    /// What the `services` section of the profile says of one service.
    fn endpoint_of_section(&self, service: &str) -> Option<Found> {
        let section = filled(self.profile()?.get("services"))?;
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(section)
            .property_name(service)
            .sub_property_name("endpoint_url")
            .build();
        let value = self.profiles.other_sections().get(&key.ok()?)?.clone();
        Some(Found { place: format!("endpoint_url of `{service}` in the services section `{section}`"), value })
    }

    /// The file of certificates that are believed instead of the system's, and the setting that names it.
    pub(super) fn ca_bundle(&self) -> Option<(String, PathBuf)> {
        self.value("AWS_CA_BUNDLE", "ca_bundle").map(|found| (found.place, found.value.into()))
    }

    /// How often a call is tried. `legacy`, the first mode of the AWS command line, is tried as `standard` is.
    ///
    /// The adaptive mode is not the default: its rate limiter learns from the rate so far, which a few requests hardly
    /// show, and answers a single throttled request with some 8 s of silence.
    pub(super) fn retries(&self) -> Result<RetryConfig, AccessError> {
        let attempts = match self.value("AWS_MAX_ATTEMPTS", "max_attempts") {
            None => ATTEMPTS,
            Some(found) => match found.value.parse() {
                Ok(attempts @ 1..) => attempts,
                _ => return Err(found.must_be("a whole number from 1 on")),
            },
        };
        let retries = match self.value("AWS_RETRY_MODE", "retry_mode") {
            None => RetryConfig::standard(),
            Some(found) => match found.value.to_ascii_lowercase().as_str() {
                "standard" | "legacy" => RetryConfig::standard(),
                "adaptive" => RetryConfig::adaptive(),
                _ => return Err(found.must_be("standard, adaptive or legacy")),
            },
        };
        Ok(retries.with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(250)))
    }

    /// The region and whether it is a default that was not named.
    pub(super) fn region(&self) -> Result<(String, bool), AccessError> {
        let named = self
            .region
            .map(str::to_owned)
            .or_else(|| self.variable("AWS_REGION"))
            .or_else(|| self.variable("AWS_DEFAULT_REGION"))
            .or_else(|| filled(self.profile()?.get("region")).map(str::to_owned));
        let Some(name) = named else { return Ok((self.default_region().to_owned(), true)) };
        if is_region_name(&name) { Ok((name, false)) } else { Err(AccessError::Region { name }) }
    }

    /// The partition is known only if a role names it.
    fn default_region(&self) -> &'static str {
        let role = self.role_arn.or_else(|| self.profile()?.get("role_arn"));
        let partition = role.and_then(Arn::parse).and_then(|arn| Partition::named(arn.partition));
        partition.unwrap_or(&PARTITIONS[0]).main_region
    }
}

const IGNORE_ENDPOINTS: &str = "ignore_configured_endpoint_urls";

/// Whether a URL may be an endpoint's.
pub(super) fn is_endpoint(url: &str) -> bool {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_host =
        |host: &str| !host.is_empty() && !host.starts_with(['/', ':', '?', '#']) && !host.contains(char::is_whitespace);
    host.is_some_and(is_host)
}

/// Text without blanks around it, if any is left.
pub(super) fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).ok().and_then(|value| filled(Some(&value)).map(str::to_owned))
}

/// The parser puts its place and its complaint on two lines.
fn unwrapped(error: &profile::ProfileFileLoadError) -> String {
    let lines = [Some(error.to_string()), error.source().map(ToString::to_string)];
    lines.iter().flatten().flat_map(|text| text.split_whitespace()).collect::<Vec<_>>().join(" ")
}
