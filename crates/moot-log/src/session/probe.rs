//! Where two branches of one log part: a search along one path, from its end back by powers of two and then closer.
//!
//! Owns the searches of one session. What a probe names and what its answer means is here; when to search is decided elsewhere.

use std::collections::{BTreeMap, VecDeque};

use super::peer::View;
use crate::frame::Probe;
use crate::ids::{EntryId, LogId};
use crate::limits::{PROBE_IDS_MAX, PROBES_MAX};
use crate::storage::ReadError;

/// One path of a log, from its start to an entry held here, of which the peer holds an unknown part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) log: LogId,
    /// The end of the path.
    pub(super) leaf: EntryId,
    /// The peer holds all positions before this one.
    pub(super) held: u64,
    /// The peer holds no position from this one on.
    pub(super) unheld: u64,
    /// Positions that the last probe named, the latest first; empty before the first.
    asked: Vec<u64>,
}

impl Search {
    pub(super) fn new(log: LogId, leaf: EntryId, held: u64, unheld: u64) -> Self {
        Self {
            log,
            leaf,
            held,
            unheld: unheld.max(held),
            asked: Vec::new(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.held >= self.unheld
    }

    /// Which positions to ask for: at first back by powers of two, since branches are mostly short, then evenly over the gap.
    fn next_positions(&self) -> Vec<u64> {
        let gap = self.unheld - self.held;
        let mut positions: Vec<u64> = if self.asked.is_empty() {
            let powers = (0..u64::BITS).map(|power| 1u64 << power);
            let backs = powers.take_while(|back| *back <= gap);
            backs.map(|back| self.unheld - back).collect()
        } else {
            let step = gap.div_ceil(PROBE_IDS_MAX as u64 - 1);
            let count = gap.div_ceil(step);
            (0..count).map(|n| self.unheld - 1 - n * step).collect()
        };
        if positions.last() != Some(&self.held) {
            positions.push(self.held);
        }
        positions
    }

    /// Narrows the gap by an answer: the first of the named entries that the peer holds. Nothing for an answer that names none
    /// of them.
    fn narrow(&mut self, first_held: Option<usize>) -> Option<()> {
        match first_held {
            Some(index) => {
                let position = *self.asked.get(index)?;
                if index > 0 {
                    self.unheld = self.asked[index - 1];
                }
                self.held = position + 1;
            }
            None => self.unheld = *self.asked.last()?,
        }
        Some(())
    }
}

/// The searches of a session: some wait for an answer, the others for their turn.
#[derive(Debug, Default)]
pub(super) struct Prober {
    waiting: VecDeque<Search>,
    asked: BTreeMap<u64, Search>,
    next_number: u64,
}

impl Prober {
    pub(super) fn push(&mut self, search: Search) {
        self.waiting.push_back(search);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.asked.clear();
    }

    /// Drops the searches of a log; answers that are on their way are passed over.
    pub(super) fn call_off(&mut self, log: &LogId) {
        self.waiting.retain(|search| search.log != *log);
        self.asked.retain(|_, search| search.log != *log);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.asked.is_empty()
    }

    pub(super) fn searches(&self, log: &LogId) -> bool {
        self.waiting
            .iter()
            .chain(self.asked.values())
            .any(|search| search.log == *log)
    }

    /// The next probe to send, while there is one and not too many wait for an answer.
    pub(super) fn next(&mut self, view: &View<'_>) -> Result<Option<Probe>, ReadError> {
        while self.asked.len() < PROBES_MAX {
            let Some(mut search) = self.waiting.pop_front() else {
                return Ok(None);
            };
            let positions = search.next_positions();
            let Some(ids) = ids_at(view, &search, &positions)? else {
                continue;
            };
            search.asked = positions;
            let number = self.next_number;
            self.next_number += 1;
            let log = search.log;
            self.asked.insert(number, search);
            return Ok(Some(Probe { number, log, ids }));
        }
        Ok(None)
    }

    /// Takes an answer. A search that is done is handed back, another one is put in line again.
    ///
    /// # Errors
    /// An answer that does not fit its probe. One that fits no probe is passed over: the search was called off.
    pub(super) fn answer(
        &mut self,
        number: u64,
        first_held: Option<u32>,
    ) -> Result<Option<Search>, BadAnswer> {
        let Some(mut search) = self.asked.remove(&number) else {
            return Ok(None);
        };
        let first_held = first_held.map(|index| usize::try_from(index).unwrap_or(usize::MAX));
        search.narrow(first_held).ok_or(BadAnswer)?;
        if search.is_done() {
            return Ok(Some(search));
        }
        self.waiting.push_front(search);
        Ok(None)
    }
}

/// An answer that names an entry that was not asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadAnswer;

/// The entries at positions of a search's path, the latest first; nothing where the path is gone.
fn ids_at(
    view: &View<'_>,
    search: &Search,
    positions: &[u64],
) -> Result<Option<Vec<EntryId>>, ReadError> {
    let Some((leaf, _)) = view.locate(&search.log, &search.leaf)? else {
        return Ok(None);
    };
    let mut path = view.back_from(&search.log, &leaf).peekable();
    let mut ids = Vec::with_capacity(positions.len());
    for seq in positions {
        while path.next_if(|chain| chain.first_seq > *seq).is_some() {}
        let id = match path.peek() {
            Some(chain) => view.entry_in(chain, *seq)?,
            None => None,
        };
        let Some(id) = id else {
            return Ok(None);
        };
        ids.push(id);
    }
    Ok(Some(ids))
}

/// The last entry that a finished search has found the peer to hold.
pub(super) fn parting(view: &View<'_>, search: &Search) -> Result<Option<EntryId>, ReadError> {
    let Some(seq) = search.held.checked_sub(1) else {
        return Ok(None);
    };
    Ok(ids_at(view, search, &[seq])?.and_then(|ids| ids.first().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers as a peer that holds `common` positions, and counts the rounds.
    fn rounds_until_found(len: u64, common: u64) -> u32 {
        let mut search = Search::new(LogId([1; 32]), EntryId([2; 32]), 0, len);
        let mut rounds = 0;
        while !search.is_done() {
            search.asked = search.next_positions();
            assert!(search.asked.len() <= PROBE_IDS_MAX);
            assert!(search.asked.is_sorted_by(|a, b| a > b));
            let first_held = search.asked.iter().position(|seq| *seq < common);
            assert_eq!(search.narrow(first_held), Some(()));
            rounds += 1;
        }
        assert_eq!(search.held, common);
        rounds
    }

    #[test]
    fn every_parting_is_found() {
        for len in 1..140 {
            for common in 0..=len {
                rounds_until_found(len, common);
            }
        }
    }

    #[test]
    fn a_parting_near_the_end_takes_one_round_and_any_other_few() {
        assert_eq!(rounds_until_found(1_000_000, 999_999), 1);
        assert_eq!(rounds_until_found(1_000_000, 999_998), 2);
        for common in [0, 1, 3, 70_000, 500_001, 999_000] {
            assert!(rounds_until_found(1_000_000, common) <= 6, "{common}");
        }
    }

    #[test]
    fn an_answer_beyond_the_question_is_refused() {
        let mut search = Search::new(LogId([1; 32]), EntryId([2; 32]), 0, 4);
        search.asked = search.next_positions();
        assert_eq!(search.narrow(Some(9)), None);
    }
}
