//! Reading back the rows that this crate wrote for a store. Owns nothing but the shapes; anything unexpected is `None`,
//! and the row is made again from its meeting.

use std::collections::BTreeSet;

use minicbor::Decoder;
use minicbor::data::Type;

use crate::id::PersonId;

/// A row being read.
pub(crate) struct Reading<'b>(Decoder<'b>);

impl<'b> Reading<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(Decoder::new(bytes))
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.0.position() == self.0.input().len()
    }

    /// The beginning of an array of exactly `len`.
    pub(crate) fn array(&mut self, len: u64) -> Option<()> {
        (self.0.array().ok()?? == len).then_some(())
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        self.0.u32().ok()
    }

    pub(crate) fn moment(&mut self) -> Option<i64> {
        self.0.i64().ok()
    }

    pub(crate) fn truth(&mut self) -> Option<bool> {
        self.0.bool().ok()
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        self.0.str().ok().map(str::to_owned)
    }

    pub(crate) fn exact<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.0.bytes().ok()?.try_into().ok()
    }

    /// Null, or what `read` reads. The outer `None` is a failure.
    #[expect(
        clippy::option_option,
        reason = "failed, absent, and there are three things"
    )]
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.0.datatype().ok()? == Type::Null {
            self.0.null().ok()?;
            return Some(None);
        }
        read(self).map(Some)
    }

    /// A list; grows only as its elements are read.
    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.0.array().ok()??;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(read(self)?);
        }
        Some(list)
    }

    pub(crate) fn persons(&mut self) -> Option<BTreeSet<PersonId>> {
        let persons = self.list(|row| row.exact().map(PersonId))?;
        Some(persons.into_iter().collect())
    }
}
