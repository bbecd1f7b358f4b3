//! The events that tables and laws are about: records of calls, with fields of every kind, some of which depend on each
//! other.

use std::sync::LazyLock;

use filter_pattern::{EventModel, Fact, Field, Kinds};

pub(crate) static RECORDS: LazyLock<EventModel> = LazyLock::new(|| {
    let optional = |kinds: Kinds| kinds.or(Kinds::MISSING);
    EventModel::new("record")
        .field(Field::new("eventVersion", Kinds::TEXT).ordinary_texts(["1.11"]))
        .field(
            Field::new("eventName", Kinds::TEXT).ordinary_texts(["RunInstances", "GetObject", "AssumeRole"]).varying(),
        )
        .field(Field::new("eventSource", Kinds::TEXT).ordinary_texts(["ec2.example.com", "s3.example.com"]).varying())
        .field(Field::new("eventType", Kinds::TEXT).ordinary_texts(["Call", "ServiceEvent"]))
        .field(Field::new("sourceIPAddress", Kinds::TEXT).ordinary_texts(["192.0.2.10"]))
        .field(Field::new("userAgent", optional(Kinds::TEXT)).ordinary_texts(["cli/2.15.0"]))
        .field(Field::new("errorCode", optional(Kinds::TEXT)).ordinary_texts(["AccessDenied"]).varying())
        .field(Field::new("readOnly", optional(Kinds::BOOLEAN)))
        .field(Field::new("userIdentity", Kinds::OBJECT))
        .field(Field::new("userIdentity.type", optional(Kinds::TEXT)).ordinary_texts(["User", "Role"]).usual())
        .field(Field::new("userIdentity.userName", optional(Kinds::TEXT)).ordinary_texts(["alice", "bob"]))
        .field(Field::new("userIdentity.invokedBy", optional(Kinds::TEXT)))
        .field(Field::new("userIdentity.session", optional(Kinds::OBJECT)))
        .field(Field::new("requestParameters", Kinds::OBJECT.or(Kinds::NULL)))
        .field(Field::new("additionalEventData", optional(Kinds::OBJECT)))
        .field(Field::new("resources", optional(Kinds::ARRAY)))
        .field(Field::new("resources[]", optional(Kinds::OBJECT)))
        .field(Field::new("resources[].type", optional(Kinds::TEXT)).ordinary_texts(["Bucket"]))
        .always(Fact::missing("userIdentity.type"), Fact::text("eventType", "ServiceEvent"))
        .ordinarily(Fact::text("eventSource", "s3.example.com"), "eventName", ["GetObject"])
        .ordinarily(Fact::text("eventName", "GetObject"), "eventSource", ["s3.example.com"])
        .chosen_first(["eventSource", "eventName"])
        .shown("eventName", "RunInstances")
        .shown("eventSource", "ec2.example.com")
        .shown_if(Fact::present("userIdentity.session"), "userIdentity.type", "Role")
        .shown("userIdentity.type", "User")
        .key_order(["userIdentity", "eventSource", "eventName"])
});
