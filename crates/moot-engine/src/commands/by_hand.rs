//! Entries that are carried by hand, in a file, between devices that never meet.
//!
//! Owns what goes into the parts of such a file and what is done with those of others. Never trusts a file more than a stream:
//! every signature is checked, and who is let in the roster says.

use moot_group::mailbox::{open_request, seal_request};
use moot_group::roster::InviteProblem;
use moot_group::{InvitePk, JoinRequest, RosterEvent};
use moot_log::frame::Entries;
use moot_log::frame::{Frame, Opaque};
use moot_log::limits::SLICE_BYTES;
use moot_log::{Chain, ChainId, Entry, LogId, LogInit, NotebookId};

use crate::command::{CommandError, ErrorKind};
use crate::engine::Engine;
use crate::fault::{Outcome, failed, refused, usage};
use crate::notebook::Notebook;
use crate::reply::{CarriedIn, CarriedOut, CarriedRequest, Event, Named, Reply};
use crate::tx::Tx;

/// Bytes of frames after which a part ends: answered in a moment, and few parts for most notebooks.
const PART_BYTES: usize = 256 << 10;

const INVITE_BYTES: usize = 32;

impl Engine {
    /// A part of everything that is held; what was typed last is made an entry first.
    pub(crate) fn hand_out(
        &mut self,
        id: NotebookId,
        after: Option<&[u8]>,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (notebook, rng) = self.notebook_mut(id)?;
        let mut part = CarriedOut {
            notebook: id.to_string(),
            frames: Vec::new(),
            entries: 0,
            asks: false,
            next: None,
        };
        let mark = after.map(Mark::decode).transpose()?;
        if mark.is_none() {
            if notebook.may_write().is_ok() {
                notebook.seal_all(rng, tx)?;
            }
            if let (Some(joining), Some(ticket)) = (&notebook.joining, notebook.ticket()) {
                let request = JoinRequest::decode(&joining.request)
                    .map_err(|error| failed(error.to_string(), ""))?;
                let sealed = seal_request(&request, &ticket.mailbox, rng)
                    .ok_or_else(|| failed("the ticket's mailbox takes no requests", ""))?;
                let bytes = [request.invite().0.as_slice(), &sealed].concat();
                part.frames.push(Frame::Join(Opaque { bytes }).encode());
                part.asks = true;
            }
        }
        fill(notebook, mark, &mut part, tx)?;
        Ok(Reply::CarriedOut(part))
    }

    /// Takes in a part of what others carried out: all of it, or nothing where a frame is not what it should be.
    pub(crate) fn hand_in(
        &mut self,
        id: NotebookId,
        of: &str,
        frames: &[Vec<u8>],
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if of != id.to_string() {
            return Err(refused(
                "this file is of another notebook",
                "Leave out --notebook: the file says which one it is of.",
            ));
        }
        let (notebook, _) = self.notebook_mut(id)?;
        if notebook.has_left() {
            return Err(refused("you have left this notebook", ""));
        }
        let mut runs = Vec::new();
        let mut requests = Vec::new();
        for frame in frames {
            match Frame::decode(frame) {
                Ok(Some(Frame::Entries(entries))) => runs.push(self.checked(id, entries, tx)?),
                Ok(Some(Frame::Join(request))) => requests.push(request.bytes),
                // What a newer program adds is passed over, as on a stream.
                Ok(_) => {}
                Err(error) => return Err(spoilt(&error.to_string())),
            }
        }
        let mut done = CarriedIn::default();
        for run in runs {
            let (notebook, rng) = self.notebook_mut(id)?;
            notebook.keep_log(run.init, tx);
            let taken = notebook.take_in(&run.new, rng, tx)?;
            done.received += taken.new;
            done.known += run.known;
            done.unplaced += u64::from(taken.gap);
        }
        for request in requests {
            done.asked.push(self.asked_by_hand(id, &request, tx)?.row);
        }
        if done.received > 0 {
            let from = Named {
                id: String::new(),
                name: "a file".to_owned(),
            };
            tx.event(Event::Received {
                notebook: id.to_string(),
                entries: done.received,
                from,
            });
        }
        tx.must_be_synced();
        Ok(Reply::CarriedIn(done))
    }

    /// The entries of a frame that are not held yet, their signatures checked.
    fn checked(&self, id: NotebookId, frame: Entries, tx: &Tx<'_>) -> Outcome<Run> {
        let head = frame.init.as_deref();
        let head = head.ok_or_else(|| spoilt("a run of entries says not whose they are"))?;
        let init = LogInit::decode(head).map_err(|error| spoilt(&error.to_string()))?;
        if init.notebook() != id {
            return Err(spoilt("it holds entries of another notebook"));
        }
        let log = init.log_id();
        let entries = frame
            .rebuild(log)
            .map_err(|error| spoilt(&error.to_string()))?;
        let all = entries.len() as u64;
        let mut new: Vec<Entry> = Vec::new();
        for entry in entries {
            if tx.places(id).seek(&entry.id())?.is_none() {
                new.push(entry);
            }
        }
        (self.verify)(&new, &log, &init.device()).map_err(|error| spoilt(&error.to_string()))?;
        Ok(Run {
            init,
            known: all - new.len() as u64,
            new,
        })
    }

    /// Lets somebody in whose request came by hand or by a relay, if their invite says so.
    pub(crate) fn asked_by_hand(
        &mut self,
        id: NotebookId,
        bytes: &[u8],
        tx: &mut Tx<'_>,
    ) -> Outcome<Judged> {
        let now_ms = tx.now.wall_ms;
        let (notebook, rng) = self.notebook_mut(id)?;
        let judged = |name: &str, reason: &str, is_final| Judged {
            row: CarriedRequest {
                name: name.to_owned(),
                admitted: false,
                reason: reason.to_owned(),
            },
            is_final,
        };
        let refused = |name: &str, reason: &str| judged(name, reason, true);
        let later = |name: &str, reason: &str| judged(name, reason, false);
        if notebook.may_write().is_err() {
            return Ok(later(
                "",
                "this device cannot let anybody in; ask another member",
            ));
        }
        let Some((invite, sealed)) = bytes.split_first_chunk::<INVITE_BYTES>() else {
            return Ok(refused("", "the request cannot be read"));
        };
        let key = InvitePk(*invite);
        let Some(invite) = notebook.roster.invite(&key) else {
            let reason =
                "the invite has not arrived here yet: meet its maker first, or carry theirs in";
            return Ok(later("", reason));
        };
        let request = match open_request(sealed, &id, &key, &invite.create.mailbox) {
            Ok(request) => request,
            Err(error) => return Ok(refused("", &error.to_string())),
        };
        let name = request.applicant().name.clone();
        let needs_confirm = invite.create.needs_confirm;
        match notebook
            .roster
            .check_request(&request, &notebook.device(), now_ms)
        {
            Ok(()) if needs_confirm => {
                self.have_wait(None, id, request, tx);
                let reason = "six words are to be compared first: `moot invite list` shows them";
                return Ok(later(&name, reason));
            }
            Ok(()) => {
                notebook.publish_event(RosterEvent::Admit(Box::new(request)), rng, tx)?;
                notebook.grant_missing(rng, tx)?;
            }
            Err(InviteProblem::AlreadyGranted) if notebook.roster.is_live(&request.device()) => {}
            Err(problem) => return Ok(refused(&name, &problem.to_string())),
        }
        Ok(Judged {
            row: CarriedRequest {
                name,
                admitted: true,
                reason: String::new(),
            },
            is_final: true,
        })
    }
}

/// What came of a request to join.
pub(crate) struct Judged {
    pub(crate) row: CarriedRequest,
    /// Whether looking at it again would come to nothing else.
    pub(crate) is_final: bool,
}

/// Consecutive entries of one log.
struct Run {
    init: LogInit,
    new: Vec<Entry>,
    known: u64,
}

/// Where a part ended. Chains that were cut since come after it or are sent twice; neither loses an entry.
struct Mark {
    log: LogId,
    first_seq: u64,
    chain: ChainId,
    /// The first position that was not sent.
    seq: u64,
}

impl Mark {
    fn of(chain: &Chain, seq: u64) -> Self {
        Self {
            log: chain.log,
            first_seq: chain.first_seq,
            chain: chain.id,
            seq,
        }
    }

    fn encode(&self) -> Vec<u8> {
        [
            self.log.0.as_slice(),
            &self.first_seq.to_be_bytes(),
            &self.chain.0,
            &self.seq.to_be_bytes(),
        ]
        .concat()
    }

    fn decode(bytes: &[u8]) -> Outcome<Self> {
        let read = || {
            let (log, rest) = bytes.split_first_chunk::<32>()?;
            let (first_seq, rest) = rest.split_first_chunk::<8>()?;
            let (chain, rest) = rest.split_first_chunk::<32>()?;
            let seq = <[u8; 8]>::try_from(rest).ok()?;
            Some(Self {
                log: LogId(*log),
                first_seq: u64::from_be_bytes(*first_seq),
                chain: ChainId(*chain),
                seq: u64::from_be_bytes(seq),
            })
        };
        read().ok_or_else(|| usage("this does not say where a part ended", ""))
    }

    /// The position from which a chain is still to be sent; none where all of it was.
    fn rest_of(&self, chain: &Chain) -> Option<u64> {
        let place = (chain.log, chain.first_seq, chain.id);
        match place.cmp(&(self.log, self.first_seq, self.chain)) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(self.seq),
            std::cmp::Ordering::Greater => Some(chain.first_seq),
        }
    }
}

/// Puts entries into a part until it is full: log by log, each chain after the one that it continues.
fn fill(
    notebook: &Notebook,
    mark: Option<Mark>,
    part: &mut CarriedOut,
    tx: &Tx<'_>,
) -> Outcome<()> {
    let mut bytes = 0;
    for log in notebook.held_chains().logs() {
        let Some(init) = notebook.log_inits.get(log) else {
            continue;
        };
        for chain in notebook.held_chains().of_log(*log) {
            let from = mark
                .as_ref()
                .map_or(Some(chain.first_seq), |mark| mark.rest_of(chain));
            let Some(mut seq) = from else { continue };
            while seq < chain.len {
                if bytes >= PART_BYTES {
                    part.next = Some(Mark::of(chain, seq).encode());
                    return Ok(());
                }
                let entries = notebook.held_entries_from(&chain.id, seq, SLICE_BYTES, tx)?;
                let Some(run) = Entries::pack(Some(init.encode().to_vec()), &entries) else {
                    break;
                };
                let frame = Frame::Entries(run).encode();
                bytes += frame.len();
                seq += entries.len() as u64;
                part.entries += entries.len() as u64;
                part.frames.push(frame);
            }
        }
    }
    Ok(())
}

fn spoilt(what: &str) -> crate::fault::Fault {
    CommandError::new(
        ErrorKind::Damaged,
        format!("this file cannot be taken in: {what}"),
        "Have it carried out again. What was taken in before is sound and stays.",
    )
    .into()
}
