//! Subscribers' addresses, masked: enough to recognise one's own, not enough to use another's.

use sha2::{Digest as _, Sha256};

/// The endpoint as a report shows it: in full only on request.
#[must_use]
pub fn shown(protocol: &str, endpoint: &str, in_full: bool) -> String {
    if in_full { endpoint.to_owned() } else { self::endpoint(protocol, endpoint) }
}

/// Masks an endpoint of a subscription. Names of queues, functions and the like hold no secret and stay; so does what is
/// masked already.
#[must_use]
pub fn endpoint(protocol: &str, endpoint: &str) -> String {
    match protocol {
        "email" | "email-json" => match endpoint.rsplit_once('@') {
            Some((name, host)) => format!("{}@{host}", head(name, 2)),
            None => head(endpoint, 0),
        },
        "http" | "https" => match endpoint.split_once("://") {
            Some((scheme, rest)) => {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                // What precedes an @ is a name and a password.
                let host = authority.rsplit('@').next().unwrap_or_default();
                format!("{scheme}://{host}/***")
            }
            None => head(endpoint, 0),
        },
        "sms" => {
            let count = endpoint.chars().count();
            let tail: String = endpoint.chars().skip(count.saturating_sub(2)).collect();
            if count > 4 { format!("***{tail}") } else { head(endpoint, 0) }
        }
        "sqs" | "lambda" | "firehose" if endpoint.starts_with("arn:") => endpoint.to_owned(),
        _ => head(endpoint, 0),
    }
}

/// Masks an endpoint so that another one of the same look can be distinguished from it: what is masked ends in a mark
/// that depends on the whole address. A mark is short and shows that something differs; that nothing does is for a
/// plan's fingerprint.
#[must_use]
pub fn marked(protocol: &str, endpoint: &str) -> String {
    let masked = self::endpoint(protocol, endpoint);
    if masked == endpoint {
        return masked;
    }
    let hash = Sha256::digest(format!("{protocol}:{endpoint}"));
    let mark: String = hash.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    format!("{masked}#{mark}")
}

/// An ARN of who asked, without the name of the person: the session of a role, or the user. A role's name stays, and so does
/// what is masked already (IAM user guide, "IAM identifiers"; STS API reference, `GetCallerIdentity`).
#[must_use]
pub fn caller(arn: &str) -> String {
    with_name(arn, |_| head("", 0))
}

/// The same, where only names that are addresses are masked, and recognisable.
#[must_use]
pub fn caller_address(arn: &str) -> String {
    with_name(arn, |name| if name.contains('@') { endpoint("email", name) } else { name.to_owned() })
}

/// An ARN of who asked, with something else for the person's name.
fn with_name(arn: &str, name: impl Fn(&str) -> String) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let Some(resource) = parts.get(5) else { return name(arn) };
    // A role's own ARN, and the root user's, name nobody.
    let is_nobody = *resource == "root" || resource.starts_with("role/");
    match resource.rsplit_once('/') {
        _ if is_nobody => arn.to_owned(),
        Some((before, person)) => {
            // A user's path may say what a person does.
            let before = if before.starts_with("user/") && name(person) != person { "user" } else { before };
            let head = arn.strip_suffix(resource).unwrap_or_default();
            format!("{head}{before}/{}", name(person))
        }
        None => format!("{}{}", arn.strip_suffix(resource).unwrap_or_default(), name(resource)),
    }
}

/// The first letters, if there are more than those, and stars.
fn head(text: &str, letters: usize) -> String {
    let before = text.strip_suffix("***").map(|kept| kept.chars().count());
    if before.is_some_and(|kept| kept == 0 || kept == letters) {
        return text.to_owned();
    }
    let kept = if text.chars().count() > letters { letters } else { 0 };
    let kept: String = text.chars().take(kept).collect();
    format!("{kept}***")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognisable_and_useless() {
        for (protocol, address, shown) in [
            ("email", "oncall@example.com", "on***@example.com"),
            ("email", "ab@example.com", "***@example.com"),
            ("email-json", "a@b@example.com", "a@***@example.com"),
            ("email", "nonsense", "***"),
            ("email", "abc***@example.com", "ab***@example.com"),
            ("https", "https://hooks.example.com/***/secret", "https://hooks.example.com/***"),
            ("https", "https://hooks.example.com/services/T0/secret?key=1", "https://hooks.example.com/***"),
            ("https", "https://user:password@hooks.example.com", "https://hooks.example.com/***"),
            ("http", "nonsense", "***"),
            ("sms", "+15555550123", "***23"),
            ("sms", "911", "***"),
            ("sqs", "arn:aws:sqs:us-east-1:111122223333:q", "arn:aws:sqs:us-east-1:111122223333:q"),
            ("lambda", "secret", "***"),
            ("application", "arn:aws:sns:us-east-1:111122223333:endpoint/GCM/x/y", "***"),
        ] {
            assert_eq!(endpoint(protocol, address), shown, "{protocol} {address}");
            assert_eq!(endpoint(protocol, shown), shown, "{protocol} {shown}");
        }
    }

    #[test]
    fn a_caller_is_shown_without_the_persons_name() {
        for (arn, shown, in_json) in [
            (
                "arn:aws:sts::111122223333:assumed-role/Auditor/ann@example.com",
                "arn:aws:sts::111122223333:assumed-role/Auditor/***",
                "arn:aws:sts::111122223333:assumed-role/Auditor/an***@example.com",
            ),
            (
                "arn:aws:sts::111122223333:assumed-role/Auditor/nightly",
                "arn:aws:sts::111122223333:assumed-role/Auditor/***",
                "arn:aws:sts::111122223333:assumed-role/Auditor/nightly",
            ),
            (
                "arn:aws-cn:iam::111122223333:user/finance/ann@example.com",
                "arn:aws-cn:iam::111122223333:user/***",
                "arn:aws-cn:iam::111122223333:user/an***@example.com",
            ),
            (
                "arn:aws:iam::111122223333:user/finance/ann",
                "arn:aws:iam::111122223333:user/***",
                "arn:aws:iam::111122223333:user/finance/ann",
            ),
            (
                "arn:aws:sts::111122223333:federated-user/ann",
                "arn:aws:sts::111122223333:federated-user/***",
                "arn:aws:sts::111122223333:federated-user/ann",
            ),
            ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
            (
                "arn:aws:iam::111122223333:role/audit/cis-audit",
                "arn:aws:iam::111122223333:role/audit/cis-audit",
                "arn:aws:iam::111122223333:role/audit/cis-audit",
            ),
            ("ann@example.com", "***", "an***@example.com"),
            ("arn:aws:x:::odd", "arn:aws:x:::***", "arn:aws:x:::odd"),
        ] {
            assert_eq!(caller(arn), shown, "{arn}");
            assert_eq!(caller(shown), shown, "{shown}");
            assert_eq!(caller_address(arn), in_json, "{arn}");
            assert_eq!(caller_address(in_json), in_json, "{in_json}");
        }
    }

    #[test]
    fn masked_addresses_stay_distinct() {
        let hook = |path: &str| marked("https", &format!("https://hooks.example.com/{path}"));
        // The first digits of the SHA-256 of `https:` and the address.
        assert_eq!(hook("a"), "https://hooks.example.com/***#cb0893");
        assert_eq!(hook("b"), "https://hooks.example.com/***#8cb9c0");
        assert_ne!(marked("email", "ops@example.com"), marked("email", "opera@example.com"));
        let queue = "arn:aws:sqs:us-east-1:111122223333:q";
        assert_eq!(marked("sqs", queue), queue);
    }
}
