//! A relay: keeps notebooks that it cannot read, and hands them on between members who are never awake together.
//!
//! Owns what a relay takes, keeps, refuses and forgets, as a machine without sockets, clock or randomness. It links neither the
//! keys of a group nor its documents: there is nothing in it that could open an entry. How to drive it:
//!
//! 1. [`Relay::open`] on a store of its own.
//! 2. [`Relay::handle_many`] for the inputs that wait, in their order. It commits to the store itself, all that comes of them at
//!    once, before it hands out the [`Effects`] that depend on it; those are to be carried out in their field order. An error
//!    means that the store failed: drop the relay, and open it again from what is on the disk.
//! 3. [`Input::Tick`] no later than [`Effects::next_tick_ms`].

mod host;
pub mod limits;
mod machine;
pub mod rate;
mod records;
mod relay;

pub use machine::{
    Crowded, Effects, Event, Failed, Identity, Input, Now, Policy, Status, StreamId,
};
pub use relay::Relay;
