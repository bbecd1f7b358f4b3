//! What `--debug` shows: a line for each request that is answered or given up, with its service, operation, region,
//! status, time and attempt.
//!
//! Nothing else of a request or an answer may leave: no header, no query, no body. Of a body only the operation is taken,
//! where the protocol puts it there; of what is not signed, which is how credentials are fetched, not even the path.

use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::aws::access::Show;

/// A request under way.
#[derive(Debug)]
pub(super) struct Shown {
    show: Show,
    what: String,
    attempt: String,
    began: Instant,
    is_shown: bool,
}

impl Shown {
    /// Notes what is asked, and when. `place`: scheme, host and port.
    pub(super) fn begin(show: Show, request: &HttpRequest, place: &str) -> Self {
        let attempt = attempt(request).map_or_else(String::new, |number| format!(", attempt {number}"));
        Self { show, what: what(request, place), attempt, began: Instant::now(), is_shown: false }
    }

    /// An answer with this status is there, its head at least.
    pub(super) fn answered(mut self, status: u16) {
        self.end(&status.to_string());
    }

    /// There is none.
    pub(super) fn failed(mut self, error: &ConnectorError) {
        self.end(if error.is_timeout() { "no answer in time" } else { "no answer" });
    }

    fn end(&mut self, outcome: &str) {
        let time = self.began.elapsed().as_millis();
        (self.show)(&format!("debug: {}: {outcome} in {time} ms{}", self.what, self.attempt));
        self.is_shown = true;
    }
}

/// A call that takes too long is dropped, with whatever it waits for.
impl Drop for Shown {
    fn drop(&mut self) {
        if !self.is_shown {
            self.end("given up");
        }
    }
}

/// Service, operation and region; of what is not signed the method and the place.
fn what(request: &HttpRequest, place: &str) -> String {
    let Some((region, service)) = request.headers().get("authorization").and_then(scope) else {
        let operation = operation(request).unwrap_or_else(|| request.method().to_owned());
        return format!("{operation} at {place}");
    };
    let operation = operation(request).unwrap_or_else(|| format!("{} {}", request.method(), path(request.uri())));
    format!("{service} {operation} {region}")
}

/// Region and service of a signature's scope (AWS Signature Version 4, "Elements of a request signature").
fn scope(authorization: &str) -> Option<(&str, &str)> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let mut parts = credential.split(',').next()?.split('/').skip(2);
    Some((parts.next()?, parts.next()?))
}

/// The operation, where the protocol names it: in a header, in the path, or as a field of the form.
fn operation(request: &HttpRequest) -> Option<String> {
    let in_header = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    let in_path = || path(request.uri()).split_once("/operation/").map(|(_, name)| name);
    let in_form = || std::str::from_utf8(request.body().bytes()?).ok().and_then(action);
    let in_query = || request.uri().split_once('?').and_then(|(_, query)| action(query));
    let name = in_header.or_else(in_path).or_else(in_form).or_else(in_query)?;
    let is_name = !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then(|| name.to_owned())
}

fn action(form: &str) -> Option<&str> {
    form.split('&').find_map(|field| field.strip_prefix("Action="))
}

/// Without host and query.
fn path(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or_default()
}

/// The number of the attempt, as the SDK sends it.
fn attempt(request: &HttpRequest) -> Option<u32> {
    let sent = request.headers().get("amz-sdk-request")?;
    sent.split(';').find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260105/eu-west-1/logs/aws4_request, \
                             SignedHeaders=host, Signature=5ec1e7";

    fn request(uri: &str, headers: &[(&'static str, &'static str)], body: &'static str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(uri).expect("a URI");
        for (name, value) in headers {
            request.headers_mut().insert(*name, *value);
        }
        request
    }

    #[test]
    fn a_signed_request_is_its_service_operation_and_region() {
        let target = ("x-amz-target", "Logs_20140328.DescribeMetricFilters");
        let of_logs = request("https://logs.eu-west-1.amazonaws.com/", &[("authorization", SIGNATURE), target], "{}");
        assert_eq!(what(&of_logs, "https://host"), "logs DescribeMetricFilters eu-west-1");
        let path = "https://host/service/GraniteServiceVersion20100801/operation/DescribeAlarms";
        assert_eq!(
            what(&request(path, &[("authorization", SIGNATURE)], ""), "https://host"),
            "logs DescribeAlarms eu-west-1"
        );
        let form = "Action=Subscribe&Endpoint=ops%40example.com";
        assert_eq!(
            what(&request("https://host/", &[("authorization", SIGNATURE)], form), "https://host"),
            "logs Subscribe eu-west-1"
        );
    }

    #[test]
    fn a_signed_request_without_an_operation_is_its_method_and_path() {
        let of_hub = request("https://host/accounts?token=secret#x", &[("authorization", SIGNATURE)], "{\"a\":1}");
        assert_eq!(what(&of_hub, "https://host"), "logs GET /accounts eu-west-1");
    }

    #[test]
    fn a_request_for_credentials_shows_no_path_query_or_body() {
        let container = request("http://user:pass@169.254.170.2/v2/credentials/secret?x=secret", &[], "secret");
        assert_eq!(what(&container, "http://169.254.170.2"), "GET at http://169.254.170.2");
        let web = "Action=AssumeRoleWithWebIdentity&WebIdentityToken=secret";
        let of_sts = request("https://sts.amazonaws.com/", &[], web);
        assert_eq!(
            what(&of_sts, "https://sts.amazonaws.com"),
            "AssumeRoleWithWebIdentity at https://sts.amazonaws.com"
        );
    }

    #[test]
    fn what_is_no_name_of_an_operation_is_not_shown() {
        let odd = request("https://host/", &[("authorization", SIGNATURE)], "Action=a%20secret&b=c");
        assert_eq!(what(&odd, "https://host"), "logs GET / eu-west-1");
    }

    #[test]
    fn an_attempt_is_the_number_that_the_sdk_sends() {
        let second = request("https://host/", &[("amz-sdk-request", "attempt=2; max=5")], "");
        assert_eq!(attempt(&second), Some(2));
        assert_eq!(attempt(&request("https://host/", &[], "")), None);
    }
}
