//! The identifiers of the log layer, each a newtype over its bytes, shown as lowercase hex.
//!
//! Owns their text form and their CBOR form (a byte string). Never draws one: random ids are handed in by the caller.

use std::fmt;
use std::str::FromStr;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hexadecimal digits")]
pub struct ParseIdError {
    /// How many digits the identifier has.
    pub expected: usize,
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseIdError> {
    let wrong = ParseIdError { expected: 2 * N };
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(wrong);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let (Some(high), Some(low)) = (nibble(pair[0]), nibble(pair[1])) else {
            return Err(wrong);
        };
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode, minicbor::CborLen)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $len]);

        impl $name {
            /// The bytes, in the order in which they are written.
            pub fn as_bytes(&self) -> &[u8; $len] {
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
                write!(f, "{}(", stringify!($name))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…)")
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_hex(text).map(Self)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = std::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }
    };
}

id!(
    /// A notebook: random, made by its founder, never changed.
    NotebookId,
    16
);
id!(
    /// A log: one incarnation of one device in one notebook, derived from its [`LogInit`](crate::LogInit).
    LogId,
    32
);
id!(
    /// An unbranched run of entries of one log. The run that starts a log carries the log's own id; a run that starts at a
    /// branch carries a virtual id derived from the log and the run's first entry.
    ChainId,
    32
);
id!(
    /// One entry: a hash over its header without the signature.
    EntryId,
    32
);
id!(
    /// The Ed25519 public key with which a device signs in one notebook. The first device of a person also names the person.
    DevicePk,
    32
);
id!(
    /// An epoch key, named by a hash that commits to it. All zero where an entry has none.
    KeyId,
    32
);
id!(
    /// A join request in a relay's mailbox: a hash over the invite's key and the sealed request.
    MailId,
    32
);

impl KeyId {
    /// Stands in the headers of entries that no key seals.
    pub const NONE: Self = Self([0; 32]);
}

impl From<LogId> for ChainId {
    fn from(log: LogId) -> Self {
        Self(log.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = NotebookId([0xa7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("A7".repeat(16).parse(), Ok(id));
    }

    #[test]
    fn a_short_long_or_foreign_text_is_refused() {
        for text in [
            "",
            "a7",
            &"a7".repeat(17),
            &"zz".repeat(16),
            &"é".repeat(16),
        ] {
            assert_eq!(
                text.parse::<NotebookId>(),
                Err(ParseIdError { expected: 32 }),
                "{text}"
            );
        }
    }
}
