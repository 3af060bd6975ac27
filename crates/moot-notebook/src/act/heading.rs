//! Beginning a meeting, and what stands at its head. Owns what a meeting cannot be begun without.

use super::{Act, ActError, Situation, line};
use crate::fact::{FactBody, MeetingFact, WordsError};
use crate::limits::CHANGE_AT_MS_MAX;
use crate::limits::MEETING_ROLES_MAX;

/// A meeting to be begun.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewMeeting {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// When, in UTC, and in which IANA zone that was chosen.
    pub schedule: Option<(i64, String)>,
    /// The series it belongs to, if that has a name.
    pub series: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
}

/// The facts by which a meeting begins, in a document in which nothing has been said; each to follow the one before it.
///
/// # Errors
/// What is missing or wrong. Nothing is to be written then.
pub fn new_meeting(new: &NewMeeting) -> Result<Vec<FactBody>, ActError> {
    if new.purpose.trim().is_empty() {
        return Err(ActError::NoPurpose);
    }
    let mut bodies = vec![
        FactBody::Meeting(MeetingFact::Begun {}),
        title(&new.title)?,
        purpose(&new.purpose)?,
    ];
    if let Some((at_ms, zone)) = &new.schedule {
        bodies.push(FactBody::Meeting(scheduled(*at_ms, zone)?));
    }
    if let Some(name) = &new.series {
        let name = line("the name of a series", name)?;
        bodies.push(FactBody::Meeting(MeetingFact::Series { name }));
    }
    if new.roles.len() > MEETING_ROLES_MAX {
        return Err(ActError::TooMany {
            what: "roles",
            max: MEETING_ROLES_MAX,
        });
    }
    for role in &new.roles {
        let role = line("a role", role)?;
        bodies.push(FactBody::Meeting(MeetingFact::RoleListed { role }));
    }
    Ok(bodies)
}

pub(super) fn act(now: &Situation<'_>, act: Act) -> Result<FactBody, ActError> {
    let meeting = |fact: MeetingFact| Ok(FactBody::Meeting(fact));
    match act {
        Act::Rename(text) => title(&text),
        Act::SetPurpose(text) => purpose(&text),
        Act::Schedule { at_ms, zone } => scheduled(at_ms, &zone).map(FactBody::Meeting),
        Act::SetSeries(name) => meeting(MeetingFact::Series {
            name: line("the name of a series", &name)?,
        }),
        Act::ListRole(role) => {
            let listed = now
                .meeting
                .roles
                .named(&role)
                .is_some_and(|(_, role)| role.listed);
            if listed {
                return Err(ActError::Already {
                    what: "given the meeting that role",
                });
            }
            if now.meeting.roles.0.len() >= MEETING_ROLES_MAX {
                return Err(ActError::TooMany {
                    what: "roles",
                    max: MEETING_ROLES_MAX,
                });
            }
            meeting(MeetingFact::RoleListed {
                role: line("a role", &role)?,
            })
        }
        Act::UnlistRole(role) => meeting(MeetingFact::RoleUnlisted {
            role: super::roles::named(&now.meeting.roles, &role)?.0,
        }),
        Act::Cancel if !now.meeting.sittings.is_empty() => Err(ActError::Nothing {
            why: "people have met already: there is nothing to cancel",
        }),
        Act::Cancel => meeting(MeetingFact::Cancelled {}),
        Act::Resume => meeting(MeetingFact::Resumed {}),
        Act::AgreeMinutes(digest) if digest != now.meeting.minutes_digest() => {
            Err(ActError::Nothing {
                why: "the minutes changed since they were read back",
            })
        }
        Act::AgreeMinutes(digest) => meeting(MeetingFact::MinutesAgreed { digest }),
        _ => Err(ActError::Nothing {
            why: "this is not about the head of a meeting",
        }),
    }
}

pub(super) fn title(text: &str) -> Result<FactBody, ActError> {
    let text = text.trim().to_owned();
    checked("a title", FactBody::Title { text })
}

pub(super) fn purpose(text: &str) -> Result<FactBody, ActError> {
    let text = text.trim().to_owned();
    checked("a purpose", FactBody::Purpose { text }).map_err(|error| match error {
        ActError::Words {
            why: WordsError::Empty,
            ..
        } => ActError::NoPurpose,
        other => other,
    })
}

fn checked(what: &'static str, body: FactBody) -> Result<FactBody, ActError> {
    body.check().map_err(|why| ActError::Words { what, why })?;
    Ok(body)
}

fn scheduled(at_ms: i64, zone: &str) -> Result<MeetingFact, ActError> {
    if at_ms.unsigned_abs() > CHANGE_AT_MS_MAX {
        return Err(ActError::Time { at_ms });
    }
    let zone = line("a zone", zone)?;
    Ok(MeetingFact::Scheduled { at_ms, zone })
}
