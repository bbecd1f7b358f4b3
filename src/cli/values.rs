//! The words that options take, and what the help says of each. What they mean is for the modules whose types they are,
//! which know nothing of a command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::finding::Verdict;
use crate::report::{Format, ListFormat};
use crate::template::Language;

impl ValueEnum for Verdict {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Cis => "The benchmark's audit: is the chain there, and is every link intact?",
            Self::Effective => "Is the chain intact, and would a single such event reach a subscriber?",
            Self::SecurityHub => "What will AWS Security Hub CSPM show? A prediction",
        };
        Some(PossibleValue::new(self.words()).help(help))
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Table => "For people",
            Self::Json => "For programs",
            Self::Ndjson => "For log pipelines: one line of JSON per control",
            Self::Csv => "For spreadsheets",
            Self::Markdown => "For pull request comments and job summaries",
            Self::Junit => "For CI servers: test results",
            Self::Sarif => "For code-scanning services and editors: SARIF 2.1.0",
            Self::Ocsf => "For Amazon Security Lake and SIEMs: OCSF compliance findings",
            Self::Asff => "For AWS Security Hub CSPM: findings to import",
            Self::OpenMetrics => "For Prometheus: metrics",
            Self::Github => "For GitHub Actions: annotations and the job summary",
            Self::Html => "A self-contained page to share",
            Self::Waivers => "A file for --waivers to fill in, for what does not pass",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for ListFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Table, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Table => ("table", "For people"),
            Self::Json => ("json", "For programs"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Cloudformation, Self::Terraform]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Cloudformation => ("cloudformation", "AWS CloudFormation, as YAML"),
            Self::Terraform => ("terraform", "Terraform, as HCL"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
