//! The hosts of the services of which no SDK crate is built in: where a request goes, and what it is signed for.
//!
//! As botocore's endpoint rule sets have it; a combination that they refuse is refused here, for a host that was made up
//! would get requests that were signed for another.

use thiserror::Error;

pub use super::variant::Variant;
use super::{Partition, is_region_name};

/// A service's hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hosts {
    /// The service's name in host names and signatures.
    pub name: &'static str,
    scheme: Scheme,
}

/// How the hosts of a service are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// `NAME.REGION.SUFFIX`: most services.
    Regional,
    /// The same, but for `GovCloud`: its IPv4 hosts are FIPS hosts without `-fips` in the name.
    Queues,
    /// `s3.REGION.SUFFIX`, with `dualstack` in the name instead of another suffix.
    Storage,
    /// One host in each partition.
    Global,
}

/// There is no such host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HostError {
    /// Not a region's name: it would lead elsewhere.
    #[error("`{region}` is not the name of a region, such as us-east-1")]
    Region {
        /// The region asked for.
        region: String,
    },
    /// FIPS is asked for where it is not had.
    #[error(
        "{service} has no FIPS endpoints in the partition {partition} ({region}): unset use_fips_endpoint (AWS_USE_FIPS_ENDPOINT), or name an endpoint"
    )]
    Fips {
        /// The service.
        service: &'static str,
        /// The region's partition.
        partition: &'static str,
        /// The region asked for.
        region: String,
    },
    /// Dual stack is asked for where it is not had.
    #[error(
        "{service} has no dual-stack endpoints in the partition {partition} ({region}): unset use_dualstack_endpoint (AWS_USE_DUALSTACK_ENDPOINT), or name an endpoint"
    )]
    DualStack {
        /// The service.
        service: &'static str,
        /// The region's partition.
        partition: &'static str,
        /// The region asked for.
        region: String,
    },
}

/// What stands for the region of S3's oldest host.
const AWS_GLOBAL: &str = "aws-global";

impl Hosts {
    /// Those of IAM.
    pub const IAM: Self = Self { name: "iam", scheme: Scheme::Global };
    /// Those of Lambda.
    pub const LAMBDA: Self = Self { name: "lambda", scheme: Scheme::Regional };
    /// Those of CloudWatch Observability Access Manager.
    pub const OAM: Self = Self { name: "oam", scheme: Scheme::Regional };
    /// Those of S3, with the bucket in the path.
    pub const S3: Self = Self { name: "s3", scheme: Scheme::Storage };
    /// Those of Security Hub CSPM.
    pub const SECURITY_HUB: Self = Self { name: "securityhub", scheme: Scheme::Regional };
    /// Those of SQS.
    pub const SQS: Self = Self { name: "sqs", scheme: Scheme::Queues };
    /// Those of each service that is known here.
    pub const ALL: [Self; 6] = [Self::IAM, Self::LAMBDA, Self::OAM, Self::S3, Self::SECURITY_HUB, Self::SQS];

    /// The host in a region.
    ///
    /// # Errors
    /// If the region's partition has no such host, or what is given is no region's name.
    pub fn in_region(self, region: &str, variant: Variant) -> Result<String, HostError> {
        if !is_region_name(region) {
            return Err(HostError::Region { region: region.to_owned() });
        }
        let partition = Partition::of_region(region);
        self.refusal(partition, region, variant).map_or(Ok(()), Err)?;
        let Variant { fips, dual_stack } = variant;
        let name = if fips { format!("{}-fips", self.name) } else { self.name.to_owned() };
        Ok(match self.scheme {
            Scheme::Queues if partition.name == "aws-us-gov" && !dual_stack => {
                format!("{}.{region}.{}", self.name, partition.dns_suffix)
            }
            Scheme::Regional | Scheme::Queues => format!("{name}.{region}.{}", partition.suffix(dual_stack)),
            Scheme::Storage if region == AWS_GLOBAL && variant == Variant::default() => {
                format!("{name}.{}", partition.dns_suffix)
            }
            Scheme::Storage => {
                let dual_stack = if dual_stack { ".dualstack" } else { "" };
                format!("{name}{dual_stack}.{}.{}", self.signing_region(region), partition.dns_suffix)
            }
            Scheme::Global => partition.iam.variant(variant).to_owned(),
        })
    }

    /// The region that requests to the host in a region are signed for.
    #[must_use]
    pub fn signing_region(self, region: &str) -> &str {
        match self.scheme {
            Scheme::Global => Partition::of_region(region).main_region,
            Scheme::Storage if region == AWS_GLOBAL => Partition::of_region(region).main_region,
            Scheme::Storage | Scheme::Regional | Scheme::Queues => region,
        }
    }

    fn refusal(self, partition: &'static Partition, region: &str, variant: Variant) -> Option<HostError> {
        let (service, partition_name, region) = (self.name, partition.name, region.to_owned());
        // China's S3 is the one service here that lacks what its partition has.
        let has_fips = partition.has_fips && !(self == Self::S3 && partition_name == "aws-cn");
        if variant.fips && !has_fips {
            return Some(HostError::Fips { service, partition: partition_name, region });
        }
        let lacks = variant.dual_stack && !partition.has_dual_stack;
        lacks.then_some(HostError::DualStack { service, partition: partition_name, region })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Variant = Variant { fips: false, dual_stack: false };
    const DUAL: Variant = Variant { fips: false, dual_stack: true };
    const FIPS: Variant = Variant { fips: true, dual_stack: false };
    const BOTH: Variant = Variant { fips: true, dual_stack: true };

    #[test]
    fn each_partition_has_hosts_of_its_own() {
        for (hosts, region, variant, wanted) in [
            (Hosts::SECURITY_HUB, "us-east-1", PLAIN, "securityhub.us-east-1.amazonaws.com"),
            (Hosts::SECURITY_HUB, "eu-west-3", DUAL, "securityhub.eu-west-3.api.aws"),
            (Hosts::SECURITY_HUB, "us-gov-east-1", BOTH, "securityhub-fips.us-gov-east-1.api.aws"),
            (Hosts::LAMBDA, "cn-northwest-1", DUAL, "lambda.cn-northwest-1.api.amazonwebservices.com.cn"),
            (Hosts::LAMBDA, "eusc-de-east-1", PLAIN, "lambda.eusc-de-east-1.amazonaws.eu"),
            (Hosts::LAMBDA, "us-isof-east-1", FIPS, "lambda-fips.us-isof-east-1.csp.hci.ic.gov"),
            (Hosts::LAMBDA, "xx-nowhere-1", PLAIN, "lambda.xx-nowhere-1.amazonaws.com"),
            (Hosts::SQS, "us-east-1", FIPS, "sqs-fips.us-east-1.amazonaws.com"),
            (Hosts::SQS, "us-gov-west-1", FIPS, "sqs.us-gov-west-1.amazonaws.com"),
            (Hosts::SQS, "us-gov-west-1", BOTH, "sqs-fips.us-gov-west-1.api.aws"),
            (Hosts::S3, "eu-west-1", PLAIN, "s3.eu-west-1.amazonaws.com"),
            (Hosts::S3, "us-east-2", BOTH, "s3-fips.dualstack.us-east-2.amazonaws.com"),
            (Hosts::S3, "cn-north-1", DUAL, "s3.dualstack.cn-north-1.amazonaws.com.cn"),
            (Hosts::S3, "aws-global", PLAIN, "s3.amazonaws.com"),
            (Hosts::IAM, "ap-southeast-6", PLAIN, "iam.amazonaws.com"),
            (Hosts::IAM, "us-east-1", DUAL, "iam.global.api.aws"),
            (Hosts::IAM, "cn-northwest-1", FIPS, "iam-fips.amazonaws.com.cn"),
            (Hosts::IAM, "us-gov-east-1", FIPS, "iam.us-gov.amazonaws.com"),
            (Hosts::IAM, "us-isob-west-1", PLAIN, "iam.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            assert_eq!(hosts.in_region(region, variant).as_deref(), Ok(wanted), "{hosts:?} {region} {variant:?}");
        }
    }

    #[test]
    fn a_global_service_is_signed_for_one_region_of_the_partition() {
        assert_eq!(Hosts::IAM.signing_region("eu-west-1"), "us-east-1");
        assert_eq!(Hosts::IAM.signing_region("cn-northwest-1"), "cn-north-1");
        assert_eq!(Hosts::S3.signing_region("eu-west-1"), "eu-west-1");
        assert_eq!(Hosts::S3.signing_region("aws-global"), "us-east-1");
    }

    #[test]
    fn what_there_is_no_host_for_is_refused() {
        let words = |hosts: Hosts, region: &str, variant| hosts.in_region(region, variant).unwrap_err().to_string();
        assert_eq!(
            words(Hosts::S3, "cn-north-1", FIPS),
            "s3 has no FIPS endpoints in the partition aws-cn (cn-north-1): unset use_fips_endpoint \
             (AWS_USE_FIPS_ENDPOINT), or name an endpoint"
        );
        assert_eq!(
            words(Hosts::SQS, "evil.example/", PLAIN),
            "`evil.example/` is not the name of a region, such as us-east-1"
        );
    }
}
