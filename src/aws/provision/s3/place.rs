//! A bucket by its name: one request to it, and what is read of it. Always addressed by its path, which holds for any name
//! and any endpoint. It knows no step: what a bucket should be like is for the file of the service.

use crate::aws::answers::{self, Must};
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::provision::account::Account;
use crate::aws::signed::{self, Answer, Request, Service};
use crate::aws::xml;
use crate::fix::plan::Bucket;
use crate::partition::host::Hosts;

const SERVICE: Service = Service { id: "S3", version: "2006-03-01", hosts: Hosts::S3 };

/// Before it there is no bucket whose owner could be held to be the account.
pub(super) const CREATE: &str = "s3:CreateBucket";

/// What keeps the public out (`PublicAccessBlockConfiguration`).
pub(super) const BLOCKS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// What `HeadBucket` says about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) enum Found {
    /// There is no bucket of that name.
    Free,
    /// The account has it in this region, and these are its tags.
    Owned(Vec<(String, String)>),
    /// It exists, and not here.
    Taken,
}

/// Who has the name of a bucket.
pub(in crate::aws) async fn found(
    clients: &Clients,
    account: &Account,
    region: &str,
    name: &str,
) -> Result<Found, Failure> {
    let bucket = Place { clients, account, region, name };
    let answer = match bucket.ask("s3:ListBucket", "HeadBucket", "HEAD", "", String::new()).await {
        Ok(answer) => answer,
        Err(failure) if failure.trouble == Trouble::NotFound => return bucket.free().await,
        Err(failure) if failure.code == "Moved" => return Ok(Found::Taken),
        // One answer for both (S3 API reference, `HeadBucket`).
        Err(mut failure) if failure.code == "AccessDenied" => {
            failure.message = format!("another account has the bucket {name}, or s3:ListBucket is not allowed");
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    if answer.header("x-amz-bucket-region").is_some_and(|found| found != region) {
        return Ok(Found::Taken);
    }
    Ok(Found::Owned(bucket.tags().await?))
}

/// Whether a bucket of the account keeps the public out.
pub(in crate::aws) async fn is_blocked(
    clients: &Clients,
    account: &Account,
    region: &str,
    name: &str,
) -> Result<bool, Failure> {
    Place { clients, account, region, name }.is_blocked().await
}

/// A bucket's address.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    clients: &'a Clients,
    account: &'a Account,
    region: &'a str,
    name: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn new(clients: &'a Clients, account: &'a Account, bucket: &'a Bucket) -> Self {
        Self { clients, account, region: &bucket.region, name: &bucket.name }
    }

    pub(super) fn call(self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.region, resource: Some(self.name) }
    }

    /// One request. `operation` is IAM's name, `name` the API's; they differ here and there.
    pub(super) async fn ask(
        self,
        operation: &'static str,
        name: &'static str,
        method: &'static str,
        query: &str,
        body: String,
    ) -> Result<Answer, Failure> {
        let mut headers = Vec::new();
        if operation != CREATE {
            headers.push(("x-amz-expected-bucket-owner", self.account.id.clone()));
        }
        if !body.is_empty() {
            headers.push(("content-type", "application/xml".to_owned()));
            headers.push(("x-amz-sdk-checksum-algorithm", "CRC32".to_owned()));
            headers.push(("x-amz-checksum-crc32", signed::checksum(&body)));
        }
        let path = format!("/{}{query}", signed::encoded(self.name));
        let request = Request { method, path, headers, body: body.into() };
        let sent = signed::send(self.clients.config(), SERVICE, self.region, name, request);
        self.clients.ask(self.call(operation), sent).await
    }

    /// Asks again where `HeadBucket` found nothing: its answer has no body, so that anything on the way can have given it.
    async fn free(self) -> Result<Found, Failure> {
        match self.is_empty().await {
            Err(failure) if failure.code == "NoSuchBucket" => Ok(Found::Free),
            Err(failure) => Err(failure),
            Ok(_) => Err(self.call("s3:ListBucket").bad_answer("HeadBucket finds no bucket, and ListObjectsV2 does")),
        }
    }

    /// The bucket's tags.
    pub(super) async fn tags(self) -> Result<Vec<(String, String)>, Failure> {
        let operation = "s3:GetBucketTagging";
        let body = match self.ask(operation, "GetBucketTagging", "GET", "?tagging", String::new()).await {
            Ok(answer) => answer.body,
            Err(failure) if failure.code == "NoSuchTagSet" => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
        };
        self.must(operation, &body, "Tagging", "TagSet", answers::BUCKET_TAGS)?;
        let keys = self.texts(operation, &body, "Tagging/TagSet/Tag/Key")?;
        Ok(keys.into_iter().zip(self.texts(operation, &body, "Tagging/TagSet/Tag/Value")?).collect())
    }

    fn texts(self, operation: &'static str, body: &[u8], path: &str) -> Result<Vec<String>, Failure> {
        xml::texts(body, path).map_err(|error| self.call(operation).bad_answer(&error.to_string()))
    }

    /// Whether the public is kept out, whatever policies and lists say.
    pub(super) async fn is_blocked(self) -> Result<bool, Failure> {
        let operation = "s3:GetBucketPublicAccessBlock";
        let Some(body) = self.read(operation, "GetPublicAccessBlock", "?publicAccessBlock").await? else {
            return Ok(false);
        };
        self.must(operation, &body, "PublicAccessBlockConfiguration", "BlockPublicAcls", answers::BUCKET_BLOCK)?;
        for kind in BLOCKS {
            let found = self.texts(operation, &body, &format!("PublicAccessBlockConfiguration/{kind}"))?;
            if found.first().is_none_or(|value| value != "true") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The bucket's policy, which is the whole body: one that breaks off is no JSON.
    pub(super) async fn policy(self) -> Result<Option<String>, Failure> {
        let operation = "s3:GetBucketPolicy";
        let Some(body) = self.read(operation, "GetBucketPolicy", "?policy").await? else { return Ok(None) };
        let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
        let text = String::from_utf8(body).ok().filter(|_| is_whole);
        text.map(Some).ok_or_else(|| self.call(operation).bad_answer("the policy is not JSON, or is cut off"))
    }

    /// Reads a part of the bucket that may be missing.
    async fn read(self, operation: &'static str, name: &'static str, query: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self.ask(operation, name, "GET", query, String::new()).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(failure) if failure.trouble == Trouble::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `ListObjectsV2`: whether there is nothing in it.
    pub(super) async fn is_empty(self) -> Result<bool, Failure> {
        let query = "?list-type=2&max-keys=1";
        let answer = self.ask("s3:ListBucket", "ListObjectsV2", "GET", query, String::new()).await?;
        let count =
            self.must("s3:ListBucket", &answer.body, "ListBucketResult", "KeyCount", answers::BUCKET_OBJECTS)?;
        let keys = self.texts("s3:ListBucket", &answer.body, "ListBucketResult/Contents/Key")?;
        let goes_on = self.texts("s3:ListBucket", &answer.body, "ListBucketResult/IsTruncated")?;
        Ok(count == "0" && keys.is_empty() && !goes_on.iter().any(|value| value == "true"))
    }

    /// The text of a field that must be there.
    fn must(
        self,
        operation: &'static str,
        body: &[u8],
        root: &str,
        field: &str,
        member: Must,
    ) -> Result<String, Failure> {
        let fields = xml::fields(body, root).map_err(|error| self.call(operation).bad_answer(&error.to_string()))?;
        let found = fields.into_iter().find(|(name, _)| name == field);
        Ok(self.call(operation).must(member, found)?.1)
    }
}
