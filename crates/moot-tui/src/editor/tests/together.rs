//! Several editors of one text: whatever they do, and however late each hears of it, all end with the same.

use proptest::prelude::*;

use super::layout::hard_text;
use super::server::Server;
use super::*;
use moot_engine::text::Splice;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::page::Row;
use super::super::{Look, Patch};

/// One thing that happens, by one of the editors.
#[derive(Debug, Clone)]
enum Event {
    Act(Act),
    Leap(usize),
    Grab(usize),
    Send,
    Hear(usize),
    Render(u16, u16),
    Replace(String),
    Reconnect,
}

fn event() -> impl Strategy<Value = Event> {
    let act = prop_oneof![
        6 => "[a-c ]{1}".prop_map(Act::Insert),
        2 => hard_text().prop_map(Act::Paste),
        1 => Just(Act::Insert("\u{301}".to_owned())),
        1 => Just(Act::Insert("\u{200d}👧".to_owned())),
        1 => Just(Act::Newline),
        4 => Just(Act::Backspace),
        2 => Just(Act::Delete),
        1 => Just(Act::DeleteWordBack),
        1 => Just(Act::DeleteWordForward),
        3 => Just(Act::Undo),
        2 => Just(Act::Redo),
        1 => Just(Act::Cut),
        1 => Just(Act::SelectAll),
        1 => Just(Act::Select(Motion::WordLeft)),
        1 => prop::sample::select(vec![
            Motion::Left, Motion::Right, Motion::WordLeft, Motion::WordRight, Motion::Up, Motion::Down,
            Motion::LineStart, Motion::LineEnd, Motion::PageUp, Motion::PageDown, Motion::Start, Motion::End,
            Motion::To { row: 3, column: 4 },
        ]).prop_map(Act::Move),
    ];
    prop_oneof![
        12 => act.prop_map(Event::Act),
        3 => any::<usize>().prop_map(Event::Leap),
        1 => any::<usize>().prop_map(Event::Grab),
        5 => Just(Event::Send),
        6 => (1..4_usize).prop_map(Event::Hear),
        1 => (0..40_u16, 0..12_u16).prop_map(|(width, height)| Event::Render(width, height)),
        1 => hard_text().prop_map(Event::Replace),
        1 => Just(Event::Reconnect),
    ]
}

fn edge_near(editor: &Editor, draw: usize) -> usize {
    let text = editor.page.text();
    text.snap(draw % (text.len() + 1))
}

fn hear(editor: &mut Editor, server: &mut Server, index: usize, many: usize) {
    for _ in 0..many {
        if let Some(patch) = server.on_the_way[index].pop_front() {
            editor.patched(patch).expect("patches follow on each other");
        }
    }
}

fn happen(editor: &mut Editor, server: &mut Server, index: usize, event: Event, now_ms: u64) {
    match event {
        Event::Act(act) => drop(editor.act(act, now_ms)),
        Event::Leap(draw) => editor.go_to(edge_near(editor, draw)),
        Event::Grab(draw) => {
            editor.anchor = Some(edge_near(editor, draw));
        }
        Event::Send => {
            if let Some(outgoing) = editor.flush() {
                server.take(index as u64 + 1, outgoing);
            }
        }
        Event::Hear(many) => hear(editor, server, index, many),
        Event::Render(width, height) => {
            let area = Rect::new(0, 0, width, height);
            let mut buf = Buffer::empty(area);
            let _ = editor.render(area, &mut buf, &Look::plain(), now_ms);
        }
        Event::Replace(more) => {
            let base = editor.text().to_owned();
            let _ = editor.replace_whole(&format!("{more}{base}"), &base, now_ms);
        }
        Event::Reconnect => {
            // What was on the way is read with the text.
            server.on_the_way[index].clear();
            editor.reopened(&server.text.clone(), server.revision());
        }
    }
}

fn settle(editors: &mut [Editor], server: &mut Server) {
    while editors.iter().any(|editor| !editor.is_saved())
        || server.on_the_way.iter().any(|queue| !queue.is_empty())
    {
        for (index, editor) in editors.iter_mut().enumerate() {
            happen(editor, server, index, Event::Send, 0);
            hear(editor, server, index, server.on_the_way[index].len());
        }
    }
}

fn check_sound(editor: &Editor) -> Result<(), TestCaseError> {
    prop_assert!(editor.page.text().is_edge(editor.caret()));
    if let Some(range) = editor.selection() {
        prop_assert!(editor.page.text().is_edge(range.start));
        prop_assert!(editor.page.text().is_edge(range.end));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_end_with_the_same_text(
        text in hard_text(),
        events in prop::collection::vec((0..3_usize, event(), 0..700_u64), 0..80),
    ) {
        let mut server = Server::new(&text, 3);
        let mut editors: Vec<Editor> = (1..=3).map(|name| server.open(name)).collect();
        let mut now_ms = 0;
        for (index, event, later_ms) in events {
            now_ms += later_ms;
            happen(&mut editors[index], &mut server, index, event, now_ms);
            check_sound(&editors[index])?;
            let editor = &editors[index];
            if editor.is_saved() && editor.revision() == server.revision() {
                prop_assert_eq!(editor.text(), &server.text, "nothing is under way");
            }
        }
        settle(&mut editors, &mut server);
        for editor in &editors {
            prop_assert_eq!(editor.text(), &server.text);
        }
    }

    #[test]
    fn undo_takes_away_nothing_that_others_wrote(
        text in hard_text(),
        events in prop::collection::vec((0..3_usize, event(), 0..700_u64), 0..60),
        undoing in 0..3_usize,
    ) {
        let mut server = Server::new(&text, 3);
        let mut editors: Vec<Editor> = (1..=3).map(|name| server.open(name)).collect();
        for (index, event, later_ms) in events {
            // What was lost with a connection comes back as a difference, which says nothing of who wrote it.
            if !matches!(event, Event::Reconnect | Event::Act(Act::Redo)) {
                happen(&mut editors[index], &mut server, index, event, later_ms);
            }
        }
        settle(&mut editors, &mut server);
        let name = undoing as u64 + 1;
        let theirs = |server: &Server| -> Vec<u8> {
            let bytes = server.text.bytes().zip(&server.authors);
            bytes.filter(|(_, author)| **author != name).map(|(byte, _)| byte).collect()
        };
        let before = theirs(&server);
        loop {
            let outcome = editors[undoing].act(Act::Undo, 0);
            settle(&mut editors, &mut server);
            prop_assert_eq!(theirs(&server), before.clone());
            if !outcome.changed {
                break;
            }
        }
        for _ in 0..60 {
            let _ = editors[undoing].act(Act::Redo, 0);
        }
        settle(&mut editors, &mut server);
        prop_assert_eq!(editors[0].text(), editors[1].text());
    }

    #[test]
    fn what_one_reads_stays_where_it_is_while_others_write_above(
        above in prop::collection::vec("[a-d ]{0,30}", 20..60),
        width in 5..40_u16,
        height in 2..12_u16,
        writes in prop::collection::vec((any::<usize>(), 0..20_usize, hard_text()), 1..5),
        is_scrolled in any::<bool>(),
    ) {
        let text: String = above.iter().map(|line| format!("{line}\n")).collect();
        let mut editor = Editor::open(&text, 0, 1);
        let area = Rect::new(0, 0, width, height);
        let draw = |editor: &mut Editor| {
            let mut buf = Buffer::empty(area);
            let cursor = editor.render(area, &mut buf, &Look::plain(), 0);
            (cursor, buf)
        };
        editor.go_to(text.len());
        draw(&mut editor);
        if is_scrolled {
            editor.scroll(-6 - i32::from(height));
        }
        let (cursor, before) = draw(&mut editor);
        let top_line = editor.page.row_of(editor.view.top).line;
        let caret_line = editor.page.text().line_at(editor.caret());
        let (mut held_line, from) = match cursor {
            // From the caret's row on all stays; without it, from the top row on.
            Some(cursor) => (caret_line, cursor.y),
            None => (top_line, 0),
        };
        for (draw_at, delete, insert) in writes {
            // Up to the end of the line before, so that the line that is held stays whole.
            let Some(upto) = editor.page.text().line_range(held_line).start.checked_sub(1) else {
                break;
            };
            let at = editor.page.text().snap(draw_at % (upto + 1)).min(upto);
            let to = editor.page.text().snap(at + delete).min(upto);
            let splices = vec![Splice { at, delete: to - at, insert }];
            let patch = Patch { revision: editor.revision() + 1, editor: None, splices, by: None };
            let lines = editor.page.text().lines();
            editor.patched(patch).expect("it follows");
            held_line = held_line + editor.page.text().lines() - lines;
        }
        let held = Row { line: held_line, row: 0 };
        if editor.page.up(held, usize::from(from)) == editor.page.up(held, usize::from(from) + 1) {
            // Too little is left above to hold anything.
            return Ok(());
        }
        let (cursor_now, after) = draw(&mut editor);
        prop_assert_eq!(cursor_now, cursor);
        for y in from..height {
            for x in 0..width {
                prop_assert_eq!(&before[(x, y)], &after[(x, y)], "row {}", y);
            }
        }
    }
}
