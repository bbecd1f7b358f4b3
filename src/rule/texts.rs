//! Texts that are in use for the controls, and near misses of them, against what each control demands.
//!
//! Texts of the seed article, of Security Hub CSPM and of later benchmark versions, byte for byte; then the variations
//! on which tools that compare texts, or search them, go wrong.

use filter_pattern::{Candidate, Coverage, Matched, Pattern, covers};

use super::catalog::Catalog;
use super::{Benchmark, Events, Rule, RuleId};
use crate::cloudtrail;

/// What the article deploys.
const SEED: [(&str, &str); 14] = [
    ("3.1", r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#),
    ("3.2", r#"{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes")}"#),
    (
        "3.3",
        r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#,
    ),
    (
        "3.4",
        r#"{($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy)}"#,
    ),
    (
        "3.5",
        r#"{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}"#,
    ),
    ("3.6", r#"{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}"#),
    (
        "3.7",
        r#"{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}"#,
    ),
    (
        "3.8",
        r#"{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}"#,
    ),
    (
        "3.9",
        r#"{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || ($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=PutConfigurationRecorder))}"#,
    ),
    (
        "3.10",
        r#"{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgress) || ($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}"#,
    ),
    (
        "3.11",
        r#"{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=DeleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAclEntry) || ($.eventName=ReplaceNetworkAclAssociation)}"#,
    ),
    (
        "3.12",
        r#"{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || ($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=DeleteInternetGateway) || ($.eventName=DetachInternetGateway)}"#,
    ),
    (
        "3.13",
        r#"{($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || ($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || ($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || ($.eventName=DisassociateRouteTable)}"#,
    ),
    (
        "3.14",
        r#"{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) || ($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) || ($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) || ($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventName=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}"#,
    ),
];

/// What Security Hub CSPM looks for, as its user guide prints it; 3.2 has a test of its own.
const SECURITY_HUB: [(&str, &str); 13] = [
    ("3.1", r#"{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}"#),
    (
        "3.3",
        r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#,
    ),
    (
        "3.4",
        r#"{($.eventSource=iam.amazonaws.com) && (($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy))}"#,
    ),
    (
        "3.5",
        r#"{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}"#,
    ),
    ("3.6", r#"{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}"#),
    (
        "3.7",
        r#"{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}"#,
    ),
    (
        "3.8",
        r#"{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}"#,
    ),
    (
        "3.9",
        r#"{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || ($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=PutConfigurationRecorder))}"#,
    ),
    (
        "3.10",
        r#"{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgress) || ($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}"#,
    ),
    (
        "3.11",
        r#"{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=DeleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAclEntry) || ($.eventName=ReplaceNetworkAclAssociation)}"#,
    ),
    (
        "3.12",
        r#"{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || ($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=DeleteInternetGateway) || ($.eventName=DetachInternetGateway)}"#,
    ),
    (
        "3.13",
        r#"{($.eventSource=ec2.amazonaws.com) && (($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || ($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || ($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || ($.eventName=DisassociateRouteTable))}"#,
    ),
    (
        "3.14",
        r#"{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) || ($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) || ($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) || ($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventName=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}"#,
    ),
];

/// What later benchmark versions print where it differs and still covers 1.2.0.
const LATER: [(&str, &str); 3] = [
    (
        "3.1",
        r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }"#,
    ),
    (
        "3.10",
        r#"{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup) || ($.eventName = ModifySecurityGroupRules) }"#,
    ),
    (
        "3.13",
        r#"{($.eventSource = ec2.amazonaws.com) && ($.eventName = CreateRoute) || ($.eventName = CreateRouteTable) || ($.eventName = ReplaceRoute) || ($.eventName = ReplaceRouteTableAssociation) || ($.eventName = DeleteRouteTable) || ($.eventName = DeleteRoute) || ($.eventName = DisassociateRouteTable) }"#,
    ),
];

fn events(rule: &Rule) -> &Events {
    rule.demand.events().expect("1.2.0 has controls about events only")
}

/// Whether the text catches every event of the control.
fn caught(id: &str, text: &str) -> bool {
    let rule =
        RuleId::parse(id).and_then(|id| Catalog::builtin(Benchmark::default()).unwrap().get(id).cloned()).unwrap();
    let pattern = Pattern::parse(text).unwrap();
    let requires = &events(&rule).requires;
    match covers(&[Candidate::new(&pattern)], requires, cloudtrail::events()) {
        Coverage::Covered => true,
        Coverage::Missed(witness) => {
            // An answer of "missed" is worth its witness only.
            let event = witness.event().to_string();
            assert_eq!(requires.matches(&event), Matched::Yes, "{id}: {event}");
            assert_eq!(pattern.matches(&event), Matched::No, "{id}: {event}");
            false
        }
        Coverage::Undecided(construct) => panic!("{id}: {text}: {construct}"),
    }
}

#[test]
fn the_printed_texts_cover_their_own_rules() {
    for rule in Catalog::builtin(Benchmark::default()).unwrap().rules() {
        assert!(caught(&rule.id.to_string(), events(rule).pattern.source()), "{}", rule.id);
    }
}

#[test]
fn texts_in_use_cover_their_controls() {
    for (id, text) in SEED.into_iter().chain(SECURITY_HUB).chain(LATER) {
        assert!(caught(id, text), "{id}: {text}");
    }
}

#[test]
fn security_hubs_sign_in_text_is_narrower_than_the_control() {
    assert!(!caught(
        "3.2",
        r#"{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }"#
    ));
}

/// Later 3.1 texts leave out `HeadBucket` and log deliveries, which 1.2.0 demands.
#[test]
fn later_exclusions_miss_events_of_this_version() {
    let printed = r#"{ ($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }"#;
    let grouped = r#"{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }"#;
    assert!(!caught("3.1", printed));
    assert!(!caught("3.1", grouped));
}

#[test]
fn harmless_variations_cover() {
    for (id, text) in [
        // Another order.
        (
            "3.5",
            "{($.eventName=StopLogging) || ($.eventName=StartLogging) || ($.eventName=DeleteTrail) || ($.eventName=UpdateTrail) || ($.eventName=CreateTrail)}",
        ),
        ("3.1", r#"{ ($.errorCode = "AccessDenied*") || ($.errorCode = "*UnauthorizedOperation") }"#),
        ("3.2", r#"{ ($.additionalEventData.MFAUsed != "Yes") && ($.eventName = "ConsoleLogin") }"#),
        (
            "3.3",
            r#"{ $.eventType != "AwsServiceEvent" && $.userIdentity.invokedBy NOT EXISTS && $.userIdentity.type = "Root" }"#,
        ),
        // Every value quoted.
        (
            "3.5",
            r#"{($.eventName="CreateTrail") || ($.eventName="UpdateTrail") || ($.eventName="DeleteTrail") || ($.eventName="StartLogging") || ($.eventName="StopLogging")}"#,
        ),
        // No parentheses, and more than needed.
        (
            "3.5",
            "{ $.eventName = CreateTrail || $.eventName = UpdateTrail || $.eventName = DeleteTrail || $.eventName = StartLogging || $.eventName = StopLogging }",
        ),
        (
            "3.3",
            r#"{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }"#,
        ),
        // Line breaks.
        (
            "3.5",
            "{ ($.eventName = CreateTrail) ||\n  ($.eventName = UpdateTrail) ||\n  ($.eventName = DeleteTrail) ||\n  ($.eventName = StartLogging) ||\n  ($.eventName = StopLogging) }",
        ),
        // More than is demanded.
        (
            "3.5",
            "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging) || ($.eventName=PutEventSelectors)}",
        ),
        ("3.5", "{ $.eventName = *Trail || $.eventName = *Logging }"),
        ("3.7", "{ ($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion) }"),
        ("3.2", r#"{ ($.eventName = "ConsoleLogin") || ($.additionalEventData.MFAUsed != "Yes") }"#),
        // The source named as well.
        (
            "3.5",
            "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging)) }",
        ),
    ] {
        assert!(caught(id, text), "{id}: {text}");
    }
}

#[test]
fn what_looks_alike_and_misses_events_is_caught_out() {
    let trail = "($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)";
    let policies = SEED[3].1;
    let routes = SEED[12].1;
    for (id, text) in [
        // AND for OR: matches nothing.
        ("3.5", format!("{{{}}}", trail.replace("||", "&&"))),
        ("3.1", r#"{ ($.errorCode = "*UnauthorizedOperation") && ($.errorCode = "AccessDenied*") }"#.to_owned()),
        // Narrowed to one user, and to calls that only read.
        ("3.5", format!("{{ ({trail}) && ($.userIdentity.userName = alice) }}")),
        ("3.5", format!("{{ ({trail}) && ($.readOnly IS TRUE) }}")),
        // Five times the same event.
        ("3.5", format!("{{ {} }}", ["($.eventName=CreateTrail)"; 5].join(" || "))),
        // Values are case sensitive, whole, and of the right key.
        ("3.5", format!("{{{}}}", trail.to_lowercase().replace("eventname", "eventName"))),
        ("3.5", format!("{{{}}}", trail.replace("CreateTrail", "xCreateTrail"))),
        ("3.5", format!("{{{}}}", trail.replace("$.eventName", "$.requestParameters.name"))),
        ("3.5", format!("{{ $.userAgent = \"{trail}\" }}")),
        // Another service's events.
        ("3.7", "{ (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) && ($.eventSource = s3.amazonaws.com) }".to_owned()),
        // A name that is part of another name which is there.
        ("3.13", routes.replace("($.eventName=CreateRoute) || ", "")),
        ("3.4", policies.replace("($.eventName=CreatePolicy) || ", "")),
    ] {
        assert!(!caught(id, &text), "{id}: {text}");
    }
}
