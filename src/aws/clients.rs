//! SDK clients per region, made on demand over one configuration and one HTTP client, and what all of them share. They ask
//! and are asked nothing here: which calls there are, and what their answers mean, is for the files of the services.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::IdentityCache;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;

use super::access::{Access, AccessError};
use super::bounds::Bounds;
use super::caller::Caller;
use super::clock::Clock;
use super::connection::{Connection, connect};
use super::credentials::Origin;
use super::error::{Call, Failure};
use crate::snapshot::ServiceEndpoint;

/// Regions that know no alarms on log queries: there even to ask for them is a mistake.
pub(super) type WithoutLogAlarms = Mutex<BTreeSet<String>>;

/// Per-region SDK clients, made on demand over one shared HTTP client.
#[derive(Debug)]
pub struct Clients {
    config: SdkConfig,
    region: String,
    region_is_default: bool,
    further_regions: Vec<String>,
    endpoints: Vec<ServiceEndpoint>,
    origin: Arc<Origin>,
    clock: Clock,
    bounds: Bounds,
    member: Option<Member>,
    without_log_alarms: WithoutLogAlarms,
    cloudtrail: PerRegion<aws_sdk_cloudtrail::Client>,
    logs: PerRegion<aws_sdk_cloudwatchlogs::Client>,
    cloudwatch: PerRegion<aws_sdk_cloudwatch::Client>,
    sns: PerRegion<aws_sdk_sns::Client>,
    kms: PerRegion<aws_sdk_kms::Client>,
    eventbridge: PerRegion<aws_sdk_eventbridge::Client>,
}

/// What is different where the account is one of many that are read in one run.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Whose account it is, which STS need not be asked: the role says it.
    pub(super) caller: Caller,
    /// What of retries is counted: its own, so that an account that is throttled takes none from the others.
    retries: RetryPartition,
}

impl Clients {
    /// Finds region and credentials. Credentials are fetched here, so that a machine without any is an error within
    /// little more than a second.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn connect(access: &Access) -> Result<Self, AccessError> {
        let connection = connect(access, None).await?;
        Ok(Self::over(connection, Bounds::new(access.timeout, access.deadline, access.skip_optional), None))
    }

    fn over(connection: Connection, bounds: Bounds, member: Option<Member>) -> Self {
        Self {
            config: connection.config,
            region: connection.region,
            region_is_default: connection.region_is_default,
            further_regions: connection.further_regions,
            endpoints: connection.endpoints,
            origin: connection.origin,
            clock: connection.clock,
            bounds,
            member,
            without_log_alarms: WithoutLogAlarms::default(),
            cloudtrail: PerRegion::default(),
            logs: PerRegion::default(),
            cloudwatch: PerRegion::default(),
            sns: PerRegion::default(),
            kms: PerRegion::default(),
            eventbridge: PerRegion::default(),
        }
    }

    /// Clients of another account, or for another reading of the same one: over the same connections, and with nothing
    /// else in common. `credentials`: `None` are these clients' own.
    pub(super) fn of_member(
        &self,
        credentials: Option<(SharedCredentialsProvider, Arc<Origin>)>,
        caller: Caller,
    ) -> Self {
        let retries = RetryPartition::custom(caller.account_id.clone()).build();
        let (config, origin) = match credentials {
            // They live for longer than a reading may take: none of them is fetched twice.
            Some((credentials, origin)) => {
                let config = self.config.to_builder().credentials_provider(credentials);
                (config.identity_cache(IdentityCache::no_cache()).build(), origin)
            }
            None => (self.config.clone(), Arc::clone(&self.origin)),
        };
        let connection = Connection {
            config,
            region: self.region.clone(),
            region_is_default: self.region_is_default,
            further_regions: self.further_regions.clone(),
            endpoints: self.endpoints.clone(),
            clock: self.clock.clone(),
            origin,
        };
        Self::over(connection, self.bounds.anew(), Some(Member { caller, retries }))
    }

    /// Clients of the account of a profile, over the same connections.
    pub(super) async fn of_profile(&self, access: &Access, profile: &str) -> Result<Self, AccessError> {
        let access = Access { profile: Some(profile.to_owned()), role_arn: None, external_id: None, ..access.clone() };
        let http = self.config.http_client().map(|http| (http, self.clock.clone()));
        let connection = connect(&access, http).await?;
        Ok(Self::over(connection, self.bounds.anew(), None))
    }

    /// What is different where the account is one of many.
    pub(super) fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    fn retries(&self) -> Option<RetryPartition> {
        self.member.as_ref().map(|member| member.retries.clone())
    }

    /// The region asked for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The region was named nowhere: the default was taken.
    #[must_use]
    pub fn region_is_default(&self) -> bool {
        self.region_is_default
    }

    /// Further regions, in which only what is reported about a region itself is asked.
    pub(super) fn further_regions(&self) -> &[String] {
        &self.further_regions
    }

    /// Where services are asked instead of at AWS's own endpoints.
    pub(super) fn endpoints(&self) -> &[ServiceEndpoint] {
        &self.endpoints
    }

    /// What bounds the reading of an account.
    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Makes one call, within the bounds of the reading that is under way, if one is.
    pub(super) async fn ask<T, E>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.bounds.ask(call, answer).await
    }

    /// What asking has shown: regions that know no alarms on log queries.
    pub(super) fn without_log_alarms(&self) -> &WithoutLogAlarms {
        &self.without_log_alarms
    }

    /// What time it is for AWS.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the credentials come from.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What all clients are made from.
    pub(super) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// STS in the region asked for.
    pub(crate) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }

    /// CloudTrail in a region.
    pub(crate) fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        self.cloudtrail.get(region, |region| {
            let mut config = aws_sdk_cloudtrail::config::Builder::from(&self.config).region(region);
            config.set_retry_partition(self.retries());
            aws_sdk_cloudtrail::Client::from_conf(config.build())
        })
    }

    /// CloudWatch Logs in a region.
    pub(crate) fn logs(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        self.logs.get(region, |region| {
            let mut config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config).region(region);
            config.set_retry_partition(self.retries());
            aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
        })
    }

    /// CloudWatch in a region.
    pub(crate) fn cloudwatch(&self, region: &str) -> aws_sdk_cloudwatch::Client {
        self.cloudwatch.get(region, |region| {
            let mut config = aws_sdk_cloudwatch::config::Builder::from(&self.config).region(region);
            config.set_retry_partition(self.retries());
            aws_sdk_cloudwatch::Client::from_conf(config.build())
        })
    }

    /// SNS in a region.
    pub(crate) fn sns(&self, region: &str) -> aws_sdk_sns::Client {
        self.sns.get(region, |region| {
            let mut config = aws_sdk_sns::config::Builder::from(&self.config).region(region);
            config.set_retry_partition(self.retries());
            aws_sdk_sns::Client::from_conf(config.build())
        })
    }

    /// KMS in a region.
    pub(crate) fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        self.kms.get(region, |region| {
            let mut config = aws_sdk_kms::config::Builder::from(&self.config).region(region);
            config.set_retry_partition(self.retries());
            aws_sdk_kms::Client::from_conf(config.build())
        })
    }

    /// EventBridge in a region.
    pub(crate) fn eventbridge(&self, region: &str) -> aws_sdk_eventbridge::Client {
        self.eventbridge.get(region, |region| {
            let mut config = aws_sdk_eventbridge::config::Builder::from(&self.config).region(region);
            config.set_retry_partition(self.retries());
            aws_sdk_eventbridge::Client::from_conf(config.build())
        })
    }
}

/// Clients of one service. A client keeps its retry budget, so a region has one for the whole run.
#[derive(Debug)]
struct PerRegion<C>(Mutex<BTreeMap<String, C>>);

impl<C> Default for PerRegion<C> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<C: Clone> PerRegion<C> {
    fn get(&self, region: &str, make: impl FnOnce(Region) -> C) -> C {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(region) {
            return client.clone();
        }
        let client = make(Region::new(region.to_owned()));
        clients.insert(region.to_owned(), client.clone());
        client
    }
}
