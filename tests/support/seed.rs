//! The configuration that the project began from: a CloudFormation article that meets the controls 3.1 to 3.14 of CIS
//! AWS Foundations 1.2.0. Texts and names are the article's, letter for letter (`ForRootAcount` included): what it
//! asks people to deploy must pass.

use super::account::{
    Account, Alarm, EventSelector, LogGroup, MetricFilter, Region, Selectors, Subscription, SubscriptionState, Topic,
    Trail,
};

/// Where the seed lives unless a test moves it.
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const TRAIL: &str = "DefaultSecuritySettings";
pub(crate) const LOG_GROUP: &str = "/aws/cloudtrail/DefaultSecuritySettings";
pub(crate) const NAMESPACE: &str = "LogMetrics";
pub(crate) const TOPIC: &str = "DefaultSecuritySettings";
pub(crate) const MAILBOX: &str = "security@example.com";

/// What the article deploys for one control.
pub(crate) struct SeedRule {
    pub(crate) rule: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) metric: &'static str,
    pub(crate) alarm: &'static str,
}

#[rustfmt::skip]
pub(crate) const RULES: [SeedRule; 14] = [
    SeedRule {
        rule: "3.1",
        filter: "CloudWatchLogsMetricFilterCloudTrailUnauthorizedAPICalls",
        pattern: r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#,
        metric: "UnauthorizedAPICalls",
        alarm: "Notice-DefaultSecuritySettings-CloudTrail-Unauthorized-API-Calls",
    },
    SeedRule {
        rule: "3.2",
        filter: "CloudWatchLogsMetricFilterCloudTrailLoginWithoutMFA",
        pattern: r#"{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes")}"#,
        metric: "LoginWithoutMFA",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-Login-Without-MFA",
    },
    SeedRule {
        rule: "3.3",
        filter: "CloudWatchLogsMetricFilterCloudTrailForRootAcount",
        pattern: r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#,
        metric: "ForRootAcount",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-For-RootAcount",
    },
    SeedRule {
        rule: "3.4",
        filter: "CloudWatchLogsMetricFilterCloudTrailIamPolicyChanges",
        pattern: r#"{($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy)}"#,
        metric: "IamPolicyChanges",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-IamPolicy-Changes",
    },
    SeedRule {
        rule: "3.5",
        filter: "CloudWatchLogsMetricFilterCloudTrailCloudTrailConfigurationChanges",
        pattern: r#"{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}"#,
        metric: "CloudTrailConfigurationChanges",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-CloudTrailConfiguration-Changes",
    },
    SeedRule {
        rule: "3.6",
        filter: "CloudWatchLogsMetricFilterCloudTrailAuthenticationFailuresDetected",
        pattern: r#"{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}"#,
        metric: "AuthenticationFailuresDetected",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-AuthenticationFailures-Detected",
    },
    SeedRule {
        rule: "3.7",
        filter: "CloudWatchLogsMetricFilterCloudTrailCustomerCreatedCMKsChanges",
        pattern: r#"{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}"#,
        metric: "CustomerCreatedCMKsChanges",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-CustomerCreatedCMKs-Changes",
    },
    SeedRule {
        rule: "3.8",
        filter: "CloudWatchLogsMetricFilterCloudTrailS3BucketPolicyChanges",
        pattern: r#"{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}"#,
        metric: "S3BucketPolicyChanges",
        alarm: "Notice-DefaultSecuritySettings-CloudTrail-S3BucketPolicy-Changes",
    },
    SeedRule {
        rule: "3.9",
        filter: "CloudWatchLogsMetricFilterCloudTrailConfigConfigurationChanges",
        pattern: r#"{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || ($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=PutConfigurationRecorder))}"#,
        metric: "ConfigConfigurationChanges",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-ConfigConfiguration-Changes",
    },
    SeedRule {
        rule: "3.10",
        filter: "CloudWatchLogsMetricFilterCloudTrailSecurityGroupChanges",
        pattern: r#"{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgress) || ($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}"#,
        metric: "SecurityGroupChanges",
        alarm: "Warning-DefaultSecuritySettings-CloudTrail-SecurityGroup-Changes",
    },
    SeedRule {
        rule: "3.11",
        filter: "CloudWatchLogsMetricFilterCloudTrailNACLChanges",
        pattern: r#"{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=DeleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAclEntry) || ($.eventName=ReplaceNetworkAclAssociation)}"#,
        metric: "NACLChanges",
        alarm: "Notice-DefaultSecuritySettings-CloudTrail-NACL-Changes",
    },
    SeedRule {
        rule: "3.12",
        filter: "CloudWatchLogsMetricFilterCloudTrailNetworkGatewayChanges",
        pattern: r#"{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || ($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=DeleteInternetGateway) || ($.eventName=DetachInternetGateway)}"#,
        metric: "NetworkGatewayChanges",
        alarm: "Notice-DefaultSecuritySettings-CloudTrail-NetworkGateway-Changes",
    },
    SeedRule {
        rule: "3.13",
        filter: "CloudWatchLogsMetricFilterCloudTrailRouteTableChanges",
        pattern: r#"{($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || ($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || ($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || ($.eventName=DisassociateRouteTable)}"#,
        metric: "RouteTableChanges",
        alarm: "Notice-DefaultSecuritySettings-CloudTrail-RouteTable-Changes",
    },
    SeedRule {
        rule: "3.14",
        filter: "CloudWatchLogsMetricFilterCloudTrailVpcChanges",
        pattern: r#"{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) || ($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) || ($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) || ($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventName=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}"#,
        metric: "VpcChanges",
        alarm: "Notice-DefaultSecuritySettings-CloudTrail-Vpc-Changes",
    },
];

/// The article's line for a control.
pub(crate) fn rule(number: &str) -> &'static SeedRule {
    let found = RULES.iter().find(|rule| rule.rule == number);
    found.expect("the seed has the rules 3.1 to 3.14")
}

impl Account {
    /// The whole seed in [`REGION`].
    pub(crate) fn seed(id: &str) -> Self {
        Self::seed_in(id, REGION)
    }

    /// The whole seed, trail and chain, in a region of choice.
    pub(crate) fn seed_in(id: &str, region: &str) -> Self {
        let mut account = Self::empty(id);
        account.partition = match region.split('-').next() {
            Some("cn") => "aws-cn".into(),
            Some("us") if region.starts_with("us-gov-") => "aws-us-gov".into(),
            Some(_) | None => "aws".into(),
        };
        let topic = account.topic_arn(region, TOPIC);
        account.trails.push(Trail {
            name: TRAIL.into(),
            home_region: region.into(),
            multi_region: true,
            logging: true,
            log_group_arn: Some(account.log_group_arn(region, LOG_GROUP)),
            selectors: Selectors::Basic(vec![EventSelector {
                data_resources: vec![
                    ("AWS::S3::Object".into(), vec!["arn:aws:s3".into()]),
                    ("AWS::Lambda::Function".into(), vec!["arn:aws:lambda".into()]),
                ],
                ..EventSelector::management("All")
            }]),
            delivery_error: None,
            organization_owner: None,
        });
        let filters = RULES.iter().map(|rule| MetricFilter::new(rule.filter, rule.pattern, NAMESPACE, rule.metric));
        let alarms = RULES.iter().map(|rule| Alarm::new(rule.alarm, NAMESPACE, rule.metric, &topic));
        let contents = Region {
            log_groups: vec![LogGroup::new(LOG_GROUP, filters.collect())],
            alarms: alarms.collect(),
            mute_rules: Vec::new(),
            composite_alarms: Vec::new(),
            topics: vec![Topic::new(TOPIC, vec![Subscription::email(MAILBOX, SubscriptionState::Confirmed)])],
            keys: Vec::new(),
            queues: Vec::new(),
            event_rules: Vec::new(),
            monitoring_links: Vec::new(),
            security_hub: false,
        };
        account.regions.insert(region.into(), contents);
        account
    }

    /// The region that holds the seed.
    fn home(&mut self) -> &mut Region {
        let home = self.trails.first().map_or(REGION, |trail| trail.home_region.as_str());
        self.regions.get_mut(home).expect("the seed's region")
    }

    /// The seed's trail.
    pub(crate) fn trail(&mut self) -> &mut Trail {
        self.trails.first_mut().expect("the seed's trail")
    }

    /// The log group that the seed's trail writes to.
    pub(crate) fn log_group(&mut self) -> &mut LogGroup {
        self.home().log_groups.first_mut().expect("the seed's log group")
    }

    /// The seed's filter for a control.
    pub(crate) fn filter(&mut self, number: &str) -> &mut MetricFilter {
        let name = rule(number).filter;
        let found = self.log_group().filters.iter_mut().find(|filter| filter.name == name);
        found.expect("the seed's filter")
    }

    /// The seed's alarm for a control.
    pub(crate) fn alarm(&mut self, number: &str) -> &mut Alarm {
        let name = rule(number).alarm;
        let found = self.home().alarms.iter_mut().find(|alarm| alarm.name == name);
        found.expect("the seed's alarm")
    }

    /// The seed's topic.
    pub(crate) fn topic(&mut self) -> &mut Topic {
        self.home().topics.first_mut().expect("the seed's topic")
    }

    pub(crate) fn remove_filter(&mut self, number: &str) {
        let name = rule(number).filter;
        self.log_group().filters.retain(|filter| filter.name != name);
    }

    pub(crate) fn remove_alarm(&mut self, number: &str) {
        let name = rule(number).alarm;
        self.home().alarms.retain(|alarm| alarm.name != name);
    }
}
