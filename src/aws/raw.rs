//! An answer as it came. The SDK's types have the fields that this version of it knows; a comparison with what was made
//! must also see those that AWS has added since.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_cbor::Decoder;
use aws_smithy_cbor::data::Type;
use aws_smithy_cbor::decode::DeserializeError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Map, Value};

use super::error::{Call, Failure};

/// How deep an answer in CBOR may be.
const DEPTH: usize = 64;

/// Keeps the body of the last answer to a request whose interceptor it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// The answer, where the protocol is JSON.
    pub(super) fn json(&self, call: Call<'_>) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body()).map_err(|error| call.bad_answer(&error.to_string()))
    }

    /// The answer, where the protocol is CBOR. A time is its text.
    pub(super) fn cbor(&self, call: Call<'_>) -> Result<Value, Failure> {
        value(&mut Decoder::new(&self.body()), DEPTH).map_err(|error| call.bad_answer(&error.to_string()))
    }

    fn body(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Kept {
    fn name(&self) -> &'static str {
        "Kept"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        Ok(())
    }
}

fn value(decoder: &mut Decoder<'_>, depth: usize) -> Result<Value, DeserializeError> {
    let Some(below) = depth.checked_sub(1) else {
        return Err(DeserializeError::custom("it is too deep", decoder.position()));
    };
    Ok(match decoder.datatype()? {
        Type::Bool => Value::Bool(decoder.boolean()?),
        Type::Null | Type::Undefined => {
            decoder.skip()?;
            Value::Null
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            Value::from(decoder.long()?)
        }
        Type::F16 | Type::F32 | Type::F64 => Value::from(decoder.double()?),
        Type::String | Type::StringIndef => Value::String(decoder.string()?),
        Type::Array | Type::ArrayIndef => {
            let mut items = Vec::new();
            let mut left = decoder.list()?;
            while more(decoder, &mut left)? {
                items.push(value(decoder, below)?);
            }
            Value::Array(items)
        }
        Type::Map | Type::MapIndef => {
            let mut members = Map::new();
            let mut left = decoder.map()?;
            while more(decoder, &mut left)? {
                let name = decoder.string()?;
                members.insert(name, value(decoder, below)?);
            }
            Value::Object(members)
        }
        Type::Tag => Value::String(format!("{:?}", decoder.timestamp()?)),
        other @ (Type::Simple | Type::Bytes | Type::BytesIndef | Type::Break | Type::Unknown(_)) => {
            return Err(DeserializeError::custom(format!("{other:?} is not read"), decoder.position()));
        }
    })
}

/// Whether a list or map goes on: so many are left, or, where it does not say how many, until it breaks off.
fn more(decoder: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, DeserializeError> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Value, DeserializeError> {
        value(&mut Decoder::new(bytes), DEPTH)
    }

    #[test]
    fn cbor_is_read_whatever_its_fields_are() {
        // {"A": [1, -1, 1.5, true, null], "B": {"C": "d"}, "T": 1(0)}
        let definite = b"\xa3\x61A\x85\x01\x20\xf9\x3e\x00\xf5\xf6\x61B\xa1\x61C\x61d\x61T\xc1\x00";
        let found = read(definite).unwrap();
        assert_eq!(found["A"], json!([1, -1, 1.5, true, null]));
        assert_eq!(found["B"], json!({ "C": "d" }));
        assert!(found["T"].is_string());
        // {_ "A": [_ 1], "B": (_ "c", "d")}
        assert_eq!(read(b"\xbf\x61A\x9f\x01\xff\x61B\x7f\x61c\x61d\xff\xff").unwrap(), json!({ "A": [1], "B": "cd" }));
    }

    #[test]
    fn what_breaks_off_or_has_no_end_of_depth_is_no_answer() {
        let whole = b"\xa2\x61A\x82\x01\x02\x61B\x61c";
        assert!(read(whole).is_ok());
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        assert!(read(&[0x81; 10_000]).is_err());
        assert!(read(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
    }
}
