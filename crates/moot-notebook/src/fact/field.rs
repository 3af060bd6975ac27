//! The fields of facts about meetings and roles: texts that cannot be wrong, numbered words, and how each is written.
//!
//! Owns the two macros by which a fact is declared once, with its tag, its fields and their keys. Decides nothing about
//! what a fact means.

use std::fmt;

use minicbor::Decoder;
use minicbor::data::Type;

use super::words::{WordsError, check_line, check_paragraph};
use crate::canon::{Canonical, Encoded, Sink};
use crate::id::{FactId, PersonId};
use crate::limits::{FACT_IDS_MAX, FACT_PERSONS_MAX, LINE_BYTES_MAX};

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes a text, without the blanks around it.
            ///
            /// # Errors
            /// The first limit it breaks.
            pub fn new(text: &str) -> Result<Self, WordsError> {
                let text = text.trim();
                $check(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Canonical for $name {
            fn write(&self, sink: &mut Sink<'_>) -> Encoded {
                self.0.write(sink)
            }
        }

        impl Field for $name {
            fn show(&self) -> String {
                self.0.clone()
            }

            /// As written: a text with blanks around it counts, so that reading changes no fact.
            fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
                match decoder.str() {
                    Ok(text) if $check(text).is_ok() => Read::Value(Self(text.to_owned())),
                    _ => Read::Bad,
                }
            }
        }
    };
}

checked_text!(
    /// One line in any script: 1 to 512 bytes, not blank, without control characters.
    Line,
    |text: &str| check_line(text, LINE_BYTES_MAX)
);
checked_text!(
    /// A paragraph: 1 to 4,096 bytes, not blank; tab and line feed are its only control characters.
    Paragraph,
    check_paragraph
);

/// What came of reading a field.
pub(crate) enum Read<T> {
    Value(T),
    /// A number that only a newer program knows.
    Newer,
    /// Of the wrong type, or over a limit: the fact is none.
    Bad,
}

/// What a fact may hold under one key.
pub(crate) trait Field: Canonical + Sized {
    fn read(decoder: &mut Decoder<'_>) -> Read<Self>;

    /// For people to read.
    fn show(&self) -> String;

    /// Whether it is written at all.
    fn is_there(&self) -> bool {
        true
    }

    /// What it is where its key is missing.
    fn absent() -> Read<Self> {
        Read::Bad
    }
}

impl<T: Field> Field for Option<T> {
    fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
        match T::read(decoder) {
            Read::Value(value) => Read::Value(Some(value)),
            Read::Newer => Read::Newer,
            Read::Bad => Read::Bad,
        }
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }

    fn is_there(&self) -> bool {
        self.is_some()
    }

    fn absent() -> Read<Self> {
        Read::Value(None)
    }
}

fn value_or_bad<T>(value: Option<T>) -> Read<T> {
    value.map_or(Read::Bad, Read::Value)
}

impl Field for u32 {
    fn show(&self) -> String {
        self.to_string()
    }

    fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
        value_or_bad(decoder.u32().ok())
    }
}

impl Field for i64 {
    fn show(&self) -> String {
        self.to_string()
    }

    fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
        let in_reach = |at: &Self| at.unsigned_abs() <= crate::limits::CHANGE_AT_MS_MAX;
        value_or_bad(decoder.i64().ok().filter(in_reach))
    }
}

impl Field for [u8; 32] {
    fn show(&self) -> String {
        self.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
        value_or_bad(decoder.bytes().ok().and_then(|bytes| bytes.try_into().ok()))
    }
}

macro_rules! id_field {
    ($name:ident, $list_max:ident) => {
        impl Field for $name {
            fn show(&self) -> String {
                self.to_string()
            }

            fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
                let bytes = decoder.bytes().ok().and_then(|bytes| bytes.try_into().ok());
                value_or_bad(bytes.map($name))
            }
        }

        impl Field for Vec<$name> {
            fn show(&self) -> String {
                self.iter()
                    .map(|id| format!("{id} "))
                    .collect::<String>()
                    .trim_end()
                    .to_owned()
            }

            fn read(decoder: &mut Decoder<'_>) -> Read<Self> {
                value_or_bad(read_list(decoder, $list_max))
            }
        }
    };
}

id_field!(FactId, FACT_IDS_MAX);
id_field!(PersonId, FACT_PERSONS_MAX);

/// A list; its length is checked before anything is set aside for it.
fn read_list<T: Field>(decoder: &mut Decoder<'_>, max: usize) -> Option<Vec<T>> {
    if decoder.datatype().ok()? != Type::Array {
        return None;
    }
    let count = usize::try_from(decoder.array().ok()??)
        .ok()
        .filter(|count| *count <= max)?;
    let one = |decoder: &mut Decoder<'_>| match T::read(decoder) {
        Read::Value(value) => Some(value),
        Read::Newer | Read::Bad => None,
    };
    (0..count).map(|_| one(decoder)).collect()
}

/// Declares an enum whose values are numbers in a fact and words on the command line.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// All there are, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that stands for it in a fact.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Self::$variant => $number),+ }
            }

            /// The one with this number, if there is one yet.
            #[must_use]
            pub const fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }

            /// The word for it, as typed and shown.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        /// As its word.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::from_word(&word).ok_or_else(|| serde::de::Error::custom(format_args!("no such word: {word}")))
            }
        }

        impl crate::canon::Canonical for $name {
            fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
                sink.u32(self.number()).map(drop)
            }
        }

        impl crate::fact::field::Field for $name {
            fn show(&self) -> String {
                self.word().to_owned()
            }

            fn read(decoder: &mut minicbor::Decoder<'_>) -> crate::fact::field::Read<Self> {
                use crate::fact::field::Read;
                match decoder.u32() {
                    Ok(number) => Self::from_number(number).map_or(Read::Newer, Read::Value),
                    Err(_) => Read::Bad,
                }
            }
        }
    };
}
pub(crate) use numbered;

/// Declares a family of facts: each with its tag, and its fields under the keys 4, 5, … in the order given. A field
/// that is an `Option` and empty is not written.
macro_rules! facts {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $tag:literal $variant:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty,)*
    })+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vdoc])* $variant { $($(#[$fdoc])* $field: $type,)* },)+
        }

        impl $name {
            /// The number of this kind of fact in the format.
            #[must_use]
            pub const fn tag(&self) -> u32 {
                match self { $(Self::$variant { .. } => $tag),+ }
            }

            /// Its name in the format.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($variant)),+ }
            }

            /// What it says, field by field, for people to read. Fields that are not there are left out.
            #[must_use]
            pub fn says(&self) -> Vec<(&'static str, String)> {
                use crate::fact::field::Field;
                match self {
                    $(Self::$variant { $($field),* } => {
                        let fields: Vec<Option<(&'static str, String)>> = vec![
                            $($field.is_there().then(|| (stringify!($field), $field.show()))),*
                        ];
                        fields.into_iter().flatten().collect()
                    })+
                }
            }

            /// How many keys of its own it has.
            pub(super) fn fields(&self) -> u64 {
                use crate::fact::field::Field;
                match self { $(Self::$variant { $($field),* } => 0 $(+ u64::from($field.is_there()))*),+ }
            }

            pub(super) fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
                use crate::{canon::Canonical as _, fact::field::Field as _};
                match self {
                    $(Self::$variant { $($field),* } => {
                        let _key = 4;
                        $(
                            if $field.is_there() {
                                sink.u32(_key)?;
                                $field.write(sink)?;
                            }
                            let _key = _key + 1;
                        )*
                    })+
                }
                Ok(())
            }

            /// The fact of this family with this tag. `None` where the tag is of another family.
            pub(super) fn read(
                tag: u32,
                fields: &crate::fact::encoding::Fields<'_>,
            ) -> Option<crate::fact::field::Read<Self>> {
                use crate::fact::field::Read;
                let fact = match tag {
                    $($tag => {
                        let _key = 4;
                        $(
                            let $field: $type = match fields.field(_key) {
                                Read::Value(value) => value,
                                Read::Newer => return Some(Read::Newer),
                                Read::Bad => return Some(Read::Bad),
                            };
                            let _key = _key + 1;
                        )*
                        Self::$variant { $($field),* }
                    })+
                    _ => return None,
                };
                Some(Read::Value(fact))
            }
        }
    };
}
pub(crate) use facts;
