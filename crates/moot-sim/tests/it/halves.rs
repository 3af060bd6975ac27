//! Two halves of a group that each met, and are one again: the same for everybody, and what the merge rules say.
//!
//! Everything is done by commands on real engines.

use moot_engine::command::{
    Act, Answer, Attendance, ItemMark, MeetingCommand, NewMeeting, OfferKind, Position, Standing,
    When,
};
use moot_engine::reply::meeting::{InboxRow, MeetingView, MergedRow, PolicyView, RoleRow};
use moot_engine::{Command, CommandError, Reply};
use moot_sim::World;

use super::garden::{MINUTE_MS, ask, done, note, shared, shown, text};

pub(crate) const ANA: usize = 0;
pub(crate) const BO: usize = 1;
pub(crate) const CY: usize = 2;
pub(crate) const DEE: usize = 3;

/// Some day in 2100.
const LATER_MS: i64 = 4_102_444_800_000;

/// Four people with a meeting, all in touch.
pub(crate) struct Group {
    pub(crate) world: World,
    pub(crate) meeting: String,
}

impl Group {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        shared(&mut world, &["Ana", "Bo", "Cy", "Dee"]);
        let meeting = new_meeting(&mut world, ANA);
        let mut group = Self { world, meeting };
        group.meet();
        group
    }

    /// Ana and Bo on one side, Cy and Dee on the other, and any copies of homes with these.
    pub(crate) fn part(&mut self) {
        let nodes = self.world.node_count();
        self.world
            .part((0..nodes).map(|node| u64::from(node > BO)).collect());
    }

    /// All reach all, for long enough.
    pub(crate) fn meet(&mut self) {
        self.world.heal();
        self.world.run_for(3 * MINUTE_MS);
    }

    #[track_caller]
    pub(crate) fn act(&mut self, node: usize, act: Act) -> String {
        acted(self.try_act(node, act).unwrap())
    }

    #[track_caller]
    pub(crate) fn try_act(&mut self, node: usize, act: Act) -> Result<Reply, CommandError> {
        let meeting = self.meeting.clone();
        let command = MeetingCommand::Act { meeting, act };
        ask(&mut self.world, node, Command::Meeting(command))
    }

    #[track_caller]
    pub(crate) fn answer(&mut self, node: usize, id: &str, answer: Answer) {
        let id = id.to_owned();
        done(
            &mut self.world,
            node,
            Command::Meeting(MeetingCommand::Answer { id, answer }),
        );
    }

    #[track_caller]
    fn settle(&mut self, node: usize, id: &str, choice: &str) -> Result<Reply, CommandError> {
        let settle = Command::Settle {
            id: id.to_owned(),
            choice: choice.to_owned(),
        };
        ask(&mut self.world, node, settle)
    }

    #[track_caller]
    pub(crate) fn inbox(&mut self, node: usize) -> Vec<InboxRow> {
        match done(
            &mut self.world,
            node,
            Command::Meeting(MeetingCommand::Inbox),
        ) {
            Reply::Inbox(inbox) => inbox.items,
            other => panic!("not an inbox: {other:?}"),
        }
    }

    #[track_caller]
    fn minutes(&mut self, node: usize) -> String {
        let meeting = self.meeting.clone();
        let command = Command::Meeting(MeetingCommand::Minutes { meeting });
        match done(&mut self.world, node, command) {
            Reply::Minutes(text) => text,
            other => panic!("not minutes: {other:?}"),
        }
    }

    /// The meeting, which everybody sees alike, with the same minutes.
    #[track_caller]
    pub(crate) fn seen_by_all(&mut self) -> MeetingView {
        let first = self.show(ANA);
        let (digests, minutes) = (shown(&mut self.world, ANA), self.minutes(ANA));
        for node in 1..self.world.node_count() {
            assert_eq!(self.show(node), first, "at {node}");
            assert_eq!(shown(&mut self.world, node), digests, "at {node}");
            assert_eq!(self.minutes(node), minutes, "at {node}");
        }
        first
    }

    #[track_caller]
    pub(crate) fn show(&mut self, node: usize) -> MeetingView {
        let meeting = self.meeting.clone();
        show(&mut self.world, node, &meeting).unwrap()
    }

    #[track_caller]
    pub(crate) fn facilitator(&mut self) -> RoleRow {
        let view = self.seen_by_all();
        let mut roles = view.roles.into_iter();
        roles.find(|role| role.role == "facilitator").unwrap()
    }

    /// Asks somebody to facilitate, and they say yes.
    #[track_caller]
    fn agree_on(&mut self, by: usize, kind: OfferKind, to: (usize, &str)) {
        let offer = Act::Offer {
            role: "facilitator".to_owned(),
            to: to.1.to_owned(),
            kind,
            note: None,
            until_ms: None,
        };
        let offer = self.act(by, offer);
        self.world.run_for(MINUTE_MS);
        self.answer(to.0, &offer, Answer::Accept);
    }

    #[track_caller]
    fn item(&mut self, text: &str) -> String {
        self.act(ANA, add_item(text))
    }
}

#[track_caller]
pub(crate) fn new_meeting(world: &mut World, node: usize) -> String {
    let new = NewMeeting {
        title: "Weekly".to_owned(),
        purpose: "To agree on the week".to_owned(),
        when: None,
        series: None,
        roles: vec!["facilitator".to_owned(), "scribe".to_owned()],
    };
    acted(done(
        world,
        node,
        Command::Meeting(MeetingCommand::New(new)),
    ))
}

#[track_caller]
pub(crate) fn acted(reply: Reply) -> String {
    match reply {
        Reply::Acted(acted) => acted.id.unwrap_or_default(),
        other => panic!("nothing was done: {other:?}"),
    }
}

fn show(world: &mut World, node: usize, meeting: &str) -> Result<MeetingView, CommandError> {
    let meeting = meeting.to_owned();
    let reply = ask(
        world,
        node,
        Command::Meeting(MeetingCommand::Show { meeting }),
    )?;
    let Reply::Meeting(mut view) = reply else {
        panic!("not a meeting: {reply:?}");
    };
    for check in &mut view.checks {
        check.yours = None;
    }
    Ok(*view)
}

pub(crate) fn add_item(text: &str) -> Act {
    Act::AddItem {
        text: text.to_owned(),
        kind: moot_engine::command::ItemKind::Decide,
        minutes: Some(5),
        backlog: false,
    }
}

fn advance(from: Option<&str>) -> Act {
    Act::Advance {
        from: from.map(str::to_owned),
        to: None,
        carry: false,
    }
}

fn mark(item: &str, mark: ItemMark) -> Act {
    Act::MarkItem {
        item: item.to_owned(),
        mark,
    }
}

pub(crate) fn remark(text: &str) -> Act {
    Act::Remark {
        text: text.to_owned(),
        off_record: false,
    }
}

pub(crate) fn take() -> Act {
    Act::Take {
        role: "facilitator".to_owned(),
        shadow: false,
    }
}

pub(crate) fn step_back() -> Act {
    Act::StepBack {
        role: "facilitator".to_owned(),
        note: None,
    }
}

fn position(position: Position, reason: Option<&str>) -> Answer {
    Answer::Position {
        position,
        reason: reason.map(str::to_owned),
    }
}

#[test]
fn two_halves_that_sit_apart_have_two_sittings_that_are_never_interleaved() {
    let mut group = Group::new(1);
    let water = group.item("Water");
    group.meet();
    group.part();
    for (node, word) in [(ANA, "one"), (CY, "two")] {
        group.act(node, Act::Open);
        group.act(node, advance(None));
        for part in ["first", "second"] {
            group.act(node, remark(&format!("{word} {part}")));
        }
    }
    group.meet();
    let view = group.seen_by_all();
    assert_eq!((view.state.as_str(), view.sittings.len()), ("sitting", 2));
    assert!(
        view.sittings
            .iter()
            .all(|one| one.current.as_ref().is_some_and(|item| item.id == water))
    );
    let minutes = group.minutes(DEE);
    let at = |text: &str| minutes.find(text).unwrap();
    let second = at("## Sitting B");
    assert!(at("## Sitting A") < second);
    for word in ["one", "two"] {
        let (first, last) = (at(&format!("{word} first")), at(&format!("{word} second")));
        assert_eq!(first < second, last < second, "{minutes}");
    }
    assert_ne!(at("one first") < second, at("two first") < second);
}

#[test]
fn two_facilitators_who_were_asked_apart_hold_it_together_until_one_yields() {
    let mut group = Group::new(2);
    group.part();
    group.agree_on(ANA, OfferKind::Turn, (BO, "Bo"));
    group.agree_on(CY, OfferKind::Turn, (DEE, "Dee"));
    group.meet();
    let role = group.facilitator();
    assert_eq!((role.state.as_str(), role.to_settle), ("co-held", true));
    assert_eq!(role.holders, ["Bo", "Dee"]);
    let waits = group.inbox(BO);
    let [waits] = waits.as_slice() else {
        panic!("one thing waits: {waits:?}");
    };
    assert_eq!(waits.kind, "co-held");
    assert!(
        group.settle(ANA, &waits.id, "both").is_err(),
        "holds nothing"
    );
    assert!(group.settle(BO, &waits.id, "Bo").is_err(), "yields for Dee");
    group.settle(BO, &waits.id[..12], "Dee").unwrap();
    group.meet();
    let role = group.facilitator();
    assert_eq!((role.state.as_str(), role.to_settle), ("held", false));
    assert_eq!(role.holders, ["Dee"]);
    assert!(group.inbox(DEE).is_empty());
}

#[test]
fn a_role_held_by_two_can_be_shared_by_a_word_of_one_of_them() {
    let mut group = Group::new(3);
    group.part();
    group.act(ANA, take());
    group.act(CY, take());
    group.meet();
    let view = group.seen_by_all();
    let contest = &view.to_settle[0];
    assert!(contest.both, "{contest:?}");
    group.settle(CY, &contest.id, "both").unwrap();
    group.meet();
    let role = group.facilitator();
    assert_eq!((role.state.as_str(), role.to_settle), ("co-held", false));
    assert!(group.seen_by_all().to_settle.is_empty());
}

#[test]
fn an_item_done_in_one_half_and_carried_in_the_other_is_carried() {
    let mut group = Group::new(4);
    let water = group.item("Water");
    group.meet();
    group.part();
    group.act(ANA, mark(&water, ItemMark::Done));
    group.act(CY, mark(&water, ItemMark::Carried));
    group.meet();
    assert_eq!(group.seen_by_all().agenda[0].state, "carried");
}

#[test]
fn an_item_dropped_in_one_half_and_discussed_in_the_other_was_discussed() {
    let mut group = Group::new(5);
    let water = group.item("Water");
    group.meet();
    group.part();
    group.act(ANA, mark(&water, ItemMark::Dropped));
    group.act(CY, Act::Open);
    group.act(CY, advance(None));
    group.act(CY, remark("The well is low."));
    group.meet();
    let view = group.seen_by_all();
    assert_eq!(view.agenda[0].state, "current");
    assert_eq!(view.agenda[0].discussed_in.len(), 1);
    assert!(group.minutes(ANA).contains("The well is low."));
}

#[test]
fn a_decline_at_one_device_beats_an_accept_at_the_other() {
    let mut group = Group::new(6);
    let offer = Act::Offer {
        role: "facilitator".to_owned(),
        to: "Bo".to_owned(),
        kind: OfferKind::Turn,
        note: None,
        until_ms: None,
    };
    let offer = group.act(ANA, offer);
    group.meet();
    // Two homes of one person: a copy, on the other side.
    let copy = group.world.copy_home(BO);
    group.part();
    group.answer(BO, &offer, Answer::Accept);
    group.answer(copy, &offer, Answer::Decline);
    group.meet();
    let role = group.facilitator();
    assert_eq!((role.state.as_str(), role.holders.len()), ("vacant", 0));
    assert_eq!(role.offers[0].state, "declined");
}

#[test]
fn stepping_back_beats_an_extension_that_was_made_apart() {
    let mut group = Group::new(18);
    group.act(BO, take());
    group.meet();
    group.part();
    let extend = Act::ExtendTerm {
        role: "facilitator".to_owned(),
        holder: "Bo".to_owned(),
        until_ms: LATER_MS,
    };
    group.act(CY, extend.clone());
    group.act(BO, step_back());
    assert_eq!(group.show(CY).roles[0].holders, ["Bo"]);
    group.meet();
    let role = group.facilitator();
    assert_eq!((role.state.as_str(), role.holders.len()), ("vacant", 0));
    let late = group.try_act(DEE, extend).unwrap_err();
    assert!(late.message.contains("does not hold"), "{late:?}");
}

#[test]
fn a_role_opened_in_one_half_beats_a_selection_in_the_other() {
    let mut group = Group::new(7);
    group.part();
    let role = "facilitator".to_owned();
    group.act(ANA, Act::OpenRole { role });
    group.agree_on(CY, OfferKind::Selection, (DEE, "Dee"));
    group.meet();
    let role = group.facilitator();
    assert_eq!((role.state.as_str(), role.holders.len()), ("vacant", 0));
    assert_eq!(role.nominees, ["Dee"]);
    assert_eq!(group.inbox(DEE)[0].kind, "nominee");
}

#[test]
fn of_policies_set_apart_both_are_shown_the_agreed_one_holds_and_one_is_chosen() {
    let mut group = Group::new(8);
    let policy = |gap| {
        Command::Meeting(MeetingCommand::Standing(Standing::Policy {
            review: None,
            role: "facilitator".to_owned(),
            rhythm: None,
            gap: Some(gap),
            shadowing: None,
            auto_offer: None,
        }))
    };
    let shows = |group: &mut Group, node| -> PolicyView {
        let role = "facilitator".to_owned();
        let command = Command::Meeting(MeetingCommand::Policy { role });
        match done(&mut group.world, node, command) {
            Reply::Policy(view) => view,
            other => panic!("not a policy: {other:?}"),
        }
    };
    done(&mut group.world, ANA, policy(2));
    group.meet();
    group.part();
    done(&mut group.world, ANA, policy(3));
    done(&mut group.world, CY, policy(4));
    group.meet();
    group.seen_by_all();
    for node in [ANA, BO, CY, DEE] {
        let view = shows(&mut group, node);
        assert_eq!((view.gap, view.competing.len()), (2, 2), "{view:?}");
    }
    let waits = group.inbox(DEE);
    assert_eq!((waits.len(), waits[0].kind.as_str()), (1, "settle"));
    let chosen = "per meeting, gap 4, shadowing on";
    group.settle(DEE, &waits[0].id, chosen).unwrap();
    group.meet();
    for node in [ANA, BO, CY, DEE] {
        let view = shows(&mut group, node);
        assert_eq!((view.gap, view.competing.len()), (4, 0), "{view:?}");
        assert!(group.inbox(node).is_empty());
    }
}

#[test]
fn what_one_half_adopted_keeps_its_words_when_the_other_worded_it_otherwise() {
    let mut group = Group::new(21);
    let text = "We dig.".to_owned();
    let round = group.act(ANA, Act::OpenConsent { text });
    group.meet();
    group.part();
    group.answer(BO, &round, position(Position::Consent, None));
    group.world.run_for(MINUTE_MS);
    group.answer(ANA, &round, Answer::Close { keep: false });
    let text = "We wait.".to_owned();
    group.answer(CY, &round, Answer::Reword { text });
    group.meet();
    let consent = group.seen_by_all().consents[0].clone();
    assert_eq!((&*consent.state, &*consent.text), ("adopted", "We dig."));
    let other = consent.reworded.unwrap();
    assert_eq!(other.text, "We wait.");
    assert!(
        group.inbox(BO)[0].text.contains("We wait."),
        "for a position"
    );
}

#[test]
fn an_objection_that_the_closer_had_not_seen_makes_the_decision_contested() {
    let mut group = Group::new(9);
    let text = "We dig.".to_owned();
    let round = group.act(ANA, Act::OpenConsent { text });
    group.meet();
    group.part();
    group.answer(BO, &round, position(Position::Consent, None));
    group.world.run_for(MINUTE_MS);
    group.answer(ANA, &round, Answer::Close { keep: false });
    group.answer(CY, &round, position(Position::Object, Some("The pipes.")));
    assert_eq!(group.show(ANA).consents[0].state, "adopted");
    group.meet();
    let view = group.seen_by_all();
    assert_eq!(view.consents[0].state, "contested");
    assert_eq!(view.consents[0].unheard, ["Cy"]);
    assert!(group.inbox(DEE).iter().any(|row| row.kind == "contested"));
}

#[test]
fn a_position_stays_with_the_words_it_was_taken_on() {
    let mut group = Group::new(10);
    let text = "We dig.".to_owned();
    let round = group.act(ANA, Act::OpenConsent { text });
    group.meet();
    let first = group.show(ANA).consents[0].version.clone();
    group.part();
    group.answer(ANA, &round, position(Position::Consent, None));
    let text = "We dig on Friday.".to_owned();
    group.answer(CY, &round, Answer::Reword { text });
    group.answer(DEE, &round, position(Position::Consent, None));
    group.meet();
    let consent = group.seen_by_all().consents.remove(0);
    assert_eq!(consent.text, "We dig on Friday.");
    let on = |by: &str| {
        let answer = consent.answers.iter().find(|one| one.by == by).unwrap();
        answer.version.clone()
    };
    assert_eq!((on("Ana"), on("Dee") == consent.version), (first, false));
    assert_ne!(on("Ana"), consent.version);
}

#[test]
fn an_action_handed_to_somebody_who_stepped_back_is_unowned() {
    let mut group = Group::new(11);
    group.act(BO, take());
    group.meet();
    group.part();
    group.act(BO, step_back());
    let offered = Act::AddAction {
        text: "Buy a spade".to_owned(),
        offer: Some("Bo".to_owned()),
    };
    group.act(CY, offered);
    assert_eq!(group.show(CY).actions[0].asked, ["Bo"]);
    group.meet();
    let action = group.seen_by_all().actions.remove(0);
    assert_eq!(action.state, "open");
    assert!(
        action.owners.is_empty() && action.asked.is_empty(),
        "{action:?}"
    );
    assert!(group.inbox(BO).is_empty());
}

#[test]
fn who_came_to_either_half_came() {
    let mut group = Group::new(12);
    group.part();
    for node in [ANA, CY] {
        group.act(node, Act::Open);
        group.act(node, Act::Attend(Attendance::Present));
    }
    group.act(BO, Act::Attend(Attendance::Regrets));
    group.world.run_for(MINUTE_MS);
    group.act(DEE, Act::Attend(Attendance::Present));
    group.act(DEE, Act::Attend(Attendance::Left));
    group.meet();
    let view = group.seen_by_all();
    let said: Vec<(&str, &str)> = view
        .attendance
        .iter()
        .map(|row| (row.person.name.as_str(), row.state.as_str()))
        .collect();
    let expected = [
        ("Ana", "present"),
        ("Bo", "regrets"),
        ("Cy", "present"),
        ("Dee", "left"),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_meeting_that_was_prepared_twice_lives_twice_with_a_hint() {
    let mut group = Group::new(13);
    group.part();
    let other = new_meeting(&mut group.world, CY);
    let weekly = group.meeting.clone();
    group.act(ANA, Act::Open);
    group.meeting.clone_from(&other);
    group.act(CY, Act::Open);
    group.meet();
    let alike = |group: &mut Group| -> Vec<String> {
        let view = group.seen_by_all();
        view.alike.into_iter().map(|one| one.id).collect()
    };
    assert_eq!(alike(&mut group), [weekly.as_str()]);
    group.meeting = weekly;
    assert_eq!(alike(&mut group), [other.as_str()]);
    let both = show(&mut group.world, BO, "Weekly").unwrap_err();
    assert_eq!(both.kind, moot_engine::ErrorKind::Ambiguous);
}

#[test]
fn two_people_who_go_on_at_once_make_one_step() {
    let mut group = Group::new(14);
    let items: Vec<String> = ["Water", "Roof", "Money"]
        .iter()
        .map(|text| group.item(text))
        .collect();
    group.act(ANA, Act::Open);
    group.act(ANA, advance(None));
    group.meet();
    group.part();
    group.act(ANA, advance(Some(&items[0])));
    group.act(CY, advance(Some(&items[0])));
    group.meet();
    let view = group.seen_by_all();
    let current = view.sittings[0].current.as_ref().unwrap();
    assert_eq!(current.id, items[1]);
    assert_eq!(view.agenda[0].state, "done");
    let late = group.try_act(DEE, advance(Some(&items[0]))).unwrap_err();
    assert!(late.message.contains("Roof"), "{late:?}");
}

/// Ana and Cy each give the meeting another time and order, and reword an item, a text for consent, and a remark.
fn change_everything_apart(group: &mut Group, items: &[String], round: &str, said: &str) {
    let sides = [
        (
            ANA,
            "Wells",
            10,
            "We dig a well.",
            1_775_552_400_000,
            [0, 1],
        ),
        (CY, "Taps", 15, "We dig a pond.", 1_775_556_000_000, [1, 0]),
    ];
    for (node, words, minutes, text, at_ms, order) in sides {
        let zone = "Europe/Berlin".to_owned();
        group.act(node, Act::Move(When { at_ms, zone }));
        let change = Act::ChangeItem {
            item: items[0].clone(),
            text: Some(words.to_owned()),
            kind: None,
            minutes: Some(minutes),
        };
        group.act(node, change);
        let order = order.map(|at: usize| items[at].clone()).to_vec();
        group.act(node, Act::Reorder { items: order });
        let text = text.to_owned();
        group.answer(node, round, Answer::Reword { text: text.clone() });
        group.answer(node, said, Answer::Correct { text });
    }
}

#[test]
fn everything_that_was_changed_apart_is_settled_by_its_words() {
    let mut group = Group::new(15);
    let items: Vec<String> = ["Water", "Roof"]
        .iter()
        .map(|text| group.item(text))
        .collect();
    let text = "We dig.".to_owned();
    let round = group.act(ANA, Act::OpenConsent { text });
    let said = group.act(ANA, remark("The well is dry."));
    group.meet();
    group.part();
    change_everything_apart(&mut group, &items, &round, &said);
    group.meet();
    let all = group.seen_by_all().to_settle;
    let chosen = [
        ("several times", "2026-04-07 1"),
        ("several orders of the agenda", "Roof, "),
        ("several wordings of \"", "Taps"),
        ("how many minutes \"", "15"),
        ("several wordings of a", "We dig a pond."),
        ("several corrections", "We dig a well."),
    ];
    assert_eq!(all.len(), chosen.len(), "{all:?}");
    assert_eq!(group.inbox(DEE).len(), chosen.len() + 1, "and her position");
    for (about, words) in chosen {
        let contest = all.iter().find(|one| one.text.starts_with(about)).unwrap();
        let mut choices = contest.choices.iter();
        let choice = choices.find(|one| one.text.starts_with(words)).unwrap();
        let wrong = group.settle(DEE, &contest.id, "something else");
        let wrong = wrong.unwrap_err();
        assert!(wrong.hint.contains(&choice.text), "{wrong:?}");
        group.settle(DEE, &contest.id, &choice.text).unwrap();
    }
    group.meet();
    let view = group.seen_by_all();
    assert!(view.to_settle.is_empty(), "{:?}", view.to_settle);
    let agenda: Vec<&str> = view.agenda.iter().map(|item| item.text.as_str()).collect();
    assert_eq!(agenda, ["Roof", "Taps"]);
    assert_eq!(view.agenda[1].minutes, Some(15));
    assert_eq!(view.consents[0].text, "We dig a pond.");
}

#[test]
fn after_three_days_apart_the_inbox_begins_with_what_happened() {
    let mut group = Group::new(16);
    group.meet();
    let inbox = |group: &mut Group| match done(
        &mut group.world,
        ANA,
        Command::Meeting(MeetingCommand::Inbox),
    ) {
        Reply::Inbox(inbox) => inbox,
        other => panic!("not an inbox: {other:?}"),
    };
    let merged = |group: &mut Group| -> Vec<MergedRow> {
        match done(
            &mut group.world,
            ANA,
            Command::Meeting(MeetingCommand::Merged),
        ) {
            Reply::Merged(rows) => rows,
            other => panic!("not a list: {other:?}"),
        }
    };
    assert_eq!(inbox(&mut group).apart, None, "never apart for long");
    group.world.part(vec![0, 1, 1, 1]);
    group.world.run_for(3 * 24 * 60 * MINUTE_MS);
    group.act(ANA, take());
    group.act(CY, take());
    let offered = Act::AddAction {
        text: "Buy a spade".to_owned(),
        offer: Some("Ana".to_owned()),
    };
    group.act(BO, offered);
    group.act(BO, add_item("Water"));
    note(&mut group.world, DEE, "Wells", "There are two.\n");
    assert_eq!(inbox(&mut group).apart, None, "not yet back");
    group.meet();
    let told = inbox(&mut group).apart.unwrap();
    let expected = "Apart 3 days. 1 thing needs you, 1 needs settling, 2 merged quietly.";
    assert_eq!(told, expected);
    let rows = merged(&mut group);
    let said: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row.title.as_str(), row.by.as_str()))
        .collect();
    assert_eq!(said, [("Wells", "Dee"), ("Weekly", "Bo")]);
    let did = "began the note, named it \"Wells\", wrote 15 characters";
    let did: [&str; 2] = [did, "put “Water” on the agenda"];
    let rows_did: Vec<&str> = rows.iter().map(|row| row.summary.as_str()).collect();
    assert_eq!(rows_did, did);
    assert_eq!(text(&mut group.world, ANA, &rows[0].id), "There are two.\n");
    group.world.run_for(25 * 60 * MINUTE_MS);
    assert_eq!(inbox(&mut group).apart, None, "told for a day");
    assert_eq!(merged(&mut group).len(), 2, "and found after it");
}
