//! The screen as people meet it: the real binary in a pty, a terminal that reads what it writes, real nodes on loopback.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::terminal::Screen;
use crate::world::{World, until};

#[test]
fn the_demo_ends_on_the_screen_of_one_who_took_part() {
    let world = World::new();
    let mut demo = Screen::run(&world.command("none", &["demo"]), (50, 100));
    demo.sees("Press Enter to look round in Ana's notebook");
    demo.keys("\r");
    demo.sees("? help");
    demo.sees("Tool shed");
    demo.keys("q");
    assert_eq!(demo.ended(), 0);
}

fn open(world: &World, home: &str) -> Screen {
    open_with(world, home, &[], &[])
}

fn open_with(world: &World, home: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Screen {
    let mut command = world.command(home, arguments);
    command.envs(variables.iter().copied());
    Screen::run(&command, (24, 80))
}

#[test]
fn two_people_write_in_one_note_and_see_each_other() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "Monday: \nTuesday: \n");
    let mut ana = open(&world, "a");
    ana.sees("Rota");
    world.join("a", "b", "Ben");
    let mut ben = open(&world, "b");
    ben.sees("Rota");
    for screen in [&mut ana, &mut ben] {
        screen.keys("\r");
        screen.sees("Tuesday:");
    }
    ana.keys("\u{1b}[F");
    ana.keys("Ana waters ");
    ben.keys("\u{1b}[B\u{1b}[F");
    ben.keys("Ben digs");
    ben.sees("Monday: Ana waters");
    ana.sees("Tuesday: Ben digs");
    // The other's letter stands at the edge of the row with the other's caret.
    ana.sees("·B");
    ben.sees("·A");
    for screen in [&mut ana, &mut ben] {
        screen.keys("\u{1b}");
        screen.sees("? help");
    }
    world.in_step(&["a", "b"]);
    let text = "Monday: Ana waters \nTuesday: Ben digs\n";
    assert_eq!(world.body("a", "Rota"), text);
    assert_eq!(world.body("b", "Rota"), text);
}

/// The ticket that stands on the screen from edge to edge, as whoever selects it with the mouse would copy it.
fn ticket_on(screen: &Screen) -> String {
    let contents = screen.picture().contents();
    let rows = contents.lines().map(str::trim_end);
    let rows = rows.skip_while(|row| !row.starts_with("moot1"));
    let is_of_ticket = |row: &&str| !row.is_empty() && !row.contains(' ');
    let rows: Vec<&str> = rows.take_while(is_of_ticket).collect();
    rows.join("\r\n")
}

#[test]
fn from_nothing_to_a_note_written_by_two_needs_nothing_but_the_screen() {
    let world = World::new();
    for home in ["a", "b"] {
        world.settle_in(home);
    }
    let mut ana = open(&world, "a");
    ana.sees("What do the others call you?");
    ana.keys("Ana\r");
    ana.sees("Start a notebook");
    ana.keys("\r");
    ana.sees("What is it called?");
    ana.keys("Allotment\r");
    ana.sees("Your notebook is there");
    ana.keys("\r");
    ana.sees("What is it about?");
    ana.keys("Water rota\r");
    ana.sees("This note is empty");
    ana.keys("Monday: Ana");
    ana.keys("\u{1b}");
    ana.sees("? help");
    ana.keys("4");
    ana.sees("i  makes a ticket");
    ana.keys("i");
    ana.sees("good for how long?");
    ana.keys("\r");
    ana.sees("for how many?");
    ana.keys("\r");
    ana.sees("another can be made");
    let ticket = ticket_on(&ana);
    ana.keys("\u{1b}");
    ana.sees("Open invites");
    ana.keys("1");
    let mut ben = open(&world, "b");
    ben.sees("What do the others call you?");
    ben.keys("Ben\r");
    ben.sees("Join with a ticket");
    ben.keys("2");
    ben.sees("It begins with moot1");
    ben.keys(&format!("\u{1b}[200~{ticket}\u{1b}[201~"));
    ben.keys("\r");
    ben.sees("You are in “Allotment”");
    ben.keys("\r");
    ben.sees("Water rota");
    for screen in [&mut ana, &mut ben] {
        screen.sees("Monday: Ana");
        screen.keys("\r");
        screen.sees("F1 help");
    }
    ben.keys("\u{1b}[F, mornings");
    ana.sees("Monday: Ana, mornings");
    ana.sees("·B");
}

#[test]
fn two_screens_run_a_meeting_and_its_facilitator_changes_in_the_middle() {
    let world = World::new();
    world.init("a", "Ana");
    let mut ana = open_sized(&world, "a");
    ana.sees("There is no note yet");
    world.join("a", "b", "Ben");
    let mut ben = open_sized(&world, "b");
    ben.sees("There is no note yet");
    ana.keys("2");
    ana.sees("n  prepares the first one");
    ana.keys("n");
    for (sees, keys) in [
        ("What is it called?", "Weekly\r"),
        ("What is it for?", "Who does what this week\r"),
        ("When?", "\r"),
        ("Which roles", "\r"),
        ("Nothing is on the agenda yet", ""),
    ] {
        ana.sees(sees);
        ana.keys(keys);
    }
    for (item, kind, minutes) in [
        ("The week", "3", "5"),
        ("Water rota", "2", "10"),
        ("Seeds order", "1", "5"),
    ] {
        ana.keys("a");
        ana.sees("What is to be spoken of?");
        ana.keys(&format!("{item}\r"));
        ana.sees("to talk it over");
        ana.keys(kind);
        ana.sees("How many minutes?");
        ana.keys(&format!("{minutes}\r"));
        ana.sees(item);
    }
    ana.keys("t");
    ana.sees("Take which role?");
    ana.keys("1");
    ana.sees("you are FACILITATOR");
    ana.keys("B");
    ana.sees("Open the meeting");
    ana.keys("\r");
    ana.sees("n goes to the first");
    ben.keys("2");
    ben.sees("Weekly");
    ben.keys("\r");
    for screen in [&mut ana, &mut ben] {
        screen.sees("Seeds order");
        screen.keys("p");
        screen.sees("I am here");
        screen.keys("\r");
        screen.sees("You are here.");
    }
    ana.keys("n");
    ben.sees("of 05:00");
    two_hand_over(&mut ana, &mut ben);
    two_finish(&mut ana, &mut ben);
    world.in_step(&["a", "b"]);
    for home in ["a", "b"] {
        let minutes = world.run(home, &["meeting", "minutes", "Weekly"]).text();
        for said in ["The week", "Each takes one day", "facilitator: Ben"] {
            assert!(minutes.contains(said), "no {said:?} in:\n{minutes}");
        }
    }
}

fn open_sized(world: &World, home: &str) -> Screen {
    Screen::run(&world.command(home, &[]), (32, 110))
}

/// The one who facilitates asks the other to go on; who yes says, goes on.
fn two_hand_over(ana: &mut Screen, ben: &mut Screen) {
    ana.keys("H");
    ana.sees("Hand facilitator over to whom?");
    ana.keys("1");
    ana.sees("A word with it");
    ana.keys("Two items are left\r");
    ben.sees("Ana asks you to go on as facilitator.");
    ana.sees("asked Ben to go on with it: waiting");
    ben.keys("y");
    ben.sees("you are FACILITATOR");
    ana.sees("facilitator: Ben");
    ana.gone("you are FACILITATOR");
}

/// Two more items, with consent to a text in the first, to the minutes.
fn two_finish(ana: &mut Screen, ben: &mut Screen) {
    ben.keys("n");
    ben.sees("“The week”");
    ben.keys("1");
    ana.sees("▶ 2 Water rota");
    ben.sees("▶ 2 Water rota");
    ana.keys("h");
    ana.sees("Something new");
    ana.keys("1");
    ana.sees("To say what?");
    ana.keys("the main tap\r");
    ben.sees("Ana: the main tap");
    ben.keys("c");
    ben.sees("The exact text");
    ben.keys("Each takes one day\r");
    for screen in [&mut *ana, &mut *ben] {
        screen.sees("c gives your answer");
        screen.keys("c");
        screen.sees("I can live with it");
        screen.keys("1");
    }
    ben.sees("everyone here has answered");
    ben.keys("c");
    ben.sees("Close the round");
    ben.keys("7");
    ben.sees("Close the consent round?");
    ben.keys("\r");
    ana.sees("adopted: “Each takes one day”");
    for item in ["Water rota", "Seeds order"] {
        ben.keys("n");
        ben.sees(&format!("“{item}”"));
        ben.keys("1");
        ana.sees(&format!(
            "✓ {} {item}",
            if item == "Water rota" { 2 } else { 3 }
        ));
    }
    ben.sees("The agenda is through");
    ben.keys("F");
    ben.sees("everything on the agenda is done");
    ben.keys("\r");
    ana.sees("M reads the minutes back");
    ana.keys("M");
    ana.sees("# Weekly");
    ana.keys("\u{1b}");
    ben.keys("G");
    ana.sees("The minutes are agreed");
}

#[test]
fn what_is_called_saved_survives_a_kill() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "");
    let mut ana = open(&world, "a");
    ana.sees("Rota");
    ana.keys("\r");
    ana.sees("This note is empty");
    ana.keys("who waters?");
    ana.sees("saving");
    ana.sees("saved here ╮");
    ana.kill();
    assert_eq!(world.body("a", "Rota"), "who waters?");
}

#[test]
fn a_screen_survives_every_size_and_a_megabyte_pasted() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "");
    let mut ana = open(&world, "a");
    ana.sees("Rota");
    ana.keys("\r");
    ana.sees("This note is empty");
    for columns in [10, 39, 41, 60, 71, 73, 200, 1, 120] {
        for rows in [1, 5, 11, 13, 50] {
            ana.resize(rows, columns);
        }
    }
    ana.resize(24, 80);
    ana.sees("Rota");
    let line = "a line that is pasted, and many like it\n";
    let text = line.repeat((1 << 20) / line.len());
    ana.keys(&format!("\u{1b}[200~{text}\u{1b}[201~"));
    until("the paste is saved", || world.body("a", "Rota") == text);
    let history = world.ask("a", &["note", "history", "Rota"]).json();
    let steps = history["history"]
        .as_array()
        .or(history.as_array())
        .unwrap()
        .len();
    assert!(steps <= 3, "one act is one step of the history: {steps}");
    ana.keys("\u{1a}");
    until("the paste is undone in one step", || {
        world.body("a", "Rota").is_empty()
    });
}

#[test]
fn a_text_goes_to_ones_own_editor_and_back() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "one\n");
    let editor = world.path("editor");
    fs::write(&editor, "#!/bin/sh\necho 'from outside' >> \"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut ana = open_with(&world, "a", &[("EDITOR", editor.to_str().unwrap())], &[]);
    ana.sees("Rota");
    ana.keys("\r");
    ana.sees("saved here ╮");
    ana.keys("\u{5}");
    ana.sees("Back from your editor");
    ana.sees("from outside");
    ana.keys("\u{1b}");
    until("it is saved", || {
        world.body("a", "Rota") == "one\nfrom outside\n"
    });
}

#[test]
fn what_others_write_while_a_text_is_in_ones_own_editor_is_kept_and_told() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "one\ntwo\n");
    let (editor, begun, go) = (world.path("editor"), world.path("begun"), world.path("go"));
    let script = format!(
        "#!/bin/sh\ntouch '{}'\nwhile [ ! -e '{}' ]; do sleep 0.05; done\necho 'from outside' >> \"$1\"\n",
        begun.display(),
        go.display()
    );
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut ana = open_with(&world, "a", &[("EDITOR", editor.to_str().unwrap())], &[]);
    ana.sees("Rota");
    ana.keys("\r");
    ana.sees("saved here ╮");
    ana.keys("\u{5}");
    until("the editor runs", || begun.exists());
    let elsewhere = ["note", "set", "Rota", "one\nelsewhere\ntwo\n"];
    world.ask("a", &elsewhere).json();
    fs::write(&go, "").unwrap();
    ana.sees("Others changed 1 line meanwhile; it is kept.");
    until("both are saved", || {
        world.body("a", "Rota") == "one\nelsewhere\ntwo\nfrom outside\n"
    });
}

#[test]
fn a_signal_loses_nothing_that_was_typed() {
    for signal in ["TERM", "HUP"] {
        let world = World::new();
        world.init("a", "Ana");
        world.note("a", "Rota", "");
        let mut ana = open(&world, "a");
        ana.sees("Rota");
        ana.keys("\r");
        ana.sees("saved here ╮");
        ana.keys("typed and at once");
        ana.sees("typed and at once");
        ana.signal(signal);
        assert_eq!(ana.ended(), 0);
        assert_eq!(world.body("a", "Rota"), "typed and at once");
    }
}

#[test]
fn a_signal_ends_the_screen_and_gives_the_terminal_back() {
    let world = World::new();
    world.init("a", "Ana");
    let mut ana = open(&world, "a");
    ana.sees("There is no note yet");
    ana.signal("TERM");
    assert_eq!(ana.ended(), 0);
    let bytes = ana.bytes();
    let left = |sequence: &str| {
        bytes
            .windows(sequence.len())
            .any(|at| at == sequence.as_bytes())
    };
    assert!(left("\u{1b}[?1049l") && left("\u{1b}[?2004l") && left("\u{1b}[?25h"));
    world.note("a", "Afterwards", "the home is free");
}

#[test]
fn a_screen_attaches_to_a_node_and_a_second_one_to_the_first() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "");
    let node = world.node("a");
    let mut one = open(&world, "a");
    let mut two = open(&world, "a");
    for screen in [&mut one, &mut two] {
        screen.sees("Rota");
        screen.keys("\r");
        screen.sees("This note is empty");
    }
    one.keys("seen by both");
    two.sees("seen by both");
    // The node ends; a screen takes the home over and goes on.
    node.terminate();
    one.keys(", and still");
    two.sees("seen by both, and still");
    until("it is saved", || {
        world.body("a", "Rota") == "seen by both, and still"
    });
}

#[test]
fn the_cursor_stands_on_the_row_that_is_selected() {
    let world = World::new();
    world.init("a", "Ana");
    for title in ["One", "Two", "Three"] {
        world.note("a", title, "");
    }
    let mut ana = open(&world, "a");
    ana.sees("One");
    for keys in ["", "j", "j", "k"] {
        ana.keys(keys);
        until("the cursor stands on the mark", || {
            let screen = ana.picture();
            let (row, column) = screen.cursor_position();
            let cell = screen.cell(row, column);
            cell.is_some_and(|cell| cell.contents() == "▌") && !screen.hide_cursor()
        });
    }
}

#[test]
fn without_colours_no_colour_is_written_and_the_selection_is_still_seen() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Rota", "# A heading\n");
    for (variables, arguments) in [
        (&[("NO_COLOR", "1")][..], &[][..]),
        (&[("TERM", "dumb")], &[]),
        (&[], &["--color", "never"]),
    ] {
        let mut ana = open_with(&world, "a", variables, arguments);
        ana.sees("A heading");
        ana.keys("q");
        assert_eq!(ana.ended(), 0);
        let bytes = String::from_utf8_lossy(&ana.bytes()).into_owned();
        let styles = bytes.split('\u{1b}').filter_map(|piece| {
            let (numbers, _) = piece.strip_prefix('[')?.split_once('m')?;
            numbers
                .chars()
                .all(|c| c.is_ascii_digit() || c == ';')
                .then_some(numbers)
        });
        let styles: Vec<&str> = styles.collect();
        let is_colour = |number: &str| {
            number.len() == 2
                && matches!(number.as_bytes()[0], b'3' | b'4')
                && !number.ends_with('9')
        };
        for style in &styles {
            assert!(!style.split(';').any(is_colour), "{style:?}");
        }
        assert!(
            styles
                .iter()
                .any(|style| style.split(';').any(|n| n == "7"))
        );
    }
}

#[test]
fn the_mouse_is_left_to_the_terminal_where_the_settings_say_so() {
    let world = World::new();
    world.init("a", "Ana");
    let takes_mouse = |screen: &Screen| {
        let bytes = String::from_utf8_lossy(&screen.bytes()).into_owned();
        bytes.contains("\u{1b}[?1000h")
    };
    let mut usual = open(&world, "a");
    usual.sees("There is no note yet");
    assert!(takes_mouse(&usual));
    usual.keys("q");
    assert_eq!(usual.ended(), 0);
    let path = world.path("a").join("config.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{settings}mouse = false\n")).unwrap();
    let mut without = open(&world, "a");
    without.sees("There is no note yet");
    assert!(!takes_mouse(&without));
}

#[test]
fn without_a_terminal_words_are_written_and_no_screen() {
    let world = World::new();
    world.init("a", "Ana");
    let told = world.run("a", &[]);
    assert_eq!(told.code, 0);
    assert!(!told.text().contains('\u{1b}'), "{}", told.text());
}
