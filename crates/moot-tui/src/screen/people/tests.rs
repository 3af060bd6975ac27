//! Claims about the people, inviting and leaving.

use moot_engine::Command;
use moot_engine::reply::{InviteRow, Invited, Named, Reply, WaitingJoin};
use ratatui::crossterm::event::KeyCode;

use crate::message::Effect;
use crate::model::{Model, Seen};
use crate::pictured::*;
use crate::screen::Screen;
use crate::theme::{Colours, Theme};

fn full(names: [&str; 3]) -> Model {
    let mut model = among(Screen::People, names);
    let [ben, _, dana] = names;
    let seen = Seen {
        person: "p2".to_owned(),
        name: ben.to_owned(),
        note: None,
        caret: None,
        at_ms: model.now.steady_ms,
        moved_ms: model.now.steady_ms,
    };
    model.presence.seen.insert("p2device".to_owned(), seen);
    model.screens.people.invites = vec![
        invite("i1", "open", dana, vec![waiting()]),
        invite("i2", "revoked", dana, Vec::new()),
    ];
    model
}

fn waiting() -> WaitingJoin {
    WaitingJoin {
        id: "r1".to_owned(),
        name: "Eli".to_owned(),
        words: "apple river stone candle window north".to_owned(),
    }
}

fn invite(id: &str, state: &str, by: &str, waiting: Vec<WaitingJoin>) -> InviteRow {
    InviteRow {
        id: id.to_owned(),
        by: Named {
            id: "p4".to_owned(),
            name: by.to_owned(),
        },
        expires: at("19T14:00"),
        state: state.to_owned(),
        used: 0,
        uses: 5,
        waiting,
    }
}

fn ticket() -> String {
    format!("moot1{}", "abcdefghijklmnopqrstuvwxyz234567".repeat(14))
}

/// Makes a ticket for seven days and one person.
fn invited(model: &mut Model) {
    press(model, KeyCode::Char('i'));
    press(model, KeyCode::Char('1'));
    let effects = press(model, KeyCode::Char('1'));
    let invite = Command::Invite {
        expires_in_ms: 7 * 24 * 3_600_000,
        uses: 1,
        confirm: false,
    };
    assert_eq!(asked(&effects), [invite]);
    let reply = Reply::Invited(Invited {
        id: "i3".to_owned(),
        ticket: ticket(),
        expires: at("19T14:05"),
        relays: Vec::new(),
    });
    answer(model, &effects, Ok(reply));
}

#[test]
fn a_ticket_is_made_in_three_keys_and_copied_with_one() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    invited(&mut model);
    let effects = press(&mut model, KeyCode::Char('y'));
    assert_eq!(effects, [Effect::Copy(ticket())]);
    assert_eq!(model.layers.len(), 1, "it stays in sight");
}

#[test]
fn an_invite_is_for_one_to_a_thousand() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    for wrong in ["0", "1001", "many"] {
        press(&mut model, KeyCode::Char('i'));
        press(&mut model, KeyCode::Char('1'));
        press(&mut model, KeyCode::Char('4'));
        types(&mut model, wrong);
        assert!(
            asked(&press(&mut model, KeyCode::Enter)).is_empty(),
            "{wrong}"
        );
    }
    press(&mut model, KeyCode::Char('i'));
    press(&mut model, KeyCode::Char('2'));
    let effects = press(&mut model, KeyCode::Char('2'));
    let invite = Command::Invite {
        expires_in_ms: 24 * 3_600_000,
        uses: 1,
        confirm: true,
    };
    assert_eq!(asked(&effects), [invite]);
}

#[test]
fn whoever_waits_is_let_in_only_after_the_words_were_shown() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    // A name as long as whoever waits likes does not push them out of sight.
    model.screens.people.invites[0].waiting[0].name = "Eli ".repeat(60);
    press(&mut model, KeyCode::Char('a'));
    for size in SIZES {
        // The box that lies over the list: every word is whole, however they are broken into rows.
        let shown = picture(&mut model, size);
        let (_, asking) = shown.split_once("Somebody at the door").unwrap();
        for word in waiting().words.split(' ') {
            assert!(asking.contains(word), "{word} at {size:?}\n{shown}");
        }
        for choice in ["Not now", "The same six words"] {
            assert!(asking.contains(choice), "{choice} at {size:?}\n{shown}");
        }
    }
    assert!(
        asked(&press(&mut model, KeyCode::Enter)).is_empty(),
        "not now comes first"
    );
    press(&mut model, KeyCode::Char('a'));
    let effects = press(&mut model, KeyCode::Char('2'));
    let admit = Command::InviteAdmit {
        request: "r1".to_owned(),
    };
    assert_eq!(asked(&effects), [admit]);
}

#[test]
fn leaving_is_asked_for_and_staying_comes_first() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    press(&mut model, KeyCode::Char('L'));
    assert!(asked(&press(&mut model, KeyCode::Enter)).is_empty());
    press(&mut model, KeyCode::Char('L'));
    assert!(asked(&press(&mut model, KeyCode::Esc)).is_empty());
    press(&mut model, KeyCode::Char('L'));
    assert_eq!(
        asked(&press(&mut model, KeyCode::Char('2'))),
        [Command::Leave]
    );
}

#[test]
fn only_an_open_invite_is_listed_and_revoking_is_asked_for() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    press(&mut model, KeyCode::End);
    press(&mut model, KeyCode::Char('x'));
    let effects = press(&mut model, KeyCode::Char('2'));
    let revoke = Command::InviteRevoke {
        invite: "i1".to_owned(),
    };
    assert_eq!(asked(&effects), [revoke]);
}

#[test]
fn who_comes_does_not_move_the_selection() {
    let mut model = among(Screen::People, ["Ben", "Cy", "Dana"]);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    model.people.insert(0, person("p0", "Aaron", false));
    model.screens.people.invites = vec![invite("i1", "open", "Dana", vec![waiting()])];
    drawn(&mut model, (80, 24));
    press(&mut model, KeyCode::Enter);
    assert!(picture(&mut model, (80, 24)).contains("│ Cy "));
}

#[test]
fn without_colours_the_selected_row_is_still_seen() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    model.setup.colours = Colours::None;
    model.theme = Theme::of(Colours::None);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    assert_selected_row_is_marked(&mut model, "Ben");
}

#[test]
fn a_ticket_is_dark_on_light_for_whatever_reads_it() {
    use ratatui::style::{Color, Modifier};
    let mut model = full(["Ben", "Cy", "Dana"]);
    invited(&mut model);
    let (buffer, _) = drawn(&mut model, (120, 50));
    let coloured = buffer
        .content()
        .iter()
        .filter(|cell| cell.bg == Color::White);
    assert!(coloured.clone().count() > 1_000, "a picture");
    assert!(coloured.into_iter().all(|cell| cell.fg == Color::Black));
    model.layers.clear();
    model.setup.colours = Colours::None;
    model.theme = Theme::of(Colours::None);
    invited(&mut model);
    let (buffer, _) = drawn(&mut model, (120, 50));
    let turned = |cell: &&ratatui::buffer::Cell| cell.modifier.contains(Modifier::REVERSED);
    assert!(buffer.content().iter().filter(turned).count() > 1_000);
    assert!(buffer.content().iter().all(|cell| cell.bg == Color::Reset));
}

#[test]
fn pictures_of_the_people() {
    insta::assert_snapshot!("alone", pictures(&mut alone(Screen::People)));
    insta::assert_snapshot!("full", pictures(&mut full(["Ben", "Cy", "Dana"])));
    insta::assert_snapshot!("wide", pictures(&mut full(WIDE)));
    let mut model = full(["Ben", "Cy", "Dana"]);
    invited(&mut model);
    insta::assert_snapshot!("ticket", pictures(&mut model));
}
