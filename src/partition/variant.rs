//! The variants in which a service may have its hosts: with cryptography that FIPS 140 validates, over IPv4 and IPv6, both
//! or neither. It knows no service and no partition: which of them has which variant is in the table of partitions, and
//! which is refused is for [`host`](super::host).

/// Which of a service's hosts is wanted (`use_fips_endpoint` and `use_dualstack_endpoint` of the AWS config files).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Variant {
    /// With cryptography that FIPS 140 validates.
    pub fips: bool,
    /// Over IPv4 and IPv6.
    pub dual_stack: bool,
}

/// The hosts of a global service in a partition.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Global {
    pub(super) plain: &'static str,
    pub(super) dual_stack: &'static str,
    pub(super) fips: &'static str,
    pub(super) fips_dual_stack: &'static str,
}

impl Global {
    /// The host of a variant.
    pub(super) fn variant(&self, variant: Variant) -> &'static str {
        match (variant.fips, variant.dual_stack) {
            (false, false) => self.plain,
            (false, true) => self.dual_stack,
            (true, false) => self.fips,
            (true, true) => self.fips_dual_stack,
        }
    }
}
