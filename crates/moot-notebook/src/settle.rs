//! What competes, and the fact that settles it: one that follows all of them.
//!
//! Owns what each contest is about, its values in words, and who may settle it. Merge rule 3 decides that something
//! competes; here nothing is decided but by a person.

use std::collections::BTreeSet;

use crate::act::ActError;
use crate::fact::role::Part;
use crate::fact::{FactBody, Line, MeetingFact, RoleFact, RotaFact};
use crate::id::{FactId, PersonId};
use crate::meeting::MeetingState;
use crate::state::{GroupState, Holding, Policy, Role, Roles, Slot};
use crate::view::Eyes;

/// Something of which there are several, where one is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// The first of the facts that compete, by id.
    pub id: FactId,
    /// What it is about, in a few words.
    pub about: String,
    /// Since when they compete: the latest of them, by its author's clock.
    pub since_ms: i64,
    /// What competes, by fact id: an order that chooses nothing.
    pub rivals: Vec<Rival>,
    /// The fact that leaves it to all of them, where that can be: several may hold a role.
    pub both: Option<FactBody>,
}

/// One of those that compete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// The fact that says it.
    pub fact: FactId,
    /// Who said it.
    pub by: BTreeSet<PersonId>,
    /// What it is.
    pub says: Says,
    /// The fact by which it is chosen. Of holders: the other one's stepping back.
    pub chosen: FactBody,
}

/// What a rival is, as far as it can be said without knowing names and clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Words.
    Words(String),
    /// A moment, and the zone in which it was chosen.
    Time(i64, String),
    /// How a role rotates.
    Rotates(Policy),
    /// Its author holds the role.
    Holds,
}

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// This one: the fact that says it. Of several holders, the fact of the one who keeps the role.
    This(FactId),
    /// All of them.
    Both,
}

impl Contest {
    /// The fact by which `actor` settles it. Any member chooses among values; who holds a role is for its holders, and none of
    /// them can yield for another.
    ///
    /// # Errors
    /// `NotYours` for a role that the actor does not hold, or wants to keep alone; `NoSuch` for what does not compete;
    /// `Nothing` if values were to stay both.
    pub fn settle(&self, actor: PersonId, choice: Choice) -> Result<FactBody, ActError> {
        let holds = |rival: &Rival| rival.by.contains(&actor);
        if self.both.is_some() && !self.rivals.iter().any(holds) {
            return Err(ActError::NotYours {
                who: "one of the holders",
            });
        }
        let Choice::This(fact) = choice else {
            return self.both.clone().ok_or(ActError::Nothing {
                why: "only a role can be left to several: choose one",
            });
        };
        let chosen = self.rivals.iter().find(|rival| rival.fact == fact);
        let chosen = chosen.ok_or(ActError::NoSuch {
            what: "thing to choose",
        })?;
        if self.both.is_some() && holds(chosen) {
            return Err(ActError::NotYours {
                who: "the other holder, by yielding (you can yield, or say that you share)",
            });
        }
        Ok(chosen.chosen.clone())
    }
}

impl Eyes<'_> {
    /// A rival in words: those by which it is chosen.
    #[must_use]
    pub fn rival(&self, rival: &Rival) -> String {
        match &rival.says {
            Says::Words(words) => words.clone(),
            Says::Time(at_ms, zone) => (self.time_of)(*at_ms, zone),
            Says::Rotates(policy) => self.policy(policy),
            Says::Holds => self.names(&rival.by).join(" and "),
        }
    }

    /// What a policy says, in words; its day by the one clock that is the same for everybody.
    #[must_use]
    pub fn policy(&self, policy: &Policy) -> String {
        let words = policy.words();
        match policy.review_ms {
            Some(day_ms) => format!("{words}, review {}", (self.time_of)(day_ms, "UTC")),
            None => words,
        }
    }
}

/// Everything in a meeting that waits to be settled.
#[must_use]
pub fn meeting_contests(meeting: &MeetingState) -> Vec<Contest> {
    let mut all = Contests(Vec::new());
    all.words(&meeting.title, "several titles", |text| FactBody::Title {
        text: text.clone(),
    });
    all.words(&meeting.purpose, "several purposes", |text| {
        FactBody::Purpose { text: text.clone() }
    });
    all.slot(
        &meeting.schedule,
        "several times",
        |at| Says::Time(at.at_ms, at.zone.to_string()),
        |at| {
            FactBody::Meeting(MeetingFact::Scheduled {
                at_ms: at.at_ms,
                zone: at.zone.clone(),
            })
        },
    );
    all.words(&meeting.series, "several series", |name| {
        FactBody::Meeting(MeetingFact::Series { name: name.clone() })
    });
    all.agenda(meeting);
    all.talk(meeting);
    all.roles(&meeting.roles);
    all.0
}

/// Everything in the group document that waits to be settled; of what people call themselves, only what is the viewer's.
#[must_use]
pub fn group_contests(group: &GroupState, viewer: PersonId) -> Vec<Contest> {
    let mut all = Contests(Vec::new());
    all.words(&group.name, "the notebook has several names", |text| {
        FactBody::NotebookName { text: text.clone() }
    });
    all.words(&group.purpose, "the group has several purposes", |text| {
        FactBody::Purpose { text: text.clone() }
    });
    for (role, policies) in &group.wishes.policies {
        let about = format!("how {role} rotates was set in several ways");
        all.slot(
            policies,
            &about,
            |policy| Says::Rotates(*policy),
            |policy| FactBody::Rota(policy.fact(role.clone())),
        );
    }
    if let Some(own) = group.names.get(&viewer) {
        all.words(own, "your devices call you differently", |text| {
            FactBody::ProfileName { text: text.clone() }
        });
    }
    all.roles(&group.roles);
    all.0
}

impl Policy {
    /// What it says but for its day, in words.
    fn words(&self) -> String {
        let mut words = format!(
            "per {}, gap {}, shadowing {}",
            self.rhythm.word(),
            self.gap,
            self.shadowing.word()
        );
        if self.auto_offer == crate::fact::role::Switch::On {
            words.push_str(", auto-offer on");
        }
        words
    }

    /// The fact that sets it for a role.
    pub(crate) fn fact(&self, role: Line) -> RotaFact {
        RotaFact::PolicySet {
            role,
            rhythm: self.rhythm,
            gap: self.gap,
            shadowing: self.shadowing,
            auto_offer: self.auto_offer,
            review_ms: self.review_ms,
        }
    }
}

struct Contests(Vec<Contest>);

impl Contests {
    fn words<T: ToString>(&mut self, slot: &Slot<T>, about: &str, chosen: impl Fn(&T) -> FactBody) {
        let says = |value: &T| Says::Words(value.to_string());
        self.slot(slot, about, says, chosen);
    }

    fn slot<T>(
        &mut self,
        slot: &Slot<T>,
        about: &str,
        says: impl Fn(&T) -> Says,
        chosen: impl Fn(&T) -> FactBody,
    ) {
        let latest = slot.values.iter().map(|value| value.at_ms).max();
        let (Some(first), Some(since_ms), true) =
            (slot.values.first(), latest, slot.is_contested())
        else {
            return;
        };
        let rivals = slot.values.iter().map(|value| Rival {
            fact: value.fact,
            by: value.by.clone(),
            says: says(&value.value),
            chosen: chosen(&value.value),
        });
        self.0.push(Contest {
            id: first.fact,
            about: about.to_owned(),
            since_ms,
            rivals: rivals.collect(),
            both: None,
        });
    }

    fn agenda(&mut self, meeting: &MeetingState) {
        let text_of = |item: &FactId| {
            let text = meeting.items.get(item).and_then(|item| item.text.first());
            text.map_or("…", |text| text.as_str())
        };
        let listed = |items: &Vec<FactId>| {
            let texts: Vec<&str> = items.iter().map(text_of).collect();
            Says::Words(texts.join(", "))
        };
        self.slot(
            &meeting.order,
            "several orders of the agenda",
            listed,
            |items| {
                FactBody::Meeting(MeetingFact::AgendaOrdered {
                    items: items.clone(),
                })
            },
        );
        for (id, item) in &meeting.items {
            let changed = |text: Option<&Line>, kind, minutes| {
                FactBody::Meeting(MeetingFact::ItemChanged {
                    item: *id,
                    text: text.cloned(),
                    kind,
                    minutes,
                })
            };
            let text = text_of(id);
            let about = format!("several wordings of {text:?}");
            self.words(&item.text, &about, |text| changed(Some(text), None, None));
            let kinds = |kind: &crate::fact::meeting::ItemKind| Says::Words(kind.word().to_owned());
            let about = format!("what {text:?} is for");
            self.slot(&item.kind, &about, kinds, |kind| {
                changed(None, Some(*kind), None)
            });
            let about = format!("how many minutes {text:?} takes");
            self.words(&item.minutes, &about, |minutes| {
                changed(None, None, Some(*minutes))
            });
        }
    }

    fn talk(&mut self, meeting: &MeetingState) {
        for consent in &meeting.consents {
            let about = "several wordings of a text for consent";
            self.words(&consent.text, about, |text| {
                FactBody::Meeting(MeetingFact::ConsentReworded {
                    round: consent.id,
                    text: text.clone(),
                })
            });
        }
        for remark in &meeting.remarks {
            self.words(&remark.text, "several corrections of a remark", |text| {
                FactBody::Meeting(MeetingFact::Corrected {
                    remark: remark.id,
                    text: text.clone(),
                })
            });
        }
        for sitting in &meeting.sittings {
            let rule = |rule: &crate::fact::meeting::QueueRule| Says::Words(rule.word().to_owned());
            self.slot(&sitting.rule, "several rules for the queue", rule, |rule| {
                FactBody::Meeting(MeetingFact::QueueRuled {
                    sitting: sitting.id,
                    rule: *rule,
                })
            });
        }
    }

    fn roles(&mut self, roles: &Roles) {
        let unsettled = roles.0.iter().filter(|(_, role)| role.unsettled);
        self.0
            .extend(unsettled.filter_map(|(name, role)| co_held(name, role)));
    }
}

/// A role held by several who did not know of each other.
fn co_held(name: &Line, role: &Role) -> Option<Contest> {
    let holds = |one: &&Holding| one.lasts() && one.part == Part::Holder;
    let mut held: Vec<&Holding> = role.holdings.iter().filter(holds).collect();
    held.sort_by_key(|one| (one.since, one.person));
    let rivals = held.iter().map(|one| Rival {
        fact: one.since,
        by: BTreeSet::from([one.person]),
        says: Says::Holds,
        chosen: FactBody::Role(RoleFact::SteppedBack {
            role: name.clone(),
            note: None,
        }),
    });
    Some(Contest {
        id: held.first()?.since,
        about: format!("who is {name}"),
        since_ms: held.iter().map(|one| one.at_ms).max()?,
        rivals: rivals.collect(),
        both: Some(FactBody::Role(RoleFact::Shared { role: name.clone() })),
    })
}
