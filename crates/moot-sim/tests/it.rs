//! What engines promise each other, shown in simulated worlds.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

#[path = "it/clocks.rs"]
mod clocks;
#[path = "it/copies.rs"]
mod copies;
#[path = "it/corpora.rs"]
mod corpora;
#[path = "it/disk.rs"]
mod disk;
#[path = "it/editing.rs"]
mod editing;
#[path = "it/frames.rs"]
mod frames;
#[path = "it/garden.rs"]
mod garden;
#[path = "it/halves.rs"]
mod halves;
#[path = "it/hostile.rs"]
mod hostile;
#[path = "it/live.rs"]
mod live;
#[path = "it/lost.rs"]
mod lost;
#[path = "it/meetings.rs"]
mod meetings;
#[path = "it/mending.rs"]
mod mending;
#[path = "it/offers.rs"]
mod offers;
#[path = "it/receipts.rs"]
mod receipts;
#[path = "it/relays.rs"]
mod relays;
#[path = "it/seeds.rs"]
mod seeds;
#[path = "it/texts.rs"]
mod texts;
#[path = "it/tickets.rs"]
mod tickets;
#[path = "it/turns.rs"]
mod turns;
#[path = "it/two.rs"]
mod two;
