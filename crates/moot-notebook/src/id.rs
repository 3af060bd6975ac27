//! The names of things in this crate: documents, persons, actors, changes, facts, versions, and places in a text.
//!
//! Owns how each is written (lowercase hex). Never makes one up: random bytes come in from outside.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Why a name in hex could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HexError {
    /// The number of characters is not twice the number of bytes.
    #[error("expected {wanted} hex digits, found {found} bytes of text")]
    Length {
        /// Hex digits a name of this kind has.
        wanted: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// A character is not one of `0-9a-f`; uppercase is refused, so that a name has one spelling.
    #[error("not a lowercase hex digit")]
    Digit,
}

macro_rules! name_of_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The bytes, in the order they are stored and sent.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, HexError> {
                let mut bytes = [0; $len];
                read_hex(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }

        impl crate::canon::Canonical for $name {
            fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
                sink.bytes(&self.0).map(drop)
            }
        }

        impl From<[u8; $len]> for $name {
            fn from(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
        }
    };
}

name_of_bytes!(
    /// One document of a notebook. Random, but for the `group` document, whose id follows from the notebook's.
    DocId,
    16
);
name_of_bytes!(
    /// One person: the key of their first device.
    PersonId,
    32
);
name_of_bytes!(
    /// One device of a person: its signing key.
    DeviceId,
    32
);
name_of_bytes!(
    /// Who made a change, as the document knows them: one session of one log.
    ActorId,
    16
);
name_of_bytes!(
    /// One change, by the hash of its bytes.
    ChangeHash,
    32
);
name_of_bytes!(
    /// One fact, by the hash of its bytes.
    FactId,
    16
);
name_of_bytes!(
    /// One version of a document: the hash of its sorted heads.
    Version,
    32
);

/// Reads exactly `out.len()` bytes of lowercase hex.
fn read_hex(text: &str, out: &mut [u8]) -> Result<(), HexError> {
    let digits = text.as_bytes();
    if digits.len() != out.len() * 2 {
        return Err(HexError::Length {
            wanted: out.len() * 2,
            found: digits.len(),
        });
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (hex_digit(pair[0])? << 4) | hex_digit(pair[1])?;
    }
    Ok(())
}

fn hex_digit(digit: u8) -> Result<u8, HexError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(HexError::Digit),
    }
}

impl Version {
    /// The version that stands at `heads`, in whatever order they are given.
    #[must_use]
    pub fn of_heads(heads: &[ChangeHash]) -> Self {
        let mut sorted = heads.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut hasher = blake3::Hasher::new();
        for head in &sorted {
            hasher.update(head.as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// The id of the one `group` document of a notebook: every member works it out alike, so none has to be first.
#[must_use]
pub fn group_doc_id(notebook_id: &[u8]) -> DocId {
    let hash = blake3::derive_key("moot 2026 group document v1", notebook_id);
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    DocId(id)
}

/// A place in a text, in bytes of UTF-8 from its start; always at the edge of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BytePos(pub usize);

/// A length of text, in bytes of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteCount(pub usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        let id = DocId([0xa7; 16]);
        assert_eq!(id.to_string().parse::<DocId>(), Ok(id));
    }

    #[test]
    fn a_name_has_one_spelling() {
        assert_eq!("A7".repeat(16).parse::<DocId>(), Err(HexError::Digit));
        assert_eq!(
            "a7".parse::<DocId>(),
            Err(HexError::Length {
                wanted: 32,
                found: 2
            })
        );
    }

    #[test]
    fn a_version_does_not_depend_on_the_order_of_heads() {
        let (a, b) = (ChangeHash([1; 32]), ChangeHash([2; 32]));
        assert_eq!(Version::of_heads(&[a, b]), Version::of_heads(&[b, a]));
        assert_ne!(Version::of_heads(&[a]), Version::of_heads(&[b]));
    }
}
