//! What it means that a field is absent in the document. It knows no field.

/// Where a field that is absent means true.
pub(super) fn yes() -> bool {
    true
}

/// Whether a field that is absent where it is false is left out.
pub(super) fn is_false(value: &bool) -> bool {
    !*value
}
