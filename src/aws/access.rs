//! How to reach AWS: what the user asks for, and why there may be no way. Words only: `settings` finds what was not asked
//! for, `credentials` who asks, and `connection` makes of both what clients are made from.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// How to reach AWS: what the user asked for on the command line; everything else comes from the standard environment
/// and config files.
#[derive(Debug, Clone)]
pub struct Access {
    /// A profile of the config files, instead of `AWS_PROFILE` and of keys in the environment.
    pub profile: Option<String>,
    /// The region to ask, instead of `AWS_REGION` and the profile's.
    pub region: Option<String>,
    /// Further regions, in which only what is reported about a region itself is asked.
    pub further_regions: Vec<String>,
    /// Where all services are, instead of AWS and of `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// A role to assume with the credentials found.
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// How long one operation may take, retries included.
    pub timeout: Duration,
    /// To whom each request is shown, with its timing and nothing secret. `None`: to nobody.
    pub debug: Option<Show>,
    /// Who is asked for the code of an MFA device.
    pub ask: Ask,
    /// How long the reading of an account may take. What was not read by then is a gap.
    pub deadline: Duration,
    /// Optional calls are not made in an audit.
    pub skip_optional: bool,
}

/// Shows a line to the person who runs the program.
pub type Show = fn(&str);

/// Asks the person at the terminal with a prompt: a line, or `None` where there is no terminal.
pub type Ask = fn(&str) -> io::Result<Option<String>>;

/// Why there is no way to AWS.
#[derive(Debug, Error)]
pub enum AccessError {
    /// Nothing in the environment, the config files or the metadata services gives credentials.
    #[error("no AWS credentials{}", where_to_get_them(.profile.as_deref()))]
    NoCredentials {
        /// The profile that was asked for.
        profile: Option<String>,
    },
    /// One of the two variables that belong together.
    #[error("no AWS credentials: AWS_ACCESS_KEY_ID is set and {missing} is not; set both, or none to use a profile")]
    HalfKeys {
        /// The variable that is not set.
        missing: &'static str,
    },
    /// No such profile.
    #[error("no profile `{name}` in the AWS config files: `aws configure list-profiles` shows those that exist")]
    UnknownProfile {
        /// The name asked for.
        name: String,
    },
    /// A profile that contradicts itself or lacks something.
    #[error("the profile `{name}` cannot be used: {problem}")]
    Profile {
        /// Its name.
        name: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The config files cannot be read.
    #[error("cannot read the AWS config files: {message}")]
    ConfigFiles {
        /// What is wrong with them.
        message: String,
    },
    /// A setting of the environment or of a profile has a value that means nothing.
    #[error("{place} is `{value}`: it must be {wanted}")]
    Setting {
        /// The variable, or the profile's key.
        place: String,
        /// What is there.
        value: String,
        /// What may be there.
        wanted: &'static str,
    },
    /// FIPS endpoints are AWS's own.
    #[error(
        "FIPS endpoints (AWS_USE_FIPS_ENDPOINT or use_fips_endpoint) and the endpoint {url} cannot be used together: remove one of them"
    )]
    FipsEndpoint {
        /// The endpoint.
        url: String,
    },
    /// The file of certificates cannot be used.
    #[error("{place}: {} {problem}", .file.display())]
    Certificates {
        /// The setting that names the file.
        place: String,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A source of credentials failed.
    #[error("cannot get AWS credentials from {from}: {message}{hint}")]
    Credentials {
        /// The source.
        from: String,
        /// Its message.
        message: String,
        /// What to do; empty, or starting with a semicolon.
        hint: String,
    },
    /// A web identity's token cannot be read.
    #[error("cannot read the web identity token {file} ({place}): {problem}")]
    TokenFile {
        /// The file.
        file: String,
        /// The setting that names it.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A web identity without a role.
    #[error(
        "{place} names a web identity token, and nothing names the role to assume with it: set AWS_ROLE_ARN, or role_arn in the profile"
    )]
    NoWebRole {
        /// The setting that names the token's file.
        place: String,
    },
    /// An MFA code was not to be had.
    #[error("the profile `{profile}` asks for an MFA code (mfa_serial {serial}): {problem}")]
    Mfa {
        /// The profile.
        profile: String,
        /// The device.
        serial: String,
        /// Why there is none, and what to do.
        problem: String,
    },
    /// A role cannot be assumed.
    #[error("cannot assume the role {role}: {message}{hint}")]
    Role {
        /// Its ARN, and whose it is.
        role: String,
        /// STS's message.
        message: String,
        /// What to do; empty, or starting with a semicolon.
        hint: String,
    },
    /// Not a region's name.
    #[error("`{name}` is not the name of a region, such as us-east-1")]
    Region {
        /// The name asked for.
        name: String,
    },
    /// Not an endpoint.
    #[error("`{url}` is not an endpoint URL, such as http://localhost:4566")]
    Endpoint {
        /// The URL asked for.
        url: String,
    },
}

fn where_to_get_them(profile: Option<&str>) -> String {
    match profile {
        Some(name) => format!(
            " for the profile `{name}`: it has no keys, role, SSO or sign-in session and no credential_process, and this \
             machine has no role of its own; `aws configure --profile {name}`, `aws configure sso --profile {name}` or \
             `aws login --profile {name}` sets it up"
        ),
        None => {
            ": name a profile with AWS_PROFILE or --profile (`aws configure list-profiles` shows those that exist), or \
                 set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                .to_owned()
        }
    }
}
