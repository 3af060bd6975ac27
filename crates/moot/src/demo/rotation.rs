//! The second half of the story: a group meets, is split in the middle, and its roles stay right.

use moot_engine::CommandError;
use serde_json::Value;

use super::cast::Stage;
use super::story::{EVERYBODY, in_step, text_of};
use super::teller::Teller;

const ROLE: &str = "facilitator";

/// Tells how a role passes on by consent, also while the group is split in two.
pub(super) fn tell(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    a_meeting(stage, teller)?;
    let second = in_two_halves(stage, teller)?;
    one_truth(stage, teller, &second)?;
    whose_turn(stage, teller)
}

fn prepare(stage: &Stage<'_>, title: &str, at: &str) -> Result<String, CommandError> {
    let purpose = "Plan the week in the garden.";
    let roles = "facilitator,scribe";
    let arguments = [
        "meeting",
        "new",
        title,
        "--purpose",
        purpose,
        "--at",
        at,
        "--tz",
        "Europe/Berlin",
        "--roles",
        roles,
    ];
    Ok(text_of(&stage.ask("ana", &arguments)?["id"]))
}

fn a_meeting(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    teller.scene("A meeting, and nobody is appointed");
    let first = prepare(stage, "Weekly 1", "2026-12-01 18:00")?;
    stage.ask("ana", &["agenda", "add", &first, "The pump leaks"])?;
    let list = stage.ask("ana", &["role", "suggest", &first, ROLE])?;
    let name = text_of(&list[0]["name"]);
    let who = name.to_lowercase();
    teller.line("$ moot role suggest “Weekly 1” facilitator");
    teller.line(&suggested(&list));
    let other = if who == "ana" { "bo" } else { "ana" };
    in_step(stage, teller, "anybody can see that, and make the offer")?;
    let offer = stage.ask(other, &["role", "offer", &first, ROLE, "--to", &name])?;
    let offer = text_of(&offer["offer"]);
    in_step(stage, teller, "the offer waits for an answer, on all three")?;
    let before = role(stage, &who, &first)?;
    stage.ask(&who, &["role", "accept", &offer])?;
    let after = role(stage, &who, &first)?;
    teller.claim(
        &format!("{name} was asked, and holds the role only since saying yes"),
        before["state"] == "offered"
            && after["state"] == "held"
            && after["holders"] == Value::from(vec![name]),
    )?;
    for arguments in [
        &["meeting", "open", &first][..],
        &["agenda", "advance", &first, "--from", "start"],
        &["meeting", "close", &first],
    ] {
        stage.ask(other, arguments)?;
    }
    for who in EVERYBODY {
        // Whoever was there says so for themself.
        stage.ask(who, &["present", &first])?;
    }
    let minutes = stage.ask("chidi", &["meeting", "minutes", &first])?;
    teller.claim(
        "somebody who holds no role opened it, led on and closed it: roles give no permissions",
        text_of(&minutes).contains("The pump leaks"),
    )?;
    in_step(stage, teller, "all three see the same meeting")
}

/// The group is split while it meets; each half finds a facilitator. Answers the meeting.
fn in_two_halves(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<String, CommandError> {
    teller.scene("The next meeting, with the line down: Ana here, Bo and Chidi there");
    let second = prepare(stage, "Weekly 2", "2026-12-08 18:00")?;
    let shown = stage.ask("ana", &["meeting", "show", &second])?;
    teller.claim(
        "what the last meeting left is on its agenda, and nobody put it there",
        shown["agenda"][0]["text"] == "The pump leaks" && shown["agenda"][0]["state"] == "carried",
    )?;
    in_step(stage, teller, "all three know of it")?;
    stage.stop_node("ana")?;
    stage.ask("ana", &["role", "take", &second, ROLE])?;
    stage.ask("ana", &["meeting", "open", &second])?;
    stage.ask(
        "ana",
        &["minutes", "add", &second, "Ana: the valve is broken."],
    )?;
    let offer = stage.ask("chidi", &["role", "offer", &second, ROLE, "--to", "Bo"])?;
    let offer = text_of(&offer["offer"]);
    stage.until("Bo has heard of the offer", |stage| {
        let inbox = stage.ask("bo", &["inbox"])?;
        let rows = inbox.as_array().into_iter().flatten();
        Ok(rows.into_iter().any(|row| row["id"] == offer))
    })?;
    stage.ask("bo", &["role", "accept", &offer])?;
    stage.ask("bo", &["meeting", "open", &second])?;
    stage.ask("bo", &["minutes", "add", &second, "Bo: the beds are dry."])?;
    let (here, there) = (role(stage, "ana", &second)?, role(stage, "bo", &second)?);
    teller.claim(
        "each half has a facilitator who said yes: Ana here, Bo there",
        here["holders"] == Value::from(vec!["Ana"]) && there["holders"] == Value::from(vec!["Bo"]),
    )?;
    Ok(second)
}

fn one_truth(stage: &mut Stage<'_>, teller: &mut Teller, second: &str) -> Result<(), CommandError> {
    teller.scene("The line is back");
    stage.start_node("ana")?;
    in_step(stage, teller, "merged: all three see the same")?;
    let shown = stage.ask("chidi", &["meeting", "show", second])?;
    teller.claim(
        "two sittings of one meeting, side by side and never mixed",
        shown["sittings"].as_array().map(Vec::len) == Some(2),
    )?;
    let held = role(stage, "chidi", second)?;
    teller.claim(
        "both said yes, so both hold the role until one of them settles it; no machine chooses",
        held["state"] == "co-held" && held["holders"] == Value::from(vec!["Ana", "Bo"]),
    )?;
    teller.line("$ moot role step-back “Weekly 2” facilitator");
    stage.ask("ana", &["role", "step-back", second, ROLE])?;
    stage.until("everybody sees one facilitator", |stage| {
        let mut all = true;
        for who in EVERYBODY {
            all &= role(stage, who, second)?["holders"] == Value::from(vec!["Bo"]);
        }
        Ok(all)
    })?;
    teller.claim(
        "Ana steps back, at once and with thanks: it is Bo, for all three",
        true,
    )
}

fn whose_turn(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    teller.scene("And whose turn is it next?");
    let third = prepare(stage, "Weekly 3", "2026-12-15 18:00")?;
    in_step(stage, teller, "the third meeting is known to all")?;
    let list = stage.ask("ana", &["role", "suggest", &third, ROLE])?;
    teller.line("$ moot role suggest “Weekly 3” facilitator");
    teller.line(&suggested(&list));
    let mut same = true;
    for who in ["bo", "chidi"] {
        same &= stage.ask(who, &["role", "suggest", &third, ROLE])? == list;
    }
    teller.claim("the same list with the same reasons, on all three", same)?;
    let rows = list.as_array().into_iter().flatten();
    let names: Vec<String> = rows.map(|row| text_of(&row["name"])).collect();
    teller.claim(
        "Ana and Bo, who facilitated last, are left in peace",
        names == ["Chidi"],
    )
}

fn role(stage: &Stage<'_>, who: &str, meeting: &str) -> Result<Value, CommandError> {
    let rows = stage.ask(who, &["role", "list", meeting])?;
    let mut rows = rows.as_array().into_iter().flatten();
    let found = rows.find(|row| row["role"] == ROLE);
    Ok(found.cloned().unwrap_or_default())
}

/// `Bo: has not had a turn yet; Chidi: next in turn`.
fn suggested(list: &Value) -> String {
    let rows = list.as_array().into_iter().flatten();
    let lines: Vec<String> = rows
        .map(|row| format!("{}: {}", text_of(&row["name"]), text_of(&row["reason"])))
        .collect();
    lines.join("; ")
}
