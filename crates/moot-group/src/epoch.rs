//! Epoch keys: what seals the bodies of a notebook from one rekeying to the next.
//!
//! Owns the key, its id and sealing with it. Never decides which key is used (that is [`crate::keys`]) nor who gets it
//! ([`crate::keybox`]).

use moot_log::KeyId;
use moot_log::limits::BODY_BYTES_MAX;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::limits::{LIVE_BYTES_MAX, PLAINTEXT_BYTES_MAX};
use crate::secret::secret;
use crate::{aead, padding};

const ID_CONTEXT: &str = "moot 2026 key-id v1";

secret! {
    /// A key of 32 random bytes, wiped when dropped, and never printed.
    pub struct EpochKey, "to be kept under a [`crate::StorageKey`]."
}

/// Why a text cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes are more than one body holds ({PLAINTEXT_BYTES_MAX})")]
pub struct TooLong(pub usize);

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Sealed under another key, for another place, or altered.
    #[error("the body does not open with this key at this place")]
    Sealed,
    /// Opened, and not padded as a body must be.
    #[error("the body opens and is not padded as it should be")]
    Padding,
    /// More bytes than any body may have.
    #[error("{0} bytes are more than a body may have")]
    TooLong(usize),
}

impl EpochKey {
    /// The hash that names the key and commits to it: no second key has the same id.
    pub fn id(&self) -> KeyId {
        KeyId(blake3::derive_key(ID_CONTEXT, self.0.as_slice()))
    }

    /// Pads and seals a text for exactly the place that `aad` says. For an entry that is [`moot_log::entry::Draft::aad`].
    ///
    /// # Errors
    /// [`TooLong`] over [`PLAINTEXT_BYTES_MAX`].
    pub fn seal(
        &self,
        aad: &[u8],
        plaintext: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, TooLong> {
        if plaintext.len() > PLAINTEXT_BYTES_MAX {
            return Err(TooLong(plaintext.len()));
        }
        let mut padded = Zeroizing::new(Vec::with_capacity(padding::padded_len(plaintext.len())));
        padded.extend_from_slice(plaintext);
        padding::pad(&mut padded);
        Ok(aead::seal(&self.0, aad, &padded, rng))
    }

    /// Opens a sealed text and takes its padding off. For an entry `aad` is [`moot_log::Entry::aad`].
    ///
    /// # Errors
    /// Every variant of [`OpenError`].
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if sealed.len() > BODY_BYTES_MAX.max(LIVE_BYTES_MAX) {
            return Err(OpenError::TooLong(sealed.len()));
        }
        let mut text = aead::open(&self.0, aad, sealed).ok_or(OpenError::Sealed)?;
        padding::unpad(&mut text).ok_or(OpenError::Padding)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_body_opens_only_with_its_key_at_its_place_unaltered() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = EpochKey::generate(&mut rng);
        let sealed = key.seal(b"here", b"text", &mut rng).unwrap();
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(key.open(b"there", &sealed), Err(OpenError::Sealed));
        let other = EpochKey::generate(&mut rng);
        assert_eq!(other.open(b"here", &sealed), Err(OpenError::Sealed));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(
                key.open(b"here", &altered),
                Err(OpenError::Sealed),
                "byte {at}"
            );
            assert_eq!(
                key.open(b"here", &sealed[..at]),
                Err(OpenError::Sealed),
                "{at} bytes"
            );
        }
    }

    #[test]
    fn bodies_of_one_step_have_one_length() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let key = EpochKey::generate(&mut rng);
        let len = |text: &[u8], rng: &mut ChaCha20Rng| key.seal(b"", text, rng).unwrap().len();
        assert_eq!(len(b"", &mut rng), len(&[7; 63], &mut rng));
        assert_ne!(len(b"", &mut rng), len(&[7; 64], &mut rng));
    }

    #[test]
    fn a_text_over_the_limit_is_not_sealed() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let key = EpochKey::generate(&mut rng);
        let text = vec![0; PLAINTEXT_BYTES_MAX + 1];
        assert_eq!(key.seal(b"", &text, &mut rng), Err(TooLong(text.len())));
    }
}
