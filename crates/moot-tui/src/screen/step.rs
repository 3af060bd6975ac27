//! In step: who holds what, as of when, in three facts that are never mixed; and a row for every other device.
//!
//! Owns the words for it. Nothing here claims more than the other devices said themselves.

mod say;
#[cfg(test)]
mod tests;

use moot_engine::reply::{PeerRow, RelayRow, Status};
use moot_engine::{Command, Reply};
use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::list::{Item, List, ListRow, heading, pane, words};
use crate::layer::{Layer, Page};
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::table::Cmd;
use crate::update::over;
use crate::words::{fill, one_line};

/// How long the others are waited for when they are asked, in milliseconds.
const TRY_MS: u64 = 10_000;

/// Columns from which a row tells everything.
const WIDE: u16 = 76;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct Step {
    list: List,
    /// Whether the others are being asked.
    is_trying: bool,
}

fn key_of_peer(peer: &PeerRow) -> String {
    format!("device {}", peer.device)
}

fn key_of_relay(relay: &RelayRow) -> String {
    format!("relay {}", relay.name)
}

fn keys(model: &Model) -> Vec<String> {
    let Some(status) = &model.status else {
        return Vec::new();
    };
    let peers = status.peers.iter().map(key_of_peer);
    peers
        .chain(status.relays.iter().map(key_of_relay))
        .collect()
}

/// Whether there is another device, or a relay.
pub(crate) fn has_any(model: &Model) -> bool {
    !keys(model).is_empty()
}

pub(crate) fn enter(model: &mut Model) -> Effects {
    model.read_in(Reading::Status, 0);
    Effects::new()
}

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let keys = keys(model);
    model.screens.step.list.key(key, &keys);
    Effects::new()
}

pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    let keys = keys(model);
    model.screens.step.list.settle(&keys);
    Some(match cmd {
        Cmd::StepTry => try_now(model),
        Cmd::StepOpen => show_device(model),
        Cmd::PeopleInvite => super::people::invite(model),
        _ => return None,
    })
}

/// Asks every other device to say what it holds; tells what came of it.
fn try_now(model: &mut Model) -> Effects {
    if model.screens.step.is_trying {
        model.say("They are being asked already.");
        return Effects::new();
    }
    let others = model.status.as_ref().map_or(0, |status| status.peers.len());
    if others == 0 {
        model.say("Nobody else is in this notebook yet. It is saved here; i invites somebody.");
        return Effects::new();
    }
    model.screens.step.is_trying = true;
    model.say("Asking the other devices …");
    let sync = Command::Sync {
        wait_ms: TRY_MS,
        with: u32::try_from(others).unwrap_or(u32::MAX),
    };
    vec![model.ask(sync, &[], |model, _, answer| {
        model.screens.step.is_trying = false;
        match answer {
            Ok(Reply::Synced(synced)) => {
                let words = say::tried(&synced);
                model.say(words);
            }
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        model.read_in(Reading::Status, 0);
        Effects::new()
    })]
}

fn show_device(model: &mut Model) -> Effects {
    let key = model.screens.step.list.selected();
    let Some(status) = &model.status else {
        return Effects::new();
    };
    let theme = &model.theme;
    let as_of = |at| say::as_of(model, at);
    let peer = status
        .peers
        .iter()
        .find(|peer| Some(key_of_peer(peer).as_str()) == key);
    let relay = status
        .relays
        .iter()
        .find(|relay| Some(key_of_relay(relay).as_str()) == key);
    let lines: Vec<(String, ratatui::style::Style)> = match (peer, relay) {
        (Some(peer), _) => {
            let mut lines = vec![
                (
                    format!("A device of {}", one_line(&peer.person.name)),
                    theme.strong,
                ),
                (say::reached(&peer.reach).to_owned(), theme.plain),
                (
                    format!("It {}{}.", say::holds(peer), as_of(peer.as_of)),
                    theme.plain,
                ),
            ];
            lines.extend(say::clock(peer).map(|clock| (clock, theme.asks)));
            if peer.muted {
                lines.push((say::MUTED.to_owned(), theme.asks));
            }
            lines.push((String::new(), theme.plain));
            lines.push(("Its id".to_owned(), theme.quiet));
            lines.push((peer.device.clone(), theme.quiet));
            lines
        }
        (None, Some(relay)) => vec![
            (format!("The relay {}", one_line(&relay.name)), theme.strong),
            (say::reached(&relay.reach).to_owned(), theme.plain),
            (say::of_relay(relay, &as_of(relay.as_of)), theme.plain),
            (
                "It keeps sealed copies and cannot read them.".to_owned(),
                theme.plain,
            ),
        ],
        (None, None) => {
            model.say("There is no other device yet. i makes a ticket for somebody.");
            return Effects::new();
        }
    };
    over(model, Layer::Page(Page::new("A device", lines)))
}

// The picture.

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let theme = model.theme.clone();
    let inside = pane(&theme, frame, area, "In step");
    let mut lines: Vec<ListRow<'_>> = Vec::new();
    match &model.status {
        None => lines.extend(words("Reading …", theme.quiet, inside.width)),
        Some(status) => {
            facts(model, status, inside.width, &mut lines);
            devices(model, status, inside.width, &mut lines);
            troubles(model, status, inside.width, &mut lines);
        }
    }
    let mut list = std::mem::take(&mut model.screens.step.list);
    let cursor = list.draw(&theme, frame, inside, &lines);
    model.screens.step.list = list;
    cursor.or(Some(Position::new(inside.x, inside.y)))
}

/// Columns below which few words are made.
const SHORT: u16 = 50;

/// The three facts.
fn facts(model: &Model, status: &Status, width: u16, lines: &mut Vec<ListRow<'_>>) {
    let theme = &model.theme;
    let wording = if width < SHORT {
        say::Wording::Short
    } else {
        say::Wording::Whole
    };
    for (name, fact, is_well) in say::facts(model, status, wording) {
        let style = if is_well { theme.good } else { theme.asks };
        let label = format!(" {} ", fill(name, 16));
        let room = usize::from(width).saturating_sub(18).max(10);
        for (index, row) in crate::words::wrap(&fact, room).into_iter().enumerate() {
            let label = if index == 0 {
                label.clone()
            } else {
                " ".repeat(18)
            };
            let line = Line::from(vec![
                Span::styled(label, theme.strong),
                Span::styled(row, style),
            ]);
            lines.push(ListRow::Words(line));
        }
    }
    if status.peers.is_empty() && status.joining.is_none() {
        lines.push(ListRow::Words(Line::raw("")));
        let alone = "Nobody else is in this notebook yet.\n\ni  makes a ticket for somebody; what is here is then held on their device, too";
        lines.extend(words(alone, theme.quiet, width));
    }
}

fn devices(model: &Model, status: &Status, width: u16, lines: &mut Vec<ListRow<'_>>) {
    let theme = &model.theme;
    if !status.peers.is_empty() {
        heading(
            lines,
            theme,
            if width < SHORT {
                "What each said it holds"
            } else {
                "Other devices: what each said it holds"
            },
        );
    }
    for peer in &status.peers {
        let (letter, colour) = model.mark_of(&peer.person.id);
        let mark = Span::styled(format!(" {letter} "), theme.person(colour));
        let name = one_line(&peer.person.name);
        let has = say::has(peer);
        let heard = say::heard(model, peer.as_of);
        let text = if width < WIDE {
            let room = usize::from(width).saturating_sub(5) / 2;
            format!("{} {has}", fill(&name, room))
        } else {
            format!(
                "{} {} {} {heard}",
                fill(&name, 20),
                fill(say::reach(&peer.reach), 15),
                fill(&has, 18)
            )
        };
        let mut right = Vec::new();
        if peer.clock_ahead_ms.is_some() {
            right.push(Span::styled(" clock ", theme.asks));
        }
        if peer.muted {
            right.push(Span::styled(" passed on last ", theme.asks));
        }
        lines.push(ListRow::Item(
            Item::new(key_of_peer(peer), text).marked(mark).with(right),
        ));
    }
    if !status.relays.is_empty() {
        heading(
            lines,
            theme,
            "Relays: each keeps sealed copies, cannot read",
        );
    }
    for relay in &status.relays {
        let text = format!(
            "{} {}",
            fill(&one_line(&relay.name), 20),
            say::reach(&relay.reach)
        );
        let mark = Span::raw(" · ");
        lines.push(ListRow::Item(
            Item::new(key_of_relay(relay), text).marked(mark),
        ));
    }
}

/// What a person should know, in plain words.
fn troubles(model: &Model, status: &Status, width: u16, lines: &mut Vec<ListRow<'_>>) {
    let theme = &model.theme;
    let troubles = say::troubles(status);
    if troubles.is_empty() {
        return;
    }
    heading(lines, theme, "To know");
    for text in troubles {
        lines.extend(words(&one_line(&text), theme.plain, width));
    }
}
