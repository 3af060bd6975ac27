//! Automerge changes as a body carries them: raw change chunks, packed together.
//!
//! The list of chunks is CBOR; it stands as it is or deflated, whichever is shorter, after one byte that says which. Never
//! Automerge's own compression, since only here is the unpacked size bounded. Never looks inside a chunk.

use minicbor::Encoder;
use minicbor::decode::{Decoder, Error};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::cbor;
use crate::limits::{CHANGES_BYTES_MAX, CHANGES_MAX};

const STORED: u8 = 0;
const DEFLATED: u8 = 1;
/// Good enough at a tenth of the time of the highest level.
const LEVEL: u8 = 6;

/// The changes are more than one body may carry; the caller divides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{count} changes of {bytes} bytes are more than one body carries")]
pub struct TooMany {
    /// How many there are.
    pub count: usize,
    /// Their bytes, once listed.
    pub bytes: usize,
}

/// Packs changes.
pub(crate) fn pack(changes: &[Vec<u8>]) -> Result<Vec<u8>, TooMany> {
    let bytes = listed_len(changes);
    if changes.len() > CHANGES_MAX || bytes > CHANGES_BYTES_MAX {
        return Err(TooMany {
            count: changes.len(),
            bytes,
        });
    }
    let listed = list(changes).expect("a vector takes every write");
    let deflated = compress_to_vec(&listed, LEVEL);
    Ok(if deflated.len() < listed.len() {
        [&[DEFLATED], deflated.as_slice()].concat()
    } else {
        [&[STORED], listed.as_slice()].concat()
    })
}

/// How many bytes the changes count towards [`CHANGES_BYTES_MAX`].
pub fn listed_len(changes: &[Vec<u8>]) -> usize {
    let head = |len: usize| match len {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        _ => 5,
    };
    changes.iter().fold(head(changes.len()), |sum, change| {
        sum.saturating_add(head(change.len()) + change.len())
    })
}

fn list(changes: &[Vec<u8>]) -> Result<Vec<u8>, minicbor::encode::Error<std::convert::Infallible>> {
    let mut e = Encoder::new(Vec::new());
    e.array(changes.len() as u64)?;
    for change in changes {
        e.bytes(change)?;
    }
    Ok(e.into_writer())
}

/// Unpacks changes; nothing is allocated past the limits.
pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let over = || Error::message("changes over their limit or not deflated");
    match packed.split_first() {
        Some((&STORED, listed)) if listed.len() <= CHANGES_BYTES_MAX => unlist(listed),
        Some((&DEFLATED, deflated)) => {
            let listed =
                decompress_to_vec_with_limit(deflated, CHANGES_BYTES_MAX).map_err(|_| over())?;
            unlist(&listed)
        }
        _ => Err(over()),
    }
}

fn unlist(listed: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let mut decoder = Decoder::new(listed);
    let changes = cbor::list(&mut decoder, CHANGES_MAX, |d| d.bytes().map(<[u8]>::to_vec))?;
    if decoder.position() != listed.len() {
        return Err(Error::message("bytes after the changes"));
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_out_as_they_went_in() {
        for changes in [
            vec![],
            vec![vec![]],
            vec![vec![7; 5_000], (0..=255).collect()],
        ] {
            let packed = pack(&changes).unwrap();
            assert_eq!(unpack(&packed).unwrap(), changes);
            assert_eq!(list(&changes).unwrap().len(), listed_len(&changes));
        }
    }

    #[test]
    fn a_bomb_is_refused_and_the_largest_lawful_list_is_not() {
        let largest = vec![vec![0; CHANGES_BYTES_MAX - 6]];
        assert_eq!(listed_len(&largest), CHANGES_BYTES_MAX);
        assert_eq!(unpack(&pack(&largest).unwrap()).unwrap(), largest);
        assert!(pack(&[vec![0; CHANGES_BYTES_MAX - 5]]).is_err());
        assert!(pack(&vec![vec![]; CHANGES_MAX + 1]).is_err());
        let bomb = [
            &[DEFLATED],
            compress_to_vec(&vec![0; 64 << 20], 9).as_slice(),
        ]
        .concat();
        assert!(bomb.len() < 100_000);
        assert!(unpack(&bomb).is_err());
    }

    #[test]
    fn every_truncation_and_every_unknown_packing_is_refused() {
        let packed = pack(&[vec![1; 100], vec![2; 100]]).unwrap();
        for len in 0..packed.len() {
            assert!(unpack(&packed[..len]).is_err(), "{len} bytes");
        }
        assert!(unpack(&[2, 0x80]).is_err());
        assert!(unpack(&[STORED, 0x80, 0]).is_err());
    }
}
