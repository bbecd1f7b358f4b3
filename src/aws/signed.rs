//! One signed request to a service of which no SDK crate is built in: the SDK's own runtime signs, sends and retries it,
//! as it does for its crates, under the same configuration.
//!
//! It knows how a service is found and signed for, and how one refuses, in JSON or in XML. What an answer means is for
//! the file of the service.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::Builder as ErrorBuilder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use flate2::Crc;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::xml;
use crate::partition::host::{HostError, Hosts, Variant};
use crate::snapshot::without_namespace;

/// A service, by its several names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// The SDK's name, which the variable `AWS_ENDPOINT_URL_…` and the section of the config files are called after.
    pub(super) id: &'static str,
    /// The version of its API.
    pub(super) version: &'static str,
    /// Its name in signatures, and where it is.
    pub(super) hosts: Hosts,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    /// `GET`, `PUT`, …
    pub(super) method: &'static str,
    /// Path and query, encoded.
    pub(super) path: String,
    /// Headers other than those of the signature.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(super) body: Body,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Text(String),
    /// A file and its size, read while it is sent, and again if it is sent again.
    File(Arc<SdkBody>, u64),
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Body {
    /// A file.
    ///
    /// # Errors
    /// It cannot be read; what is wrong with it, without its name.
    pub(super) async fn file(path: &Path) -> io::Result<Self> {
        let size = fs::metadata(path)?.len();
        let body = ByteStream::read_from().path(path).build().await.map_err(io::Error::other)?;
        Ok(Self::File(Arc::new(body.into_inner()), size))
    }

    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => u64::try_from(text.len()).unwrap_or(u64::MAX),
            Self::File(_, size) => *size,
        }
    }

    fn sdk_body(&self) -> SdkBody {
        match self {
            Self::Text(text) => SdkBody::from(text.as_str()),
            // What is read from a file can be read again.
            Self::File(body, _) => body.try_clone().unwrap_or_else(SdkBody::taken),
        }
    }
}

/// What was answered, if it was no refusal.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A header's value, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// Text as a part of a path or as a field of a form.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `x-amz-checksum-crc32` of a body, which S3 demands where the body matters most.
pub(super) fn checksum(body: &str) -> String {
    let mut sum = Crc::new();
    sum.update(body.as_bytes());
    base64::encode(sum.sum().to_be_bytes())
}

/// The same of a file.
///
/// # Errors
/// It cannot be read.
pub(super) fn checksum_of_file(path: &Path) -> io::Result<String> {
    let (mut sum, mut file, mut part) = (Crc::new(), File::open(path)?, vec![0; 1 << 16]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(base64::encode(sum.sum().to_be_bytes())),
            count => sum.update(part.get(..count).unwrap_or_default()),
        }
    }
}

/// A call that no answer or a refusal came to.
pub(super) type SignedError = SdkError<ErrorMetadata, HttpResponse>;

/// `GET`s a path in a region: the JSON body of the answer, or the error that the service names.
pub(super) async fn get(
    config: &SdkConfig,
    service: Service,
    region: &str,
    operation: &'static str,
    path: &'static str,
) -> Result<Value, SignedError> {
    let request = Request { method: "GET", path: path.to_owned(), ..Request::default() };
    call(config, service, region, operation, request, json).await
}

/// Sends a request to a service in a region: the answer, or the error that the service names.
pub(super) async fn send(
    config: &SdkConfig,
    service: Service,
    region: &str,
    operation: &'static str,
    request: Request,
) -> Result<Answer, SignedError> {
    call(config, service, region, operation, request, whole).await
}

async fn call<T>(
    config: &SdkConfig,
    service: Service,
    region: &str,
    operation: &'static str,
    request: Request,
    read: fn(&HttpResponse) -> Result<T, BadAnswer>,
) -> Result<T, SignedError>
where
    T: fmt::Debug + Send + Sync + 'static,
{
    // What a refusal says that has no body is known of a request whose every answer has none.
    let is_head = request.method == "HEAD";
    let endpoint = endpoint(config, service, region).map_err(SdkError::construction_failure)?;
    let built = Operation::builder()
        .service_name(service.id)
        .operation_name(operation)
        .endpoint_url(&endpoint)
        .runtime_plugin(signing(config, service, region))
        .with_connection_poisoning()
        .interceptor(ServiceClockSkewInterceptor::new())
        .interceptor(UserAgentInterceptor::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new());
    let built = configured(built, config)
        .serializer(move |request: Request| http_request(request).map_err(Into::into))
        .deserializer(move |response| answer(response, is_head, read))
        .build();
    built.invoke(request).await
}

fn http_request(request: Request) -> Result<HttpRequest, HttpError> {
    let mut http = HttpRequest::new(request.body.sdk_body());
    http.set_method(request.method)?;
    http.set_uri(request.path)?;
    for (name, value) in request.headers {
        http.headers_mut().try_insert(name, value)?;
    }
    if request.body.len() > 0 {
        http.headers_mut().try_insert("content-length", request.body.len().to_string())?;
    }
    Ok(http)
}

/// Retries, patience, clock and connections, as the SDK's crates have them.
fn configured(mut request: OperationBuilder, config: &SdkConfig) -> OperationBuilder {
    request = request
        .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
        .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled));
    if let Some(version) = config.behavior_version() {
        request = request.behavior_version(version);
    }
    if let Some(protection) = config.stalled_stream_protection() {
        request = request.stalled_stream_protection(protection);
    }
    if let Some(http) = config.http_client() {
        request = request.http_client(http);
    }
    if let Some(sleep) = config.sleep_impl() {
        request = request.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        request = request.time_source(time);
    }
    request
}

/// Who signs, and for what.
fn signing(config: &SdkConfig, service: Service, region: &str) -> StaticRuntimePlugin {
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    let mut wanted = SigV4OperationSigningConfig::default();
    if service.hosts == Hosts::S3 {
        wanted.signing_options.double_uri_encode = false;
        wanted.signing_options.normalize_uri_path = false;
        wanted.signing_options.content_sha256_header = true;
    }
    layer.store_put(wanted);
    layer.store_put(SigningName::from_static(service.hosts.name));
    layer.store_put(SigningRegion::from(Region::new(service.hosts.signing_region(region).to_owned())));
    layer.store_put(ApiMetadata::new(service.hosts.name, service.version));
    if let Some(app) = config.app_name() {
        layer.store_put(app.clone());
    }
    let mut components = RuntimeComponentsBuilder::new("signing");
    let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)));
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
}

/// Where the service is: the endpoint of the command line, then that of the environment or the config files for this
/// service, then theirs for all, else AWS's own.
fn endpoint(config: &SdkConfig, service: Service, region: &str) -> Result<String, HostError> {
    let for_all = config.endpoint_url();
    let key =
        ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let for_this = config
        .service_config()
        .filter(|_| !config.get_origin("endpoint_url").is_client_config())
        .zip(key.ok())
        .and_then(|(settings, key)| settings.load_config(key));
    if let Some(url) = for_this.or_else(|| for_all.map(str::to_owned)) {
        return Ok(url);
    }
    let (fips, dual_stack) = (config.use_fips() == Some(true), config.use_dual_stack() == Some(true));
    Ok(format!("https://{}", service.hosts.in_region(region, Variant { fips, dual_stack })?))
}

/// An answer that is no refusal and cannot be read.
type BadAnswer = serde_json::Error;

/// Reads an answer, or a refusal.
fn answer<T>(
    response: &HttpResponse,
    is_head: bool,
    read: fn(&HttpResponse) -> Result<T, BadAnswer>,
) -> Result<T, OrchestratorError<ErrorMetadata>> {
    if response.status().is_success() {
        return read(response).map_err(OrchestratorError::other);
    }
    Err(OrchestratorError::operation(refusal(response, is_head)))
}

/// An answer whose body is JSON.
fn json(response: &HttpResponse) -> Result<Value, BadAnswer> {
    serde_json::from_slice(response.body().bytes().unwrap_or_default())
}

/// An answer of any kind.
fn whole(response: &HttpResponse) -> Result<Answer, BadAnswer> {
    let headers = response.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Ok(Answer { headers: headers.collect(), body: response.body().bytes().unwrap_or_default().to_vec() })
}

/// What a refusal says: in a header, in JSON, in XML, or, to a `HEAD`, by the status alone.
fn refusal(response: &HttpResponse, is_head: bool) -> ErrorMetadata {
    let body = response.body().bytes().unwrap_or_default();
    let mut error = ErrorMetadata::builder();
    if is_head {
        let code = match response.status().as_u16() {
            301 | 307 | 308 => "Moved",
            403 => "AccessDenied",
            404 => "NotFound",
            _ => return error.build(),
        };
        return error.code(code).build();
    }
    if body.trim_ascii_start().starts_with(b"<") {
        // S3 leaves out the root that the others have.
        let field = |name: &str| {
            let paths = [format!("Error/{name}"), format!("ErrorResponse/Error/{name}")];
            paths.iter().find_map(|path| xml::text(body, path).ok().flatten())
        };
        error = field("Code").into_iter().fold(error, ErrorBuilder::code);
        error = field("Message").into_iter().fold(error, ErrorBuilder::message);
        return error.build();
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str()).map(str::to_owned);
    let header = response.headers().get("x-amzn-errortype").map(str::to_owned);
    let mut error = ErrorMetadata::builder();
    if let Some(code) = header.or_else(|| field(&["__type", "code", "Code"])) {
        error = error.code(without_namespace(&code));
    }
    if let Some(message) = field(&["message", "Message"]) {
        error = error.message(message);
    }
    error.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(header: Option<&'static str>, body: &'static str) -> (Option<String>, Option<String>) {
        let mut response = HttpResponse::new(401.try_into().unwrap(), SdkBody::from(body));
        if let Some(code) = header {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        let error = answer(&response, false, json).unwrap_err();
        let error = error.as_operation_error().unwrap();
        (error.code().map(str::to_owned), error.message().map(str::to_owned))
    }

    #[test]
    fn a_refusal_names_its_code_in_a_header_or_in_the_body() {
        let some = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        let wanted = some("InvalidAccessException", "no");
        assert_eq!(refused(Some("InvalidAccessException:http://internal.amazon.com/"), r#"{"Message":"no"}"#), wanted);
        assert_eq!(refused(None, r#"{"__type":"com.amazonaws#InvalidAccessException","message":"no"}"#), wanted);
        assert_eq!(refused(None, r#"{"Code":"InvalidAccessException","Message":"no"}"#), wanted);
        let in_xml =
            "<ErrorResponse><Error><Code>InvalidAccessException</Code><Message>no</Message></Error></ErrorResponse>";
        assert_eq!(refused(None, in_xml), wanted);
        let bare = "<?xml version=\"1.0\"?>\n<Error><Code>InvalidAccessException</Code><Message>no</Message></Error>";
        assert_eq!(refused(None, bare), wanted);
        assert_eq!(refused(None, "<html>Please sign in</html>"), (None, None));
    }

    #[test]
    fn a_checksum_is_crc32_in_base64() {
        // CBF43926, the check value of CRC-32.
        assert_eq!(checksum("123456789"), "y/Q5Jg==");
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "123456789").unwrap();
        assert_eq!(checksum_of_file(file.path()).unwrap(), "y/Q5Jg==");
    }

    #[test]
    fn the_status_alone_answers_only_requests_for_no_body() {
        let code = |status: u16, is_head| {
            let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
            let error = answer(&response, is_head, whole).unwrap_err();
            error.as_operation_error().unwrap().code().map(str::to_owned)
        };
        assert_eq!(code(404, true).as_deref(), Some("NotFound"));
        assert_eq!(code(403, true).as_deref(), Some("AccessDenied"));
        assert_eq!(code(500, true), None);
        assert_eq!(code(404, false), None);
    }
}
