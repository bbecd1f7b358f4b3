//! The role through which an audit of many accounts reads each of them: a CloudFormation template that a `StackSet` puts into
//! every account, and what the caller needs in addition.

use serde_json::{Value, json};

use super::policy::{self, Policy, Statement};

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

/// The template: a role that may read what an audit reads, and nothing else.
///
/// # Errors
/// A policy cannot be written as JSON, which none is.
pub fn template() -> Result<Value, serde_json::Error> {
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
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role through which cis-audit reads this account. It can change nothing.",
        "Metadata": {
            "Use": "Put it into every account with a service-managed StackSet. That leaves out the management account: create a stack of its own there, or audit with that account's credentials.",
            "PolicyOfTheCaller": serde_json::to_value(caller())?,
        },
        "Parameters": {
            "RoleName": {
                "Type": "String",
                "Default": ROLE,
                "AllowedPattern": "[A-Za-z0-9+=,.@_-]{1,64}",
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
        },
        "Conditions": {
            "HasExternalId": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "ExternalId" }, ""] }] },
        },
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": { "Ref": "RoleName" },
                    "Description": "Read by cis-audit: trails, metric filters, alarms, topics",
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": assume,
                    "Policies": [{
                        "PolicyName": "cis-audit",
                        "PolicyDocument": serde_json::to_value(policy::audit())?,
                    }],
                },
            },
        },
        "Outputs": {
            "RoleArn": { "Value": { "Fn::GetAtt": ["Role", "Arn"] } },
        },
    }))
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
        let statements = policy["Statement"].as_array().expect("statements");
        let sids: Vec<&Value> = statements.iter().map(|statement| &statement["Sid"]).collect();
        assert_eq!(sids, ["ListAccounts", "AssumeRole", "Audit", "AuditOptional", "AuditSecurityHub"]);
        assert_eq!(statements[1]["Resource"], json!(["arn:*:iam::*:role/cis-audit"]));
    }
}
