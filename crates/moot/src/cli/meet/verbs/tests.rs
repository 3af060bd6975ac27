//! What typed lines mean, as claims.

use moot_engine::command::OfferKind;

use super::roles::offer;
use super::*;

fn reading(line: &str) -> Line {
    read(line, &["scribe".to_owned(), "Facilitator".to_owned()])
}

#[test]
fn the_queue_is_joined_with_a_note_and_a_kind() {
    assert_eq!(reading("q+"), Line::Act(queue(QueueKind::Topic, None)));
    assert_eq!(
        reading("q+ to thank Bo"),
        Line::Act(queue(QueueKind::Topic, Some("thank Bo".into())))
    );
    assert_eq!(
        reading("Q+ question: which bed?"),
        Line::Act(queue(QueueKind::Question, Some("which bed?".into())))
    );
    assert_eq!(
        reading("qq+ not so"),
        Line::Act(queue(QueueKind::Reply, Some("not so".into())))
    );
}

#[test]
fn an_item_is_read_with_what_stands_in_brackets_after_it() {
    let add = |text: &str, kind, minutes| {
        Line::Act(Act::AddItem {
            text: text.into(),
            kind,
            minutes,
            backlog: false,
        })
    };
    assert_eq!(
        reading("agenda+ Buy seed (decide, 10 min)"),
        add("Buy seed", ItemKind::Decide, Some(10))
    );
    assert_eq!(
        reading("agenda+ The shed (old one)"),
        add("The shed (old one)", ItemKind::Explore, None)
    );
    assert_eq!(reading("agenda+"), Line::Incomplete("agenda+ TEXT"));
}

#[test]
fn roles_of_the_meeting_are_taken_and_laid_down_by_a_sign() {
    let take = |role: &str| {
        Line::Act(Act::Take {
            role: role.into(),
            shadow: false,
        })
    };
    assert_eq!(reading("scribe+"), take("scribe"));
    assert_eq!(reading("facilitator+"), take("Facilitator"));
    assert_eq!(
        reading("scribe-"),
        Line::Act(Act::StepBack {
            role: "scribe".into(),
            note: None
        })
    );
    assert_eq!(reading("C+"), remark("C+", false));
}

#[test]
fn what_is_no_verb_is_a_line_of_the_minutes() {
    for line in [
        "Bo: we need seed",
        "done with that, says Bo",
        "skip to the good part",
        "opening words",
        "passing on",
        "mine is the blue one",
        "check the pump",
        "round and round",
        "offer tea to Bo",
        "Note: the pump leaks",
    ] {
        assert_eq!(reading(line), remark(line, false), "{line}");
    }
    assert_eq!(reading("/me laughs"), remark("laughs", true));
    assert_eq!(reading("   "), Line::Blank);
}

#[test]
fn an_objection_needs_a_reason_and_consent_does_not() {
    assert_eq!(
        reading("consent"),
        Line::About(About::Position(Position::Consent, None))
    );
    assert_eq!(
        reading("object: it floods"),
        Line::About(About::Position(Position::Object, Some("it floods".into())))
    );
    assert_eq!(reading("object"), Line::Incomplete("object: WHY"));
    assert_eq!(
        reading("hold"),
        Line::About(About::Position(Position::Hold, None))
    );
}

#[test]
fn a_role_is_handed_over_with_a_note() {
    assert_eq!(
        reading("hand over scribe to Bo: the pad is shared"),
        Line::Act(offer(
            "scribe".into(),
            "Bo".into(),
            OfferKind::HandOver,
            Some("the pad is shared".into())
        ))
    );
}

#[test]
fn actions_are_added_and_taken_up() {
    assert_eq!(
        reading("action+ buy seed -> Bo"),
        Line::Act(Act::AddAction {
            text: "buy seed".into(),
            offer: Some("Bo".into())
        })
    );
    assert_eq!(
        reading("mine 2"),
        Line::About(About::Action(ActionStep::Accept, "2".into()))
    );
}

#[test]
fn what_is_said_to_the_program_by_name_is_never_minuted() {
    assert_eq!(reading("zakim, agenda?"), Line::Tell(Tell::Agenda));
    assert_eq!(
        reading("Moot, q+ to ask"),
        Line::Act(queue(QueueKind::Topic, Some("ask".into())))
    );
    assert_eq!(reading("moot, offer tea to Bo"), Line::Unknown);
    let thanks = "Zakim, thanks";
    assert_eq!(reading(thanks), Line::Unknown);
    assert_eq!(reading("Thanks, Zakim"), remark("Thanks, Zakim", false));
}

#[test]
fn every_act_about_a_role_is_a_line_too() {
    let to_bo = |kind| Line::Act(offer("scribe".into(), "Bo".into(), kind, None));
    assert_eq!(reading("offer scribe to Bo"), to_bo(OfferKind::Turn));
    assert_eq!(reading("swap scribe with Bo"), to_bo(OfferKind::Swap));
    assert_eq!(reading("shadow scribe to Bo"), to_bo(OfferKind::Shadow));
    assert_eq!(reading("select scribe to Bo"), to_bo(OfferKind::Selection));
    let role = || "scribe".to_owned();
    assert_eq!(
        reading("shadow scribe"),
        Line::Act(Act::Take {
            role: role(),
            shadow: true
        })
    );
    assert_eq!(
        reading("withdraw scribe"),
        Line::About(About::Withdraw(role()))
    );
    assert_eq!(
        reading("share scribe"),
        Line::Act(Act::Share { role: role() })
    );
    assert_eq!(
        reading("not me scribe"),
        Line::Act(Act::Willing {
            role: role(),
            willing: false
        })
    );
    assert_eq!(
        reading("note scribe: the pad is shared"),
        Line::Act(Act::LeaveNote {
            role: role(),
            note: "the pad is shared".into()
        })
    );
    assert_eq!(
        reading("step back scribe: my train leaves"),
        Line::Act(Act::StepBack {
            role: role(),
            note: Some("my train leaves".into())
        })
    );
    assert_eq!(
        reading("role+ cook"),
        Line::Act(Act::AddRole {
            role: "cook".into()
        })
    );
    assert_eq!(
        reading("role- scribe"),
        Line::Act(Act::RemoveRole { role: role() })
    );
    for line in [
        "note cook: salt",
        "open the door",
        "role- cook",
        "swap seats with Bo",
    ] {
        assert_eq!(reading(line), remark(line, false), "{line}");
    }
}

#[test]
fn the_agenda_and_the_queue_have_the_verbs_that_people_know_from_bots() {
    let mark = |item: &str, mark| {
        Line::Act(Act::MarkItem {
            item: item.into(),
            mark,
        })
    };
    assert_eq!(reading("agree"), Line::Act(Act::AgreeAgenda));
    assert_eq!(reading("agree 2"), mark("2", ItemMark::Agreed));
    assert_eq!(reading("reopen 2"), mark("2", ItemMark::Reopened));
    assert_eq!(
        reading("take up agendum 2"),
        Line::About(About::TakeUp(Some("2".into())))
    );
    assert_eq!(
        reading("take up the roof"),
        Line::About(About::TakeUp(Some("the roof".into())))
    );
    assert_eq!(reading("q- later"), Line::About(About::Later));
    assert_eq!(
        reading("queue least-heard"),
        Line::Act(Act::RuleQueue(QueueRule::LeastHeard))
    );
    assert_eq!(
        reading("present+ Bo"),
        Line::Incomplete("present+ (each says it for themself)")
    );
    assert_eq!(
        reading("settle 3af9 Weekly round"),
        Line::About(About::Settle("3af9".into(), "Weekly round".into()))
    );
    for line in [
        "agree with that",
        "drop it",
        "queue for bread",
        "settle down now",
    ] {
        assert_eq!(reading(line), remark(line, false), "{line}");
    }
}

#[test]
fn what_people_say_to_the_bots_they_know_is_understood_and_not_minuted() {
    let take_up = |which: Option<&str>| Line::About(About::TakeUp(which.map(str::to_owned)));
    let mark = |mark| {
        let item = "2".to_owned();
        Line::Act(Act::MarkItem { item, mark })
    };
    for (typed, meant) in [
        ("start meeting", Line::Act(Act::Open)),
        ("end meeting", Line::Act(Act::Close)),
        ("move to next agendum", take_up(None)),
        ("move to agendum 2", take_up(Some("2"))),
        ("take up item 2", take_up(Some("2"))),
        ("close agendum 2", mark(ItemMark::Done)),
        ("agenda- 2", mark(ItemMark::Dropped)),
        ("queue?", Line::Tell(Tell::Queue)),
        ("Zakim, who is here?", Line::Tell(Tell::Present)),
        (
            "pick a scribe",
            Line::Tell(Tell::Suggestions("scribe".into())),
        ),
    ] {
        assert_eq!(reading(typed), meant, "{typed}");
    }
    for line in ["close the gate", "move to the shed", "pick a tomato"] {
        assert_eq!(reading(line), remark(line, false), "{line}");
    }
}
