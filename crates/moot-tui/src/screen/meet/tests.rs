//! The Meet screen, by what comes in and what is seen: an allotment's meeting with four people, seen by Ana.

mod acts;
mod pictures;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use moot_engine::command::{Act, Answer, MeetingCommand};
use moot_engine::reply::meeting::*;
use moot_engine::reply::{Named, PersonRow};
use moot_engine::{Command, CommandError, Reply};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use crate::message::{Effect, Effects, Msg, Now};
use crate::model::{Model, Setup};
use crate::screen::Screen;
use crate::theme::Colours;
use crate::update::update;

/// When all of this is: Monday evening in Berlin.
const NOW: &str = "2026-11-30T18:05:48Z";

fn now() -> Now {
    let at: Timestamp = NOW.parse().unwrap();
    Now {
        steady_ms: 1_000_000,
        wall_ms: at.as_millisecond(),
    }
}

fn person(id: &str, name: &str) -> PersonRow {
    PersonRow {
        id: id.to_owned(),
        name: name.to_owned(),
        you: id == "a",
        state: "joined".to_owned(),
        devices: Vec::new(),
    }
}

fn model() -> Model {
    let mut model = Model::new(Setup {
        notebook: None,
        is_first_run: false,
        home: "/home/ana".to_owned(),
        person: String::new(),
        colours: Colours::None,
        mouse: true,
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        editor: 1,
        size: (80, 24),
    });
    model.notebook = Some("n".to_owned());
    model.people = vec![
        person("a", "Ana"),
        person("b", "Ben"),
        person("c", "Cy"),
        person("d", "Dana"),
    ];
    model.screen = Screen::Meet;
    model.now = now();
    model
}

fn named(id: &str, name: &str) -> Named {
    Named {
        id: id.to_owned(),
        name: name.to_owned(),
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

fn item(id: &str, text: &str, state: &str, minutes: u32) -> AgendaItem {
    AgendaItem {
        id: id.to_owned(),
        text: text.to_owned(),
        minutes: Some(minutes),
        kind: if id == "i2" { "decide" } else { "explore" }.to_owned(),
        state: state.to_owned(),
        by: texts(&["Ana"]),
        from: None,
        discussed_in: Vec::new(),
    }
}

fn role(name: &str, holders: &[&str]) -> RoleRow {
    RoleRow {
        role: name.to_owned(),
        state: if holders.is_empty() { "vacant" } else { "held" }.to_owned(),
        holders: texts(holders),
        shadows: Vec::new(),
        nominees: Vec::new(),
        to_settle: false,
        offers: Vec::new(),
    }
}

fn offer(id: &str, to: Named, by: &str) -> OfferRow {
    OfferRow {
        id: id.to_owned(),
        to,
        by: texts(&[by]),
        kind: "turn".to_owned(),
        state: "open".to_owned(),
        reason: Some("longest since a turn".to_owned()),
        until: None,
        note: None,
    }
}

/// A meeting that is prepared: three items, three roles, nobody in them.
fn prepared() -> MeetingView {
    MeetingView {
        id: "m1".to_owned(),
        title: "Allotment, December".to_owned(),
        titles: Vec::new(),
        purpose: "A rota for the water until June".to_owned(),
        purposes: Vec::new(),
        state: "prepared".to_owned(),
        at: Some("2026-12-01T17:00:00Z".parse().unwrap()),
        zone: Some("America/Lima".to_owned()),
        series: None,
        sittings: Vec::new(),
        agenda: vec![
            item("i1", "Check-in", "agreed", 5),
            item("i2", "Water rota", "agreed", 10),
            item("i3", "Seeds order", "proposed", 10),
            item("i4", "A new shed", "backlog", 20),
        ],
        roles: vec![
            role("facilitator", &[]),
            role("scribe", &[]),
            role("timekeeper", &[]),
        ],
        attendance: Vec::new(),
        actions: Vec::new(),
        consents: Vec::new(),
        rounds: Vec::new(),
        checks: Vec::new(),
        remarks: Vec::new(),
        notes: Vec::new(),
        to_settle: Vec::new(),
        alike: Vec::new(),
        reviews: Vec::new(),
        version: "1".to_owned(),
        newer: 0,
        uncounted: 0,
    }
}

/// The same under way: Ana facilitates, the second item has run for 5:48.
fn running() -> MeetingView {
    let mut view = prepared();
    let present = |id: &str, name: &str| AttendanceRow {
        person: named(id, name),
        state: "present".to_owned(),
    };
    let asks = |id: &str, by: &str, kind: &str, state: &str| QueueRow {
        id: id.to_owned(),
        by: by.to_owned(),
        kind: kind.to_owned(),
        note: (kind == "reply").then(|| "who waters when it rains?".to_owned()),
        state: state.to_owned(),
    };
    view.state = "sitting".to_owned();
    view.agenda[0].state = "done".to_owned();
    view.agenda[1].state = "current".to_owned();
    view.roles = vec![
        role("facilitator", &["Ana"]),
        role("scribe", &["Ben"]),
        role("timekeeper", &[]),
    ];
    view.roles[2].offers = vec![offer("o1", named("d", "Dana"), "Ana")];
    view.attendance = vec![present("a", "Ana"), present("b", "Ben"), present("c", "Cy")];
    view.sittings = vec![SittingView {
        rule: "as-asked".to_owned(),
        id: "s1".to_owned(),
        state: "open".to_owned(),
        by: texts(&["Ana"]),
        opened: "2026-11-30T17:55:00Z".parse().unwrap(),
        closed: None,
        current: Some(CurrentItem {
            id: "i2".to_owned(),
            text: "Water rota".to_owned(),
            since: Some("2026-11-30T18:00:00Z".parse().unwrap()),
            minutes: Some(10),
        }),
        queue: vec![
            asks("q1", "Cy", "topic", "taken"),
            asks("q2", "Ben", "reply", "waiting"),
        ],
        members: 4,
        quiet: false,
    }];
    view.actions = vec![ActionRow {
        id: "x1".to_owned(),
        text: "Buy a hose".to_owned(),
        state: "open".to_owned(),
        owners: Vec::new(),
        asked: texts(&["Ben"]),
        from: None,
    }];
    view.remarks = vec![RemarkRow {
        id: "r1".to_owned(),
        by: texts(&["Ben"]),
        at: "2026-11-30T18:02:00Z".parse().unwrap(),
        text: "The pump leaks".to_owned(),
        off_record: false,
        corrected: false,
    }];
    view
}

/// The same, with Ben facilitating and Ana asked to.
fn with_an_offer_to_ana() -> MeetingView {
    let mut view = running();
    view.roles[0].holders = texts(&["Ben"]);
    view.roles[1].holders = Vec::new();
    view.roles[1].offers = vec![offer("o2", named("a", "Ana"), "Ben")];
    view.roles[2].offers = Vec::new();
    view
}

/// The same, with a text put to consent that was reworded after Cy had answered.
fn with_a_consent_round() -> MeetingView {
    let mut view = running();
    let answer = |by: &str, answer: &str, version: &str| ConsentAnswer {
        by: by.to_owned(),
        answer: answer.to_owned(),
        reason: (answer == "concern").then(|| "and when it rains?".to_owned()),
        version: version.to_owned(),
    };
    view.consents = vec![ConsentView {
        reworded: None,
        spoken: None,
        id: "c1".to_owned(),
        text: "Each takes one day; swaps stand in the note".to_owned(),
        version: "3f2a9c00".to_owned(),
        state: "open".to_owned(),
        answers: vec![
            answer("Ben", "consent", "3f2a9c00"),
            answer("Cy", "concern", "00000000"),
        ],
        unheard: Vec::new(),
        texts: Vec::new(),
    }];
    view
}

fn row(view: &MeetingView) -> MeetingRow {
    MeetingRow {
        id: view.id.clone(),
        title: view.title.clone(),
        state: view.state.clone(),
        at: view.at,
        zone: view.zone.clone(),
        series: view.series.clone(),
    }
}

/// What was asked, without its ticket.
fn asked(effects: &Effects) -> Vec<&Command> {
    let commands = effects.iter().filter_map(|effect| match effect {
        Effect::Ask { request, .. } => Some(&request.command),
        _ => None,
    });
    commands.collect()
}

/// The acts in the meeting among what was asked.
fn acts(effects: &Effects) -> Vec<Act> {
    let acts = asked(effects)
        .into_iter()
        .filter_map(|command| match command {
            Command::Meeting(MeetingCommand::Act { meeting, act }) if meeting == "m1" => {
                Some(act.clone())
            }
            _ => None,
        });
    acts.collect()
}

/// The answers to things among what was asked.
fn answers(effects: &Effects) -> Vec<(String, Answer)> {
    let answers = asked(effects)
        .into_iter()
        .filter_map(|command| match command {
            Command::Meeting(MeetingCommand::Answer { id, answer }) => {
                Some((id.clone(), answer.clone()))
            }
            _ => None,
        });
    answers.collect()
}

/// Answers whatever was asked about meetings with this one; what was asked because of that, too.
fn answer(model: &mut Model, effects: &Effects, view: &MeetingView) {
    for effect in effects {
        let Effect::Ask { ticket, request } = effect else {
            continue;
        };
        let reply = match &request.command {
            Command::Meeting(MeetingCommand::Show { .. }) => Reply::Meeting(Box::new(view.clone())),
            Command::Meeting(MeetingCommand::List) => Reply::Meetings(vec![row(view)]),
            _ => continue,
        };
        reply_to(model, *ticket, Ok(reply));
    }
}

fn reply_to(model: &mut Model, ticket: u64, answer: Result<Reply, CommandError>) -> Effects {
    update(model, now(), Msg::Answer { ticket, answer })
}

/// With this meeting open.
fn opened(view: &MeetingView) -> Model {
    let mut model = model();
    let effects = super::open(&mut model, &view.id);
    answer(&mut model, &effects, view);
    assert!(model.screens.meet.opened().is_some());
    model.due.clear();
    seen(&mut model, (80, 24));
    model
}

fn press(model: &mut Model, keys: &str) -> Effects {
    let mut effects = Effects::new();
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\u{1b}' => KeyCode::Esc,
            c => KeyCode::Char(c),
        };
        effects.extend(update(model, now(), Msg::Key(KeyEvent::from(code))));
    }
    effects
}

fn terminal(model: &mut Model, (columns, rows): (u16, u16)) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| crate::view::view(model, frame))
        .unwrap();
    terminal
}

/// What is seen, as text.
fn seen(model: &mut Model, size: (u16, u16)) -> String {
    let terminal = terminal(model, size);
    let text = terminal.backend().to_string();
    // What the backend says of wide signs stands behind the row.
    let rows = text.lines().map(|row| {
        let row = row.split("\" Hidden by").next().unwrap_or_default();
        row.trim_matches('"').trim_end()
    });
    rows.collect::<Vec<_>>().join("\n")
}
