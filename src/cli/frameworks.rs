//! The frameworks that `--framework` takes, for its help. What it does is for [`crate::app`], which reads them from the
//! controls: rule files may name others.

/// Those to whose requirements the built-in controls are mapped, by name.
const NAMES: [&str; 36] = [
    "ASD Essential Eight 2023-11",
    "ASD Essential Eight ACSC ML3",
    "AWS Well-Architected, security pillar",
    "BSI C5 2025",
    "CIS Controls v8",
    "CIS Controls v8.1",
    "CISA Cyber Essentials",
    "CMMC 2.0",
    "CSA CCM 4.0.13",
    "DORA 2022/2554",
    "ENS RD 311/2022",
    "EU GMP Annex 11",
    "FDA 21 CFR Part 11",
    "FFIEC CAT",
    "FINOS CCC 2025.10",
    "FedRAMP 20x FRR Class C 2026.09.13.02",
    "FedRAMP 20x KSI 2026.07.14.01",
    "FedRAMP Low r4",
    "FedRAMP Moderate r4",
    "GDPR 2016/679",
    "HIPAA Security Rule (45 CFR 164)",
    "ISO/IEC 27001:2022",
    "KISA ISMS-P 2023",
    "MITRE ATT&CK Enterprise",
    "NIS2 2022/2555",
    "NIST CSF 1.1",
    "NIST SP 800-171 r2",
    "NIST SP 800-172",
    "NIST SP 800-53 r4",
    "NIST SP 800-53 r5",
    "NYDFS 23 NYCRR 500",
    "PCI DSS 3.2.1 (retired)",
    "RBI Cyber Security Framework (UCB)",
    "RBI IT Framework for NBFC",
    "SOC 2 (TSC 2017)",
    "SecNumCloud 3.2",
];

/// What `--framework` does to a report.
pub(super) const GROUPED: &str =
    "Also group the report by the requirements of this framework, with the source of each mapping";

/// The help of `--framework` in full: what it does, and what may be given.
pub(super) fn with_names(what: &str) -> String {
    format!(
        "{what}. NAME is one of these, or a part that only one of them has (some are of controls that only later versions \
         of the benchmark have): {}",
        NAMES.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rule::Benchmark;
    use crate::rule::catalog::Catalog;

    #[test]
    fn the_help_names_the_frameworks_of_the_built_in_controls() {
        let catalogs = Benchmark::ALL.map(|version| Catalog::builtin(version).expect("the built-in controls"));
        let requirements = catalogs.iter().flat_map(|it| it.rules()).flat_map(|rule| &rule.requirements);
        let known: BTreeSet<&str> = requirements.map(|requirement| requirement.framework.as_str()).collect();
        assert_eq!(known.into_iter().collect::<Vec<_>>(), NAMES);
    }
}
