//! The part of a session before entries flow: Hello, Prove, and joining.
//!
//! Owns who must send what when, and that strangers learn nothing: whatever is wrong before a responder has proved itself ends
//! in one and the same refusal at a full second after Hello. Never looks into a join request.

use ed25519_dalek::Signer;

use super::hello::{Side, Transcript, is_same};
use super::{
    CloseReason, Event, Exchange, HelloAt, Host, InviteStanding, Joiner, Origin, Output, Phase,
    RefuseReason, Role, Session, Standing, VERSION,
};
use crate::entry::verify_strict;
use crate::frame::{Frame, Hello, JoinAnswer, Opaque, Prove, ProveAs, Refuse};
use crate::ids::{DevicePk, EntryId, NotebookId};
use crate::limits::REFUSE_STEP_MS;

impl Session {
    pub(super) fn hello(&self) -> Frame {
        Frame::Hello(Hello {
            versions: vec![VERSION],
            nonce: self.own_nonce,
        })
    }

    /// Takes a frame before both sides are proven.
    pub(super) fn shake(&mut self, now_ms: u64, frame: Frame, host: &dyn Host) -> Output {
        let phase = std::mem::replace(&mut self.phase, Phase::Closed);
        let step = match (phase, frame) {
            (Phase::Hello, Frame::Hello(hello)) => self.take_hello(now_ms, &hello, host),
            (Phase::Prove(transcript, at), Frame::Prove(prove)) => {
                self.take_prove(transcript, at, &prove, host)
            }
            (Phase::Request(transcript, invite), Frame::Join(request)) => {
                Ok(self.take_request(transcript, invite, request))
            }
            (Phase::Answer(transcript), Frame::JoinAnswer(answer)) => {
                Ok(self.take_answer(transcript, answer))
            }
            (phase, frame) => {
                self.phase = phase;
                Err(CloseReason::OutOfOrder(frame.name()))
            }
        };
        step.unwrap_or_else(|reason| self.fail(now_ms, reason))
    }

    /// Ends a session that went wrong. A responder that has not proved itself yet refuses later and says nothing.
    pub(super) fn fail(&mut self, now_ms: u64, reason: CloseReason) -> Output {
        let hello_ms = match &self.phase {
            Phase::Prove(_, HelloAt(hello_ms)) => *hello_ms,
            _ => self.started_ms,
        };
        let is_hidden = matches!(
            self.phase,
            Phase::Hello | Phase::Prove(..) | Phase::Refusing(..)
        );
        if !is_hidden {
            return self.end(reason);
        }
        match self.origin {
            Origin::Opened(..) => self.end_unsaid(reason),
            Origin::Accepted => {
                self.refuse_later(hello_ms, now_ms, reason);
                Output::default()
            }
        }
    }

    fn refuse_later(&mut self, hello_ms: u64, now_ms: u64, reason: CloseReason) {
        let steps = now_ms
            .saturating_sub(hello_ms)
            .div_ceil(REFUSE_STEP_MS)
            .max(1);
        let at_ms = hello_ms.saturating_add(steps.saturating_mul(REFUSE_STEP_MS));
        self.phase = Phase::Refusing(at_ms, reason);
    }

    /// The peer refused.
    pub(super) fn refused(&mut self, refuse: Refuse) -> Output {
        let is_joining = matches!(self.phase, Phase::Answer(_));
        self.phase = Phase::Closed;
        let close = |reason| Output {
            close: Some(reason),
            ..Output::default()
        };
        match RefuseReason::from_code(refuse.code) {
            RefuseReason::Unsaid => close(CloseReason::Refused),
            RefuseReason::Join(refusal) if is_joining => Output {
                events: vec![Event::JoinRefused {
                    refusal,
                    text: refuse.text,
                }],
                ..close(CloseReason::JoinRefused)
            },
            reason => close(CloseReason::RefusedFor(reason)),
        }
    }

    fn take_hello(
        &mut self,
        now_ms: u64,
        hello: &Hello,
        host: &dyn Host,
    ) -> Result<Output, CloseReason> {
        self.phase = Phase::Hello;
        if !hello.versions.contains(&VERSION) {
            return Ok(self.end(CloseReason::NoCommonVersion));
        }
        if hello.nonce == self.own_nonce {
            return Err(CloseReason::Stranger);
        }
        let transcript = self.transcript(hello.nonce);
        let out = match &self.origin {
            Origin::Accepted => Self::frame(&self.hello()),
            Origin::Opened(notebook, Role::Member) => {
                prove_as_member(&transcript, Side::Initiator, notebook, host)
                    .map(|prove| Self::frame(&prove))
                    .ok_or(CloseReason::NotServed)?
            }
            Origin::Opened(notebook, Role::Joiner(joiner)) => {
                Self::frame(&prove_as_joiner(&transcript, notebook, joiner))
            }
        };
        let mut out = out;
        if let Origin::Opened(notebook, Role::Member) = &self.origin {
            let keys = host.keys(notebook).ok_or(CloseReason::NotServed)?;
            let mut exchange = self.exchange(*notebook, &transcript, &keys.discovery_key);
            exchange.ask(host, &mut out);
        }
        self.phase = Phase::Prove(transcript, HelloAt(now_ms));
        Ok(out)
    }

    fn transcript(&self, other_nonce: [u8; 32]) -> Transcript {
        let (own, other) = (self.own_peer.clone(), self.other_peer.clone());
        match self.origin {
            Origin::Opened(..) => Transcript {
                initiator: own,
                responder: other,
                initiator_nonce: self.own_nonce,
                responder_nonce: other_nonce,
            },
            Origin::Accepted => Transcript {
                initiator: other,
                responder: own,
                initiator_nonce: other_nonce,
                responder_nonce: self.own_nonce,
            },
        }
    }

    fn take_prove(
        &mut self,
        transcript: Transcript,
        at: HelloAt,
        prove: &Prove,
        host: &dyn Host,
    ) -> Result<Output, CloseReason> {
        self.phase = Phase::Prove(transcript.clone(), at);
        match &self.origin {
            Origin::Accepted => self.judge_initiator(transcript, prove, host),
            Origin::Opened(notebook, Role::Member) => {
                let notebook = *notebook;
                self.judge_responder(notebook, &transcript, prove, host)
            }
            Origin::Opened(notebook, Role::Joiner(joiner)) => {
                let tag = transcript.tag(&joiner.discovery_key, Side::Responder);
                let is_holder = prove.role == ProveAs::Member
                    && is_same(&tag, &prove.tag)
                    && has_signed(
                        prove,
                        &transcript,
                        notebook,
                        &joiner.genesis,
                        Side::Responder,
                    );
                if !is_holder {
                    return Err(CloseReason::Stranger);
                }
                let out = Self::frame(&Frame::Join(Opaque {
                    bytes: joiner.request.clone(),
                }));
                self.device = Some(prove.key);
                self.phase = Phase::Answer(transcript);
                Ok(out)
            }
        }
    }

    /// As a responder: which notebook, and may this key be served?
    fn judge_initiator(
        &mut self,
        transcript: Transcript,
        prove: &Prove,
        host: &dyn Host,
    ) -> Result<Output, CloseReason> {
        let is_tag_of = |key: &_| is_same(&transcript.tag(key, Side::Initiator), &prove.tag);
        let notebook = host
            .notebook_of_tag(&is_tag_of)
            .ok_or(CloseReason::Stranger)?;
        let keys = host.keys(&notebook).ok_or(CloseReason::Stranger)?;
        let is_known = match prove.role {
            ProveAs::Member => host.standing(&notebook, &prove.key) == Standing::Member,
            ProveAs::Joiner => host.invite_standing(&notebook, &prove.key) == InviteStanding::Known,
        };
        if !is_known
            || !has_signed(
                prove,
                &transcript,
                &notebook,
                &keys.genesis,
                Side::Initiator,
            )
        {
            return Err(CloseReason::Stranger);
        }
        let own = prove_as_member(&transcript, Side::Responder, &notebook, host)
            .ok_or(CloseReason::Stranger)?;
        let mut out = Self::frame(&own);
        self.notebook = Some(notebook);
        match prove.role {
            ProveAs::Member => {
                let exchange = self.exchange(notebook, &transcript, &keys.discovery_key);
                self.establish(notebook, prove.key, exchange, &mut out);
            }
            ProveAs::Joiner => self.phase = Phase::Request(transcript, prove.key),
        }
        Ok(out)
    }

    /// As a member that opened the session: is the other side one too?
    fn judge_responder(
        &mut self,
        notebook: NotebookId,
        transcript: &Transcript,
        prove: &Prove,
        host: &dyn Host,
    ) -> Result<Output, CloseReason> {
        let keys = host.keys(&notebook).ok_or(CloseReason::NotServed)?;
        let tag = transcript.tag(&keys.discovery_key, Side::Responder);
        let is_member = prove.role == ProveAs::Member
            && is_same(&tag, &prove.tag)
            && host.standing(&notebook, &prove.key) == Standing::Member
            && has_signed(prove, transcript, &notebook, &keys.genesis, Side::Responder);
        if !is_member {
            return Err(CloseReason::Stranger);
        }
        let exchange = self.exchange(notebook, transcript, &keys.discovery_key);
        let mut out = Output::default();
        self.establish(notebook, prove.key, exchange, &mut out);
        Ok(out)
    }

    fn take_request(
        &mut self,
        transcript: Transcript,
        invite: DevicePk,
        request: Opaque,
    ) -> Output {
        self.phase = Phase::Decide(transcript);
        let events = self.notebook.map(|notebook| Event::JoinRequested {
            notebook,
            invite,
            request: request.bytes,
        });
        Output {
            events: events.into_iter().collect(),
            ..Output::default()
        }
    }

    fn take_answer(&mut self, transcript: Transcript, answer: JoinAnswer) -> Output {
        let mut out = Output::default();
        if !answer.admitted {
            out.events.push(Event::JoinWaits { text: answer.text });
            self.phase = Phase::Answer(transcript);
            return out;
        }
        let (Origin::Opened(notebook, Role::Joiner(joiner)), Some(device)) =
            (&self.origin, self.device)
        else {
            return self.end(CloseReason::OutOfOrder("JoinAnswer"));
        };
        let notebook = *notebook;
        let exchange = self.exchange(notebook, &transcript, &joiner.discovery_key);
        out.events.push(Event::Admitted);
        self.establish(notebook, device, exchange, &mut out);
        out
    }

    pub(super) fn establish(
        &mut self,
        notebook: NotebookId,
        device: DevicePk,
        exchange: Exchange,
        out: &mut Output,
    ) {
        self.device = Some(device);
        self.phase = Phase::Open(Box::new(exchange));
        out.events.push(Event::Established { notebook, device });
    }
}

fn prove_as_member(
    transcript: &Transcript,
    side: Side,
    notebook: &NotebookId,
    host: &dyn Host,
) -> Option<Frame> {
    let keys = host.keys(notebook)?;
    let message = transcript.message(notebook, &keys.genesis, side);
    Some(Frame::Prove(Prove {
        tag: transcript.tag(&keys.discovery_key, side),
        key: keys.device,
        signature: host.sign_hello(notebook, &message),
        role: ProveAs::Member,
    }))
}

fn prove_as_joiner(transcript: &Transcript, notebook: &NotebookId, joiner: &Joiner) -> Frame {
    let message = transcript.message(notebook, &joiner.genesis, Side::Initiator);
    Frame::Prove(Prove {
        tag: transcript.tag(&joiner.discovery_key, Side::Initiator),
        key: DevicePk(joiner.invite.verifying_key().to_bytes()),
        signature: joiner.invite.sign(&message).to_bytes(),
        role: ProveAs::Joiner,
    })
}

fn has_signed(
    prove: &Prove,
    transcript: &Transcript,
    notebook: &NotebookId,
    genesis: &EntryId,
    side: Side,
) -> bool {
    let message = transcript.message(notebook, genesis, side);
    verify_strict(&prove.key, &[], &message, &prove.signature).is_some()
}
