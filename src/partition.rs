//! AWS's partitions: which regions each has, how its hosts are named, and which of its regions an account opts into.
//!
//! One table, taken from botocore 1.44.8 (28 November 2026): `partitions.json` and the endpoint rule sets. A test
//! evaluates botocore's rules and compares. Where nothing else is named, facts are from there. It knows names only: [`host`]
//! those of hosts, [`principal`] those that services have in policies.

pub mod host;
pub mod principal;
mod variant;

use self::variant::Global;

/// A part of AWS that shares no accounts, credentials or ARNs with the others.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// As ARNs name it: `aws`, `aws-cn`, `aws-us-gov`, …
    pub name: &'static str,
    /// What the names of its hosts end in.
    pub dns_suffix: &'static str,
    /// What the names of hosts that answer over IPv4 and IPv6 end in.
    pub dual_stack_suffix: &'static str,
    /// Whether it has FIPS hosts at all. A service may lack them all the same.
    pub has_fips: bool,
    /// Whether it has dual-stack hosts at all.
    pub has_dual_stack: bool,
    /// The region that its IAM is signed for. It is also the one to ask where no region was named.
    pub main_region: &'static str,
    /// Its regions, without the one that stands for them all.
    pub regions: &'static [&'static str],
    /// What stands for all its regions in the place of one. `None`: nothing does.
    pub global_region: Option<&'static str>,
    /// What the names of its regions begin with: a word and a number follow, as in `eu-west-1`.
    areas: &'static [&'static str],
    /// IAM's hosts.
    iam: Global,
}

/// All of them. The first is that of regions which no other claims.
pub static PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        has_fips: true,
        has_dual_stack: true,
        main_region: "us-east-1",
        regions: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
        global_region: Some("aws-global"),
        areas: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        iam: Global {
            plain: "iam.amazonaws.com",
            dual_stack: "iam.global.api.aws",
            fips: "iam-fips.amazonaws.com",
            fips_dual_stack: "iam-fips.global.api.aws",
        },
    },
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        has_fips: true,
        has_dual_stack: true,
        main_region: "cn-north-1",
        regions: &["cn-north-1", "cn-northwest-1"],
        global_region: Some("aws-cn-global"),
        areas: &["cn"],
        iam: Global {
            plain: "iam.cn-north-1.amazonaws.com.cn",
            dual_stack: "iam.global.api.amazonwebservices.com.cn",
            fips: "iam-fips.amazonaws.com.cn",
            fips_dual_stack: "iam-fips.api.amazonwebservices.com.cn",
        },
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        has_fips: true,
        has_dual_stack: true,
        main_region: "us-gov-west-1",
        regions: &["us-gov-east-1", "us-gov-west-1"],
        global_region: Some("aws-us-gov-global"),
        areas: &["us-gov"],
        // Both of them are FIPS hosts.
        iam: Global {
            plain: "iam.us-gov.amazonaws.com",
            dual_stack: "iam.us-gov.api.aws",
            fips: "iam.us-gov.amazonaws.com",
            fips_dual_stack: "iam.us-gov.api.aws",
        },
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
        has_fips: true,
        has_dual_stack: true,
        main_region: "eusc-de-east-1",
        regions: &["eusc-de-east-1"],
        global_region: None,
        areas: &["eusc-de"],
        iam: Global {
            plain: "iam.eusc-de-east-1.amazonaws.eu",
            dual_stack: "iam.global.api.amazonwebservices.eu",
            fips: "iam-fips.amazonaws.eu",
            fips_dual_stack: "iam-fips.api.amazonwebservices.eu",
        },
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
        has_fips: true,
        has_dual_stack: true,
        main_region: "us-iso-east-1",
        regions: &["us-iso-east-1", "us-iso-west-1"],
        global_region: Some("aws-iso-global"),
        areas: &["us-iso"],
        iam: Global {
            plain: "iam.us-iso-east-1.c2s.ic.gov",
            dual_stack: "iam.api.aws.ic.gov",
            fips: "iam-fips.us-iso-east-1.c2s.ic.gov",
            fips_dual_stack: "iam-fips.api.aws.ic.gov",
        },
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
        has_fips: true,
        has_dual_stack: true,
        main_region: "us-isob-east-1",
        regions: &["us-isob-east-1", "us-isob-west-1"],
        global_region: Some("aws-iso-b-global"),
        areas: &["us-isob"],
        iam: Global {
            plain: "iam.us-isob-east-1.sc2s.sgov.gov",
            dual_stack: "iam.api.aws.scloud",
            fips: "iam-fips.us-isob-east-1.sc2s.sgov.gov",
            fips_dual_stack: "iam-fips.api.aws.scloud",
        },
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
        has_fips: true,
        has_dual_stack: true,
        main_region: "eu-isoe-west-1",
        regions: &["eu-isoe-west-1"],
        global_region: Some("aws-iso-e-global"),
        areas: &["eu-isoe"],
        iam: Global {
            plain: "iam.eu-isoe-west-1.cloud.adc-e.uk",
            dual_stack: "iam.api.cloud-aws.adc-e.uk",
            fips: "iam-fips.cloud.adc-e.uk",
            fips_dual_stack: "iam-fips.api.cloud-aws.adc-e.uk",
        },
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
        has_fips: true,
        has_dual_stack: true,
        main_region: "us-isof-south-1",
        regions: &["us-isof-east-1", "us-isof-south-1"],
        global_region: Some("aws-iso-f-global"),
        areas: &["us-isof"],
        iam: Global {
            plain: "iam.us-isof-south-1.csp.hci.ic.gov",
            dual_stack: "iam.api.aws.hci.ic.gov",
            fips: "iam-fips.csp.hci.ic.gov",
            fips_dual_stack: "iam-fips.api.aws.hci.ic.gov",
        },
    },
];

/// The regions of the partition `aws` that every account has from its start. AWS launched them before 20 March 2019;
/// every region since is one that an account opts into, so that a list of these does not age (Account Management
/// reference guide, "Enable or disable AWS Regions in your account", 28 November 2026).
const ON_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl Partition {
    /// The partition of that name. `None`: one that this version does not know.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.name == name)
    }

    /// The partition that a region belongs to; `aws` for a region that no partition claims, as the AWS SDKs have it.
    #[must_use]
    pub fn of_region(region: &str) -> &'static Self {
        Self::claiming(region).unwrap_or(&PARTITIONS[0])
    }

    /// The partition that lists a region or whose regions are named like it. `None`: no partition claims it.
    #[must_use]
    pub fn claiming(region: &str) -> Option<&'static Self> {
        PARTITIONS.iter().find(|partition| partition.has_region(region))
    }

    /// Whether it lists a region, or names its regions like it.
    #[must_use]
    pub fn has_region(&self, region: &str) -> bool {
        self.global_region == Some(region)
            || self.regions.contains(&region)
            || self.areas.iter().any(|area| is_named_after(area, region))
    }

    /// What the names of its hosts end in.
    #[must_use]
    pub fn suffix(&self, dual_stack: bool) -> &'static str {
        if dual_stack { self.dual_stack_suffix } else { self.dns_suffix }
    }
}

/// The names of all partitions.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTITIONS.iter().map(|partition| partition.name)
}

/// `AREA-word-number`: the word has no hyphen, so that `us` does not claim `us-gov-west-1`.
fn is_named_after(area: &str, region: &str) -> bool {
    let rest = region.strip_prefix(area).and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.split_once('-')).is_some_and(|(word, number)| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !word.is_empty() && word.chars().all(is_word) && is_number(number)
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Whether a text can be a region's name, of a partition that is known or not: one label of a host name, in lower case.
/// What can be one puts nothing else into an address.
#[must_use]
pub fn is_region_name(text: &str) -> bool {
    let is_of_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(is_of_label) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whether a text has the form that all regions' names have: words and a number, as `us-gov-west-1`.
#[must_use]
pub fn is_region_form(text: &str) -> bool {
    let words = text.rsplit_once('-').filter(|(_, number)| is_number(number)).map(|(words, _)| words);
    is_region_name(text) && !text.contains("--") && words.is_some_and(|words| words.contains('-'))
}

/// Whether an account has to opt into a region of a partition, as an ARN names both. Only `aws` has such regions.
#[must_use]
pub fn is_opt_in(partition: &str, region: &str) -> bool {
    partition == "aws" && is_region_name(region) && !ON_BY_DEFAULT.contains(&region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_shows_its_partition_by_its_name() {
        for (region, partition) in [
            ("us-east-1", Some("aws")),
            ("ap-southeast-6", Some("aws")),
            ("mx-north-12", Some("aws")),
            ("aws-global", Some("aws")),
            ("cn-north-1", Some("aws-cn")),
            ("cn-south-3", Some("aws-cn")),
            ("us-gov-west-1", Some("aws-us-gov")),
            ("us-gov-north-1", Some("aws-us-gov")),
            ("eusc-de-east-1", Some("aws-eusc")),
            ("eusc-de-west-2", Some("aws-eusc")),
            ("us-iso-east-1", Some("aws-iso")),
            ("us-isob-east-1", Some("aws-iso-b")),
            ("eu-isoe-west-1", Some("aws-iso-e")),
            ("us-isof-south-1", Some("aws-iso-f")),
            ("aws-iso-f-global", Some("aws-iso-f")),
            ("eusc-fr-east-1", None),
            ("xx-nowhere-1", None),
            ("us-east", None),
            ("us-east-1a", None),
            ("us--1", None),
            ("us-east-1.example.com", None),
            ("us-east-1\n", None),
            ("", None),
        ] {
            assert_eq!(Partition::claiming(region).map(|partition| partition.name), partition, "{region}");
            assert_eq!(Partition::of_region(region).name, partition.unwrap_or("aws"), "{region}");
        }
    }

    #[test]
    fn each_region_is_of_one_partition() {
        for partition in &PARTITIONS {
            for region in partition.regions.iter().chain(&partition.global_region) {
                let found: Vec<_> = PARTITIONS.iter().filter(|other| other.has_region(region)).collect();
                assert_eq!(found, [partition], "{region}");
                assert!(is_region_name(region), "{region}");
            }
            assert!(partition.regions.contains(&partition.main_region), "{}", partition.name);
            assert_eq!(Partition::named(partition.name), Some(partition));
        }
        assert_eq!(Partition::named("aws-new"), None);
    }

    /// Account Management reference guide.
    #[test]
    fn every_region_after_march_2019_is_opted_into() {
        for region in ["ap-east-1", "me-south-1", "ap-southeast-6", "sa-west-1", "me-west-1", "eu-west-9", "xx-new-1"] {
            assert!(is_opt_in("aws", region), "{region}");
        }
        for (partition, region) in [
            ("aws", "us-east-1"),
            ("aws", "eu-north-1"),
            ("aws", "ap-northeast-3"),
            ("aws", ""),
            ("aws-cn", "cn-north-1"),
            ("aws-us-gov", "us-gov-east-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ] {
            assert!(!is_opt_in(partition, region), "{region}");
        }
        assert_eq!(PARTITIONS[0].regions.iter().filter(|region| !is_opt_in("aws", region)).count(), 17);
    }

    #[test]
    fn all_regions_have_the_form_of_one() {
        for region in PARTITIONS.iter().flat_map(|partition| partition.regions.iter().copied()) {
            assert!(is_region_form(region), "{region}");
        }
        for bad in ["nowhere", "eu", "eu-west", "eu--1", "west-1", "EU-WEST-1", "eu-west-1a", ""] {
            assert!(!is_region_form(bad), "{bad}");
        }
    }

    #[test]
    fn a_region_is_one_label_of_a_host() {
        for good in ["us-east-1", "xx-nowhere-1", "local", "a"] {
            assert!(is_region_name(good), "{good}");
        }
        let long = "a".repeat(64);
        for bad in
            ["", "-us", "us-", "us.east", "us/east", "us east", "US-EAST-1", "us@evil", "ü-1", "us:1", "a\n", &long]
        {
            assert!(!is_region_name(bad), "{bad}");
        }
    }
}
