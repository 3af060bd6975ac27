//! Two halves of a group on real nodes: what each did about roles, words and actions while they were apart, and what is true
//! once they are one again.
//!
//! Ana is one half. Bo and Cy are the other, and so is a second home of Bo's, copied from the first.

use std::fs;

use serde_json::Value;

use crate::world::{Node, World};

const ALL: [&str; 4] = ["ana", "bo", "cy", "copy"];

struct Halves {
    world: World,
    nodes: Vec<Node>,
}

impl Halves {
    fn new() -> Self {
        let world = World::new();
        world.init("ana", "Ana");
        let ana = world.node("ana");
        world.join("ana", "bo", "Bo");
        let bo = world.node("bo");
        // By Bo's ticket, so that Cy finds Bo without Ana.
        world.join("bo", "cy", "Cy");
        let cy = world.node("cy");
        world.in_step(&["ana", "bo", "cy"]);
        let nodes = vec![ana, bo, cy];
        Self { world, nodes }
    }

    /// Ana's node ends; a copy of Bo's home is made, and Bo's and Cy's nodes go on.
    fn part(&mut self) {
        for node in self.nodes.drain(..) {
            node.terminate();
        }
        let (from, to) = (self.world.path("bo"), self.world.path("copy"));
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
        self.world.settle_in("copy");
        self.nodes = ["bo", "cy"].map(|home| self.world.node(home)).into();
        self.world.in_step(&["bo", "cy"]);
    }

    fn meet(&mut self) {
        let others = ["ana", "copy"].map(|home| self.world.node(home));
        self.nodes.extend(others);
        self.world.in_step(&ALL);
    }

    #[track_caller]
    fn done(&self, home: &str, arguments: &[&str]) -> Value {
        self.world.ask(home, arguments).json()
    }

    #[track_caller]
    fn id(&self, home: &str, arguments: &[&str]) -> String {
        let made = self.done(home, arguments);
        let id = made.get("id").or_else(|| made.get("offer"));
        id.and_then(Value::as_str).unwrap().to_owned()
    }

    #[track_caller]
    fn meeting(&self, home: &str, title: &str) -> String {
        let new = ["meeting", "new", title, "--purpose", "To agree"];
        let roles = ["--roles", "facilitator"];
        self.id(home, &[new.as_slice(), &roles].concat())
    }

    /// A meeting, which everybody sees alike.
    #[track_caller]
    fn shown(&self, meeting: &str) -> Value {
        let show = ["meeting", "show", meeting];
        let view = self.done("ana", &show);
        for home in &ALL[1..] {
            assert_eq!(self.done(home, &show), view, "{meeting} at {home}");
        }
        view
    }

    /// The one role of a meeting.
    #[track_caller]
    fn role(&self, meeting: &str) -> Value {
        self.shown(meeting)["roles"][0].clone()
    }
}

/// What the halves have in common before they part, by id.
struct Before {
    offer: String,
    round: String,
    item: String,
}

impl Before {
    fn of(all: &Halves) -> Self {
        for title in ["Declined", "Extended", "Opened", "Worded", "Handed", "Gone"] {
            all.meeting("ana", title);
        }
        let offer = ["role", "offer", "Declined", "facilitator", "--to", "Bo"];
        let policy = ["role", "policy", "facilitator", "--gap", "2"];
        all.done("ana", &policy);
        let before = Self {
            offer: all.id("ana", &offer),
            round: all.id("ana", &["consent", "open", "Worded", "We dig."]),
            item: all.id("ana", &["agenda", "add", "Gone", "Water"]),
        };
        all.world.in_step(&["ana", "bo", "cy"]);
        for meeting in ["Extended", "Handed"] {
            all.done("bo", &["role", "take", meeting, "facilitator"]);
        }
        all.world.in_step(&["ana", "bo", "cy"]);
        before
    }

    /// What Ana does alone.
    fn ana(&self, all: &Halves) {
        let until = ["--holder", "Bo", "--until", "2100-01-01"];
        let extend = ["role", "extend", "Extended", "facilitator"];
        all.done("ana", &[extend.as_slice(), &until].concat());
        all.done("ana", &["role", "open", "Opened", "facilitator"]);
        all.done("ana", &["role", "policy", "facilitator", "--gap", "3"]);
        all.done("ana", &["consent", "answer", &self.round, "consent"]);
        let action = ["action", "add", "Handed", "Buy a spade", "--offer", "Bo"];
        all.done("ana", &action);
        all.done("ana", &["agenda", "drop", "Gone", &self.item]);
        all.meeting("ana", "Twice");
        all.done("ana", &["meeting", "open", "Twice"]);
    }

    /// What the others do.
    fn others(&self, all: &Halves) {
        all.done("bo", &["role", "accept", &self.offer]);
        all.done("copy", &["role", "decline", &self.offer]);
        for meeting in ["Extended", "Handed"] {
            all.done("bo", &["role", "step-back", meeting, "facilitator"]);
        }
        let select = ["role", "select", "Opened", "facilitator", "--to", "Cy"];
        let selected = all.id("bo", &select);
        all.done("bo", &["role", "policy", "facilitator", "--gap", "4"]);
        all.done(
            "bo",
            &["consent", "reword", &self.round, "We dig on Friday."],
        );
        all.done("bo", &["meeting", "open", "Gone"]);
        all.done("bo", &["agenda", "advance", "Gone", "--from", "start"]);
        all.done("bo", &["minutes", "add", "Gone", "The well is low."]);
        let twice = all.meeting("bo", "Twice");
        all.done("bo", &["meeting", "open", &twice]);
        all.world.in_step(&["bo", "cy"]);
        all.done("cy", &["role", "accept", &selected]);
        all.done("cy", &["consent", "answer", &self.round, "consent"]);
        all.world.in_step(&["bo", "cy"]);
        let held = all.done("bo", &["role", "list", "Opened"]);
        assert_eq!(held[0]["holders"][0], "Cy", "as this half sees it");
        let unknown = all.done("bo", &["meeting", "show", "Handed"]);
        assert_eq!(unknown["actions"], serde_json::json!([]));
    }
}

#[test]
fn what_two_halves_did_about_roles_words_and_actions_ends_as_the_rules_say() {
    let mut all = Halves::new();
    let before = Before::of(&all);
    all.part();
    before.ana(&all);
    before.others(&all);
    all.meet();
    let declined = all.role("Declined");
    assert_eq!(declined["state"], "vacant", "a no beats a yes: {declined}");
    assert_eq!(declined["offers"][0]["state"], "declined");
    let extended = all.role("Extended");
    assert_eq!(extended["state"], "vacant", "stepped back: {extended}");
    let opened = all.role("Opened");
    assert_eq!(opened["state"], "vacant", "opened: {opened}");
    assert_eq!(opened["nominees"], serde_json::json!(["Cy"]));
    for home in ALL {
        let policy = all.done(home, &["role", "policy", "facilitator"]);
        assert_eq!(policy["gap"], 2, "the agreed one: {policy}");
        assert_eq!(policy["competing"].as_array().unwrap().len(), 2);
    }
    let worded = all.shown("Worded")["consents"][0].clone();
    assert_eq!(worded["text"], "We dig on Friday.");
    let version_of = |who: &str| {
        let answers = worded["answers"].as_array().unwrap();
        let answer = answers.iter().find(|one| one["by"] == who).unwrap();
        answer["version"].clone()
    };
    assert_ne!(version_of("Ana"), worded["version"], "{worded}");
    assert_eq!(version_of("Cy"), worded["version"], "{worded}");
    let action = all.shown("Handed")["actions"][0].clone();
    assert_eq!(action["owners"], serde_json::json!([]), "{action}");
    assert_eq!(action["asked"], serde_json::json!([]), "{action}");
    let gone = all.shown("Gone");
    assert_eq!(gone["agenda"][0]["state"], "current", "{gone}");
    let minutes = all.world.run("ana", &["meeting", "minutes", "Gone"]).text();
    assert!(minutes.contains("The well is low."), "{minutes}");
    let twice = all.done("cy", &["meeting", "list"]);
    let twice = twice.as_array().unwrap().iter();
    let twice: Vec<&Value> = twice.filter(|row| row["title"] == "Twice").collect();
    assert_eq!(twice.len(), 2, "both live");
    for (one, other) in [(0, 1), (1, 0)] {
        let view = all.shown(twice[one]["id"].as_str().unwrap());
        assert_eq!(view["alike"][0]["id"], twice[other]["id"], "with a hint");
    }
}
