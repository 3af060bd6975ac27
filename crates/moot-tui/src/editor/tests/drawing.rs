//! What is on the screen: letters in their cells, the selection, and others.

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use moot_engine::text::Splice;

use super::super::{Look, OtherCaret, Patch, Search};
use super::layout::hard_text;
use super::*;

fn draw(editor: &mut Editor, width: u16, height: u16, now_ms: u64) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let cursor = editor.render(area, &mut buf, &Look::plain(), now_ms);
    (buf, cursor)
}

fn row(buf: &Buffer, y: u16) -> String {
    let symbols: String = (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect();
    symbols.trim_end().to_owned()
}

fn has(buf: &Buffer, x: u16, y: u16, modifier: Modifier) -> bool {
    buf[(x, y)].modifier.contains(modifier)
}

fn check(marked: &str, width: u16, rows: &[&str], cursor: (u16, u16)) {
    let mut editor = editor(marked);
    let height = u16::try_from(rows.len()).expect("few rows");
    let (buf, at) = draw(&mut editor, width, height, 0);
    let got: Vec<String> = (0..height).map(|y| row(&buf, y)).collect();
    assert_eq!(got, rows, "{marked:?}");
    assert_eq!(at, Some(Position::from(cursor)), "{marked:?}");
}

#[test]
fn letters_stand_in_their_cells_and_the_cursor_where_the_caret_is() {
    check("one|", 20, &["one"], (3, 0));
    check("one two| three", 9, &["one two", "three"], (7, 0));
    check("one two |three", 9, &["one two", "three"], (0, 1));
    check("好|a", 20, &["好 a"], (2, 0));
    check("ae\u{301}|i", 20, &["ae\u{301}i"], (2, 0));
    check("\ta|", 20, &["    a"], (5, 0));
    check("a\t|b", 20, &["a   b"], (4, 0));
    check("שלום|", 20, &["שלום"], (4, 0));
    check("a\u{1b}\u{9b}\u{202e}b|", 20, &["a␛␦·b"], (5, 0));
    check("\u{301}|", 20, &["◌\u{301}"], (1, 0));
    check("a\rb|\r\nc", 20, &["a␍b", "c"], (3, 0));
}

#[test]
fn what_is_wider_than_the_area_is_shown_by_a_sign() {
    check("好|", 1, &["…"], (0, 0));
}

#[test]
fn the_selection_is_reversed_with_the_ends_of_its_lines() {
    let mut some = editor("a<bc\nd|e");
    let (buf, _) = draw(&mut some, 20, 2, 0);
    let reversed: Vec<(u16, u16)> = (0..2_u16)
        .flat_map(|y| (0..20).map(move |x| (x, y)))
        .filter(|(x, y)| has(&buf, *x, *y, Modifier::REVERSED))
        .collect();
    assert_eq!(reversed, [(1, 0), (2, 0), (3, 0), (0, 1)]);
}

#[test]
fn both_cells_of_a_wide_letter_are_selected() {
    let mut some = editor("<好|");
    let (buf, _) = draw(&mut some, 20, 1, 0);
    assert!(has(&buf, 0, 0, Modifier::REVERSED) && has(&buf, 1, 0, Modifier::REVERSED));
}

#[test]
fn markdown_is_styled_and_all_of_it_is_there() {
    let mut some = editor("|# Title\n**b** [[Note]]");
    let (buf, _) = draw(&mut some, 30, 2, 0);
    assert_eq!(
        (row(&buf, 0).as_str(), row(&buf, 1).as_str()),
        ("# Title", "**b** [[Note]]")
    );
    assert!(has(&buf, 0, 0, Modifier::BOLD) && has(&buf, 2, 1, Modifier::BOLD));
    assert!(has(&buf, 8, 1, Modifier::UNDERLINED) && !has(&buf, 5, 1, Modifier::UNDERLINED));
}

#[test]
fn what_a_search_finds_is_shown_until_it_ends() {
    let mut some = editor("|ab ab");
    assert!(some.find("ab", Search::Here));
    let (buf, _) = draw(&mut some, 20, 1, 0);
    assert!(has(&buf, 0, 0, Modifier::REVERSED) && has(&buf, 3, 0, Modifier::UNDERLINED));
    some.end_find();
    let (buf, _) = draw(&mut some, 20, 1, 0);
    assert!(!has(&buf, 3, 0, Modifier::UNDERLINED));
}

fn other(person: &str, at: usize, moved_ms: u64) -> OtherCaret {
    let letter = person.chars().next().expect("a name");
    OtherCaret {
        person: person.to_owned(),
        letter,
        colour: 0,
        at,
        moved_ms,
    }
}

#[test]
fn others_are_where_they_are_by_name_by_letter_and_then_not_at_all() {
    let mut some = editor("|one\ntwo\nthree");
    some.set_others(vec![other("Ben", 5, 1_000)]);
    let (buf, _) = draw(&mut some, 20, 3, 1_000);
    assert_eq!(row(&buf, 1), format!("{:15} Ben", "two"));
    assert_eq!(some.next_redraw_ms(1_000), Some(3_000));
    let (buf, _) = draw(&mut some, 20, 3, 3_000);
    assert_eq!(row(&buf, 1), format!("{:18}·B", "two"));
    assert!(has(&buf, 1, 1, Modifier::REVERSED));
    assert_eq!(some.next_redraw_ms(3_000), Some(31_000));
    let (buf, _) = draw(&mut some, 20, 3, 31_000);
    assert_eq!(row(&buf, 1), "two");
    assert_eq!(some.next_redraw_ms(31_000), None);
}

#[test]
fn others_are_carried_along_and_a_writer_goes_with_what_they_write() {
    let mut some = editor("|one two");
    some.set_others(vec![other("Ana", 4, 0), other("Ben", 4, 0)]);
    let splices = vec![Splice {
        at: 4,
        delete: 0,
        insert: "xy".to_owned(),
    }];
    let patch = Patch {
        revision: 1,
        editor: None,
        splices,
        by: Some("Ben".to_owned()),
    };
    some.patched(patch).expect("it follows");
    let _ = acts(&mut some, &[typed("z")]);
    assert!(some.go_to_person("Ana", 1) && some.caret() == 5);
    assert!(some.go_to_person("Ben", 1) && some.caret() == 7);
    assert!(!some.go_to_person("Ben", 30_000) && !some.go_to_person("Cy", 1));
}

#[test]
fn others_out_of_sight_have_a_mark_at_the_edge() {
    let mut some = editor("a\nb\nc\n|d\ne\nf");
    some.set_others(vec![
        other("Ana", 0, 0),
        other("Ben", 10, 0),
        other("Cy", 11, 0),
    ]);
    draw(&mut some, 10, 2, 5_000);
    some.scroll(0);
    let (buf, cursor) = draw(&mut some, 10, 2, 5_000);
    assert!(cursor.is_some());
    assert_eq!(
        (row(&buf, 0).as_str(), row(&buf, 1).as_str()),
        ("c       A▴", "d       2▾")
    );
}

#[test]
fn a_name_is_not_drawn_over_where_one_is_writing() {
    let mut some = editor("0123456789012345|");
    some.set_others(vec![other("Ben", 2, 0)]);
    let (buf, _) = draw(&mut some, 20, 1, 0);
    assert_eq!(row(&buf, 0), "0123456789012345  ·B");
}

#[test]
fn scrolling_moves_the_view_and_not_the_caret_until_it_moves_itself() {
    let text: String = (0..50).map(|line| format!("{line}\n")).collect();
    let mut some = editor(&format!("|{text}"));
    draw(&mut some, 20, 5, 0);
    some.scroll(10);
    let (buf, cursor) = draw(&mut some, 20, 5, 0);
    assert_eq!(
        (row(&buf, 0).as_str(), cursor, some.caret()),
        ("10", None, 0)
    );
    let _ = acts(&mut some, &[go(Motion::To { row: 1, column: 0 })]);
    assert_eq!(some.caret_line().0, 11);
    some.scroll(-99);
    let _ = acts(&mut some, &[typed("x")]);
    let (buf, cursor) = draw(&mut some, 20, 5, 0);
    assert!(cursor.is_some() && (0..5).any(|y| row(&buf, y) == "x11"));
    some.scroll(i32::MAX);
    let (buf, _) = draw(&mut some, 20, 5, 0);
    assert_eq!(row(&buf, 0), "");
}

#[test]
fn a_page_down_shows_the_next_rows_and_the_end_fills_the_view() {
    let text: String = (0..50).map(|line| format!("{line}\n")).collect();
    let mut some = editor(&format!("|{text}"));
    draw(&mut some, 20, 5, 0);
    let _ = acts(&mut some, &[go(Motion::PageDown)]);
    let (buf, cursor) = draw(&mut some, 20, 5, 0);
    assert_eq!(
        (row(&buf, 0).as_str(), cursor),
        ("4", Some(Position::new(0, 0)))
    );
    let _ = acts(&mut some, &[go(Motion::End)]);
    let (buf, cursor) = draw(&mut some, 20, 5, 0);
    assert_eq!(
        (row(&buf, 0).as_str(), cursor),
        ("46", Some(Position::new(0, 4)))
    );
}

proptest! {
    #[test]
    fn every_size_is_drawn(
        text in hard_text(), width in 0..200_u16, height in 0..50_u16, at in any::<usize>(), others in prop::collection::vec(any::<usize>(), 0..5),
    ) {
        let mut some = Editor::open(&text, 0, 1);
        let place = |draw: usize| some.page.text().snap(draw % (text.len() + 1));
        let others = others.into_iter().map(|draw| other("Zoë", place(draw), 0)).collect();
        let at = place(at);
        some.set_others(others);
        some.go_to(at);
        let area = Rect::new(3, 2, width, height);
        let mut buf = Buffer::empty(Rect::new(0, 0, 150, 40));
        let cursor = some.render(area, &mut buf, &Look::plain(), 0);
        let area = area.intersection(buf.area);
        prop_assert_eq!(cursor.is_some(), !area.is_empty());
        for position in buf.area.positions() {
            let is_outside = !area.contains(position);
            prop_assert!(!is_outside || buf[position] == Cell::EMPTY);
        }
    }
}

#[test]
fn what_is_new_is_marked_beside_its_rows_and_goes_along_with_the_text() {
    let mut some = editor("|one\ntwo\nthree\nfour");
    some.set_unread(vec![4..8, 13..13]);
    let marks = |some: &mut Editor| -> Vec<bool> {
        let (buf, _) = draw(some, 12, 5, 0);
        (0..5).map(|y| buf[(10, y)].symbol() == "▎").collect()
    };
    assert_eq!(marks(&mut some), [false, true, true, false, false]);
    let _ = acts(&mut some, &[typed("a"), Act::Newline]);
    assert_eq!(marks(&mut some), [false, false, true, true, false]);
    some.set_others(vec![other("Ben", 6, 0)]);
    let (buf, _) = draw(&mut some, 12, 5, 5_000);
    assert_eq!(row(&buf, 2), "two       ·B", "a person goes before it");
    assert!(some.has_unread());
    let goes = |some: &mut Editor| some.go_to_unread().then(|| some.caret());
    let four = some.text().find("four").unwrap();
    let places: Vec<_> = (0..3).map(|_| goes(&mut some)).collect();
    assert_eq!(
        places,
        [Some(6), Some(four - 1), Some(6)],
        "round and round"
    );
    some.set_unread(vec![0..99, 99..99]);
    assert_eq!(goes(&mut some), None);
    assert_eq!(
        marks(&mut some),
        [false; 5],
        "what is not in the text is none"
    );
}
