//! The rows of a relay: which notebooks are enrolled, and for each its devices, invites and mail.
//!
//! Owns their keys and bytes (`docs/store-format.md`). Every question is answered from the store, so that a notebook to which
//! nobody is connected costs no memory.

use minicbor::{Decode, Encode};
use moot_log::relay::{Mail, MailId};
use moot_log::session::DiscoveryKey;
use moot_log::storage::{HOME, Op, ReadError, Reader, Row, Space};
use moot_log::{DevicePk, EntryId, NotebookId};

use crate::limits::PAGE;

const NOTEBOOK: u8 = b'n';
const DEVICE: u8 = b'd';
const INVITE: u8 = b'i';
const MAIL: u8 = b'm';

/// What stands in the row of an invite that is closed; in that of an open one stands nothing.
const CLOSED: u8 = 1;

/// What a relay knows of an enrolled notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Record {
    #[n(0)]
    pub(crate) discovery_key: DiscoveryKey,
    #[n(1)]
    pub(crate) genesis: EntryId,
    /// The last day on which a member came, since 1970.
    #[n(2)]
    pub(crate) day: i64,
}

/// Whether the holders of an invite may post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    /// It was open once; whoever still holds it is told so.
    Closed,
}

impl Door {
    fn of(row: &[u8]) -> Self {
        match row {
            [] => Self::Open,
            _ => Self::Closed,
        }
    }
}

/// A join request that waits.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MailRow {
    #[n(0)]
    pub(crate) invite: DevicePk,
    #[n(1)]
    pub(crate) at_ms: i64,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) sealed: Vec<u8>,
}

/// The rows, as they are on the disk.
#[derive(Clone, Copy)]
pub(crate) struct Records<'s>(pub(crate) &'s dyn Reader);

impl Records<'_> {
    pub(crate) fn notebook(&self, id: &NotebookId) -> Result<Option<Record>, ReadError> {
        let row = self.0.get(Space::Relay, &HOME, &key(NOTEBOOK, &id.0))?;
        row.map(|row| decode(&row)).transpose()
    }

    /// Walks all enrolled notebooks until one is found.
    pub(crate) fn find(
        &self,
        mut is_it: impl FnMut(&NotebookId, &Record) -> bool,
    ) -> Result<Option<NotebookId>, ReadError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let after_key = after.as_deref();
            let page = self
                .0
                .scan(Space::Relay, &HOME, &[NOTEBOOK], after_key, PAGE)?;
            for (key, row) in &page {
                let id = NotebookId::try_from(&key[1..]).map_err(|_| damaged("a notebook's id"))?;
                if is_it(&id, &decode(row)?) {
                    return Ok(Some(id));
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE => after = Some(last.clone()),
                _ => return Ok(None),
            }
        }
    }

    /// How many bytes a listed device wrote; nothing for one that is not listed.
    pub(crate) fn written(
        &self,
        id: &NotebookId,
        device: &DevicePk,
    ) -> Result<Option<u64>, ReadError> {
        let row = self.0.get(Space::Relay, id, &key(DEVICE, &device.0))?;
        row.map(|row| decode(&row)).transpose()
    }

    /// How an invite stands; nothing for one that nobody listed.
    pub(crate) fn invite(
        &self,
        id: &NotebookId,
        invite: &DevicePk,
    ) -> Result<Option<Door>, ReadError> {
        let row = self.0.get(Space::Relay, id, &key(INVITE, &invite.0))?;
        Ok(row.map(|row| Door::of(&row)))
    }

    /// The listed devices of a notebook, with the bytes that each wrote.
    pub(crate) fn devices(&self, id: &NotebookId) -> Result<Vec<(DevicePk, u64)>, ReadError> {
        let rows = self.rows(id, DEVICE)?.into_iter();
        rows.map(|(key, row)| {
            let device = DevicePk::try_from(&key[1..]).map_err(|_| damaged("a device's key"))?;
            Ok((device, decode(&row)?))
        })
        .collect()
    }

    /// The invites of a notebook that are known.
    pub(crate) fn invites(&self, id: &NotebookId) -> Result<Vec<(DevicePk, Door)>, ReadError> {
        let rows = self.rows(id, INVITE)?.into_iter();
        rows.map(|(key, row)| {
            let invite = DevicePk::try_from(&key[1..]).map_err(|_| damaged("an invite's key"))?;
            Ok((invite, Door::of(&row)))
        })
        .collect()
    }

    pub(crate) fn mail(&self, id: &NotebookId) -> Result<Vec<(MailId, MailRow)>, ReadError> {
        let rows = self.rows(id, MAIL)?.into_iter();
        rows.map(|(key, row)| {
            let name = MailId::try_from(&key[1..]).map_err(|_| damaged("the name of mail"))?;
            Ok((name, decode(&row)?))
        })
        .collect()
    }

    pub(crate) fn one_mail(
        &self,
        id: &NotebookId,
        mail: &MailId,
    ) -> Result<Option<MailRow>, ReadError> {
        let row = self.0.get(Space::Relay, id, &key(MAIL, &mail.0))?;
        row.map(|row| decode(&row)).transpose()
    }

    fn rows(&self, id: &NotebookId, prefix: u8) -> Result<Vec<Row>, ReadError> {
        self.0
            .scan(Space::Relay, id, &[prefix], None, usize::MAX >> 1)
    }
}

pub(crate) fn put_notebook(id: &NotebookId, record: &Record) -> Op {
    put(&HOME, key(NOTEBOOK, &id.0), encode(record))
}

pub(crate) fn delete_notebook(id: &NotebookId) -> Op {
    delete(&HOME, key(NOTEBOOK, &id.0))
}

pub(crate) fn put_device(id: &NotebookId, device: &DevicePk, written: u64) -> Op {
    put(id, key(DEVICE, &device.0), encode(&written))
}

pub(crate) fn put_invite(id: &NotebookId, invite: &DevicePk, door: Door) -> Op {
    let row = match door {
        Door::Open => &[][..],
        Door::Closed => &[CLOSED],
    };
    put(id, key(INVITE, &invite.0), row.to_vec())
}

pub(crate) fn delete_invite(id: &NotebookId, invite: &DevicePk) -> Op {
    delete(id, key(INVITE, &invite.0))
}

pub(crate) fn put_mail(id: &NotebookId, mail: &Mail, at_ms: i64) -> Op {
    let row = MailRow {
        invite: mail.invite,
        at_ms,
        sealed: mail.sealed.clone(),
    };
    put(id, key(MAIL, &mail.id.0), encode(&row))
}

pub(crate) fn delete_mail(id: &NotebookId, mail: &MailId) -> Op {
    delete(id, key(MAIL, &mail.0))
}

fn put(notebook: &NotebookId, key: Vec<u8>, value: Vec<u8>) -> Op {
    Op::Put {
        space: Space::Relay,
        notebook: *notebook,
        key,
        value,
    }
}

fn delete(notebook: &NotebookId, key: Vec<u8>) -> Op {
    Op::Delete {
        space: Space::Relay,
        notebook: *notebook,
        key,
    }
}

fn key(prefix: u8, name: &[u8]) -> Vec<u8> {
    [&[prefix], name].concat()
}

fn encode<T: Encode<()>>(row: &T) -> Vec<u8> {
    minicbor::to_vec(row).expect("encoding into memory does not fail")
}

fn decode<T: for<'b> Decode<'b, ()>>(row: &[u8]) -> Result<T, ReadError> {
    minicbor::decode(row).map_err(|error| damaged(&error.to_string()))
}

fn damaged(what: &str) -> ReadError {
    ReadError::Damaged(format!("a relay's row: {what}"))
}
