//! What is seen at four sizes.

use moot_engine::reply::meeting::ReviewRow;
use ratatui::style::Modifier;

use super::*;

const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (60, 20), (40, 15)];

/// The same at every size, below each other.
fn pictures(make: impl Fn() -> Model) -> String {
    let pictures = SIZES.iter().map(|size| {
        let seen = seen(&mut make(), *size);
        format!("{} x {}\n{seen}\n", size.0, size.1)
    });
    pictures.collect::<Vec<_>>().join("\n")
}

fn listed(views: &[MeetingView]) -> Model {
    let mut model = model();
    let rows = views.iter().map(row).collect();
    let effects = super::super::read_list(&mut model);
    let Some(Effect::Ask { ticket, .. }) = effects.first() else {
        panic!("the list is asked for");
    };
    let more = reply_to(&mut model, *ticket, Ok(Reply::Meetings(rows)));
    if let Some(view) = views.first() {
        answer(&mut model, &more, view);
    }
    model
}

#[test]
fn an_empty_list_says_what_meetings_are_and_which_key_makes_one() {
    insta::assert_snapshot!(pictures(|| listed(&[])));
}

#[test]
fn a_list_shows_states_in_words_and_the_selected_meeting_beside() {
    let full = || {
        let mut past = prepared();
        past.id = "m0".to_owned();
        past.title = "Allotment, November".to_owned();
        past.state = "minutes draft".to_owned();
        past.at = Some("2026-11-03T17:00:00Z".parse().unwrap());
        past.zone = Some("Europe/Berlin".to_owned());
        past.series = Some("Allotment".to_owned());
        let mut open = prepared();
        open.id = "m2".to_owned();
        open.title = "Pump".to_owned();
        open.state = "sitting".to_owned();
        open.at = None;
        listed(&[prepared(), open, past])
    };
    insta::assert_snapshot!(pictures(full));
}

#[test]
fn a_prepared_meeting_says_what_comes_next() {
    insta::assert_snapshot!(pictures(|| opened(&prepared())));
}

#[test]
fn a_facilitator_sees_the_meeting() {
    insta::assert_snapshot!(pictures(|| opened(&running())));
}

#[test]
fn a_participant_sees_an_offer_as_a_quiet_line() {
    insta::assert_snapshot!(pictures(|| opened(&with_an_offer_to_ana())));
}

#[test]
fn a_consent_round_shows_its_exact_text_and_who_has_not_answered() {
    insta::assert_snapshot!(pictures(|| {
        let mut model = opened(&with_a_consent_round());
        press(&mut model, "\t");
        model
    }));
}

#[test]
fn time_that_is_over_is_counted_up_and_nothing_is_cut() {
    insta::assert_snapshot!(pictures(|| {
        let mut view = running();
        if let Some(current) = view.sittings[0].current.as_mut() {
            current.since = Some("2026-11-30T17:54:28Z".parse().unwrap());
        }
        let mut model = opened(&view);
        press(&mut model, "\t");
        model
    }));
}

#[test]
fn wide_names_and_combining_marks_keep_the_frames_whole() {
    insta::assert_snapshot!(pictures(|| {
        let mut view = running();
        view.title = "畑の会議 十二月 水やりの当番と種の注文".to_owned();
        view.agenda[1].text = "Zoe\u{308} und 👨‍👩‍👧 gießen: 水やり当番について話し合う".to_owned();
        view.roles[1].holders = texts(&["漢字かな"]);
        view.sittings[0].queue[1].by = "👨‍👩‍👧 Familie".to_owned();
        opened(&view)
    }));
}

#[test]
fn the_selected_row_is_marked_without_colours_and_the_cursor_stands_on_it() {
    let mut model = opened(&running());
    let mut terminal = terminal(&mut model, (80, 24));
    let at = terminal.get_cursor_position().unwrap();
    let cell = &terminal.backend().buffer()[at];
    assert_eq!(cell.symbol(), "▌");
    let bold = Modifier::REVERSED | Modifier::BOLD;
    assert!(cell.modifier.contains(bold), "{cell:?}");
}

#[test]
fn what_is_pale_is_not_so_on_the_selected_row() {
    let mut view = running();
    view.agenda[0].state = "done".to_owned();
    let mut model = opened(&view);
    let mut terminal = terminal(&mut model, (80, 24));
    let at = terminal.get_cursor_position().unwrap();
    let buffer = terminal.backend().buffer();
    let row = (at.x..79).map(|x| &buffer[(x, at.y)]);
    let pale: Vec<_> = row
        .filter(|cell| cell.modifier.contains(Modifier::DIM))
        .collect();
    assert!(pale.is_empty(), "{pale:?}");
}

#[test]
fn beside_the_list_open_rounds_are_shown_and_no_key_that_means_nothing_there() {
    let mut view = with_a_consent_round();
    let offers = &mut view.roles[1].offers;
    offers.push(offer("o2", named("a", "Ana"), "Ben"));
    let shown = seen(&mut listed(&[view.clone()]), (120, 40));
    for words in [
        "Each takes one day",
        "your answer is awaited",
        "Ben asks you",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(
        !shown.contains("y yes") && !shown.contains("c gives"),
        "{shown}"
    );
}

#[test]
fn a_position_is_taken_on_a_text_that_is_seen_with_the_answers() {
    let mut view = with_a_consent_round();
    view.consents[0].text =
        "Each of us takes one day of the week, and whoever cannot says so by noon".to_owned();
    let mut model = opened(&view);
    press(&mut model, "c");
    for size in [(120, 40), (80, 24), (60, 20)] {
        let shown = seen(&mut model, size);
        let words = "whoever cannot says so by noon".split(' ');
        for word in words.chain(["consent", "object", "Close"]) {
            assert!(shown.contains(word), "{word} at {size:?}\n{shown}");
        }
    }
    // In the smallest window the answers come first.
    let shown = seen(&mut model, (40, 15));
    assert!(
        shown.contains("Each of us") && shown.contains("I object"),
        "{shown}"
    );
}

#[test]
fn no_size_breaks_the_picture() {
    let mut model = opened(&with_a_consent_round());
    for columns in (1..150).step_by(7) {
        for rows in (1..50).step_by(3) {
            for _ in 0..5 {
                press(&mut model, "\t");
                seen(&mut model, (columns, rows));
            }
        }
    }
}

#[test]
fn a_meeting_whose_rotation_is_due_for_review_is_told_so_beside_its_agenda() {
    let mut view = prepared();
    assert!(!seen(&mut opened(&view), (80, 24)).contains("due for review"));
    view.reviews = vec![ReviewRow {
        role: "facilitator".to_owned(),
        since: "2026-12-01T00:00:00Z".parse().unwrap(),
    }];
    let seen = seen(&mut opened(&view), (120, 40));
    assert!(
        seen.contains("How facilitator rotates is due for review"),
        "{seen}"
    );
}

#[test]
fn minutes_are_read_where_the_meeting_is() {
    let of = |markdown: &str| {
        let markdown = markdown.to_owned();
        move || {
            let mut model = opened(&running());
            let effects = press(&mut model, "M");
            let Some(Effect::Ask { ticket, .. }) = effects.last() else {
                panic!("the minutes are asked for");
            };
            let minutes = Reply::Minutes(markdown.clone());
            reply_to(&mut model, *ticket, Ok(minutes));
            model
        }
    };
    let full = "# Allotment, December\n\nTo plan the winter\n\nHere: Ana, Ben and 山田太郎; Cy sent regrets\n\n## Decided\n\n- We buy \
                the pump that Zoe\u{308} found, at the price in her note, and put it where the old one stood (nobody objected; concern by \
                Ben: who pays?)\n\n## To do\n\n- Order the seed (Ben)\n";
    insta::assert_snapshot!("minutes_full", pictures(of(full)));
    insta::assert_snapshot!("minutes_empty", pictures(of("")));
}
