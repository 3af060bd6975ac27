//! What is fuzzed: one function for each way by which bytes of others come in. The targets of `fuzz/` call them, and an
//! ordinary test runs them over the kept corpora.
//!
//! Owns what must hold for any bytes whatever: no panic, no memory without end, and what was read is written as it was read.

mod ingest;

use std::sync::LazyLock;

use moot_group::{Body, Content, Ticket};
use moot_log::frame::Frame;
use moot_log::{DevicePk, Entry, LogId};
use moot_notebook::{ActorId, ByteCount, BytePos, Document, Edit, Incoming};

pub use ingest::{Ingest, Record};

use crate::chunk::{CHANGE, Chunk, wrapped};

/// Who writes in the document that the target `change` begins with.
const WRITER: ActorId = ActorId([7; 16]);

/// An entry as it is stored and sent.
///
/// # Panics
/// Where a promise is broken.
pub fn entry(bytes: &[u8]) {
    let Ok(entry) = Entry::from_bytes(bytes) else {
        return;
    };
    assert_eq!(entry.to_bytes(), bytes, "an entry is kept byte for byte");
    let header = entry.header();
    let _ = entry.verify(&header.log_id, &DevicePk(header.body_hash));
    let other = LogId(header.body_hash);
    assert!(
        other == header.log_id || entry.verify(&other, &DevicePk([0; 32])).is_err(),
        "an entry of another log verified"
    );
}

/// A frame of a session.
///
/// # Panics
/// Where a promise is broken.
pub fn frame(bytes: &[u8]) {
    let Ok(Some(frame)) = Frame::decode(bytes) else {
        return;
    };
    let again = Frame::decode(&frame.encode());
    assert_eq!(again.as_ref(), Ok(&Some(frame.clone())), "written as read");
    if let Frame::Entries(entries) = frame {
        let log = entries.log.unwrap_or(LogId([0; 32]));
        if let Ok(entries) = entries.rebuild(log) {
            entries
                .iter()
                .for_each(|rebuilt| entry(&rebuilt.to_bytes()));
        }
    }
}

/// A ticket as somebody pasted it.
///
/// # Panics
/// Where a promise is broken.
pub fn ticket(bytes: &[u8]) {
    let Ok(ticket) = Ticket::decode(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let again = Ticket::decode(&ticket.encode()).map(|again| again.encode());
    assert_eq!(again.as_ref(), Ok(&ticket.encode()), "written as read");
}

/// The plaintext of a sealed entry.
///
/// # Panics
/// Where a promise is broken.
pub fn body(bytes: &[u8]) {
    let Ok(body) = Body::decode(bytes) else {
        return;
    };
    if let Content::Change(change) = &body.content {
        for carried in &change.carried {
            let _ = carried.verify();
        }
    }
    // Unknown content cannot be written, and what was compressed well may be too long once unpacked and packed by us.
    if let Ok(encoded) = body.encode() {
        assert_eq!(
            Body::decode(&encoded).as_ref(),
            Ok(&body),
            "written as read"
        );
    }
}

/// A change, in two ways: as it is, and as what is inside one of the right actor with the right checksum.
///
/// # Panics
/// Where a promise is broken.
pub fn change(bytes: &[u8]) {
    offer(bytes);
    offer(&wrapped(CHANGE, bytes));
    if let Some(mut chunk) = Chunk::parse_data(bytes) {
        chunk.actor = WRITER.0.to_vec();
        offer(&chunk.encode());
        chunk.deps = started().heads().iter().map(|head| head.0).collect();
        offer(&chunk.encode());
    }
}

/// The document that changes are offered to: "ab", by the actor who also writes the change.
///
/// # Panics
/// Where a new document cannot be written.
pub fn started() -> Document {
    STARTED.clone()
}

static STARTED: LazyLock<Document> = LazyLock::new(|| {
    let mut document = Document::new();
    let splice = Edit::Splice {
        at: BytePos(0),
        delete: ByteCount(0),
        insert: "ab".to_owned(),
    };
    document
        .edit(ActorId([1; 16]), 0, &[splice])
        .expect("a new document can be written");
    document
});

fn offer(bytes: &[u8]) {
    let mut document = started();
    let before = document.version();
    let incoming = Incoming {
        bytes,
        actor: WRITER,
        rank: None,
    };
    let ingested = document.ingest(&[incoming]);
    assert!(!ingested.rebuild, "one change makes no contest");
    if ingested.applied.is_empty() {
        assert_eq!(
            document.version(),
            before,
            "nothing applied, nothing changed"
        );
        return;
    }
    let saved = document.snapshot().expect("what was applied can be saved");
    let again = Document::load(&saved).expect("what was saved can be loaded");
    assert_eq!(again.version(), document.version());
    assert_eq!(again.text(), document.text());
}
