//! Test vectors: what every format looks like in bytes, for whoever writes another implementation and to notice any change.
//!
//! Each file under `vectors/` is written out again from its inputs and compared as a whole; what can be read is also read.
//! The files under `corpus/` are inputs that once mattered to a decoder, or were made to hurt one.

use std::fmt::Write as _;
use std::path::Path;

use ed25519_dalek::SigningKey;

use crate::chain::branch_id;
use crate::clock::{ClockRow, Digest};
use crate::entry::{Draft, Entry, Header, Kind};
use crate::frame::{
    BranchProof, ClockFrame, DigestFrame, Entries, Frame, Have, Hello, JoinAnswer, Named, Opaque,
    PeerRow, Probe, Prove, ProveAs, Refuse,
};
use crate::ids::{ChainId, DevicePk, EntryId, KeyId, NotebookId};
use crate::log_init::LogInit;
use crate::relay::{
    Enrol, Full, List, Listed, Mail, RelayTicket, Taken, Word, enrolment, relay_key,
};
use crate::session::hello::NAME_BYTES;
use crate::session::{DiscoveryKey, JoinRefusal, RefuseReason, Side, Transcript};

/// A file of vectors: notes, and names with bytes in hexadecimal.
struct Sheet(String);

impl Sheet {
    fn new(title: &str) -> Self {
        Self(format!("# {title}\n"))
    }

    fn note(mut self, text: &str) -> Self {
        writeln!(self.0, "\n# {text}").unwrap();
        self
    }

    fn line(mut self, name: &str, bytes: &[u8]) -> Self {
        let hex = |hex: String, byte: &u8| hex + &format!("{byte:02x}");
        let hex = bytes.iter().fold(String::new(), hex);
        writeln!(self.0, "{name} = {hex}").unwrap();
        self
    }

    /// Compares with a file; where they differ, the right text is in the failure.
    #[track_caller]
    fn assert_is(self, file: &str) {
        assert!(self.0 == file, "the file should read\n---\n{}---", self.0);
    }
}

/// The bytes of a name in a file.
#[track_caller]
fn bytes_of(file: &str, name: &str) -> Vec<u8> {
    let line = file
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    let hex = line.unwrap_or_else(|| panic!("no {name}"));
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

const SEED: [u8; 32] = [0x11; 32];
const NOTEBOOK: NotebookId = NotebookId([0x22; 16]);
const INCARNATION: [u8; 16] = [0x33; 16];
const KEY_ID: KeyId = KeyId([0x44; 32]);

fn key() -> SigningKey {
    SigningKey::from_bytes(&SEED)
}

fn init() -> LogInit {
    LogInit::sign(NOTEBOOK, INCARNATION, &key())
}

fn signed(kind: Kind, prev: Option<&Entry>, key_id: KeyId, body: &[u8]) -> Entry {
    let log_id = init().log_id();
    let draft = Draft {
        kind,
        log_id,
        seq: prev.map_or(0, |prev| prev.header().seq + 1),
        prev: prev.map_or(EntryId(log_id.0), Entry::id),
        key_id,
    };
    Entry::sign(&draft, body.to_vec(), &key()).unwrap()
}

/// One entry of each kind, one after the other.
fn entries() -> [Entry; 4] {
    let sealed = signed(Kind::Sealed, None, KEY_ID, b"sealed body");
    let keybox = signed(Kind::Keybox, Some(&sealed), KEY_ID, b"keybox body");
    let newer = signed(Kind::Unknown(200), Some(&keybox), KeyId::NONE, b"newer");
    let close = signed(Kind::LogClose, Some(&newer), KeyId::NONE, b"");
    [sealed, keybox, newer, close]
}

#[test]
fn log_init_vectors_hold() {
    let file = include_str!("../../../vectors/log-init.txt");
    Sheet::new("The head of a log: docs/entry-format.md, Log init.")
        .note("Inputs.")
        .line("signing key seed", &SEED)
        .line("notebook", &NOTEBOOK.0)
        .line("incarnation", &INCARNATION)
        .note("What follows from them.")
        .line("device", &init().device().0)
        .line("log init", &init().encode())
        .line("log id", &init().log_id().0)
        .assert_is(file);
    assert_eq!(LogInit::decode(&bytes_of(file, "log init")), Ok(init()));
}

#[test]
fn entry_vectors_hold() {
    let file = include_str!("../../../vectors/entry.txt");
    let names = ["sealed", "keybox", "kind 200", "log close"];
    let mut sheet = Sheet::new("Entries of the log of log-init.txt, each after the one before: docs/entry-format.md, Entry.")
        .line("key id of the first two", &KEY_ID.0);
    for (name, entry) in names.iter().zip(&entries()) {
        sheet = sheet
            .note(name)
            .line(&format!("{name}: body"), entry.body())
            .line(&format!("{name}: body hash"), &entry.header().body_hash)
            .line(&format!("{name}: header"), entry.header_bytes())
            .line(&format!("{name}: entry id"), &entry.id().0);
    }
    sheet.assert_is(file);
    for (name, entry) in names.iter().zip(entries()) {
        let header = bytes_of(file, &format!("{name}: header"));
        let read = Entry::decode(&header, bytes_of(file, &format!("{name}: body"))).unwrap();
        assert_eq!(read.verify(&init().log_id(), &init().device()), Ok(()));
        assert_eq!(read, entry);
    }
}

fn rows() -> [ClockRow; 2] {
    let [first, second, ..] = entries();
    let log = init().log_id();
    let row = |chain, len, tip| ClockRow { chain, len, tip };
    [
        row(ChainId::from(log), 1, first.id()),
        row(branch_id(&log, &second.id()), 2, second.id()),
    ]
}

#[test]
fn clock_vectors_hold() {
    let file = include_str!("../../../vectors/clock.txt");
    let [root, branch] = rows();
    Sheet::new("Chains and digests over the entries of entry.txt: docs/entry-format.md, Branches and Digest.")
        .note("A branch that begins with the keybox.")
        .line("log id", &init().log_id().0)
        .line("first entry of the branch", &branch.tip.0)
        .line("chain id of the branch", &branch.chain.0)
        .note("Digests of no rows, and of the rows (log id, 1, sealed) and (branch, 2, keybox).")
        .line("digest of nothing", &Digest::of(&[]).0)
        .line("digest of both rows", &Digest::of(&[root, branch]).0)
        .assert_is(file);
}

fn transcript() -> Transcript {
    Transcript {
        initiator: vec![0x5a; 38],
        responder: vec![0x5b; 36],
        initiator_nonce: [0x61; 32],
        responder_nonce: [0x62; 32],
    }
}

const DISCOVERY: DiscoveryKey = DiscoveryKey([0x66; 32]);
const GENESIS: EntryId = EntryId([0x77; 32]);

#[test]
fn hello_vectors_hold() {
    let file = include_str!("../../../vectors/hello.txt");
    let transcript = transcript();
    let key = transcript.session_key(&DISCOVERY, NAME_BYTES);
    let message = |side| transcript.message(&NOTEBOOK, &GENESIS, side);
    Sheet::new(
        "Tags, signed messages, short names and hidden digests: docs/sync-protocol.md, Proofs.",
    )
    .note("Inputs.")
    .line("initiator", &transcript.initiator)
    .line("responder", &transcript.responder)
    .line("initiator nonce", &transcript.initiator_nonce)
    .line("responder nonce", &transcript.responder_nonce)
    .line("discovery key", &DISCOVERY.0)
    .line("notebook", &NOTEBOOK.0)
    .line("genesis", &GENESIS.0)
    .note("What follows from them.")
    .line(
        "initiator tag",
        &transcript.tag(&DISCOVERY, Side::Initiator),
    )
    .line(
        "responder tag",
        &transcript.tag(&DISCOVERY, Side::Responder),
    )
    .line("initiator signs", &message(Side::Initiator))
    .line("responder signs", &message(Side::Responder))
    .line("short name of the genesis", &key.shorten(&GENESIS.0))
    .line("hidden digest of nothing", &key.hide(&Digest::of(&[])))
    .assert_is(file);
}

fn opaque(bytes: &[u8]) -> Opaque {
    let bytes = bytes.to_vec();
    Opaque { bytes }
}

fn handshake_frames() -> Vec<(&'static str, Frame)> {
    let hello = Hello {
        versions: vec![1],
        nonce: [0x61; 32],
    };
    let prove = |role| Prove {
        tag: transcript().tag(&DISCOVERY, Side::Initiator),
        key: DevicePk(key().verifying_key().to_bytes()),
        signature: [0x99; 64],
        role,
    };
    let text = "six words to compare".to_owned();
    let refused = RefuseReason::Join(JoinRefusal::UsedUp).to_code();
    let used_up = "somebody has used this ticket".to_owned();
    vec![
        ("hello", Frame::Hello(hello)),
        ("prove as member", Frame::Prove(prove(ProveAs::Member))),
        ("prove as joiner", Frame::Prove(prove(ProveAs::Joiner))),
        ("join", Frame::Join(opaque(b"join request"))),
        (
            "join answer: wait",
            Frame::JoinAnswer(JoinAnswer {
                admitted: false,
                text,
            }),
        ),
        (
            "join answer: admitted",
            Frame::JoinAnswer(JoinAnswer {
                admitted: true,
                text: String::new(),
            }),
        ),
        (
            "refuse, unsaid",
            Frame::Refuse(Refuse {
                code: 0,
                text: String::new(),
            }),
        ),
        (
            "refuse, used up",
            Frame::Refuse(Refuse {
                code: refused,
                text: used_up,
            }),
        ),
        ("bye", Frame::Bye),
    ]
}

fn comparing_frames() -> Vec<(&'static str, Frame)> {
    let digest = |ask, settled| {
        Frame::Digest(DigestFrame {
            digest: [0xaa; 32],
            ask,
            settled,
        })
    };
    let clock = |log, tip, more, full| {
        let rows = vec![PeerRow { log, len: 300, tip }];
        Frame::Clock(ClockFrame { rows, more, full })
    };
    let (log, tip) = ([0xb1; 8], [0xb2; 8]);
    let short = clock(Named::Short(log), Named::Short(tip), true, false);
    let (log, tip) = ([0xb1; 32], [0xb2; 32]);
    let full = clock(Named::Full(log), Named::Full(tip), false, true);
    let all = entries();
    let probe = Probe {
        number: 5,
        log: init().log_id(),
        ids: vec![all[3].id(), all[1].id()],
    };
    let proof = |held| Frame::BranchProof(BranchProof { number: 5, held });
    vec![
        ("digest", digest(false, false)),
        ("digest, asking and settled", digest(true, true)),
        ("clock, short, more to come", short),
        ("clock, full", full),
        ("probe", Frame::Probe(probe)),
        ("branch proof", proof(Some(1))),
        ("branch proof, none held", proof(None)),
    ]
}

fn sending_frames() -> Vec<(&'static str, Frame)> {
    let all = entries();
    let head = init().encode().to_vec();
    let with_head = Frame::Entries(Entries::pack(Some(head), &all).unwrap());
    let second = Frame::Entries(Entries::pack(None, &all[1..2]).unwrap());
    let have = Have {
        through: 3,
        rows: rows().to_vec(),
        declined: Vec::new(),
    };
    vec![
        ("entries with the head of the log", with_head),
        ("entries from position 1", second),
        ("have", Frame::Have(have)),
        ("live", Frame::Live(opaque(b"sealed and signed"))),
        ("addresses", Frame::Addresses(opaque(b"addresses"))),
        ("relay", Frame::Relay(opaque(b"a word"))),
    ]
}

#[test]
fn frame_vectors_hold() {
    let file = include_str!("../../../vectors/frames.txt");
    let mut sheet = Sheet::new("One frame of every type: docs/sync-protocol.md, Frames.")
        .note("Before both sides are proven, and at the end.");
    for (name, frame) in handshake_frames() {
        sheet = sheet.line(name, &frame.encode());
    }
    sheet = sheet.note("While entries flow. The entries are those of entry.txt.");
    for (name, frame) in comparing_frames().into_iter().chain(sending_frames()) {
        sheet = sheet.line(name, &frame.encode());
    }
    sheet.assert_is(file);
    let open = comparing_frames().into_iter().chain(sending_frames());
    for (name, frame) in handshake_frames().into_iter().chain(open) {
        assert_eq!(
            Frame::decode(&bytes_of(file, name)),
            Ok(Some(frame)),
            "{name}"
        );
    }
}

/// The name of the network identity whose key is that of the other vectors.
fn relay_peer_id() -> String {
    let key = key().verifying_key().to_bytes();
    bs58::encode([&[0, 36, 8, 1, 18, 32], key.as_slice()].concat()).into_string()
}

fn words() -> Vec<(&'static str, Word)> {
    let (device, invite) = (DevicePk([0xd1; 32]), DevicePk([0xe1; 32]));
    let enrol = Enrol {
        number: 1,
        notebook: NOTEBOOK,
        discovery_key: DISCOVERY,
        genesis: GENESIS,
        devices: vec![device],
        invites: vec![invite],
    };
    let list = List {
        number: 2,
        devices: vec![device],
        invites: Vec::new(),
        closed: vec![invite],
    };
    let mail = Mail::new(invite, b"sealed".to_vec());
    let taken = Taken { ids: vec![mail.id] };
    let full = Full {
        device,
        share: 1 << 20,
        held: (1 << 20) - 1,
    };
    vec![
        ("enrol", Word::Enrol(enrol)),
        ("list", Word::List(list)),
        ("listed", Word::Listed(Listed::whole(2))),
        (
            "listed-in-part",
            Word::Listed(Listed {
                number: 2,
                left_out: Some(3),
            }),
        ),
        ("mail", Word::Mail(mail)),
        ("taken", Word::Taken(taken)),
        ("full", Word::Full(full)),
    ]
}

#[test]
fn relay_vectors_hold() {
    let file = include_str!("../../../vectors/relay.txt");
    let token = [0x70; 16];
    let ticket = RelayTicket {
        token,
        peer_id: relay_peer_id(),
        addresses: vec!["/dns4/relay.example.org/tcp/4001".to_owned()],
    };
    let (notebook, discovery_key, genesis) = enrolment(&token);
    let mut sheet = Sheet::new("Relays: docs/sync-protocol.md, Relays.")
        .note("The ticket, as the bytes of its text, and what follows from it.")
        .line("token", &token)
        .line("name on the network, text", ticket.peer_id.as_bytes())
        .line("ticket, text", ticket.encode().as_bytes())
        .line("key", &relay_key(&ticket.peer_id).unwrap().0)
        .line("enrolment: notebook", &notebook.0)
        .line("enrolment: discovery key", &discovery_key.0)
        .line("enrolment: genesis", &genesis.0)
        .note("The words.");
    for (name, word) in words() {
        sheet = sheet.line(name, &word.encode());
    }
    sheet.assert_is(file);
    assert_eq!(RelayTicket::decode(&ticket.encode()), Ok(ticket));
    for (name, word) in words() {
        assert_eq!(
            Word::decode(&bytes_of(file, name)),
            Ok(Some(word)),
            "{name}"
        );
    }
}

/// Runs a check over every file of a corpus; the word before the first dash of its name is the verdict that it must get.
fn over_corpus(format: &str, verdict: impl Fn(&[u8]) -> &'static str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(format);
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let expected = name.split('-').next().unwrap();
        assert_eq!(verdict(&std::fs::read(&path).unwrap()), expected, "{name}");
        seen += 1;
    }
    assert!(seen > 3, "no corpus in {}", folder.display());
}

#[test]
fn the_frame_corpus_gets_its_verdicts() {
    over_corpus("frame", |bytes| match Frame::decode(bytes) {
        Ok(Some(frame)) => {
            assert_eq!(Frame::decode(&frame.encode()), Ok(Some(frame)));
            "good"
        }
        Ok(None) => "skipped",
        Err(_) => "bad",
    });
}

#[test]
fn the_entry_corpus_gets_its_verdicts() {
    over_corpus("entry", |bytes| match Entry::from_bytes(bytes) {
        Ok(entry) => {
            assert_eq!(entry.to_bytes(), bytes);
            let header = Header::decode(entry.header_bytes()).map(|(header, _)| header);
            assert_eq!(header.as_ref(), Ok(entry.header()));
            match entry.verify(&init().log_id(), &init().device()) {
                Ok(()) => "good",
                Err(_) => "unsigned",
            }
        }
        Err(_) => "bad",
    });
}

#[test]
fn the_log_init_corpus_gets_its_verdicts() {
    over_corpus("log-init", |bytes| match LogInit::decode(bytes) {
        Ok(init) => {
            assert_eq!(init.encode().as_slice(), bytes);
            "good"
        }
        Err(_) => "bad",
    });
}
