//! The kinds of value that a place in an event can hold, "no value" included, and sets of them.

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
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

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kinds(u16);

impl Kinds {
    pub(super) const ALL: Self = Self::of(&[
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

    pub(super) const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u16;
            i += 1;
        }
        Self(bits)
    }

    pub(super) const fn one(kind: Kind) -> Self {
        Self(1 << kind as u16)
    }

    pub(super) fn has(self, kind: Kind) -> bool {
        self.overlaps(Self::one(kind))
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn except(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
