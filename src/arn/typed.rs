//! ARNs of the four kinds of resources that a chain has, read once and kept.
//!
//! The text is kept byte for byte, whatever it is: a saved account may hold anything. Whether it is an ARN of its kind is
//! found when the value is made, and a text that is none has neither region nor account. Who needs one must say what
//! happens without; nothing here may invent it. Whether the service would take the name, or the resource exists, is not for
//! here.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt::{self, Debug, Display};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Arn;

/// ARN of a trail.
pub type TrailArn = ArnOf<Trail>;
/// ARN of a log group, with or without the `:*` that stands for all its streams.
pub type LogGroupArn = ArnOf<LogGroup>;
/// ARN of an alarm of any kind.
pub type AlarmArn = ArnOf<Alarm>;
/// ARN of a topic.
pub type TopicArn = ArnOf<Topic>;

/// A kind of resource, by what its ARNs have in common.
pub trait Kind {
    /// The service in the ARN.
    const SERVICE: &str;
    /// What the resource begins with, before its name.
    const BEFORE_NAME: &str;
    /// What the resource may end with, after its name.
    const AFTER_NAME: &str;
}

/// Trails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trail {}

impl Kind for Trail {
    const SERVICE: &str = "cloudtrail";
    const BEFORE_NAME: &str = "trail/";
    const AFTER_NAME: &str = "";
}

/// Log groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogGroup {}

impl Kind for LogGroup {
    const SERVICE: &str = "logs";
    const BEFORE_NAME: &str = "log-group:";
    const AFTER_NAME: &str = STREAMS;
}

/// Alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {}

impl Kind for Alarm {
    const SERVICE: &str = "cloudwatch";
    const BEFORE_NAME: &str = "alarm:";
    const AFTER_NAME: &str = "";
}

/// Topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {}

impl Kind for Topic {
    const SERVICE: &str = "sns";
    const BEFORE_NAME: &str = "";
    const AFTER_NAME: &str = "";
}

/// What CloudTrail and `DescribeLogGroups` append to the ARN of a log group for "all its streams".
const STREAMS: &str = ":*";

/// The text of a log group's ARN without a `:*` at its end, for what may also be a name; see [`LogGroupArn::group`].
#[must_use]
pub fn without_streams(text: &str) -> &str {
    text.strip_suffix(STREAMS).unwrap_or(text)
}

/// A text that is the ARN of one kind of resource, or should be. It compares, sorts and prints as that text.
pub struct ArnOf<K> {
    text: String,
    /// `None`: it is no ARN of this kind.
    ends: Option<Ends>,
    kind: PhantomData<fn() -> K>,
}

/// Where the parts of an ARN end, as offsets into its text. The service's length is its kind's.
#[derive(Debug, Clone, Copy)]
struct Ends {
    partition: usize,
    region: usize,
    account: usize,
    name: usize,
}

/// What all ARNs begin with.
const SCHEME: &str = "arn:";

impl<K: Kind> ArnOf<K> {
    /// Takes a text as it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { ends: Ends::find::<K>(&text), text, kind: PhantomData }
    }

    /// Whether the text is the ARN of such a resource, with a region and an account.
    #[must_use]
    pub fn is_proper(&self) -> bool {
        self.ends.is_some()
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, … `None`: it is no such ARN.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.text.get(SCHEME.len()..self.ends?.partition)
    }

    /// The region; never empty. `None`: it is no such ARN.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        let ends = self.ends?;
        self.text.get(ends.partition + 1 + K::SERVICE.len() + 1..ends.region)
    }

    /// The account that owns the resource; never empty. `None`: it is no such ARN.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        let ends = self.ends?;
        self.text.get(ends.region + 1..ends.account)
    }

    /// What a person calls the resource: the name in the ARN, or the whole text where it is no such ARN.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.ends.and_then(|ends| self.text.get(ends.account + 1 + K::BEFORE_NAME.len()..ends.name));
        name.unwrap_or(&self.text)
    }
}

impl LogGroupArn {
    /// The text without a `:*` at its end: what identifies the group.
    #[must_use]
    pub fn group(&self) -> &str {
        without_streams(&self.text)
    }

    /// The ARN without a `:*` at its end.
    #[must_use]
    pub fn without_streams(&self) -> Self {
        Self::new(self.group())
    }

    /// The ARN with a `:*` at its end, which is how CloudTrail takes and shows it.
    #[must_use]
    pub fn with_streams(&self) -> Self {
        Self::new(format!("{}{STREAMS}", self.group()))
    }
}

impl Ends {
    fn find<K: Kind>(text: &str) -> Option<Self> {
        let Arn { partition, service, region, account, resource } = Arn::parse(text)?;
        let rest = resource.strip_prefix(K::BEFORE_NAME)?;
        let name = rest.strip_suffix(K::AFTER_NAME).unwrap_or(rest);
        let fits = service == K::SERVICE && ![region, account, name].contains(&"");
        let partition = SCHEME.len() + partition.len();
        let region = partition + 1 + service.len() + 1 + region.len();
        let account = region + 1 + account.len();
        let name = account + 1 + K::BEFORE_NAME.len() + name.len();
        fits.then_some(Self { partition, region, account, name })
    }
}

impl<K> ArnOf<K> {
    /// The text, byte for byte as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<K> Clone for ArnOf<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), ends: self.ends, kind: PhantomData }
    }
}

impl<K> Deref for ArnOf<K> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// Sound because equality, order and hash are the text's.
impl<K> Borrow<str> for ArnOf<K> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<K> PartialEq for ArnOf<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for ArnOf<K> {}

impl<K> PartialOrd for ArnOf<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for ArnOf<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K> Hash for ArnOf<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> PartialEq<str> for ArnOf<K> {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl<K> PartialEq<&str> for ArnOf<K> {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

impl<K> PartialEq<String> for ArnOf<K> {
    fn eq(&self, other: &String) -> bool {
        self.text == *other
    }
}

impl<K> Display for ArnOf<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.text, f)
    }
}

impl<K> Debug for ArnOf<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.text, f)
    }
}

impl<K: Kind> Default for ArnOf<K> {
    /// The empty text, which is no ARN.
    fn default() -> Self {
        Self::new("")
    }
}

impl<K: Kind> From<String> for ArnOf<K> {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<K: Kind> From<&str> for ArnOf<K> {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<K> From<&ArnOf<K>> for String {
    fn from(arn: &ArnOf<K>) -> Self {
        arn.text.clone()
    }
}

impl<K> From<ArnOf<K>> for String {
    fn from(arn: ArnOf<K>) -> Self {
        arn.text
    }
}

impl<K> Serialize for ArnOf<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: Kind> Deserialize<'de> for ArnOf<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use proptest::prelude::*;

    use super::*;

    /// Partition, region, account and name.
    fn parts<K: Kind>(arn: &ArnOf<K>) -> (Option<&str>, Option<&str>, Option<&str>, &str) {
        (arn.partition(), arn.region(), arn.account(), arn.name())
    }

    fn whole(name: &str) -> (Option<&str>, Option<&str>, Option<&str>, &str) {
        (Some("aws-cn"), Some("cn-north-1"), Some("111122223333"), name)
    }

    #[test]
    fn a_proper_arn_has_all_its_parts() {
        let arn = |service: &str, resource: &str| format!("arn:aws-cn:{service}:cn-north-1:111122223333:{resource}");
        assert_eq!(parts(&TrailArn::new(arn("cloudtrail", "trail/main"))), whole("main"));
        assert_eq!(parts(&LogGroupArn::new(arn("logs", "log-group:/aws/trail"))), whole("/aws/trail"));
        assert_eq!(parts(&AlarmArn::new(arn("cloudwatch", "alarm:root"))), whole("root"));
        assert_eq!(parts(&TopicArn::new(arn("sns", "alerts.fifo"))), whole("alerts.fifo"));
    }

    #[test]
    fn colons_in_the_resource_belong_to_the_name() {
        let alarm = AlarmArn::from("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a:b::c");
        assert_eq!((alarm.name(), alarm.region()), ("a:b::c", Some("eu-west-1")));
        // What is more than a group's or a topic's ARN is not taken for that of the group or topic.
        assert_eq!(LogGroupArn::from("arn:aws:logs:r:1:log-group:g:log-stream:s").name(), "g:log-stream:s");
        assert_eq!(TopicArn::from("arn:aws:sns:r:1:alerts:0a1b").name(), "alerts:0a1b");
    }

    #[test]
    fn the_streams_of_a_log_group_are_no_part_of_its_name() {
        let text = "arn:aws:logs:eu-west-1:111122223333:log-group:g:*";
        let group = LogGroupArn::from(text);
        assert_eq!((group.name(), group.as_str()), ("g", text));
        assert_eq!(group.group(), "arn:aws:logs:eu-west-1:111122223333:log-group:g");
        assert_eq!((group.without_streams().name(), group.without_streams().with_streams()), ("g", group.clone()));
        assert_eq!(group.with_streams(), group);
        assert!(!LogGroupArn::from("arn:aws:logs:eu-west-1:111122223333:log-group::*").is_proper());
    }

    #[test]
    fn what_is_no_arn_of_its_kind_is_its_own_name_and_leads_nowhere() {
        let others = [
            "",
            "alerts",
            "arn",
            "arn:aws:sns:eu-west-1:111122223333",
            "arn:aws:sns:eu-west-1:111122223333:",
            "arn:aws:sns::111122223333:alerts",
            "arn:aws:sns:eu-west-1::alerts",
            "arn::sns:eu-west-1:111122223333:alerts",
            "ARN:aws:sns:eu-west-1:111122223333:alerts",
            " arn:aws:sns:eu-west-1:111122223333:alerts",
            "arn:aws:sqs:eu-west-1:111122223333:alerts",
        ];
        for text in others {
            let arn = TopicArn::from(text);
            assert_eq!(parts(&arn), (None, None, None, text));
            assert!(!arn.is_proper(), "{text}");
        }
        assert!(!TrailArn::from("arn:aws:cloudtrail:eu-west-1:111122223333:trail/").is_proper());
        assert!(!AlarmArn::from("arn:aws:cloudwatch:eu-west-1:111122223333:dashboard:d").is_proper());
    }

    #[test]
    fn a_map_is_asked_by_the_text() {
        let arn = TopicArn::from("arn:aws:sns:eu-west-1:111122223333:alerts");
        let (hashed, sorted) = (HashMap::from([(arn.clone(), 1)]), BTreeMap::from([(arn.clone(), 2)]));
        assert_eq!((hashed.get(arn.as_str()), sorted.get(arn.as_str())), (Some(&1), Some(&2)));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_byte_for_byte(text in "\\PC*|(arn|aws|sns|logs|log-group|:|/|\\*|é|\n){0,12}") {
            fn check<K: Kind>(text: &str) {
                let arn = ArnOf::<K>::from(text);
                let json = serde_json::to_string(text).unwrap_or_default();
                assert_eq!(serde_json::to_string(&arn).ok().as_deref(), Some(json.as_str()));
                assert_eq!(serde_json::from_str::<ArnOf<K>>(&json).ok(), Some(arn.clone()));
                assert_eq!((arn.to_string(), arn.as_str()), (text.to_owned(), text));
                assert_eq!(arn.region().is_some(), arn.is_proper());
                assert!(![arn.partition(), arn.region(), arn.account()].contains(&Some("")));
                assert!(text.contains(arn.name()));
            }
            check::<Trail>(&text);
            check::<LogGroup>(&text);
            check::<Alarm>(&text);
            check::<Topic>(&text);
        }
    }
}
