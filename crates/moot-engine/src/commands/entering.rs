//! Making and joining notebooks, leaving them, listing them.
//!
//! Owns the founder's first entries and the joiner's request. What happens at the door is in `engine/joining`.

use std::collections::BTreeSet;

use rand_core::Rng;

use moot_group::roster::Genesis;
use moot_group::ticket::TicketError;
use moot_group::{Applicant, DeviceSecrets, EpochKey, JoinRequest, Purpose, RosterEvent, Ticket};
use moot_log::storage::{HOME, Space};
use moot_log::{EntryId, NotebookId};
use moot_notebook::{Edit, FactBody};

use crate::command::{CommandError, ErrorKind};
use crate::commands::notes::is_unread;
use crate::engine::Engine;
use crate::engine::joining::ticket_place;
use crate::engine::waits::JoinWait;
use crate::fault::{Fault, Outcome, failed, not_found, refused, usage};
use crate::machine::ReplyTo;
use crate::notebook::{Beginning, Notebook, WriteNow, secrets_place};
use crate::reach::Wanted;
use crate::reply::{NotebookRow, Reply};
use crate::rows::{DocRow, JoiningRow};
use crate::tx::Tx;

/// What a device is called until somebody calls it otherwise.
const DEVICE_NAME: &str = "first device";

impl Engine {
    pub(crate) fn init(
        &mut self,
        person: &str,
        notebook: &str,
        purpose: Option<&str>,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if let (true, Some(why)) = (self.notebooks.is_empty(), self.unopened.values().next()) {
            return Err(Self::damaged(why));
        }
        if let Some(known) = self.notebooks.values().next() {
            let name = self.shown_name(known, tx)?;
            return Err(refused(
                format!("there is a notebook here already: {name:?}"),
                "`moot new NAME` makes a further one; another --home keeps them apart.",
            ));
        }
        let person = checked_name(person)?;
        let name = checked_line(notebook, "a notebook's name")?;
        let purpose = purpose.map(checked_purpose).transpose()?;
        self.home.person.clone_from(&person);
        self.stage_home(tx);
        let id = self.found(&person, &name, purpose, tx)?;
        Ok(Reply::Entered(self.entered(id, tx)?))
    }

    pub(crate) fn new_notebook(
        &mut self,
        notebook: &str,
        purpose: Option<&str>,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if self.home.person.is_empty() {
            return Err(refused(
                "this home does not know yet what you are called",
                "`moot init --name YOU --new NOTEBOOK` makes the first notebook.",
            ));
        }
        let name = checked_line(notebook, "a notebook's name")?;
        let purpose = purpose.map(checked_purpose).transpose()?;
        let person = self.home.person.clone();
        let id = self.found(&person, &name, purpose, tx)?;
        Ok(Reply::Entered(self.entered(id, tx)?))
    }

    /// Founds a notebook: its key, the entry that everything is traced back to, and what the group document says first.
    fn found(
        &mut self,
        person: &str,
        name: &str,
        purpose: Option<String>,
        tx: &mut Tx<'_>,
    ) -> Outcome<NotebookId> {
        let mut id = NotebookId([0; 16]);
        self.rng.fill_bytes(&mut id.0);
        let mut notebook = self.begin(id, EntryId([0; 32]), None);
        let rng = &mut self.rng;
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let genesis = Genesis {
            notebook: id,
            discovery_key: notebook.discovery_key,
            device: notebook.device(),
            kem: notebook.secrets.kem_public(),
            name: person.to_owned(),
            device_name: DEVICE_NAME.to_owned(),
            at_ms: tx.now.wall_ms,
            nonce,
        };
        let key = EpochKey::generate(rng);
        let key_id = notebook.keys.add_key(key.clone());
        notebook.store_first_key(&key_id, rng, tx);
        notebook.publish_genesis(&key_id, genesis, rng, tx)?;
        let recipients = notebook.roster.live_kems();
        notebook.publish_key(&key, &BTreeSet::new(), &recipients, rng, tx)?;
        let group = notebook.group_doc();
        let mut edits = vec![Edit::Fact(notebook.first_fact(
            FactBody::NotebookName {
                text: name.to_owned(),
            },
            rng,
        ))];
        if let Some(text) = purpose {
            edits.push(Edit::Fact(
                notebook.first_fact(FactBody::Purpose { text }, rng),
            ));
        }
        notebook.write(group, None, &edits, WriteNow::Entry, rng, tx)?;
        notebook.stage_row(tx);
        tx.must_be_synced();
        self.adopt(notebook);
        self.publish_addresses(id, tx)?;
        Ok(id)
    }

    /// A notebook of which nothing is held yet, with fresh secrets for this device.
    fn begin(
        &mut self,
        id: NotebookId,
        genesis: EntryId,
        discovery_key: Option<[u8; 32]>,
    ) -> Notebook {
        let secrets = DeviceSecrets::generate(&mut self.rng);
        let sealed_secrets = secrets.seal(&self.storage_key, &secrets_place(&id), &mut self.rng);
        let mut fresh = [0; 32];
        self.rng.fill_bytes(&mut fresh);
        let discovery_key = discovery_key.unwrap_or(fresh);
        let ordinal = self.next_ordinal();
        let beginning = Beginning {
            id,
            genesis,
            discovery_key,
            secrets,
            sealed_secrets,
            ordinal,
        };
        Notebook::begin(beginning, self.storage_key.clone(), self.session)
    }

    pub(crate) fn list_notebooks(&mut self, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let mut ids: Vec<(u64, NotebookId)> = self
            .notebooks
            .values()
            .map(|notebook| (notebook.ordinal, notebook.id))
            .collect();
        ids.sort_unstable();
        let mut rows = Vec::new();
        for (_, id) in ids {
            let (notebook, _) = self.notebook_mut(id)?;
            notebook.refresh_all(tx)?;
            let Some(notebook) = self.notebooks.get(&id) else {
                continue;
            };
            rows.push(NotebookRow {
                id: id.to_string(),
                name: self.shown_name(notebook, tx)?,
                people: notebook.people_count(),
                unread: notebook.unread_count(tx)?,
                state: notebook.own_state().to_owned(),
            });
        }
        rows.extend(self.unopened.keys().map(|id| NotebookRow {
            id: id.to_string(),
            name: String::new(),
            people: 0,
            unread: 0,
            state: "damaged".to_owned(),
        }));
        Ok(Reply::Notebooks(rows))
    }

    pub(crate) fn join(
        &mut self,
        reply_to: ReplyTo,
        text: &str,
        person: &str,
        wait_ms: u64,
        tx: &mut Tx<'_>,
    ) -> Outcome<Option<Reply>> {
        let ticket = read_ticket(text)?;
        let person = checked_name(person)?;
        let id = ticket.notebook;
        if let Some(why) = self.unopened.get(&id) {
            return Err(Self::damaged(why));
        }
        match self.notebooks.get(&id) {
            Some(known) if known.joining.is_none() && !known.has_left() => {
                let name = self.shown_name(known, tx)?;
                return Err(refused(
                    format!("you are in {name:?} already"),
                    "`moot notebooks` lists your notebooks.",
                ));
            }
            Some(known) if known.joining.is_none() => {
                let name = self.shown_name(known, tx)?;
                return Err(refused(
                    format!(
                        "you have left {name:?}, and this home still keeps what you could read then"
                    ),
                    "Join from another --home; this one can be exported and put away.",
                ));
            }
            Some(known) if known.ticket().is_none_or(|old| old.seed != ticket.seed) => {
                self.forget_notebook(id, tx);
                self.ask_to_join(&ticket, &person, tx)?;
            }
            Some(known) => {
                if let Some(asked_as) = known.asked_as().filter(|name| *name != person) {
                    tx.progress(
                        reply_to,
                        format!(
                            "You asked as {asked_as:?} before, and that is the name that counts. To ask under another: \
                             `moot join --cancel`, then the ticket again"
                        ),
                    );
                }
            }
            None => self.ask_to_join(&ticket, &person, tx)?,
        }
        let until_ms = tx.now.steady_ms.saturating_add(wait_ms);
        self.waits.joins.push(JoinWait {
            reply_to,
            notebook: id,
            until_ms,
            told: String::new(),
        });
        let hint = if ticket.notebook_name.is_empty() {
            String::new()
        } else {
            format!(" {:?}", ticket.notebook_name)
        };
        tx.progress(reply_to, format!("Looking for a member of{hint}"));
        self.look_whom_to_reach(tx)?;
        Ok(None)
    }

    fn ask_to_join(&mut self, ticket: &Ticket, person: &str, tx: &mut Tx<'_>) -> Outcome<()> {
        let mut notebook = self.begin(ticket.notebook, ticket.genesis, Some(ticket.discovery_key));
        let rng = &mut self.rng;
        notebook.take_up_remains(rng, tx)?;
        notebook.own_log(rng, tx);
        let log_init = notebook
            .own_log_init()
            .cloned()
            .ok_or_else(|| failed("a log could not be begun", ""))?;
        let applicant = Applicant {
            purpose: Purpose::Join,
            log_init,
            kem: notebook.secrets.kem_public(),
            name: person.to_owned(),
            device_name: DEVICE_NAME.to_owned(),
        };
        let request = JoinRequest::make(applicant, &ticket.seed, &notebook.signing)
            .map_err(|error| usage(error.to_string(), "Choose a shorter name."))?;
        let sealed =
            self.storage_key
                .seal(&ticket_place(&notebook.id), ticket.encode().as_bytes(), rng);
        notebook.joining = Some(JoiningRow {
            ticket: sealed,
            request: request.encode(),
            admitted: false,
            sealed: None,
        });
        notebook.stage_row(tx);
        if self.home.person.is_empty() {
            person.clone_into(&mut self.home.person);
            self.stage_home(tx);
        }
        tx.must_be_synced();
        self.adopt(notebook);
        Ok(())
    }

    pub(crate) fn join_cancel(&mut self, ticket: Option<&str>, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let wanted = ticket
            .map(read_ticket)
            .transpose()?
            .map(|ticket| ticket.notebook);
        let under_way: Vec<NotebookId> = self
            .notebooks
            .values()
            .filter(|notebook| {
                notebook.joining.is_some() && wanted.is_none_or(|wanted| wanted == notebook.id)
            })
            .map(|notebook| notebook.id)
            .collect();
        match under_way.as_slice() {
            [] => Err(not_found("no request to join is under way", "")),
            [one] => {
                let one = *one;
                let error =
                    CommandError::new(ErrorKind::Failed, "the request to join was dropped", "");
                for wait in self.waits.end_joins(one) {
                    tx.reply(wait.reply_to, Err(error.clone()));
                }
                self.forget_notebook(one, tx);
                self.look_whom_to_reach(tx)?;
                Ok(Reply::Done)
            }
            several => Err(CommandError::new(
                ErrorKind::Ambiguous,
                format!("{} requests to join are under way", several.len()),
                "Name the ticket as well.",
            )
            .into()),
        }
    }

    /// Drops a notebook that was asked for and never came. Whatever came of it is of no use without being let in.
    pub(crate) fn forget_notebook(&mut self, id: NotebookId, tx: &mut Tx<'_>) {
        self.notebooks.remove(&id);
        self.reaching.want(id, Wanted::new(), &[], tx);
        for stream in self.sessions.streams_about(id) {
            tx.close(stream, "this notebook is not being joined any more");
            self.sessions.links.remove(&stream);
        }
        for space in [
            Space::Notebook,
            Space::Address,
            Space::Receipt,
            Space::Notice,
        ] {
            tx.clear(space, &id);
        }
        tx.delete(Space::Notebook, &HOME, &id.0);
    }

    pub(crate) fn leave(&mut self, id: NotebookId, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (notebook, rng) = self.notebook_mut(id)?;
        notebook.may_write()?;
        notebook.seal_all(rng, tx)?;
        notebook.publish_event(RosterEvent::Leave, rng, tx)?;
        tx.must_be_synced();
        Ok(Reply::Done)
    }
}

impl Notebook {
    /// How this person stands in the notebook, in a word.
    pub(crate) fn own_state(&self) -> &'static str {
        if self.joining.is_some() {
            "joining"
        } else if self.has_left() {
            "left"
        } else {
            "joined"
        }
    }

    /// How many people have joined and not left.
    pub(crate) fn people_count(&self) -> u64 {
        let joined = moot_group::roster::PersonState::Joined;
        self.roster
            .persons()
            .filter(|person| person.state == joined)
            .count() as u64
    }

    fn unread_count(&self, tx: &Tx<'_>) -> Outcome<u64> {
        let read = self.read_rows(tx)?;
        let rows = tx.rows::<DocRow>(Space::DocRow, &self.id, &[])?;
        let notes = rows
            .iter()
            .filter(|(_, row)| row.what == DocRow::NOTE && !row.deleted);
        let unread = notes.filter(|(key, row)| is_unread(read.get(key), row));
        Ok(unread.count() as u64)
    }
}

fn read_ticket(text: &str) -> Outcome<Ticket> {
    let ticket = Ticket::decode(text).map_err(|error| {
        let hint = match error {
            TicketError::Newer(_) => "Install a newer moot.",
            _ => "Copy the whole ticket again, from \"moot1\" to its end.",
        };
        Fault::Command(CommandError::new(ErrorKind::Usage, error.to_string(), hint))
    })?;
    if ticket.purpose != Purpose::Join {
        return Err(refused(
            "this ticket is for linking a device, which needs a newer moot",
            "",
        ));
    }
    Ok(ticket)
}

/// A person's name as it may be written.
fn checked_name(name: &str) -> Outcome<String> {
    checked_line(name, "a name")
}

fn checked_line(text: &str, what: &str) -> Outcome<String> {
    let text = text.trim().to_owned();
    let fits = FactBody::ProfileName { text: text.clone() }.check();
    fits.map_err(|why| {
        usage(
            format!("this cannot be {what}: {why}"),
            "One line of text, in any script.",
        )
    })?;
    Ok(text)
}

fn checked_purpose(text: &str) -> Outcome<String> {
    let text = text.trim().to_owned();
    let fits = FactBody::Purpose { text: text.clone() }.check();
    fits.map_err(|why| {
        usage(
            format!("this cannot be a purpose: {why}"),
            "A sentence or two.",
        )
    })?;
    Ok(text)
}
