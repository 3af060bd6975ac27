//! What meetings hold and are told of: long agendas and minutes, and when a group looks again at how a role rotates.

use moot_engine::command::{Act, MeetingCommand, NewMeeting, ReviewDay, Standing, When};
use moot_engine::reply::meeting::{Added, InboxRow, PolicyView};
use moot_engine::{ADDED_AT_ONCE_MAX, Command, CommandError, ErrorKind, Reply};
use moot_sim::World;

use super::garden::{ask, done, shared, status};
use super::halves::{ANA, BO, CY, Group, acted, add_item, new_meeting, remark};

const DAY_MS: u64 = 24 * 3_600_000;

/// Ana alone with a meeting.
fn alone(seed: u64) -> Group {
    let mut world = World::new(seed);
    shared(&mut world, &["Ana"]);
    let meeting = new_meeting(&mut world, ANA);
    Group { world, meeting }
}

fn add(group: &mut Group, acts: Vec<Act>) -> Result<Added, CommandError> {
    let meeting = group.meeting.clone();
    let command = Command::Meeting(MeetingCommand::Add { meeting, acts });
    match ask(&mut group.world, ANA, command)? {
        Reply::Added(added) => Ok(added),
        other => panic!("nothing was added: {other:?}"),
    }
}

#[test]
fn an_item_that_is_one_too_many_is_refused_and_the_agenda_keeps_the_rest() {
    let mut group = alone(17);
    for part in [250, 249] {
        let acts = vec![add_item("Water"); part];
        assert!(
            add(&mut group, acts)
                .unwrap()
                .lines
                .iter()
                .all(Result::is_ok)
        );
    }
    group.act(ANA, add_item("The last"));
    let error = group.try_act(ANA, add_item("One more")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(
        error.message.contains("500") && !error.hint.is_empty(),
        "{error:?}"
    );
    assert_eq!(group.show(ANA).agenda.len(), 500);
}

#[test]
fn ten_thousand_lines_at_once_come_to_what_they_come_to_one_by_one_in_a_few_entries() {
    let mut group = alone(18);
    let before = status(&mut group.world, ANA).entries;
    let lines: Vec<String> = (0..10_000).map(|n| format!("Item {n}")).collect();
    let mut came = Vec::new();
    for part in lines.chunks(ADDED_AT_ONCE_MAX) {
        let acts = part.iter().map(|text| add_item(text)).collect();
        came.extend(add(&mut group, acts).unwrap().lines);
    }
    let agenda = group.show(ANA).agenda;
    let found: Vec<(&String, &String)> = agenda.iter().map(|item| (&item.text, &item.id)).collect();
    let added = lines.iter().zip(came.iter().flatten());
    assert_eq!(
        found,
        added.collect::<Vec<_>>(),
        "the first, in their order"
    );
    let refused: Vec<&CommandError> = came.iter().filter_map(|one| one.as_ref().err()).collect();
    assert_eq!(refused.len(), 9_500, "each line is answered");
    assert!(refused.iter().all(|error| error.kind == ErrorKind::Refused));
    let made = status(&mut group.world, ANA).entries - before;
    assert!(made <= 4, "{made} entries for 500 items");
}

#[test]
fn of_several_lines_one_that_cannot_be_is_refused_alone_and_what_does_not_add_refuses_all() {
    let mut group = alone(19);
    let long = "x".repeat(600);
    let acts = vec![add_item("Water"), add_item(&long), remark("So be it.")];
    let came = add(&mut group, acts).unwrap().lines;
    let sound: Vec<bool> = came.iter().map(Result::is_ok).collect();
    assert_eq!(sound, [true, false, true]);
    let view = group.show(ANA);
    assert_eq!((view.agenda.len(), view.remarks.len()), (1, 1));
    assert_eq!(Ok(&view.remarks[0].id), came[2].as_ref());
    let error = add(&mut group, vec![add_item("Roof"), Act::Open]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    let many = vec![add_item("Roof"); ADDED_AT_ONCE_MAX + 1];
    assert_eq!(add(&mut group, many).unwrap_err().kind, ErrorKind::Usage);
    assert_eq!(group.show(ANA).agenda.len(), 1, "nothing was half done");
}

#[test]
fn what_is_beyond_what_a_meeting_counts_of_one_person_is_refused_and_not_lost_in_silence() {
    let mut group = alone(20);
    let mut refused = None;
    for part in 0..17 {
        let acts = (0..ADDED_AT_ONCE_MAX).map(|line| remark(&format!("{part} {line}")));
        let came = add(&mut group, acts.collect()).unwrap().lines;
        refused = came.into_iter().find_map(Result::err);
    }
    let error = refused.unwrap();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(error.hint.contains("another meeting"), "{error:?}");
    let error = group.try_act(ANA, remark("one more")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused, "nor by itself");
    let view = group.show(ANA);
    assert!(view.remarks.len() > 4_000, "{}", view.remarks.len());
    assert_eq!(view.uncounted, 0, "nothing was said that does not count");
}

fn set_review(group: &mut Group, node: usize, review: Option<ReviewDay>) {
    let policy = Standing::Policy {
        role: "facilitator".to_owned(),
        rhythm: None,
        gap: Some(2),
        shadowing: None,
        auto_offer: None,
        review,
    };
    let command = Command::Meeting(MeetingCommand::Standing(policy));
    done(&mut group.world, node, command);
    group.meet();
}

fn policy(group: &mut Group, node: usize) -> PolicyView {
    let role = "facilitator".to_owned();
    match done(
        &mut group.world,
        node,
        Command::Meeting(MeetingCommand::Policy { role }),
    ) {
        Reply::Policy(view) => view,
        other => panic!("not a policy: {other:?}"),
    }
}

fn due(rows: Vec<InboxRow>) -> Vec<String> {
    let reviews = rows.into_iter().filter(|row| row.kind == "review");
    reviews.map(|row| row.id).collect()
}

#[test]
fn when_its_day_has_come_a_policy_waits_in_every_inbox_and_beside_the_agenda_until_the_next_is_set()
{
    let mut group = Group::new(21);
    group.act(ANA, remark("What the clock says."));
    let said = group.show(ANA).remarks[0].at;
    let at_ms = said.as_millisecond() + i64::try_from(5 * DAY_MS).unwrap();
    set_review(&mut group, ANA, Some(ReviewDay::From(at_ms)));
    for node in [ANA, BO, CY] {
        assert!(due(group.inbox(node)).is_empty(), "not before its day");
        assert!(!policy(&mut group, node).due);
    }
    assert!(group.show(CY).reviews.is_empty());
    let next = next_meeting(&mut group, at_ms + 60_000);
    group.meet();
    let first = std::mem::replace(&mut group.meeting, next);
    let reviews = group.seen_by_all().reviews;
    assert_eq!(reviews[0].role, "facilitator", "it will be due by then");

    group.world.run_for(6 * DAY_MS);
    for node in [ANA, BO, CY] {
        assert_eq!(due(group.inbox(node)), ["facilitator"], "at {node}");
        assert!(policy(&mut group, node).due);
    }
    group.meeting = first;
    assert_eq!(group.seen_by_all().reviews.len(), 1);
    set_review(&mut group, BO, None);
    assert_eq!(due(group.inbox(CY)), ["facilitator"], "the day stays");
    set_review(
        &mut group,
        BO,
        Some(ReviewDay::From(at_ms + 400 * 86_400_000)),
    );
    assert!(due(group.inbox(CY)).is_empty(), "the next is set");
    set_review(&mut group, BO, Some(ReviewDay::From(at_ms)));
    assert_eq!(due(group.inbox(CY)), ["facilitator"]);
    set_review(&mut group, CY, Some(ReviewDay::Never));
    assert!(due(group.inbox(ANA)).is_empty(), "none any more");
    assert_eq!(policy(&mut group, ANA).review, None);
    assert!(group.seen_by_all().reviews.is_empty());
}

/// A meeting of the same series at a moment.
fn next_meeting(group: &mut Group, at_ms: i64) -> String {
    let new = NewMeeting {
        title: "The next".to_owned(),
        purpose: "To agree on the week".to_owned(),
        when: Some(When {
            at_ms,
            zone: "UTC".to_owned(),
        }),
        series: None,
        roles: vec!["facilitator".to_owned()],
    };
    let command = Command::Meeting(MeetingCommand::New(new));
    acted(done(&mut group.world, ANA, command))
}
