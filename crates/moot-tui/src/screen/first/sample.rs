//! The sample: an allotment group's notebook, as commands to be done one after another in an empty home.

use moot_engine::Command;
use moot_engine::command::{Act, ItemKind, MeetingCommand, NewMeeting, NoteKind};

/// What the sample's meeting is called, by which its items find it.
const MEETING: &str = "Before the summer";

/// Everything that the sample is made of. The first founds its notebook.
pub(super) fn commands(person: &str) -> Vec<Command> {
    let mut commands = vec![Command::Init {
        person: if person.is_empty() { "You" } else { person }.to_owned(),
        notebook: "Sample: Elm Lane allotments".to_owned(),
        purpose: Some("Eleven plots, one pump, and enough beans for everybody.".to_owned()),
    }];
    commands.extend(NOTES.iter().map(|(title, kind, body)| Command::NoteNew {
        title: (*title).to_owned(),
        body: (*body).to_owned(),
        kind: *kind,
    }));
    let roles = ["facilitator", "scribe", "timekeeper"];
    commands.push(Command::Meeting(MeetingCommand::New(NewMeeting {
        title: MEETING.to_owned(),
        purpose: "Agree who waters, and what to plant by the gate".to_owned(),
        when: None,
        series: None,
        roles: roles.map(str::to_owned).to_vec(),
    })));
    commands.extend(ITEMS.iter().map(|(text, kind, minutes)| {
        Command::Meeting(MeetingCommand::Act {
            meeting: MEETING.to_owned(),
            act: Act::AddItem {
                text: (*text).to_owned(),
                kind: *kind,
                minutes: Some(*minutes),
                backlog: false,
            },
        })
    }));
    commands
}

/// The agenda of a meeting that one person can run alone, to see how it goes.
const ITEMS: [(&str, ItemKind, u32); 3] = [
    ("How the pump is doing", ItemKind::Report, 5),
    ("Who waters in July and August", ItemKind::Decide, 15),
    ("What to plant by the gate", ItemKind::Explore, 10),
];

const NOTES: [(&str, NoteKind, &str); 4] = [
    (
        "Welcome: look round",
        NoteKind::Note,
        "# Welcome\n\n\
         This is a sample. Everything in it can be changed, and F9 throws all of it away.\n\n\
         - Enter opens a note; Esc leaves it. What you type is saved as you type.\n\
         - 2 shows the meetings. One is prepared: “Before the summer”. Open it and go through its agenda.\n\
         - ? lists what can be done where you are.\n\n\
         Two square brackets make a link: see the [[Water rota]].\n",
    ),
    (
        "Water rota",
        NoteKind::Note,
        "# Water rota\n\n\
         One day each, before nine or after seven. Swap by writing it here.\n\n\
         - Monday: Ana\n- Tuesday: Ben\n- Wednesday: nobody yet\n- Thursday: Cy\n- Friday: Dana\n\n\
         The pump has its own page: [[How we start the pump]].\n",
    ),
    (
        "How we start the pump",
        NoteKind::Practice,
        "# How we start the pump\n\n\
         1. Open the tap at the butt, then wait until it stops hissing.\n\
         2. Pull the lever twice, slowly.\n\
         3. If it coughs, close the tap and begin again. Nobody has ever broken it.\n",
    ),
    (
        "Trying: beans up the fence",
        NoteKind::Experiment,
        "# Beans up the fence\n\n\
         What we try: runner beans along the south fence, no poles.\n\
         Until when: the first frost.\n\n\
         ## What we saw\n\n\
         - May: slugs took two of ten.\n- June: the rest are over the wire.\n",
    ),
];
