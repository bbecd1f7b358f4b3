//! Requests that nobody signs, to a server on this machine, over an HTTP client of their own: they wait as long as it takes,
//! are sent once, and no proxy sees them.

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::timeout::TimeoutConfig;

use super::http;

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlainError(String);

/// A server on this machine.
#[derive(Debug)]
pub struct Plain {
    http: SharedHttpClient,
    /// `http://127.0.0.1:9001`
    url: String,
}

/// What it answered.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answered {
    /// A header's value, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Plain {
    /// One by its URL.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self { http: http::direct(), url }
    }

    /// Sends a request. `body`: `None` for a `GET`.
    ///
    /// # Errors
    /// No answer came.
    pub async fn send(
        &self,
        path: &str,
        headers: Vec<(&'static str, String)>,
        body: Option<String>,
    ) -> Result<Answered, PlainError> {
        let built = Operation::builder()
            .service_name("local")
            .operation_name("send")
            .endpoint_url(&self.url)
            .http_client(self.http.clone())
            .no_auth()
            .no_retry()
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .serializer(|(path, headers, body): (String, Vec<(&'static str, String)>, Option<String>)| {
                let length = body.as_ref().map(String::len);
                let mut request = HttpRequest::new(body.map_or_else(SdkBody::empty, SdkBody::from));
                request.set_method(if length.is_some() { "POST" } else { "GET" })?;
                request.set_uri(path)?;
                for (name, value) in headers {
                    request.headers_mut().try_insert(name, value)?;
                }
                if let Some(length) = length {
                    request.headers_mut().try_insert("content-length", length.to_string())?;
                }
                Ok(request)
            })
            .deserializer(|response: &HttpResponse| Ok::<_, OrchestratorError<PlainError>>(answered(response)))
            .build();
        let sent = built.invoke((path.to_owned(), headers, body)).await;
        sent.map_err(|error| PlainError(format!("{}{path}: {}", self.url, DisplayErrorContext(error))))
    }
}

fn answered(response: &HttpResponse) -> Answered {
    let headers = response.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let body = response.body().bytes().unwrap_or_default().to_vec();
    Answered { status: response.status().as_u16(), headers: headers.collect(), body }
}
