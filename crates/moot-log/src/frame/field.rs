//! How single fields of frames are read, each limit before its allocation.

use minicbor::decode::{Decode, Error};
use minicbor::encode::{Encode, Write};
use minicbor::{Decoder, Encoder};

use super::{Named, Opaque};
use crate::limits::{TEXT_BYTES_MAX, VERSIONS_MAX};

/// A whole frame: its type and its map.
pub(crate) fn frame<T: Encode<()>>(kind: u32, body: &T) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    let written = encoder
        .array(2)
        .and_then(|to| to.u32(kind))
        .and_then(|to| to.encode(body))
        .is_ok();
    debug_assert!(written, "writing to memory cannot fail");
    encoder.into_writer()
}

/// Opens a frame and reads its type.
pub(crate) fn kind(from: &mut Decoder<'_>) -> Result<u32, Error> {
    match from.array()? {
        Some(2) => from.u32(),
        _ => Err(Error::message("a frame is an array of two")),
    }
}

/// A list of at most `MAX`, of a length stated before it.
pub(crate) fn list<'b, T, C, const MAX: usize>(
    from: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Vec<T>, Error>
where
    T: Decode<'b, C>,
{
    let len = from
        .array()?
        .ok_or(Error::message("a list states its length"))?;
    if len > MAX as u64 {
        return Err(Error::message("a list is too long"));
    }
    (0..len).map(|_| T::decode(from, context)).collect()
}

pub(super) fn versions<C>(from: &mut Decoder<'_>, context: &mut C) -> Result<Vec<u32>, Error> {
    list::<u32, C, VERSIONS_MAX>(from, context)
}

pub(super) fn text<C>(from: &mut Decoder<'_>, _: &mut C) -> Result<String, Error> {
    let text = from.str()?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::message("a text is too long"));
    }
    Ok(text.to_owned())
}

pub(super) fn opaque(from: &mut Decoder<'_>, bytes_max: usize) -> Result<Opaque, Error> {
    let opaque: Opaque = from.decode()?;
    if opaque.bytes.len() > bytes_max {
        return Err(Error::message("a content is too long"));
    }
    Ok(opaque)
}

pub(super) fn is_false(value: &bool) -> bool {
    !value
}

pub(super) fn is_zero(value: &u32) -> bool {
    *value == 0
}

pub(crate) fn is_empty<T>(values: &[T]) -> bool {
    values.is_empty()
}

impl<C> Encode<C> for Named {
    fn encode<W: Write>(
        &self,
        to: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Short(name) => to.bytes(name)?,
            Self::Full(name) => to.bytes(name)?,
        };
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Named {
    fn decode(from: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let name = from.bytes()?;
        if let Ok(short) = name.try_into() {
            return Ok(Self::Short(short));
        }
        name.try_into()
            .map(Self::Full)
            .map_err(|_| Error::message("a name has 8 or 32 bytes"))
    }
}
