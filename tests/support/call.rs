//! Which operation of which service a request asks for, read off the four wire protocols that are used here.

use super::http::Request;

/// The wire protocol, which decides what an error looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// CloudTrail, CloudWatch Logs, EventBridge and KMS.
    AwsJson,
    /// CloudWatch: Smithy RPC v2 in CBOR.
    Cbor,
    /// SNS and STS: a form in, XML out.
    Query,
    /// Security Hub and Observability Access Manager: method and path in, JSON out.
    Rest,
}

/// One request, as IAM would name it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// As in a policy: `logs`, `cloudtrail`, `cloudwatch`, `sns`, `kms`, `events`, `sts`, `securityhub`, `oam`.
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) region: String,
    pub(crate) access_key: String,
    pub(crate) protocol: Protocol,
}

impl Call {
    /// `service:Operation`.
    pub(crate) fn action(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Nothing for a request that is not a signed call of a known protocol.
    pub(crate) fn parse(request: &Request) -> Option<Self> {
        // AWS4-HMAC-SHA256 Credential=KEY/20250101/us-east-1/logs/aws4_request, …
        let authorization = request.headers.get("authorization")?;
        let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
        let mut parts = scope.split('/');
        let access_key = parts.next()?;
        let region = parts.nth(1)?;
        let service = parts.next()?;
        let (operation, protocol) = match service {
            "securityhub" | "oam" => rest(request)?,
            "s3" => (of_bucket(request)?.into(), Protocol::Rest),
            "lambda" => (of_function(request)?.into(), Protocol::Rest),
            _ => operation(request)?,
        };
        Some(Self {
            service: if service == "monitoring" { "cloudwatch" } else { service }.into(),
            operation,
            region: region.into(),
            access_key: access_key.into(),
            protocol,
        })
    }
}

fn operation(request: &Request) -> Option<(String, Protocol)> {
    if let Some(target) = request.headers.get("x-amz-target") {
        return Some((target.rsplit('.').next()?.into(), Protocol::AwsJson));
    }
    if let Some((_, operation)) = request.target.split_once("/operation/") {
        return Some((operation.into(), Protocol::Cbor));
    }
    let action = form(&request.body).into_iter().find(|(name, _)| name == "Action")?;
    Some((action.1, Protocol::Query))
}

/// Which operation of Security Hub it is; of those there are, one is asked for.
fn rest(request: &Request) -> Option<(String, Protocol)> {
    let path = request.target.split('?').next()?;
    let name = match (request.method.as_str(), path) {
        ("GET", "/accounts") => "DescribeHub",
        ("POST", "/ListLinks") => "ListLinks",
        _ => return None,
    };
    Some((name.into(), Protocol::Rest))
}

/// What IAM calls it, of the operations on a bucket.
fn of_bucket(request: &Request) -> Option<&'static str> {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let name = query.split(['=', '&']).next()?;
    Some(match (request.method.as_str(), name) {
        ("HEAD", _) | ("GET", "list-type") => "ListBucket",
        ("PUT", "") => "CreateBucket",
        ("DELETE", "") => "DeleteBucket",
        ("PUT", "tagging") => "PutBucketTagging",
        ("GET", "tagging") => "GetBucketTagging",
        ("PUT", "policy") => "PutBucketPolicy",
        ("GET", "policy") => "GetBucketPolicy",
        ("PUT", "publicAccessBlock") => "PutBucketPublicAccessBlock",
        ("GET", "publicAccessBlock") => "GetBucketPublicAccessBlock",
        _ => return None,
    })
}

fn of_function(request: &Request) -> Option<&'static str> {
    let path = request.target.split('?').next()?;
    match (request.method.as_str(), path.rsplit('/').next()?) {
        ("GET", "policy") => Some("GetPolicy"),
        ("POST", "policy") => Some("AddPermission"),
        ("GET", "configuration") => Some("GetFunctionConfiguration"),
        _ => None,
    }
}

/// The fields of an `application/x-www-form-urlencoded` body.
pub(crate) fn form(body: &[u8]) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(body);
    let fields = body.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (unescaped(name), unescaped(value))).collect()
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap_or("");
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
                rest = after;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
