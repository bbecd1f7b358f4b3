//! The rules: those built into the program, in one visible list, or those of files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::{self, RuleError, RuleText};
use super::{Benchmark, Rule, RuleId};

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
    ("4.15-organizations-changes.toml", include_str!("../../rules/4.15-organizations-changes.toml")),
    ("4.16-security-hub-enabled.toml", include_str!("../../rules/4.16-security-hub-enabled.toml")),
];

/// A set of rules, in the order of their numbers; numbers and slugs are unique.
#[derive(Debug, Clone)]
pub struct Catalog {
    rules: Vec<Arc<Rule>>,
}

impl Catalog {
    /// The rules built into the program, as they are in a version of the benchmark.
    ///
    /// # Errors
    /// None that a test would not have found.
    pub fn builtin(benchmark: Benchmark) -> Result<Self, RuleError> {
        Self::of(FILES.iter().map(|(name, text)| ((*name).to_owned(), file::read(name, text))).collect(), benchmark)
    }

    /// The rules of these files, name and text, as they are in a version of the benchmark.
    ///
    /// # Errors
    /// A file that is no rule, a pattern that does not cover what its rule demands, a number or slug that occurs twice.
    pub fn from_files(files: Vec<(String, String)>, benchmark: Benchmark) -> Result<Self, RuleError> {
        let read = |(name, text): (String, String)| {
            let rule = file::read(&name, &text)?;
            rule.check_patterns(&name)?;
            Ok((name, Ok(rule)))
        };
        Self::of(files.into_iter().map(read).collect::<Result<_, RuleError>>()?, benchmark)
    }

    fn of(files: Vec<(String, Result<RuleText, RuleError>)>, benchmark: Benchmark) -> Result<Self, RuleError> {
        let mut known: BTreeMap<(&'static str, String), String> = BTreeMap::new();
        let mut rules = Vec::with_capacity(files.len());
        for (file, rule) in files {
            let Some(rule) = rule?.in_version(benchmark) else { continue };
            for (field, value) in [("id", rule.id.to_string()), ("slug", rule.slug.clone())] {
                if let Some(other) = known.insert((field, value.clone()), file.clone()) {
                    return Err(RuleError::Duplicate { file, field, value, other });
                }
            }
            rules.push(Arc::new(rule));
        }
        rules.sort_by_key(|rule| rule.id);
        Ok(Self { rules })
    }

    /// All rules, by number.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// The rule of a number.
    #[must_use]
    pub fn get(&self, id: RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id).map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail;
    use crate::rule::{Demand, Events};
    use filter_pattern::{Candidate, Coverage, Pattern, covers};

    fn rules() -> Catalog {
        Catalog::builtin(Benchmark::default()).expect("the built-in rules")
    }

    fn of(id: &str) -> Events {
        let rules = rules();
        let rule = rules.get(RuleId::parse(id).expect("a number")).expect("a rule");
        rule.demand.events().expect("a control about events").clone()
    }

    #[test]
    fn the_list_is_what_is_on_disk_and_everything_is_sound() {
        let entries = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")).expect("the directory");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        let files =
            paths.iter().map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("a text")));
        let on_disk = Catalog::from_files(files.collect(), Benchmark::V7_0_0).expect("the files");
        assert_eq!(on_disk.rules().len(), FILES.len());
        for rule in on_disk.rules() {
            let first = &rule.editions[0];
            let name = format!("{}.{:02}-{}.toml", first.id.section, first.id.number, rule.slug);
            assert!(FILES.iter().any(|(file, _)| *file == name), "{name}");
            for events in rule.editions.iter().filter_map(|edition| edition.demand.events()) {
                let source = events.source.as_deref().unwrap_or_default();
                assert!(events.requires.source().contains(source), "{name}: {source}");
            }
            assert!(!rule.references.is_empty(), "{name}");
        }
    }

    #[test]
    fn each_version_has_its_numbers_and_levels() {
        // Of every control by its number in the section: 1 or 2, blank where there is none.
        for (version, section, levels) in [
            (Benchmark::V1_2_0, 3, "11111221222111 "),
            (Benchmark::V1_3_0, 4, "111112212221111"),
            (Benchmark::V1_4_0, 4, "111112212221111"),
            (Benchmark::V1_5_0, 4, "1111122122211112"),
            (Benchmark::V2_0_0, 4, "2111122122211112"),
            (Benchmark::V3_0_0, 4, "2111122122211112"),
            (Benchmark::V4_0_1, 4, "2111122122211112"),
            (Benchmark::V5_0_0, 4, "2111122122211112"),
            (Benchmark::V6_0_0, 5, "2111122122211112"),
            (Benchmark::V7_0_0, 5, "2111122122211112"),
        ] {
            let catalog = Catalog::builtin(version).expect("the built-in rules");
            let got: Vec<(String, u8)> = catalog.rules().iter().map(|rule| (rule.id.to_string(), rule.level)).collect();
            let wanted: Vec<(String, u8)> = levels
                .chars()
                .enumerate()
                .filter_map(|(at, level)| Some((format!("{section}.{}", at + 1), level.to_digit(10)? as u8)))
                .collect();
            assert_eq!(got, wanted, "{version}");
        }
    }

    #[test]
    fn versions_differ_where_the_benchmark_says_so() {
        let in_version = |version, slug: &str| {
            let catalog = Catalog::builtin(version).expect("the built-in rules");
            let rule = catalog.rules().iter().find(|rule| rule.slug == slug).expect(slug);
            rule.demand.events().expect("a control about events").clone()
        };
        let covers_demand = |text: &Pattern, events: &Events| {
            covers(&[Candidate::new(text)], &events.requires, cloudtrail::events()) == Coverage::Covered
        };
        // The exclusions of the first control were joined so that they excluded nothing, then fixed.
        let (old, odd, new) = ("unauthorized-api-calls", Benchmark::V1_4_0, Benchmark::V3_0_0);
        assert!(in_version(odd, old).accepts[0].source().contains("|| ($.eventName!=\"HeadBucket\")"));
        assert_eq!(in_version(odd, old).pattern.source(), in_version(Benchmark::V1_2_0, old).pattern.source());
        assert!(in_version(new, old).accepts.is_empty());
        assert!(covers_demand(&in_version(Benchmark::V1_2_0, old).pattern, &in_version(new, old)));
        assert!(!covers_demand(&in_version(new, old).requires, &in_version(Benchmark::V1_2_0, old)));
        // From 1.4.0 on a filter may leave sign-ins through an identity provider out.
        let sign_in = "console-sign-in-without-mfa";
        let narrow = &in_version(Benchmark::V2_0_0, sign_in).accepts[0];
        assert!(covers_demand(narrow, &in_version(Benchmark::V2_0_0, sign_in)));
        assert!(!covers_demand(narrow, &in_version(Benchmark::V1_3_0, sign_in)));
        // 5.0.0 adds a call that changes security groups.
        let groups = |version| in_version(version, "security-group-changes");
        assert!(!covers_demand(&groups(Benchmark::V4_0_1).pattern, &groups(Benchmark::V5_0_0)));
        assert!(covers_demand(&groups(Benchmark::V7_0_0).pattern, &groups(Benchmark::V4_0_1)));
    }

    /// Texts of AWS Security Hub CSPM for the same controls.
    #[test]
    fn security_hub_patterns_cover_all_but_the_sign_in_control() {
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
            assert_eq!(covers(&[Candidate::new(&pattern)], &of(rule).requires, cloudtrail::events()), Coverage::Covered, "{rule}");
        }
        let sso = r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#;
        let sso = Pattern::parse(sso).expect("a pattern");
        assert!(matches!(
            covers(&[Candidate::new(&sso)], &of("3.2").requires, cloudtrail::events()),
            Coverage::Missed(_)
        ));
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
            ("metric_name = ", "# ", "my.toml: field metric_name: is missing"),
            ("level = 1", "level = 1\ncheck = \"config-enabled\"", "field check: must be \"security-hub-enabled\""),
            (
                "requires = '''{",
                "requires = '''{ $.a == 1 || ",
                "my.toml: field requires: bad filter pattern at character 7",
            ),
            (
                "requires = '''{",
                "requires = '''{ $.a == 1 || ",
                "\ncause: an operator of another language, such as == for =\nrepaired: { $.a = 1 || ",
            ),
            ("since = \"2.0.0\"", "since = \"2.0\"", "my.toml: field since: no such version: there are 1.2.0, 1.3.0"),
            ("since = \"2.0.0\"", "since = \"1.3.0\"", "my.toml: field since: 1.3.0 does not come after 1.3.0"),
            ("since = \"2.0.0\"", "since = \"2.0.0\"\nlevel = 0", "my.toml: field level: must be 1 or 2"),
            ("since = \"2.0.0\"", "colour = 1", "unknown field `colour`"),
        ] {
            assert!(good.contains(from), "{from}");
            let got = error(&good.replacen(from, to, 1));
            assert!(got.contains(wanted), "{got}");
        }
        for (from, to, wanted) in [
            (
                "since = \"2.0.0\"",
                "since = \"2.0.0\"\npattern = '''{ $.eventName = PutUserPolicy }'''",
                "field pattern: in version 2.0.0: misses an event that requires demands: {",
            ),
            (
                "since = \"2.0.0\"",
                "since = \"2.0.0\"\naccepts = ['''{ $.eventName = Put*Policy }''']",
                "field accepts: in version 2.0.0: misses an event",
            ),
        ] {
            let text = file::read("my.toml", &good.replacen(from, to, 1)).expect("a rule");
            let got = text.check_patterns("my.toml").expect_err("it misses events").to_string();
            assert!(got.contains(wanted), "{got}");
        }
    }

    #[test]
    fn a_control_about_a_service_has_no_fields_about_events() {
        let (_, good) = FILES.iter().find(|(name, _)| *name == "4.16-security-hub-enabled.toml").expect("the file");
        let rule = file::read("my.toml", good).expect("a rule");
        assert!(rule.in_version(Benchmark::V1_4_0).is_none());
        for (version, number) in [(Benchmark::V1_5_0, "4.16"), (Benchmark::V5_0_0, "4.16"), (Benchmark::V6_0_0, "5.16")]
        {
            let rule = rule.in_version(version).expect("a control");
            assert_eq!((rule.id.to_string().as_str(), rule.level), (number, 2));
            assert!(matches!(rule.demand, Demand::SecurityHubEnabled));
            assert!(rule.security_hub.is_none());
        }
        let refused = |text: &str, field: &str| {
            let got = file::read("my.toml", text).expect_err("a stray field").to_string();
            assert_eq!(got, format!("my.toml: field {field}: is of controls about events, which this is not"));
        };
        for field in
            ["requires", "pattern", "metric_name", "event_source", "security_hub_control", "security_hub_pattern"]
        {
            refused(&good.replacen("level = 2", &format!("level = 2\n{field} = \"x\""), 1), field);
        }
        refused(&good.replacen("level = 2", "level = 2\nsecurity_hub_versions = []", 1), "security_hub_versions");
        for field in ["requires", "pattern", "printed"] {
            refused(&format!("{good}{field} = \"x\"\n"), field);
        }
        refused(&format!("{good}accepts = []\n"), "accepts");
    }

    #[test]
    fn a_number_or_slug_belongs_to_one_file() {
        let files = ["a.toml", "b.toml"].map(|name| (name.to_owned(), FILES[0].1.to_owned()));
        let error = Catalog::from_files(files.into(), Benchmark::default()).expect_err("two of one number");
        assert_eq!(error.to_string(), "b.toml: field id: 3.1 is a.toml's already");
    }
}
