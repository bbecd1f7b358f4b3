//! What a report, or a list, can be written as.

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For log pipelines: one line of JSON per control
    Ndjson,
    /// For spreadsheets
    Csv,
    /// For pull request comments and job summaries
    Markdown,
    /// For CI servers: test results
    Junit,
    /// For code-scanning services and editors: SARIF 2.1.0
    Sarif,
    /// For Amazon Security Lake and SIEMs: OCSF compliance findings
    Ocsf,
    /// For AWS Security Hub CSPM: findings to import
    Asff,
    /// For Prometheus: metrics
    OpenMetrics,
    /// For GitHub Actions: annotations and the job summary
    Github,
    /// A self-contained page to share
    Html,
    /// A file of waivers to fill in, for what does not pass
    Waivers,
}

impl Format {
    /// Whether it shows of many saved accounts what [`Finding::reduce`](crate::finding::Finding::reduce) drops: the results
    /// in JSON are copied, and a page of many accounts shows no chain.
    #[must_use]
    pub fn shows_whole_findings(self) -> bool {
        !matches!(self, Self::Json | Self::Ndjson | Self::Html)
    }

    /// All formats, in the order of the help.
    pub const ALL: [Self; 13] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Junit,
        Self::Sarif,
        Self::Ocsf,
        Self::Asff,
        Self::OpenMetrics,
        Self::Github,
        Self::Html,
        Self::Waivers,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Ocsf => "ocsf",
            Self::Asff => "asff",
            Self::OpenMetrics => "openmetrics",
            Self::Github => "github",
            Self::Html => "html",
            Self::Waivers => "waivers",
        }
    }
}

/// A format of what is no report: lists, plans, matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}
