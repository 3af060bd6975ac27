//! Whose turn it would be: a suggestion computed from who was there and who served, never an assignment.
//!
//! Owns the rows that past meetings leave, the suggestion and its reasons, and the fairness of it all as a group sees
//! it. Integers only, no clock, no loading of past meetings; nothing here is a table of persons.

// Two machines would round apart.
#![deny(clippy::float_arithmetic)]

mod fairness;
mod occasion;
pub(crate) mod reading;
mod suggest;
mod tally;

#[cfg(test)]
mod tests;

pub use fairness::{BadHours, Fairness, fairness, unsocial_hours};
pub use occasion::{Occasion, OccasionKey, occasion_digest, occasions};
pub use suggest::{LeftOut, Reason, Rota, Suggestion, Turn, suggest};
pub use tally::Tally;

/// One turn, in the unit that all of this counts in.
pub const TURN: i64 = 1_000_000;
