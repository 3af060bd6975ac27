//! XChaCha20-Poly1305 with a random nonce in front: the one way in which this crate seals with a key that both sides hold.
//!
//! Nonces are random and never counters: copied homes would count alike.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::limits::{NONCE_BYTES, TAG_BYTES};

/// The nonce, then the sealed text. Texts are bounded by the caller far below what the cipher refuses.
pub(crate) fn seal(
    key: &[u8; 32],
    aad: &[u8],
    text: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: text, aad })
        .expect("a bounded text is far below the cipher's limit of 256 GiB");
    [nonce.as_slice(), &sealed].concat()
}

/// The text, or `None` where key, associated data or sealed bytes do not belong together.
pub(crate) fn open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if sealed.len() < NONCE_BYTES + TAG_BYTES {
        return None;
    }
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad })
        .ok()
        .map(Zeroizing::new)
}
