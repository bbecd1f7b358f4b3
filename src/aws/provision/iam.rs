//! IAM: a role for a service, with one inline policy. IAM is one for a whole partition and speaks the Query protocol: a
//! form is asked, XML is answered. No other owner's role is changed.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::account::Account;
use super::compare::{Filled, difference};
use super::resource_state::{altered, foreign, is_ours};
use super::{document, in_use};
use crate::arn::Arn;
use crate::aws::answers::{self, Must};
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::signed::{self, Request, Service};
use crate::aws::xml;
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner};
use crate::fix::plan::Role;
use crate::partition::Partition;
use crate::partition::host::Hosts;
use crate::snapshot::Trail;

const SERVICE: Service = Service { id: "IAM", version: "2010-05-08", hosts: Hosts::IAM };

const CREATE: &str = "iam:CreateRole";
const POLICY: &str = "iam:PutRolePolicy";

/// The tags of a role. `None`: there is no such role.
pub(in crate::aws) async fn role_tags(
    clients: &Clients,
    account: &Account,
    name: &str,
) -> Result<Option<Vec<(String, String)>>, Failure> {
    let iam = Iam { clients, account, name };
    let Some(found) = iam.read("iam:GetRole", &[]).await? else { return Ok(None) };
    iam.must("iam:GetRole", &found, "GetRoleResponse/GetRoleResult/Role/Arn", answers::ROLE_ARN)?;
    iam.tags(&found).map(Some)
}

pub(super) async fn inspect(clients: &Clients, account: &Account, role: &Role) -> Result<ResourceState, Failure> {
    let iam = Iam { clients, account, name: &role.name };
    let name = format!("the role {}", role.name);
    let Some(found) = iam.read("iam:GetRole", &[]).await? else { return Ok(ResourceState::Ready) };
    let arn = iam.must("iam:GetRole", &found, "GetRoleResponse/GetRoleResult/Role/Arn", answers::ROLE_ARN)?;
    let tags = iam.tags(&found)?;
    if !is_ours(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())), &role.tags) {
        return Ok(foreign(&name));
    }
    if arn != role.arn {
        return Ok(altered(&name, "path"));
    }
    let trust = iam.text("iam:GetRole", &found, "GetRoleResponse/GetRoleResult/Role/AssumeRolePolicyDocument")?;
    if !document::same(&decoded(&trust), &role.trust) {
        return Ok(altered(&name, "trust policy"));
    }
    if let Some(field) = difference(&iam.fields(&found)?, &json!({ "Description": role.description }), FILLED) {
        return Ok(altered(&name, &field));
    }
    let Some(found) = iam.read("iam:GetRolePolicy", &[("PolicyName", &role.policy_name)]).await? else {
        return Ok(ResourceState::Partly(vec![POLICY]));
    };
    let policy = "GetRolePolicyResponse/GetRolePolicyResult/PolicyDocument";
    let policy = iam.must("iam:GetRolePolicy", &found, policy, answers::ROLE_POLICY)?;
    Ok(if document::same(&decoded(&policy), &role.policy) { ResourceState::Done } else { altered(&name, "policy") })
}

/// What IAM fills in (`Role`). Tags and the trust policy are looked at by themselves.
const FILLED: Filled = Filled {
    ignored: &["RoleName", "RoleId", "Arn", "Path", "CreateDate", "AssumeRolePolicyDocument", "RoleLastUsed", "Tags"],
    defaults: &[("MaxSessionDuration", r#""3600""#)],
};

pub(super) async fn write(
    clients: &Clients,
    account: &Account,
    role: &Role,
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let iam = Iam { clients, account, name: &role.name };
    if state.leaves(CREATE) {
        let bare = vec![
            ("AssumeRolePolicyDocument".to_owned(), role.trust.as_str()),
            ("Description".to_owned(), role.description.as_str()),
        ];
        let mut tagged = bare.clone();
        for (number, (key, value)) in (1..).zip(&role.tags) {
            tagged.push((format!("Tags.member.{number}.Key"), key));
            tagged.push((format!("Tags.member.{number}.Value"), value));
        }
        let create = |with_tags: bool| {
            let fields = if with_tags { &tagged } else { &bare };
            async move {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
                iam.ask(CREATE, &fields).await
            }
        };
        runner.with_tags(iam.call(CREATE), &[], "the role", create).await?;
    }
    if state.leaves(POLICY) {
        let fields = [("PolicyName", role.policy_name.as_str()), ("PolicyDocument", role.policy.as_str())];
        runner.patiently(iam.call(POLICY), &["NoSuchEntity"], || iam.ask(POLICY, &fields)).await?;
    }
    Ok(())
}

pub(super) async fn remove(
    clients: &Clients,
    account: &Account,
    role: &Role,
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let iam = Iam { clients, account, name: &role.name };
    let uses = |trail: &Trail| trail.log_role_arn.as_deref() == Some(&role.arn);
    let region = home(role).unwrap_or_else(|| clients.region().to_owned());
    if let Some(kept) = in_use::by_trail(clients, &region, uses).await? {
        return Ok(kept);
    }
    let (result, list) = ("ListAttachedRolePoliciesResponse/ListAttachedRolePoliciesResult", "AttachedPolicies");
    let operation = "iam:ListAttachedRolePolicies";
    let attached = iam.listed(operation, result, list, "member/PolicyName", answers::ATTACHED_POLICIES).await?;
    let (result, list) = ("ListRolePoliciesResponse/ListRolePoliciesResult", "PolicyNames");
    let inline = iam.listed("iam:ListRolePolicies", result, list, "member", answers::INLINE_POLICIES).await?;
    if !attached.is_empty() || inline.iter().any(|name| *name != role.policy_name) {
        return Ok(Removed::Kept("it has other policies by now".to_owned()));
    }
    if !inline.is_empty() {
        let operation = "iam:DeleteRolePolicy";
        runner.delete(iam.call(operation), iam.ask(operation, &[("PolicyName", &role.policy_name)])).await?;
    }
    runner.delete(iam.call("iam:DeleteRole"), iam.ask("iam:DeleteRole", &[])).await?;
    Ok(Removed::Gone)
}

/// The region of the trail that uses a role, which has none itself: its policy names the log group there.
fn home(role: &Role) -> Option<String> {
    let policy: Value = serde_json::from_str(&role.policy).ok()?;
    let group = Arn::parse(policy.pointer("/Statement/0/Resource")?.as_str()?)?;
    // A host is made of it, and a journal may name any.
    Partition::named(group.partition)?.has_region(group.region).then(|| group.region.to_owned())
}

/// A role's address.
#[derive(Clone, Copy)]
struct Iam<'a> {
    clients: &'a Clients,
    account: &'a Account,
    name: &'a str,
}

impl<'a> Iam<'a> {
    /// The region that the partition's IAM is signed for.
    fn region(self) -> &'a str {
        Partition::named(&self.account.partition).map_or(self.clients.region(), |partition| partition.main_region)
    }

    fn call(self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.region(), resource: Some(self.name) }
    }

    /// One request about the role: the answer's XML.
    async fn ask(self, operation: &'static str, fields: &[(&str, &str)]) -> Result<Vec<u8>, Failure> {
        let partition = &self.account.partition;
        if Partition::named(partition).is_none() {
            // The one host of another partition would get what is signed for this one.
            let unknown =
                format!("where IAM is in the partition {partition} is not known to this version of cis-audit");
            return Err(self.call(operation).bad_request(&unknown));
        }
        let action = operation.trim_start_matches("iam:");
        let fixed = [("Action", action), ("Version", SERVICE.version), ("RoleName", self.name)];
        let fields = fixed.iter().chain(fields);
        let fields = fields.map(|(name, value)| format!("{name}={}", signed::encoded(value)));
        let request = Request {
            method: "POST",
            path: "/".to_owned(),
            headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
            body: fields.collect::<Vec<_>>().join("&").into(),
        };
        let sent = signed::send(self.clients.config(), SERVICE, self.region(), action, request);
        Ok(self.clients.ask(self.call(operation), sent).await?.body)
    }

    /// Reads what may be missing.
    async fn read(self, operation: &'static str, fields: &[(&str, &str)]) -> Result<Option<Vec<u8>>, Failure> {
        match self.ask(operation, fields).await {
            Ok(body) => Ok(Some(body)),
            Err(failure) if failure.trouble == Trouble::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// What a list of the role holds, nothing where there is no role.
    async fn listed(
        self,
        operation: &'static str,
        result: &str,
        list: &str,
        item: &str,
        member: Must,
    ) -> Result<Vec<String>, Failure> {
        let Some(body) = self.read(operation, &[]).await? else { return Ok(Vec::new()) };
        let fields = xml::fields(&body, result).map_err(|error| self.call(operation).bad_answer(&error.to_string()))?;
        self.call(operation).must(member, fields.iter().find(|(name, _)| name == list))?;
        self.texts(operation, &body, &format!("{result}/{list}/{item}"))
    }

    /// A text that must be there.
    fn must(self, operation: &'static str, body: &[u8], path: &str, member: Must) -> Result<String, Failure> {
        self.call(operation).must_say(member, self.text(operation, body, path)?)
    }

    fn text(self, operation: &'static str, body: &[u8], path: &str) -> Result<String, Failure> {
        Ok(self.texts(operation, body, path)?.into_iter().next().unwrap_or_default())
    }

    fn texts(self, operation: &'static str, body: &[u8], path: &str) -> Result<Vec<String>, Failure> {
        xml::texts(body, path).map_err(|error| self.call(operation).bad_answer(&error.to_string()))
    }

    /// The fields of an answer to `GetRole`.
    fn fields(self, role: &[u8]) -> Result<Value, Failure> {
        let fields = xml::fields(role, "GetRoleResponse/GetRoleResult/Role");
        let fields = fields.map_err(|error| self.call("iam:GetRole").bad_answer(&error.to_string()))?;
        Ok(Value::Object(fields.into_iter().map(|(name, text)| (name, Value::String(text))).collect()))
    }

    /// The tags in an answer to `GetRole`.
    fn tags(self, role: &[u8]) -> Result<Vec<(String, String)>, Failure> {
        let tag_texts = |field: &str| {
            self.texts("iam:GetRole", role, &format!("GetRoleResponse/GetRoleResult/Role/Tags/member/{field}"))
        };
        Ok(tag_texts("Key")?.into_iter().zip(tag_texts("Value")?).collect())
    }
}

/// IAM gives policies percent-encoded.
fn decoded(policy: &str) -> String {
    percent_decode_str(policy).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::documents;

    #[test]
    fn a_role_is_at_home_where_its_trail_is() {
        let role = |policy: &str| Role {
            name: "r".to_owned(),
            arn: "arn:aws:iam::111122223333:role/r".to_owned(),
            description: String::new(),
            trust: String::new(),
            policy_name: "p".to_owned(),
            policy: policy.to_owned(),
            tags: Default::default(),
        };
        let group = "arn:aws:logs:eu-west-1:111122223333:log-group:g";
        let policy = documents::delivery("111122223333", "eu-west-1", group);
        assert_eq!(home(&role(&policy)), Some("eu-west-1".to_owned()));
        assert_eq!(home(&role("{")), None);
    }
}
