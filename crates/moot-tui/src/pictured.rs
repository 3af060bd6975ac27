//! For tests: a model as a screen would find it, keys and answers into it, and pictures of it at four sizes.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use moot_engine::reply::meeting::{ChoiceRow, InboxRow};
use moot_engine::reply::{
    DeviceRow, Named, NotebookRow, PeerRow, PersonRow, RelayRow, Reply, Status,
};
use moot_engine::{Command, CommandError};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Position;
use unicode_width::UnicodeWidthStr;

use crate::message::{Effect, Effects, Msg, Now};
use crate::model::{Model, Setup};
use crate::screen::Screen;
use crate::theme::Colours;
use crate::update::update;
use crate::view::view;

pub(crate) const SIZES: [(u16, u16); 4] = [(120, 40), (80, 24), (60, 20), (40, 15)];

/// Names that are wider, or narrower, than they are long.
pub(crate) const WIDE: [&str; 3] = [
    "漢字太郎と花子",
    "Zoe\u{308} Dvor\u{30c}a\u{301}k",
    "👨‍👩‍👧 and all of us",
];

pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-05-{time}:00Z").parse().unwrap()
}

pub(crate) fn now() -> Now {
    Now {
        steady_ms: 100_000,
        wall_ms: at("12T14:05").as_millisecond(),
    }
}

/// A terminal before anything was read.
pub(crate) fn bare(colours: Colours, is_first_run: bool) -> Model {
    let mut model = Model::new(Setup {
        notebook: None,
        is_first_run,
        person: "ana".to_owned(),
        home: "/home/ana/.local/share/folkmoot".to_owned(),
        colours,
        mouse: true,
        zone: TimeZone::UTC,
        editor: 1,
        size: (80, 24),
    });
    model.now = now();
    model
}

/// A notebook of nobody but oneself, on one of the screens.
pub(crate) fn alone(screen: Screen) -> Model {
    let mut model = bare(Colours::Sixteen, false);
    model.screen = screen;
    model.notebook = Some("n1".to_owned());
    model.notebooks = vec![notebook("n1", "Allotment")];
    model.people = vec![person("p1", "Ana", true)];
    model.status = Some(status(Vec::new()));
    model
}

/// A notebook of four, on one of the screens.
pub(crate) fn among(screen: Screen, names: [&str; 3]) -> Model {
    let mut model = alone(screen);
    let [ben, cy, dana] = names;
    model.people.push(person("p2", ben, false));
    model.people.push(person("p3", cy, false));
    model.people.push(person("p4", dana, false));
    model.status = Some(status(vec![
        peer("p2", ben, "direct", Some(0)),
        peer("p3", cy, "relayed", Some(5)),
        peer("p4", dana, "unreachable", None),
    ]));
    model
}

pub(crate) fn notebook(id: &str, name: &str) -> NotebookRow {
    NotebookRow {
        id: id.to_owned(),
        name: name.to_owned(),
        people: 2,
        unread: 0,
        state: "joined".to_owned(),
    }
}

pub(crate) fn person(id: &str, name: &str, you: bool) -> PersonRow {
    PersonRow {
        id: id.to_owned(),
        name: name.to_owned(),
        you,
        state: "joined".to_owned(),
        devices: vec![DeviceRow {
            id: format!("{id}device"),
            name: "first device".to_owned(),
            state: "live".to_owned(),
        }],
    }
}

pub(crate) fn peer(id: &str, name: &str, reach: &str, lacks: Option<u64>) -> PeerRow {
    PeerRow {
        person: Named {
            id: id.to_owned(),
            name: name.to_owned(),
        },
        device: format!("{id}device"),
        reach: reach.to_owned(),
        through: None,
        has_all: lacks.map(|lacks| lacks == 0),
        lacks,
        as_of: lacks.map(|lacks| {
            if lacks == 0 {
                at("12T14:02")
            } else {
                at("10T09:14")
            }
        }),
        clock_ahead_ms: None,
        muted: false,
        copy: false,
    }
}

pub(crate) fn relay(name: &str) -> RelayRow {
    RelayRow {
        refuses: false,
        name: name.to_owned(),
        reach: "direct".to_owned(),
        has_all: Some(true),
        as_of: Some(at("12T14:02")),
        berth: None,
    }
}

pub(crate) fn status(peers: Vec<PeerRow>) -> Status {
    Status {
        notebook: Named {
            id: "n1".to_owned(),
            name: "Allotment".to_owned(),
        },
        saved: true,
        entries: 120,
        log_digest: "aa".to_owned(),
        state_digest: "bb".to_owned(),
        waiting: 0,
        pending: 0,
        quarantined: 0,
        newer: 0,
        peers,
        outside: Vec::new(),
        relays: Vec::new(),
        notices: Vec::new(),
        joining: None,
    }
}

pub(crate) fn inbox_row(kind: &str, id: &str, text: &str) -> InboxRow {
    InboxRow {
        kind: kind.to_owned(),
        id: id.to_owned(),
        text: text.to_owned(),
        since: at("11T18:30"),
        within: Some(Named {
            id: "m1".to_owned(),
            name: "Spring meeting".to_owned(),
        }),
        choices: Vec::new(),
        both: false,
    }
}

pub(crate) fn choice(id: &str, text: &str, by: &str) -> ChoiceRow {
    ChoiceRow {
        id: id.to_owned(),
        text: text.to_owned(),
        by: vec![by.to_owned()],
    }
}

// Keys and answers.

pub(crate) fn press(model: &mut Model, code: KeyCode) -> Effects {
    let now = model.now;
    update(
        model,
        now,
        Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)),
    )
}

pub(crate) fn types(model: &mut Model, text: &str) -> Effects {
    let effects = text.chars().map(|c| press(model, KeyCode::Char(c)));
    effects
        .collect::<Vec<Effects>>()
        .into_iter()
        .flatten()
        .collect()
}

/// The commands among what is to be done.
pub(crate) fn asked(effects: &Effects) -> Vec<Command> {
    let command = |effect: &Effect| match effect {
        Effect::Ask { request, .. } => Some(request.command.clone()),
        _ => None,
    };
    effects.iter().filter_map(command).collect()
}

/// Answers the first of the commands among what was to be done.
pub(crate) fn answer(
    model: &mut Model,
    effects: &Effects,
    answer: Result<Reply, CommandError>,
) -> Effects {
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Ask { ticket, .. } => Some(*ticket),
        _ => None,
    });
    let now = model.now;
    let ticket = ticket.expect("something was asked");
    update(model, now, Msg::Answer { ticket, answer })
}

// Pictures.

pub(crate) fn drawn(model: &mut Model, (columns, rows): (u16, u16)) -> (Buffer, Position) {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    (terminal.backend().buffer().clone(), cursor)
}

/// What stands on the screen, in rows, without blanks at their ends.
pub(crate) fn picture(model: &mut Model, size: (u16, u16)) -> String {
    let (buffer, _) = drawn(model, size);
    let mut text = String::new();
    for y in 0..size.1 {
        let mut row = String::new();
        let mut x = 0;
        while x < size.0 {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(symbol.width().max(1)).unwrap();
        }
        assert_eq!(x, size.0, "a letter hangs over the edge: {row}");
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// The same at every size.
pub(crate) fn pictures(model: &mut Model) -> String {
    let one = |size: (u16, u16)| format!("{} x {}\n{}", size.0, size.1, picture(model, size));
    SIZES.map(one).join("\n")
}

/// Claims that the cursor stands on a row that is marked, reversed and bold, whatever the colours.
pub(crate) fn assert_selected_row_is_marked(model: &mut Model, words: &str) {
    use ratatui::style::{Color, Modifier};
    let (buffer, cursor) = drawn(model, (80, 24));
    let cell = &buffer[(cursor.x, cursor.y)];
    assert_eq!(cell.symbol(), "▌", "the cursor stands on the mark");
    assert!(cell.modifier.contains(Modifier::REVERSED | Modifier::BOLD));
    let row: String = (0..80).map(|x| buffer[(x, cursor.y)].symbol()).collect();
    assert!(row.contains(words), "{row}");
    for cell in buffer.content() {
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
    }
}
