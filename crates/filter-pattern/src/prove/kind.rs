//! The kinds of value that a place in an event can hold, "no value" included, and sets of them.

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Missing,
    Null,
    True,
    False,
    Text,
    Number,
    /// A number too large for a double: no numeric test sees it.
    Huge,
    Array,
    Object,
}

/// What a field of an event can hold: a set of kinds of JSON value, of which "nothing" is one.
///
/// ```
/// use filter_pattern::Kinds;
///
/// // A field that some events lack, and that is a text in all others.
/// const REMARK: Kinds = Kinds::TEXT.or(Kinds::MISSING);
/// assert_eq!(REMARK.or(Kinds::TEXT), REMARK);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kinds(u16);

impl Kinds {
    /// The event does not have the field.
    pub const MISSING: Self = Self::one(Kind::Missing);
    /// `null`.
    pub const NULL: Self = Self::one(Kind::Null);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self::all_of(&[Kind::True, Kind::False]);
    /// A text.
    pub const TEXT: Self = Self::one(Kind::Text);
    /// A number of any size.
    pub const NUMBER: Self = Self::all_of(&[Kind::Number, Kind::Huge]);
    /// A list.
    pub const ARRAY: Self = Self::one(Kind::Array);
    /// An object.
    pub const OBJECT: Self = Self::one(Kind::Object);
    /// Anything, or nothing.
    pub const ANY: Self = Self::all_of(&[
        Kind::Missing,
        Kind::Null,
        Kind::True,
        Kind::False,
        Kind::Text,
        Kind::Number,
        Kind::Huge,
        Kind::Array,
        Kind::Object,
    ]);

    /// These kinds and those.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn all_of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u16;
            i += 1;
        }
        Self(bits)
    }

    pub(crate) const fn one(kind: Kind) -> Self {
        Self(1 << kind as u16)
    }

    pub(crate) fn has(self, kind: Kind) -> bool {
        self.overlaps(Self::one(kind))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn except(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
