//! Engine and store together: an input goes in, the batch is committed, the rest of the effects comes out.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use moot_engine::{
    Command, CommandError, Effects, Engine, Input, Now, Opening, PeerName, Place, Reply, ReplyTo,
    Request,
};
use moot_log::storage::{Durability, Store as _};
use moot_net::{SecretKey, peer_id_of};
use moot_store::SqliteStore;

use crate::Outcome;

/// More pieces than anything that is measured comes in.
const TICKS_MAX: usize = 100_000;

/// Whether commits are synced as the engine asks, or only handed to the operating system: enough for what is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saving {
    AsAsked,
    Relaxed,
}

/// An engine on its store.
pub(crate) struct Machine {
    engine: Engine,
    store: SqliteStore,
    begun: Instant,
    /// How far the engine's clock is ahead of the time since.
    ahead: Duration,
    saving: Saving,
    asked: u64,
}

impl Machine {
    /// Opens the home. Homes copied from one another claim to lie at one place, so that a copy goes on as its original would:
    /// they never run at the same time.
    pub(crate) fn open(directory: &Path, saving: Saving) -> Outcome<(Self, Effects)> {
        let store = SqliteStore::open(&directory.join("store.db"))?;
        let begun = Instant::now();
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| error.to_string())?;
        let opening = Opening {
            seed,
            storage_key: [7; 32],
            place: Place {
                machine: "bench".to_owned(),
                path: "home".to_owned(),
                file: (1, 1),
            },
            marker: None,
        };
        let (mut engine, effects) = Engine::open(opening, now(begun, Duration::ZERO), &store)?;
        let peer = peer_id_of(&SecretKey::from_bytes(engine.network_key()));
        engine.set_peer_name(PeerName(peer.to_string()));
        engine.set_verifier(super::verifying::verify);
        engine.set_spreader(super::verifying::spread);
        let mut machine = Self {
            engine,
            store,
            begun,
            ahead: Duration::ZERO,
            saving,
            asked: 0,
        };
        let effects = machine.commit(effects)?;
        Ok((machine, effects))
    }

    pub(crate) fn network_key(&self) -> SecretKey {
        SecretKey::from_bytes(self.engine.network_key())
    }

    /// The instant of a time on the engine's steady clock.
    pub(crate) fn instant_of(&self, steady_ms: u64) -> Instant {
        self.begun + Duration::from_millis(steady_ms)
    }

    /// Lets time pass for the engine that does not pass here.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.ahead += time;
    }

    /// Whether a time on the engine's steady clock has come.
    pub(crate) fn has_come(&self, steady_ms: u64) -> bool {
        now(self.begun, self.ahead).steady_ms >= steady_ms
    }

    /// Takes an input in. What comes out is committed.
    pub(crate) fn handle(&mut self, input: Input) -> Outcome<Effects> {
        let effects = self
            .engine
            .handle(now(self.begun, self.ahead), input, &self.store);
        self.commit(effects)
    }

    /// A command that needs nobody else. Before it is answered, what arrived may have to be taken in, a piece at a time.
    pub(crate) fn ask(&mut self, command: Command) -> Outcome<Reply> {
        self.asked += 1;
        let input = Input::Command {
            reply_to: ReplyTo(self.asked),
            request: Request {
                notebook: None,
                command,
            },
        };
        let mut effects = self.handle(input)?;
        for _ in 0..TICKS_MAX {
            if let Some((_, answer)) = effects.replies.into_iter().next() {
                return Ok(answer.map_err(|error| error.message)?);
            }
            effects = self.handle(Input::Tick)?;
        }
        Err("a command was not answered".into())
    }

    /// A command that is answered at once, with all else that comes of it.
    pub(crate) fn ask_and(
        &mut self,
        command: Command,
    ) -> Outcome<(Result<Reply, CommandError>, Effects)> {
        self.asked += 1;
        let input = Input::Command {
            reply_to: ReplyTo(self.asked),
            request: Request {
                notebook: None,
                command,
            },
        };
        let mut effects = self.handle(input)?;
        let answer = effects.replies.pop();
        let (_, answer) = answer.ok_or("a command was not answered at once")?;
        Ok((answer, effects))
    }

    pub(crate) fn close(self) -> Outcome<()> {
        Ok(self.store.close()?)
    }

    fn commit(&mut self, mut effects: Effects) -> Outcome<Effects> {
        if self.saving == Saving::Relaxed {
            effects.commit.durability = Durability::Relaxed;
        }
        if !effects.commit.is_empty() {
            self.store.commit(&effects.commit)?;
        }
        Ok(effects)
    }
}

fn now(begun: Instant, ahead: Duration) -> Now {
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        + ahead;
    Now {
        wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX),
        steady_ms: u64::try_from((begun.elapsed() + ahead).as_millis()).unwrap_or(u64::MAX),
    }
}
