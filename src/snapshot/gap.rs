//! What could not be read. Why, in kinds, is for `cause`.

use serde::{Deserialize, Serialize};

use crate::deploy_time;

/// A read that failed, or a part of a document that says nothing yet: what it would have shown is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct Gap {
    /// The account that was asked.
    pub account_id: String,
    /// The region that was asked.
    pub region: String,
    /// What gave no answer.
    pub source: GapSource,
    /// The ARN or name that was asked about, if it was about one.
    pub resource: Option<String>,
    /// The service's error code, or one of our own: `Timeout`, `Deadline`, `Unreachable`, `BadAnswer`, `HtmlPage`,
    /// `Credentials`, `Skipped`, `KnownAtDeployment`. [`Gap::cause`] sorts those of calls.
    pub code: String,
    /// The message of the service or the connection; of a document [`DocumentPart::known_at_deployment`].
    pub message: String,
}

/// What gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapSource {
    /// A call that failed or was not made.
    Call {
        /// IAM's name of the action: `logs:DescribeMetricFilters`.
        action: String,
    },
    /// A template or plan, a part of which is known only at deployment.
    Document(DocumentPart),
}

/// A part of a document that says nothing before it is deployed. Its texts are the document's, byte for byte: hostile
/// until escaped for where they are shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DocumentPart {
    /// The file, as it was named.
    pub file: String,
    /// Its line, from 1; `None`: the document has none, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The resource in the document: a logical id (`TrailLogGroup`) or an address (`aws_sns_topic.alerts`).
    pub address: String,
    /// Its property or argument; `None`: the whole resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Why it is not known before: lower case, no full stop (`parameter TopicArn has no default`). `None`: not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The action that shows it once it is deployed: gaps are looked up by it. It is never called, so that no
    /// permission is missing.
    pub instead_of: String,
}

impl GapSource {
    /// A call of an action, by IAM's name of it.
    #[must_use]
    pub fn call(action: impl Into<String>) -> Self {
        Self::Call { action: action.into() }
    }

    /// The action whose answer is not there, whether it was called or a document stands for it: what a gap is looked up by,
    /// and nothing to ask a permission for.
    #[must_use]
    pub fn question(&self) -> &str {
        match self {
            Self::Call { action } => action,
            Self::Document(part) => &part.instead_of,
        }
    }
}

impl DocumentPart {
    /// The file, and the line where one is known: `template.yaml, line 12`.
    #[must_use]
    pub fn place(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}, line {line}", self.file))
    }

    /// The property of a part that decides whether its resource exists at all.
    pub const CONDITION: &'static str = "Condition";

    /// Whether it is a condition, under one side of which the answer is another than under the other.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        self.property.as_deref() == Some(Self::CONDITION)
    }

    /// What it is, and where: `LogGroupName of resource TrailLogGroup (template.yaml, line 12)`.
    #[must_use]
    pub fn words(&self) -> String {
        let property = self.property.as_ref().map_or_else(String::new, |property| format!("{property} of "));
        format!("{property}resource {} ({})", self.address, self.place())
    }

    /// The same, with why it is a gap: lower case, no full stop.
    #[must_use]
    pub fn known_at_deployment(&self) -> String {
        let why = self.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        format!("{}{why}", deploy_time::known_then(&self.words()))
    }
}

impl Gap {
    /// The gap that a part of a document leaves. `resource`: what the audit asks about, as in the gap of a call.
    #[must_use]
    pub fn of_document(account_id: &str, region: &str, resource: Option<&str>, part: DocumentPart) -> Self {
        Self {
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            resource: resource.map(str::to_owned),
            code: deploy_time::GAP.to_owned(),
            message: part.known_at_deployment(),
            source: GapSource::Document(part),
        }
    }
}

/// How a gap is saved: a call by its action alone, a document's part as an object in its place.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Gap")]
struct Form {
    account_id: String,
    region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<DocumentPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    code: String,
    message: String,
}

impl From<Gap> for Form {
    fn from(gap: Gap) -> Self {
        let Gap { account_id, region, source, resource, code, message } = gap;
        let (operation, document) = match source {
            GapSource::Call { action } => (Some(action), None),
            GapSource::Document(part) => (None, Some(part)),
        };
        Self { account_id, region, operation, document, resource, code, message }
    }
}

impl TryFrom<Form> for Gap {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        let Form { account_id, region, operation, document, resource, code, message } = form;
        let source = match (operation, document) {
            (Some(action), None) => GapSource::Call { action },
            (None, Some(part)) => GapSource::Document(part),
            (None, None) => return Err("missing field `operation`"),
            (Some(_), Some(_)) => return Err("a gap is of an `operation` or of a `document`, not of both"),
        };
        Ok(Self { account_id, region, source, resource, code, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = r#"{"account_id":"111122223333","region":"us-east-1","operation":"sns:GetTopicAttributes","resource":"arn:aws:sns:us-east-1:111122223333:alerts","code":"AuthorizationError","message":"no"}"#;

    const DOCUMENT: &str = r#"{"account_id":"111122223333","region":"us-east-1","document":{"file":"template.yaml","line":12,"address":"TrailLogGroup","property":"LogGroupName","instead_of":"logs:DescribeLogGroups"},"code":"KnownAtDeployment","message":"known only at deployment: LogGroupName of resource TrailLogGroup (template.yaml, line 12)"}"#;

    fn part() -> DocumentPart {
        DocumentPart {
            file: "template.yaml".to_owned(),
            line: Some(12),
            address: "TrailLogGroup".to_owned(),
            property: Some("LogGroupName".to_owned()),
            why: None,
            instead_of: "logs:DescribeLogGroups".to_owned(),
        }
    }

    fn read(text: &str) -> Result<Gap, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn both_kinds_are_read_back_as_they_are_written() {
        let call = Gap {
            account_id: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            source: GapSource::call("sns:GetTopicAttributes"),
            resource: Some("arn:aws:sns:us-east-1:111122223333:alerts".to_owned()),
            code: "AuthorizationError".to_owned(),
            message: "no".to_owned(),
        };
        let document = Gap::of_document("111122223333", "us-east-1", None, part());
        for (gap, text) in [(call, CALL), (document, DOCUMENT)] {
            assert_eq!(serde_json::to_string(&gap).expect("plain data"), text);
            assert_eq!(read(text), Ok(gap));
        }
    }

    #[test]
    fn a_gap_has_one_source() {
        let of_neither = CALL.replace(r#""operation":"sns:GetTopicAttributes","#, "");
        assert_eq!(read(&of_neither), Err("missing field `operation`".to_owned()));
        let of_both = DOCUMENT.replace(r#""document""#, r#""operation":"sns:GetTopicAttributes","document""#);
        assert_eq!(read(&of_both), Err("a gap is of an `operation` or of a `document`, not of both".to_owned()));
    }

    #[test]
    fn a_part_is_identified_by_its_resource_and_place() {
        let whole = DocumentPart { property: None, ..part() };
        let of_a_plan = DocumentPart {
            file: "plan.json".to_owned(),
            line: None,
            address: "aws_sns_topic.alerts".to_owned(),
            ..part()
        };
        for (part, words) in [
            (part(), "known only at deployment: LogGroupName of resource TrailLogGroup (template.yaml, line 12)"),
            (whole, "known only at deployment: resource TrailLogGroup (template.yaml, line 12)"),
            (of_a_plan, "known only at deployment: LogGroupName of resource aws_sns_topic.alerts (plan.json)"),
        ] {
            assert_eq!(part.known_at_deployment(), words);
        }
    }
}
