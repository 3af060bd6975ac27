//! A full disk: nothing half written, a clear word to whoever asks, and all goes on once there is room. And a command that
//! fails: nothing written at all.

use moot_engine::command::{NoteKind, Splice};
use moot_engine::{
    Command, Effects, Engine, ErrorKind, Input, Now, Opening, PeerName, Place, Reply, ReplyTo,
    Request,
};
use moot_log::storage::{CommitError, Op, Store};
use moot_sim::MemoryStore;

/// One engine and its disk, driven by hand.
struct Home {
    engine: Engine,
    store: MemoryStore,
    asked: u64,
}

impl Home {
    fn open(store: MemoryStore, seed: u8) -> Self {
        Self::open_at(Place::default(), store, seed)
    }

    fn open_at(place: Place, mut store: MemoryStore, seed: u8) -> Self {
        store.reopen();
        let opening = Opening {
            seed: [seed; 32],
            storage_key: [1; 32],
            place,
            marker: None,
        };
        let (mut engine, effects) = Engine::open(opening, now(0), &store).unwrap();
        engine.set_peer_name(PeerName("ana".to_owned()));
        store.commit(&effects.commit).unwrap();
        Self {
            engine,
            store,
            asked: 0,
        }
    }

    fn ask(&mut self, command: Command) -> Effects {
        self.asked += 1;
        let input = Input::Command {
            reply_to: ReplyTo(self.asked),
            request: Request {
                notebook: None,
                command,
            },
        };
        self.engine.handle(now(self.asked), input, &self.store)
    }

    fn done(&mut self, command: Command) -> Reply {
        let effects = self.ask(command);
        self.store.commit(&effects.commit).unwrap();
        let (_, reply) = effects.replies.into_iter().next().unwrap();
        reply.unwrap()
    }

    fn titles(&mut self) -> Vec<String> {
        match self.done(Command::NoteList { deleted: false }) {
            Reply::Notes(notes) => notes.into_iter().map(|note| note.title).collect(),
            other => panic!("not notes: {other:?}"),
        }
    }
}

fn now(steady_ms: u64) -> Now {
    Now {
        wall_ms: 1_775_000_000_000 + i64::try_from(steady_ms).unwrap(),
        steady_ms,
    }
}

fn new_note(title: &str) -> Command {
    Command::NoteNew {
        title: title.to_owned(),
        body: "Every second day.\n".to_owned(),
        kind: NoteKind::Note,
    }
}

#[test]
fn a_full_disk_loses_nothing_and_says_so() {
    let mut home = Home::open(MemoryStore::new(), 1);
    home.done(Command::Init {
        person: "Ana".to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    });
    home.done(new_note("Before"));
    let lost = home.ask(new_note("Lost"));
    home.store.fail_next_commit(CommitError::DiskFull);
    let error = home.store.commit(&lost.commit).unwrap_err();
    let effects = home
        .engine
        .handle(now(9), Input::CommitFailed { error }, &home.store);
    assert!(effects.commit.is_empty() && effects.sends.is_empty());
    assert!(home.engine.is_broken());
    for command in [new_note("Refused"), Command::Status] {
        let refused = home.ask(command);
        assert!(refused.commit.is_empty());
        let (_, reply) = refused.replies.into_iter().next().unwrap();
        let error = reply.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failed);
        assert!(error.message.contains("disk is full"), "{error:?}");
        assert!(error.hint.contains("room"), "{error:?}");
    }
    let mut home = Home::open(home.store, 2);
    assert_eq!(home.titles(), ["Before"]);
    home.done(new_note("After"));
    let mut titles = home.titles();
    titles.sort();
    assert_eq!(titles, ["After", "Before"]);
    match home.done(Command::Doctor { rebuild: true }) {
        Reply::Doctor(doctor) => assert!(doctor.ok, "{:?}", doctor.findings),
        other => panic!("not a check: {other:?}"),
    }
}

/// A home that was copied begins a new log with the next entry, and not with one that could not be written.
#[test]
fn a_command_that_fails_writes_nothing() {
    let mut home = Home::open(MemoryStore::new(), 1);
    home.done(Command::Init {
        person: "Ana".to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    });
    home.done(new_note("Watering"));
    let elsewhere = Place {
        machine: "another".to_owned(),
        ..Place::default()
    };
    let mut copy = Home::open_at(elsewhere, home.store, 2);
    let beyond_the_end = Command::NoteType {
        note: "Watering".to_owned(),
        seen: None,
        splices: vec![Splice {
            at: 9_999,
            delete: 0,
            insert: "x".to_owned(),
        }],
    };
    let refused = copy.ask(beyond_the_end);
    let (_, reply) = refused.replies.into_iter().next().unwrap();
    assert_eq!(reply.unwrap_err().kind, ErrorKind::Usage);
    // What was made of entries that came before may be made again; nothing else is there.
    let is_made = |op: &Op| matches!(op, Op::Index { .. });
    let ops = refused.commit.ops;
    assert!(ops.iter().all(is_made), "{ops:?}");
}
