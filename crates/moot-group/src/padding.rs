//! Padding of plaintexts, so that a sealed body's length tells little about what is in it.
//!
//! A padded text is the text, one byte `0x80`, and zeros up to a step: 64 bytes up to 1 KiB, 256 bytes up to 4 KiB, and the
//! Padmé steps above, which cost at most an eighth. Owns that rule. Never seals anything.

const MARKER: u8 = 0x80;
const SMALL_MAX: usize = 1 << 10;
const SMALL_STEP: usize = 64;
const MIDDLE_MAX: usize = 4 << 10;
const MIDDLE_STEP: usize = 256;

/// The length that a text of `len` bytes is padded to, its marker included.
pub fn padded_len(len: usize) -> usize {
    let marked = len.saturating_add(1);
    if marked <= SMALL_MAX {
        return marked.next_multiple_of(SMALL_STEP);
    }
    if marked <= MIDDLE_MAX {
        return marked.next_multiple_of(MIDDLE_STEP);
    }
    marked
        .checked_next_multiple_of(padme_step(marked))
        .unwrap_or(marked)
}

/// Padmé: keeps as many leading bits of the length as the length of the length has bits, and rounds the others up.
fn padme_step(marked: usize) -> usize {
    let exponent = marked.ilog2();
    let kept = exponent.ilog2() + 1;
    1 << (exponent - kept)
}

/// Pads a text in place.
pub fn pad(text: &mut Vec<u8>) {
    let padded = padded_len(text.len());
    text.push(MARKER);
    text.resize(padded, 0);
}

/// Removes the padding in place; `None` where there is no marker. Any number of zeros is accepted, so that the steps can change.
pub fn unpad(text: &mut Vec<u8>) -> Option<()> {
    let last = text.iter().rposition(|byte| *byte != 0)?;
    if text[last] != MARKER {
        return None;
    }
    text.truncate(last);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{NONCE_BYTES, PLAINTEXT_BYTES_MAX, TAG_BYTES};

    #[test]
    fn lengths_fall_on_the_steps() {
        for (len, expect) in [
            (0, 64),
            (63, 64),
            (64, 128),
            (1_023, 1_024),
            (1_024, 1_280),
            (4_095, 4_096),
            (4_096, 4_352),
            (100_000, 100_352),
        ] {
            assert_eq!(padded_len(len), expect, "{len}");
        }
    }

    #[test]
    fn the_longest_plaintext_fits_a_body_and_no_longer_one_does() {
        let body = |len| padded_len(len) + NONCE_BYTES + TAG_BYTES;
        assert!(body(PLAINTEXT_BYTES_MAX) <= moot_log::limits::BODY_BYTES_MAX);
        assert!(body(PLAINTEXT_BYTES_MAX + 1) > moot_log::limits::BODY_BYTES_MAX);
    }

    #[test]
    fn a_text_without_marker_is_refused() {
        for text in [vec![], vec![0; 64], b"text".to_vec(), vec![0x81, 0]] {
            assert_eq!(unpad(&mut text.clone()), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn padding_comes_off_whatever_the_text_ends_with(mut text: Vec<u8>, zeros in 0_usize..200, marker: bool) {
            if marker { text.push(MARKER); }
            text.resize(text.len() + zeros, 0);
            let mut padded = text.clone();
            pad(&mut padded);
            prop_assert_eq!(padded.len(), padded_len(text.len()));
            prop_assert_eq!(unpad(&mut padded), Some(()));
            prop_assert_eq!(padded, text);
        }

        #[test]
        fn padding_costs_at_most_an_eighth_above_4_kib(len in 4_096_usize..2_000_000) {
            let padded = padded_len(len);
            prop_assert!(padded > len && padded <= len + len / 8 + 1);
        }
    }
}
