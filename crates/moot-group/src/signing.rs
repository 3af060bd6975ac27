//! Signatures over a context and a message, checked strictly: small-order keys and non-canonical signatures fail, so that every
//! peer accepts alike.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Signs a message in a context, so that no signature of one kind passes for another.
pub(crate) fn sign(key: &SigningKey, context: &[u8], message: &[u8]) -> [u8; 64] {
    key.sign(&[context, message].concat()).to_bytes()
}

/// Whether the key signed the message in this context.
pub(crate) fn verifies(
    key: &[u8; 32],
    context: &[u8],
    message: &[u8],
    signature: &[u8; 64],
) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| {
        key.verify_strict(
            &[context, message].concat(),
            &Signature::from_bytes(signature),
        )
        .is_ok()
    })
}
