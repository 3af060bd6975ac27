//! One sync session: one stream between two nodes about one notebook, as a state machine without I/O.
//!
//! Owns the order of frames from Hello to Bye (`docs/sync-protocol.md`). Never writes: what arrives is handed out as events, and
//! what is held is read through [`Host`]. How to drive it:
//!
//! 1. [`Session::initiate`] or [`Session::respond`]; every call hands back an [`Output`], to be carried out in its field order.
//! 2. [`Session::handle`] for every frame, without the length before it. Bad bytes close the session and are never an error.
//! 3. [`Session::tick`] no later than [`Session::next_timeout`].
//! 4. [`Session::advanced`] on every session of a notebook after each durable commit there: it pushes what the peer lacks and
//!    sends receipts for what came from the peer.
//! 5. Once `close` is set, drop the session. A session can be dropped at any byte: the next one starts from what is held.

use ed25519_dalek::SigningKey;

use crate::frame::{Frame, FrameError, JoinAnswer, Opaque, Refuse, cut_text};
use crate::ids::{DevicePk, EntryId, NotebookId};
use crate::limits::{
    ADDRESSES_BYTES_MAX, HANDSHAKE_FRAME_BYTES_MAX, HANDSHAKE_MS_MAX, LIVE_BYTES_MAX,
    PEER_ID_BYTES_MAX, RELAY_BYTES_MAX, WALK_WAIT_MS,
};

mod exchange;
mod handshake;
pub mod hello;
mod host;
mod named;
mod output;
mod peer;
mod probe;

use exchange::Exchange;
use hello::NAME_BYTES;
pub use hello::{Side, Transcript};
pub use host::{DiscoveryKey, HelloKeys, Host, InviteStanding, Standing};
pub use output::{CloseReason, Event, JoinRefusal, Output, RefuseReason};

/// The version of the protocol that this program speaks.
pub const VERSION: u32 = 1;

/// How a session is opened.
#[derive(Debug, Clone)]
pub struct Initiate {
    /// The notebook to speak about.
    pub notebook: NotebookId,
    /// What this device is there.
    pub role: Role,
    /// This node's network identity.
    pub own_peer: Vec<u8>,
    /// The other node's.
    pub other_peer: Vec<u8>,
    /// Fresh randomness for this session alone.
    pub nonce: [u8; 32],
}

/// What the opening side is in the notebook.
#[derive(Debug, Clone)]
pub enum Role {
    /// A device on the roster, or a relay that is enrolled.
    Member,
    /// The holder of a ticket.
    Joiner(Box<Joiner>),
}

/// What a ticket says, and the request to send once the other side has proved itself.
#[derive(Clone)]
pub struct Joiner {
    /// Finds the notebook.
    pub discovery_key: DiscoveryKey,
    /// The notebook's first entry.
    pub genesis: EntryId,
    /// The invite's signing key.
    pub invite: SigningKey,
    /// The encoded join request; not looked at here.
    pub request: Vec<u8>,
}

impl std::fmt::Debug for Joiner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joiner")
            .field("genesis", &self.genesis)
            .finish_non_exhaustive()
    }
}

/// One session. See the module's documentation for how to drive it.
pub struct Session {
    origin: Origin,
    own_peer: Vec<u8>,
    other_peer: Vec<u8>,
    own_nonce: [u8; 32],
    started_ms: u64,
    notebook: Option<NotebookId>,
    device: Option<DevicePk>,
    phase: Phase,
    /// When both were proven; not for somebody who was just let in, after a wait of any length.
    opened_ms: Option<u64>,
    /// How many bytes of shortened names count; all but in tests of names that meet.
    name_bytes: usize,
    /// When a frame last came.
    heard_ms: u64,
}

/// How the session began.
enum Origin {
    Opened(NotebookId, Role),
    Accepted,
}

enum Phase {
    /// Waits for the other side's Hello.
    Hello,
    /// Waits for the other side's Prove.
    Prove(Transcript, HelloAt),
    /// Has proved itself to the holder of this invite, and waits for the request.
    Request(Transcript, DevicePk),
    /// Waits for its owner to decide on a request.
    Decide(Transcript),
    /// Waits as a joiner for the other side's decision.
    Answer(Transcript),
    /// Both are proven.
    Open(Box<Exchange>),
    /// Will refuse at this time, and listens no more.
    Refusing(u64, CloseReason),
    Closed,
}

/// When the other side's Hello came, in milliseconds.
#[derive(Clone, Copy)]
struct HelloAt(u64);

impl Session {
    /// Opens a session about a notebook: the stream is this side's.
    pub fn initiate(start: Initiate, now_ms: u64) -> (Self, Output) {
        let mut session = Self::new(start.own_peer, start.other_peer, start.nonce, now_ms);
        session.notebook = Some(start.notebook);
        session.origin = Origin::Opened(start.notebook, start.role);
        let output = Self::frame(&session.hello());
        (session, output)
    }

    /// Takes a session that the other side opened; which notebook it is about its proof will tell.
    pub fn respond(
        own_peer: Vec<u8>,
        other_peer: Vec<u8>,
        nonce: [u8; 32],
        now_ms: u64,
    ) -> (Self, Output) {
        (
            Self::new(own_peer, other_peer, nonce, now_ms),
            Output::default(),
        )
    }

    fn new(own_peer: Vec<u8>, other_peer: Vec<u8>, own_nonce: [u8; 32], started_ms: u64) -> Self {
        debug_assert!(own_peer.len() <= PEER_ID_BYTES_MAX && other_peer.len() <= PEER_ID_BYTES_MAX);
        Self {
            origin: Origin::Accepted,
            own_peer,
            other_peer,
            own_nonce,
            started_ms,
            notebook: None,
            device: None,
            phase: Phase::Hello,
            opened_ms: None,
            name_bytes: NAME_BYTES,
            heard_ms: started_ms,
        }
    }

    /// The notebook, as soon as it is known: at once where this side opened the session, after the other's proof otherwise.
    pub fn notebook(&self) -> Option<NotebookId> {
        self.notebook
    }

    /// The peer's device, once it has proved itself. A joiner has none before it is admitted.
    pub fn device(&self) -> Option<DevicePk> {
        self.device
    }

    /// Whether both sides have proved themselves and entries may flow.
    pub fn is_established(&self) -> bool {
        matches!(self.phase, Phase::Open(_))
    }

    /// Takes one frame of the peer, without its length. Never fails: what is wrong closes the session with a reason.
    pub fn handle(&mut self, now_ms: u64, frame: &[u8], host: &dyn Host) -> Output {
        if matches!(self.phase, Phase::Closed | Phase::Refusing(..)) {
            return Output::default();
        }
        self.heard_ms = now_ms;
        if !self.is_established() && frame.len() > HANDSHAKE_FRAME_BYTES_MAX {
            return self.fail(now_ms, FrameError::TooLong(frame.len()).into());
        }
        match Frame::decode(frame) {
            Ok(Some(Frame::Bye)) => self.end(CloseReason::Bye),
            Ok(Some(Frame::Refuse(refuse))) => self.refused(refuse),
            Ok(Some(decoded)) if self.is_established() => {
                self.open(|exchange, out| exchange.take(decoded, frame.len(), host, out))
            }
            Ok(Some(decoded)) => {
                let out = self.shake(now_ms, decoded, host);
                self.opened_ms = self.is_established().then_some(now_ms);
                out
            }
            Ok(None) => Output::default(),
            Err(error) => self.fail(now_ms, error.into()),
        }
    }

    /// Lets time pass: refuses when a refusal is due, gives up on a peer that does not prove itself, or then says nothing, and
    /// does what was put off while many frames came.
    pub fn tick(&mut self, now_ms: u64, host: &dyn Host) -> Output {
        if self.next_timeout().is_none_or(|due| now_ms < due) {
            return Output::default();
        }
        if self.catch_up_due().is_some_and(|due| now_ms >= due) {
            return self.open(|exchange, out| exchange.catch_up(host, out));
        }
        match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Refusing(_, reason) => self.end_unsaid(reason),
            _ => self.end_unsaid(CloseReason::TimedOut),
        }
    }

    /// When [`Session::tick`] must be called at the latest, on the clock of `now_ms`.
    pub fn next_timeout(&self) -> Option<u64> {
        match &self.phase {
            Phase::Hello | Phase::Prove(..) | Phase::Request(..) => {
                Some(self.started_ms.saturating_add(HANDSHAKE_MS_MAX))
            }
            Phase::Refusing(at_ms, _) => Some(*at_ms),
            Phase::Open(exchange) if !exchange.has_heard() => {
                let opened = self.opened_ms;
                let silent = opened.map(|opened_ms| opened_ms.saturating_add(HANDSHAKE_MS_MAX));
                silent.into_iter().chain(self.catch_up_due()).min()
            }
            Phase::Open(_) => self.catch_up_due(),
            Phase::Decide(_) | Phase::Answer(_) | Phase::Closed => None,
        }
    }

    /// When what was put off is to be done.
    fn catch_up_due(&self) -> Option<u64> {
        match &self.phase {
            Phase::Open(exchange) if exchange.is_behind() => {
                Some(self.heard_ms.saturating_add(WALK_WAIT_MS))
            }
            _ => None,
        }
    }

    /// To be called on every session of a notebook after each durable commit there. Sends receipts for what came from the peer
    /// and is now held, and pushes what the peer is not known to hold. What came from the peer is not sent back to it.
    pub fn advanced(&mut self, host: &dyn Host) -> Output {
        self.open(|exchange, out| exchange.advanced(host, out))
    }

    /// Asks the peer to confirm what it holds. If both hold the same, [`Event::PeerHas`] with `in_step` follows as soon as the
    /// answer is here; if not, once they do.
    pub fn ask(&mut self, host: &dyn Host) -> Output {
        self.open(|exchange, out| {
            exchange.ask(host, out);
            Ok(())
        })
    }

    /// Sends a live frame, if the session is established and the bytes are not over [`LIVE_BYTES_MAX`].
    pub fn live(&mut self, bytes: Vec<u8>) -> Output {
        self.opaque(bytes, LIVE_BYTES_MAX, Frame::Live)
    }

    /// Sends where this node can be reached, if the session is established and the bytes are not over [`ADDRESSES_BYTES_MAX`].
    pub fn addresses(&mut self, bytes: Vec<u8>) -> Output {
        self.opaque(bytes, ADDRESSES_BYTES_MAX, Frame::Addresses)
    }

    /// Sends a [word](crate::relay::Word) to a relay or of one, if the session is established and the bytes are not over
    /// [`RELAY_BYTES_MAX`].
    pub fn relay(&mut self, bytes: Vec<u8>) -> Output {
        self.opaque(bytes, RELAY_BYTES_MAX, Frame::Relay)
    }

    /// Answers [`Event::JoinRequested`]: the joiner is in, with this device. The session goes on as one between members.
    pub fn admit_joiner(&mut self, device: DevicePk, host: &dyn Host) -> Output {
        let (Phase::Decide(transcript), Some(notebook)) = (&self.phase, self.notebook) else {
            return Output::default();
        };
        let Some(keys) = host.keys(&notebook) else {
            return self.end(CloseReason::NotServed);
        };
        let mut exchange = self.exchange(notebook, transcript, &keys.discovery_key);
        let mut out = Self::frame(&Frame::JoinAnswer(JoinAnswer {
            admitted: true,
            text: String::new(),
        }));
        exchange.begin(host, &mut out);
        self.establish(notebook, device, exchange, &mut out);
        out
    }

    /// Answers [`Event::JoinRequested`] for now: says what the joiner waits for. The session stays open for the decision.
    pub fn join_waits(&mut self, text: &str) -> Output {
        if !matches!(self.phase, Phase::Decide(_)) {
            return Output::default();
        }
        Self::frame(&Frame::JoinAnswer(JoinAnswer {
            admitted: false,
            text: cut_text(text),
        }))
    }

    /// Answers [`Event::JoinRequested`]: not let in, and why. Closes the session.
    pub fn refuse_join(&mut self, refusal: JoinRefusal, text: &str) -> Output {
        if !matches!(self.phase, Phase::Decide(_)) {
            return Output::default();
        }
        self.phase = Phase::Closed;
        Output {
            close: Some(CloseReason::JoinRefused),
            ..Self::frame(&Frame::Refuse(Refuse {
                code: RefuseReason::Join(refusal).to_code(),
                text: cut_text(text),
            }))
        }
    }

    /// Says goodbye and closes. Nothing is lost by it: the next session starts from what is held.
    pub fn bye(&mut self) -> Output {
        if matches!(self.phase, Phase::Closed) {
            return Output::default();
        }
        self.phase = Phase::Closed;
        Output {
            close: Some(CloseReason::Bye),
            ..Self::frame(&Frame::Bye)
        }
    }

    /// How many entries held here the peer is not known to hold; nothing while that cannot be told.
    pub fn peer_lacks(&self, host: &dyn Host) -> Option<u64> {
        match &self.phase {
            Phase::Open(exchange) => exchange.peer_lacks(host),
            _ => None,
        }
    }

    /// How many chains the session has looked at.
    #[cfg(test)]
    fn visited(&self) -> u64 {
        match &self.phase {
            Phase::Open(exchange) => exchange.visited(),
            _ => 0,
        }
    }

    /// Makes shortened names meet.
    #[cfg(test)]
    fn narrow_names(&mut self, name_bytes: usize) {
        self.name_bytes = name_bytes;
    }

    fn exchange(
        &self,
        notebook: NotebookId,
        transcript: &Transcript,
        key: &DiscoveryKey,
    ) -> Exchange {
        Exchange::new(notebook, transcript.session_key(key, self.name_bytes))
    }

    fn opaque(&self, bytes: Vec<u8>, bytes_max: usize, frame: fn(Opaque) -> Frame) -> Output {
        if !self.is_established() || bytes.len() > bytes_max {
            return Output::default();
        }
        Self::frame(&frame(Opaque { bytes }))
    }

    fn frame(frame: &Frame) -> Output {
        Output {
            frames: vec![frame.encode()],
            ..Output::default()
        }
    }

    /// Lets the open exchange do something; closes the session where that fails.
    fn open(
        &mut self,
        act: impl FnOnce(&mut Exchange, &mut Output) -> Result<(), CloseReason>,
    ) -> Output {
        let Phase::Open(exchange) = &mut self.phase else {
            return Output::default();
        };
        let mut out = Output::default();
        if let Err(reason) = act(exchange, &mut out) {
            let end = self.end(reason);
            out.frames.extend(end.frames);
            out.close = end.close;
        }
        out
    }

    /// Closes with a reason, of which the peer is told what it may know.
    fn end(&mut self, reason: CloseReason) -> Output {
        self.phase = Phase::Closed;
        let refusal = |told: RefuseReason| {
            Self::frame(&Frame::Refuse(Refuse {
                code: told.to_code(),
                text: String::new(),
            }))
        };
        Output {
            close: Some(reason.clone()),
            ..reason.told().map(refusal).unwrap_or_default()
        }
    }

    /// Closes with a reason of which the peer, a stranger, is told nothing.
    fn end_unsaid(&mut self, reason: CloseReason) -> Output {
        Output {
            close: Some(reason),
            ..self.end(CloseReason::Stranger)
        }
    }
}

#[cfg(test)]
mod tests;
