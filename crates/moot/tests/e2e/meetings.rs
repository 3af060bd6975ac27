//! Meetings between real nodes: two halves that met apart, the same words on every machine, and what is asked wrongly.

use serde_json::Value;

use crate::world::{Node, World, until};

/// Ana and Bo in one notebook, each with a home; whoever runs has a node.
struct Two {
    world: World,
    nodes: Vec<Node>,
}

impl Two {
    fn new() -> Self {
        let world = World::new();
        world.init("ana", "Ana");
        let ana = world.node("ana");
        world.join("ana", "bo", "Bo");
        let bo = world.node("bo");
        world.in_step(&["ana", "bo"]);
        let nodes = vec![ana, bo];
        Self { world, nodes }
    }

    /// Both nodes end: from now on each home is alone.
    fn part(&mut self) {
        for node in self.nodes.drain(..) {
            node.terminate();
        }
    }

    /// Both nodes run, until they hold and see the same.
    #[track_caller]
    fn meet(&mut self) {
        self.nodes = ["ana", "bo"].map(|home| self.world.node(home)).into();
        self.world.in_step(&["ana", "bo"]);
    }

    #[track_caller]
    fn done(&self, home: &str, arguments: &[&str]) -> Value {
        self.world.ask(home, arguments).json()
    }

    #[track_caller]
    fn id(&self, home: &str, arguments: &[&str]) -> String {
        let made = self.done(home, arguments);
        let id = made.get("id").or_else(|| made.get("offer"));
        id.unwrap_or_else(|| panic!("{made}"))
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[track_caller]
    fn meeting(&self, title: &str) {
        let new = ["meeting", "new", title, "--purpose", "To agree"];
        let roles = ["--roles", "facilitator,scribe"];
        self.done("ana", &[new.as_slice(), &roles].concat());
    }

    /// A meeting as both see it.
    #[track_caller]
    fn shown(&self, meeting: &str) -> Value {
        let show = ["meeting", "show", meeting];
        let view = self.done("ana", &show);
        assert_eq!(self.done("bo", &show), view);
        view
    }
}

#[test]
fn two_halves_that_met_apart_end_with_one_truth() {
    let mut two = Two::new();
    for title in ["Sat", "Held", "Item", "Objected"] {
        two.meeting(title);
    }
    two.done("ana", &["agenda", "add", "Item", "Water"]);
    let round = two.id("ana", &["consent", "open", "Objected", "We dig."]);
    two.world.in_step(&["ana", "bo"]);
    two.part();
    for (home, word, mark) in [("ana", "north", "done"), ("bo", "south", "carry")] {
        two.done(home, &["meeting", "open", "Sat"]);
        two.done(home, &["present", "Sat"]);
        two.done(home, &["minutes", "add", "Sat", word]);
        two.done(home, &["role", "take", "Held", "facilitator"]);
        two.done(home, &["agenda", mark, "Item", "Water"]);
    }
    two.done("ana", &["consent", "answer", &round, "consent"]);
    two.done("ana", &["consent", "close", &round]);
    let objection = ["consent", "answer", &round, "object", "--reason", "Pipes."];
    two.done("bo", &objection);
    two.meet();

    let sat = two.shown("Sat");
    assert_eq!(sat["sittings"].as_array().unwrap().len(), 2);
    let came: Vec<&str> = sat["attendance"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(came, ["present", "present"]);
    let minutes = two.world.run("ana", &["meeting", "minutes", "Sat"]).text();
    let at = |text: &str| minutes.find(text).unwrap();
    let second = at("## Sitting B");
    assert_ne!(at("north") < second, at("south") < second, "{minutes}");

    let held = two.shown("Held");
    assert_eq!(held["roles"][0]["state"], "co-held");
    let inbox = two.done("bo", &["inbox"]);
    let waits = inbox.as_array().unwrap().iter();
    let mut waits = waits.filter(|row| row["kind"] == "co-held");
    let id = waits.next().unwrap()["id"].as_str().unwrap();
    two.done("bo", &["settle", &id[..12], "Ana"]);
    two.world.in_step(&["ana", "bo"]);
    let held = two.shown("Held");
    assert_eq!(held["roles"][0]["state"], "held");
    assert_eq!(held["roles"][0]["holders"], serde_json::json!(["Ana"]));

    assert_eq!(two.shown("Item")["agenda"][0]["state"], "carried");
    let objected = two.shown("Objected");
    assert_eq!(objected["consents"][0]["state"], "contested");
    assert_eq!(
        objected["consents"][0]["unheard"],
        serde_json::json!(["Bo"])
    );
}

#[test]
fn a_meeting_reads_alike_whatever_the_language_and_zone_of_the_machine() {
    let mut two = Two::new();
    let new = ["meeting", "new", "Weekly", "--purpose", "To agree"];
    let when = ["--at", "2026-12-01 18:00", "--tz", "America/New_York"];
    let roles = ["--roles", "facilitator,scribe"];
    two.done("ana", &[new.as_slice(), &when, &roles].concat());
    two.done(
        "ana",
        &["agenda", "add", "Weekly", "Über alles: İstanbul, ß"],
    );
    two.done("ana", &["meeting", "open", "Weekly"]);
    two.done("ana", &["present", "Weekly"]);
    two.done("ana", &["role", "offer", "Weekly", "scribe", "--to", "Bo"]);
    two.done("ana", &["minutes", "add", "Weekly", "The well is dry."]);
    two.world.in_step(&["ana", "bo"]);
    two.part();
    let machines = [
        ("ana", "C", "UTC"),
        ("ana", "tr_TR.UTF-8", "Asia/Kolkata"),
        ("bo", "de_DE.UTF-8", "Pacific/Apia"),
        ("bo", "ar_EG.UTF-8", "America/St_Johns"),
    ];
    for arguments in [
        ["--json", "role", "suggest", "Weekly", "facilitator"].as_slice(),
        &["--json", "meeting", "show", "Weekly"],
        &["--json", "meeting", "list"],
        &["meeting", "minutes", "Weekly"],
    ] {
        let said = machines.map(|(home, language, zone)| {
            let mut command = two.world.command(home, arguments);
            command.env("LANG", language).env("LC_ALL", language);
            let ended = command.env("TZ", zone).output().unwrap();
            assert!(ended.status.success(), "{arguments:?}: {ended:?}");
            String::from_utf8(ended.stdout).unwrap()
        });
        assert!(said[0].len() > 20, "{arguments:?}");
        for other in &said[1..] {
            assert_eq!(*other, said[0], "{arguments:?}");
        }
    }
}

/// Asks for what cannot be; every refusal says what to do, and nothing is changed by it.
#[track_caller]
fn refused(two: &Two, home: &str, arguments: &[&str], code: i32, says: &str) {
    let before = two.done(home, &["status"])["state_digest"].clone();
    let error = two.world.ask(home, arguments).error(code);
    let said = format!("{} {}", error["message"], error["hint"]);
    assert!(said.contains(says), "{arguments:?}: {said}");
    assert_ne!(error["hint"], "", "{arguments:?}: {error}");
    let after = two.done(home, &["status"])["state_digest"].clone();
    assert_eq!(before, after, "{arguments:?}");
}

#[test]
fn what_is_asked_wrongly_in_a_meeting_gets_a_clear_answer_and_loses_nothing() {
    let two = Two::new();
    two.world.join("ana", "cy", "Cy");
    let cy = two.world.node("cy");
    two.world.in_step(&["ana", "bo", "cy"]);
    two.done("cy", &["leave"]);
    two.world.in_step(&["ana", "bo"]);
    until("Cy has left", || {
        let people = two.done("ana", &["people"]);
        people
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["state"] == "left")
    });
    cy.terminate();
    two.meeting("Weekly");
    let offer = |role: &str, more: &[&str]| {
        let offer = ["role", "offer", "Weekly", role, "--to", "Bo"];
        two.id("ana", &[offer.as_slice(), more].concat())
    };
    let lapses = offer("facilitator", &["--expires", "1s"]);
    let withdrawn = offer("scribe", &[]);
    two.done("ana", &["role", "withdraw", &withdrawn]);
    let accepted = offer("scribe", &[]);
    let items = ["Water", "Roof"].map(|text| two.id("ana", &["agenda", "add", "Weekly", text]));
    two.done("ana", &["meeting", "open", "Weekly"]);
    two.done("ana", &["agenda", "advance", "Weekly", "--from", "start"]);
    two.world.in_step(&["ana", "bo"]);
    two.done("bo", &["role", "accept", &accepted]);
    until("the offer has lapsed", || {
        let roles = two.done("bo", &["role", "list", "Weekly"]);
        roles[0]["offers"][0]["state"] == "lapsed"
    });
    let offer_to_cy = ["role", "offer", "Weekly", "facilitator", "--to", "Cy"];
    refused(&two, "ana", &offer_to_cy, 4, "left");
    let no_role = ["role", "take", "Weekly", "cook"];
    refused(&two, "ana", &no_role, 3, "facilitator");
    refused(&two, "bo", &["role", "accept", &lapses], 4, "lapsed");
    refused(&two, "bo", &["role", "accept", &withdrawn], 4, "withdrawn");
    refused(&two, "bo", &["role", "accept", &accepted], 4, "already");
    refused(&two, "ana", &["role", "accept", &accepted], 4, "asked");
    let from_roof = ["agenda", "advance", "Weekly", "--from", &items[1]];
    refused(&two, "ana", &from_roof, 4, "Water");
    refused(&two, "bo", &["role", "decline", &accepted], 4, "step-back");
    asked_wrongly(&two, &items);
}

/// What is wrong with meetings, agendas and texts.
#[track_caller]
fn asked_wrongly(two: &Two, items: &[String; 2]) {
    let purposeless = ["meeting", "new", "Idle", "--purpose", " "];
    refused(two, "ana", &purposeless, 2, "purpose");
    let gap = ["--at", "2026-03-29 02:30", "--tz", "Europe/Berlin"];
    let skipped = ["meeting", "move", "Weekly"];
    refused(two, "ana", &[skipped.as_slice(), &gap].concat(), 2, "03:30");
    let back = ["--at", "2026-10-25 02:30", "--tz", "Europe/Berlin"];
    let twice = [skipped.as_slice(), &back].concat();
    refused(two, "ana", &twice, 2, "+01:00");
    let mars = [
        skipped.as_slice(),
        &["--at", "2026-10-25 12:00", "--tz", "Mars"],
    ]
    .concat();
    refused(two, "ana", &mars, 2, "Europe/Berlin");
    let start = ["agenda", "advance", "Weekly", "--from", "start"];
    refused(two, "bo", &start, 4, "Water");
    let past = ["agenda", "advance", "Weekly", "--from", &items[1], "--to"];
    let past = [past.as_slice(), &[items[0].as_str()]].concat();
    refused(two, "bo", &past, 4, "Water");
    let idle = ["agenda", "change", "Weekly", &items[0]];
    refused(two, "bo", &idle, 2, "--minutes");
    let nobody = ["role", "offer", "Weekly", "scribe", "--to", "Zed"];
    refused(two, "ana", &nobody, 3, "people");
    let round = two.id("ana", &["consent", "open", "Weekly", "We dig."]);
    two.world.in_step(&["ana", "bo"]);
    let why = ["consent", "answer", &round, "object"];
    refused(two, "bo", &why, 2, "--reason");
    two.done("bo", &["consent", "answer", &round, "hold"]);
    let not_an_offer = ["role", "withdraw", &round];
    refused(two, "ana", &not_an_offer, 2, "a consent round");
    let lines = "a line\n".repeat(10_000);
    refused(
        two,
        "ana",
        &["agenda", "add", "Weekly", &lines],
        2,
        "one line",
    );
}

/// Whether an answer has these fields, whatever else it has.
#[track_caller]
fn has(value: &Value, fields: &str) {
    for field in fields.split(' ') {
        assert!(value.get(field).is_some(), "{field} in {value}");
    }
}

#[test]
fn every_answer_about_meetings_has_the_fields_of_the_contract() {
    let two = Two::new();
    let when = ["--at", "2026-12-01 18:00", "--tz", "Europe/Berlin"];
    let new = ["meeting", "new", "Weekly", "--purpose", "To agree"];
    has(
        &two.done("ana", &[new.as_slice(), &when].concat()),
        "id title",
    );
    has(
        &two.done("ana", &["agenda", "add", "Weekly", "Water"]),
        "id",
    );
    has(&two.done("ana", &["meeting", "list"])[0], "id title state");
    two.done("ana", &["meeting", "open", "Weekly"]);
    two.done("ana", &["present", "Weekly"]);
    two.done("ana", &["agenda", "advance", "Weekly", "--from", "start"]);
    has(&two.done("ana", &["minutes", "add", "Weekly", "So."]), "id");
    has(&two.done("ana", &["round", "open", "Weekly", "So?"]), "id");
    has(&two.done("ana", &["check", "open", "Weekly", "So."]), "id");
    let action = ["action", "add", "Weekly", "Do it", "--offer", "Bo"];
    has(&two.done("ana", &action), "id");
    let offer = ["role", "offer", "Weekly", "scribe", "--to", "Bo"];
    has(&two.done("ana", &offer), "offer");
    let suggested = two.done("ana", &["role", "suggest", "Weekly", "facilitator"]);
    has(&suggested[0], "person name reason");
    let opened = two.done("ana", &["consent", "open", "Weekly", "We dig."]);
    has(&opened, "id version");
    let round = opened["id"].as_str().unwrap();
    two.done("ana", &["consent", "answer", round, "consent"]);
    let shown = two.done("ana", &["consent", "show", round]);
    has(&shown, "id text version state answers");
    has(&shown["answers"][0], "by answer reason version");
    assert_eq!(shown["version"], opened["version"]);
    assert_eq!(shown["spoken"]["members"], 2, "{shown}");
    let view = two.done("ana", &["meeting", "show", "Weekly"]);
    has(
        &view,
        "id title purpose state sittings agenda roles attendance actions",
    );
    has(&view["agenda"][0], "id text minutes kind state");
    has(&view["attendance"][0]["person"], "id name");
    has(&view["actions"][0], "id text state owners asked");
    let roles = two.done("ana", &["role", "list", "Weekly"]);
    has(&roles[1], "role state holders offers");
    has(&roles[1]["offers"][0], "id to state");
    assert_eq!(roles[1]["state"], "offered", "{roles}");
    let policy = ["role", "policy", "facilitator", "--review", "2020-01-01"];
    two.done("ana", &policy);
    two.world.in_step(&["ana", "bo"]);
    let view = two.done("bo", &["meeting", "show", "Weekly"]);
    has(&view["reviews"][0], "role since");
    let inbox = two.done("bo", &["inbox"]);
    for kind in ["offer", "action", "consent", "review"] {
        let mut rows = inbox.as_array().unwrap().iter();
        let row = rows.find(|row| row["kind"] == kind).unwrap();
        has(row, "kind id text since");
    }
    let minutes = two.world.run("bo", &["meeting", "minutes", "Weekly"]);
    assert!(minutes.text().starts_with("# Weekly\n"), "Markdown");
}

#[test]
fn a_group_sees_how_fair_its_turns_were_and_nobody_in_particular() {
    let two = Two::new();
    two.done("ana", &["meeting", "zone", "Asia/Tokyo"]);
    let error = two.world.ask("ana", &["meeting", "zone", "Mars"]).error(2);
    assert!(
        error["hint"].as_str().unwrap().contains("Berlin"),
        "{error}"
    );
    for (title, day) in [("One", "06"), ("Two", "13"), ("Three", "20")] {
        let at = format!("2026-01-{day} 18:00");
        let new = ["meeting", "new", title, "--purpose", "To agree"];
        let when = ["--at", &at, "--tz", "Europe/Berlin"];
        two.done("ana", &[new.as_slice(), &when].concat());
        two.done("ana", &["meeting", "open", title]);
        two.done("ana", &["present", title]);
        two.done("ana", &["meeting", "close", title]);
    }
    two.done("ana", &["role", "take", "One", "scribe"]);
    two.done("ana", &["role", "take", "Two", "scribe"]);
    two.world.in_step(&["ana", "bo"]);
    two.done("bo", &["present", "One"]);
    two.world.in_step(&["ana", "bo"]);
    let report = two.done("bo", &["role", "report", "Scribe"]);
    let counted = [
        "occasions",
        "holders_in_last_ten",
        "vacancies",
        "back_to_backs",
    ];
    assert_eq!(
        counted.map(|field| report[field].as_u64().unwrap()),
        [3, 1, 1, 1]
    );
    assert_eq!(
        report["worst_debt_thousandths"], 500,
        "Bo is owed half a turn: {report}"
    );
    assert_eq!(report["alert"], false);
    two.done("bo", &["role", "policy", "Scribe", "--gap", "3"]);
    let policy = two.done("bo", &["role", "policy", "scribe"]);
    assert_eq!(policy["gap"], 3, "as the meetings write it: {policy}");
    assert_eq!(report["hours"][0]["zone"], "Asia/Tokyo");
    assert_eq!(
        report["hours"][0]["unsocial"], 3,
        "two in the morning: {report}"
    );
    assert_eq!(
        report["yours_thousandths"],
        serde_json::json!([500, 0]),
        "{report}"
    );
    let said = two.world.run("bo", &["role", "report", "scribe"]).text();
    assert!(said.contains("0.50 turns"), "{said}");
    assert!(!said.contains("Ana"), "no table of persons: {said}");
}

#[test]
fn skipping_typed_alone_goes_on_and_keeps_the_item_for_later() {
    let world = World::new();
    world.init("ana", "Ana");
    let new = ["meeting", "new", "Weekly", "--purpose", "To agree"];
    world.ask("ana", &new).json();
    let typed = "agenda+ Water\nagenda+ Roof\nopen\nskip\nnext item\nskip\nq+\nq+\nskip\nquit\n";
    let meet = ["meet", "Weekly", "--plain"];
    let said = world.feed("ana", &meet, typed.as_bytes()).text();
    let place = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text}: {said}"));
    assert!(place("there is no item under way") < place("now: Water"));
    assert!(place("now: Water") < place("now: Roof"));
    assert!(said.contains("Water is skipped"), "{said}");
    assert!(said.contains("asked for the floor already"), "{said}");
    assert!(!said.contains("step-back"), "nobody holds a role: {said}");
    assert_eq!(
        said.matches("now: Water").count(),
        2,
        "at the end again: {said}"
    );
}

/// What is typed in a meeting, and what is told then.
const TYPED: [(&str, &str); 38] = [
    ("open", "* Ana opened a sitting"),
    ("present+", "* Ana: present"),
    ("present+ Bo", "! something is missing"),
    (
        "agenda+ Seeds (decide, 10 min)",
        "* agenda: Seeds (decide), proposed",
    ),
    ("agenda+ Roof", "* agenda: Roof (explore), proposed"),
    ("agree", "* agenda: Roof is agreed"),
    ("next item", "* now: Seeds (10 min)"),
    ("extend 5", "* now: Seeds (15 min)"),
    (
        "q+ to thank Bo",
        "* Ana asks for the floor (topic): thank Bo",
    ),
    (
        "q+ question: which?",
        "* Ana asks for the floor (question): which?",
    ),
    ("ack next", "* Ana has the floor"),
    ("queue least-heard", "* the queue is ordered least-heard"),
    ("scribe+", "* scribe: Ana"),
    (
        "note scribe: the pad is in the shed",
        "* for the next scribe: the pad is in the shed",
    ),
    ("scribe-", "* scribe is vacant"),
    ("not me facilitator", ""),
    ("suggest facilitator", "not  Ana  not this meeting"),
    ("proposal: We buy seeds", "* proposal: We buy seeds"),
    ("concern: late", "* Ana: concern: late"),
    ("object", "!   It is typed like this: object: WHY"),
    ("close consent", "* adopted: We buy seeds"),
    ("round: how are you", "* round: how are you"),
    ("spoke: well", "* Ana spoke: well"),
    ("close round", "* the round is over"),
    ("check: a good day", "cool or cold?"),
    ("warm", ": warm 1"),
    ("close check keep", ": warm 1, and that is all"),
    (
        "action+ buy seeds",
        "* action 1: buy seeds (open; nobody's yet)",
    ),
    ("mine 1", "* action 1: buy seeds (open; Ana)"),
    ("action done 1", "* action 1: buy seeds (done; Ana)"),
    ("The well is low.", "* Ana: The well is low."),
    (
        "correct: The well is dry.",
        "* Ana, corrected: The well is dry.",
    ),
    ("/me sighs", "* Ana sighs (off the record)"),
    ("no name", ""),
    ("take up agendum 2", "* now: Roof"),
    ("moot, dance", "! that is nothing that can be done here"),
    ("close", "* the sitting is closed"),
    ("minutes?", "- someone: The well is dry. (corrected)"),
];

#[test]
fn whatever_is_done_in_a_meeting_is_a_typed_line() {
    let world = World::new();
    world.init("ana", "Ana");
    let new = ["meeting", "new", "Weekly", "--purpose", "To agree"];
    let roles = ["--roles", "facilitator,scribe"];
    world.ask("ana", &[new.as_slice(), &roles].concat()).json();
    let lines = TYPED.iter().map(|(line, _)| format!("{line}\n"));
    let typed: String = lines.collect();
    let said = world.feed("ana", &["meet", "Weekly", "--plain"], typed.as_bytes());
    let said = said.text();
    let mut rest = said.as_str();
    for (line, answer) in TYPED {
        let at = rest
            .find(answer)
            .unwrap_or_else(|| panic!("{line}: {answer} in {said}"));
        rest = &rest[at + answer.len()..];
    }
    let minutes = world.run("ana", &["meeting", "minutes", "Weekly"]).text();
    for kept in [
        "The well is dry.",
        "warm 1",
        "adopted: We buy seeds (1 of 1 have spoken)",
    ] {
        assert!(minutes.contains(kept), "{kept} in {minutes}");
    }
    for gone in ["Ana", "sighs", "thank Bo", "dance"] {
        assert!(!minutes.contains(gone), "{gone} in {minutes}");
    }
}

#[test]
fn what_a_meeting_is_called_and_for_may_change_and_apart_it_is_settled() {
    let mut two = Two::new();
    two.meeting("Weekly");
    two.world.in_step(&["ana", "bo"]);
    two.part();
    let agreed = "To agree";
    for (home, title, purpose) in [
        ("ana", "Monday round", "To agree on the week"),
        ("bo", "Garden round", "To agree on the garden"),
    ] {
        two.done(home, &["meeting", "rename", "Weekly", title]);
        two.done(home, &["meeting", "purpose", title, purpose]);
    }
    two.meet();
    let view = two.shown("Garden round");
    assert_eq!(view["purpose"], agreed, "the older one heads the page");
    let contests = view["to_settle"].as_array().unwrap();
    assert_eq!(contests.len(), 2, "{view}");
    for contest in contests {
        let (id, choice) = (&contest["id"], &contest["choices"][0]["text"]);
        two.done(
            "bo",
            &["settle", id.as_str().unwrap(), choice.as_str().unwrap()],
        );
    }
    two.world.in_step(&["ana", "bo"]);
    let id = view["id"].as_str().unwrap();
    let view = two.shown(id);
    assert_eq!(view["to_settle"], serde_json::json!([]), "{view}");
    assert_ne!(view["purpose"], agreed);
}

#[test]
fn who_was_here_ahead_who_held_a_role_and_the_word_sent_with_it_are_all_told() {
    let two = Two::new();
    two.meeting("Weekly");
    two.done("ana", &["role", "take", "Weekly", "facilitator"]);
    two.done("ana", &["present", "Weekly"]);
    two.done("ana", &["meeting", "open", "Weekly"]);
    let over = ["role", "hand-over", "Weekly", "facilitator"];
    let to_bo = ["--to", "Bo", "--note", "Mind the clock."];
    let offer = two.id("ana", &[over, to_bo].concat());
    two.world.in_step(&["ana", "bo"]);

    let told = |arguments: &[&str]| two.world.run("bo", arguments).text();
    let shows = [
        ["inbox"].as_slice(),
        &["meeting", "show", "Weekly"],
        &["role", "list", "Weekly"],
    ];
    for arguments in shows {
        let text = told(arguments);
        assert!(text.contains("Mind the clock."), "{arguments:?}: {text}");
    }
    let mut plain = two.world.command("bo", &["meet", "Weekly", "--plain"]);
    let output = plain.output().unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.contains("Mind the clock."), "{output}");
    two.done("bo", &["role", "accept", &offer]);
    for arguments in &shows[1..] {
        let text = told(arguments);
        assert!(text.contains("Mind the clock."), "{arguments:?}: {text}");
    }

    let minutes = told(&["meeting", "minutes", "Weekly"]);
    let sitting = minutes.split("## Sitting").nth(1).unwrap();
    assert!(sitting.contains("- Present: Ana\n"), "{minutes}");
    let line = sitting.lines().find(|line| line.contains("facilitator"));
    let line = line.unwrap();
    assert!(line.starts_with("- facilitator: Ana until "), "{minutes}");
    assert!(line.contains(", then Bo from "), "{minutes}");
}

#[test]
fn a_policy_says_when_it_is_to_be_looked_at_again_and_what_an_occasion_is() {
    let world = World::new();
    world.init("ana", "Ana");
    let new = ["meeting", "new", "Weekly", "--purpose", "To agree"];
    world.ask("ana", &new).json();
    let policy = |more: &[&str]| {
        let asked = [["role", "policy", "facilitator"].as_slice(), more].concat();
        world.run("ana", &asked).text()
    };
    let waits = || world.run("ana", &["inbox"]).text();
    let shown = || world.run("ana", &["meeting", "show", "Weekly"]).text();
    let later = policy(&["--review", "2100-12-24"]);
    assert!(later.contains("again from 2100-12-24 on"), "{later}");
    assert_eq!((waits().as_str(), shown().contains("review")), ("", false));
    let due = policy(&["--review", "2020-01-31", "--per", "item"]);
    assert!(due.contains("Due for review since 2020-01-31"), "{due}");
    let row = waits();
    assert!(row.starts_with("facilitator  review  2020-01-31"), "{row}");
    let told = shown();
    assert!(told.contains("how facilitator rotates"), "{told}");
    let kept = policy(&["--gap", "2"]);
    assert!(kept.contains("Due for review since 2020-01-31"), "{kept}");
    assert!(kept.contains("a meeting is one occasion"), "{kept}");
    let suggest = ["role", "suggest", "Weekly", "facilitator"];
    let list = world.run("ana", &suggest).text();
    assert!(list.contains("from item to item"), "{list}");
    let none = policy(&["--review", "never", "--per", "meeting"]);
    assert!(
        !none.contains("review") && !none.contains("occasion all"),
        "{none}"
    );
    assert_eq!((waits().as_str(), shown().contains("review")), ("", false));
    let soon = ["role", "policy", "facilitator", "--review", "soon"];
    let error = world.ask("ana", &soon).error(2);
    assert!(error["hint"].as_str().unwrap().contains("never"), "{error}");
}

#[test]
fn ten_thousand_lines_fill_the_agenda_once_and_each_of_the_rest_is_accounted_for() {
    let world = World::new();
    world.init("ana", "Ana");
    let new = ["meeting", "new", "Weekly", "--purpose", "To agree"];
    world.ask("ana", &new).json();
    let entries = || world.ask("ana", &["status"]).json()["entries"].as_u64();
    let before = entries().unwrap();
    let lines: String = (0..10_000).map(|n| format!("agenda+ Item {n}\n")).collect();
    let typed = format!("{lines}so much for that\nagenda+ One more\nq+\nquit\n");
    let meet = ["meet", "Weekly", "--plain"];
    let said = world.feed("ana", &meet, typed.as_bytes()).text();
    let view = world.ask("ana", &["meeting", "show", "Weekly"]).json();
    let agenda = view["agenda"].as_array().unwrap();
    assert_eq!(agenda.len(), 500);
    assert_eq!(agenda[499]["text"], "Item 499");
    assert_eq!(view["remarks"][0]["text"], "so much for that");
    let told = |text: &str| said.lines().filter(|line| line.contains(text)).count();
    assert_eq!(told("* agenda: Item "), 500);
    let full = "“agenda+ Item 500”: this meeting has 500 agenda items";
    assert_eq!(told(full), 1, "{said}");
    let refused = said.lines().filter(|line| line.starts_with("! "));
    let refused: Vec<&str> = refused.collect();
    let counted = |line: &&&str| line.contains("the same holds for");
    let counts: u64 = refused
        .iter()
        .filter(counted)
        .map(|line| line.split(' ').nth(5).unwrap().parse().unwrap_or(1))
        .sum();
    assert_eq!(counts, 9_499, "{refused:?}");
    assert!(refused.len() < 20, "{refused:?}");
    assert!(
        said.contains("! “agenda+ One more”: this meeting"),
        "{said}"
    );
    let made = entries().unwrap() - before;
    assert!(made < 30, "{made} entries for 501 things said");
}
