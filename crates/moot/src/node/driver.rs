//! The node loop's state: feeds the engine and carries out what it says, in the order of the effects' fields.
//!
//! Owns the engine and the store. Where a commit fails, nothing of what depended on it leaves, and the next command opens the
//! engine anew from what is on the disk.

use std::collections::BTreeMap;
use std::time::Instant;

use moot_engine::reply::{Doctor, Finding};
use moot_engine::{
    CommandError, Effects, Engine, ErrorKind, Event, Input, OpenError, Opening, PeerName, Reply,
    ReplyTo, Request,
};
use moot_log::storage::{CommitError, Store};
use moot_net::{NetEvent, SecretKey, peer_id_of};
use moot_store::SqliteStore;
use tokio::sync::mpsc;

use super::clock::Clock;
use super::link::Link;
use super::{Afterwards, Ask, Saying, Watcher, storage, verifying};
use crate::failure::failure;
use crate::home::Home;

/// How long a node whose store failed waits before it tries again, in milliseconds.
const RECOVER_MS: u64 = 10_000;

/// What the node is made of.
pub(super) struct Driver {
    home: Home,
    store: SqliteStore,
    engine: Engine,
    clock: Clock,
    link: Option<Link>,
    waiting: BTreeMap<ReplyTo, mpsc::Sender<Saying>>,
    watchers: Vec<Watcher>,
    next_tick_ms: Option<u64>,
    /// The addresses last told, to be told again to an engine opened anew.
    listening: Vec<String>,
    /// What holds as long as this node runs, told to everybody who begins to watch.
    standing: Vec<Event>,
    condition: Condition,
}

/// Whether what is in memory is what is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Sound,
    /// A commit failed. Nothing is taken in until the engine was opened anew.
    CommitFailed,
}

/// What the loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    Stop(Afterwards),
}

impl Driver {
    /// Opens store and engine. The effects of opening are to be carried out once the network runs.
    pub(super) fn open(home: Home) -> Result<(Self, Effects), CommandError> {
        let clock = Clock::start();
        let opened = storage::open(&home.store_path()).and_then(|store| {
            let (engine, effects) = open_engine(&home, &store, &clock)?;
            Ok((store, engine, effects))
        });
        let (store, engine, effects) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                home.discard();
                return Err(error);
            }
        };
        let driver = Self {
            home,
            store,
            engine,
            clock,
            link: None,
            waiting: BTreeMap::new(),
            watchers: Vec::new(),
            next_tick_ms: None,
            listening: Vec::new(),
            standing: Vec::new(),
            condition: Condition::Sound,
        };
        Ok((driver, effects))
    }

    pub(super) fn home(&mut self) -> &mut Home {
        &mut self.home
    }

    pub(super) fn network_key(&self) -> [u8; 32] {
        self.engine.network_key()
    }

    pub(super) fn set_link(&mut self, link: Link) {
        let warning = link.warning().map(|text| Event::Notice {
            notebook: String::new(),
            text,
        });
        self.standing.extend(warning);
        self.link = Some(link);
    }

    /// The next event of the network; never, where there is none.
    pub(super) async fn next_event(link: &mut Option<Link>) -> NetEvent {
        if let Some(running) = link {
            if let Some(event) = running.next().await {
                return event;
            }
            tracing::error!("the network has ended; what is here goes on working");
            *link = None;
        }
        std::future::pending().await
    }

    pub(super) fn link(&mut self) -> &mut Option<Link> {
        &mut self.link
    }

    /// When the loop must turn even if nothing happens.
    pub(super) fn deadline(&self) -> Instant {
        let tick = self
            .next_tick_ms
            .map(|steady_ms| self.clock.instant_of(steady_ms));
        let link = self.link.as_ref().and_then(Link::next_turn);
        let pulse = self.clock.next_pulse();
        [tick, link].into_iter().flatten().fold(pulse, Instant::min)
    }

    /// Does what the passing of time asks for.
    pub(super) fn on_deadline(&mut self) {
        let now = Instant::now();
        if self.clock.next_pulse() <= now && self.clock.slept() {
            tracing::info!("the machine slept; connections are made anew");
            if let Some(link) = &mut self.link {
                link.wake();
            }
        }
        if let Some(link) = &mut self.link {
            link.turn();
        }
        let due = self
            .next_tick_ms
            .is_some_and(|steady_ms| self.clock.instant_of(steady_ms) <= now);
        if due && self.must_reopen() {
            self.try_to_recover();
        } else if due {
            self.next_tick_ms = None;
            self.feed(Input::Tick);
        }
    }

    /// Tells the engine whom the person named, with their address.
    pub(super) fn introduce(&mut self) {
        let introductions = self.link.as_mut().map(Link::introductions);
        for input in introductions.into_iter().flatten() {
            self.feed(input);
        }
    }

    pub(super) fn on_event(&mut self, event: NetEvent) {
        let Some(link) = &mut self.link else { return };
        let known = match &event {
            NetEvent::Frame { stream, .. } | NetEvent::Closed { stream, .. } => {
                link.is_open(moot_engine::StreamId(stream.0))
            }
            _ => true,
        };
        for input in link.inputs_of(event).into_iter().filter(|_| known) {
            if let Input::Listening { addresses } = &input {
                self.listening.clone_from(addresses);
            }
            self.feed(input);
        }
    }

    pub(super) fn on_ask(&mut self, ask: Ask) -> Then {
        match ask {
            Ask::Command {
                reply_to,
                request,
                says,
            } => self.on_command(reply_to, request, says),
            Ask::Abandon(reply_to) => {
                if self.waiting.remove(&reply_to).is_some() {
                    self.feed(Input::Abandoned { reply_to });
                }
            }
            Ask::Watch(watcher) => {
                if self.standing.iter().all(|event| watcher.tell(event)) {
                    self.watchers.push(watcher);
                }
            }
            Ask::Assume(addresses) => {
                self.listening.clone_from(&addresses);
                self.feed(Input::Listening { addresses });
            }
            Ask::Stop(afterwards) => return Then::Stop(afterwards),
        }
        Then::GoOn
    }

    fn on_command(&mut self, reply_to: ReplyTo, request: Request, says: mpsc::Sender<Saying>) {
        if self.must_reopen()
            && let Err(error) = self.reopen()
        {
            self.recover_later();
            say(&says, Saying::Reply(Err(error)));
            return;
        }
        self.waiting.insert(reply_to, says);
        self.feed(Input::Command { reply_to, request });
    }

    fn feed(&mut self, input: Input) {
        if self.condition == Condition::CommitFailed {
            return;
        }
        let was_broken = self.engine.is_broken();
        let effects = self.engine.handle(self.clock.now(), input, &self.store);
        self.carry_out(effects);
        // The engine could not read its store. What was connected to it is to begin anew with the next one.
        if !was_broken && self.engine.is_broken() {
            if let Some(link) = &mut self.link {
                link.reset();
            }
            self.recover_later();
        }
    }

    /// Whether what is in memory is not to be used until it was taken up from the disk again.
    fn must_reopen(&self) -> bool {
        self.condition == Condition::CommitFailed || self.engine.is_broken()
    }

    /// A node that nobody asks for anything takes itself up again, once the disk lets it.
    fn try_to_recover(&mut self) {
        match self.reopen() {
            Ok(()) => tracing::info!("the store takes writes again"),
            Err(error) => {
                tracing::warn!(%error, "the store still fails");
                self.recover_later();
            }
        }
    }

    fn recover_later(&mut self) {
        self.next_tick_ms = Some(self.clock.now().steady_ms + RECOVER_MS);
    }

    /// Carries effects out, in order.
    pub(super) fn carry_out(&mut self, effects: Effects) {
        if !effects.commit.is_empty()
            && let Err(error) = self.store.commit(&effects.commit)
        {
            tracing::error!(%error, "a commit failed");
            self.on_commit_failed(error);
            return;
        }
        if let Some(link) = &mut self.link {
            for stream in effects.authorised {
                link.authorised(stream);
            }
            for (stream, frame) in effects.sends {
                link.send(stream, frame);
            }
            for (stream, reason) in effects.closes {
                tracing::debug!(stream = stream.0, reason, "closing a stream");
                link.close(stream);
            }
            for dial in effects.dials {
                link.dial(dial);
            }
        }
        self.answer(effects.replies);
        for (reply_to, step) in effects.progress {
            if let Some(says) = self.waiting.get(&reply_to) {
                say(says, Saying::Progress(step));
            }
        }
        self.tell(&effects.events);
        if let Some(marker) = effects.marker {
            self.home.marker().write(&marker);
        }
        if effects.next_tick_ms.is_some() {
            self.next_tick_ms = effects.next_tick_ms;
        }
    }

    fn answer(&mut self, replies: Vec<(ReplyTo, Result<Reply, CommandError>)>) {
        for (reply_to, answer) in replies {
            let Some(says) = self.waiting.remove(&reply_to) else {
                continue;
            };
            let answer = match answer {
                Ok(Reply::Doctor(doctor)) => Ok(Reply::Doctor(self.with_own_findings(doctor))),
                other => other,
            };
            say(&says, Saying::Reply(answer));
        }
    }

    fn tell(&mut self, events: &[Event]) {
        self.watchers
            .retain(|watcher| events.iter().all(|event| watcher.tell(event)));
    }

    /// What the engine cannot see: the store's own check, and who could read the files.
    fn with_own_findings(&self, doctor: Doctor) -> Doctor {
        let mut findings = storage::check(&self.store);
        findings.extend(self.home.exposed().iter().map(|path| Finding {
            notebook: None,
            part: "keys".to_owned(),
            level: "note".to_owned(),
            message: format!("others on this machine can look into {}", path.display()),
            advice: format!("chmod go= {}", path.display()),
        }));
        findings.extend(doctor.findings);
        let damaged = findings.iter().any(|finding| finding.level == "damage");
        Doctor {
            ok: doctor.ok && !damaged,
            findings,
        }
    }

    /// The engine answers those who wait; whoever it forgets is answered here.
    fn on_commit_failed(&mut self, error: CommitError) {
        self.condition = Condition::CommitFailed;
        let answer = failure(
            ErrorKind::Failed,
            format!("nothing was saved: {error}"),
            "What was saved before is safe. Put that right, then try again.",
        );
        let input = Input::CommitFailed { error };
        let effects = self.engine.handle(self.clock.now(), input, &self.store);
        self.answer(effects.replies);
        self.tell(&effects.events);
        self.answer_all(&answer);
        if let Some(link) = &mut self.link {
            link.reset();
        }
        self.recover_later();
    }

    fn answer_all(&mut self, error: &CommandError) {
        for says in std::mem::take(&mut self.waiting).into_values() {
            say(&says, Saying::Reply(Err(error.clone())));
        }
    }

    /// Opens store and engine again after a failed commit.
    fn reopen(&mut self) -> Result<(), CommandError> {
        // The old one has the file to itself until it is gone.
        self.store = SqliteStore::in_memory();
        self.store = storage::open(&self.home.store_path())?;
        let (engine, effects) = open_engine(&self.home, &self.store, &self.clock)?;
        self.engine = engine;
        self.condition = Condition::Sound;
        self.carry_out(effects);
        if !self.listening.is_empty() {
            let addresses = self.listening.clone();
            self.feed(Input::Listening { addresses });
        }
        self.introduce();
        if self.condition == Condition::CommitFailed {
            return Err(failure(
                ErrorKind::Failed,
                "the disk still takes no writes",
                "Make room on the disk and try again. Nothing that was saved is lost.",
            ));
        }
        Ok(())
    }

    /// Answers whoever still waits and ends the network. The lock is released last.
    pub(super) async fn stop(mut self, mut asks: mpsc::Receiver<Ask>, afterwards: Afterwards) {
        asks.close();
        while let Ok(ask) = asks.try_recv() {
            if let Ask::Command { says, .. } = ask {
                say(&says, Saying::NotBegun);
            }
        }
        // Only those wait who wait for others, and they may ask again, in the next process.
        for says in std::mem::take(&mut self.waiting).into_values() {
            say(&says, Saying::NotBegun);
        }
        self.watchers.clear();
        if let Some(link) = self.link.take() {
            link.shutdown().await;
        }
        let Self { home, store, .. } = self;
        if let Err(error) = store.close() {
            tracing::warn!(%error, "the store was not tidied up; nothing is lost");
        }
        if afterwards == Afterwards::Discard {
            home.discard();
        }
    }
}

/// Steps leave room for the reply, which always fits.
fn say(says: &mpsc::Sender<Saying>, saying: Saying) {
    if matches!(saying, Saying::Progress(_)) && says.capacity() < 2 {
        return;
    }
    // An asker who is gone needs nothing.
    let _ = says.try_send(saying);
}

fn open_engine(
    home: &Home,
    store: &SqliteStore,
    clock: &Clock,
) -> Result<(Engine, Effects), CommandError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("this system gives no randomness: {error}"),
            "",
        )
    })?;
    let opening = Opening {
        seed,
        storage_key: home.storage_key(),
        place: home.place(),
        marker: home.marker().read(),
    };
    let (mut engine, effects) =
        Engine::open(opening, clock.now(), store).map_err(|error| not_opened(home, &error))?;
    let key = SecretKey::from_bytes(engine.network_key());
    engine.set_peer_name(PeerName(peer_id_of(&key).to_string()));
    if let Some(original) = engine.original_network_key() {
        let key = SecretKey::from_bytes(original);
        engine.set_original_peer_name(PeerName(peer_id_of(&key).to_string()));
    }
    engine.set_verifier(verifying::verify);
    engine.set_spreader(verifying::spread);
    Ok((engine, effects))
}

fn not_opened(home: &Home, error: &OpenError) -> CommandError {
    let hint = match error {
        OpenError::Store(_) | OpenError::Damaged(_) => {
            "Run moot doctor. Other members hold what they received from you."
        }
        OpenError::Locked => {
            "storage.key is not the one that belongs to this store.db: put the right one back."
        }
    };
    failure(
        ErrorKind::Damaged,
        format!("{}: {error}", home.path().display()),
        hint,
    )
}
