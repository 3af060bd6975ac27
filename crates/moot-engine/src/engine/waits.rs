//! Who waits for an answer that takes its time.
//!
//! Owns the waiting; the answers are made where what is waited for happens.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::{ClockRow, DevicePk, NotebookId};

use crate::command::Request;
use crate::machine::ReplyTo;

/// Somebody waits for others to confirm what was held when they asked.
pub(crate) struct SyncWait {
    pub(crate) reply_to: ReplyTo,
    pub(crate) notebook: NotebookId,
    /// What was held when it was asked.
    pub(crate) clock: Vec<ClockRow>,
    /// How many must confirm.
    pub(crate) need: u32,
    /// When the wait is over, on the steady clock.
    pub(crate) until_ms: u64,
    /// How many of the entries held then each device had not said it holds.
    pub(crate) lacked: BTreeMap<DevicePk, u64>,
    /// Who confirmed.
    pub(crate) confirmed: BTreeSet<DevicePk>,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// When the person is told what is waited for, on the steady clock; none once that was said.
    pub(crate) tell_ms: Option<u64>,
}

/// Somebody waits to be let into a notebook.
pub(crate) struct JoinWait {
    pub(crate) reply_to: ReplyTo,
    pub(crate) notebook: NotebookId,
    /// When the wait is over, on the steady clock.
    pub(crate) until_ms: u64,
    /// What was last told of how it goes.
    pub(crate) told: String,
}

/// All who wait.
#[derive(Default)]
pub(crate) struct Waits {
    pub(crate) syncs: Vec<SyncWait>,
    pub(crate) joins: Vec<JoinWait>,
    /// Requests to join that a member refused and another may not: until when others are asked, and what was said.
    pub(crate) refused: BTreeMap<NotebookId, (u64, String)>,
    /// Commands that wait until many documents are brought up to date.
    pub(crate) deferred: Vec<(ReplyTo, Request)>,
}

impl Waits {
    /// Somebody waits no more. What was begun for them goes on.
    pub(crate) fn abandon(&mut self, reply_to: ReplyTo) {
        self.syncs.retain(|wait| wait.reply_to != reply_to);
        self.joins.retain(|wait| wait.reply_to != reply_to);
        self.deferred.retain(|(waiting, _)| *waiting != reply_to);
    }

    /// Those who wait to be let into a notebook; they wait no more.
    pub(crate) fn end_joins(&mut self, notebook: NotebookId) -> Vec<JoinWait> {
        let (ended, rest) = std::mem::take(&mut self.joins)
            .into_iter()
            .partition(|wait| wait.notebook == notebook);
        self.joins = rest;
        ended
    }

    /// Everybody who waits, and nobody from now on.
    pub(crate) fn everybody(&mut self) -> Vec<ReplyTo> {
        let Self {
            syncs,
            joins,
            deferred,
            ..
        } = std::mem::take(self);
        let syncs = syncs.into_iter().map(|wait| wait.reply_to);
        let joins = joins.into_iter().map(|wait| wait.reply_to);
        syncs
            .chain(joins)
            .chain(deferred.into_iter().map(|(reply_to, _)| reply_to))
            .collect()
    }

    /// When the first wait is over.
    pub(crate) fn first_deadline(&self) -> Option<u64> {
        let syncs = self.syncs.iter();
        let syncs = syncs.map(|wait| {
            wait.tell_ms
                .map_or(wait.until_ms, |tell| tell.min(wait.until_ms))
        });
        let joins = self.joins.iter().map(|wait| wait.until_ms);
        let refused = self.refused.values().map(|(until_ms, _)| *until_ms);
        syncs.chain(joins).chain(refused).min()
    }
}
