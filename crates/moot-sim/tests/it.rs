//! What engines promise each other, shown in simulated worlds.

#[path = "it/seeds.rs"]
mod seeds;
#[path = "it/two.rs"]
mod two;
