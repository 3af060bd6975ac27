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
    refused(&two, "ana", &offer_to_cy, 3, "left");
    let no_role = ["role", "take", "Weekly", "cook"];
    refused(&two, "ana", &no_role, 3, "facilitator");
    refused(&two, "bo", &["role", "accept", &lapses], 4, "lapsed");
    refused(&two, "bo", &["role", "accept", &withdrawn], 4, "withdrawn");
    refused(&two, "bo", &["role", "accept", &accepted], 4, "already");
    refused(&two, "ana", &["role", "accept", &accepted], 4, "asked");
    let from_roof = ["agenda", "advance", "Weekly", "--from", &items[1]];
    refused(&two, "ana", &from_roof, 4, "Water");
    let purposeless = ["meeting", "new", "Idle", "--purpose", " "];
    refused(&two, "ana", &purposeless, 2, "purpose");
    let gap = ["--at", "2026-03-29 02:30", "--tz", "Europe/Berlin"];
    let skipped = ["meeting", "move", "Weekly"];
    refused(
        &two,
        "ana",
        &[skipped.as_slice(), &gap].concat(),
        2,
        "03:30",
    );
    let lines = "a line\n".repeat(10_000);
    refused(
        &two,
        "ana",
        &["agenda", "add", "Weekly", &lines],
        2,
        "one line",
    );
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
    let report = two.done("bo", &["role", "report", "scribe"]);
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
