//! An organization on one port: accounts that are apart, roles in them, and the list of them in AWS's own pages, among them
//! empty ones. The emulators give all accounts in one page and let every role in, so whatever depends on pages and on
//! refusals is asked here.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::account::{Account, SubscriptionState};
use super::call::{Call, Protocol, form};
use super::fake::Aws;
use super::http::{Request, Response, write_response};
use super::listener::{Listener, converse};
use super::run::Cli;
use super::seed::REGION;
use super::stage::example_credentials;
use super::tls::certified;
use super::wire::{ServiceError, escaped, json_response, query_response};

/// What is wrong with an account, for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// Its role lets nobody in.
    Denied,
    /// No service answers.
    Hangs,
    /// CloudTrail refuses every call for the rate of calls.
    Throttled,
}

/// An account of it.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) account: Account,
    pub(crate) name: String,
    /// `ACTIVE`, `SUSPENDED`, …
    pub(crate) state: &'static str,
    pub(crate) trouble: Trouble,
}

impl Member {
    pub(crate) fn new(account: Account, name: &str) -> Self {
        Self { account, name: name.into(), state: "ACTIVE", trouble: Trouble::None }
    }
}

/// How accounts are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// With `State`, and an empty page before each other one.
    State,
    /// With the retired `Status` alone, as before September 2026.
    Status,
    /// To nobody.
    Denied,
    /// As `State`, but from the second page with accounts on the service fails.
    Stops,
}

struct Served {
    /// The first is the management account, whose credentials the caller has.
    members: Vec<(Member, Aws)>,
    /// Where each account is among them.
    places: HashMap<String, usize>,
    listing: Listing,
    /// By account, then by action.
    asked: Mutex<BTreeMap<String, BTreeMap<String, usize>>>,
    latency: Duration,
}

/// The organization, in plain HTTP or over TLS.
pub(crate) struct Organization {
    listener: Listener,
    served: Arc<Served>,
    /// Where the authority's certificate is; `None`: in plain HTTP.
    certificates: Option<TempDir>,
}

/// The management account.
pub(crate) const MANAGEMENT: &str = "999900000000";

/// The number of a member.
pub(crate) fn member_id(number: usize) -> String {
    format!("1000{number:08}")
}

/// One of ten states: the seed, or one thing that is wrong with it.
pub(crate) fn of_state(number: usize, id: &str) -> Account {
    let mut account = Account::seed(id);
    match number % 10 {
        1 => account.trails.clear(),
        2 => account.trail().logging = false,
        3 => account.remove_filter("3.4"),
        4 => account.remove_alarm("3.7"),
        5 => account.topic().subscriptions.clear(),
        6 => account.topic().subscriptions[0].state = SubscriptionState::Pending,
        7 => account.alarm("3.1").actions_enabled = false,
        8 => account.trail().multi_region = false,
        9 => account.filter("3.10").pattern = "{ $.eventName = \"CreateSecurityGroup\" }".into(),
        _ => {}
    }
    account
}

/// The management account with the organization's trail, and so many others, sound and broken; of some the events arrive
/// in the management account alone.
pub(crate) fn members_of_an_owner(count: usize) -> Vec<Member> {
    let mut owner = Account::seed(MANAGEMENT);
    owner.trail().organization_owner = Some(MANAGEMENT.into());
    let shared = owner.trails[0].clone();
    let others = (0..count).map(|number| {
        let mut account = Account::seed(&member_id(number));
        match number % 4 {
            1 => account.remove_filter("3.4"),
            2 => {
                account = Account::empty(&member_id(number));
                account.trails.push(shared.clone());
            }
            3 => account.topic().subscriptions.clear(),
            _ => {}
        }
        Member::new(account, &format!("account {number}"))
    });
    [Member::new(owner, "root")].into_iter().chain(others).collect()
}

/// The role that is in every account.
pub(crate) const ROLE: &str = "Audit";

impl Organization {
    pub(crate) fn new(members: Vec<Member>, listing: Listing) -> Self {
        Self::with_latency(members, listing, Duration::ZERO)
    }

    pub(crate) fn with_latency(members: Vec<Member>, listing: Listing, latency: Duration) -> Self {
        let served = Served::new(members, listing, latency);
        let answering = Arc::clone(&served);
        let listener = Listener::spawn(move |stream| answering.serve(stream));
        Self { listener, served, certificates: None }
    }

    /// The same over TLS, by a certificate that the tool is made to trust.
    pub(crate) fn over_tls(members: Vec<Member>, listing: Listing, latency: Duration) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let config = Arc::new(certified(directory.path().join("ca.pem")));
        let served = Served::new(members, listing, latency);
        let answering = Arc::clone(&served);
        let listener = Listener::spawn(move |stream| {
            if let Ok(connection) = ServerConnection::new(Arc::clone(&config)) {
                answering.serve(StreamOwned::new(connection, stream));
            }
        });
        Self { listener, served, certificates: Some(directory) }
    }

    /// The tool with the credentials of the management account.
    pub(crate) fn cli(&self) -> Cli {
        let cli = Cli::new().credentials(&example_credentials()).env("AWS_REGION", REGION);
        match &self.certificates {
            None => cli.env("AWS_ENDPOINT_URL", &self.listener.url()),
            Some(directory) => cli
                .env("AWS_ENDPOINT_URL", &format!("https://{}", self.listener.address()))
                .env("SSL_CERT_FILE", &directory.path().join("ca.pem").to_string_lossy()),
        }
    }

    /// How many requests were made, the caller's among them.
    pub(crate) fn requests(&self) -> usize {
        let asked = self.served.asked.lock().expect("nobody panics while holding it");
        asked.values().flat_map(BTreeMap::values).sum()
    }

    /// What it answers to a request that came another way.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        thread::sleep(self.served.latency);
        self.served.answer(request)
    }

    /// How often each action was asked of an account; those of STS and of the organization are the caller's.
    pub(crate) fn asked(&self, account: &str) -> BTreeMap<String, usize> {
        self.served.asked.lock().expect("nobody panics while holding it").get(account).cloned().unwrap_or_default()
    }
}

/// The key of a session in an account.
fn key_of(account: &str) -> String {
    format!("ASIA{account}")
}

impl Served {
    fn new(members: Vec<Member>, listing: Listing, latency: Duration) -> Arc<Self> {
        let places = members.iter().enumerate().map(|(at, member)| (member.account.id.clone(), at)).collect();
        let members = members.into_iter().map(|member| (member.clone(), Aws::new(member.account, None))).collect();
        Arc::new(Self { members, places, listing, asked: Mutex::default(), latency })
    }

    fn serve(&self, stream: impl Read + Write) {
        converse(stream, |request, to| {
            thread::sleep(self.latency);
            write_response(to, &self.answer(&request))?;
            Ok(true)
        });
    }

    fn member(&self, id: &str) -> Option<&(Member, Aws)> {
        self.places.get(id).and_then(|at| self.members.get(*at))
    }

    fn answer(&self, request: &Request) -> Response {
        let Some(call) = Call::parse(request) else { return Response::new(404, "text/plain", "no such page") };
        let account = call.access_key.strip_prefix("ASIA");
        let (management, _) = self.members.first().expect("an organization has a management account");
        let whose = account.unwrap_or(&management.account.id).to_owned();
        {
            let mut asked = self.asked.lock().expect("nobody panics while holding it");
            *asked.entry(whose.clone()).or_default().entry(call.action()).or_default() += 1;
        }
        let answered = match call.service.as_str() {
            "organizations" => self.listed(&call, request).map(|body| json_response(&body)),
            "sts" if call.operation == "AssumeRole" => self.assumed(request),
            _ => return self.of_account(&whose, &call, request),
        };
        answered.unwrap_or_else(|error| error.response(call.protocol))
    }

    fn of_account(&self, id: &str, call: &Call, request: &Request) -> Response {
        let Some((member, aws)) = self.member(id) else {
            return ServiceError::new(403, "InvalidClientTokenId", "no such session").response(call.protocol);
        };
        match member.trouble {
            Trouble::Hangs => {
                thread::sleep(Duration::from_secs(3_600));
                Response::new(500, "text/plain", "too late")
            }
            Trouble::Throttled if call.service == "cloudtrail" => {
                ServiceError::new(400, "ThrottlingException", "Rate exceeded").response(call.protocol)
            }
            Trouble::Throttled | Trouble::None | Trouble::Denied => aws.answer(request),
        }
    }

    fn assumed(&self, request: &Request) -> Result<Response, ServiceError> {
        let form: BTreeMap<String, String> = form(&request.body).into_iter().collect();
        let arn = form.get("RoleArn").cloned().unwrap_or_default();
        let id = arn.split(':').nth(4).unwrap_or_default();
        let member = self.member(id);
        let is_let_in = member.is_some_and(|(member, _)| member.trouble != Trouble::Denied && member.state == "ACTIVE");
        if !is_let_in || !arn.ends_with(&format!(":role/{ROLE}")) {
            let message = format!("User is not authorized to perform: sts:AssumeRole on resource: {arn}");
            return Err(ServiceError::new(403, "AccessDenied", message));
        }
        let result = format!(
            "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
             <AssumedRoleUser><Arn>{}</Arn><AssumedRoleId>AROA:session</AssumedRoleId></AssumedRoleUser>",
            key_of(id),
            escaped(&arn)
        );
        Ok(query_response("AssumeRole", "https://sts.amazonaws.com/doc/2011-06-15/", &result))
    }

    /// Twenty accounts a page at most. Every other page is empty where they have a `State`: legal, and met in the wild.
    fn listed(&self, call: &Call, request: &Request) -> Result<Value, ServiceError> {
        assert_eq!(call.protocol, Protocol::AwsJson);
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        if self.listing == Listing::Denied {
            return Err(ServiceError::new(
                400,
                "AccessDeniedException",
                "You don't have permissions to access this resource.",
            ));
        }
        let management = &self.members[0].0.account.id;
        match call.operation.as_str() {
            "ListAccounts" => {
                let size = asked["MaxResults"].as_u64().unwrap_or(20);
                if size > 20 {
                    return Err(ServiceError::new(400, "InvalidInputException", "MaxResults is at most 20"));
                }
                let page: usize = asked["NextToken"].as_str().map_or(0, |token| token.parse().expect("our token"));
                if self.listing == Listing::Stops && page > 2 {
                    return Err(ServiceError::new(500, "ServiceException", "An internal error occurred."));
                }
                let (is_empty, start) = match self.listing {
                    Listing::State | Listing::Stops => (page.is_multiple_of(2), page / 2 * 20),
                    _ => (false, page * 20),
                };
                let rest = self.members.get(start..).unwrap_or_default();
                let shown = if is_empty { &[] } else { &rest[..rest.len().min(20)] };
                let accounts: Vec<Value> = shown.iter().map(|(member, _)| self.shown(member, management)).collect();
                let mut answer = json!({ "Accounts": accounts });
                if is_empty || rest.len() > 20 {
                    answer["NextToken"] = json!((page + 1).to_string());
                }
                Ok(answer)
            }
            "ListAccountsForParent" => match asked["ParentId"].as_str() {
                Some("ou-root-workload") => {
                    let members = self.members.iter().skip(1).take(2);
                    let accounts: Vec<Value> = members.map(|(member, _)| self.shown(member, management)).collect();
                    Ok(json!({ "Accounts": accounts }))
                }
                Some("ou-root-nested000") => {
                    let members = self.members.iter().skip(2).take(2);
                    let accounts: Vec<Value> = members.map(|(member, _)| self.shown(member, management)).collect();
                    Ok(json!({ "Accounts": accounts }))
                }
                _ => {
                    Err(ServiceError::new(400, "ParentNotFoundException", "You specified a parent that doesn't exist."))
                }
            },
            "ListOrganizationalUnitsForParent" => Ok(match asked["ParentId"].as_str() {
                Some("ou-root-workload") => {
                    json!({ "OrganizationalUnits": [{ "Id": "ou-root-nested000", "Name": "Nested" }] })
                }
                _ => json!({ "OrganizationalUnits": [] }),
            }),
            "DescribeOrganizationalUnit" => {
                Ok(json!({ "OrganizationalUnit": { "Id": asked["OrganizationalUnitId"], "Name": "Workloads" } }))
            }
            operation => Err(ServiceError::new(400, "UnknownOperationException", operation)),
        }
    }

    fn shown(&self, member: &Member, management: &str) -> Value {
        let id = &member.account.id;
        let mut shown = json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::{management}:account/o-example123/{id}"),
            "Name": member.name,
            "Email": "accounts@example.com",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": 1_700_000_000,
        });
        if self.listing == Listing::Status {
            shown["Status"] = json!(member.state);
        } else {
            shown["State"] = json!(member.state);
            let units = if id == management { "" } else { "ou-root-workload/" };
            shown["Paths"] = json!([format!("o-example123/r-root/{units}")]);
        }
        shown
    }
}
