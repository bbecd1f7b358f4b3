//! Base64 and gzip in the strings of envelopes.

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::MultiGzDecoder;

use crate::events::LONGEST;

/// What gzip begins with in base64.
pub(super) const PACKED: &[u8] = b"H4sI";
/// Whether a string may be JSON in base64, packed or not: `{"`, `{` and a blank or a line end, `[{`, `["`, `[` and a blank or a line
/// end.
pub(super) fn may_be_encoded(text: &[u8]) -> bool {
    matches!(text, [b'e', b'y' | b'w', ..] | [b'W', b'3' | b'y' | b'w', ..] | [b'H', b'4', b's', b'I', ..])
}

/// Whether some string in these bytes may be.
pub(super) fn has_encoded(json: &[u8]) -> bool {
    memchr::memchr_iter(b'"', json).any(|at| json.get(at + 1..).is_some_and(may_be_encoded))
}

/// Base64, unpacked if that is gzip. `None`: it is neither that nor anything that holds JSON.
pub(super) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    if !may_be_encoded(text) {
        return None;
    }
    let standard = GeneralPurpose::new(&STANDARD, CONFIG);
    let bytes = standard.decode(text).or_else(|_| GeneralPurpose::new(&URL_SAFE, CONFIG).decode(text)).ok()?;
    if !bytes.starts_with(b"\x1f\x8b") {
        return Some(bytes);
    }
    let mut unpacked = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    MultiGzDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}
