//! What each act does, as tables: `|` is the caret, `<` the other end of a selection.

use moot_engine::text::Splice;

use super::super::{Patch, Search};
use super::*;

fn check(before: &str, done: &[Act], after: &str) {
    let mut editor = editor(before);
    let _ = acts(&mut editor, done);
    assert_eq!(marked(&editor), after, "{before:?} {done:?}");
}

#[test]
fn what_is_typed_stands_before_the_caret_in_place_of_the_selection() {
    check("ab|c", &[typed("x")], "abx|c");
    check("a<bc|d", &[typed("x")], "ax|d");
    check("|", &[typed("é"), typed("🦊")], "é🦊|");
    check("e|", &[typed("\u{301}")], "e\u{301}|");
    check("a|\r\nb", &[Act::Newline], "a\r\n|\r\nb");
    check("a|\nb", &[Act::Newline], "a\n|\nb");
}

#[test]
fn what_is_pasted_has_no_control_characters_and_this_notes_line_endings() {
    let paste = |text: &str| [Act::Paste(text.to_owned())];
    check(
        "|",
        &paste("a\u{1b}[31m\tb\u{7}\r\nc\rd"),
        "a[31m\tb\nc\nd|",
    );
    check("x\r\n|", &paste("a\nb"), "x\r\na\r\nb|");
}

#[test]
fn deleting_takes_whole_clusters_or_words_or_the_selection() {
    check("a👩‍👩‍👧|b", &[Act::Backspace], "a|b");
    check("ae\u{301}|", &[Act::Backspace], "a|");
    check("a|e\u{301}b", &[Act::Delete], "a|b");
    check("a\r\n|b", &[Act::Backspace], "a|b");
    check("a|\r\nb", &[Act::Delete], "a|b");
    check("🇩🇪🇫🇷|", &[Act::Backspace], "🇩🇪|");
    check("|a", &[Act::Backspace], "|a");
    check("a|", &[Act::Delete], "a|");
    check("a<bc|d", &[Act::Backspace], "a|d");
    check("one two|", &[Act::DeleteWordBack], "one |");
    check("one two |", &[Act::DeleteWordBack], "one |");
    check("one\n|two", &[Act::DeleteWordBack], "one|two");
    check("one\n  |two", &[Act::DeleteWordBack], "one\n|two");
    check("|one two", &[Act::DeleteWordForward], "| two");
    check("one|\ntwo", &[Act::DeleteWordForward], "one|two");
}

#[test]
fn motions_keep_to_clusters_words_and_lines() {
    check("a👩‍👩‍👧|b", &[go(Motion::Left)], "a|👩‍👩‍👧b");
    check("a|👩‍👩‍👧b", &[go(Motion::Right)], "a👩‍👩‍👧|b");
    check("a|\r\nb", &[go(Motion::Right)], "a\r\n|b");
    check("a<bc|d", &[go(Motion::Left)], "a|bcd");
    check("a|bc<d", &[go(Motion::Right)], "abc|d");
    check("one, two|", &[go(Motion::WordLeft)], "one, |two");
    check(
        "|one, two",
        &[go(Motion::WordRight), go(Motion::WordRight)],
        "one, two|",
    );
    check("can't| do", &[go(Motion::WordLeft)], "|can't do");
    check("ab\nc|d", &[go(Motion::LineStart)], "ab\n|cd");
    check("a|b\ncd", &[go(Motion::LineEnd)], "ab|\ncd");
    check("ab\nc|d", &[go(Motion::Start)], "|ab\ncd");
    check("a|b\ncd", &[go(Motion::End)], "ab\ncd|");
}

#[test]
fn going_up_and_down_keeps_to_the_column_it_began_in() {
    check("abcd|\na\nabcd", &[go(Motion::Down)], "abcd\na|\nabcd");
    check(
        "abcd|\na\nabcd",
        &[go(Motion::Down), go(Motion::Down)],
        "abcd\na\nabcd|",
    );
    check("abc|d\n好好好", &[go(Motion::Down)], "abcd\n好|好好");
    check("a\nb|", &[go(Motion::Up), go(Motion::Up)], "|a\nb");
    check("a|\nb", &[go(Motion::Down), go(Motion::Down)], "a\nb|");
    check("\ta|\nabcdefg", &[go(Motion::Down)], "\ta\nabcde|fg");
}

#[test]
fn selecting_grows_and_shrinks_and_ends_with_a_motion() {
    let select = |motion| Act::Select(motion);
    check(
        "a|bc",
        &[select(Motion::Right), select(Motion::Right)],
        "a<bc|",
    );
    check(
        "a|bc",
        &[select(Motion::Right), select(Motion::Left)],
        "a|bc",
    );
    check("a|bc", &[Act::SelectAll], "<abc|");
    check("a|bc", &[Act::SelectAll, Act::SelectNone], "abc|");
}

#[test]
fn copying_and_cutting_hand_over_the_selection_and_nothing_without_one() {
    let mut some = editor("a<bc|d");
    assert_eq!(acts(&mut some, &[Act::Copy]).copied.as_deref(), Some("bc"));
    let cut = acts(&mut some, &[Act::Cut]);
    assert_eq!((cut.copied.as_deref(), cut.changed), (Some("bc"), true));
    assert_eq!(marked(&some), "a|d");
    assert_eq!(acts(&mut some, &[Act::Cut]), Outcome::default());
}

#[test]
fn letters_of_a_word_are_one_step_and_words_pauses_and_leaps_begin_another() {
    let word: Vec<Act> = "one two".chars().map(|c| typed(&c.to_string())).collect();
    let with = |more: &[Act]| [word.clone(), more.to_vec()].concat();
    check("|", &with(&[Act::Undo]), "one |");
    check("|", &with(&[Act::Undo, Act::Undo]), "|");
    check(
        "|",
        &with(&[Act::Undo, Act::Undo, Act::Undo, Act::Redo, Act::Redo]),
        "one two|",
    );
    check(
        "|",
        &with(&[Act::Backspace, Act::Backspace, Act::Undo]),
        "one two|",
    );
    let leap = [go(Motion::Left), go(Motion::Right), typed("!"), Act::Undo];
    check("|", &with(&leap), "one two|");
    check("a<bc|d", &[typed("x"), Act::Undo], "abc|d");
    check(
        "ab|",
        &[typed("x"), Act::Undo, typed("y"), Act::Redo],
        "aby|",
    );

    let mut paused = editor("|");
    for (now_ms, letter) in [(0, "a"), (900, "b"), (2_000, "c")] {
        let _ = paused.act(typed(letter), now_ms);
    }
    let _ = paused.act(Act::Undo, 2_001);
    assert_eq!(paused.text(), "ab");
}

/// The engine has all of one's own, and then comes what others did.
fn others(editor: &mut Editor, at: usize, delete: usize, insert: &str) {
    if let Some(own) = editor.flush() {
        let patch = Patch {
            revision: own.base + 1,
            editor: Some(1),
            splices: own.splices,
            by: None,
        };
        editor.patched(patch).expect("a confirmation");
    }
    let splices = vec![Splice {
        at,
        delete,
        insert: insert.to_owned(),
    }];
    let patch = Patch {
        revision: editor.revision() + 1,
        editor: None,
        splices,
        by: None,
    };
    editor.patched(patch).expect("it follows");
}

#[test]
fn what_others_put_in_leaves_the_caret_with_its_word_and_out_of_clusters() {
    let check = |before: &str, (at, delete, insert): (usize, usize, &str), after: &str| {
        let mut editor = editor(before);
        others(&mut editor, at, delete, insert);
        assert_eq!(marked(&editor), after, "{before:?} {at} {insert:?}");
    };
    check("ab|c", (2, 0, "X"), "ab|Xc");
    check("ab|c", (0, 0, "X"), "Xab|c");
    check("ab|c", (1, 2, ""), "a|");
    check("ae|", (2, 0, "\u{301}"), "ae\u{301}|");
    check("a<bc|d", (1, 0, "X"), "aX<bc|d");
    check("a<bc|d", (3, 0, "X"), "a<bc|Xd");
    check("a|bc<d", (1, 0, "X"), "aX|bc<d");
    check("a<bc|d", (0, 4, ""), "|");
}

#[test]
fn undo_takes_back_what_is_left_of_ones_own_and_nothing_else() {
    let mut typed_into = editor("|");
    let _ = acts(&mut typed_into, &[typed("abcd")]);
    others(&mut typed_into, 2, 0, "XY");
    others(&mut typed_into, 0, 1, "");
    let _ = acts(&mut typed_into, &[Act::Undo]);
    assert_eq!(marked(&typed_into), "XY|");
    let _ = acts(&mut typed_into, &[Act::Redo]);
    assert_eq!(typed_into.text(), "bXYcd");

    let mut deleted = editor("one <two| three");
    let _ = acts(&mut deleted, &[Act::Delete]);
    others(&mut deleted, 0, 3, "1");
    let _ = acts(&mut deleted, &[Act::Undo]);
    assert_eq!(marked(&deleted), "1 two| three");
}

#[test]
fn a_step_goes_on_while_others_write_elsewhere() {
    let mut editor = editor("|");
    for letter in ["a", "b", "c"] {
        let _ = acts(&mut editor, &[typed(letter)]);
        others(&mut editor, 0, 0, "X");
    }
    assert_eq!(marked(&editor), "XXXabc|");
    let _ = acts(&mut editor, &[Act::Undo]);
    assert_eq!(marked(&editor), "XXX|");
}

#[test]
fn finding_goes_round_and_keeps_its_place_while_the_query_grows() {
    let mut editor = editor("|Rota, rota, ROTTEN");
    let mut found = |query: &str, search| {
        let is_found = editor.find(query, search);
        is_found.then(|| editor.selection().expect("a selection"))
    };
    assert_eq!(found("ro", Search::Here), Some(0..2));
    assert_eq!(found("rot", Search::Here), Some(0..3));
    assert_eq!(found("rot", Search::Next), Some(6..9));
    assert_eq!(found("rot", Search::Next), Some(12..15));
    assert_eq!(found("rot", Search::Next), Some(0..3));
    assert_eq!(found("rot", Search::Previous), Some(12..15));
    assert_eq!(found("rota", Search::Previous), Some(6..10));
    assert_eq!(found("missing", Search::Next), None);
    assert_eq!(found("", Search::Next), None);
}

#[test]
fn a_link_is_completed_where_it_is_being_written() {
    let prefix = |marked: &str| editor(marked).link_prefix().map(|(_, words)| words);
    assert_eq!(prefix("see [[Wat|"), Some("Wat".to_owned()));
    assert_eq!(prefix("see [[|]]"), Some(String::new()));
    assert_eq!(prefix("[[a]] b|"), None);
    assert_eq!(prefix("[[a\nb|"), None);
    let mut written = editor("see [[wat|]] now");
    assert!(written.complete_link("Water rota", 0));
    assert_eq!(marked(&written), "see [[Water rota]]| now");
    assert!(!written.complete_link("Water rota", 0));
    let _ = acts(&mut written, &[Act::Undo]);
    assert_eq!(written.text(), "see [[wat]] now");
}

#[test]
fn a_text_edited_elsewhere_brings_only_its_own_differences_as_one_step() {
    let mut editor = editor("one\ntwo\nthree\n|");
    others(&mut editor, 0, 3, "ONE");
    let changed = editor.replace_whole("one\n2\nthree\nfour\n", "one\ntwo\nthree\n", 0);
    assert_eq!((editor.text(), changed), ("ONE\n2\nthree\nfour\n", 1));
    let _ = acts(&mut editor, &[Act::Undo]);
    assert_eq!(editor.text(), "ONE\ntwo\nthree\n");
}

#[test]
fn splices_are_sent_at_a_pause_or_after_half_a_second_and_one_batch_at_a_time() {
    let mut editor = editor("|");
    assert_eq!(editor.next_send_ms(), None);
    for now_ms in [0, 200, 400] {
        let _ = editor.act(typed("a"), now_ms);
    }
    assert_eq!(editor.next_send_ms(), Some(500));
    assert_eq!(editor.to_send(499), None);
    let sent = editor.to_send(500).expect("due");
    assert_eq!((sent.base, sent.splices.len()), (0, 1));
    let _ = editor.act(typed("b"), 600);
    assert_eq!((editor.next_send_ms(), editor.flush()), (None, None));
    editor.not_taken();
    assert!(!editor.is_saved());
    let again = editor.flush().expect("both wait");
    assert_eq!(
        again.splices,
        [Splice {
            at: 0,
            delete: 0,
            insert: "aaab".to_owned()
        }]
    );
    let patch = Patch {
        revision: 1,
        editor: Some(1),
        splices: again.splices,
        by: None,
    };
    editor.patched(patch).expect("confirmed");
    assert!(editor.is_saved());
    assert_eq!(editor.text(), "aaab");
}

#[test]
fn a_patch_that_does_not_follow_is_refused_and_one_that_is_here_passed_over() {
    let mut editor = editor("a|");
    let patch = |revision, at| Patch {
        revision,
        editor: None,
        splices: vec![Splice {
            at,
            delete: 0,
            insert: "x".to_owned(),
        }],
        by: None,
    };
    assert!(editor.patched(patch(2, 0)).is_err());
    assert!(editor.patched(patch(1, 9)).is_err());
    assert!(editor.patched(patch(1, 0)).is_ok());
    assert!(editor.patched(patch(1, 0)).is_ok());
    assert_eq!(marked(&editor), "xa|");
}

#[test]
fn what_was_not_confirmed_is_kept_over_a_lost_connection_once() {
    for is_taken in [false, true] {
        let mut editor = editor("one two|");
        let _ = acts(&mut editor, &[typed(" three")]);
        let _ = editor.flush().expect("to send");
        let _ = acts(&mut editor, &[typed(" four")]);
        let anew = if is_taken { "ONE two three" } else { "ONE two" };
        editor.reopened(anew, 7);
        assert_eq!(editor.text(), "ONE two three four");
        let rest = editor.flush().expect("to send");
        let expect = if is_taken { " four" } else { " three four" };
        assert_eq!((rest.base, rest.splices[0].insert.as_str()), (7, expect));
    }
}

#[test]
fn a_second_click_selects_the_word_and_a_third_the_line() {
    let mut some = editor("|see [[Water rota]], na\u{ef}ve\nnext 你好");
    let mut buf = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, 40, 3));
    let _ = some.render(buf.area, &mut buf, &super::super::Look::plain(), 0);
    let mut click = |row, column, at_ms| {
        some.click(row, column, at_ms);
        some.selected().unwrap_or_default()
    };
    assert_eq!(click(0, 8, 0), "");
    assert_eq!(click(0, 8, 100), "Water");
    assert_eq!(click(0, 8, 200), "see [[Water rota]], na\u{ef}ve");
    assert_eq!(click(0, 8, 300), "", "a fourth begins anew");
    assert_eq!(click(0, 22, 400), "", "elsewhere");
    assert_eq!(click(0, 22, 500), "na\u{ef}ve");
    assert_eq!(click(0, 8, 2_000), "");
    assert_eq!(click(0, 8, 2_500), "", "too late");
    assert_eq!(click(1, 39, 9_000), "");
    assert_eq!(click(1, 39, 9_001), "好", "behind the end, the last word");
    assert_eq!(click(2, 0, 20_000), "");
}
