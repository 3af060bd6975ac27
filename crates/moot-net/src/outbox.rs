//! Owns what waits to be sent on one stream, bounded in bytes, what its task must be told, and the table of all streams.
//! Callers put frames in without waiting; the stream's own task takes them out.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{
    limits,
    message::{Close, CloseReason, StreamId},
};

/// The queue of one stream.
#[derive(Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Wakes the writer: a frame came, or the end.
    work: Notify,
    /// Wakes whoever waits for an end that does not wait for the writer.
    abort: Notify,
    /// Wakes the reader: the connection is gone.
    lost: Notify,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Vec<u8>>,
    queued_bytes: usize,
    end: Option<End>,
    connection: Connection,
    peer: Peer,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Peer {
    #[default]
    Stranger,
    Authorised,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Connection {
    #[default]
    Up,
    Lost,
}

#[derive(Clone)]
enum End {
    AfterFlush,
    Now(CloseReason),
}

impl Outbox {
    /// Queues a frame; one too many or too large ends the stream. After the end frames are dropped.
    pub(crate) fn push(&self, frame: Vec<u8>) {
        let mut state = lock(&self.state);
        if state.end.is_some() {
            return;
        }
        let queued_bytes = state.queued_bytes + cost(&frame);
        if frame.len() > limits::FRAME_BYTES_MAX {
            self.end_now(
                &mut state,
                CloseReason::FrameTooLarge { bytes: frame.len() },
            );
        } else if queued_bytes > limits::SEND_QUEUE_BYTES_MAX {
            self.end_now(&mut state, CloseReason::Overflow);
        } else {
            state.queued_bytes = queued_bytes;
            state.frames.push_back(frame);
            self.work.notify_one();
        }
    }

    /// How much waits to be written.
    pub(crate) fn queued_bytes(&self) -> usize {
        lock(&self.state).queued_bytes
    }

    /// Ends the stream; `Now` overrules an earlier `AfterFlush`.
    pub(crate) fn close(&self, how: Close) {
        let mut state = lock(&self.state);
        match (how, &state.end) {
            (Close::AfterFlush, None) => {
                state.end = Some(End::AfterFlush);
                self.work.notify_one();
            }
            (Close::Now, None | Some(End::AfterFlush)) => {
                self.end_now(&mut state, CloseReason::Asked)
            }
            (_, Some(_)) => {}
        }
    }

    /// Waits for the next frame to write; `None` when all are written and the stream is to be closed. A frame's bytes
    /// count until [`Outbox::written`].
    pub(crate) async fn next(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut state = lock(&self.state);
                if let Some(frame) = state.frames.pop_front() {
                    return Some(frame);
                }
                if matches!(state.end, Some(End::AfterFlush)) {
                    return None;
                }
            }
            self.work.notified().await;
        }
    }

    /// Frees the room that a frame took.
    pub(crate) fn written(&self, frame: &[u8]) {
        let mut state = lock(&self.state);
        state.queued_bytes = state.queued_bytes.saturating_sub(cost(frame));
    }

    /// Waits until the stream must end without waiting for the writer.
    pub(crate) async fn aborted(&self) -> CloseReason {
        loop {
            if let Some(End::Now(reason)) = &lock(&self.state).end {
                return reason.clone();
            }
            self.abort.notified().await;
        }
    }

    /// Tells that the caller vouches for the peer.
    pub(crate) fn authorise(&self) {
        lock(&self.state).peer = Peer::Authorised;
    }

    pub(crate) fn is_strangers(&self) -> bool {
        lock(&self.state).peer == Peer::Stranger
    }

    /// Tells that nothing more can come. What has come already is still read.
    pub(crate) fn connection_lost(&self) {
        lock(&self.state).connection = Connection::Lost;
        self.lost.notify_one();
    }

    /// Waits until the connection is gone. The transport does not always wake those who wait on its streams.
    pub(crate) async fn without_connection(&self) {
        while lock(&self.state).connection == Connection::Up {
            self.lost.notified().await;
        }
    }

    fn end_now(&self, state: &mut State, reason: CloseReason) {
        state.frames.clear();
        state.end = Some(End::Now(reason));
        self.abort.notify_one();
    }
}

/// All open streams by name, shared between the handle and the network task.
#[derive(Default)]
pub(crate) struct Outboxes(Mutex<HashMap<StreamId, Arc<Outbox>>>);

impl Outboxes {
    pub(crate) fn open(&self, stream: StreamId) -> Arc<Outbox> {
        let outbox = Arc::new(Outbox::default());
        lock(&self.0).insert(stream, Arc::clone(&outbox));
        outbox
    }

    pub(crate) fn get(&self, stream: StreamId) -> Option<Arc<Outbox>> {
        lock(&self.0).get(&stream).cloned()
    }

    pub(crate) fn remove(&self, stream: StreamId) {
        lock(&self.0).remove(&stream);
    }

    pub(crate) fn close_all(&self, how: Close) {
        for outbox in lock(&self.0).values() {
            outbox.close(how);
        }
    }
}

fn cost(frame: &[u8]) -> usize {
    frame.len() + limits::FRAME_OVERHEAD_BYTES
}

/// Nothing panics while one of these locks is held, so a poisoned one is as good as a sound one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
