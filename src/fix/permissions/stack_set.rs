//! The role through which an audit of many accounts reads each of them: a CloudFormation template that a `StackSet` puts into
//! every account, and what the caller needs in addition.

use serde_json::{Value, json};

use super::policy::{self, Policy, Statement};
use crate::cloudtrail::trigger_patterns;

/// The role's name where none is given.
const ROLE: &str = "cis-audit";

/// What the caller of an audit of an organization needs: to list its accounts, and to assume the role in them.
#[must_use]
pub fn caller() -> Policy {
    let list = &[
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:DescribeOrganizationalUnit",
    ];
    let Policy { version, statement: audit } = policy::audit();
    let mut statement = vec![
        Statement::new("ListAccounts", list, vec!["*".to_owned()]),
        Statement::new("AssumeRole", &["sts:AssumeRole"], vec![format!("arn:*:iam::*:role/{ROLE}")]),
    ];
    // Its own account is read by its own credentials.
    statement.extend(audit);
    Policy { version, statement }
}

/// What a caller needs that has a role of its own for it, but for assuming the role in other accounts: to list them, and to
/// read its own.
#[must_use]
pub fn own() -> Vec<Statement> {
    caller().statement.into_iter().filter(|statement| statement.sid != "AssumeRole").collect()
}

/// The template: a role that may read what an audit reads, and nothing else; where it is asked for, a rule that sends calls
/// which can change a verdict to the account that audits.
///
/// # Errors
/// A policy cannot be written as JSON, which none is.
pub fn template() -> Result<Value, serde_json::Error> {
    let mut resources = json!({ "Role": role()?, "EventsRole": events_role() });
    for (number, pattern) in (1..).zip(trigger_patterns()) {
        resources[format!("Changes{number}")] = json!({
            "Type": "AWS::Events::Rule",
            "Condition": "HasEvents",
            "Properties": {
                "Description": "Calls that can change a verdict of cis-audit",
                "EventPattern": pattern,
                "Targets": [{
                    "Id": "auditor",
                    "Arn": { "Ref": "EventBus" },
                    "RoleArn": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${RoleName}-events" },
                }],
            },
        });
    }
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role through which cis-audit reads this account. It can change nothing.",
        "Metadata": {
            "Use": "Put it into every account with a service-managed StackSet. That leaves out the management account: create a stack of its own there, or audit with that account's credentials. With EventBus, put it into every region in which there are alarms or topics, and into us-east-1, where IAM and Organizations record their calls, and name one of them in RoleRegion.",
            "PolicyOfTheCaller": serde_json::to_value(caller())?,
        },
        "Parameters": parameters(),
        "Conditions": {
            "HasExternalId": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "ExternalId" }, ""] }] },
            "HasEvents": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "EventBus" }, ""] }] },
            "HasRole": { "Fn::Or": [
                { "Fn::Equals": [{ "Ref": "RoleRegion" }, ""] },
                { "Fn::Equals": [{ "Ref": "RoleRegion" }, { "Ref": "AWS::Region" }] },
            ] },
            "HasEventsRole": { "Fn::And": [{ "Condition": "HasRole" }, { "Condition": "HasEvents" }] },
            "ImportsFindings": { "Fn::Equals": [{ "Ref": "SecurityHub" }, "true"] },
        },
        "Resources": resources,
        "Outputs": {
            "RoleArn": { "Condition": "HasRole", "Value": { "Fn::GetAtt": ["Role", "Arn"] } },
        },
    }))
}

fn parameters() -> Value {
    json!({
        "RoleName": {
            "Type": "String",
            "Default": ROLE,
            "AllowedPattern": "[A-Za-z0-9+=,.@_-]{1,57}",
            "Description": "The role's name, as it is given to --role-name",
        },
        "Auditor": {
            "Type": "String",
            "AllowedPattern": "[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/.+)",
            "Description": "Who assumes the role: the ARN of a role or user, or the id of an account",
        },
        "ExternalId": {
            "Type": "String",
            "Default": "",
            "Description": "As it is given to --external-id; empty: none is asked for",
        },
        "RoleRegion": {
            "Type": "String",
            "Default": "",
            "Description": "The one region in which the role is created; empty: wherever the template is deployed, which then is one region",
        },
        "EventBus": {
            "Type": "String",
            "Default": "",
            "AllowedPattern": "|arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/.+",
            "Description": "Where calls that can change a verdict are sent: the EventBus of the engine's template; empty: nowhere",
        },
        "SecurityHub": {
            "Type": "String",
            "Default": "false",
            "AllowedValues": ["true", "false"],
            "Description": "Whether the role may import findings into this account's Security Hub CSPM",
        },
    })
}

fn role() -> Result<Value, serde_json::Error> {
    let assume = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": { "Ref": "Auditor" } },
            "Action": "sts:AssumeRole",
            "Condition": { "Fn::If": [
                "HasExternalId",
                { "StringEquals": { "sts:ExternalId": { "Ref": "ExternalId" } } },
                { "Ref": "AWS::NoValue" },
            ] },
        }],
    });
    // Nobody else may import findings into an account (Security Hub API reference, `BatchImportFindings`).
    let import = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "ImportFindings",
            "Effect": "Allow",
            "Action": ["securityhub:BatchImportFindings"],
            "Resource": [{ "Fn::Sub": "arn:${AWS::Partition}:securityhub:*:${AWS::AccountId}:product/${AWS::AccountId}/default" }],
        }],
    });
    Ok(json!({
        "Type": "AWS::IAM::Role",
        "Condition": "HasRole",
        "Properties": {
            "RoleName": { "Ref": "RoleName" },
            "Description": "Read by cis-audit: trails, metric filters, alarms, topics",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": assume,
            "Policies": [
                { "PolicyName": "cis-audit", "PolicyDocument": serde_json::to_value(policy::audit())? },
                { "Fn::If": [
                    "ImportsFindings",
                    { "PolicyName": "cis-audit-findings", "PolicyDocument": import },
                    { "Ref": "AWS::NoValue" },
                ] },
            ],
        },
    }))
}

fn events_role() -> Value {
    json!({
        "Type": "AWS::IAM::Role",
        "Condition": "HasEventsRole",
        "Properties": {
            "RoleName": { "Fn::Sub": "${RoleName}-events" },
            "Description": "Sends calls that can change a verdict to the account that audits",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": "events.amazonaws.com" },
                    "Action": "sts:AssumeRole",
                    "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } },
                }],
            },
            "Policies": [{
                "PolicyName": "cis-audit-events",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Sid": "SendEvents",
                        "Effect": "Allow",
                        "Action": ["events:PutEvents"],
                        "Resource": [{ "Ref": "EventBus" }],
                    }],
                },
            }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_may_do_what_an_audit_does_and_no_more() {
        let template = template().expect("a template");
        let role = &template["Resources"]["Role"]["Properties"];
        let printed = serde_json::to_value(policy::audit()).expect("a policy");
        assert_eq!(role["Policies"][0]["PolicyDocument"], printed);
        assert_eq!(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"], json!({ "Ref": "Auditor" }));
    }

    #[test]
    fn the_caller_lists_accounts_and_assumes_one_role() {
        let policy = serde_json::to_value(caller()).expect("a policy");
        let own = own();
        assert_eq!(
            own.iter().map(|it| it.sid).collect::<Vec<_>>(),
            ["ListAccounts", "Audit", "AuditOptional", "AuditSecurityHub"]
        );
        let statements = policy["Statement"].as_array().expect("statements");
        let sids: Vec<&Value> = statements.iter().map(|statement| &statement["Sid"]).collect();
        assert_eq!(sids, ["ListAccounts", "AssumeRole", "Audit", "AuditOptional", "AuditSecurityHub"]);
        assert_eq!(statements[1]["Resource"], json!(["arn:*:iam::*:role/cis-audit"]));
    }

    /// Findings are imported, and events sent, only where that is asked for.
    #[test]
    fn what_is_more_than_reading_is_off() {
        let template = template().expect("a template");
        for (parameter, default) in [("SecurityHub", "false"), ("EventBus", ""), ("RoleRegion", "")] {
            assert_eq!(template["Parameters"][parameter]["Default"], default, "{parameter}");
        }
        let policies = template["Resources"]["Role"]["Properties"]["Policies"].as_array().expect("policies");
        assert_eq!(policies.len(), 2);
        assert_eq!(policies[1]["Fn::If"][0], "ImportsFindings");
        for (name, condition) in [("EventsRole", "HasEventsRole"), ("Changes1", "HasEvents"), ("Changes2", "HasEvents")]
        {
            assert_eq!(template["Resources"][name]["Condition"], condition, "{name}");
        }
    }
}
