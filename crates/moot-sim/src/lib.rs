//! A world of engines on one thread, from one seed, with faulty disks, clocks and network.
//!
//! The simulator drives the same [`Engine`](moot_engine::Engine) that a node drives, with the same frames, and carries out its
//! effects in their order. Everything that happens is drawn from the seed, so that a failure is a number and replays exactly.
//!
//! - [`world`]: nodes, time, the network between them, crashes.
//! - [`script`]: what people do in the world, drawn from the seed, and what they were promised.
//! - [`check`]: what must hold once everybody has met.
//! - [`relay`]: relays, honest ones and others.
//! - [`memory_store`]: a store that fails and forgets on demand.
//! - [`member`]: a member who signs and seals by hand; [`chunk`]: changes with something wrong in them.
//! - [`targets`]: what is fuzzed.
//! - [`turns`]: no engines, but years of meetings in which a role goes round.

pub mod check;
pub mod chunk;
pub mod dice;
pub mod member;
pub mod memory_store;
pub mod relay;
pub mod script;
pub mod targets;
pub mod turns;
pub mod world;

mod network;
mod node;
mod trace;

pub use chunk::Chunk;
pub use dice::Dice;
pub use member::{ByHand, Member};
pub use memory_store::MemoryStore;
pub use relay::Malice;
pub use script::Script;
pub use world::{Weather, World};
