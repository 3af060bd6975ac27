//! The machine itself: takes inputs in, hands effects out.
//!
//! Owns the notebooks of the home and who waits for what. What a command does is in `commands`, what a stream brings in
//! `engine/streams`, how joining goes in `engine/joining`.

mod enrolling;
pub(crate) mod joining;
mod opening;
pub(crate) mod relays;
mod relays_shown;
pub(crate) mod streams;
mod syncing;
mod timers;
pub(crate) mod waits;
pub(crate) mod whereabouts;

use std::collections::BTreeMap;

use rand_core::SeedableRng;

use moot_group::StorageKey;
use moot_log::frame::entries::Verify;
use moot_log::storage::{Reader, Space};
use moot_log::{Chains, NotebookId};

use crate::command::{Command, CommandError, ErrorKind, Request};
use crate::commands;
use crate::fault::{Fault, Outcome, unreadable};
use crate::limits::REFRESH_PER_TICK;
use crate::machine::{Effects, Input, Now, OpenError, Opening, PeerName, ReplyTo, Spread};
use crate::notebook::{Notebook, Random};
use crate::reach::Reaching;
use crate::reply::Event;
use crate::rows::{HomeRow, MEND_KEY};
use crate::sessions::Sessions;
use crate::tx::Tx;

pub(crate) use enrolling::Enrolling;
pub(crate) use joining::{Doors, Knock};
pub(crate) use waits::{SyncWait, Waits};

/// Everything that one home knows and decides.
pub struct Engine {
    pub(crate) rng: Random,
    pub(crate) storage_key: StorageKey,
    pub(crate) home: HomeRow,
    network_key: [u8; 32],
    pub(crate) peer_name: PeerName,
    /// The name of the home that this one was copied from.
    original_name: Option<PeerName>,
    pub(crate) session: [u8; 16],
    pub(crate) notebooks: BTreeMap<NotebookId, Notebook>,
    /// Those whose own row, keys or logs are damaged, and how. They are left as they are.
    pub(crate) unopened: BTreeMap<NotebookId, String>,
    pub(crate) sessions: Sessions,
    pub(crate) reaching: Reaching,
    pub(crate) waits: Waits,
    pub(crate) doors: Doors,
    pub(crate) enrolling: Enrolling,
    /// Why nothing more is done until the home is opened again.
    broken: Option<CommandError>,
    nothing: Chains,
    last_marker: Vec<u8>,
    pub(crate) verify: Verify,
    spread: Spread,
}

impl Engine {
    /// Takes a home up where it was left. The effects must be carried out before anything else is handled.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed then.
    pub fn open(
        opening: Opening,
        now: Now,
        store: &dyn Reader,
    ) -> Result<(Self, Effects), OpenError> {
        let mut tx = Tx::new(now, store);
        let engine = Self::take_up(&opening, &mut tx)?;
        Ok((engine, tx.finish()))
    }

    /// The secret behind the name on the network. It changes when the home was copied, so ask after every [`Engine::open`].
    pub fn network_key(&self) -> [u8; 32] {
        self.network_key
    }

    /// Says what the network key's name on the network is; the engine cannot know. To be called before the first input.
    pub fn set_peer_name(&mut self, name: PeerName) {
        self.peer_name = name;
    }

    /// The secret behind the name of the home that this one was copied or moved from. The two look for each other.
    pub fn original_network_key(&self) -> Option<[u8; 32]> {
        self.key_of_original()
    }

    /// Says what the name of [`Engine::original_network_key`] on the network is. To be called before the first input.
    pub fn set_original_peer_name(&mut self, name: PeerName) {
        self.original_name = Some(name);
    }

    /// Has the signatures of entries checked by a function that may use several cores: the engine itself has no threads. It
    /// must answer as [`verify`](moot_log::frame::entries::verify) does, which is asked until this is called.
    pub fn set_verifier(&mut self, verify: Verify) {
        self.verify = verify;
    }

    /// Has documents that do not touch each other worked on by a function that may use several cores; one after the other until
    /// this is called.
    pub fn set_spreader(&mut self, spread: Spread) {
        self.spread = spread;
    }

    /// Whether nothing more is done because the store failed; then the home is to be opened again.
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Takes in what happened and says what is to be done.
    pub fn handle(&mut self, now: Now, input: Input, store: &dyn Reader) -> Effects {
        let mut tx = Tx::new(now, store);
        if let Input::CommitFailed { error } = &input {
            self.break_with(commit_failure(error));
        }
        if let Some(why) = &self.broken {
            if let Input::Command { reply_to, .. } = input {
                tx.reply(reply_to, Err(why.clone()));
            }
            return tx.finish();
        }
        let outcome = self
            .take(input, &mut tx)
            .and_then(|()| self.settle(&mut tx));
        match outcome {
            Ok(()) => tx.finish(),
            Err(fault) => self.stop(fault, tx),
        }
    }

    /// The store could not be read midway: what was begun in memory is not to be trusted, and nothing of it is written.
    fn stop(&mut self, fault: Fault, tx: Tx<'_>) -> Effects {
        let error = match fault {
            Fault::Command(error) => error,
            Fault::Read(error) => unreadable(&error, tx.doubted().is_some()),
        };
        let asked: Vec<ReplyTo> = tx
            .asked()
            .into_iter()
            .chain(self.waits.everybody())
            .chain(self.enrolling.everybody())
            .collect();
        let doubted = tx.doubted();
        let mut tx = tx.without_effects();
        if let Some(notebook) = doubted {
            tx.put(Space::Notebook, &notebook, MEND_KEY, Vec::new());
            tx.must_be_synced();
        }
        for reply_to in asked {
            tx.reply(reply_to, Err(error.clone()));
        }
        tx.event(Event::Notice {
            notebook: String::new(),
            text: error.message.clone(),
        });
        self.break_with(error);
        tx.finish()
    }

    fn break_with(&mut self, error: CommandError) {
        self.broken = Some(error);
    }

    fn take(&mut self, input: Input, tx: &mut Tx<'_>) -> Outcome<()> {
        match input {
            Input::Command { reply_to, request } => self.command(reply_to, request, tx),
            Input::Abandoned { reply_to } => {
                self.waits.abandon(reply_to);
                self.enrolling.abandon(reply_to);
                Ok(())
            }
            Input::Listening { addresses } => self.listening(addresses, tx),
            Input::Opened {
                stream,
                peer,
                role,
                reach,
            } => self.opened(stream, peer, role, reach, tx),
            Input::Frame { stream, bytes } => self.frame(stream, &bytes, tx),
            Input::Closed { stream, reason } => {
                self.closed(stream, &reason, tx);
                Ok(())
            }
            Input::Connected { peer, address } => self.connected(&peer, address, tx),
            Input::Discovered { peer, addresses } => {
                self.reaching.seen_nearby(peer, addresses);
                self.look_whom_to_reach(tx)
            }
            Input::Introduced { peer, addresses } => {
                self.reaching.introduce(peer, addresses);
                self.look_whom_to_reach(tx)
            }
            Input::Reserved { relay } => {
                self.reaching.moored(&relay, Ok(()), tx.now.wall_ms);
                Ok(())
            }
            Input::NotReserved { relay, error } => {
                self.reaching.moored(&relay, Err(error), tx.now.wall_ms);
                Ok(())
            }
            Input::SeenFromOutside { addresses } => {
                self.reaching.seen_at(addresses, tx.now.wall_ms);
                Ok(())
            }
            Input::DialFailed { peer, error } => {
                self.reaching.failed(peer, error);
                Ok(())
            }
            Input::Tick => self.tick(tx),
            Input::CommitFailed { .. } => Ok(()),
        }
    }

    fn command(&mut self, reply_to: ReplyTo, request: Request, tx: &mut Tx<'_>) -> Outcome<()> {
        tx.asks(reply_to);
        let backlog = self.backlog();
        if backlog > REFRESH_PER_TICK && request.command.reads_documents() {
            tx.progress(reply_to, format!("Bringing {backlog} notes up to date"));
            tx.wake_at(tx.now.steady_ms);
            self.waits.deferred.push((reply_to, request));
            return Ok(());
        }
        if matches!(request.command, Command::Search { .. }) && !self.all_indexed() {
            for notebook in self.notebooks.values_mut() {
                notebook.index_all(tx)?;
            }
            // What is searched is what has been committed.
            self.waits.deferred.push((reply_to, request));
            return Ok(());
        }
        self.execute(reply_to, request, tx)
    }

    fn all_indexed(&self) -> bool {
        self.notebooks.values().all(Notebook::is_indexed)
    }

    /// How many documents have entries that were not applied yet.
    fn backlog(&self) -> usize {
        self.notebooks
            .values()
            .map(|notebook| notebook.docs.dirty().len())
            .sum()
    }

    /// Does commands that waited for documents to be brought up to date, once few are left.
    fn execute_deferred(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        if self.backlog() > REFRESH_PER_TICK {
            tx.wake_at(tx.now.steady_ms);
            return Ok(());
        }
        while !self.waits.deferred.is_empty() {
            // Taken out one by one, so that those after one that fails are answered, too.
            let (reply_to, request) = self.waits.deferred.remove(0);
            tx.asks(reply_to);
            self.execute(reply_to, request, tx)?;
        }
        Ok(())
    }

    fn execute(&mut self, reply_to: ReplyTo, request: Request, tx: &mut Tx<'_>) -> Outcome<()> {
        let staged = tx.staged();
        match commands::execute(self, reply_to, request, tx) {
            Ok(Some(reply)) => tx.reply(reply_to, Ok(reply)),
            Ok(None) => {}
            Err(Fault::Command(error)) => {
                debug_assert!(
                    tx.only_made_again_since(staged),
                    "a command wrote something and failed: {error:?}"
                );
                tx.reply(reply_to, Err(error));
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// A notebook with what is needed to write in it.
    pub(crate) fn notebook_mut(&mut self, id: NotebookId) -> Outcome<(&mut Notebook, &mut Random)> {
        let Self { notebooks, rng, .. } = self;
        let notebook = notebooks
            .get_mut(&id)
            .ok_or_else(|| crate::fault::failed("the notebook is gone", ""))?;
        Ok((notebook, rng))
    }

    /// What is answered to whoever asks for a notebook that is damaged.
    pub(crate) fn damaged(why: &str) -> Fault {
        let hint = "Keep a copy of this home as it is. Join again from another home, or restore a backup: others hold what \
                    this one lost.";
        let message = format!("this notebook is damaged and cannot be opened: {why}");
        CommandError::new(ErrorKind::Damaged, message, hint).into()
    }

    /// Takes a new notebook into the home.
    pub(crate) fn adopt(&mut self, notebook: Notebook) {
        self.notebooks.insert(notebook.id, notebook);
    }

    /// Where a notebook made or joined now stands in the order of the home.
    pub(crate) fn next_ordinal(&self) -> u64 {
        self.notebooks
            .values()
            .map(|notebook| notebook.ordinal + 1)
            .max()
            .unwrap_or(0)
    }

    /// The generator for a new engine's randomness.
    fn random(seed: [u8; 32]) -> Random {
        Random::from_seed(seed)
    }
}

fn commit_failure(error: &moot_log::storage::CommitError) -> CommandError {
    use moot_log::storage::CommitError;
    let hint = match error {
        CommitError::DiskFull => "Free some room, then try again. What was written before is safe.",
        CommitError::ReadOnly(_) => {
            "Give this user the right to write there, or name another home with --home."
        }
        CommitError::Io(_) | CommitError::Poisoned => {
            "Try again; `moot doctor` checks the home. What was written before is safe."
        }
    };
    CommandError::new(
        ErrorKind::Failed,
        format!("nothing was saved: {error}"),
        hint,
    )
}
