//! S3: a bucket for a trail's files. No bucket that holds any is removed.

use aws_smithy_xml::encode::{ScopeWriter, XmlWriter};

use super::account::Account;
use super::resource_state::{altered, foreign, is_ours};
use super::{document, in_use};
use crate::aws::clients::Clients;
use crate::aws::error::Failure;
use crate::fix::execute::{Removed, ResourceState, StepError, StepRunner};
use crate::fix::plan::Bucket;
use crate::snapshot::Trail;

mod place;

use self::place::{BLOCKS, CREATE, Place};
pub(in crate::aws) use self::place::{Found, found, is_blocked};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

const BLOCK: &str = "s3:PutBucketPublicAccessBlock";
const POLICY: &str = "s3:PutBucketPolicy";

/// A bucket is not known everywhere at once.
const NOT_YET: &[&str] = &["NoSuchBucket", "OperationAborted"];

pub(super) async fn inspect(clients: &Clients, account: &Account, bucket: &Bucket) -> Result<ResourceState, Failure> {
    let place = Place::new(clients, account, bucket);
    let name = &bucket.name;
    let tags = match found(clients, account, &bucket.region, name).await? {
        Found::Free => return Ok(ResourceState::Ready),
        Found::Taken => {
            return Ok(ResourceState::changed(format!("the bucket {name} exists in another region or account")));
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
    Ok(ResourceState::left(left))
}

pub(super) async fn write(
    clients: &Clients,
    account: &Account,
    bucket: &Bucket,
    state: &ResourceState,
    runner: &mut StepRunner<'_>,
) -> Result<(), StepError> {
    let place = Place::new(clients, account, bucket);
    if state.leaves(CREATE) {
        let call = place.call(CREATE);
        runner
            .patiently(call, &["OperationAborted"], || place.ask(CREATE, "CreateBucket", "PUT", "", created(bucket)))
            .await?;
        // In us-east-1 `CreateBucket` succeeds on a bucket that the account has already: whose is it?
        let tags = runner.until(place.call("s3:GetBucketTagging"), NOT_YET, || place.tags(), |tags| !tags.is_empty());
        if !has_own(&tags.await?, bucket) {
            let reason = format!("the bucket {} was created by somebody else in the meantime", bucket.name);
            return Err(StepError { reason, ends_all: false, exists: false });
        }
    }
    if state.leaves(BLOCK) {
        let work = || place.ask(BLOCK, "PutPublicAccessBlock", "PUT", "?publicAccessBlock", blocking());
        let otherwise = "only S3's default for new buckets keeps the public out of the bucket";
        runner.if_possible(place.call(BLOCK), NOT_YET, otherwise, work).await?;
    }
    if state.leaves(POLICY) {
        let work = || place.ask(POLICY, "PutBucketPolicy", "PUT", "?policy", bucket.policy.clone());
        runner.patiently(place.call(POLICY), NOT_YET, work).await?;
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
    runner: &mut StepRunner<'_>,
) -> Result<Removed, StepError> {
    let place = Place::new(clients, account, bucket);
    let uses = |trail: &Trail| trail.s3_bucket.as_deref() == Some(&bucket.name);
    if let Some(kept) = in_use::by_trail(clients, &bucket.region, uses).await? {
        return Ok(kept);
    }
    if !place.is_empty().await? {
        return Ok(Removed::Kept("it contains files".to_owned()));
    }
    let call = place.call("s3:DeleteBucket");
    let work = async {
        match place.ask(call.operation, "DeleteBucket", "DELETE", "", String::new()).await {
            Ok(_) => Ok(Removed::Gone),
            Err(failure) if failure.code == "BucketNotEmpty" => Ok(Removed::Kept("it contains files".to_owned())),
            Err(failure) => Err(failure),
        }
    };
    let removed = runner.delete(call, work).await?.unwrap_or(Removed::Gone);
    if removed == Removed::Gone {
        // What is removed next asks whether it is gone; and that is not known everywhere at once.
        let read = || found(clients, account, &bucket.region, &bucket.name);
        let _ = runner
            .until(place.call("s3:ListBucket"), &["BadAnswer"], read, |found| !matches!(found, Found::Owned(_)))
            .await;
    }
    Ok(removed)
}

/// `CreateBucketConfiguration`. The bucket has its tags from the first moment, so that no run that is ended leaves one
/// that cannot be recognised. us-east-1 is where a bucket is made that names no region.
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
