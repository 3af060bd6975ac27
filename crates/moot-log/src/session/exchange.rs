//! The part of a session in which entries flow.

use super::hello::SessionKey;
use super::{CloseReason, Host, Output};
use crate::frame::Frame;
use crate::ids::NotebookId;

/// An open session.
pub(super) struct Exchange {
    notebook: NotebookId,
    key: SessionKey,
}

impl Exchange {
    pub(super) fn new(notebook: NotebookId, key: SessionKey) -> Self {
        Self { notebook, key }
    }

    pub(super) fn begin(&mut self, _host: &dyn Host, _out: &mut Output) {}

    pub(super) fn ask(&mut self, _host: &dyn Host, _out: &mut Output) {}

    pub(super) fn advanced(
        &mut self,
        _host: &dyn Host,
        _out: &mut Output,
    ) -> Result<(), CloseReason> {
        Ok(())
    }

    pub(super) fn take(
        &mut self,
        _frame: Frame,
        _len: usize,
        _host: &dyn Host,
        _out: &mut Output,
    ) -> Result<(), CloseReason> {
        Ok(())
    }

    pub(super) fn peer_lacks(&self, _host: &dyn Host) -> Option<u64> {
        let _ = (&self.notebook, &self.key);
        None
    }
}
