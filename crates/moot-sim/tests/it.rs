//! What engines promise each other, shown in simulated worlds.

#[path = "it/two.rs"]
mod two;
