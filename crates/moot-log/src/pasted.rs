//! Bytes as a text that survives being pasted, printed or scanned: a prefix with a version, lowercase base32, a checksum.
//!
//! Owns that form and what it can say of a text that is not right: foreign, newer, cut short, mistyped. Never knows what the
//! bytes mean; tickets of notebooks and of relays are both written so.

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::limits::PASTED_BYTES_MAX;

const CHECKSUM_BYTES: usize = 4;
const LENGTH_BYTES: usize = 2;

/// One kind of such texts.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// What it is called in messages, with its article.
    pub what: &'static str,
    /// How every text of this version begins: a prefix and the version, one digit.
    pub begins: &'static str,
    /// The context under which the checksum is derived, so that no text of one kind serves as another.
    pub checksum_context: &'static str,
    /// Characters of the longest.
    pub chars_max: usize,
}

/// Why a text is not of the form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PastedError {
    /// Something else altogether.
    #[error("this is not {what}: {what} begins with \"{begins}\"")]
    Foreign {
        /// What it should be.
        what: &'static str,
        /// How that begins.
        begins: &'static str,
    },
    /// Made by a newer program.
    #[error("this ticket is of version {0}, which needs a newer moot")]
    Newer(u32),
    /// A character that none has.
    #[error("the ticket has a character that cannot be in one: {character:?}, the {position}th")]
    Character {
        /// The character.
        character: char,
        /// Where it stands, from 1, white space not counted.
        position: usize,
    },
    /// Hardly more than the beginning is there.
    #[error(
        "only the beginning of a ticket is here: it goes on for some hundred characters after \"{0}\"; copy all of it"
    )]
    OnlyBegun(&'static str),
    /// The end is missing.
    #[error(
        "the end of the ticket is missing: it should be {expected} characters long and is {found}"
    )]
    Truncated {
        /// How many characters there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Something follows.
    #[error("something follows the ticket: it should be {expected} characters long and is {found}")]
    TooLong {
        /// How many characters there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The checksum does not fit.
    #[error("the ticket has been mistyped or damaged: copy it again")]
    Mistyped,
    /// The checksum fits and the content does not: made by a faulty program.
    #[error("the ticket is damaged inside: {0}")]
    Malformed(String),
}

impl Form {
    /// How many characters a content of so many bytes comes to.
    pub fn chars_of(&self, content: usize) -> usize {
        self.begins.len() + ((LENGTH_BYTES + content + CHECKSUM_BYTES) * 8).div_ceil(5)
    }

    /// The text of a content, which may hold secrets.
    pub fn encode(&self, content: &[u8]) -> String {
        let whole = LENGTH_BYTES + content.len() + CHECKSUM_BYTES;
        let length = u16::try_from(whole).unwrap_or(u16::MAX).to_be_bytes();
        let mut payload = Zeroizing::new([&length, content].concat());
        let checksum = self.checksum(&payload);
        payload.extend_from_slice(&checksum);
        format!(
            "{}{}",
            self.begins,
            BASE32_NOPAD.encode(&payload).to_ascii_lowercase()
        )
    }

    /// Reads a text back. White space, line breaks and capitals, which come with copying, are no matter.
    ///
    /// # Errors
    /// Every variant of [`PastedError`] but [`PastedError::Malformed`], which is left to whoever reads the content.
    pub fn decode(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, PastedError> {
        if text.len() > PASTED_BYTES_MAX {
            return Err(self.foreign());
        }
        let text: String = text
            .chars()
            .filter(|character| !is_blank(*character))
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let digits = self.digits_of(&text)?;
        self.bytes_of(&text, digits).map(Zeroizing::new)
    }

    fn foreign(&self) -> PastedError {
        PastedError::Foreign {
            what: self.what,
            begins: self.begins,
        }
    }

    /// What follows prefix and version.
    fn digits_of<'t>(&self, text: &'t str) -> Result<&'t str, PastedError> {
        let (prefix, version) = self.begins.split_at(self.begins.len() - 1);
        let rest = text.strip_prefix(prefix).ok_or_else(|| self.foreign())?;
        let mut characters = rest.chars();
        let ours = version.parse().ok();
        match characters.next().and_then(|version| version.to_digit(10)) {
            version if version == ours => Ok(characters.as_str()),
            Some(version) if Some(version) > ours => Err(PastedError::Newer(version)),
            _ => Err(self.foreign()),
        }
    }

    /// The content that the digits stand for, once its length and checksum are found right.
    fn bytes_of(&self, text: &str, digits: &str) -> Result<Vec<u8>, PastedError> {
        let head = text.len() - digits.len();
        if let Some((at, character)) = digits
            .char_indices()
            .find(|(_, c)| !matches!(c, 'a'..='z' | '2'..='7'))
        {
            let position = head + digits[..at].chars().count() + 1;
            return Err(PastedError::Character {
                character,
                position,
            });
        }
        let found = text.len();
        let whole_digits = match digits.len() % 8 {
            1 | 3 | 6 => digits.len() - 1,
            _ => digits.len(),
        };
        let bytes = Zeroizing::new(lenient(&digits[..whole_digits]));
        let Some((length, _)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
            return Err(PastedError::OnlyBegun(self.begins));
        };
        let length = usize::from(u16::from_be_bytes(*length));
        let expected = head + (length * 8).div_ceil(5);
        if expected > self.chars_max || length < LENGTH_BYTES + CHECKSUM_BYTES {
            return Err(PastedError::Mistyped);
        }
        if found < expected {
            return Err(PastedError::Truncated { expected, found });
        }
        if found > expected {
            return Err(PastedError::TooLong { expected, found });
        }
        let (said, sum) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(PastedError::Mistyped)?;
        let canonical = BASE32_NOPAD.encode(&bytes).eq_ignore_ascii_case(digits);
        if self.checksum(said) != *sum || !canonical {
            return Err(PastedError::Mistyped);
        }
        Ok(said[LENGTH_BYTES..].to_vec())
    }

    fn checksum(&self, payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
        let mut sum = [0; CHECKSUM_BYTES];
        let hash = blake3::derive_key(self.checksum_context, payload);
        sum.copy_from_slice(&hash[..CHECKSUM_BYTES]);
        sum
    }
}

/// White space, and the invisible characters that programs put into long words.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
        )
}

/// Decodes digits of the alphabet. Bits left over are passed by; the caller compares with the canonical text.
fn lenient(digits: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() * 5 / 8);
    let (mut held, mut bits) = (0_u16, 0_u32);
    for digit in digits.bytes() {
        let value = if digit.is_ascii_lowercase() {
            digit - b'a'
        } else {
            digit - b'2' + 26
        };
        held = held << 5 | u16::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}
