//! Which control the name of a metric filter, metric or alarm says that it is for.
//!
//! Nothing is judged by a name. A name only says which filter was meant for a control that no filter serves, and which of
//! several filters a finding is about. A name that is not clear says nothing.

use std::sync::{Arc, LazyLock};

use super::catalog::Catalog;
use super::{Benchmark, Rule};

/// What built-in controls are called, by their slugs: in lower case, without anything between words and without a plural at the
/// end. Each is long enough to be found inside a longer name.
const PHRASES: [(&str, &[&str]); 15] = [
    ("unauthorized-api-calls", &["unauthorizedapicall", "unauthorisedapicall"]),
    (
        "console-sign-in-without-mfa",
        &[
            "signinwithoutmfa",
            "signinwithnomfa",
            "loginwithoutmfa",
            "loginwithnomfa",
            "nomfaconsolesignin",
            "nomfaconsolelogin",
            "consoleaccesswithoutmfa",
        ],
    ),
    ("root-usage", &["rootaccountuse", "rootaccountusage", "useofrootaccount", "usageofrootaccount", "rootuserusage"]),
    ("iam-policy-changes", &["iampolicychange"]),
    (
        "cloudtrail-changes",
        &["cloudtrailchange", "cloudtrailconfigurationchange", "cloudtrailconfigchange", "cloudtrailcfgchange"],
    ),
    (
        "console-sign-in-failures",
        &[
            "consolesigninfailure",
            "consoleloginfailure",
            "consoleauthenticationfailure",
            "failedconsolesignin",
            "failedconsolelogin",
        ],
    ),
    (
        "kms-key-deletion",
        &["disableordeletecmk", "disabledordeletedcmk", "disableordeletekmskey", "kmskeydeletion", "cmkdeletion"],
    ),
    ("s3-bucket-policy-changes", &["s3bucketpolicychange"]),
    ("config-changes", &["awsconfigchange", "awsconfigurationchange"]),
    ("security-group-changes", &["securitygroupchange"]),
    ("network-acl-changes", &["networkaclchange", "naclchange"]),
    ("network-gateway-changes", &["networkgatewaychange", "networkgwchange"]),
    ("route-table-changes", &["routetablechange"]),
    ("vpc-changes", &[]),
    ("organizations-changes", &["organizationchange", "organizationschange"]),
];

/// What is called so only as a whole: inside a longer name these say too little.
const WHOLE: [(&str, &str); 4] = [
    ("root-usage", "rootusage"),
    ("cloudtrail-changes", "cloudtrailcfgchange"),
    ("config-changes", "configchange"),
    ("vpc-changes", "vpcchange"),
];

/// Words at the ends of a name that say nothing of what it is for.
const BEFORE: [&str; 2] = ["cis", "aws"];
const AFTER: [&str; 7] = ["metricfilter", "filter", "metric", "alarm", "count", "event", "s"];

/// The place among these controls of the one that a name is clear about.
pub(crate) fn control_of(name: &str, rules: &[Arc<Rule>]) -> Option<usize> {
    let squeezed: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let by_words = slugs(&squeezed);
    let named = |rule: &Rule| {
        let by_word = by_words.contains(&rule.slug.as_str()) || rule.files.is_some() && is_own(&squeezed, &rule.slug);
        by_word || is_numbered(name, rule)
    };
    // A name that says another control, which is not among these, is not clear.
    let others = by_words.iter().any(|slug| rules.iter().all(|rule| rule.slug != *slug));
    let mut found = rules.iter().enumerate().filter(|(_, rule)| named(rule)).map(|(at, _)| at);
    let first = found.next().filter(|_| !others)?;
    found.next().is_none().then_some(first)
}

/// The slug of the built-in control that the names of a metric filter and its metrics are clear about.
pub(crate) fn slug_of<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<&'static str> {
    // The newest version has the controls of all.
    static BUILTIN: LazyLock<Option<Catalog>> =
        LazyLock::new(|| Catalog::builtin_without_claims(Benchmark::ALL.last().copied()?).ok());
    let rules = BUILTIN.as_ref()?.rules();
    let mut named = names.into_iter().filter_map(|name| control_of(name, rules));
    let first = named.next()?;
    let slug = rules.get(first).map(|rule| rule.slug.as_str());
    slug.filter(|_| named.all(|other| other == first))
}

/// The built-in controls that a squeezed name has phrases of.
fn slugs(squeezed: &str) -> Vec<&'static str> {
    let by_phrase = PHRASES.iter().filter(|(_, phrases)| phrases.iter().any(|phrase| squeezed.contains(phrase)));
    let mut found: Vec<&str> = by_phrase.map(|(slug, _)| *slug).collect();
    let core = core(squeezed);
    found.extend(
        WHOLE
            .iter()
            .filter(|(slug, phrase)| core == *phrase && !found.contains(slug))
            .map(|(slug, _)| *slug)
            .collect::<Vec<_>>(),
    );
    found
}

/// A squeezed name without the words at its ends that say nothing.
fn core(squeezed: &str) -> &str {
    let mut rest = squeezed;
    loop {
        let before = rest;
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        rest = BEFORE.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
        rest = AFTER.iter().find_map(|word| rest.strip_suffix(word)).unwrap_or(rest);
        if rest == before {
            return rest;
        }
    }
}

/// Whether a name has the slug of a control of one's own, which has at least two words.
fn is_own(squeezed: &str, slug: &str) -> bool {
    slug.contains('-') && squeezed.contains(slug.replace('-', "").trim_end_matches('s'))
}

/// Whether a name has a control's number: that of Security Hub CSPM (`CloudWatch.12`), or, after "CIS", that of the benchmark's version that is
/// judged or of version 1.2.0. Numbers of other versions may mean something else there, as 4.1 does in 1.2.0.
fn is_numbered(name: &str, rule: &Rule) -> bool {
    if !rule.is_benchmarks {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let hub = rule.security_hub.as_ref().map(|hub| hub.control.to_ascii_lowercase());
    let first = rule.editions.iter().filter(|edition| edition.benchmark == Benchmark::V1_2_0).map(|edition| edition.id);
    let mut ids = first.chain([rule.id]);
    hub.is_some_and(|number| has_number(&lower, &number)) || ids.any(|id| follows_cis(&lower, &id.to_string()))
}

/// Whether a name has a number as it is written, which no digit follows.
fn has_number(name: &str, number: &str) -> bool {
    name.split(number).skip(1).any(|rest| !rest.starts_with(is_digit))
}

/// Whether "CIS", or "CIS AWS", is followed by a number, and by no further one; its two parts may be divided by any one sign.
fn follows_cis(name: &str, number: &str) -> bool {
    let is_sign = |letter: char| !letter.is_ascii_alphanumeric();
    let Some((section, place)) = number.split_once('.') else { return false };
    name.split("cis").skip(1).any(|rest| {
        let rest = rest.trim_start_matches(is_sign);
        let rest = rest.strip_prefix("aws").unwrap_or(rest).trim_start_matches(is_sign);
        let place_on = rest.strip_prefix(section).and_then(|rest| rest.strip_prefix(is_sign));
        // 3.1 is not 3.12, and 3.1.2 is a version.
        let end = place_on.and_then(|rest| rest.strip_prefix(place)).filter(|rest| !rest.starts_with(is_digit));
        end.is_some_and(|rest| !rest.trim_start_matches(is_sign).starts_with(is_digit))
    })
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::catalog::Catalog;

    fn number(name: &str) -> Option<String> {
        let catalog = Catalog::builtin(Benchmark::default()).expect("the rules are sound");
        let rules = catalog.rules();
        control_of(name, rules).and_then(|at| rules.get(at)).map(|rule| rule.id.to_string())
    }

    #[test]
    fn clear_names_say_a_control() {
        for (name, wanted) in [
            ("NetworkGWChanges", "3.12"),
            ("CIS-3.12-NetworkGatewayChanges", "3.12"),
            ("network_gateway_changes", "3.12"),
            ("NoMfaConsoleLogins", "3.2"),
            ("NoMFAConsoleSignin", "3.2"),
            ("console_login_without_mfa", "3.2"),
            ("ConsoleSigninFailures", "3.6"),
            ("CloudTrailCfgChanges", "3.5"),
            ("aws-config-change", "3.9"),
            ("ConfigChangesCount", "3.9"),
            ("cis-vpc-changes", "3.14"),
            ("VPCChangesFilter", "3.14"),
            ("RootUsage", "3.3"),
            ("CIS 3.1", "3.1"),
            ("cis_3_12_alarm", "3.12"),
            ("aws_cis-3-7", "3.7"),
            ("CloudWatch.12", "3.12"),
            ("CloudWatch.1", "3.3"),
        ] {
            assert_eq!(number(name).as_deref(), Some(wanted), "{name}");
        }
    }

    #[test]
    fn other_names_say_none() {
        for name in [
            "",
            "changes",
            "app-config-changes",
            "vpc-endpoint-changes",
            "NatGatewayChanges",
            "TransitGatewayChanges",
            "disk-root-usage",
            "3.12",
            "CIS",
            "CIS-1.2.0-3",
            "CIS-4.12",
            "CIS-3.120",
            "cloudwatch-1",
            "CloudWatch.120",
            // Two controls.
            "SecurityGroupChangesAndRouteTableChanges",
            "CIS-3.12-RouteTableChanges",
            // Not a control of this version.
            "OrganizationsChanges",
        ] {
            assert_eq!(number(name), None, "{name}");
        }
    }

    #[test]
    fn phrases_are_of_built_in_controls() {
        let catalog =
            Catalog::builtin(Benchmark::ALL.last().copied().unwrap_or_default()).expect("the rules are sound");
        let slugs: Vec<&str> = catalog.rules().iter().map(|rule| rule.slug.as_str()).collect();
        for slug in PHRASES.iter().map(|(slug, _)| slug).chain(WHOLE.iter().map(|(slug, _)| slug)) {
            assert!(slugs.contains(slug), "{slug}");
        }
    }
}
