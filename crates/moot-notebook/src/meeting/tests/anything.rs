//! Anything that can be said in a meeting, drawn by chance: every fact there is, about things that are there or not.
//!
//! Owns the draw; claims nothing.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use super::scene::*;
use crate::fact::meeting::*;
use crate::fact::role::{OfferKind, Part, Willingness};
use crate::fact::{FactBody, Facts, MeetingFact as F, RoleFact as R};
use crate::id::FactId;
use crate::meeting::consent_version;

/// How many sorts of facts [`anything`] draws from.
pub(super) const SORTS: usize = 56;

/// A number below `end`.
pub(super) fn below(dice: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(dice.next_u64() % end as u64).unwrap()
}

/// What was said so far, and the chance by which some of it is named.
pub(super) struct Draw<'d> {
    pub(super) dice: &'d mut ChaCha8Rng,
    pub(super) said: &'d Facts,
}

impl Draw<'_> {
    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[below(self.dice, all.len())]
    }

    /// A fact of this sort three times of four, where there is one; else any.
    fn id(&mut self, is: fn(&FactBody) -> bool) -> FactId {
        let fits: Vec<FactId> = self
            .said
            .values()
            .filter(|entry| entry.fact.as_ref().is_some_and(|fact| is(&fact.body)))
            .map(|entry| entry.id)
            .collect();
        if !fits.is_empty() && below(self.dice, 4) > 0 {
            return self.one_of(&fits);
        }
        let all: Vec<FactId> = self.said.keys().copied().collect();
        self.one_of(&all)
    }

    fn sitting(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::SittingOpened { .. })))
    }

    fn item(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::ItemAdded { .. })))
    }

    fn consent(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::ConsentOpened { .. })))
    }

    fn action(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::ActionAdded { .. })))
    }

    fn entry(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::QueueJoined { .. })))
    }

    fn round(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::RoundOpened { .. })))
    }

    fn check(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::CheckOpened { .. })))
    }

    fn remark(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Meeting(F::Remarked { .. })))
    }

    fn offer(&mut self) -> FactId {
        self.id(|body| matches!(body, FactBody::Role(R::Offered { .. })))
    }

    fn words(&mut self) -> &'static str {
        self.one_of(&["We dig.", "We dig deep.", "We wait."])
    }

    fn number(&mut self) -> i64 {
        i64::try_from(below(self.dice, 9)).unwrap()
    }
}

/// One thing that could be said of the meeting, its agenda and its roles.
pub(super) fn anything(dice: &mut ChaCha8Rng, said: &Facts) -> FactBody {
    let sort = below(dice, SORTS);
    let mut draw = Draw { dice, said };
    let draw = &mut draw;
    match sort {
        0..9 => heading(draw, sort),
        9..21 => gathering(draw, sort - 9),
        21..38 => talk(draw, sort - 21),
        38..50 => roles(draw, sort - 38),
        _ => decision(draw, sort - 50),
    }
}

fn heading(draw: &mut Draw<'_>, sort: usize) -> FactBody {
    let role = line(draw.one_of(&["facilitator", "scribe"]));
    match sort {
        0 => F::Scheduled {
            at_ms: draw.number(),
            zone: line("UTC"),
        }
        .body(),
        1 => F::Series {
            name: line(draw.one_of(&["weekly", "yearly"])),
        }
        .body(),
        2 => F::RoleListed { role }.body(),
        3 => F::RoleUnlisted { role }.body(),
        4 => F::Cancelled {}.body(),
        5 => F::Resumed {}.body(),
        6 => F::MinutesAgreed { digest: [7; 32] }.body(),
        7 => FactBody::Purpose {
            text: draw.words().to_owned(),
        },
        _ => F::HandOverNote {
            role,
            text: para(draw.words()),
        }
        .body(),
    }
}

fn gathering(draw: &mut Draw<'_>, sort: usize) -> FactBody {
    let (sitting, item) = (draw.sitting(), draw.item());
    let somewhere = draw.one_of(&[None, Some(sitting)]);
    let (to, from) = (draw.item(), draw.one_of(&[None, Some(item)]));
    match sort {
        0 => F::SittingOpened {
            members: vec![person(ANA), person(CY)],
        },
        1 => F::SittingClosed { sitting },
        2 => F::Attended {
            status: draw.one_of(Attendance::ALL),
            sitting: somewhere,
        },
        3 => F::ItemAdded {
            text: line("Item"),
            kind: draw.one_of(ItemKind::ALL),
            place: draw.one_of(ItemPlace::ALL),
            minutes: Some(5),
        },
        4 => F::ItemMarked {
            item,
            mark: draw.one_of(ItemMark::ALL),
            sitting: somewhere,
        },
        5 => F::ItemChanged {
            item,
            text: Some(line(draw.words())),
            kind: None,
            minutes: Some(7),
        },
        6 => F::AgendaOrdered {
            items: vec![item, to],
        },
        7 | 8 => F::Advanced {
            sitting,
            from,
            fate: from.map(|_| draw.one_of(ItemMark::ALL)),
            to: Some(to),
        },
        9 => F::Extended {
            sitting,
            item,
            minutes: 9,
        },
        10 => F::QueueJoined {
            sitting,
            kind: draw.one_of(QueueKind::ALL),
            note: None,
        },
        _ => queue(draw, sitting),
    }
    .body()
}

fn queue(draw: &mut Draw<'_>, sitting: FactId) -> F {
    match below(draw.dice, 3) {
        0 => F::QueueLeft {
            entry: draw.entry(),
        },
        1 => F::QueueTaken {
            entry: draw.entry(),
        },
        _ => F::QueueRuled {
            sitting,
            rule: draw.one_of(QueueRule::ALL),
        },
    }
}

fn talk(draw: &mut Draw<'_>, sort: usize) -> FactBody {
    let sitting = Some(draw.sitting());
    let item = Some(draw.item());
    match sort {
        0 => F::RoundOpened {
            kind: draw.one_of(RoundKind::ALL),
            text: line("Round"),
            sitting,
            item,
        },
        1 => F::RoundTaken {
            round: draw.round(),
            turn: draw.one_of(RoundTurn::ALL),
            text: None,
        },
        2 => F::RoundClosed {
            round: draw.round(),
        },
        3 => F::CheckOpened {
            statement: line("Good"),
            sitting,
        },
        4 => F::CheckAnswered {
            check: draw.check(),
            word: draw.one_of(Warmth::ALL),
        },
        5 => F::CheckClosed {
            check: draw.check(),
            result: draw.one_of(CheckResult::ALL),
        },
        6..11 => return decision(draw, sort - 6),
        11 => F::ActionAdded {
            text: line("Do"),
            sitting,
            item,
        },
        12 => F::ActionOffered {
            action: draw.action(),
            to: draw.one_of(&[person(ANA), person(BEN)]),
        },
        13 => F::ActionAnswered {
            action: draw.action(),
            answer: draw.one_of(Answer::ALL),
        },
        14 => F::ActionMarked {
            action: draw.action(),
            mark: draw.one_of(ActionMark::ALL),
        },
        15 => F::Remarked {
            text: para("So."),
            record: draw.one_of(Record::ALL),
            sitting,
            item,
        },
        _ => return mending(draw),
    }
    .body()
}

fn mending(draw: &mut Draw<'_>) -> FactBody {
    if below(draw.dice, 2) == 0 {
        let remark = draw.remark();
        let text = para(draw.words());
        return F::Corrected { remark, text }.body();
    }
    let naming = draw.one_of(Naming::ALL);
    F::Named { naming }.body()
}

fn decision(draw: &mut Draw<'_>, sort: usize) -> FactBody {
    let round = draw.consent();
    let words = draw.one_of(&["We dig.", "We dig.", "We wait."]);
    match sort {
        0 => F::ConsentOpened {
            text: para(words),
            sitting: Some(draw.sitting()),
            item: None,
        },
        1 => F::ConsentReworded {
            round,
            text: para(words),
        },
        2..4 => F::ConsentAnswered {
            round,
            version: consent_version(words),
            position: draw.one_of(Position::ALL),
            reason: Some(para("Because.")),
        },
        _ => F::ConsentClosed {
            round,
            version: consent_version(words),
        },
    }
    .body()
}

fn roles(draw: &mut Draw<'_>, sort: usize) -> FactBody {
    let role = line(draw.one_of(&["facilitator", "scribe"]));
    match sort {
        0..3 => R::Offered {
            role,
            to: draw.one_of(&[person(ANA), person(BEN)]),
            kind: draw.one_of(OfferKind::ALL),
            note: None,
            in_return: Some(line("scribe")),
            until_ms: None,
            term_until_ms: None,
            reason: None,
            basis: None,
        },
        3..5 => R::Answered {
            offer: draw.offer(),
            answer: draw.one_of(Answer::ALL),
        },
        5 => R::Withdrawn {
            offer: draw.offer(),
        },
        6 | 7 => R::Taken {
            role,
            part: draw.one_of(&[Part::Holder, Part::Holder, Part::Shadow]),
        },
        8 => R::SteppedBack { role, note: None },
        9 => R::Opened { role },
        10 => R::TermExtended {
            role,
            holder: person(ANA),
            until_ms: 2_000_000 + draw.number(),
        },
        _ if below(draw.dice, 2) == 0 => R::Shared { role },
        _ => R::Willing {
            role,
            willingness: draw.one_of(Willingness::ALL),
        },
    }
    .body()
}
