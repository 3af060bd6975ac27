//! The sealing keys of devices, and one epoch key wrapped to one of them.
//!
//! A wrap is HPKE in base mode (X25519, HKDF-SHA256, ChaCha20-Poly1305), made deterministic: the ephemeral key comes from the
//! epoch key and the recipient's key. So everyone who holds the epoch key can make every wrap again and sees whether a wrap in a
//! keybox is the real one and to whom; nobody else can. Owns keys and single wraps. Never decides who gets one.

use std::convert::Infallible;
use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use moot_log::{KeyId, NotebookId};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use crate::epoch::EpochKey;
use crate::secret::secret;

const INFO: &[u8] = b"moot/rekey/1";
const EPHEMERAL_CONTEXT: &str = "moot 2026 wrap-ephemeral v1";

/// Bytes of one wrap: hint, encapsulated key, sealed key.
pub const WRAP_BYTES: usize = HINT_BYTES + ENC_BYTES + CT_BYTES;
pub(crate) const HINT_BYTES: usize = 8;
const ENC_BYTES: usize = 32;
const CT_BYTES: usize = 48;

/// The u-coordinates of small order that are written canonically: whatever is sealed to them everyone can open.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    first_byte_one(),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    field_minus(1),
];

const fn first_byte_one() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
}

/// 2^255 − 19 less a small number, little-endian.
const fn field_minus(less: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed - less;
    bytes[31] = 0x7f;
    bytes
}

/// The X25519 public key to which epoch keys are wrapped for one device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct KemPk(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl fmt::Debug for KemPk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KemPk(")?;
        self.0
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

impl KemPk {
    /// Whether something sealed to the key is sealed at all: it is not of small order, and it is written canonically, since a
    /// device whose key is written otherwise could never open what is wrapped to that writing.
    pub fn is_usable(&self) -> bool {
        let below_field = self.0.iter().rev().lt(field_minus(0).iter().rev());
        below_field && !SMALL_ORDER.contains(&self.0)
    }
}

secret! {
    /// The X25519 secret that opens what is wrapped to its [`KemPk`]; wiped when dropped, and never printed.
    pub struct KemSecret, "to be kept under a [`crate::StorageKey`]."
}

impl KemSecret {
    /// The key to wrap to.
    pub fn public(&self) -> KemPk {
        let public = X25519HkdfSha256::sk_to_pk(&self.hpke());
        KemPk(array(&public.to_bytes()))
    }

    pub(crate) fn hpke(&self) -> <X25519HkdfSha256 as Kem>::PrivateKey {
        Deserializable::from_bytes(self.0.as_slice()).expect("every 32 bytes are an X25519 secret")
    }
}

/// One epoch key wrapped to one sealing key: `hint ‖ enc ‖ ct`, 88 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrap(pub(crate) [u8; WRAP_BYTES]);

impl fmt::Debug for Wrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrap(")?;
        self.hint()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…)")
    }
}

impl Wrap {
    /// Wraps a key. The same key, notebook and recipient always give the same bytes.
    ///
    /// `None` where the recipient's key is not usable.
    pub fn make(notebook: &NotebookId, epoch: &EpochKey, recipient: &KemPk) -> Option<Self> {
        if !recipient.is_usable() {
            return None;
        }
        let public = Deserializable::from_bytes(&recipient.0).ok()?;
        let (enc, ct) =
            hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &public,
                &info(notebook),
                epoch.as_bytes(),
                &epoch.id().0,
                &mut Ephemeral::of(epoch, recipient),
            )
            .ok()?;
        let mut bytes = [0; WRAP_BYTES];
        bytes[..HINT_BYTES].copy_from_slice(&hint(epoch, recipient));
        bytes[HINT_BYTES..HINT_BYTES + ENC_BYTES].copy_from_slice(&enc.to_bytes());
        bytes[HINT_BYTES + ENC_BYTES..].copy_from_slice(&ct);
        Some(Self(bytes))
    }

    /// Opens a wrap with a device's secret. `None` where it is for another, or what is inside is not the key of that id.
    pub fn open(
        &self,
        notebook: &NotebookId,
        key_id: &KeyId,
        secret: &KemSecret,
    ) -> Option<EpochKey> {
        let (enc, ct) = self.0[HINT_BYTES..].split_at(ENC_BYTES);
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret.hpke(),
            &Deserializable::from_bytes(enc).ok()?,
            &info(notebook),
            ct,
            &key_id.0,
        );
        let opened = Zeroizing::new(opened.ok()?);
        let key = EpochKey::from_bytes(opened.as_slice().try_into().ok()?);
        (key.id() == *key_id).then_some(key)
    }

    /// Eight bytes by which whoever holds the epoch key finds a recipient's wrap.
    pub(crate) fn hint(&self) -> [u8; HINT_BYTES] {
        array(&self.0[..HINT_BYTES])
    }
}

/// What the hint of a wrap must be. Only who holds the epoch key can tell, so that a relay learns no recipients from it.
pub(crate) fn hint(epoch: &EpochKey, recipient: &KemPk) -> [u8; HINT_BYTES] {
    array(&blake3::keyed_hash(epoch.as_bytes(), &recipient.0).as_bytes()[..HINT_BYTES])
}

fn info(notebook: &NotebookId) -> Vec<u8> {
    [INFO, notebook.as_bytes()].concat()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes
        .try_into()
        .expect("the length is a constant of the format")
}

/// The bytes from which HPKE makes the ephemeral key of a wrap.
struct Ephemeral(blake3::OutputReader);

impl Ephemeral {
    fn of(epoch: &EpochKey, recipient: &KemPk) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(EPHEMERAL_CONTEXT);
        hasher.update(epoch.as_bytes()).update(&recipient.0);
        Self(hasher.finalize_xof())
    }
}

impl TryRng for Ephemeral {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Ephemeral {}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    const NOTEBOOK: NotebookId = NotebookId([9; 16]);

    fn keys() -> (EpochKey, KemSecret) {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        (EpochKey::generate(&mut rng), KemSecret::generate(&mut rng))
    }

    #[test]
    fn a_wrap_opens_for_its_recipient_alone_and_is_always_the_same() {
        let (epoch, secret) = keys();
        let wrap = Wrap::make(&NOTEBOOK, &epoch, &secret.public()).unwrap();
        assert_eq!(Wrap::make(&NOTEBOOK, &epoch, &secret.public()), Some(wrap));
        assert!(wrap.open(&NOTEBOOK, &epoch.id(), &secret) == Some(epoch.clone()));
        let other = KemSecret::from_bytes([3; 32]);
        assert!(wrap.open(&NOTEBOOK, &epoch.id(), &other).is_none());
        assert!(
            wrap.open(&NotebookId([8; 16]), &epoch.id(), &secret)
                .is_none()
        );
    }

    #[test]
    fn a_wrap_of_another_key_under_the_same_id_is_refused() {
        let (epoch, secret) = keys();
        let promised = EpochKey::from_bytes([1; 32]).id();
        let (enc, ct) =
            hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &Deserializable::from_bytes(&secret.public().0).unwrap(),
                &info(&NOTEBOOK),
                epoch.as_bytes(),
                &promised.0,
                &mut Ephemeral::of(&epoch, &secret.public()),
            )
            .unwrap();
        let bytes = [[0; HINT_BYTES].as_slice(), &enc.to_bytes(), &ct].concat();
        let wrap = Wrap(array(&bytes));
        assert!(wrap.open(&NOTEBOOK, &promised, &secret).is_none());
        assert!(wrap.open(&NOTEBOOK, &epoch.id(), &secret).is_none());
    }

    #[test]
    fn an_unusable_key_is_one_that_anyone_can_open_or_its_owner_cannot() {
        let (epoch, secret) = keys();
        for bytes in SMALL_ORDER {
            assert!(!KemPk(bytes).is_usable());
            let public = Deserializable::from_bytes(&bytes).unwrap();
            let mut rng = Ephemeral::of(&epoch, &KemPk(bytes));
            assert!(
                X25519HkdfSha256::encap_with_rng(&public, None, &mut rng).is_err(),
                "{bytes:02x?}"
            );
        }
        let mut high_bit = secret.public();
        high_bit.0[31] |= 0x80;
        assert!(!high_bit.is_usable());
        assert!(!KemPk(field_minus(0)).is_usable());
        assert!(KemPk(field_minus(2)).is_usable());
        assert!(secret.public().is_usable());
        assert_eq!(Wrap::make(&NOTEBOOK, &epoch, &high_bit), None);
    }
}
