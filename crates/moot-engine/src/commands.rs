//! What each command does.
//!
//! Owns the way from a request to the notebook that is meant and the code that does it. One file for each group of commands.

pub(crate) mod by_hand;
pub(crate) mod doctor;
pub(crate) mod doings;
pub(crate) mod entering;
pub(crate) mod import;
pub(crate) mod invites;
pub(crate) mod legs;
pub(crate) mod meetings;
pub(crate) mod notes;
pub(crate) mod reading;
pub(crate) mod select;
pub(crate) mod standing;

use moot_log::NotebookId;

use crate::command::{Command, CommandError, ErrorKind, Request};
use crate::commands::import::ImportMode;
use crate::engine::Engine;
use crate::fault::{Outcome, not_found};
use crate::machine::ReplyTo;
use crate::notebook::{Notebook, Random, Whereabouts};
use crate::reply::{NodeInfo, Reply};
use crate::tx::Tx;

/// Characters of an id that are enough to tell it from others at a glance.
const ID_SHOWN: usize = 12;

/// Does a command. No answer means that it comes later.
pub(crate) fn execute(
    engine: &mut Engine,
    reply_to: ReplyTo,
    request: Request,
    tx: &mut Tx<'_>,
) -> Outcome<Option<Reply>> {
    let selector = request.notebook.as_deref();
    let reply = match request.command {
        Command::Init {
            person,
            notebook,
            purpose,
        } => engine.init(&person, &notebook, purpose.as_deref(), tx)?,
        Command::New { notebook, purpose } => {
            engine.new_notebook(&notebook, purpose.as_deref(), tx)?
        }
        Command::Notebooks => engine.list_notebooks(tx)?,
        Command::Join {
            ticket,
            person,
            wait_ms,
        } => return engine.join(reply_to, &ticket, &person, wait_ms, tx),
        Command::JoinCancel { ticket } => engine.join_cancel(ticket.as_deref(), tx)?,
        Command::Node => Reply::Node(NodeInfo {
            peer_id: engine.peer_name.0.clone(),
            addresses: engine.reaching.listening().to_vec(),
        }),
        Command::Legs => Reply::Legs(engine.legs(selector, tx)?),
        command => {
            let id = engine.meant(selector, tx)?;
            return on_notebook(engine, id, reply_to, command, tx);
        }
    };
    Ok(Some(reply))
}

fn on_notebook(
    engine: &mut Engine,
    id: NotebookId,
    reply_to: ReplyTo,
    command: Command,
    tx: &mut Tx<'_>,
) -> Outcome<Option<Reply>> {
    let reply = match command {
        Command::Invite {
            expires_in_ms,
            uses,
            confirm,
        } => engine.invite(id, expires_in_ms, uses, confirm, tx)?,
        Command::InviteList => engine.list_invites(id, tx)?,
        Command::InviteRevoke { invite } => engine.revoke_invite(id, &invite, tx)?,
        Command::InviteAdmit { request } => engine.admit_waiting(id, &request, tx)?,
        Command::People => engine.people(id, tx)?,
        Command::Leave => engine.leave(id, tx)?,
        Command::Sync { wait_ms, with } => return engine.sync(id, reply_to, wait_ms, with, tx),
        Command::RelayUse { ticket, wait_ms } => {
            return engine.relay_use(id, reply_to, &ticket, wait_ms, tx);
        }
        Command::RelayList => Reply::Relays(engine.list_relays(id)),
        Command::RelayDrop { relay } => engine.drop_relay(id, &relay, tx)?,
        Command::CarryOut { after } => engine.hand_out(id, after.as_deref(), tx)?,
        Command::CarryIn { notebook, frames } => engine.hand_in(id, &notebook, &frames, tx)?,
        Command::Status => engine.status(id, tx)?,
        Command::Doctor { rebuild } => engine.doctor(id, rebuild, tx)?,
        command => {
            let (notebook, rng) = engine.notebook_mut(id)?;
            let mut reply = on_notes(notebook, command, rng, tx)?;
            if let Reply::Inbox(inbox) = &mut reply {
                engine.add_knocks(id, inbox);
            }
            reply
        }
    };
    Ok(Some(reply))
}

fn on_notes(
    notebook: &mut Notebook,
    command: Command,
    rng: &mut Random,
    tx: &mut Tx<'_>,
) -> Outcome<Reply> {
    match command {
        Command::NoteNew { title, body, kind } => notebook.note_new(&title, &body, kind, rng, tx),
        Command::NoteList { deleted } => notebook.note_list(deleted, tx),
        Command::NoteShow { note, at } => notebook.note_show(&note, at.as_deref(), tx),
        Command::NotePeek { note } => notebook.note_peek(&note, tx),
        Command::NoteAppend { note, text } => notebook.note_append(&note, &text, rng, tx),
        Command::NoteSet { note, text, base } => {
            notebook.note_set(&note, &text, base.as_deref(), rng, tx)
        }
        Command::NoteType {
            note,
            splices,
            seen,
        } => notebook.note_type(&note, &splices, seen, rng, tx),
        Command::NoteOpen { note, editor } => notebook.note_open(&note, editor, tx),
        Command::NoteClose { note, editor } => notebook.note_close(&note, editor, rng, tx),
        Command::Here {
            editor,
            note,
            caret,
            revision,
        } => {
            let whereabouts = Whereabouts {
                editor,
                note: note.as_deref(),
                caret,
                revision,
            };
            notebook.say_where(&whereabouts, rng, tx)
        }
        Command::NoteRename { note, title } => notebook.note_rename(&note, &title, rng, tx),
        Command::NoteDelete { note } => notebook.note_delete(&note, rng, tx),
        Command::NoteRestore { note } => notebook.note_restore(&note, rng, tx),
        Command::NoteHistory { note } => notebook.note_history(&note, tx),
        Command::NoteBlame { note } => notebook.note_blame(&note, tx),
        Command::Settle { id, choice } => notebook.settle(&id, &choice, rng, tx),
        Command::Search { query, limit } => notebook.search(&query, limit, tx),
        Command::Import { files, dry_run } => {
            let mode = if dry_run {
                ImportMode::DryRun
            } else {
                ImportMode::Write
            };
            notebook.import(&files, mode, rng, tx)
        }
        Command::Export { note } => notebook.export(&note, tx),
        Command::Meeting(command) => notebook.on_meetings(command, rng, tx),
        _ => {
            Err(CommandError::new(ErrorKind::Failed, "this command is not about notes", "").into())
        }
    }
}

impl Engine {
    /// The notebook that is meant.
    fn meant(&self, selector: Option<&str>, tx: &Tx<'_>) -> Outcome<NotebookId> {
        let mut names = Vec::new();
        for notebook in self.notebooks.values() {
            names.push((
                notebook.id,
                notebook.id.to_string(),
                self.shown_name(notebook, tx)?,
            ));
        }
        let begins = |id: &NotebookId, text: &str| id.to_string().starts_with(text);
        let unopened = self.unopened.iter();
        let damaged = match selector {
            Some(text) => unopened
                .filter(|(id, _)| begins(id, text.trim()) && !text.trim().is_empty())
                .find(|_| !names.iter().any(|(id, _, _)| begins(id, text.trim()))),
            None if names.is_empty() => unopened.last(),
            None => None,
        };
        if let Some((_, why)) = damaged {
            return Err(Self::damaged(why));
        }
        if let Some(selector) = selector {
            let hint = "`moot notebooks` lists them.";
            let all = names
                .iter()
                .map(|(id, text, name)| (*id, text.clone(), name.as_str()));
            return select::one_of(selector, "notebook", hint, all);
        }
        match names.as_slice() {
            [] => Err(not_found(
                "there is no notebook here yet",
                "`moot init --name YOU --new NOTEBOOK` makes one; `moot join TICKET --name YOU` joins one.",
            )),
            [(only, _, _)] => Ok(*only),
            several => self.only_joined().ok_or_else(|| {
                let listed: Vec<String> = several
                    .iter()
                    .map(|(_, id, name)| format!("{} ({name})", &id[..ID_SHOWN]))
                    .collect();
                let message = format!("there are {} notebooks here", several.len());
                let hint = format!("Say which with --notebook: {}.", listed.join(", "));
                CommandError::new(ErrorKind::Ambiguous, message, hint).into()
            }),
        }
    }

    /// The one notebook that this person is in, where the others were left or are still being joined.
    fn only_joined(&self) -> Option<NotebookId> {
        let mut joined = self
            .notebooks
            .values()
            .filter(|notebook| notebook.own_state() == "joined");
        let only = joined.next()?.id;
        joined.next().is_none().then_some(only)
    }

    /// What a notebook is called; before it can be read, what its ticket says.
    pub(crate) fn shown_name(&self, notebook: &Notebook, tx: &Tx<'_>) -> Outcome<String> {
        let name = notebook.name(tx)?;
        Ok(if name.is_empty() {
            notebook
                .ticket()
                .map(|ticket| ticket.notebook_name)
                .unwrap_or_default()
        } else {
            name
        })
    }
}
