//! A meeting and its roles after a thousand others: what is shown and who is suggested, with more and more notes beside them.
//!
//! Owns the group whose past it is: twelve people with a device each, for only they can say that they were there.

use std::time::Instant;

use moot_engine::command::{Act, Attendance, ItemKind, MeetingCommand, NewMeeting, When};
use moot_engine::{Command, Reply};

use crate::ours::{Home, Machine, Node, Saving};
use crate::series::{Series, Stretch, Table, Times, Unit};
use crate::workload::Size;
use crate::{Options, Outcome, at_scale};

const PEOPLE: [&str; 12] = [
    "Ana", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal", "Ida", "Jo", "Kit", "Lea",
];

const ROLES: [&str; 3] = ["facilitator", "scribe", "timekeeper"];

/// A week, from one meeting to the next.
const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// When the first meeting was: some day in 2007.
const FIRST_MS: i64 = 1_175_000_000_000;

/// Nothing here takes longer.
const HOUR_MS: u64 = 60 * 60 * 1_000;

/// How often each question is asked of an engine that runs.
const ASKED: usize = 21;

/// What is asked, as on the command line.
const QUESTIONS: [(&str, &str); 2] = [("show", "`meeting show`"), ("suggest", "`role suggest`")];

/// The command that a question comes to.
pub(crate) fn asked(what: &str, meeting: &str) -> Command {
    let meeting = meeting.to_owned();
    Command::Meeting(match what {
        "suggest" => MeetingCommand::Suggest {
            meeting,
            role: ROLES[0].to_owned(),
        },
        _ => MeetingCommand::Show { meeting },
    })
}

/// The next meeting of a group with a past, in processes of their own and in one that runs.
pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let past = options.number("meetings", 1_000)?;
    let begun = Instant::now();
    let group = Group::with_a_past(past)?;
    eprintln!("{past} meetings in {:.0} s", begun.elapsed().as_secs_f64());
    let mut table = Table::new(&format!(
        "The next meeting after {past} of {} people",
        PEOPLE.len()
    ));
    for notes in options.numbers("notes", &[0, 1_000, 10_000])? {
        let home = group.home.copy()?;
        home.add_notes(Size { notes, edits: 1 })?;
        measure(&mut table, &home, &group.next, notes, runs)?;
    }
    table.print();
    Ok(())
}

fn measure(table: &mut Table, home: &Home, next: &str, notes: usize, runs: usize) -> Outcome<()> {
    let mut add = |name: &str, times: &Times| {
        let none = Series::default();
        let name = format!("{notes} notes: {name}");
        table.add(&name, Unit::Milliseconds, &times.time, &none);
        let name = format!("{name}, processor time");
        table.add(&name, Unit::Milliseconds, &times.cpu, &none);
    };
    for (what, name) in [("nothing", "a process that asks nothing")]
        .iter()
        .chain(&QUESTIONS)
    {
        let mut alone = Times::default();
        for _ in 0..runs {
            let process = at_scale::in_its_own_process(what, home.path(), next)?;
            alone.push(process.taken);
        }
        add(name, &alone);
    }
    let (mut machine, _) = Machine::open(home.path(), Saving::AsAsked)?;
    for (what, name) in QUESTIONS {
        let mut running = Times::default();
        for _ in 0..ASKED {
            let stretch = Stretch::begin()?;
            machine.ask(asked(what, next))?;
            running.push(stretch.end()?);
        }
        add(&format!("{name} of a program that runs"), &running);
    }
    machine.close()
}

/// Twelve people who have met often, and are to meet again.
struct Group {
    /// Ana's.
    home: Home,
    /// The meeting that is to come.
    next: String,
}

impl Group {
    fn with_a_past(past: usize) -> Outcome<Self> {
        let home = Home::empty()?;
        let (mut ana, _) = Machine::open(home.path(), Saving::Relaxed)?;
        ana.ask(Command::Init {
            person: PEOPLE[0].to_owned(),
            notebook: "Garden".to_owned(),
            purpose: None,
        })?;
        let mut meetings = Vec::with_capacity(past);
        for number in 0..past {
            let meeting = prepare(&mut ana, number)?;
            act(&mut ana, &meeting, Act::Open)?;
            for from in [None, Some("1")] {
                let from = from.map(str::to_owned);
                let (to, carry) = (None, false);
                act(&mut ana, &meeting, Act::Advance { from, to, carry })?;
            }
            act(&mut ana, &meeting, Act::Close)?;
            meetings.push(meeting);
        }
        say_own(&mut ana, 0, &meetings)?;
        ana.close()?;
        for person in 1..PEOPLE.len() {
            joins(&home, person, &meetings)?;
        }
        let (mut ana, _) = Machine::open(home.path(), Saving::Relaxed)?;
        let next = prepare(&mut ana, past)?;
        act(&mut ana, &next, Act::Open)?;
        ana.close()?;
        Ok(Self { home, next })
    }
}

/// A meeting with two items. What is on the second is left unfinished by every tenth.
fn prepare(ana: &mut Machine, number: usize) -> Outcome<String> {
    let number_ms = i64::try_from(number)? * WEEK_MS;
    let new = NewMeeting {
        title: "Weekly".to_owned(),
        purpose: "To agree on the week".to_owned(),
        when: Some(When {
            at_ms: FIRST_MS + number_ms,
            zone: "Europe/Berlin".to_owned(),
        }),
        series: None,
        roles: ROLES.map(str::to_owned).to_vec(),
    };
    let Reply::Acted(made) = ana.ask(Command::Meeting(MeetingCommand::New(new)))? else {
        return Err("a meeting was not made".into());
    };
    let meeting = made.id.ok_or("a meeting has no id")?;
    for what in ["What is to be done", "What is left from before"] {
        let add = Act::AddItem {
            text: format!("{what} in week {number}"),
            kind: ItemKind::Decide,
            minutes: Some(10),
            backlog: false,
        };
        act(ana, &meeting, add)?;
    }
    Ok(meeting)
}

fn act(machine: &mut Machine, meeting: &str, act: Act) -> Outcome<()> {
    let meeting = meeting.to_owned();
    machine.ask(Command::Meeting(MeetingCommand::Act { meeting, act }))?;
    Ok(())
}

/// What each says for themselves: there at three of four meetings, and with a role at one of four.
fn say_own(machine: &mut Machine, person: usize, meetings: &[String]) -> Outcome<()> {
    for (number, meeting) in meetings.iter().enumerate() {
        if (number + person) % 4 == 0 {
            continue;
        }
        act(machine, meeting, Act::Attend(Attendance::Present))?;
        let place = (number + 5 * person) % PEOPLE.len();
        if let Some(role) = ROLES.get(place) {
            let role = (*role).to_owned();
            let shadow = false;
            act(machine, meeting, Act::Take { role, shadow })?;
        }
    }
    Ok(())
}

/// Somebody joins, writes alone, and is in step again.
fn joins(ana: &Home, person: usize, meetings: &[String]) -> Outcome<()> {
    let home = Home::empty()?;
    let runtime = crate::runtime()?;
    let sync = || Command::Sync {
        wait_ms: HOUR_MS,
        with: 1,
    };
    let host = Node::start(ana, runtime.handle());
    let at = host.address()?;
    let invited = host.ask(Command::Invite {
        expires_in_ms: HOUR_MS,
        uses: 1,
        confirm: false,
    })?;
    let Reply::Invited(invited) = invited else {
        return Err("no invite was made".into());
    };
    let guest = Node::start(&home, runtime.handle());
    guest.ask(Command::Join {
        ticket: invited.ticket,
        person: PEOPLE[person].to_owned(),
        wait_ms: HOUR_MS,
    })?;
    guest.ask(sync())?;
    guest.stop()?;
    let (mut machine, _) = Machine::open(home.path(), Saving::Relaxed)?;
    say_own(&mut machine, person, meetings)?;
    machine.close()?;
    let guest = Node::start_to_reach(&home, runtime.handle(), Some(at));
    guest.ask(sync())?;
    // What came is looked at now, and not when it is measured.
    host.ask(Command::Meeting(MeetingCommand::List))?;
    guest.stop()?;
    host.stop()
}
