//! Canonical bytes of states and rows: how each shape is written, once.
//!
//! Owns the encoding of shapes only (definite lengths, fields in order, maps by key). What a state consists of is the
//! state's to say, with [`canonical!`], which does not compile while a field is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use minicbor::Encoder;

/// Encoding into memory cannot fail; the type of the error says so.
pub(crate) type Sink<'a> = Encoder<&'a mut Vec<u8>>;
pub(crate) type Encoded = Result<(), minicbor::encode::Error<Infallible>>;

/// What has one encoding, equal for equal values on every machine.
pub(crate) trait Canonical {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded;
}

/// The canonical bytes of a value.
pub(crate) fn bytes_of(value: &impl Canonical) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    value
        .write(&mut Encoder::new(&mut bytes))
        .expect("writing to memory does not fail");
    bytes
}

/// Implements [`Canonical`] for a struct as the array of its fields, in the order given.
macro_rules! canonical {
    ($name:ident $(<$param:ident>)? { $($field:ident),+ $(,)? }) => {
        impl $(<$param: crate::canon::Canonical>)? crate::canon::Canonical for $name $(<$param>)? {
            fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
                let Self { $($field),+ } = self;
                sink.array([$(stringify!($field)),+].len() as u64)?;
                $($field.write(sink)?;)+
                Ok(())
            }
        }
    };
}
pub(crate) use canonical;

/// Implements [`Canonical`] for an enum without fields as its numbers.
macro_rules! canonical_number {
    ($name:ident { $($variant:ident = $number:literal),+ $(,)? }) => {
        impl crate::canon::Canonical for $name {
            fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
                let number: u32 = match self { $(Self::$variant => $number),+ };
                sink.u32(number).map(drop)
            }
        }
    };
}
pub(crate) use canonical_number;

impl Canonical for u32 {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.u32(*self).map(drop)
    }
}

impl Canonical for u64 {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.u64(*self).map(drop)
    }
}

impl Canonical for i64 {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.i64(*self).map(drop)
    }
}

impl Canonical for bool {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.bool(*self).map(drop)
    }
}

impl Canonical for String {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.str(self).map(drop)
    }
}

impl<const N: usize> Canonical for [u8; N] {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.bytes(self).map(drop)
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        match self {
            Some(value) => value.write(sink),
            None => sink.null().map(drop),
        }
    }
}

impl<T: Canonical> Canonical for Vec<T> {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.array(self.len() as u64)?;
        self.iter().try_for_each(|one| one.write(sink))
    }
}

impl<T: Canonical> Canonical for BTreeSet<T> {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.array(self.len() as u64)?;
        self.iter().try_for_each(|one| one.write(sink))
    }
}

impl<K: Canonical, V: Canonical> Canonical for BTreeMap<K, V> {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.map(self.len() as u64)?;
        self.iter().try_for_each(|(key, value)| {
            key.write(sink)?;
            value.write(sink)
        })
    }
}

impl<A: Canonical, B: Canonical> Canonical for (A, B) {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        sink.array(2)?;
        self.0.write(sink)?;
        self.1.write(sink)
    }
}
