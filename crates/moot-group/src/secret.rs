//! The shape that every 32-byte secret of this crate has: drawn or taken up, wiped when dropped, and without a way to print it.
//!
//! What a secret is good for stands with its own type.

/// Makes the type of a secret. `$kept` ends the sentence "The secret itself, …" of its documentation.
macro_rules! secret {
    ($(#[$doc:meta])* pub struct $Name:ident, $kept:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $Name(zeroize::Zeroizing<[u8; 32]>);

        impl $Name {
            /// Draws a new one.
            pub fn generate(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
                let mut bytes = zeroize::Zeroizing::new([0; 32]);
                rng.fill_bytes(bytes.as_mut_slice());
                Self(bytes)
            }

            /// Takes up one that was kept, or that came from where it may come from.
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(zeroize::Zeroizing::new(bytes))
            }

            #[doc = concat!("The secret itself, ", $kept)]
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }
    };
}

pub(crate) use secret;
