//! The story, scene by scene.

use moot_engine::CommandError;
use serde_json::Value;

use super::cast::Stage;
use super::teller::Teller;
use super::texts::TEXTS;

pub(super) const EVERYBODY: [&str; 3] = ["ana", "bo", "chidi"];
const NOTE: &str = "Tool shed";
const ANAS_LINE: &str = "Ana, in the shed: the green wheelbarrow has a new tyre.";
const BOS_LINE: &str = "Bo, at the station: I lent the loppers to Grace until Sunday.";
const ANAS_TITLE: &str = "Tool shed and what is in it";
const BOS_TITLE: &str = "The shed 🌱 道具小屋";

/// Tells it all. Ends at the first claim that does not hold.
pub(super) fn tell(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    a_notebook(stage, teller)?;
    three_of_them(stage, teller)?;
    let note = id_of(stage, "ana", NOTE)?;
    apart(stage, teller, &note)?;
    together(stage, teller, &note)?;
    one_title(stage, teller, &note)?;
    super::rotation::tell(stage, teller)?;
    killed(stage, teller, &note)?;
    the_end(stage, teller)
}

fn a_notebook(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    teller.scene("Ana begins a notebook");
    for who in EVERYBODY {
        stage.prepare(who)?;
    }
    let purpose = "Sharing a garden, its water and its evenings.";
    stage.ask(
        "ana",
        &[
            "init",
            "--name",
            "Ana",
            "--new",
            "Garden",
            "--purpose",
            purpose,
        ],
    )?;
    let folder = stage.write_folder("texts", &TEXTS)?;
    let imported = stage.ask("ana", &["import", &folder.to_string_lossy()])?;
    teller.line("$ moot init --name Ana --new Garden");
    teller.line("$ moot import texts");
    teller.claim(
        &format!("{} Markdown files are notes now", TEXTS.len()),
        imported["imported"] == TEXTS.len(),
    )?;
    let mut exact = true;
    for (title, text) in [
        ("Seed day", file("seed-day.md")),
        (NOTE, file("tool-shed.md")),
    ] {
        let id = id_starting(stage, title)?;
        exact &= stage.ask("ana", &["note", "show", &id])?["body"] == text;
    }
    teller.claim(
        "byte for byte, seeds in three scripts and old line ends included",
        exact,
    )?;
    stage.start_node("ana")
}

fn three_of_them(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    teller.scene("Bo and Chidi join, with a ticket each");
    for (who, name) in [("bo", "Bo"), ("chidi", "Chidi")] {
        let ticket = stage.ask("ana", &["invite", "--expires", "10m"])?;
        let ticket = ticket["ticket"].as_str().unwrap_or_default().to_owned();
        let joined = stage.ask(who, &["join", &ticket, "--name", name, "--wait", "15s"])?;
        teller.line(&format!(
            "$ moot join {}… --name {name}",
            ticket.get(..16).unwrap_or("")
        ));
        let door = joined["admitted_by"]["name"].as_str().unwrap_or_default();
        teller.claim(
            &format!("{name} is in; it was {door}'s device that opened the door"),
            ["Ana", "Bo"].contains(&door) && door != name,
        )?;
        stage.start_node(who)?;
    }
    in_step(stage, teller, "all three hold the same and see the same")?;
    let notes = stage.ask("chidi", &["note", "list"])?;
    teller.claim(
        "Chidi reads all notes from his own disk",
        notes
            .as_array()
            .is_some_and(|rows| rows.len() == TEXTS.len()),
    )
}

fn apart(stage: &mut Stage<'_>, teller: &mut Teller, note: &str) -> Result<(), CommandError> {
    teller.scene("The bridge is shut: Ana and Bo write in the same note, apart");
    for who in ["ana", "bo"] {
        stage.stop_node(who)?;
    }
    let before = stage.ask("ana", &["status"])?;
    teller.claim(
        "with nobody in reach the notebook says so, and works",
        before["peers"]
            .as_array()
            .is_some_and(|peers| peers.iter().all(|peer| peer["reach"] == "unreachable")),
    )?;
    stage.ask("ana", &["note", "append", note, ANAS_LINE])?;
    stage.ask("ana", &["note", "rename", note, ANAS_TITLE])?;
    stage.ask("bo", &["note", "append", note, BOS_LINE])?;
    stage.ask("bo", &["note", "rename", note, BOS_TITLE])?;
    teller.line(&format!("Ana writes: {ANAS_LINE}"));
    teller.line(&format!("Bo writes:  {BOS_LINE}"));
    teller.line(&format!(
        "Ana calls it “{ANAS_TITLE}”, Bo calls it “{BOS_TITLE}”."
    ));
    let ana = stage.ask("ana", &["status"])?;
    let bo = stage.ask("bo", &["status"])?;
    teller.claim(
        "each has written something that the other does not have",
        ana["log_digest"] != bo["log_digest"] && ana["waiting"] != 0 && bo["waiting"] != 0,
    )
}

fn together(stage: &mut Stage<'_>, teller: &mut Teller, note: &str) -> Result<(), CommandError> {
    teller.scene("They meet again");
    for who in ["ana", "bo"] {
        stage.start_node(who)?;
    }
    in_step(
        stage,
        teller,
        "merged: all three hold the same and see the same",
    )?;
    let mut kept = true;
    for who in EVERYBODY {
        let body = body_of(stage, who, note)?;
        kept &= body.contains(ANAS_LINE) && body.contains(BOS_LINE);
        kept &= body.starts_with(file("tool-shed.md").trim_end());
    }
    teller.claim("not a character is lost", kept)?;
    let blame = stage.ask("chidi", &["note", "blame", note])?;
    let wrote = |name: &str, line: &str| {
        blame.as_array().is_some_and(|rows| {
            rows.iter().any(|row| {
                row["by"] == name && row["text"].as_str().is_some_and(|text| text.contains(line))
            })
        })
    };
    teller.claim(
        "and it is known who wrote what",
        wrote("Ana", ANAS_LINE) && wrote("Bo", BOS_LINE),
    )
}

fn one_title(stage: &mut Stage<'_>, teller: &mut Teller, note: &str) -> Result<(), CommandError> {
    teller.scene("Two titles, given at the same time");
    let shown = stage.ask("chidi", &["note", "show", note])?;
    let titles: Vec<&str> = shown["titles"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|choice| choice["title"].as_str())
        .collect();
    teller.claim(
        "both are kept and shown; no machine chooses",
        titles.len() == 2 && titles.contains(&ANAS_TITLE) && titles.contains(&BOS_TITLE),
    )?;
    teller.line(&format!(
        "$ moot settle {}… “{BOS_TITLE}”",
        note.get(..8).unwrap_or(note)
    ));
    stage.ask("chidi", &["settle", note, BOS_TITLE])?;
    stage.until("everybody sees the title that was settled on", |stage| {
        let mut all = true;
        for who in EVERYBODY {
            let shown = stage.ask(who, &["note", "show", note])?;
            let open = shown["titles"].as_array().map_or(0, Vec::len);
            all &= shown["title"] == BOS_TITLE && open < 2;
        }
        Ok(all)
    })?;
    teller.claim("Chidi settles it, for all three", true)
}

fn killed(stage: &mut Stage<'_>, teller: &mut Teller, note: &str) -> Result<(), CommandError> {
    teller.scene("Chidi's machine dies in the middle of his writing");
    let mut typing = stage.begin_typing("chidi", note)?;
    let line = |number: usize| format!("Chidi's line number {number}: сім'я, 種, été.");
    let mut saved = 0;
    for number in 0..8 {
        if !typing.line(&line(number)) || !typing.is_saved() {
            break;
        }
        saved += 1;
    }
    // Some more, for which no answer is awaited: the kill comes in the middle of them.
    for number in 8..40 {
        typing.line(&line(number));
    }
    stage.kill_node("chidi");
    saved += typing.stop();
    teller.line(&format!("kill -9, after {saved} lines were called saved."));
    teller.claim("some lines were called saved before", saved >= 8)?;
    stage.start_node("chidi")?;
    let body = body_of(stage, "chidi", note)?;
    let there = (0..saved)
        .filter(|number| body.contains(&line(*number)))
        .count();
    teller.claim(
        &format!("every line that was called saved is there: {there} of {saved}"),
        there == saved,
    )?;
    in_step(
        stage,
        teller,
        "and after his restart all three are in step again",
    )?;
    let anas = body_of(stage, "ana", note)?;
    teller.claim(
        "Ana reads them too",
        (0..saved).all(|number| anas.contains(&line(number))),
    )
}

fn the_end(stage: &mut Stage<'_>, teller: &mut Teller) -> Result<(), CommandError> {
    teller.scene("How it stands");
    let mut sound = true;
    for who in EVERYBODY {
        let status = stage.ask(who, &["status"])?;
        let digest = status["state_digest"].as_str().unwrap_or_default();
        teller.line(&format!(
            "{who:<6} {} entries, sees {}…",
            status["entries"],
            digest.get(..16).unwrap_or(digest)
        ));
        sound &= stage.ask(who, &["doctor"])?["ok"] == true;
    }
    teller.claim("moot doctor finds all three sound", sound)
}

/// Waits until all hold the same entries and see the same.
pub(super) fn in_step(
    stage: &Stage<'_>,
    teller: &mut Teller,
    claim: &str,
) -> Result<(), CommandError> {
    stage.until("all three are in step", |stage| {
        let mut digests = Vec::new();
        for who in EVERYBODY {
            let status = stage.ask(who, &["status"])?;
            digests.push((status["log_digest"].clone(), status["state_digest"].clone()));
        }
        let known = digests
            .iter()
            .all(|(log, state)| log.is_string() && state.is_string());
        Ok(known && digests.iter().all(|digest| *digest == digests[0]))
    })?;
    teller.claim(claim, true)
}

fn body_of(stage: &Stage<'_>, who: &str, note: &str) -> Result<String, CommandError> {
    let shown = stage.ask(who, &["note", "show", note])?;
    Ok(shown["body"].as_str().unwrap_or_default().to_owned())
}

fn id_of(stage: &Stage<'_>, who: &str, title: &str) -> Result<String, CommandError> {
    let shown = stage.ask(who, &["note", "show", title])?;
    Ok(text_of(&shown["id"]))
}

/// The note whose title begins so.
fn id_starting(stage: &Stage<'_>, title: &str) -> Result<String, CommandError> {
    let rows = stage.ask("ana", &["note", "list"])?;
    let found = rows.as_array().into_iter().flatten().find(|row| {
        row["title"]
            .as_str()
            .is_some_and(|found| found.starts_with(title))
    });
    Ok(found.map_or_else(String::new, |row| text_of(&row["id"])))
}

pub(super) fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn file(name: &str) -> &'static str {
    TEXTS
        .iter()
        .find(|(found, _)| *found == name)
        .map_or("", |(_, text)| text)
}
