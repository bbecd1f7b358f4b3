//! Links to monitoring accounts, with which an account shares what CloudWatch observes, as the API says them: no
//! judgement.

use serde::{Deserialize, Serialize};

/// The links that were read in one region (`ListLinks` of CloudWatch Observability Access Manager).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionLinks {
    /// The region asked.
    pub region: String,
    /// The links.
    pub links: Vec<MonitoringLink>,
}

/// A link to the sink of a monitoring account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitoringLink {
    /// `Arn`.
    pub arn: String,
    /// `SinkArn`: of the monitoring account.
    pub sink_arn: String,
    /// `ResourceTypes`: what is shared, `AWS::CloudWatch::Metric` and others.
    pub resource_types: Vec<String>,
}

impl MonitoringLink {
    /// Whether metrics are shared.
    #[must_use]
    pub fn shares_metrics(&self) -> bool {
        self.resource_types.iter().any(|kind| kind == "AWS::CloudWatch::Metric")
    }
}
