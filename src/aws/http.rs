//! The one HTTP client under every AWS client and credential provider: TLS by rustls with ring, the system's roots
//! (`SSL_CERT_FILE` included) or those of `AWS_CA_BUNDLE`, proxies from the environment.
//!
//! Four things differ from the SDK's stock client:
//! - Pools are made on first use, so a run against plain-http endpoints never parses the root certificates.
//! - A request marked [`OpenToo`] or [`OpenOnly`] opens connections ahead of the requests that will need them. Setting up
//!   TLS costs two round trips before a request can leave, and each service is its own host.
//! - A refused connection or an unknown host is final: retrying it only delays the message.
//! - An XML document that breaks off is a fault of the connection, and a page for people is no answer.

mod debug;
mod roots;

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::pool::{Client as PoolClient, ConnectionPool, DriverSpawner, Partition, PartitionId};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::os_shim_internal::Env;

use super::access::Show;
use super::clock::Clock;
use super::xml;
use debug::Shown;
pub(super) use roots::Roots;

/// Marks a request: open a second connection to its host next to the one that it uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenToo;

/// Marks a request that is never sent: only open this many connections to its host.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenOnly(pub(super) usize);

/// Makes the client, and the clock that its answers put right. `debug`: to whom requests are shown.
pub(super) fn client(roots: Roots, debug: Option<Show>) -> (SharedHttpClient, Clock) {
    let (pools, clock) = (Arc::new(Pools { roots, ..Pools::default() }), Clock::default());
    (SharedHttpClient::new(Http { pools, clock: clock.clone(), debug }), clock)
}

/// A client for servers on this machine, which no proxy sees.
pub(super) fn direct() -> SharedHttpClient {
    let pools = Arc::new(Pools { is_direct: true, ..Pools::default() });
    SharedHttpClient::new(Http { pools, clock: Clock::default(), debug: None })
}

tokio::task_local! {
    /// Where the request of the call under way was sent: the SDK's timeout errors do not say.
    static SENT_TO: Place;
}

/// The scheme, host and port that a call was sent to, once it was.
#[derive(Debug, Clone, Default)]
pub(super) struct Place(Arc<OnceLock<String>>);

impl Place {
    pub(super) fn name(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

/// A call, and the place where it will turn out to have been sent.
pub(super) fn located_in<F: Future>(call: F) -> (Place, impl Future<Output = F::Output>) {
    let place = Place::default();
    (place.clone(), SENT_TO.scope(place, call))
}

#[derive(Debug)]
struct Http {
    pools: Arc<Pools>,
    clock: Clock,
    debug: Option<Show>,
}

impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            pools: Arc::clone(&self.pools),
            clock: self.clock.clone(),
            debug: self.debug,
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

/// Connection pools by what it takes to connect, each made when first needed.
#[derive(Debug, Default)]
struct Pools {
    roots: Roots,
    /// No proxy is used, whatever the environment says.
    is_direct: bool,
    encrypted: OnceLock<Result<PoolClient, String>>,
    plain: OnceLock<Result<PoolClient, String>>,
    link_local: OnceLock<Result<PoolClient, String>>,
}

impl Pools {
    fn client_for(&self, uri: &str) -> Result<&PoolClient, String> {
        let pool = if is_encrypted(uri) {
            self.encrypted.get_or_init(|| encrypted(&self.roots))
        } else if self.is_direct || is_link_local(uri) {
            self.link_local.get_or_init(|| plain(ProxyConfig::disabled()))
        } else {
            // An https:// proxy needs TLS although the request does not.
            self.plain.get_or_init(|| match proxy_is_encrypted() {
                true => encrypted(&self.roots),
                false => plain(ProxyConfig::from_env()),
            })
        };
        pool.as_ref().map_err(Clone::clone)
    }
}

fn is_encrypted(uri: &str) -> bool {
    uri.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// The metadata services of EC2 and ECS: credentials come from them, so no proxy may see the request.
fn is_link_local(uri: &str) -> bool {
    uri.starts_with("http://169.254.") || uri.starts_with("http://[fd00:ec2::")
}

const PLAIN_PROXIES: &[&str] = &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const ENCRYPTED_PROXIES: &[&str] = &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

fn proxy_is_encrypted() -> bool {
    let env = Env::real();
    PLAIN_PROXIES.iter().any(|name| env.get(name).is_ok_and(|proxy| is_encrypted(&proxy)))
}

/// The variable, if any, that names a proxy for a URI. Whether `NO_PROXY` exempts the host is not looked at.
fn proxy_variable(uri: &str) -> Option<&'static str> {
    let env = Env::real();
    let names = if is_encrypted(uri) { ENCRYPTED_PROXIES } else { PLAIN_PROXIES };
    names.iter().copied().find(|name| env.get(name).is_ok_and(|proxy| !proxy.is_empty()))
}

fn encrypted(roots: &Roots) -> Result<PoolClient, String> {
    let pool = ConnectionPool::builder()
        .partitions([partition()])
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(roots.context()?)
        .build_https();
    pooled(pool.map_err(|error| error.to_string())?)
}

fn plain(proxies: ProxyConfig) -> Result<PoolClient, String> {
    let pool = ConnectionPool::builder().partitions([partition()]).proxy_config(proxies).build_http();
    pooled(pool.map_err(|error| error.to_string())?)
}

const PARTITION: PartitionId = PartitionId::from_index(0);

/// Connections are driven by tasks of the runtime that makes the request.
fn partition() -> Partition {
    Partition::new(
        PARTITION,
        DriverSpawner::from_fn(|task| {
            tokio::spawn(task);
        }),
    )
}

fn pooled(pool: ConnectionPool) -> Result<PoolClient, String> {
    PoolClient::from_partition(&pool, PARTITION).map_err(|error| error.to_string())
}

#[derive(Debug)]
struct Connector {
    pools: Arc<Pools>,
    clock: Clock,
    debug: Option<Show>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let pool = match self.pools.client_for(request.uri()) {
            Ok(pool) => pool.http_connector(&self.settings, &self.components),
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        // Over plain http a connection costs one round trip, and one endpoint often serves everything: not worth it.
        if is_encrypted(request.uri()) {
            let extra = request.extension::<OpenOnly>().map(|only| only.0);
            for _ in 0..extra.unwrap_or(usize::from(request.extension::<OpenToo>().is_some())) {
                open(&pool, request.uri());
            }
        }
        if request.extension::<OpenOnly>().is_some() {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("only connections were opened".into())));
        }
        let place = place(request.uri());
        // Credentials are fetched by calls that belong to no task here.
        let _ = SENT_TO.try_with(|sent_to| sent_to.0.set(place.clone()));
        let shown = self.debug.map(|show| Shown::begin(show, &request, &place));
        let (answer, clock) = (pool.call(request), self.clock.clone());
        HttpConnectorFuture::new(async move {
            match answer.await {
                Ok(answer) => {
                    clock.note(&answer);
                    let status = answer.status().as_u16();
                    let answer = whole(answer, place).await;
                    shown.into_iter().for_each(|shown| shown.answered(status));
                    answer
                }
                Err(error) => {
                    shown.into_iter().for_each(|shown| shown.failed(&error));
                    Err(located(error, place))
                }
            }
        })
    }
}

/// An answer that is XML is read to its end before it is taken for one: where the connection's end ends the body, the
/// SDK's decoders take a document that breaks off for a shorter one. A page for people is no answer at all; one that
/// comes with a server's fault is left to the retries.
async fn whole(mut answer: HttpResponse, place: String) -> Result<HttpResponse, ConnectorError> {
    let kind = answer.headers().get("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("json") || kind.contains("cbor") {
        return Ok(answer);
    }
    let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
    let body = ByteStream::new(body)
        .collect()
        .await
        .map_err(|error| located(ConnectorError::io(error.into()), place.clone()))?;
    let body = body.into_bytes();
    let status = answer.status().as_u16();
    if is_html(&body) {
        if status < 500 {
            return Err(ConnectorError::other(Box::new(HtmlPage { place, status }), None));
        }
    } else if xml::begins(&body) && !xml::is_whole(&body) {
        return Err(ConnectorError::io(Box::new(BrokenOff { place })));
    }
    *answer.body_mut() = SdkBody::from(body);
    Ok(answer)
}

/// Whether a body is a page for people.
pub(super) fn is_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start).trim_ascii_start();
    ["<!doctype html", "<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes())))
}

/// An answer that ends before its document does.
#[derive(Debug, thiserror::Error)]
#[error("the answer of {place} is cut off")]
pub(super) struct BrokenOff {
    place: String,
}

/// A page for people where an answer should be.
#[derive(Debug, thiserror::Error)]
#[error("{} from {place}", Self::words(*.status))]
pub(super) struct HtmlPage {
    place: String,
    status: u16,
}

impl HtmlPage {
    pub(super) fn words(status: u16) -> String {
        format!("an HTML page instead of an answer (HTTP status {status})")
    }
}

/// Opens a connection to a host by queueing a request for one and withdrawing it before anything is sent: the pool goes
/// on connecting in a task of its own, and keeps the connection.
fn open(pool: &SharedHttpConnector, uri: &str) {
    let Ok(request) = HttpRequest::get(uri) else { return };
    let mut queued = Box::pin(pool.call(request));
    tokio::spawn(async move {
        // The first poll starts the pool's task, the second finds it running; a task not yet run would be cancelled.
        for _ in 0..2 {
            if futures::poll!(queued.as_mut()).is_ready() {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
}

/// Scheme, host and port of a URI, without user information.
fn place(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("http", uri));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// A failure to reach a place. Its text names the place, which the errors below it do not.
#[derive(Debug)]
pub(super) struct Unreachable {
    /// Scheme, host and port.
    pub(super) place: String,
    cause: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot reach {}", self.place)?;
        match proxy_variable(&self.place) {
            Some(variable) => write!(f, " ({variable} is set)"),
            None => Ok(()),
        }
    }
}

impl Error for Unreachable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

fn located(error: ConnectorError, place: String) -> ConnectorError {
    let (timeout, user, io, kind) = (error.is_timeout(), error.is_user(), error.is_io(), error.as_other());
    let hopeless = io && is_hopeless(&error);
    let error = Box::new(Unreachable { place, cause: error.into_source() });
    if timeout {
        ConnectorError::timeout(error)
    } else if user {
        ConnectorError::user(error)
    } else if hopeless {
        ConnectorError::other(error, None)
    } else if io {
        ConnectorError::io(error)
    } else {
        ConnectorError::other(error, kind)
    }
}

/// Whether a new attempt would fail the same way: nothing listens there, or the name does not exist.
fn is_hopeless(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| match cause.downcast_ref::<io::Error>() {
        Some(io) if io.kind() == io::ErrorKind::ConnectionRefused => true,
        _ => {
            let text = cause.to_string();
            text.contains("failed to lookup address information") && !text.contains("emporary failure")
        }
    })
}

/// An error and all below it. After an [`io::Error`] comes what it wraps, which `source` would skip.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_no_user_information_and_no_path() {
        assert_eq!(place("https://sns.us-east-1.amazonaws.com/"), "https://sns.us-east-1.amazonaws.com");
        assert_eq!(place("http://me:secret@localhost:4566/x?y=z"), "http://localhost:4566");
    }

    #[test]
    fn metadata_services_are_link_local() {
        assert!(is_link_local("http://169.254.169.254/latest/api/token"));
        assert!(is_link_local("http://[fd00:ec2::254]/latest"));
        assert!(!is_link_local("http://169.255.0.1/"));
    }
}
