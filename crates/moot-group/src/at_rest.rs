//! Secrets in a home's own store: sealed under a storage key that does not lie there, so that the database alone opens nothing.
//!
//! Owns the sealed row and the form of a device's secrets. Never says where the storage key is kept.

use ed25519_dalek::SigningKey;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use moot_log::DevicePk;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::aead;
use crate::cbor::{self, Field};
use crate::kem::{KemPk, KemSecret};
use crate::limits::KEM_SECRETS_MAX;
use crate::secret::secret;

const VERSION: u8 = 1;
const CONTEXT: &[u8] = b"moot/at-rest/1\0";

secret! {
    /// What seals a home's rows: 32 bytes from a keyring, a passphrase or a file. Wiped when dropped, and never printed.
    pub struct StorageKey, "for the place where it is kept."
}

/// Why a sealed row does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtRestError {
    /// Written by a newer program.
    #[error("a stored secret of version {0} needs a newer moot")]
    Version(u8),
    /// Another storage key, another place, or damage.
    #[error("a stored secret does not open with this storage key at this place")]
    Sealed,
    /// It opens, and is not what should stand there.
    #[error("a stored secret is malformed: {0}")]
    Malformed(String),
}

impl StorageKey {
    /// Seals a row. `place` says where it will stand (space, notebook and key of the row): moved elsewhere, it does not open.
    pub fn seal(
        &self,
        place: &[u8],
        secret: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<u8> {
        let sealed = aead::seal(&self.0, &[CONTEXT, place].concat(), secret, rng);
        [&[VERSION], sealed.as_slice()].concat()
    }

    /// Opens a row that stands at `place`.
    ///
    /// # Errors
    /// [`AtRestError::Version`] and [`AtRestError::Sealed`].
    pub fn open(&self, place: &[u8], row: &[u8]) -> Result<Zeroizing<Vec<u8>>, AtRestError> {
        match row.split_first() {
            Some((&VERSION, sealed)) => {
                aead::open(&self.0, &[CONTEXT, place].concat(), sealed).ok_or(AtRestError::Sealed)
            }
            Some((version, _)) => Err(AtRestError::Version(*version)),
            None => Err(AtRestError::Sealed),
        }
    }
}

/// The secrets of one device in one notebook. Never printed.
#[derive(Clone)]
pub struct DeviceSecrets {
    /// Signs entries, frames and requests.
    pub signing: SigningKey,
    /// Opens what is wrapped to the device now.
    pub kem: KemSecret,
    /// Opens what was wrapped to it before, the latest first. Kept, since keyboxes to an older key may still be under way.
    pub older_kems: Vec<KemSecret>,
}

impl DeviceSecrets {
    /// Draws the secrets of a new device.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self {
            signing: SigningKey::from_bytes(&seed),
            kem: KemSecret::generate(rng),
            older_kems: Vec::new(),
        }
    }

    /// The device's name in the notebook.
    pub fn device(&self) -> DevicePk {
        DevicePk(self.signing.verifying_key().to_bytes())
    }

    /// The key to which epoch keys are wrapped.
    pub fn kem_public(&self) -> KemPk {
        self.kem.public()
    }

    /// All that may open a keybox, the one in use first.
    pub fn kems(&self) -> impl Iterator<Item = &KemSecret> + Clone {
        std::iter::once(&self.kem).chain(&self.older_kems)
    }

    /// Puts a new sealing key in use and keeps the one before. The device then announces it with a `DeviceKey` event.
    pub fn rotate_kem(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> KemPk {
        let before = std::mem::replace(&mut self.kem, KemSecret::generate(rng));
        self.older_kems.insert(0, before);
        self.older_kems.truncate(KEM_SECRETS_MAX - 1);
        self.kem_public()
    }

    /// The secrets as one sealed row.
    pub fn seal(
        &self,
        key: &StorageKey,
        place: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Vec<u8> {
        let text = Zeroizing::new(self.write().expect("a vector takes every write"));
        key.seal(place, &text, rng)
    }

    /// Opens and reads a sealed row.
    ///
    /// # Errors
    /// Every variant of [`AtRestError`].
    pub fn open(key: &StorageKey, place: &[u8], row: &[u8]) -> Result<Self, AtRestError> {
        let text = key.open(place, row)?;
        Self::read(&text).map_err(|error| AtRestError::Malformed(error.to_string()))
    }

    fn write(&self) -> Result<Vec<u8>, minicbor::encode::Error<std::convert::Infallible>> {
        let mut e = Encoder::new(Vec::with_capacity(80 + 34 * (1 + self.older_kems.len())));
        e.map(2)?.u8(0)?.bytes(self.signing.as_bytes())?;
        e.u8(1)?.array(1 + self.older_kems.len() as u64)?;
        for kem in self.kems() {
            e.bytes(kem.as_bytes())?;
        }
        Ok(e.into_writer())
    }

    fn read(text: &[u8]) -> Result<Self, Error> {
        let (mut seed, mut kems) = (None, Vec::new());
        cbor::whole_map(text, |key, d: &mut Decoder<'_>| {
            match key {
                0 => seed = Some(Zeroizing::new(cbor::array(d)?)),
                1 => {
                    kems = cbor::list(d, KEM_SECRETS_MAX, |d| {
                        cbor::array(d).map(KemSecret::from_bytes)
                    })?
                }
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        let mut kems = kems.into_iter();
        Ok(Self {
            signing: SigningKey::from_bytes(&*cbor::required(seed, "no signing key")?),
            kem: cbor::required(kems.next(), "no sealing key")?,
            older_kems: kems.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_row_opens_only_where_it_stands_with_its_key() {
        let mut rng = ChaCha20Rng::seed_from_u64(6);
        let key = StorageKey::generate(&mut rng);
        let row = key.seal(b"key/1", b"secret", &mut rng);
        assert_eq!(key.open(b"key/1", &row).unwrap().as_slice(), b"secret");
        assert_eq!(key.open(b"key/2", &row), Err(AtRestError::Sealed));
        assert_eq!(
            StorageKey::generate(&mut rng).open(b"key/1", &row),
            Err(AtRestError::Sealed)
        );
        assert_eq!(key.open(b"key/1", &[]), Err(AtRestError::Sealed));
        for at in 1..row.len() {
            let mut damaged = row.clone();
            damaged[at] ^= 1;
            assert_eq!(key.open(b"key/1", &damaged), Err(AtRestError::Sealed));
        }
        let newer = [&[2], &row[1..]].concat();
        assert_eq!(key.open(b"key/1", &newer), Err(AtRestError::Version(2)));
    }

    #[test]
    fn a_devices_secrets_survive_their_row_older_sealing_keys_included() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let key = StorageKey::generate(&mut rng);
        let mut secrets = DeviceSecrets::generate(&mut rng);
        let first = secrets.kem_public();
        secrets.rotate_kem(&mut rng);
        let row = secrets.seal(&key, b"here", &mut rng);
        let again = DeviceSecrets::open(&key, b"here", &row).unwrap();
        assert_eq!(again.device(), secrets.device());
        assert_eq!(again.kem_public(), secrets.kem_public());
        assert_eq!(again.kems().nth(1).map(KemSecret::public), Some(first));
        assert!(again.kems().eq(secrets.kems()));
    }
}
