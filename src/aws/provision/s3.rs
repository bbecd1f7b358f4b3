//! S3: a bucket for a trail's files. Always addressed by its path, which holds for any name and any endpoint.

use aws_smithy_types::base64;
use aws_smithy_xml::encode::{ScopeWriter, XmlWriter};
use flate2::Crc;

use super::account::Account;
use super::standing::{altered, foreign, is_ours};
use super::{cloudtrail, document};
use crate::aws::answers::{self, Must};
use crate::aws::clients::Clients;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::signed::{self, Answer, Request, Service};
use crate::aws::xml;
use crate::fix::execute::{Hand, Removed, Standing, Stopped};
use crate::fix::plan::Bucket;
use crate::partition::host::Hosts;
use crate::snapshot::Trail;

const SERVICE: Service = Service { id: "S3", version: "2006-03-01", hosts: Hosts::S3 };
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

const CREATE: &str = "s3:CreateBucket";
const BLOCK: &str = "s3:PutBucketPublicAccessBlock";
const POLICY: &str = "s3:PutBucketPolicy";

/// A bucket is not known everywhere at once.
const NOT_YET: &[&str] = &["NoSuchBucket", "OperationAborted"];

/// What keeps the public out (`PublicAccessBlockConfiguration`).
const BLOCKS: [&str; 4] = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// What `HeadBucket` says about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) enum Found {
    /// Nobody has a bucket of that name.
    Free,
    /// The account has it in this region, and these are its tags.
    Owned(Vec<(String, String)>),
    /// Somebody has it, and not here.
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

pub(super) async fn look(clients: &Clients, account: &Account, bucket: &Bucket) -> Result<Standing, Failure> {
    let place = Place::of(clients, account, bucket);
    let name = &bucket.name;
    let tags = match found(clients, account, &bucket.region, name).await? {
        Found::Free => return Ok(Standing::Ready),
        Found::Taken => {
            return Ok(Standing::changed(format!("the bucket {name} exists in another region or account")));
        }
        Found::Owned(tags) => tags,
    };
    if !has_own(&tags, bucket) {
        return Ok(foreign(&format!("the bucket {name}")));
    }
    let mut left = Vec::new();
    match place.is_blocked().await {
        Ok(true) => {}
        Ok(false) => left.push(BLOCK),
        // To block it twice changes nothing, and nothing depends on it.
        Err(failure) if failure.is_denied() => left.push(BLOCK),
        Err(failure) => return Err(failure),
    }
    match place.policy().await? {
        None => left.push(POLICY),
        Some(policy) if document::same(&policy, &bucket.policy) => {}
        Some(_) => return Ok(altered(&format!("the bucket {name}"), "policy")),
    }
    Ok(Standing::left(left))
}

pub(super) async fn write(
    clients: &Clients,
    account: &Account,
    bucket: &Bucket,
    standing: &Standing,
    hand: &mut Hand<'_>,
) -> Result<(), Stopped> {
    let place = Place::of(clients, account, bucket);
    if standing.leaves(CREATE) {
        let call = place.call(CREATE);
        hand.patiently(call, &["OperationAborted"], || place.ask(CREATE, "CreateBucket", "PUT", "", created(bucket)))
            .await?;
        // In us-east-1 `CreateBucket` succeeds on a bucket that the account has already: whose is it?
        let tags = hand.until(place.call("s3:GetBucketTagging"), NOT_YET, || place.tags(), |tags| !tags.is_empty());
        if !has_own(&tags.await?, bucket) {
            let reason = format!("the bucket {} was made by somebody else in the meantime", bucket.name);
            return Err(Stopped { reason, ends_all: false, exists: false });
        }
    }
    if standing.leaves(BLOCK) {
        let work = || place.ask(BLOCK, "PutPublicAccessBlock", "PUT", "?publicAccessBlock", blocking());
        let otherwise = "only S3's default for new buckets keeps the public out of the bucket";
        hand.if_possible(place.call(BLOCK), NOT_YET, otherwise, work).await?;
    }
    if standing.leaves(POLICY) {
        let work = || place.ask(POLICY, "PutBucketPolicy", "PUT", "?policy", bucket.policy.clone());
        hand.patiently(place.call(POLICY), NOT_YET, work).await?;
    }
    Ok(())
}

fn has_own(tags: &[(String, String)], bucket: &Bucket) -> bool {
    is_ours(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())), &bucket.tags)
}

/// S3 deletes no bucket that holds something.
pub(super) async fn remove(
    clients: &Clients,
    account: &Account,
    bucket: &Bucket,
    hand: &mut Hand<'_>,
) -> Result<Removed, Stopped> {
    let place = Place::of(clients, account, bucket);
    let uses = |trail: &Trail| trail.s3_bucket.as_deref() == Some(&bucket.name);
    if let Some(kept) = cloudtrail::kept_for(clients, &bucket.region, uses).await? {
        return Ok(kept);
    }
    if !place.is_empty().await? {
        return Ok(Removed::Kept("it holds files".to_owned()));
    }
    let call = place.call("s3:DeleteBucket");
    let work = async {
        match place.ask(call.operation, "DeleteBucket", "DELETE", "", String::new()).await {
            Ok(_) => Ok(Removed::Gone),
            Err(failure) if failure.code == "BucketNotEmpty" => Ok(Removed::Kept("it holds files".to_owned())),
            Err(failure) => Err(failure),
        }
    };
    let removed = hand.delete(call, work).await?.unwrap_or(Removed::Gone);
    if removed == Removed::Gone {
        // What is removed next asks whether it is gone; and that is not known everywhere at once.
        let read = || found(clients, account, &bucket.region, &bucket.name);
        let _ = hand
            .until(place.call("s3:ListBucket"), &["BadAnswer"], read, |found| !matches!(found, Found::Owned(_)))
            .await;
    }
    Ok(removed)
}

/// A bucket's address.
#[derive(Clone, Copy)]
struct Place<'a> {
    clients: &'a Clients,
    account: &'a Account,
    region: &'a str,
    name: &'a str,
}

impl<'a> Place<'a> {
    fn of(clients: &'a Clients, account: &'a Account, bucket: &'a Bucket) -> Self {
        Self { clients, account, region: &bucket.region, name: &bucket.name }
    }

    fn call(self, operation: &'static str) -> Call<'a> {
        Call { operation, region: self.region, resource: Some(self.name) }
    }

    /// One request. `operation` is IAM's name, `name` the API's; they differ here and there.
    async fn ask(
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
            headers.push(("x-amz-checksum-crc32", checksum(&body)));
        }
        let path = format!("/{}{query}", signed::encoded(self.name));
        let request = Request { method, path, headers, body };
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
    async fn tags(self) -> Result<Vec<(String, String)>, Failure> {
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
    async fn is_blocked(self) -> Result<bool, Failure> {
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
    async fn policy(self) -> Result<Option<String>, Failure> {
        let operation = "s3:GetBucketPolicy";
        let Some(body) = self.read(operation, "GetBucketPolicy", "?policy").await? else { return Ok(None) };
        let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
        let text = String::from_utf8(body).ok().filter(|_| is_whole);
        text.map(Some).ok_or_else(|| self.call(operation).bad_answer("the policy is no JSON, or breaks off"))
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
    async fn is_empty(self) -> Result<bool, Failure> {
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

/// `x-amz-checksum-crc32`, which S3 demands where the body matters most.
fn checksum(body: &str) -> String {
    let mut sum = Crc::new();
    sum.update(body.as_bytes());
    base64::encode(sum.sum().to_be_bytes())
}

/// `CreateBucketConfiguration`. The bucket has its tags from the first moment, so that no run that is ended leaves one
/// that nobody knows. us-east-1 is where a bucket is made that names no region.
fn created(bucket: &Bucket) -> String {
    let mut body = String::new();
    let mut writer = XmlWriter::new(&mut body);
    let mut root = writer.start_el("CreateBucketConfiguration").write_ns(NAMESPACE, None).finish();
    if bucket.region != "us-east-1" {
        put(&mut root, "LocationConstraint", &bucket.region);
    }
    let mut tags = root.start_el("Tags").finish();
    for (key, value) in &bucket.tags {
        let mut tag = tags.start_el("Tag").finish();
        put(&mut tag, "Key", key);
        put(&mut tag, "Value", value);
        tag.finish();
    }
    tags.finish();
    root.finish();
    body
}

fn blocking() -> String {
    let mut body = String::new();
    let mut writer = XmlWriter::new(&mut body);
    let mut root = writer.start_el("PublicAccessBlockConfiguration").write_ns(NAMESPACE, None).finish();
    for kind in BLOCKS {
        put(&mut root, kind, "true");
    }
    root.finish();
    body
}

/// An element that holds a text.
fn put(parent: &mut ScopeWriter<'_, '_>, name: &str, text: &str) {
    let mut element = parent.start_el(name).finish();
    element.data(text);
    element.finish();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_crc32_in_base64() {
        // CBF43926, the check value of CRC-32.
        assert_eq!(checksum("123456789"), "y/Q5Jg==");
    }

    #[test]
    fn bodies_are_as_s3_takes_them() {
        let tags = [("cis-audit".to_owned(), "fix".to_owned()), ("team".to_owned(), "a<b".to_owned())].into();
        let bucket = Bucket { region: "eu-west-1".to_owned(), name: "b".to_owned(), policy: "{}".to_owned(), tags };
        let tags = "<Tags><Tag><Key>cis-audit</Key><Value>fix</Value></Tag>\
                    <Tag><Key>team</Key><Value>a&lt;b</Value></Tag></Tags>";
        let with = |place: &str| {
            format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{place}{tags}\
                 </CreateBucketConfiguration>"
            )
        };
        assert_eq!(created(&bucket), with("<LocationConstraint>eu-west-1</LocationConstraint>"));
        assert_eq!(created(&Bucket { region: "us-east-1".to_owned(), ..bucket }), with(""));
    }
}
