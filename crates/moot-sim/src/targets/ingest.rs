//! The whole way in: frames of a member, fed into an established session of an engine.
//!
//! Owns how fuzz bytes become frames. Half of the ways sign and seal what the bytes say with a member's real keys, since a
//! signature is nothing that a fuzzer guesses.

use moot_engine::{Command, Reply};
use moot_group::{Delta, Keybox, Live, LiveFrame, Sender};
use moot_log::Kind;
use moot_log::frame::{Frame, Opaque};
use moot_notebook::DocId;

use crate::chunk::{CHANGE, Chunk, wrapped};
use crate::member::{ByHand, Member};
use crate::memory_store::MemoryStore;
use crate::world::{MarkerFate, World};

const SEED: u64 = 7;
const MINUTE_MS: u64 = 60_000;
const ANA: usize = 0;
const MALLORY: usize = 1;

/// How many records of an input count: more of them find nothing that fewer do not.
const RECORDS_MAX: usize = 16;

/// One piece of an input: a byte that says how, two bytes of length, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'b> {
    /// Which way the bytes go in.
    pub how: u8,
    /// The bytes.
    pub what: &'b [u8],
}

impl<'b> Record<'b> {
    /// A frame as it is.
    pub const FRAME: u8 = 0;
    /// The plaintext of an entry's body.
    pub const BODY: u8 = 1;
    /// What is inside a change, its actor and checksum put right.
    pub const CHANGE: u8 = 2;
    /// What is inside a change, its checksum put right.
    pub const ANY_CHANGE: u8 = 3;
    /// The body of a keybox.
    pub const KEYBOX: u8 = 4;
    /// Version, suite, kind and flags of an entry, and its plaintext.
    pub const ODD: u8 = 5;
    /// What is inside a change, sent live.
    pub const LIVE: u8 = 6;
    /// What members tell each other of addresses and clocks.
    pub const ADDRESSES: u8 = 7;

    /// The records of an input; what is cut short at the end counts as far as it goes.
    pub fn all(mut input: &'b [u8]) -> Vec<Self> {
        let mut records = Vec::new();
        while let [how, high, low, rest @ ..] = input {
            let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
            let (what, rest) = rest.split_at(length);
            records.push(Self { how: *how, what });
            input = rest;
        }
        records.truncate(RECORDS_MAX);
        records
    }

    /// The record as it stands in an input; longer ones are cut.
    pub fn encode(&self) -> Vec<u8> {
        let length = u16::try_from(self.what.len()).unwrap_or(u16::MAX);
        let what = &self.what[..usize::from(length)];
        [&[self.how], length.to_be_bytes().as_slice(), what].concat()
    }
}

/// Two homes that are in step, to begin every run from: Ana's, and Mallory's whose keys are known here.
pub struct Ingest {
    homes: [MemoryStore; 2],
    note: DocId,
}

impl Default for Ingest {
    fn default() -> Self {
        Self::new()
    }
}

impl Ingest {
    /// Founds a notebook and lets Mallory join it.
    ///
    /// # Panics
    /// Where that does not work.
    pub fn new() -> Self {
        let mut world = empty();
        let init = Command::Init {
            person: "Ana".to_owned(),
            notebook: "Garden".to_owned(),
            purpose: None,
        };
        done(&mut world, ANA, init);
        let invite = Command::Invite {
            expires_in_ms: 60 * MINUTE_MS,
            uses: 1,
            confirm: false,
        };
        let Reply::Invited(invited) = done(&mut world, ANA, invite) else {
            panic!("an invite was answered with something else");
        };
        let join = Command::Join {
            ticket: invited.ticket,
            person: "Mallory".to_owned(),
            wait_ms: MINUTE_MS,
        };
        let asked = world.ask(MALLORY, join);
        world.run_for(MINUTE_MS);
        assert!(matches!(world.answer(asked), Some(Ok(_))), "not let in");
        let note = Command::NoteNew {
            title: "Watering".to_owned(),
            body: "ab".to_owned(),
            kind: moot_engine::command::NoteKind::Note,
        };
        let Reply::NoteMade(made) = done(&mut world, ANA, note) else {
            panic!("a note was answered with something else");
        };
        world.run_for(MINUTE_MS);
        Self {
            homes: [world.backup(ANA), world.backup(MALLORY)],
            note: made.id.parse().expect("an answered id is an id"),
        }
    }

    /// The note in which Ana wrote "ab".
    pub fn note(&self) -> DocId {
        self.note
    }

    /// Mallory, by hand.
    pub fn member(&self) -> Member {
        Member::of(self.homes[1].clone(), empty().storage_key(MALLORY), SEED)
    }

    /// Feeds an input to Ana's engine, in an established session with Mallory.
    ///
    /// # Panics
    /// Where a promise is broken: Ana goes on, sees what she saw wherever the input changed nothing, and can write.
    pub fn run(&self, input: &[u8]) {
        let mut world = empty();
        for (node, home) in self.homes.iter().enumerate() {
            world.restore(node, home.clone(), MarkerFate::Kept);
        }
        world.run_for(5_000);
        assert!(world.streams_between(ANA, MALLORY) > 0, "not connected");
        let mut member = self.member();
        let mut log = member.begin_log();
        for record in Record::all(input) {
            let frame = self.frame(&mut member, &mut log, record);
            if let Some(frame) = frame {
                world.inject(ANA, MALLORY, frame);
            }
        }
        world.run_for(1_000);
        check(&mut world);
    }

    /// The frame that a record becomes.
    fn frame(&self, member: &mut Member, log: &mut ByHand, record: Record<'_>) -> Option<Vec<u8>> {
        let what = record.what;
        let session = [u8::try_from(log.entries.len()).unwrap_or(u8::MAX); 16];
        let sent = log.entries.len();
        match record.how {
            Record::BODY => member.seal(log, what),
            Record::CHANGE | Record::ANY_CHANGE => {
                let change = change(record, &log.id(), &session);
                member.change(log, self.note, session, change);
            }
            Record::KEYBOX => {
                let draft = log.draft(Kind::Keybox, member.key.id());
                let known = Keybox::decode(&draft.key_id, what).map(|keybox| keybox.encode());
                member.put(log, &draft, known.unwrap_or_else(|_| what.to_vec()));
            }
            Record::ODD => {
                let (first, rest) = what.split_first_chunk::<4>()?;
                member.seal_odd(log, *first, rest);
            }
            Record::LIVE => {
                let change = change(record, &log.id(), &session);
                return live(member, log, self.note, session, change);
            }
            Record::ADDRESSES => {
                let bytes = what.to_vec();
                return Some(Frame::Addresses(Opaque { bytes }).encode());
            }
            _ => return Some(what.to_vec()),
        }
        let new = ByHand {
            init: log.init.clone(),
            entries: log.entries.get(sent..)?.to_vec(),
        };
        new.frame()
    }
}

fn change(record: Record<'_>, log: &moot_log::LogId, session: &[u8; 16]) -> Vec<u8> {
    let chunk = Chunk::parse_data(record.what).filter(|_| record.how != Record::ANY_CHANGE);
    match chunk {
        Some(mut chunk) => {
            chunk.actor = moot_group::actor_id(log, session).to_vec();
            chunk.encode()
        }
        None => wrapped(CHANGE, record.what),
    }
}

fn live(
    member: &mut Member,
    log: &ByHand,
    note: DocId,
    session: [u8; 16],
    change: Vec<u8>,
) -> Option<Vec<u8>> {
    let delta = Live::Delta(Delta {
        doc_id: note.0,
        changes: vec![change],
    });
    let sender = Sender {
        notebook: member.notebook,
        log: log.id(),
        session,
        counter: 1,
    };
    let key = member.key.clone();
    let signing = member.secrets.signing.clone();
    let frame = LiveFrame::sign(sender, &delta, &key, &signing, &mut member.rng).ok()?;
    let bytes = frame.bytes().to_vec();
    Some(Frame::Live(Opaque { bytes }).encode())
}

fn empty() -> World {
    let mut world = World::new(SEED);
    world.add_node(0);
    world.add_node(0);
    world
}

/// Ana goes on whatever came: she reads, writes, and what she sees is what her entries say.
fn check(world: &mut World) {
    let append = Command::NoteAppend {
        note: "Watering".to_owned(),
        text: "still here".to_owned(),
    };
    done(world, ANA, append);
    let before = state(world);
    let Reply::Doctor(doctor) = done(world, ANA, Command::Doctor { rebuild: true }) else {
        panic!("a check was answered with something else");
    };
    assert!(doctor.ok, "damage: {:?}", doctor.findings);
    assert_eq!(state(world), before, "made again, and not the same");
}

fn state(world: &mut World) -> (String, u64, u64, u64) {
    match done(world, ANA, Command::Status) {
        Reply::Status(status) => (
            status.state_digest,
            status.pending,
            status.quarantined,
            status.newer,
        ),
        other => panic!("not a status: {other:?}"),
    }
}

fn done(world: &mut World, node: usize, command: Command) -> Reply {
    let shown = format!("{command:?}");
    match world.get(node, command) {
        Some(Ok(reply)) => reply,
        other => panic!("{shown} at {node}: {other:?}"),
    }
}
