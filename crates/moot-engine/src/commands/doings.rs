//! What a change did, in a few words for people: "put “Bees” on the agenda", "wrote 14 characters".
//!
//! Owns the sentence for each kind of fact, past tense and without its author, whose name stands beside it.

use moot_notebook::{
    ActionMark, Answer, Attendance, FactBody, Facts, HistoryRow as Change, ItemMark, ItemPlace,
    MeetingFact, Naming, OfferKind, Part, PersonId, Record, RoleFact, RotaFact, RoundTurn,
    Willingness,
};

/// Characters of somebody's text that are shown.
const SHOWN: usize = 60;

/// What a change did. People are named by the function that is given.
pub(crate) fn summary(
    change: &Change,
    facts: &Facts,
    name_of: &dyn Fn(&PersonId) -> String,
) -> String {
    let stated = change
        .facts
        .iter()
        .filter_map(|id| facts.get(id).and_then(|entry| entry.fact.as_ref()));
    let mut did: Vec<String> = stated.map(|fact| stating(&fact.body, name_of)).collect();
    match (change.inserted_chars, change.deleted_chars) {
        (0, 0) => {}
        (wrote, 0) => did.push(format!("wrote {}", characters(wrote))),
        (0, took) => did.push(format!("took out {}", characters(took))),
        (wrote, took) => did.push(format!("wrote {} and took out {took}", characters(wrote))),
    }
    if did.is_empty() {
        "changed nothing".to_owned()
    } else {
        did.join(", ")
    }
}

fn characters(count: usize) -> String {
    if count == 1 {
        "1 character".to_owned()
    } else {
        format!("{count} characters")
    }
}

/// Somebody's text in quotes, cut where it is long.
fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("“{}”", shown.replace('\n', " "))
}

fn stating(body: &FactBody, name_of: &dyn Fn(&PersonId) -> String) -> String {
    match body {
        FactBody::NoteCreated { .. } => "began the note".to_owned(),
        FactBody::Title { text } => format!("named it {text:?}"),
        FactBody::Deleted { .. } => "deleted it".to_owned(),
        FactBody::Restored => "restored it".to_owned(),
        FactBody::Imported { path, .. } => format!("imported {path}"),
        FactBody::Tag { text } => format!("tagged it {}", quoted(text)),
        FactBody::Link { .. } => "linked it to another note".to_owned(),
        FactBody::Source { citation, .. } => format!("named a source: {}", quoted(citation)),
        FactBody::Retract { .. } => "took back something said about it".to_owned(),
        FactBody::NotebookName { text } => format!("named the notebook {}", quoted(text)),
        FactBody::Purpose { text } => format!("said what it is for: {}", quoted(text)),
        FactBody::ProfileName { text } => format!("goes by {}", quoted(text)),
        FactBody::Meeting(fact) => in_meeting(fact, name_of),
        FactBody::Role(fact) => about_role(fact, name_of),
        FactBody::Rota(fact) => for_all_meetings(fact),
        FactBody::Newer { .. } => "did something that needs a newer moot".to_owned(),
    }
}

fn in_meeting(fact: &MeetingFact, name_of: &dyn Fn(&PersonId) -> String) -> String {
    match fact {
        MeetingFact::Begun {} => "prepared the meeting".to_owned(),
        MeetingFact::Scheduled { zone, .. } => format!("set a time, by the clock of {zone}"),
        MeetingFact::Series { name } => format!("put it into the series {}", quoted(name.as_str())),
        MeetingFact::RoleListed { role } => format!("added the role {role}"),
        MeetingFact::RoleUnlisted { role } => format!("took out the role {role}"),
        MeetingFact::Cancelled {} => "cancelled the meeting".to_owned(),
        MeetingFact::Resumed {} => "said that the meeting takes place after all".to_owned(),
        MeetingFact::MinutesAgreed { .. } => "agreed to the minutes".to_owned(),
        MeetingFact::SittingOpened { .. } => "opened the meeting".to_owned(),
        MeetingFact::SittingClosed { .. } => "closed the meeting".to_owned(),
        MeetingFact::Attended { status, .. } => attending(*status).to_owned(),
        MeetingFact::QueueJoined { note, .. } => match note {
            Some(note) => format!("asked for the floor: {}", quoted(note.as_str())),
            None => "asked for the floor".to_owned(),
        },
        MeetingFact::QueueLeft { .. } => "asked for the floor no longer".to_owned(),
        MeetingFact::QueueTaken { .. } => "gave the floor to whoever was next".to_owned(),
        MeetingFact::QueueRuled { rule, .. } => format!("ordered the queue: {}", rule.word()),
        MeetingFact::Remarked { text, record, .. } => match record {
            Record::On => format!("noted {}", quoted(text.as_str())),
            Record::Off => "said something off the record".to_owned(),
        },
        MeetingFact::Corrected { text, .. } => {
            format!("corrected a remark: {}", quoted(text.as_str()))
        }
        MeetingFact::Named { naming } => match naming {
            Naming::Show => "is named in the minutes".to_owned(),
            Naming::LeaveOut => "is not named in the minutes".to_owned(),
        },
        MeetingFact::HandOverNote { role, text } => {
            format!("wrote for the next {role}: {}", quoted(text.as_str()))
        }
        fact => on_agenda(fact)
            .or_else(|| together(fact))
            .or_else(|| to_be_done(fact, name_of))
            .unwrap_or_else(|| "said something about the meeting".to_owned()),
    }
}

fn attending(status: Attendance) -> &'static str {
    match status {
        Attendance::Available => "will come",
        Attendance::Present => "came",
        Attendance::Regrets => "will not come",
        Attendance::Left => "left",
    }
}

fn on_agenda(fact: &MeetingFact) -> Option<String> {
    Some(match fact {
        MeetingFact::ItemAdded { text, place, .. } => match place {
            ItemPlace::Proposed => format!("put {} on the agenda", quoted(text.as_str())),
            ItemPlace::Backlog => format!("kept {} for some other time", quoted(text.as_str())),
        },
        MeetingFact::ItemMarked { mark, .. } => match mark {
            ItemMark::Agreed => "agreed to an item".to_owned(),
            ItemMark::Backlog => "kept an item for some other time".to_owned(),
            ItemMark::Done => "called an item done".to_owned(),
            ItemMark::Carried => "carried an item on to the next meeting".to_owned(),
            ItemMark::Skipped => "moved an item to the end".to_owned(),
            ItemMark::Dropped => "took an item off the agenda".to_owned(),
            ItemMark::Reopened => "put an item back on the agenda".to_owned(),
        },
        MeetingFact::ItemChanged { text, .. } => match text {
            Some(text) => format!("reworded an item: {}", quoted(text.as_str())),
            None => "changed an item".to_owned(),
        },
        MeetingFact::AgendaOrdered { .. } => "ordered the agenda".to_owned(),
        MeetingFact::Advanced { .. } => "went on along the agenda".to_owned(),
        MeetingFact::Extended { minutes, .. } => format!("gave an item {minutes} minutes in all"),
        _ => return None,
    })
}

/// Rounds, temperature checks and consent.
fn together(fact: &MeetingFact) -> Option<String> {
    Some(match fact {
        MeetingFact::RoundOpened { text, .. } => {
            format!("began a round: {}", quoted(text.as_str()))
        }
        MeetingFact::RoundTaken { turn, .. } => match turn {
            RoundTurn::Spoke => "spoke in a round".to_owned(),
            RoundTurn::Passed => "passed in a round".to_owned(),
        },
        MeetingFact::RoundClosed { .. } => "ended a round".to_owned(),
        MeetingFact::CheckOpened { statement, .. } => {
            format!("asked how warm people are: {}", quoted(statement.as_str()))
        }
        MeetingFact::CheckAnswered { word, .. } => {
            format!("answered a temperature check: {}", word.word())
        }
        MeetingFact::CheckClosed { .. } => "ended a temperature check".to_owned(),
        MeetingFact::ConsentOpened { text, .. } => {
            format!("asked for consent: {}", quoted(text.as_str()))
        }
        MeetingFact::ConsentReworded { text, .. } => {
            format!("reworded a proposal: {}", quoted(text.as_str()))
        }
        MeetingFact::ConsentAnswered { position, .. } => {
            format!("answered a proposal: {}", position.word())
        }
        MeetingFact::ConsentClosed { .. } => "ended a consent round".to_owned(),
        _ => return None,
    })
}

fn to_be_done(fact: &MeetingFact, name_of: &dyn Fn(&PersonId) -> String) -> Option<String> {
    Some(match fact {
        MeetingFact::ActionAdded { text, .. } => {
            format!("added something to do: {}", quoted(text.as_str()))
        }
        MeetingFact::ActionOffered { to, .. } => {
            format!("asked {} to do something", name_of(to))
        }
        MeetingFact::ActionAnswered { answer, .. } => match answer {
            Answer::Accept => "will do something".to_owned(),
            Answer::Decline => "will not do something".to_owned(),
        },
        MeetingFact::ActionMarked { mark, .. } => match mark {
            ActionMark::Done => "called something done".to_owned(),
            ActionMark::Dropped => "dropped something to do".to_owned(),
            ActionMark::Reopened => "opened something to do again".to_owned(),
        },
        _ => return None,
    })
}

fn about_role(fact: &RoleFact, name_of: &dyn Fn(&PersonId) -> String) -> String {
    match fact {
        RoleFact::Offered { role, to, kind, .. } => {
            let to = name_of(to);
            match kind {
                OfferKind::Turn => format!("asked {to} to be {role}"),
                OfferKind::HandOver => format!("asked {to} to go on as {role}"),
                OfferKind::Swap => format!("asked {to} to swap for {role}"),
                OfferKind::Shadow => format!("asked {to} to shadow {role}"),
                OfferKind::Selection => format!("asked {to}, whom the group chose, to be {role}"),
            }
        }
        RoleFact::Answered { answer, .. } => match answer {
            Answer::Accept => "said yes to a role".to_owned(),
            Answer::Decline => "said no to a role".to_owned(),
        },
        RoleFact::Withdrawn { .. } => "took back an offer".to_owned(),
        RoleFact::Taken { role, part } => match part {
            Part::Holder => format!("took {role}"),
            Part::Shadow => format!("shadows {role}"),
        },
        RoleFact::SteppedBack { role, .. } => format!("stepped back as {role}"),
        RoleFact::Opened { role } => format!("opened {role} anew"),
        RoleFact::TermExtended { role, holder, .. } => {
            format!("lengthened the term of {} as {role}", name_of(holder))
        }
        RoleFact::Shared { role } => format!("is content to share {role}"),
        RoleFact::Willing { role, willingness } => match willingness {
            Willingness::NotForMe => format!("would rather not be {role} this time"),
            Willingness::AskMe => format!("may be asked to be {role}"),
        },
    }
}

fn for_all_meetings(fact: &RotaFact) -> String {
    match fact {
        RotaFact::OptedOut { role, .. } => format!("is not to be asked to be {role}, for a time"),
        RotaFact::OptedIn { role } => format!("may be asked to be {role} again"),
        RotaFact::Ready { role } => format!("is ready to be {role} without shadowing"),
        RotaFact::PolicySet { role, .. } => format!("said how {role} rotates"),
        RotaFact::HomeZone { zone } => format!("lives by the clock of {zone}"),
    }
}
