//! Inviting: how long, how many, and the ticket.

use moot_engine::{Command, Reply};

use crate::layer::{Choice, Layer, Prompt, Row, Ticket};
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::update::over;
use crate::words::{count, said};

const DAY_MS: u64 = 24 * 3_600_000;

/// Asks how long a ticket is to be good for, then for how many, and makes it.
pub(crate) fn invite(model: &mut Model) -> Effects {
    let rows = vec![
        Row::new("7 days", "", "7"),
        Row::new("1 day", "", "1"),
        Row::new("30 days", "", "30"),
    ];
    over(
        model,
        Layer::Choice(Choice::new("Invite: good for how long?", rows, how_many)),
    )
}

fn how_many(model: &mut Model, _: &[String], days: &str) -> Effects {
    let rows = vec![
        Row::new("1 person", "whoever has the ticket first", "1"),
        Row::new(
            "1 person, and compare six words",
            "the door opens when you have",
            "compare",
        ),
        Row::new("5 people", "", "5"),
        Row::new("Any number …", "up to 1000", "any"),
    ];
    let choice = Choice::new("Invite: for how many?", rows, |model, known, uses| {
        let [days] = known else {
            return Effects::new();
        };
        match uses {
            "any" => over(
                model,
                Layer::Prompt(
                    Prompt::new(
                        "Invite",
                        "How many people may join with this ticket? 1 to 1000.",
                        make,
                    )
                    .knowing(&[days, ""]),
                ),
            ),
            "compare" => make(model, &[days.clone(), "compare".to_owned()], "1"),
            uses => make(model, &[days.clone(), String::new()], uses),
        }
    });
    over(model, Layer::Choice(choice.knowing(&[days])))
}

fn make(model: &mut Model, known: &[String], uses: &str) -> Effects {
    let [days, compare] = known else {
        return Effects::new();
    };
    let (Ok(days), Ok(uses @ 1..=1_000)) = (days.parse::<u64>(), uses.trim().parse::<u32>()) else {
        model.say("An invite is for 1 to 1000 people.");
        return Effects::new();
    };
    let confirm = !compare.is_empty();
    let command = Command::Invite {
        expires_in_ms: days * DAY_MS,
        uses,
        confirm,
    };
    let whom = count(u64::from(uses), "person", "people");
    let compare = if confirm {
        " You compare six words with them."
    } else {
        ""
    };
    vec![model.ask(command, &[&whom, compare], |model, known, answer| {
        match answer {
            Ok(Reply::Invited(invited)) => {
                let [whom, compare] = known else {
                    return Effects::new();
                };
                let until = said(invited.expires, model.now.wall_ms, &model.setup.zone);
                let says = format!(
                    "Good for {whom}, until {until}.{compare} Whoever has it can join and read everything: \
                     give it only to whom you mean. It is not shown again; another can be made."
                );
                model.read_in(Reading::Invites, 0);
                let ticket = Ticket::new(&invited.ticket, says, model.setup.colours);
                return over(model, Layer::Ticket(ticket));
            }
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })]
}
