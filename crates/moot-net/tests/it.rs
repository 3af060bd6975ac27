//! Real nodes on loopback: every wait is for an event, with a deadline.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "it/circuits.rs"]
mod circuits;
#[path = "it/exchange.rs"]
mod exchange;
#[path = "it/healing.rs"]
mod healing;
#[path = "it/limits.rs"]
mod limits;
#[path = "it/nearby.rs"]
mod nearby;
#[path = "it/node.rs"]
mod node;
#[path = "it/silence.rs"]
mod silence;
#[path = "it/trial.rs"]
mod trial;
