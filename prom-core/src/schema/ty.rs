//! What a column holds, in prom's own words.

/// What a column holds. Each backend says which column type that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 16 bits.
    I16,
    /// A whole number of 32 bits.
    I32,
    /// A whole number of 64 bits.
    I64,
    /// A floating-point number of 32 bits.
    F32,
    /// A floating-point number of 64 bits.
    F64,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// An instant, in microseconds, UTC.
    Timestamp,
    /// A day of the calendar.
    Date,
    /// A UUID.
    Uuid,
}

impl Type {
    /// Whether `size`, `min_size` and `max_size` mean something: text is
    /// counted in characters, bytes in bytes.
    pub const fn has_size(self) -> bool {
        matches!(self, Self::Text | Self::Bytes)
    }

    /// Whether it is text, so that patterns and letter case mean something.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text)
    }

    /// Whether it is a whole number.
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::I16 | Self::I32 | Self::I64)
    }

    /// Whether it is a number, whole or not.
    pub const fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::F32 | Self::F64)
    }

    /// What messages call a value of it.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::I16 | Self::I32 | Self::I64 => "an integer",
            Self::F32 | Self::F64 => "a floating-point number",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Timestamp => "a timestamp",
            Self::Date => "a date",
            Self::Uuid => "a UUID",
        }
    }
}
