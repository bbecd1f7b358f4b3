//! The rules: those built into the program, in one visible list, or those of a directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::file::{self, RuleError};
use super::{Rule, RuleId};

/// The built-in rule files: name and text.
const FILES: &[(&str, &str)] = &[
    ("3.01-unauthorized-api-calls.toml", include_str!("../../rules/3.01-unauthorized-api-calls.toml")),
    ("3.02-console-sign-in-without-mfa.toml", include_str!("../../rules/3.02-console-sign-in-without-mfa.toml")),
    ("3.03-root-usage.toml", include_str!("../../rules/3.03-root-usage.toml")),
    ("3.04-iam-policy-changes.toml", include_str!("../../rules/3.04-iam-policy-changes.toml")),
    ("3.05-cloudtrail-changes.toml", include_str!("../../rules/3.05-cloudtrail-changes.toml")),
    ("3.06-console-sign-in-failures.toml", include_str!("../../rules/3.06-console-sign-in-failures.toml")),
    ("3.07-kms-key-deletion.toml", include_str!("../../rules/3.07-kms-key-deletion.toml")),
    ("3.08-s3-bucket-policy-changes.toml", include_str!("../../rules/3.08-s3-bucket-policy-changes.toml")),
    ("3.09-config-changes.toml", include_str!("../../rules/3.09-config-changes.toml")),
    ("3.10-security-group-changes.toml", include_str!("../../rules/3.10-security-group-changes.toml")),
    ("3.11-network-acl-changes.toml", include_str!("../../rules/3.11-network-acl-changes.toml")),
    ("3.12-network-gateway-changes.toml", include_str!("../../rules/3.12-network-gateway-changes.toml")),
    ("3.13-route-table-changes.toml", include_str!("../../rules/3.13-route-table-changes.toml")),
    ("3.14-vpc-changes.toml", include_str!("../../rules/3.14-vpc-changes.toml")),
];

/// A set of rules, in the order of their numbers; numbers and slugs are unique.
#[derive(Debug, Clone)]
pub struct Catalog {
    rules: Vec<Rule>,
}

impl Catalog {
    /// The rules built into the program.
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn builtin() -> Result<Self, RuleError> {
        Self::of(FILES.iter().map(|(name, text)| ((*name).to_owned(), file::read(name, text))).collect())
    }

    /// The rules of a directory: every `*.toml` in it.
    ///
    /// # Errors
    /// A directory without rule files, a file that is no rule, a pattern that does not cover what its rule demands, a
    /// number or slug that occurs twice.
    pub fn from_dir(dir: &Path) -> Result<Self, RuleError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            |source| RuleError::Read { path, source }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(dir).map_err(unreadable(dir))? {
            let path = entry.map_err(unreadable(dir))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(RuleError::Empty(dir.to_owned()));
        }
        paths.sort();
        let mut rules = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
            let name = path.display().to_string();
            let rule = file::read(&name, &text)?;
            file::check_pattern(&name, &rule)?;
            rules.push((name, Ok(rule)));
        }
        Self::of(rules)
    }

    fn of(files: Vec<(String, Result<Rule, RuleError>)>) -> Result<Self, RuleError> {
        let mut known: BTreeMap<(&'static str, String), String> = BTreeMap::new();
        let mut rules = Vec::with_capacity(files.len());
        for (file, rule) in files {
            let rule = rule?;
            for (field, value) in [("id", rule.id.to_string()), ("slug", rule.slug.clone())] {
                if let Some(other) = known.insert((field, value.clone()), file.clone()) {
                    return Err(RuleError::Duplicate { file, field, value, other });
                }
            }
            rules.push(rule);
        }
        rules.sort_by_key(|rule| rule.id);
        Ok(Self { rules })
    }

    /// All rules, by number.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of a number.
    #[must_use]
    pub fn get(&self, id: RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{Candidate, Coverage, Pattern, covers};

    fn rules() -> Catalog {
        Catalog::builtin().expect("the built-in rules")
    }

    fn of(id: &str) -> Rule {
        rules().get(RuleId::parse(id).expect("a number")).expect("a rule").clone()
    }

    #[test]
    fn the_list_is_what_is_on_disk_and_everything_is_sound() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let on_disk = Catalog::from_dir(&dir).expect("the files");
        let numbers: Vec<String> = rules().rules().iter().map(|rule| rule.id.to_string()).collect();
        assert_eq!(
            numbers,
            ["3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
        );
        assert_eq!(on_disk.rules().len(), FILES.len());
        for rule in rules().rules() {
            let name = format!("{}.{:02}-{}.toml", rule.id.section, rule.id.number, rule.slug);
            assert!(FILES.iter().any(|(file, _)| *file == name), "{name}");
            let source = rule.event_source.as_deref().unwrap_or_default();
            assert!(rule.requires.source().contains(source), "{}: {source}", rule.id);
            assert!(!rule.references.is_empty(), "{}", rule.id);
        }
    }

    /// Texts of AWS Security Hub for the same controls.
    #[test]
    fn security_hubs_texts_cover_the_controls_but_for_the_narrower_sign_in() {
        let names =
            |names: &str| names.split(' ').map(|name| format!("($.eventName={name})")).collect::<Vec<_>>().join(" || ");
        let policies = "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy";
        let routes = "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute DisassociateRouteTable";
        for (rule, text) in [
            ("3.1", r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#.to_owned()),
            ("3.3", r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#.to_owned()),
            ("3.4", format!("{{($.eventSource=iam.amazonaws.com) && ({})}}", names(policies))),
            ("3.5", format!("{{{}}}", names("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"))),
            ("3.6", r#"{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}"#.to_owned()),
            ("3.13", format!("{{($.eventSource=ec2.amazonaws.com) && ({})}}", names(routes))),
        ] {
            let pattern = Pattern::parse(&text).expect("a pattern");
            assert_eq!(covers(&[Candidate::new(&pattern)], &of(rule).requires), Coverage::Covered, "{rule}");
        }
        let sso = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
        let sso = Pattern::parse(sso).expect("a pattern");
        assert!(matches!(covers(&[Candidate::new(&sso)], &of("3.2").requires), Coverage::Missed(_)));
    }

    #[test]
    fn a_broken_file_is_named_with_its_field() {
        let good = FILES[3].1;
        let error = |text: &str| file::read("my.toml", text).expect_err("a broken file").to_string();
        for (from, to, wanted) in [
            ("id = \"3.4\"", "id = \"three\"", "my.toml: field id: must be a number such as \"3.4\""),
            ("level = 1", "level = 3", "my.toml: field level: must be 1 or 2"),
            ("slug = \"iam-policy-changes\"", "slug = \"IAM policy\"", "my.toml: field slug: must be lower-case words"),
            ("severity = \"low\"", "severity = \"mild\"", "my.toml: field severity: must be \"low\""),
            ("level = 1", "level = 1\ncolour = 2", "unknown field `colour`"),
            ("level = 1", "", "missing field `level`"),
            ("level = 1", "level = ", "line 5"),
            (
                "requires = '''{",
                "requires = '''{ $.a == 1 || ",
                "my.toml: field requires: bad filter pattern at character 7",
            ),
        ] {
            assert!(good.contains(from), "{from}");
            let got = error(&good.replacen(from, to, 1));
            assert!(got.contains(wanted), "{got}");
        }
        let mut narrow = file::read("my.toml", good).expect("a rule");
        narrow.pattern = Pattern::parse("{ $.eventName = PutUserPolicy }").expect("a pattern");
        let missed = file::check_pattern("my.toml", &narrow).expect_err("it misses events").to_string();
        assert!(missed.starts_with("my.toml: field pattern: misses an event that requires demands: {"), "{missed}");
    }

    #[test]
    fn a_number_or_slug_belongs_to_one_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let load = || Catalog::from_dir(dir.path()).expect_err("no rules").to_string();
        assert!(load().starts_with("no rule file (*.toml) in "));
        let write = |name: &str| fs::write(dir.path().join(name), FILES[0].1).expect("a file");
        write("a.toml");
        write("b.toml");
        let got = load();
        assert!(got.contains("b.toml: field id: 3.1 is ") && got.ends_with("a.toml's already"), "{got}");
        let missing = Catalog::from_dir(&dir.path().join("none")).expect_err("no directory").to_string();
        assert!(missing.starts_with("cannot read "), "{missing}");
    }
}
