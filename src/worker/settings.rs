//! What the function's environment says. The template that deploys it sets every variable.

use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::arn::is_account_id;
use crate::aws::Access;

/// What holds for every event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// The bucket of results.
    pub(super) bucket: String,
    /// Whose it must be.
    pub(super) owner: Option<String>,
    /// The role to assume in each account.
    pub(super) role_name: String,
    /// What that role asks for.
    pub(super) external_id: Option<String>,
    /// Where changes are reported; empty: nowhere.
    pub(super) topic: Option<String>,
    /// Options of the audit: controls, verdict, region, what is read.
    pub(super) options: Vec<String>,
    /// Options of the list: which accounts.
    pub(super) list: Vec<String>,
    /// Accounts of one invocation.
    pub(super) batch: usize,
    /// Findings are imported into Security Hub CSPM, in each account.
    pub(super) security_hub: bool,
}

/// Accounts of one invocation, where nothing is said.
const BATCH: usize = 10;
/// The most: an invocation has 15 minutes.
const MOST: usize = 100;

/// Options that are the worker's own to give, or that nobody can answer.
const OWN: [&str; 24] = [
    "--accounts",
    "--apply",
    "--baseline",
    "--demo",
    "--endpoint-url",
    "--exit-zero",
    "--external-id",
    "--fix",
    "--format",
    "-f",
    "--keep-snapshots",
    "--list",
    "--org",
    "--out",
    "--output",
    "-o",
    "--owner-role-arn",
    "--owner-snapshot",
    "--profile",
    "--resume",
    "--role-arn",
    "--role-name",
    "--shard",
    "--snapshot",
];

impl Settings {
    /// Reads them. `variable`: the value of a variable, if it is set.
    pub(super) fn read(variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let words = |name: &str| -> anyhow::Result<Vec<String>> {
            let words: Vec<String> = set(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
            let option = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
            match words.iter().map(|word| option(word)).find(|word| OWN.contains(&word.as_str())) {
                Some(own) => bail!("{name}: {own} is not for the function to be given"),
                None => Ok(words),
            }
        };
        let batch = match set("CIS_AUDIT_BATCH") {
            None => BATCH,
            Some(text) => {
                let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
                number.with_context(|| format!("CIS_AUDIT_BATCH is {text:?}: it must be a number from 1 to {MOST}"))?
            }
        };
        let owner = set("CIS_AUDIT_BUCKET_OWNER");
        if let Some(owner) = owner.as_ref().filter(|owner| !is_account_id(owner)) {
            bail!("CIS_AUDIT_BUCKET_OWNER is {owner:?}: an account id is 12 digits");
        }
        let security_hub = match set("CIS_AUDIT_SECURITY_HUB").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => bail!("CIS_AUDIT_SECURITY_HUB is {other:?}: it must be true or false"),
        };
        Ok(Self {
            bucket: set("CIS_AUDIT_BUCKET").context("CIS_AUDIT_BUCKET is not set: it names the bucket of results")?,
            owner,
            role_name: set("CIS_AUDIT_ROLE_NAME").unwrap_or_else(|| "cis-audit".to_owned()),
            external_id: set("CIS_AUDIT_EXTERNAL_ID"),
            topic: set("CIS_AUDIT_TOPIC"),
            options: words("CIS_AUDIT_OPTIONS")?,
            list: words("CIS_AUDIT_LIST_OPTIONS")?,
            batch,
            security_hub,
        })
    }

    /// How the function itself reaches AWS: with the credentials that Lambda gives it.
    pub(super) fn access(&self) -> Access {
        Access {
            profile: None,
            region: None,
            further_regions: Vec::new(),
            endpoint_url: None,
            role_arn: None,
            external_id: None,
            timeout: Duration::from_secs(30),
            debug: None,
            ask: |_| Ok(None),
            deadline: Duration::MAX,
            skip_optional: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let find =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Settings::read(&find).map_err(|error| error.to_string())
    }

    #[test]
    fn the_bucket_alone_must_be_named() {
        assert_eq!(parsed(&[]), Err("CIS_AUDIT_BUCKET is not set: it names the bucket of results".to_owned()));
        let settings = parsed(&[("CIS_AUDIT_BUCKET", "results"), ("CIS_AUDIT_TOPIC", "")]).expect("settings");
        assert_eq!((settings.role_name.as_str(), settings.batch, settings.topic), ("cis-audit", 10, None));
    }

    #[test]
    fn options_are_words_and_none_is_the_functions_own() {
        let bucket = ("CIS_AUDIT_BUCKET", "results");
        let settings =
            parsed(&[bucket, ("CIS_AUDIT_OPTIONS", " --benchmark 3.0.0  --skip-optional ")]).expect("settings");
        assert_eq!(settings.options, ["--benchmark", "3.0.0", "--skip-optional"]);
        for (name, value, wanted) in [
            ("CIS_AUDIT_OPTIONS", "--fix", "CIS_AUDIT_OPTIONS: --fix is not for the function to be given"),
            ("CIS_AUDIT_OPTIONS", "-f json=x", "CIS_AUDIT_OPTIONS: -f is not for the function to be given"),
            ("CIS_AUDIT_LIST_OPTIONS", "--out=x", "CIS_AUDIT_LIST_OPTIONS: --out is not for the function to be given"),
            ("CIS_AUDIT_BATCH", "0", "CIS_AUDIT_BATCH is \"0\": it must be a number from 1 to 100"),
            ("CIS_AUDIT_BUCKET_OWNER", "me", "CIS_AUDIT_BUCKET_OWNER is \"me\": an account id is 12 digits"),
            ("CIS_AUDIT_SECURITY_HUB", "yes", "CIS_AUDIT_SECURITY_HUB is \"yes\": it must be true or false"),
        ] {
            assert_eq!(parsed(&[bucket, (name, value)]), Err(wanted.to_owned()));
        }
    }
}
