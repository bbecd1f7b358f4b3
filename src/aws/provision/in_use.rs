//! Who still uses what is to be removed: another run or a person may have begun to since it was made. What is in use is
//! kept, in words that say by what; nothing is removed here, and whose it is was asked before.

use super::account::Account;
use super::address::log_group;
use super::s3::{Found, found};
use crate::arn::LogGroupArn;
use crate::aws::clients::Clients;
use crate::aws::cloudtrail::listed;
use crate::aws::error::{Call, Failure, Trouble};
use crate::aws::logs::first_filters;
use crate::fix::execute::Removed;
use crate::fix::names::{Names, TRIES};
use crate::fix::plan::{Key, OWN_TAG};
use crate::snapshot::Trail;

mod alarms;

pub(super) use self::alarms::{alarm, metric, topic};

/// What is never removed while a trail uses it: another run may have made that trail.
pub(super) async fn by_trail(
    clients: &Clients,
    region: &str,
    uses: impl Fn(&Trail) -> bool,
) -> Result<Option<Removed>, Failure> {
    let call = Call { operation: "cloudtrail:DescribeTrails", region, resource: None };
    let request = clients.cloudtrail(region).describe_trails().include_shadow_trails(true);
    let answer = clients.ask(call, request.send()).await?;
    let mut trails = listed(call, answer.trail_list)?.into_iter();
    Ok(trails.find(|trail| uses(trail)).map(|trail| Removed::Kept(format!("the trail {} uses it", trail.name))))
}

/// A log group, and the trail that fills it, stays while a metric filter counts in it or a log alarm queries it.
pub(super) async fn events(clients: &Clients, group_arn: &LogGroupArn) -> Result<Option<Removed>, Failure> {
    let group = log_group("logs:DescribeMetricFilters", group_arn)?;
    let found = match first_filters(clients, group, None).await {
        Ok((found, _)) => found,
        Err(failure) if failure.trouble == Trouble::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    if let Some(filter) = found.into_iter().next() {
        let name = filter.filter_name.unwrap_or_default();
        return Ok(Some(Removed::Kept(format!("the metric filter {name} counts its events"))));
    }
    alarms::log_group(clients, group).await
}

/// A key stays while there may be files that it encrypts: while there is a bucket of the trail that it was made for. S3 is
/// asked, whatever was removed before.
pub(super) async fn key(clients: &Clients, account: &Account, key: &Key) -> Result<Option<Removed>, Failure> {
    let stays = "files in a bucket that is kept may be encrypted with it; once they are not needed, schedule its deletion in KMS";
    let kept = || Some(Removed::Kept(stays.to_owned()));
    let Some(bucket) = bucket_of(account, key) else { return Ok(kept()) };
    Ok(match found(clients, account, &key.region, &bucket).await? {
        Found::Free => None,
        // One of that name elsewhere may be the account's.
        Found::Owned(_) | Found::Taken => kept(),
    })
}

/// The bucket of the trail that a key was made for, which has the number of the key (`fix::names`).
fn bucket_of(account: &Account, key: &Key) -> Option<String> {
    let names = Names { prefix: key.tags.get(OWN_TAG)?, partition: &account.partition, account: &account.id };
    let number = (1..=TRIES).find(|number| names.key(*number) == key.alias)?;
    Some(names.bucket(&key.region, number))
}
