//! Inviting: making tickets, listing and revoking invites, opening the door after comparing words.
//!
//! Owns what goes into a ticket. Any member may invite; nobody needs to ask.

use moot_group::roster::{Invite, InviteCreate, InviteProblem, InviteTerms};
use moot_group::{InvitePk, InviteSeed, KemSecret, Purpose, Reach, RosterEvent, Ticket};
use moot_log::NotebookId;
use moot_log::storage::{HOME, Space};

use crate::commands::notes::timestamp;
use crate::commands::select::one_of;
use crate::engine::whereabouts::OWN_ADDRESSES;
use crate::engine::{Engine, Knock};
use crate::fault::{Outcome, failed, usage};
use crate::notebook::Relay;
use crate::reply::meeting::{Inbox, InboxRow};
use crate::reply::{InviteRow, Invited, Named, Reply, WaitingJoin};
use crate::rows::AddressRow;
use crate::tx::Tx;

/// How long an invite may be good for, in milliseconds: a year.
const EXPIRES_IN_MS_MAX: u64 = 366 * 24 * 3_600_000;

/// How many people one invite may let in.
const USES_MAX: u32 = 1_000;

/// Devices of others that a ticket names, besides the inviter's.
const TICKET_PEERS_MAX: usize = 4;

impl Engine {
    pub(crate) fn invite(
        &mut self,
        id: NotebookId,
        expires_in_ms: u64,
        uses: u32,
        confirm: bool,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if expires_in_ms == 0 || expires_in_ms > EXPIRES_IN_MS_MAX {
            return Err(usage(
                "an invite is good for some time, up to a year",
                "For example --expires 7d.",
            ));
        }
        if uses == 0 || uses > USES_MAX {
            return Err(usage(
                format!("an invite is for 1 to {USES_MAX} people"),
                "For example --uses 3.",
            ));
        }
        let name = self.notebook_name(id, tx)?;
        let peers = self.ticket_peers(id, tx)?;
        let (notebook, rng) = self.notebook_mut(id)?;
        notebook.may_write()?;
        let relays = notebook.relays();
        let names = relays.iter().map(Relay::name).collect();
        let seed = InviteSeed::generate(rng);
        let mailbox = KemSecret::generate(rng);
        let expires_at_ms = tx.now.wall_ms.saturating_add_unsigned(expires_in_ms);
        let ticket = Ticket {
            purpose: Purpose::Join,
            notebook: id,
            discovery_key: notebook.discovery_key,
            genesis: notebook.genesis,
            seed: seed.clone(),
            mailbox: mailbox.public(),
            peers,
            relays: relays.into_iter().map(|relay| relay.reach).collect(),
            notebook_name: name,
            inviter_name: notebook.person_name(&notebook.me()),
        };
        let terms = InviteTerms {
            purpose: Purpose::Join,
            mailbox,
            expires_at_ms,
            uses_max: uses,
            needs_confirm: confirm,
        };
        let create = InviteCreate::new(&seed, id, notebook.device(), terms);
        notebook.publish_event(RosterEvent::InviteCreate(create), rng, tx)?;
        tx.must_be_synced();
        Ok(Reply::Invited(Invited {
            id: seed.public().to_string(),
            ticket: ticket.encode(),
            expires: timestamp(expires_at_ms),
            relays: names,
        }))
    }

    fn notebook_name(&self, id: NotebookId, tx: &Tx<'_>) -> Outcome<String> {
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        notebook.name(tx)
    }

    /// Whom a joiner may ask: this device first, then others that were met.
    fn ticket_peers(&self, id: NotebookId, tx: &Tx<'_>) -> Outcome<Vec<Reach>> {
        let own: AddressRow = tx
            .row(Space::Address, &HOME, OWN_ADDRESSES)?
            .unwrap_or_default();
        let listening = self.reaching.listening().to_vec();
        let addresses = if listening.is_empty() {
            own.addresses
        } else {
            listening
        };
        let mut peers = vec![Reach {
            peer_id: self.peer_name.0.clone().into_bytes(),
            addresses,
        }];
        for (key, row) in tx.rows::<AddressRow>(Space::Address, &id, &[])? {
            if peers.len() <= TICKET_PEERS_MAX && row.device.is_some() && !row.addresses.is_empty()
            {
                peers.push(Reach {
                    peer_id: key,
                    addresses: row.addresses,
                });
            }
        }
        Ok(peers)
    }

    pub(crate) fn list_invites(&mut self, id: NotebookId, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        let mut rows: Vec<InviteRow> = notebook
            .roster
            .invites()
            .map(|invite| {
                let waiting = self
                    .doors
                    .waiting(notebook)
                    .filter(|knock| knock.request.invite() == invite.create.invite)
                    .map(|knock| WaitingJoin {
                        id: hex(&knock.request.id().0),
                        name: knock.request.applicant().name.clone(),
                        words: knock.words,
                    })
                    .collect();
                InviteRow {
                    id: invite.create.invite.to_string(),
                    by: Named {
                        id: invite.by.0.to_string(),
                        name: notebook.person_name(&invite.by),
                    },
                    expires: timestamp(invite.create.expires_at_ms),
                    state: state(invite, tx.now.wall_ms).to_owned(),
                    used: invite.uses as u64,
                    uses: u64::from(invite.create.uses_max),
                    waiting,
                }
            })
            .collect();
        rows.sort_by(|a, b| (a.expires, &a.id).cmp(&(b.expires, &b.id)));
        Ok(Reply::Invites(rows))
    }

    pub(crate) fn revoke_invite(
        &mut self,
        id: NotebookId,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (notebook, rng) = self.notebook_mut(id)?;
        notebook.may_write()?;
        let hint = "`moot invite list` shows the invites.";
        let all = notebook
            .roster
            .invites()
            .map(|invite| (invite.create.invite, invite.create.invite.to_string(), ""));
        let invite: InvitePk = one_of(text, "invite", hint, all)?;
        if notebook
            .roster
            .invite(&invite)
            .is_some_and(|invite| !invite.revoked)
        {
            notebook.publish_event(RosterEvent::InviteRevoke(invite), rng, tx)?;
            tx.must_be_synced();
        }
        Ok(Reply::Done)
    }

    pub(crate) fn admit_waiting(
        &mut self,
        id: NotebookId,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        let waiting: Vec<_> = self
            .doors
            .waiting(notebook)
            .map(|Knock { request, .. }| {
                (
                    request.id(),
                    hex(&request.id().0),
                    request.applicant().name.clone(),
                )
            })
            .collect();
        let hint = "`moot invite list` shows who waits. Only a member whom they have reached can let them in.";
        let all = waiting
            .iter()
            .map(|(id, text, name)| (*id, text.clone(), name.as_str()));
        let request = one_of(text, "request", hint, all)?;
        self.admit(id, request, tx)
    }
}

impl Engine {
    /// Who waits at the door, as items of the inbox.
    pub(crate) fn add_knocks(&self, id: NotebookId, inbox: &mut Inbox) {
        let Some(notebook) = self.notebooks.get(&id) else {
            return;
        };
        for knock in self.doors.waiting(notebook) {
            let name = &knock.request.applicant().name;
            let words = knock.words;
            inbox.items.push(InboxRow {
                kind: "door".to_owned(),
                id: hex(&knock.request.id().0),
                text: format!(
                    "{name} waits to join. Compare these six words with them, then `moot invite admit {name}`: {words}"
                ),
                since: timestamp(knock.since_ms),
                within: None,
                choices: Vec::new(),
                both: false,
            });
        }
    }
}

fn state(invite: &Invite, now_ms: i64) -> &'static str {
    match invite.standing(now_ms) {
        Ok(()) => "open",
        Err(InviteProblem::Revoked) => "revoked",
        Err(InviteProblem::UsedUp) => "used",
        Err(_) => "expired",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
