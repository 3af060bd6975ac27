//! People: who belongs to the notebook, who waits at the door, and who was invited.
//!
//! Owns the list and its commands; inviting is in `invite`, the picture in `draw`. Nothing here counts what anybody did.

mod draw;
mod invite;
#[cfg(test)]
mod tests;

use moot_engine::reply::{InviteRow, PersonRow, WaitingJoin};
use moot_engine::{Command, Reply};
use ratatui::crossterm::event::KeyEvent;

use super::list::List;
use crate::layer::{Choice, Layer, Page, Row};
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::table::Cmd;
use crate::update::{do_it, over};
use crate::words::{cut, one_line, said};

pub(crate) use draw::draw;
pub(crate) use invite::invite;

/// How much of a name stands in a question, in columns: whoever chose it must not push the rest out of sight.
const NAMED: usize = 30;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct People {
    list: List,
    /// All invites, those that are of no use any more too.
    invites: Vec<InviteRow>,
}

/// What a row of the screen is.
enum Shown<'a> {
    /// Somebody at the door.
    Waiting(&'a WaitingJoin),
    /// Somebody who belongs to the notebook.
    Person(&'a PersonRow),
    /// An invite that can still be used.
    Invite(&'a InviteRow),
}

impl Shown<'_> {
    fn key(&self) -> String {
        match self {
            Self::Waiting(waiting) => format!("wait {}", waiting.id),
            Self::Person(person) => format!("person {}", person.id),
            Self::Invite(invite) => format!("invite {}", invite.id),
        }
    }
}

/// The rows of the screen, in their order: whoever waits first, then oneself, then the others by name.
fn shown(model: &Model) -> Vec<Shown<'_>> {
    let invites = &model.screens.people.invites;
    let waiting = invites.iter().flat_map(|invite| &invite.waiting);
    let mut people: Vec<&PersonRow> = model.people.iter().collect();
    people.sort_by_key(|person| {
        (
            !person.you,
            person.state == "left",
            &person.name,
            &person.id,
        )
    });
    let open = invites.iter().filter(|invite| invite.state == "open");
    waiting
        .map(Shown::Waiting)
        .chain(people.into_iter().map(Shown::Person))
        .chain(open.map(Shown::Invite))
        .collect()
}

fn keys(model: &Model) -> Vec<String> {
    shown(model).iter().map(Shown::key).collect()
}

fn selected(model: &Model) -> Option<Shown<'_>> {
    let key = model.screens.people.list.selected()?;
    shown(model).into_iter().find(|row| row.key() == key)
}

/// Whether somebody waits at the door.
pub(crate) fn has_waiting(model: &Model) -> bool {
    let mut invites = model.screens.people.invites.iter();
    invites.any(|invite| !invite.waiting.is_empty())
}

pub(crate) fn enter(model: &mut Model) -> Effects {
    for what in [Reading::People, Reading::Invites, Reading::Status] {
        model.read_in(what, 0);
    }
    Effects::new()
}

/// Reads who was invited and who waits at the door.
pub(crate) fn read_invites(model: &mut Model) -> Effects {
    vec![model.ask(Command::InviteList, &[], |model, _, answer| {
        if let Ok(Reply::Invites(rows)) = answer {
            model.screens.people.invites = rows;
        }
        Effects::new()
    })]
}

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let keys = keys(model);
    model.screens.people.list.key(key, &keys);
    Effects::new()
}

pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    let keys = keys(model);
    model.screens.people.list.settle(&keys);
    let effects = match (cmd, selected(model)) {
        (Cmd::PeopleInvite, _) => return Some(invite(model)),
        (Cmd::PeopleLeave, _) => return Some(leave(model)),
        (Cmd::PeopleOpen, Some(Shown::Person(person))) => {
            let person = person.clone();
            show_person(model, &person)
        }
        (Cmd::PeopleOpen | Cmd::PeopleAdmit, Some(Shown::Waiting(waiting))) => {
            let waiting = waiting.clone();
            admit(model, &waiting)
        }
        (Cmd::PeopleOpen | Cmd::PeopleRevoke, Some(Shown::Invite(invite))) => {
            let invite = invite.clone();
            revoke(model, &invite)
        }
        (Cmd::PeopleAdmit, _) => {
            let mut waiting = model
                .screens
                .people
                .invites
                .iter()
                .flat_map(|one| &one.waiting);
            match waiting.next().cloned() {
                Some(waiting) => admit(model, &waiting),
                None => {
                    model.say("Nobody waits at the door.");
                    Effects::new()
                }
            }
        }
        (Cmd::PeopleRevoke, _) => {
            model.say("Select an invite first; only those can be revoked that are still open.");
            Effects::new()
        }
        (Cmd::PeopleOpen, None) => Effects::new(),
        _ => return None,
    };
    Some(effects)
}

/// How somebody can be reached, in words: here now, in reach, or when they were heard last.
fn heard(model: &Model, person: &PersonRow) -> String {
    if person.state == "left" {
        return "left".to_owned();
    }
    if person.you {
        return "you".to_owned();
    }
    if model.here().iter().any(|seen| seen.person == person.id) {
        return "here now".to_owned();
    }
    let peers = || {
        let all = model.status.iter().flat_map(|status| &status.peers);
        all.filter(|peer| peer.person.id == person.id)
    };
    if peers().any(|peer| peer.reach != "unreachable") {
        return "in reach".to_owned();
    }
    match peers().filter_map(|peer| peer.as_of).max() {
        Some(at) => format!("heard {}", said(at, model.now.wall_ms, &model.setup.zone)),
        None => "not heard yet".to_owned(),
    }
}

/// The note that somebody has open now.
fn has_open(model: &Model, person: &PersonRow) -> Option<String> {
    let here = model.here();
    let seen = here.iter().find(|seen| seen.person == person.id)?;
    let id = seen.note.as_ref()?;
    let note = model.screens.notes.rows.iter().find(|row| row.id == *id)?;
    Some(one_line(&note.title))
}

fn show_person(model: &mut Model, person: &PersonRow) -> Effects {
    let theme = &model.theme;
    let mut lines = vec![(one_line(&person.name), theme.strong)];
    let standing = match (person.you, person.state.as_str()) {
        (true, _) => "This is you.".to_owned(),
        (_, "left") => "Left the notebook; what they wrote stays.".to_owned(),
        (_, "away") => format!("Says they are away; {}.", heard(model, person)),
        _ => format!("{}.", heard(model, person)),
    };
    lines.push((standing, theme.plain));
    if let Some(title) = has_open(model, person) {
        lines.push((format!("Has “{title}” open."), theme.plain));
    }
    lines.push((String::new(), theme.plain));
    lines.push(("Devices".to_owned(), theme.quiet));
    for device in &person.devices {
        let retired = if device.state == "retired" {
            ", retired"
        } else {
            ""
        };
        let name = one_line(&device.name);
        let short: String = device.id.chars().take(8).collect();
        lines.push((format!("{name}{retired}  ({short})"), theme.plain));
    }
    lines.push((String::new(), theme.plain));
    let whose = if person.you { "Your" } else { "Their" };
    let whole = format!("{whose} id, which nobody else can have: {}", person.id);
    lines.push((whole, theme.quiet));
    over(model, Layer::Page(Page::new("A person", lines)))
}

/// Asks whether both see the same words, and lets somebody in.
fn admit(model: &mut Model, waiting: &WaitingJoin) -> Effects {
    let name = cut(&one_line(&waiting.name), NAMED);
    let says = format!(
        "{}\n\n{name} waits. Do they see these six words?",
        waiting.words
    );
    let rows = vec![
        Row::new("Not now", "ask them first, by voice or face to face", "no"),
        Row::new(
            "The same six words",
            "open the door; they can read everything then",
            "yes",
        ),
    ];
    let choice = Choice::new("Somebody at the door", rows, |model, known, chosen| {
        let ([id, name], "yes") = (known, chosen) else {
            model.say("The door stays shut. They go on waiting.");
            return Effects::new();
        };
        let admit = Command::InviteAdmit {
            request: id.clone(),
        };
        model.read_in(Reading::Invites, 500);
        model.read_in(Reading::People, 500);
        vec![do_it(
            model,
            admit,
            &format!("{name} is in. Every member will see it."),
        )]
    });
    let choice = choice.knowing(&[&waiting.id, &name]).saying(&says);
    over(model, Layer::Choice(choice))
}

fn revoke(model: &mut Model, invite: &InviteRow) -> Effects {
    let ends = said(invite.expires, model.now.wall_ms, &model.setup.zone);
    let title = format!(
        "The invite by {}, good until {ends}",
        one_line(&invite.by.name)
    );
    let rows = vec![
        Row::new("Keep it", "as it is", "keep"),
        Row::new(
            "Revoke it",
            "nobody can join with it any more; whoever has, stays",
            "revoke",
        ),
    ];
    let choice = Choice::new(&title, rows, |model, known, chosen| {
        let ([id], "revoke") = (known, chosen) else {
            return Effects::new();
        };
        let revoke = Command::InviteRevoke { invite: id.clone() };
        model.read_in(Reading::Invites, 300);
        vec![do_it(
            model,
            revoke,
            "Revoked. Devices that are apart learn of it when they are met.",
        )]
    });
    over(model, Layer::Choice(choice.knowing(&[&invite.id])))
}

/// Leaving cannot be undone, so it is asked for.
fn leave(model: &mut Model) -> Effects {
    let name = one_line(&model.notebook_name());
    let says = format!(
        "If you leave “{}”, what you have of it stays readable here; nothing new comes, and nothing of yours goes.",
        cut(&name, NAMED)
    );
    let rows = vec![
        Row::new("Stay", "nothing changes", "stay"),
        Row::new("Leave for good", "it cannot be undone", "leave"),
    ];
    let choice = Choice::new("Leave for good?", rows, |model, _, chosen| {
        if chosen != "leave" {
            return Effects::new();
        }
        model.read_in(Reading::People, 500);
        vec![do_it(
            model,
            Command::Leave,
            "You have left. What you have of it stays readable.",
        )]
    });
    over(model, Layer::Choice(choice.saying(&says)))
}
