//! Objects of one S3 bucket: read, listed and written, each whole. What is in them is for the caller.
//!
//! Writes can be conditional (S3 user guide, "Conditional requests"): an object that is there, or that has changed since it
//! was looked at, is not replaced.

use std::io;
use std::path::PathBuf;

use super::clients::Clients;
use super::error::{Call, Failure};
use super::signed::{self, Answer, Request, Service};
use super::xml;
use crate::partition::host::Hosts;

const SERVICE: Service = Service { id: "S3", version: "2006-03-01", hosts: Hosts::S3 };

/// The header that says what an object is about, without its content.
const MARK: &str = "x-amz-meta-outcome";

/// A call to S3 that failed: one line, with the action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ObjectError(String);

/// A bucket, in the region of the clients.
#[derive(Debug, Clone, Copy)]
pub struct Bucket<'a> {
    clients: &'a Clients,
    name: &'a str,
    /// The account that it must be of, 12 digits.
    owner: Option<&'a str>,
}

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The tag of its content, with its quotes.
    pub tag: String,
    /// The word that it was written with.
    pub mark: Option<String>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub body: Vec<u8>,
    /// The tag of its content, with its quotes.
    pub tag: String,
}

/// When an object is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write<'a> {
    /// Whatever is there.
    Always,
    /// If there is none.
    New,
    /// In place of the one with this tag.
    Replacing(&'a str),
}

/// Where what is written is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// In memory.
    Text(String),
    /// On the disk, where it may be larger than memory.
    File(PathBuf),
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content<'a> {
    /// Its media type.
    pub kind: &'static str,
    /// The content.
    pub body: Body,
    /// A word that [`Bucket::head`] finds.
    pub mark: Option<&'a str>,
}

/// What is written, as it is sent.
struct Sent<'a> {
    kind: &'static str,
    body: signed::Body,
    checksum: String,
    mark: Option<&'a str>,
}

impl<'a> Sent<'a> {
    async fn new(Content { kind, body, mark }: Content<'a>) -> io::Result<Self> {
        let (checksum, body) = match body {
            Body::Text(text) => (signed::checksum(&text), text.into()),
            Body::File(path) => (signed::checksum_of_file(&path)?, signed::Body::file(&path).await?),
        };
        Ok(Self { kind, body, checksum, mark })
    }
}

impl<'a> Bucket<'a> {
    /// A bucket by its name.
    #[must_use]
    pub fn new(clients: &'a Clients, name: &'a str, owner: Option<&'a str>) -> Self {
        Self { clients, name, owner }
    }

    /// `HeadObject`. `None`: there is none.
    ///
    /// # Errors
    /// See [`ObjectError`].
    pub async fn head(self, key: &str) -> Result<Option<Seen>, ObjectError> {
        match self.ask("s3:GetObject", "HeadObject", "HEAD", key, None).await {
            Ok(answer) => {
                let mark = answer.header(MARK).map(str::to_owned);
                Ok(answer.header("etag").map(|tag| Seen { tag: tag.to_owned(), mark }))
            }
            Err(failure) if failure.code == "NotFound" => Ok(None),
            Err(failure) => Err(ObjectError(failure.words())),
        }
    }

    /// `GetObject`. `None`: there is none.
    ///
    /// # Errors
    /// See [`ObjectError`].
    pub async fn get(self, key: &str) -> Result<Option<Object>, ObjectError> {
        match self.ask("s3:GetObject", "GetObject", "GET", key, None).await {
            Ok(answer) => {
                let tag = answer.header("etag").unwrap_or_default().to_owned();
                Ok(Some(Object { body: answer.body, tag }))
            }
            Err(failure) if failure.code == "NoSuchKey" => Ok(None),
            Err(failure) => Err(ObjectError(failure.words())),
        }
    }

    /// `ListObjectsV2`, page by page: all keys that begin so, in S3's order.
    ///
    /// # Errors
    /// See [`ObjectError`].
    pub async fn keys(self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        let (mut keys, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut query = format!("?list-type=2&prefix={}", signed::encoded(prefix));
            if let Some(token) = &token {
                query.push_str(&format!("&continuation-token={}", signed::encoded(token)));
            }
            let answer = self.ask("s3:ListBucket", "ListObjectsV2", "GET", &query, None).await;
            let body = answer.map_err(|failure| ObjectError(failure.words()))?.body;
            let texts = |path: &str| {
                xml::texts(&body, path).map_err(|error| ObjectError(format!("s3:ListBucket: {}: {error}", self.name)))
            };
            keys.extend(texts("ListBucketResult/Contents/Key")?);
            let goes_on = texts("ListBucketResult/IsTruncated")?.first().is_some_and(|value| value == "true");
            token = texts("ListBucketResult/NextContinuationToken")?.into_iter().next().filter(|_| goes_on);
            if token.is_none() {
                if goes_on {
                    return Err(ObjectError(format!("s3:ListBucket: {}: a page without the next one", self.name)));
                }
                return Ok(keys);
            }
        }
    }

    /// `PutObject`: whether it was written. It was not where the condition does not hold.
    ///
    /// # Errors
    /// See [`ObjectError`].
    pub async fn put(self, key: &str, content: Content<'_>, write: &Write<'_>) -> Result<bool, ObjectError> {
        let content = Sent::new(content).await.map_err(|error| {
            ObjectError(format!("s3:PutObject: {key}: what is to be written cannot be read: {error}"))
        })?;
        match self.ask("s3:PutObject", "PutObject", "PUT", key, Some((content, write))).await {
            Ok(_) => Ok(true),
            // Another write is under way, or the object has changed or gone.
            Err(failure) if *write != Write::Always && is_condition(&failure) => Ok(false),
            Err(failure) => Err(ObjectError(failure.words())),
        }
    }

    /// One request. `target`: a key, or a query about the bucket.
    async fn ask(
        self,
        operation: &'static str,
        name: &'static str,
        method: &'static str,
        target: &str,
        content: Option<(Sent<'_>, &Write<'_>)>,
    ) -> Result<Answer, Failure> {
        let mut headers = Vec::new();
        headers.extend(self.owner.map(|owner| ("x-amz-expected-bucket-owner", owner.to_owned())));
        let mut body = signed::Body::default();
        if let Some((content, write)) = content {
            headers.push(("content-type", content.kind.to_owned()));
            headers.push(("x-amz-sdk-checksum-algorithm", "CRC32".to_owned()));
            headers.push(("x-amz-checksum-crc32", content.checksum));
            body = content.body;
            headers.extend(content.mark.map(|mark| (MARK, mark.to_owned())));
            match write {
                Write::Always => {}
                Write::New => headers.push(("if-none-match", "*".to_owned())),
                Write::Replacing(tag) => headers.push(("if-match", (*tag).to_owned())),
            }
        }
        let bucket = signed::encoded(self.name);
        let path = match target.strip_prefix('?') {
            Some(_) => format!("/{bucket}{target}"),
            None => format!("/{bucket}/{}", of_key(target)),
        };
        let request = Request { method, path, headers, body };
        let region = self.clients.region();
        let sent = signed::send(self.clients.config(), SERVICE, region, name, request);
        self.clients.ask(Call { operation, region, resource: Some(self.name) }, sent).await
    }
}

fn is_condition(failure: &Failure) -> bool {
    ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"].contains(&failure.code.as_str())
}

/// A key as a path: its slashes stay.
fn of_key(key: &str) -> String {
    key.split('/').map(signed::encoded).collect::<Vec<_>>().join("/")
}
