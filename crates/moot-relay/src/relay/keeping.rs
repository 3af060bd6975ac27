//! What is kept, what it is charged to, and what is dropped after a time.

use moot_log::limits::HEADER_BYTES;
use moot_log::storage::{Durability, Op};
use moot_log::{Entry, LogInit, NotebookId};

use super::notebook::{Placed, Then};
use super::{Failed, Relay, Status, StreamId, Tx};
use crate::limits::{DAY_MS, MAIL_MS};
use crate::machine::Event;
use crate::records::{Records, delete_mail, delete_notebook, put_device};

impl Status {
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self {
            notebooks: self.notebooks + other.notebooks,
            devices: self.devices + other.devices,
            bytes: self.bytes + other.bytes,
            mail: self.mail + other.mail,
            ..*self
        }
    }

    fn minus(&self, other: &Self) -> Self {
        Self {
            notebooks: self.notebooks.saturating_sub(other.notebooks),
            devices: self.devices.saturating_sub(other.devices),
            bytes: self.bytes.saturating_sub(other.bytes),
            mail: self.mail.saturating_sub(other.mail),
            ..*self
        }
    }
}

/// What is kept of all notebooks.
pub(super) fn count_all(records: Records<'_>) -> Result<Status, Failed> {
    let mut all = Vec::new();
    records.find(|id, _| {
        all.push(*id);
        false
    })?;
    let mut kept = Status::default();
    for id in all {
        kept = kept.plus(&count(records, &id)?);
    }
    Ok(kept)
}

/// What is kept of one notebook.
pub(super) fn count(records: Records<'_>, id: &NotebookId) -> Result<Status, Failed> {
    let devices = records.devices(id)?;
    let mail = records.mail(id)?;
    let written: u64 = devices.iter().map(|(_, written)| written).sum();
    let posted: u64 = mail.iter().map(|(_, row)| row.sealed.len() as u64).sum();
    Ok(Status {
        notebooks: 1,
        devices: devices.len() as u64,
        bytes: written + posted,
        mail: mail.len() as u64,
        ..Status::default()
    })
}

impl Relay {
    /// Keeps entries of one log, whose signatures were checked. All sessions of the notebook are told at the end of the handling.
    pub(super) fn keep(
        &mut self,
        stream: StreamId,
        heads: Vec<LogInit>,
        entries: &[Entry],
        tx: &mut Tx<'_>,
    ) -> Result<(), Failed> {
        let of_link = self.links.get(&stream).and_then(|link| link.notebook);
        let Some(id) = of_link.filter(|id| *id != self.enrolment.notebook) else {
            return Ok(());
        };
        let (Some(notebook), Some(first)) = (self.open.get_mut(&id), entries.first()) else {
            return Ok(());
        };
        let mut placed = Placed::default();
        for head in heads {
            let log = head.log_id();
            placed.ops.push(Op::PutLogInit {
                notebook: id,
                log,
                bytes: head.encode().to_vec(),
            });
            notebook.heads.insert(log, head);
        }
        let log = first.header().log_id;
        let Some(device) = notebook.heads.get(&log).map(LogInit::device) else {
            return Ok(());
        };
        let before = notebook.written.by(&device).unwrap_or(0);
        let mut written = before;
        for entry in entries {
            let staged = placed.ops.len();
            let then = notebook.place(&id, entry, &mut placed, &*tx.store)?;
            if placed.ops.len() > staged {
                written += (HEADER_BYTES + entry.body().len()) as u64;
            }
            if then == Then::WriteFirst {
                let mut ops = notebook.ops(&id, std::mem::take(&mut placed));
                ops.push(put_device(&id, &device, written));
                tx.commit(ops, Durability::Synced)?;
            }
        }
        let mut ops = notebook.ops(&id, placed);
        ops.push(put_device(&id, &device, written));
        tx.commit(ops, Durability::Synced)?;
        notebook.written.set(device, written);
        self.kept.bytes += written - before;
        tx.advanced.insert(id);
        Ok(())
    }

    /// Drops mail that is too old, and notebooks to which nobody came, where the operator wants that.
    pub(super) fn sweep(&mut self, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let now_ms = tx.now.steady_ms;
        self.posts.retain(|_, bucket| !bucket.is_full(now_ms));
        let today = tx.now.wall_ms.div_euclid(DAY_MS);
        let mut all = Vec::new();
        tx.records().find(|id, record| {
            all.push((*id, record.day));
            false
        })?;
        for (id, day) in all {
            let age_days = self.policy.age_days.map(i64::from);
            let is_left = age_days.is_some_and(|age_days| today - day > age_days);
            if self.open.contains_key(&id) {
                // A member is there now, and may have been for as long as notebooks are kept.
                self.note_day(&id, tx)?;
                self.drop_old_mail(&id, tx)?;
            } else if is_left {
                self.forget(&id, tx)?;
            } else {
                self.drop_old_mail(&id, tx)?;
            }
        }
        Ok(())
    }

    fn forget(&mut self, id: &NotebookId, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let gone = count(tx.records(), id)?;
        let forget = Op::Forget { notebook: *id };
        tx.commit(vec![forget, delete_notebook(id)], Durability::Synced)?;
        self.kept = self.kept.minus(&gone);
        tx.effects.events.push(Event::Forgotten(*id));
        Ok(())
    }

    fn drop_old_mail(&mut self, id: &NotebookId, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let mut ops = Vec::new();
        for (mail, row) in tx.records().mail(id)? {
            if tx.now.wall_ms.saturating_sub(row.at_ms) > MAIL_MS {
                ops.push(delete_mail(id, &mail));
                self.kept.mail = self.kept.mail.saturating_sub(1);
                self.kept.bytes = self.kept.bytes.saturating_sub(row.sealed.len() as u64);
            }
        }
        tx.commit(ops, Durability::Relaxed)
    }
}
