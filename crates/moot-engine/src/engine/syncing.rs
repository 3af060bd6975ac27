//! Waiting until others confirm what is held here: who has, and what is said where nobody did in time.
//!
//! Owns when such a wait, or one to be let in, ends. What a device holds is known from its receipts alone.

use moot_log::{DevicePk, Digest, NotebookId};

use super::{Engine, SyncWait};
use crate::command::{CommandError, ErrorKind};
use crate::fault::Outcome;
use crate::reply::{Event, PeerRow, Reply, Synced};
use crate::tx::Tx;

impl Engine {
    /// A device said what it holds.
    pub(super) fn peer_has(
        &mut self,
        id: NotebookId,
        device: DevicePk,
        in_step: bool,
        tx: &mut Tx<'_>,
    ) {
        let may_confirm = self.may_confirm(id, &device);
        let Some(notebook) = self.notebooks.get(&id) else {
            return;
        };
        for wait in self
            .waits
            .syncs
            .iter_mut()
            .filter(|wait| wait.notebook == id)
        {
            let lacks = notebook.lacks_of(&device, &wait.clock);
            if let (Some(before), Some(lacks)) = (wait.lacked.get_mut(&device), lacks) {
                wait.sent += before.saturating_sub(lacks);
                *before = lacks;
            }
            // Both hold exactly the same now, and nothing that was held when it was asked has gone since. Whoever has left is let
            // go before the two can compare: there the receipt for everything must do.
            if may_confirm && (in_step || (notebook.has_left() && lacks == Some(0))) {
                wait.confirmed.insert(device);
            }
        }
        if in_step
            && self
                .sessions
                .is_news(id, device, Digest::of(&notebook.held_chains().clock()))
        {
            let (person, device) = self.person_behind(id, &device);
            tx.event(Event::InStep {
                notebook: id.to_string(),
                person,
                device,
            });
        }
        self.answer_syncs(tx);
    }

    fn answer_syncs(&mut self, tx: &mut Tx<'_>) {
        let (done, rest): (Vec<SyncWait>, Vec<SyncWait>) = std::mem::take(&mut self.waits.syncs)
            .into_iter()
            .partition(|wait| self.holders(wait) >= wait.need as usize);
        self.waits.syncs = rest;
        for wait in done {
            let reply = self.synced(&wait, true, tx);
            tx.reply(wait.reply_to, Ok(Reply::Synced(reply)));
        }
    }

    /// How many have confirmed, as they count.
    fn holders(&self, wait: &SyncWait) -> usize {
        let notebook = self.notebooks.get(&wait.notebook);
        notebook.map_or(0, |notebook| notebook.holders(&wait.confirmed))
    }

    fn synced(&self, wait: &SyncWait, in_step: bool, tx: &Tx<'_>) -> Synced {
        let peers: Vec<PeerRow> = self.peer_rows(wait.notebook, tx);
        Synced {
            in_step,
            received: wait.received,
            sent: wait.sent,
            peers,
            relays: self.relay_rows(wait.notebook),
        }
    }

    /// Ends waits whose time is over.
    pub(super) fn end_waits(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        self.end_refused(tx)?;
        let now = tx.now.steady_ms;
        self.tell_syncs(tx);
        let (over, rest): (Vec<SyncWait>, Vec<SyncWait>) = std::mem::take(&mut self.waits.syncs)
            .into_iter()
            .partition(|wait| wait.until_ms <= now);
        self.waits.syncs = rest;
        for wait in over {
            let error = self.not_in_step(&wait, tx);
            tx.reply(wait.reply_to, Err(error));
        }
        let (over, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waits.joins)
            .into_iter()
            .partition(|wait| wait.until_ms <= now);
        self.waits.joins = rest;
        for wait in over {
            let message = if wait.told.is_empty() {
                "no member was reached in time".to_owned()
            } else {
                wait.told.clone()
            };
            let hint = "The request is kept: the same ticket again, or a running `moot node`, goes on with it. \
                        `moot join --cancel` drops it.";
            tx.reply(
                wait.reply_to,
                Err(CommandError::new(ErrorKind::Unreachable, message, hint)),
            );
        }
        Ok(())
    }

    /// Says for whom those wait who have waited for a while.
    fn tell_syncs(&mut self, tx: &mut Tx<'_>) {
        let now = tx.now.steady_ms;
        let mut syncs = std::mem::take(&mut self.waits.syncs);
        let is_due = |wait: &&mut SyncWait| wait.tell_ms.is_some_and(|at| at <= now);
        for wait in syncs.iter_mut().filter(is_due) {
            wait.tell_ms = None;
            let (devices, relays) = (
                self.peer_rows(wait.notebook, tx).len(),
                self.relay_rows(wait.notebook).len(),
            );
            let parts = [(devices, "device"), (relays, "relay")];
            let parts = parts.iter().filter(|(n, _)| *n > 0);
            let some = |(n, what): &(usize, &str)| match n {
                1 => format!("1 {what}"),
                n => format!("{n} {what}s"),
            };
            let whom: Vec<String> = parts.map(some).collect();
            if !whom.is_empty() {
                let text = format!("Waiting for {} to confirm", whom.join(" and "));
                tx.progress(wait.reply_to, text);
            }
        }
        self.waits.syncs = syncs;
    }

    /// Why nobody confirmed, where there is no other device: what became of the relays, if there are any.
    fn only_relays(&self, id: NotebookId) -> String {
        let relays = self.relay_rows(id);
        match relays
            .iter()
            .find(|relay| relay.refuses)
            .or(relays.iter().find(|relay| relay.reach == "direct"))
            .or(relays.first())
        {
            None => "nobody else is in this notebook yet".to_owned(),
            Some(relay) if relay.refuses => format!(
                "the relay {} was reached, and does not serve this device: it keeps this notebook no more, or nobody told it of this device",
                relay.name
            ),
            Some(relay) if relay.reach == "direct" => format!(
                "the relay {} was reached, and did not confirm everything in time; `moot status` tells where it has no more room",
                relay.name
            ),
            Some(relay) => format!("the relay {} was not reached in time", relay.name),
        }
    }

    fn not_in_step(&self, wait: &SyncWait, tx: &Tx<'_>) -> CommandError {
        let rows = self.peer_rows(wait.notebook, tx);
        let relays = self.relay_rows(wait.notebook);
        let refuses = relays.iter().any(|relay| relay.refuses);
        let met = rows.iter().filter(|row| row.reach != "unreachable").count();
        let notebook = self.notebooks.get(&wait.notebook);
        let is_joining = notebook.is_some_and(|notebook| notebook.joining.is_some());
        let holders = self.holders(wait);
        let message = match (holders, met) {
            (0, 0) if is_joining => {
                "still being joined: no member has opened the door yet".to_owned()
            }
            (0, 0) if rows.is_empty() => self.only_relays(wait.notebook),
            (0, 0) if refuses => format!(
                "no other device was reached in time; {}",
                self.only_relays(wait.notebook)
            ),
            (0, 0) => "no other device was reached in time".to_owned(),
            (0, 1) => {
                "one other device was reached, and it did not confirm everything in time".to_owned()
            }
            (0, met) => {
                format!("{met} other devices were reached, and none confirmed everything in time")
            }
            (some, _) if some < wait.confirmed.len() => format!(
                "{some} of {} confirmed everything in time; relays that one other member named count as one",
                wait.need
            ),
            (some, _) => format!("{some} of {} confirmed everything in time", wait.need),
        };
        let hint = if refuses {
            "Everything is saved here. `moot relay use TICKET` enrols the notebook there again, with all its devices."
        } else if is_joining {
            "The request is kept: a running `moot node` goes on with it. `moot join --cancel` drops it."
        } else {
            "Everything is saved here. Others get it when they are met: a running `moot node` keeps trying."
        };
        CommandError::new(ErrorKind::Unreachable, message, hint)
    }
}
