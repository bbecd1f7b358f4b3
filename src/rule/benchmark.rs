//! The versions of the CIS AWS Foundations Benchmark that have monitoring controls.

use std::fmt;
use std::str::FromStr;

/// A version of the benchmark. Ordered by age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Benchmark {
    /// 1.2.0, of 2018: controls 3.1 to 3.14.
    #[default]
    V1_2_0,
    /// 1.3.0: the controls become 4.1 to 4.14, and 4.15 is added.
    V1_3_0,
    /// 1.4.0.
    V1_4_0,
    /// 1.5.0: 4.16 is added.
    V1_5_0,
    /// 2.0.0: shorter titles.
    V2_0_0,
    /// 3.0.0.
    V3_0_0,
    /// 4.0.1.
    V4_0_1,
    /// 5.0.0.
    V5_0_0,
    /// 6.0.0: the controls become 5.1 to 5.16.
    V6_0_0,
    /// 7.0.0.
    V7_0_0,
}

impl Benchmark {
    /// All versions, the oldest first.
    pub const ALL: [Self; 10] = [
        Self::V1_2_0,
        Self::V1_3_0,
        Self::V1_4_0,
        Self::V1_5_0,
        Self::V2_0_0,
        Self::V3_0_0,
        Self::V4_0_1,
        Self::V5_0_0,
        Self::V6_0_0,
        Self::V7_0_0,
    ];

    /// The version's number, as reports and arguments spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_2_0 => "1.2.0",
            Self::V1_3_0 => "1.3.0",
            Self::V1_4_0 => "1.4.0",
            Self::V1_5_0 => "1.5.0",
            Self::V2_0_0 => "2.0.0",
            Self::V3_0_0 => "3.0.0",
            Self::V4_0_1 => "4.0.1",
            Self::V5_0_0 => "5.0.0",
            Self::V6_0_0 => "6.0.0",
            Self::V7_0_0 => "7.0.0",
        }
    }
}

impl fmt::Display for Benchmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Benchmark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|version| version.as_str() == text).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|version| version.as_str()).collect();
            format!("no such version: there are {}", known.join(", "))
        })
    }
}
