//! Requirements of other frameworks that a control serves, and who says so. Ids only: no text of any framework.
//!
//! What a primary source states of exactly that control is shown always. Everything else is what third parties claim, and
//! is shown only where its framework is asked for.

/// Requirements of one framework that one source maps a control to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The framework with its version, e.g. `NIST SP 800-171 r2`.
    pub framework: String,
    /// The requirements' ids, as the framework spells them.
    pub ids: Vec<String>,
    /// Who says that the control serves them.
    pub claimed_by: String,
    /// What their word is worth.
    pub basis: Basis,
    /// Its framework was asked for by name.
    pub is_chosen: bool,
}

/// What a mapping rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The publisher of the control or of the framework states it.
    Primary,
    /// Others claim it.
    ThirdParty,
}

impl Basis {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Primary, Self::ThirdParty];

    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::ThirdParty => "third_party",
        }
    }
}

impl Requirement {
    /// Whether a report shows it.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.is_chosen || self.basis == Basis::Primary
    }

    /// Each of its ids as a text that needs no other.
    pub fn labels(&self) -> impl Iterator<Item = String> {
        self.ids.iter().map(|id| match self.basis {
            Basis::Primary => format!("{} {id}", self.framework),
            Basis::ThirdParty => format!("{} {id} (third-party mapping: {})", self.framework, self.claimed_by),
        })
    }
}

/// The frameworks that a word names: the one that is called so, letter case and punctuation aside, else those in whose
/// names it is.
#[must_use]
pub fn called<'a>(frameworks: &[&'a str], word: &str) -> Vec<&'a str> {
    let bare = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let word = bare(word);
    if word.is_empty() {
        return Vec::new();
    }
    match frameworks.iter().find(|name| bare(name) == word) {
        Some(name) => vec![name],
        None => frameworks.iter().filter(|name| bare(name).contains(&word)).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::collections::{BTreeMap, BTreeSet};

    use crate::rule::catalog::Catalog;
    use crate::rule::{Benchmark, Rule};

    fn all() -> BTreeMap<String, Vec<Requirement>> {
        let latest = Benchmark::ALL.into_iter().max().expect("there are versions");
        let catalog = Catalog::builtin(latest).expect("the built-in rules");
        catalog.rules().iter().map(|rule| (rule.slug.clone(), rule.requirements.clone())).collect()
    }

    fn ids(rule: &[Requirement], framework: &str) -> Vec<String> {
        rule.iter().filter(|it| it.framework == framework).flat_map(|it| it.ids.clone()).collect()
    }

    /// What AWS states of its controls CloudWatch.1 to 14 (Security Hub CSPM user guide, "Related requirements"), and what
    /// CIS states of all controls about events.
    #[test]
    fn by_default_only_what_a_primary_source_states() {
        let all = all();
        assert_eq!(all.len(), 16);
        let stated: Vec<(&String, &Requirement)> = all
            .iter()
            .flat_map(|(slug, those)| those.iter().map(move |it| (slug, it)))
            .filter(|(_, it)| it.is_shown())
            .collect();
        let names: BTreeSet<&str> = stated.iter().map(|(_, it)| it.framework.as_str()).collect();
        assert_eq!(names, BTreeSet::from(["CIS Controls v8", "CIS Controls v8.1", "NIST SP 800-171 r2"]));
        let pairs =
            |name| stated.iter().filter(|(_, it)| it.framework == name).map(|(_, it)| it.ids.len()).sum::<usize>();
        assert_eq!((pairs("NIST SP 800-171 r2"), pairs("CIS Controls v8"), pairs("CIS Controls v8.1")), (35, 15, 15));
        for (slug, wanted) in [
            ("unauthorized-api-calls", &["3.13.1", "3.14.6", "3.14.7"][..]),
            ("console-sign-in-without-mfa", &[]),
            ("kms-key-deletion", &["3.13.10", "3.13.16", "3.14.6", "3.14.7"]),
            ("network-gateway-changes", &["3.3.1", "3.13.1"]),
            ("organizations-changes", &[]),
            ("security-hub-enabled", &[]),
        ] {
            assert_eq!(ids(&all[slug], "NIST SP 800-171 r2"), wanted, "{slug}");
            let cis = ids(&all[slug], "CIS Controls v8");
            assert_eq!(cis, if slug == "security-hub-enabled" { &[][..] } else { &["8.11"] }, "{slug}");
        }
    }

    /// Rows that a tool copies from a generic rule, ids that the framework does not have, and what one source says and
    /// another that covers the framework does not.
    #[test]
    fn what_sources_contradict_each_other_in_is_left_out() {
        let all = all();
        for (slug, those) in &all {
            for name in ["NIST CSF 2.0", "PCI DSS 4.0", "ISO/IEC 27001:2013", "CIS Controls v7"] {
                assert_eq!(ids(those, name), [""; 0], "{slug}");
            }
            let is_chain = slug != "security-hub-enabled";
            assert!(!is_chain || ids(those, "NIST CSF 1.1").is_empty(), "{slug}");
            assert!(!is_chain || ids(those, "NIST SP 800-53 r4").is_empty(), "{slug}");
            assert!(!is_chain || !ids(those, "CMMC 2.0").contains(&"IR.L2-3.6.1".to_owned()), "{slug}");
            let known = ids(those, "NIST SP 800-53 r5");
            assert_eq!(known, if is_chain { &["AU-6", "AU-6(1)", "AU-7(1)"][..] } else { &[] }, "{slug}");
        }
        assert_eq!(ids(&all["root-usage"], "PCI DSS 3.2.1 (retired)"), ["7.2.1"]);
    }

    #[test]
    fn what_is_claimed_is_shown_where_its_framework_is_asked_for() {
        let catalog = Catalog::builtin(Benchmark::default()).expect("the built-in rules");
        let rule = catalog.rules().iter().find(|rule| rule.slug == "root-usage").expect("3.3");
        let shown =
            |rule: &Rule| rule.related.iter().filter(|it| it.starts_with("ISO/IEC")).cloned().collect::<Vec<_>>();
        assert_eq!(shown(rule), [""; 0]);
        let wanted = [
            "ISO/IEC 27001:2022 A.8.15 (third-party mapping: prowler)",
            "ISO/IEC 27001:2022 A.8.16 (third-party mapping: prowler and kertos)",
        ];
        assert_eq!(shown(&Rule::clone(rule).mapped_to("ISO/IEC 27001:2022")), wanted);
    }

    #[test]
    fn a_framework_is_called_by_its_name_or_a_part_of_it() {
        let known = ["ISO/IEC 27001:2013", "ISO/IEC 27001:2022", "CIS Controls v8", "CIS Controls v8.1"];
        for (word, names) in [
            ("iso-iec-27001-2022", &["ISO/IEC 27001:2022"][..]),
            ("27001", &["ISO/IEC 27001:2013", "ISO/IEC 27001:2022"]),
            ("cis controls v8", &["CIS Controls v8"]),
            ("v8.1", &["CIS Controls v8.1"]),
            ("HIPAA", &[]),
            ("-", &[]),
        ] {
            assert_eq!(called(&known, word), names, "{word}");
        }
    }
}
