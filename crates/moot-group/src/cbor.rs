//! Reading CBOR with limits: lists that stop at their maximum before they allocate past it, texts, and whole inputs.
//!
//! Owns nothing that has a meaning in a group.

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode};

/// Reads one value that must be all of the input.
pub(crate) fn decode_whole<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Error> {
    let mut decoder = Decoder::new(bytes);
    let value = decoder.decode()?;
    if decoder.position() != bytes.len() {
        return Err(Error::message("bytes after the end"));
    }
    Ok(value)
}

/// Writes one value. Writing into memory does not fail.
pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("a vector takes every write")
}

/// Reads a list of at most `max` values, each with `read`.
pub(crate) fn list<'b, T>(
    decoder: &mut Decoder<'b>,
    max: usize,
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let announced = decoder.array()?;
    let mut values = Vec::new();
    loop {
        let at_end = match announced {
            Some(len) => values.len() as u64 >= len,
            None => decoder.datatype()? == minicbor::data::Type::Break,
        };
        if at_end {
            if announced.is_none() {
                decoder.skip()?;
            }
            return Ok(values);
        }
        if values.len() >= max {
            return Err(Error::message("a list over its limit"));
        }
        values.push(read(decoder)?);
    }
}

/// Reads a text of at most `max` bytes.
pub(crate) fn text(decoder: &mut Decoder<'_>, max: usize) -> Result<String, Error> {
    let text = decoder.str()?;
    if text.len() > max {
        return Err(Error::message("a text over its limit"));
    }
    Ok(text.to_owned())
}

/// Reads a byte string of at most `max` bytes.
pub(crate) fn bytes(decoder: &mut Decoder<'_>, max: usize) -> Result<Vec<u8>, Error> {
    let bytes = decoder.bytes()?;
    if bytes.len() > max {
        return Err(Error::message("bytes over their limit"));
    }
    Ok(bytes.to_vec())
}

/// Reads a map with integer keys: `read` takes the keys that it knows and says whether it did; the others are skipped.
/// A key that comes twice is an error, so that no two readers take different values from one text.
pub(crate) fn map<'b>(
    decoder: &mut Decoder<'b>,
    mut read: impl FnMut(u64, &mut Decoder<'b>) -> Result<Field, Error>,
) -> Result<(), Error> {
    let Some(len) = decoder.map()? else {
        return Err(Error::message("a map of unknown length"));
    };
    let mut last = None;
    for _ in 0..len {
        let key = decoder.u64()?;
        if last.is_some_and(|last| key <= last) {
            return Err(Error::message("keys not in ascending order"));
        }
        last = Some(key);
        if read(key, decoder)? == Field::Unknown {
            decoder.skip()?;
        }
    }
    Ok(())
}

/// What a reader of a map did with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// It has read the value.
    Read,
    /// It does not know the key and has read nothing.
    Unknown,
}

/// The value of a key that must be there.
pub(crate) fn required<T>(value: Option<T>, what: &'static str) -> Result<T, Error> {
    value.ok_or_else(|| Error::message(what))
}

/// Reads a byte string of exactly `N` bytes.
pub(crate) fn array<const N: usize>(decoder: &mut Decoder<'_>) -> Result<[u8; N], Error> {
    decoder
        .bytes()?
        .try_into()
        .map_err(|_| Error::message("a byte string of the wrong length"))
}

/// Reads a map as [`map`] does; it must be all of the input.
pub(crate) fn whole_map<'b>(
    bytes: &'b [u8],
    read: impl FnMut(u64, &mut Decoder<'b>) -> Result<Field, Error>,
) -> Result<(), Error> {
    let mut decoder = Decoder::new(bytes);
    map(&mut decoder, read)?;
    if decoder.position() != bytes.len() {
        return Err(Error::message("bytes after the end"));
    }
    Ok(())
}
