//! What a fix must know of an account in addition to what an audit reads: what has the names that it would give, and
//! the policies of the queues and functions that it would subscribe.
//!
//! It is kept next to the snapshot, as read at the same moment, and no audit and no report sees it. It asks nothing and
//! judges nothing: which questions there are is for [`questions`](super::questions), and what follows for the planner.
//! **What was not read is not absent**, here as there.

use serde::{Deserialize, Serialize};

/// The answers to a fix's questions that no list of the snapshot holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// What has the names that a fix would give.
    pub sites: Vec<Site>,
    /// The queues and functions that a fix would subscribe.
    pub endpoints: Vec<EndpointPolicy>,
}

impl Survey {
    /// What has a name, if that was asked about.
    #[must_use]
    pub fn site(&self, kind: SiteKind, name: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.kind == kind && site.name == name)
    }

    /// What has a name, if that was read.
    #[must_use]
    pub fn state(&self, kind: SiteKind, name: &str) -> Option<SiteState> {
        self.site(kind, name).and_then(|site| site.state)
    }

    /// The queue or function of this ARN, if it was asked about.
    #[must_use]
    pub fn endpoint(&self, arn: &str) -> Option<&EndpointPolicy> {
        self.endpoints.iter().find(|endpoint| endpoint.arn == arn)
    }

    /// Puts every list into its one order, so that equal accounts give equal bytes.
    pub fn sort(&mut self) {
        self.sites.sort();
        self.endpoints.sort_by(|a, b| a.arn.cmp(&b.arn));
    }
}

/// A name that a fix would give to something new, and what has it. A name that is not listed was not asked about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// What would have the name.
    pub kind: SiteKind,
    /// The bucket's or role's name, the key's alias (`alias/…`, in the region asked for), the log group's ARN.
    pub name: String,
    /// What has it. `None`: that could not be read.
    pub state: Option<SiteState>,
}

/// Kinds of what a fix creates and no list of the snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// An S3 bucket: the name is taken whichever account has it.
    Bucket,
    /// An IAM role.
    Role,
    /// A KMS key, by its alias.
    Key,
    /// A log group, which may be in another region than the one asked for.
    LogGroup,
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteState {
    /// Nothing.
    Missing,
    /// What a fix of this account created: it carries the tag `cis-audit` with the names' prefix as value.
    Ours,
    /// The same, and it can be seen that the fix did not reach its end: a log group without retention, a key without
    /// rotation, a bucket that is not closed to the public.
    HalfMade,
    /// Something else.
    Foreign,
}

/// A queue or function that a fix would subscribe. One that is not listed was not asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointPolicy {
    /// Its ARN.
    pub arn: String,
    /// Whether it exists. `None`: that could not be read.
    pub exists: Option<bool>,
    /// Its own policy (`sqs:GetQueueAttributes` `Policy`, `lambda:GetPolicy`) as JSON text, empty where it has none.
    /// `None`: not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}
