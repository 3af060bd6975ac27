//! `meet`: the running meeting, line by line. What is typed is done or minuted; what happens is told, each thing once.
//!
//! Owns the loop and which thing a verb is about. The words stand in `verbs`, what is told in `told`; nothing here depends on
//! colour, on the cursor or on the size of a window, so a screen reader and a script can follow.

mod refused;
mod silence;
mod told;
mod typed;
mod verbs;

use std::process::ExitCode;
use std::time::{Duration, Instant};

pub(super) use told::time_is_up;

use moot_engine::command::{Act, Answer, MeetingCommand, QueueKind};
use moot_engine::reply::meeting::{Acted, Added, MeetingView, OfferRow};
use moot_engine::{Command, CommandError, ErrorKind, Reply};

use self::refused::Refused;
use self::silence::Silence;
use self::typed::{Addition, Run, Typed, Waited};
use self::verbs::{About, ActionStep, HELP, Line, Tell};
use super::arguments::meetings::Meet;
use super::{Context, Interrupt, meetings::shown, unexpected};
use crate::failure::{Answer as Ended, failure};
use crate::session::{Need, Session};
use crate::terminal::{clean, clean_text, print};

/// How long between two looks at what others did.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn run(context: &Context, meet: &Meet) -> Ended {
    let interrupt = Interrupt::catch()?;
    let mut table = Table {
        context,
        session: context.session(Need::Company)?,
        meeting: meet.meeting.clone(),
        seen: None,
        over: None,
        silence: Silence::begins(Instant::now()),
        refused: Refused::default(),
        me: String::new(),
        last_remark: None,
    };
    table.sit_down()?;
    if !meet.plain {
        context
            .terminal
            .say("The screen for meetings is to come; this is the plain mode.");
    }
    let ended = table.go_on(Typed::of_stdin(), &interrupt);
    table.session.close();
    ended.map(|()| ExitCode::SUCCESS)
}

/// Somebody's place in a meeting.
struct Table<'a> {
    context: &'a Context,
    session: Session,
    /// The meeting, by its id once it is known.
    meeting: String,
    /// The meeting as it was told last.
    seen: Option<MeetingView>,
    /// Of which item, and of how many minutes, it was told that they are over.
    over: Option<(String, u32)>,
    /// Since when nothing new was told.
    silence: Silence,
    /// What could not be done.
    refused: Refused,
    /// Who types.
    me: String,
    /// The id of one's own last line in the minutes.
    last_remark: Option<String>,
}

impl Table<'_> {
    /// Finds the meeting and tells how it stands.
    fn sit_down(&mut self) -> Result<(), CommandError> {
        let view = self.look()?;
        self.meeting.clone_from(&view.id);
        self.me = self.own_name()?;
        print(&shown::meeting(&view))?;
        print("-- help lists what can be typed\n")?;
        self.seen = Some(view);
        Ok(())
    }

    fn own_name(&mut self) -> Result<String, CommandError> {
        match self.ask(Command::People)? {
            Reply::People(rows) => Ok(rows
                .into_iter()
                .find(|row| row.you)
                .map(|row| row.name)
                .unwrap_or_default()),
            other => Err(unexpected(other)),
        }
    }

    fn go_on(&mut self, mut typed: Typed, interrupt: &Interrupt) -> Result<(), CommandError> {
        while !interrupt.came() {
            match typed.wait(LOOK) {
                Waited::Line => {}
                Waited::Nothing => {
                    print(&self.refused.account())?;
                    self.tell_news()?;
                    continue;
                }
                Waited::Ended => {
                    self.tell_news()?;
                    return print(&self.refused.account());
                }
            }
            match typed.next(&self.roles()) {
                None => {}
                Some(Run::Additions(additions)) => self.add(additions)?,
                Some(Run::One(line)) => {
                    print(&self.refused.is_over())?;
                    if line == Line::Quit {
                        return Ok(());
                    }
                    // A line that cannot be done is told, and the meeting goes on.
                    if let Err(error) = self.carry_out(line) {
                        print(&refused::as_lines(&error))?;
                    }
                    self.tell_news()?;
                }
            }
        }
        Ok(())
    }

    /// Adds what lines add, in one go. What cannot be added is told after the news of what was, each cause once.
    fn add(&mut self, additions: Vec<Addition>) -> Result<(), CommandError> {
        let acts = additions.iter().map(|one| one.act.clone()).collect();
        let meeting = self.meeting.clone();
        let added = match self.about_meetings(MeetingCommand::Add { meeting, acts }) {
            Ok(Reply::Added(Added { lines, .. })) => lines,
            Ok(other) => return Err(unexpected(other)),
            Err(error) => vec![Err(error); additions.len()],
        };
        self.tell_news()?;
        let mut told = String::new();
        for (addition, came) in additions.into_iter().zip(added) {
            match came {
                Ok(id) => {
                    told.push_str(&self.refused.is_over());
                    if matches!(addition.act, Act::Remark { .. }) {
                        self.last_remark = Some(id);
                    }
                }
                Err(error) => told.push_str(&self.refused.take(&addition.typed, error)),
            }
        }
        print(&told)
    }

    fn ask(&mut self, command: Command) -> Result<Reply, CommandError> {
        self.session
            .ask(&self.context.request(command), &mut |_| {})
    }

    fn about_meetings(&mut self, command: MeetingCommand) -> Result<Reply, CommandError> {
        self.ask(Command::Meeting(command))
    }

    fn look(&mut self) -> Result<MeetingView, CommandError> {
        let meeting = self.meeting.clone();
        match self.about_meetings(MeetingCommand::Show { meeting })? {
            Reply::Meeting(view) => Ok(*view),
            other => Err(unexpected(other)),
        }
    }

    /// Tells what happened since the last look, each thing on a line of its own.
    fn tell_news(&mut self) -> Result<(), CommandError> {
        let view = self.look()?;
        if let Some(before) = &self.seen {
            for line in told::news(before, &view) {
                print(&format!("* {line}\n"))?;
                self.silence.is_broken(Instant::now());
            }
        }
        if !view.sittings.iter().any(|sitting| sitting.state == "open") {
            self.silence.is_broken(Instant::now());
        } else if self.silence.is_to_be_said(Instant::now()) {
            print("* nothing was heard for five minutes: anyone can carry on\n")?;
        }
        let over = view.sittings.iter().find_map(|sitting| {
            let current = sitting.current.as_ref()?;
            time_is_up(current, jiff::Timestamp::now()).then_some(current)
        });
        if let Some((current, minutes)) = over.and_then(|one| Some((one, one.minutes?))) {
            let told = Some((current.id.clone(), minutes));
            if self.over != told {
                let text = clean(&current.text);
                print(&format!(
                    "* the {minutes} min for {text} are over: extend 5?\n"
                ))?;
                self.over = told;
            }
        }
        self.seen = Some(view);
        Ok(())
    }

    fn view(&self) -> Result<&MeetingView, CommandError> {
        self.seen
            .as_ref()
            .ok_or_else(|| failure(ErrorKind::Failed, "no meeting is shown yet", ""))
    }

    fn roles(&self) -> Vec<String> {
        let view = self.seen.iter();
        view.flat_map(|view| view.roles.iter().map(|row| row.role.clone()))
            .collect()
    }

    fn carry_out(&mut self, line: Line) -> Result<(), CommandError> {
        match line {
            Line::Act(act) => self.act(act).map(drop),
            Line::About(about) => self.about(about),
            Line::Tell(tell) => self.tell(tell),
            Line::Incomplete(usage) => Err(failure(
                ErrorKind::Usage,
                "something is missing",
                format!("It is typed like this: {usage}"),
            )),
            Line::Unknown => Err(failure(
                ErrorKind::Usage,
                "that is nothing that can be done here",
                "help lists what can be typed.",
            )),
            Line::Quit | Line::Blank => Ok(()),
        }
    }

    fn act(&mut self, act: Act) -> Result<Acted, CommandError> {
        let meeting = self.meeting.clone();
        acted(self.about_meetings(MeetingCommand::Act { meeting, act })?)
    }

    fn answer(&mut self, id: String, answer: Answer) -> Result<(), CommandError> {
        acted(self.about_meetings(MeetingCommand::Answer { id, answer })?).map(drop)
    }

    fn about(&mut self, about: About) -> Result<(), CommandError> {
        let view = self.view()?;
        match about {
            About::TakeUp(to) => {
                let (from, carry) = (current(view), false);
                self.act(Act::Advance { from, to, carry }).map(drop)
            }
            About::Skip => {
                let from = current(view);
                let from = under_way(from.as_ref(), "item", "next item")?;
                let (to, carry) = (Some(after(view, &from)?), false);
                let from = Some(from);
                self.act(Act::Advance { from, to, carry }).map(drop)
            }
            About::Accept(role) => {
                let id = my_offer(view, &self.me, role.as_deref())?;
                self.answer(id, Answer::Accept)
            }
            About::Decline(role) => {
                let id = my_offer(view, &self.me, role.as_deref())?;
                self.answer(id, Answer::Decline)
            }
            About::Withdraw(role) => {
                let id = own_offer(view, &self.me, &role)?;
                self.answer(id, Answer::Withdraw)
            }
            About::Later => {
                let (kind, note) = own_place(view, &self.me)?;
                self.act(Act::Unqueue)?;
                self.act(Act::Queue { kind, note }).map(drop)
            }
            About::Settle(id, choice) => self.ask(Command::Settle { id, choice }).map(drop),
            about @ (About::Position(..)
            | About::Reword(_)
            | About::CloseConsent
            | About::Turn { .. }
            | About::CloseRound
            | About::Feel(_)
            | About::CloseCheck { .. }) => {
                let (id, answer) = under_discussion(view, about)?;
                self.answer(id, answer)
            }
            About::Action(step, which) => {
                let id = action(view, &which);
                let answer = match step {
                    ActionStep::Accept => Answer::Accept,
                    ActionStep::Decline => Answer::Decline,
                    ActionStep::Done => Answer::Done,
                    ActionStep::Drop => Answer::Drop,
                };
                self.answer(id, answer)
            }
            About::Correct(text) => {
                let last = self.last_remark.clone();
                let id = under_way(last.as_ref(), "line of yours in the minutes", "any line")?;
                self.answer(id, Answer::Correct { text })
            }
        }
    }

    fn tell(&mut self, tell: Tell) -> Result<(), CommandError> {
        let view = self.view()?;
        let text = match tell {
            Tell::Help => format!("{HELP}\n"),
            Tell::Agenda => shown::agenda(&view.agenda, &view.sittings),
            Tell::Roles => shown::roles(&view.roles),
            Tell::Actions => shown::actions(&view.actions),
            Tell::Queue => told::queue(view),
            Tell::Consent => view.consents.iter().map(shown::consent).collect(),
            Tell::Round => view.rounds.iter().map(shown::round).collect(),
            Tell::Present => told::present(view),
            Tell::Minutes => {
                let meeting = self.meeting.clone();
                match self.about_meetings(MeetingCommand::Minutes { meeting })? {
                    Reply::Minutes(markdown) => clean_text(&markdown),
                    other => return Err(unexpected(other)),
                }
            }
            Tell::Suggestions(role) => {
                let meeting = self.meeting.clone();
                match self.about_meetings(MeetingCommand::Suggest { meeting, role })? {
                    Reply::Suggestions(all) => shown::suggestions(&all),
                    other => return Err(unexpected(other)),
                }
            }
        };
        print(&text)
    }
}

fn acted(reply: Reply) -> Result<Acted, CommandError> {
    match reply {
        Reply::Acted(acted) => Ok(acted),
        other => Err(unexpected(other)),
    }
}

/// The item that is spoken of.
fn current(view: &MeetingView) -> Option<String> {
    let open = view.sittings.iter().find(|sitting| sitting.state == "open");
    let current = open.and_then(|sitting| sitting.current.as_ref());
    current.map(|current| current.id.clone())
}

/// The item that comes after this one and is not dealt with.
fn after(view: &MeetingView, item: &str) -> Result<String, CommandError> {
    let dealt_with = |state: &str| matches!(state, "done" | "dropped" | "backlog");
    let mut later = view.agenda.iter().skip_while(|row| row.id != item).skip(1);
    let next = later.find(|row| !dealt_with(&row.state));
    next.map(|row| row.id.clone()).ok_or_else(|| {
        failure(
            ErrorKind::Refused,
            "nothing comes after this item",
            "next item ends it; carry N takes it to the next meeting.",
        )
    })
}

/// What is under way that this is about, and the answer to it.
fn under_discussion(view: &MeetingView, about: About) -> Result<(String, Answer), CommandError> {
    let close = Answer::Close { keep: false };
    Ok(match about {
        About::Position(position, reason) => {
            (open_consent(view)?, Answer::Position { position, reason })
        }
        About::Reword(text) => (open_consent(view)?, Answer::Reword { text }),
        About::CloseConsent => (open_consent(view)?, close),
        About::Turn { pass, text } => (open_round(view)?, Answer::Turn { pass, text }),
        About::CloseRound => (open_round(view)?, close),
        About::Feel(word) => (open_check(view)?, Answer::Word(word)),
        About::CloseCheck { keep } => (open_check(view)?, Answer::Close { keep }),
        _ => {
            return Err(failure(
                ErrorKind::Failed,
                "this is about nothing under way",
                "",
            ));
        }
    })
}

fn open_consent(view: &MeetingView) -> Result<String, CommandError> {
    let waits = |state: &str| state == "open";
    let mut all = view.consents.iter();
    let open = all.rfind(|one| waits(&one.state) || one.reworded.is_some());
    under_way(open.map(|one| &one.id), "consent round", "proposal: TEXT")
}

fn open_round(view: &MeetingView) -> Result<String, CommandError> {
    let open = view.rounds.iter().rfind(|one| one.state == "open");
    under_way(open.map(|one| &one.id), "round", "round: TEXT")
}

fn open_check(view: &MeetingView) -> Result<String, CommandError> {
    let open = view.checks.iter().rfind(|one| one.state == "open");
    under_way(open.map(|one| &one.id), "temperature check", "check: TEXT")
}

/// The offer of a role that I made, and that nobody has answered.
fn own_offer(view: &MeetingView, me: &str, role: &str) -> Result<String, CommandError> {
    let mut rows = view.roles.iter();
    let row = rows.find(|row| row.role.eq_ignore_ascii_case(role));
    let mut offers = row.into_iter().flat_map(|row| &row.offers);
    let own = |offer: &&OfferRow| offer.state == "open" && offer.by.iter().any(|by| by == me);
    offers
        .find(own)
        .map(|offer| offer.id.clone())
        .ok_or_else(|| {
            failure(
                ErrorKind::NotFound,
                "no offer of yours for that role waits for an answer",
                "roles? tells who is asked.",
            )
        })
}

/// Why I ask for the floor.
fn own_place(view: &MeetingView, me: &str) -> Result<(QueueKind, Option<String>), CommandError> {
    let mut rows = view.sittings.iter().flat_map(|sitting| &sitting.queue);
    let own = rows.rfind(|row| row.state == "waiting" && row.by == me);
    let place = own.and_then(|row| Some((QueueKind::from_word(&row.kind)?, row.note.clone())));
    place.ok_or_else(|| {
        failure(
            ErrorKind::Refused,
            "you are not in the queue",
            "q+ asks for the floor.",
        )
    })
}

/// The offer that waits for me; where there are several, of the role that was named.
fn my_offer(view: &MeetingView, me: &str, role: Option<&str>) -> Result<String, CommandError> {
    let of_role = |name: &str| role.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name));
    let offers: Vec<(&str, &OfferRow)> = view
        .roles
        .iter()
        .filter(|row| of_role(&row.role))
        .flat_map(|row| row.offers.iter().map(|offer| (row.role.as_str(), offer)))
        .filter(|(_, offer)| offer.state == "open" && offer.to.name == me)
        .collect();
    match offers.as_slice() {
        [] => Err(failure(
            ErrorKind::NotFound,
            "no offer waits for your answer",
            "roles? tells who is asked.",
        )),
        [(_, offer)] => Ok(offer.id.clone()),
        several => {
            let roles: Vec<String> = several.iter().map(|(role, _)| clean(role)).collect();
            Err(failure(
                ErrorKind::Ambiguous,
                format!("several offers wait for your answer: {}", roles.join(", ")),
                format!("Say which: accept {}", roles[0]),
            ))
        }
    }
}

fn under_way(id: Option<&String>, what: &str, how: &str) -> Result<String, CommandError> {
    id.cloned().ok_or_else(|| {
        failure(
            ErrorKind::NotFound,
            format!("there is no {what} under way"),
            format!("{how} begins one."),
        )
    })
}

/// The action with this number on the list, or this id.
fn action(view: &MeetingView, which: &str) -> String {
    let number: Option<usize> = which.parse().ok();
    let row = number.and_then(|number| view.actions.get(number.checked_sub(1)?));
    row.map_or_else(|| which.to_owned(), |row| row.id.clone())
}
