//! What keys do in a meeting.

use moot_engine::command::{ItemKind, OfferKind, Position, QueueKind};
use moot_engine::{ErrorKind, Event};

use super::*;
use crate::model::Reading;
use crate::table::Place;

fn ticket(effects: &Effects) -> u64 {
    let tickets = effects.iter().find_map(|effect| match effect {
        Effect::Ask { ticket, .. } => Some(*ticket),
        _ => None,
    });
    tickets.unwrap()
}

fn acted(id: Option<&str>, changed: bool) -> Result<Reply, CommandError> {
    Ok(Reply::Acted(Acted {
        floor: None,
        meeting: named("m1", "Allotment, December"),
        id: id.map(str::to_owned),
        version: None,
        changed,
    }))
}

fn toast(model: &Model) -> &str {
    model.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

#[test]
fn the_next_item_is_one_step_from_the_one_that_is_seen() {
    let mut model = opened(&running());
    let effects = press(&mut model, "n\n");
    let step = |carry| Act::Advance {
        from: Some("i2".to_owned()),
        to: None,
        carry,
    };
    assert_eq!(acts(&effects), [step(false)]);
    let effects = press(&mut model, "n2");
    assert_eq!(acts(&effects), [step(true)]);
    reply_to(&mut model, ticket(&effects), acted(None, false));
    assert!(toast(&model).contains("just before"), "{}", toast(&model));
}

#[test]
fn before_a_meeting_is_open_the_key_for_the_next_item_opens_it() {
    let mut model = opened(&prepared());
    assert_eq!(acts(&press(&mut model, "n")), []);
    assert_eq!(acts(&press(&mut model, "\n")), [Act::Open]);
    assert_eq!(acts(&press(&mut model, "B2")), []);
}

#[test]
fn five_minutes_more_and_the_next_speaker_are_one_key_each() {
    let mut model = opened(&running());
    assert_eq!(acts(&press(&mut model, "+")), [Act::Extend { minutes: 5 }]);
    assert_eq!(acts(&press(&mut model, "s")), [Act::NextSpeaker]);
}

#[test]
fn a_hand_goes_up_with_a_kind_and_a_few_words_and_comes_down_again() {
    let mut model = opened(&running());
    let effects = press(&mut model, "h3which bed?\n");
    let raised = Act::Queue {
        kind: QueueKind::Question,
        note: Some("which bed?".to_owned()),
    };
    assert_eq!(acts(&effects), [raised]);
    reply_to(&mut model, ticket(&effects), acted(Some("q3"), true));
    assert_eq!(acts(&press(&mut model, "U")), [Act::Unqueue]);

    let mut view = running();
    view.sittings[0].queue[1].by = "Ana".to_owned();
    let mut model = opened(&view);
    assert_eq!(acts(&press(&mut model, "h1")), [Act::Unqueue]);
}

#[test]
fn consent_is_two_keys_and_an_objection_has_its_reason() {
    let mut model = opened(&with_a_consent_round());
    let position = |position, reason: Option<&str>| {
        let reason = reason.map(str::to_owned);
        [("c1".to_owned(), Answer::Position { position, reason })]
    };
    let effects = press(&mut model, "c1");
    assert_eq!(answers(&effects), position(Position::Consent, None));
    let effects = press(&mut model, "c5\nit floods\n");
    let objects = position(Position::Object, Some("it floods"));
    assert_eq!(answers(&effects), objects);
    let effects = press(&mut model, "c3\n");
    assert_eq!(answers(&effects), position(Position::Aside, None));
}

#[test]
fn a_consent_round_is_closed_only_after_a_second_word() {
    let mut model = opened(&with_a_consent_round());
    assert_eq!(answers(&press(&mut model, "c7")), []);
    let effects = press(&mut model, "1");
    let closed = ("c1".to_owned(), Answer::Close { keep: false });
    assert_eq!(answers(&effects), [closed]);
}

#[test]
fn without_a_round_consent_asks_for_the_text() {
    let mut model = opened(&running());
    let effects = press(&mut model, "cEach takes a day\n");
    let text = "Each takes a day".to_owned();
    assert_eq!(acts(&effects), [Act::OpenConsent { text }]);
}

#[test]
fn an_offer_is_taken_or_declined_by_one_key_each() {
    let mut model = opened(&with_an_offer_to_ana());
    let yes = answers(&press(&mut model, "y"));
    assert_eq!(yes, [("o2".to_owned(), Answer::Accept)]);
    let no = answers(&press(&mut model, "d"));
    assert_eq!(no, [("o2".to_owned(), Answer::Decline)]);
    let mut model = opened(&running());
    assert_eq!(answers(&press(&mut model, "y")), []);
    assert!(toast(&model).contains("Nothing is asked of you"));
}

#[test]
fn whom_to_ask_comes_with_reasons_and_enter_asks() {
    let mut model = opened(&prepared());
    let effects = press(&mut model, "f");
    let suggest = Command::Meeting(MeetingCommand::Suggest {
        meeting: "m1".to_owned(),
        role: "facilitator".to_owned(),
    });
    assert_eq!(asked(&effects), [&suggest]);
    let row = |person: &str, name: &str, reason: &str, part: &str| SuggestionRow {
        person: person.to_owned(),
        name: name.to_owned(),
        reason: reason.to_owned(),
        part: part.to_owned(),
    };
    let suggestions = Suggestions {
        per: "meeting".to_owned(),
        suggested: vec![row("b", "Ben", "longest since a turn", "holder")],
        left_out: vec![row("c", "Cy", "did it last time", "holder")],
    };
    reply_to(
        &mut model,
        ticket(&effects),
        Ok(Reply::Suggestions(suggestions)),
    );
    let picture = seen(&mut model, (80, 24));
    assert!(picture.contains("longest since a turn"), "{picture}");
    assert!(
        picture.contains("not suggested: did it last time"),
        "{picture}"
    );
    assert!(picture.contains("Dana"), "{picture}");
    let effects = press(&mut model, "\n");
    let offered = Act::Offer {
        role: "facilitator".to_owned(),
        to: "b".to_owned(),
        kind: OfferKind::Turn,
        note: None,
        until_ms: None,
    };
    assert_eq!(acts(&effects), [offered]);
    reply_to(&mut model, ticket(&effects), acted(Some("o9"), true));
    assert!(
        toast(&model).starts_with("Ben was asked"),
        "{}",
        toast(&model)
    );
    let undone = answers(&press(&mut model, "U"));
    assert_eq!(undone, [("o9".to_owned(), Answer::Withdraw)]);
}

#[test]
fn a_role_is_handed_over_with_a_word() {
    let mut model = opened(&running());
    let effects = press(&mut model, "H1the pad is shared\n");
    let offered = Act::Offer {
        role: "facilitator".to_owned(),
        to: "b".to_owned(),
        kind: OfferKind::HandOver,
        note: Some("the pad is shared".to_owned()),
        until_ms: None,
    };
    assert_eq!(acts(&effects), [offered]);
    let effects = press(&mut model, "b\n");
    let stepped = Act::StepBack {
        role: "facilitator".to_owned(),
        note: None,
    };
    assert_eq!(acts(&effects), [stepped]);
}

#[test]
fn an_item_is_added_with_what_it_is_for_and_its_minutes() {
    let mut model = opened(&prepared());
    let effects = press(&mut model, "aPump\n2ten\n");
    assert_eq!(acts(&effects), []);
    let effects = press(&mut model, "10 min\n");
    let added = Act::AddItem {
        text: "Pump".to_owned(),
        kind: ItemKind::Decide,
        minutes: Some(10),
        backlog: false,
    };
    assert_eq!(acts(&effects), [added]);
}

#[test]
fn an_item_moves_down_with_its_selection() {
    let mut model = opened(&running());
    press(&mut model, "j");
    let effects = press(&mut model, "J");
    let items = texts(&["i1", "i3", "i2", "i4"]);
    assert_eq!(acts(&effects), [Act::Reorder { items }]);
    let mut moved = running();
    moved.agenda.swap(1, 2);
    let effects = super::super::read_meeting(&mut model);
    answer(&mut model, &effects, &moved);
    seen(&mut model, (80, 24));
    assert_eq!(model.screens.meet.selections[0].id(), Some("item:i2"));
}

#[test]
fn what_others_do_moves_neither_selection_nor_focus_and_opens_nothing() {
    let mut model = opened(&running());
    press(&mut model, "\t\tj");
    seen(&mut model, (80, 24));
    let part = model.screens.meet.part;
    let selected = model.screens.meet.selections[part.index()]
        .id()
        .map(str::to_owned);
    let event = Event::MeetingChanged {
        notebook: "n".to_owned(),
        id: "m1".to_owned(),
        title: String::new(),
        version: String::new(),
    };
    update(&mut model, now(), Msg::Happened(event));
    assert!(model.due.contains_key(&Reading::Meeting));
    let effects = super::super::read_meeting(&mut model);
    let mut view = with_an_offer_to_ana();
    view.roles.insert(0, role("door", &["Cy"]));
    answer(&mut model, &effects, &view);
    seen(&mut model, (80, 24));
    assert_eq!(model.screens.meet.part, part);
    assert_eq!(
        model.screens.meet.selections[part.index()].id(),
        selected.as_deref()
    );
    assert!(model.layers.is_empty());
}

#[test]
fn time_is_redrawn_each_second_only_while_an_item_has_minutes() {
    let mut model = opened(&running());
    model.toast = None;
    assert_eq!(super::super::wake_at(&model), Some(now().steady_ms + 1_000));
    model.screen = Screen::Notes;
    assert_eq!(super::super::wake_at(&model), None);
    assert_eq!(super::super::wake_at(&opened(&prepared())), None);
    let mut view = running();
    view.sittings[0].current.as_mut().unwrap().minutes = None;
    assert_eq!(super::super::wake_at(&opened(&view)), None);
}

#[test]
fn a_meeting_is_prepared_in_four_steps_and_shown() {
    let mut model = model();
    let effects = press(&mut model, "nDecember\nWater\ntomorrow 18:00\n\n");
    let new = asked(&effects)
        .into_iter()
        .find_map(|command| match command {
            Command::Meeting(MeetingCommand::New(new)) => Some(new.clone()),
            _ => None,
        });
    let new = new.unwrap();
    assert_eq!(
        (new.title.as_str(), new.purpose.as_str()),
        ("December", "Water")
    );
    assert_eq!(new.roles, ["facilitator", "scribe", "timekeeper"]);
    assert_eq!(new.series, None);
    let when = new.when.unwrap();
    let at: Timestamp = "2026-12-01T17:00:00Z".parse().unwrap();
    assert_eq!(
        (when.at_ms, when.zone.as_str()),
        (at.as_millisecond(), "Europe/Berlin")
    );
    let effects = reply_to(&mut model, ticket(&effects), acted(Some("m1"), true));
    let shown = Command::Meeting(MeetingCommand::Show {
        meeting: "m1".to_owned(),
    });
    assert!(asked(&effects).contains(&&shown));
    assert_eq!(super::super::place(&model), Place::Meeting);
}

#[test]
fn a_time_that_does_not_exist_is_asked_again_with_the_reason_and_what_was_typed() {
    let mut model = model();
    press(&mut model, "nNight\nStars\n2026-03-29 02:30\n");
    let picture = seen(&mut model, (80, 24));
    assert!(picture.contains("does not exist"), "{picture}");
    assert!(picture.contains("2026-03-29 02:30"), "{picture}");
    assert!(picture.contains("3 of 4"), "{picture}");
}

#[test]
fn what_cannot_be_done_is_told_and_undoes_nothing() {
    let mut model = opened(&running());
    let effects = press(&mut model, "+");
    let error = CommandError::new(ErrorKind::Refused, "no sitting is open", "B opens one.");
    reply_to(&mut model, ticket(&effects), Err(error));
    assert_eq!(toast(&model), "No sitting is open. B opens one.");
    assert!(model.toast.as_ref().unwrap().undo.is_none());
}

#[test]
fn escape_goes_back_to_the_list_and_forgets_nothing() {
    let mut model = opened(&running());
    press(&mut model, "\u{1b}");
    assert_eq!(super::super::place(&model), Place::Meetings);
    assert_eq!(model.screens.meet.selection.id(), Some("m1"));
}

#[test]
fn enter_on_a_row_lists_what_can_be_done_with_it() {
    let mut view = with_a_consent_round();
    view.to_settle = vec![SettleRow {
        id: "t1".to_owned(),
        text: "Title".to_owned(),
        choices: vec![ChoiceRow {
            id: "v1".to_owned(),
            text: "December".to_owned(),
            by: texts(&["Ben"]),
        }],
        both: true,
    }];
    let mut model = opened(&view);
    press(&mut model, "\n");
    assert!(seen(&mut model, (80, 24)).contains("Go to it"));
    press(&mut model, "\u{1b}\t\n");
    assert!(seen(&mut model, (80, 24)).contains("Both"));
    let effects = press(&mut model, "1");
    let settled = Command::Settle {
        id: "t1".to_owned(),
        choice: "v1".to_owned(),
    };
    assert_eq!(asked(&effects), [&settled]);
    press(&mut model, "\t\n");
    assert!(seen(&mut model, (80, 24)).contains("Who might take it"));
}

#[test]
fn every_command_of_a_meeting_does_something_when_it_can() {
    let mut view = with_a_consent_round();
    view.roles[1].holders = texts(&["Ana"]);
    for row in crate::table::TABLE
        .iter()
        .filter(|row| row.at == Place::Meeting)
    {
        let mut model = opened(&view);
        let part = model.screens.meet.part;
        seen(&mut model, (80, 24));
        let effects = super::super::act(&mut model, row.cmd).unwrap();
        let did = !effects.is_empty()
            || !model.layers.is_empty()
            || model.toast.is_some()
            || model.screens.meet.part != part;
        assert!(
            did || row.name == "Item earlier",
            "{} does nothing",
            row.name
        );
    }
}

#[test]
fn esc_goes_back_a_step_and_loses_nothing() {
    let mut model = model();
    model.screen = Screen::Meet;
    press(&mut model, "nAllotment\nTo plan\n\n");
    assert!(seen(&mut model, (80, 24)).contains("A meeting · 4 of 4"));
    press(&mut model, "\u{1b}\u{1b}");
    let shown = seen(&mut model, (80, 24));
    assert!(
        shown.contains("A meeting · 2 of 4") && shown.contains("To plan"),
        "{shown}"
    );
    assert!(shown.contains("Esc goes back"), "{shown}");
    press(&mut model, " the winter\n\n");
    let effects = press(&mut model, "\n");
    let made = asked(&effects)
        .into_iter()
        .find_map(|command| match command {
            Command::Meeting(MeetingCommand::New(new)) => Some(new.clone()),
            _ => None,
        });
    let made = made.unwrap();
    assert_eq!(
        (made.title.as_str(), made.purpose.as_str()),
        ("Allotment", "To plan the winter")
    );
    press(&mut model, "nAllotment\nTo plan\n\u{1b}\u{1b}");
    let shown = seen(&mut model, (80, 24));
    assert!(
        shown.contains("A meeting · 1 of 4") && shown.contains("Esc leaves it"),
        "{shown}"
    );
    press(&mut model, "\u{1b}");
    assert!(model.layers.is_empty() && model.behind.is_empty());
}
