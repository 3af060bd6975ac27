//! Changes that a member could sign and no honest program would make, for a document as it stands.
//!
//! Owns one of each kind that is known to panic the library, to take gigabytes, to spoil a snapshot, or to speak for
//! somebody else.

use moot_log::LogId;
use moot_notebook::{ActorId, ByteCount, BytePos, ChangeHash, Document, Edit, FactBody, FactDraft};
use moot_sim::{Chunk, Dice, chunk};

/// A name, the session in which the change is made, and its bytes.
pub(crate) type Named = (&'static str, [u8; 16], Vec<u8>);

/// Makes changes, each the first of a session of its own.
struct Forge<'d> {
    document: &'d Document,
    log: LogId,
    made: Vec<Named>,
}

/// How many of [`all`] are sound, or wait for a change that nobody has.
pub(crate) const NOT_REFUSED: usize = 3;

/// All of them; the first three are sound or only wait.
pub(crate) fn all(document: &Document, log: &LogId) -> Vec<Named> {
    let mut forge = Forge {
        document,
        log: *log,
        made: Vec::new(),
    };
    forge.spoil("sound", |_| {});
    forge.fact("sound-fact", |_| {});
    forge.spoil("waits", |chunk| chunk.deps = vec![[0xee; 32]]);
    assert_eq!(forge.made.len(), NOT_REFUSED);
    forge.numbers();
    forge.bombs();
    forge.wrappings();
    forge.other_people();
    forge.facts();
    forge.follower();
    forge.made
}

/// Sound changes with a few bytes changed, their checksums right: whatever they turn out to be.
pub(crate) fn mutated(document: &Document, log: &LogId, count: u8) -> Vec<Named> {
    let mut dice = Dice::new(5);
    let mut forge = Forge {
        document,
        log: *log,
        made: Vec::new(),
    };
    for round in 0..count {
        let (session, sound) = forge.sound(0x80 | round);
        let mut data = sound.data();
        // Not in the actor. In what it follows it waits for ever.
        let past = if round % 4 == 0 {
            1..33
        } else {
            50..data.len() as u64
        };
        for _ in 0..=dice.below(2) {
            let at = usize::try_from(dice.between(past.start, past.end - 1)).unwrap();
            data[at] = dice.below(256).to_le_bytes()[0];
        }
        let bytes = chunk::wrapped(chunk::CHANGE, &data);
        forge.made.push(("mutated", session, bytes));
    }
    forge.made
}

impl Forge<'_> {
    fn session(&self) -> u8 {
        u8::try_from(self.made.len() + 1).unwrap()
    }

    fn actor(&self, session: &[u8; 16]) -> ActorId {
        ActorId(moot_group::actor_id(&self.log, session))
    }

    fn edit(&self, session: u8, edit: Edit) -> ([u8; 16], Chunk) {
        let session = [session; 16];
        let mut document = self.document.clone();
        let made = document.edit(self.actor(&session), 0, &[edit]).unwrap();
        (session, Chunk::parse(&made[0].bytes).unwrap())
    }

    /// The next sound change: an `x` at the start.
    fn sound(&self, session: u8) -> ([u8; 16], Chunk) {
        let splice = Edit::Splice {
            at: BytePos(0),
            delete: ByteCount(0),
            insert: "x".to_owned(),
        };
        self.edit(session, splice)
    }

    fn add(&mut self, name: &'static str, session: [u8; 16], bytes: Vec<u8>) {
        self.made.push((name, session, bytes));
    }

    fn spoil(&mut self, name: &'static str, spoil: impl FnOnce(&mut Chunk)) {
        let (session, mut chunk) = self.sound(self.session());
        spoil(&mut chunk);
        self.add(name, session, chunk.encode());
    }

    fn spoil_bytes(&mut self, name: &'static str, spoil: impl FnOnce(&mut Vec<u8>)) {
        let (session, chunk) = self.sound(self.session());
        let mut bytes = chunk.encode();
        spoil(&mut bytes);
        self.add(name, session, bytes);
    }

    fn fact(&mut self, name: &'static str, spoil: impl FnOnce(&mut Chunk)) {
        let draft = FactDraft {
            after: Vec::new(),
            nonce: [self.session(); 8],
            body: FactBody::Tag {
                text: "hostile".to_owned(),
            },
        };
        let (session, mut chunk) = self.edit(self.session(), Edit::Fact(draft));
        spoil(&mut chunk);
        self.add(name, session, chunk.encode());
    }

    fn numbers(&mut self) {
        self.spoil("seq-gap", |chunk| chunk.seq = 5);
        self.spoil("seq-gap-without-past", |chunk| {
            (chunk.seq, chunk.start_op) = (5, 1);
            chunk.deps.clear();
        });
        self.spoil("seq-zero", |chunk| chunk.seq = 0);
        self.spoil("seq-end", |chunk| chunk.seq = u64::MAX);
        self.spoil("start-op-one", |chunk| chunk.start_op = 1);
        self.spoil("start-op-near-the-end", |chunk| {
            chunk.start_op = 0xffff_fffe
        });
        self.spoil("start-op-beyond", |chunk| chunk.start_op = 1 << 63);
        self.spoil("time-first", |chunk| chunk.at_ms = i64::MIN);
        self.spoil("time-last", |chunk| chunk.at_ms = i64::MAX);
        self.spoil("deps-many", |chunk| {
            let dep = |n: u16| {
                let mut dep = [0; 32];
                dep[..2].copy_from_slice(&n.to_be_bytes());
                dep
            };
            chunk.deps = (0..2_000).map(dep).collect();
        });
        self.spoil("deps-twice", |chunk| {
            let deps = chunk.deps.clone();
            chunk.deps.extend(deps);
        });
    }

    fn bombs(&mut self) {
        let runs: [(&'static str, &[u8]); 4] = [
            ("ops-5001", &[0x89, 0x27]),
            ("ops-a-million", &[0xc0, 0x84, 0x3d]),
            ("ops-ten-million", &[0x80, 0xad, 0xe2, 0x04]),
            (
                "ops-without-end",
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
            ),
        ];
        for (name, count) in runs {
            let run = |rest: &[u8]| [count, rest].concat();
            self.spoil(name, |chunk| {
                chunk.others.clear();
                chunk.columns = vec![
                    (0x15, run(&[1, b'a'])),
                    (0x34, run(&[])),
                    (0x42, run(&[1])),
                    (0x56, run(&[0])),
                    (0x70, run(&[0])),
                ];
            });
        }
        self.spoil("empty", |chunk| chunk.columns.clear());
        self.spoil("message", |chunk| chunk.message = b"hello".to_vec());
        self.spoil("baggage", |chunk| {
            chunk.extra = vec![1, 3, b'A', b'n', b'a']
        });
        self.spoil("compressed-column", |chunk| {
            if let Some((spec, _)) = chunk.columns.last_mut() {
                *spec |= 8;
            }
        });
    }

    fn wrappings(&mut self) {
        self.spoil_bytes("checksum", |bytes| bytes[4] ^= 1);
        self.spoil_bytes("trailing", |bytes| bytes.push(0));
        self.spoil_bytes("twice", |bytes| bytes.extend(bytes.clone()));
        self.spoil_bytes("cut", |bytes| bytes.truncate(bytes.len() - 3));
        self.spoil_bytes("nothing", Vec::clear);
        self.spoil_bytes("zeroes", |bytes| *bytes = vec![0; 100 << 10]);
        for (name, kind) in [
            ("document", 0),
            ("deflated", 2),
            ("bundle", 3),
            ("chunk-4", 4),
        ] {
            self.spoil_bytes(name, |bytes| {
                *bytes = chunk::wrapped(kind, chunk::inside(bytes).unwrap());
            });
        }
    }

    fn other_people(&mut self) {
        let theirs = self.document.history().first().map(|row| row.actor);
        self.spoil("actor-of-somebody", |chunk| {
            chunk.actor = theirs.map_or(vec![3; 16], |actor| actor.0.to_vec());
        });
        self.spoil("actor-of-nobody", |chunk| chunk.actor = vec![4; 16]);
        self.spoil("actor-short", |chunk| chunk.actor = vec![5]);
        self.spoil("actor-long", |chunk| chunk.actor = vec![6; 40]);
    }

    fn facts(&mut self) {
        // The id of a fact is its key, in hex, behind the run's length.
        self.fact("fact-under-another-id", |chunk| {
            let keys = chunk.columns.iter_mut().find(|(spec, _)| *spec == 0x15);
            let last = keys.unwrap().1.last_mut().unwrap();
            *last = if *last == b'0' { b'1' } else { b'0' };
        });
        let Some((id, fact)) = self.document.facts().iter().next() else {
            return;
        };
        let (id, bytes) = (id.to_string(), fact.bytes.clone());
        let Some(theirs) = self.document.history().first().map(|row| row.actor) else {
            return;
        };
        // Whichever of the document's first operations stated it: one of these is it, and each of the others is nonsense.
        for counter in 3..8 {
            for (name, action) in [("fact-taken-out", 3), ("fact-overwritten", 1)] {
                self.spoil(name, |chunk| {
                    overwrite(chunk, &id, &bytes, theirs, (action, counter));
                });
            }
        }
    }

    /// A sound change on top of a refused one.
    fn follower(&mut self) {
        let refused = ChangeHash::of_chunk(&self.made[NOT_REFUSED].2).0;
        self.spoil("follows-a-refused-one", |chunk| chunk.deps = vec![refused]);
    }
}

/// Makes a change one operation on a fact: 1 puts it anew, 3 takes it out.
fn overwrite(
    chunk: &mut Chunk,
    id: &str,
    bytes: &[u8],
    theirs: ActorId,
    (action, counter): (u8, u8),
) {
    let base = chunk.others[0].clone();
    chunk.others = vec![base.clone(), theirs.0.to_vec()];
    chunk.others.sort();
    let position = |actor: &[u8]| {
        let at = chunk.others.iter().position(|other| other == actor);
        u8::try_from(at.unwrap() + 1).unwrap()
    };
    let one = |value: u8| vec![0x7f, value];
    let mut meta = vec![0x7f];
    let length = if action == 1 { bytes.len() as u64 } else { 0 };
    chunk::push_number(&mut meta, if action == 1 { length << 4 | 7 } else { 0 });
    let mut columns = vec![
        (0x01, one(position(&base))),
        (0x02, one(1)),
        (0x15, [&[0x7f, 32], id.as_bytes()].concat()),
        (0x34, vec![1]),
        (0x42, one(action)),
        (0x56, meta),
    ];
    if action == 1 {
        columns.push((0x57, bytes.to_vec()));
    }
    columns.extend([
        (0x70, one(1)),
        (0x71, one(position(&theirs.0))),
        (0x73, one(counter)),
    ]);
    chunk.columns = columns;
}
