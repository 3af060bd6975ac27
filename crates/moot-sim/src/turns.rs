//! Years of meetings in which a role goes round, drawn from a seed: who comes, who says no, who ends up serving.
//!
//! Owns what people do by chance, and two ways of choosing that others use, to compare with. Who is suggested by the rota
//! is [`moot_notebook`]'s; so is the report of how fair it was.

use std::collections::{BTreeMap, BTreeSet};

use moot_notebook::{
    DocId, FactId, Fairness, Line, Occasion, OccasionKey, PersonId, Policy, Slot, SlotValue,
    Switch, TURN, Tally, Turn, Wishes, fairness,
};

use crate::Dice;

const ROLE: &str = "facilitator";

/// How the next holder is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    /// By the rota.
    Rota,
    /// Whoever served least often.
    LeastServed,
    /// Whoever the lot falls on.
    Random,
}

/// What a group is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// How many people there are.
    pub people: u8,
    /// How many meetings they have.
    pub meetings: u32,
    /// How many of a hundred times each comes.
    pub attend: u64,
    /// How many of a hundred times each says no when asked.
    pub decline: u64,
    /// The last of the people comes for the first time, or comes back, at this meeting; before it, not since the first one.
    pub comes_at: u32,
    /// The last of the people goes on leave at this meeting, until `comes_at`.
    pub leaves_at: u32,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The group's report.
    pub fairness: Fairness,
    /// Turns of the last of the people in the twenty meetings from when they came.
    pub turns: i64,
    /// What fell to them in these, in millionths of a turn.
    pub fair: i64,
    /// Holders that nobody had heard a yes from, or that the rules leave out: there must be none.
    pub unasked: u32,
}

/// Lets a group meet, with the chance of `seed`.
#[must_use]
pub fn meet(habits: Habits, choosing: Choosing, seed: u64) -> Outcome {
    let mut dice = Dice::new(seed);
    let notebook = dice.bytes();
    let everyone: Vec<PersonId> = (0..habits.people)
        .map(|number| PersonId([number; 32]))
        .collect();
    let all: BTreeSet<PersonId> = everyone.iter().copied().collect();
    let last = PersonId([habits.people.saturating_sub(1); 32]);
    let wishes = without_shadowing();
    let mut tally = Tally::default();
    let mut served: BTreeMap<PersonId, u32> = BTreeMap::new();
    let mut outcome = Outcome {
        fairness: Fairness::default(),
        turns: 0,
        fair: 0,
        unasked: 0,
    };
    for number in 0..habits.meetings {
        let away = (habits.leaves_at..habits.comes_at).contains(&number);
        let present: BTreeSet<PersonId> = everyone
            .iter()
            .filter(|person| dice.percent(habits.attend) && !(away && **person == last))
            .copied()
            .collect();
        let mut turn = turn(notebook, number, &all, &present);
        let order = match choosing {
            Choosing::Rota => {
                let rota = tally.suggest(&all, &wishes, &turn);
                rota.suggested.iter().map(|one| one.person).collect()
            }
            Choosing::LeastServed => by_lot(&present, &mut dice, |person| {
                served.get(&person).copied().unwrap_or(0)
            }),
            Choosing::Random => by_lot(&present, &mut dice, |_| 0),
        };
        let holder = order.into_iter().find(|person| {
            let accepts = !dice.percent(habits.decline);
            if !accepts {
                turn.declined.insert(*person);
            }
            accepts
        });
        outcome.unasked += holder.map_or(0, |holder| u32::from(!present.contains(&holder)));
        let occasion = occasion(&turn, present, holder);
        if let Some(holder) = holder {
            *served.entry(holder).or_default() += 1;
        }
        if (habits.comes_at..habits.comes_at.saturating_add(20)).contains(&number) {
            outcome.turns += i64::from(holder == Some(last));
            outcome.fair += share_of(last, &occasion, &tally.willing(&occasion));
        }
        tally.add(&occasion);
    }
    outcome.fairness = fairness(&tally, ROLE, &all, &wishes);
    outcome
}

/// The policy of the simulation: nobody has to shadow first.
fn without_shadowing() -> Wishes {
    let policy = SlotValue {
        fact: FactId([0; 16]),
        by: BTreeSet::new(),
        at_ms: 0,
        value: Policy {
            shadowing: Switch::Off,
            ..Policy::default()
        },
    };
    let slot = Slot {
        values: vec![policy],
        before: None,
    };
    let role = Line::new(ROLE).expect("a role is a line");
    Wishes {
        policies: [(role, slot)].into(),
        ..Wishes::default()
    }
}

fn turn(
    notebook: [u8; 32],
    number: u32,
    all: &BTreeSet<PersonId>,
    present: &BTreeSet<PersonId>,
) -> Turn {
    let mut meeting = [0; 16];
    meeting[..4].copy_from_slice(&number.to_be_bytes());
    Turn {
        notebook,
        key: OccasionKey {
            at_ms: i64::from(number),
            meeting: DocId(meeting),
        },
        role: ROLE.to_owned(),
        holders: BTreeSet::new(),
        elsewhere: BTreeMap::new(),
        declined: BTreeSet::new(),
        stepped_back: BTreeSet::new(),
        not_for_me: BTreeSet::new(),
        regrets: all.difference(present).copied().collect(),
    }
}

fn occasion(turn: &Turn, present: BTreeSet<PersonId>, holder: Option<PersonId>) -> Occasion {
    Occasion {
        key: turn.key,
        role: turn.role.clone(),
        took_place: true,
        present,
        available: BTreeSet::new(),
        holders: holder.into_iter().collect(),
        shadows: BTreeSet::new(),
        declined: turn.declined.clone(),
        not_for_me: BTreeSet::new(),
        regrets: turn.regrets.clone(),
    }
}

/// What falls to a person at one occasion.
fn share_of(person: PersonId, occasion: &Occasion, willing: &BTreeSet<PersonId>) -> i64 {
    if occasion.holders.is_empty() || !willing.contains(&person) {
        return 0;
    }
    i64::try_from(willing.len()).map_or(0, |count| TURN / count)
}

/// Those present by a measure, smallest first; equals by lot.
fn by_lot(
    present: &BTreeSet<PersonId>,
    dice: &mut Dice,
    measure: impl Fn(PersonId) -> u32,
) -> Vec<PersonId> {
    let mut order: Vec<(u32, u64, PersonId)> = present
        .iter()
        .map(|person| (measure(*person), dice.below(u64::MAX), *person))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, person)| person).collect()
}

/// What many runs of one kind come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// The worst debt of each run, in millionths of a turn, smallest first.
    pub worst_debts: Vec<i64>,
    /// The smallest and the largest share of all runs, in thousandths.
    pub shares: (i64, i64),
    /// Turns of the last of the people in their twenty meetings, over all runs.
    pub turns: i64,
    /// The most of these in one run.
    pub turns_max: i64,
    /// What fell to them, in millionths of a turn, over all runs.
    pub fair: i64,
    /// Occasions without a holder, over all runs.
    pub vacancies: usize,
    /// Occasions with the holder of the one before, over all runs.
    pub back_to_backs: usize,
    /// Holders without a yes of their own, over all runs.
    pub unasked: u32,
}

impl Runs {
    /// Lets groups of one kind meet, one for each seed.
    #[must_use]
    pub fn of(habits: Habits, choosing: Choosing, seeds: std::ops::Range<u64>) -> Self {
        let outcomes: Vec<Outcome> = seeds.map(|seed| meet(habits, choosing, seed)).collect();
        let mut worst_debts: Vec<i64> =
            outcomes.iter().map(|one| one.fairness.worst_debt).collect();
        worst_debts.sort_unstable();
        let shares = || outcomes.iter().filter_map(|one| one.fairness.shares);
        Self {
            worst_debts,
            shares: (
                shares().map(|(least, _)| least).min().unwrap_or(0),
                shares().map(|(_, most)| most).max().unwrap_or(0),
            ),
            turns: outcomes.iter().map(|one| one.turns).sum(),
            turns_max: outcomes.iter().map(|one| one.turns).max().unwrap_or(0),
            fair: outcomes.iter().map(|one| one.fair).sum(),
            vacancies: outcomes.iter().map(|one| one.fairness.vacancies).sum(),
            back_to_backs: outcomes.iter().map(|one| one.fairness.back_to_backs).sum(),
            unasked: outcomes.iter().map(|one| one.unasked).sum(),
        }
    }

    /// The worst debt of the run in the middle.
    #[must_use]
    pub fn median_debt(&self) -> i64 {
        self.worst_debts
            .get(self.worst_debts.len() / 2)
            .copied()
            .unwrap_or(0)
    }

    /// The worst debt of the worst run.
    #[must_use]
    pub fn max_debt(&self) -> i64 {
        self.worst_debts.last().copied().unwrap_or(0)
    }

    /// One line for a person to read: no persons in it.
    #[must_use]
    pub fn line(&self, name: &str) -> String {
        let runs = i64::try_from(self.worst_debts.len().max(1)).unwrap_or(1);
        let hundredths =
            |millionths: i64| format!("{}.{:02}", millionths / TURN, millionths % TURN / 10_000);
        format!(
            "{name:<14} worst debt {} / {}   share {}..{}   newly come {} of {} (most {})   vacancies {}   back to back {}",
            hundredths(self.median_debt()),
            hundredths(self.max_debt()),
            self.shares.0,
            self.shares.1,
            hundredths(self.turns * TURN / runs),
            hundredths(self.fair / runs),
            self.turns_max,
            self.vacancies,
            self.back_to_backs,
        )
    }
}
