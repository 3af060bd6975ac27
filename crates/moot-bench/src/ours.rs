//! Folkmoot as it is measured: the engine, its store in SQLite, and its network on loopback, as the program drives them.
//!
//! Owns nothing of what happens inside them.

pub(crate) mod home;
pub(crate) mod machine;
pub(crate) mod node;
// The program's own, which is no library.
#[path = "../../moot/src/node/verifying.rs"]
mod verifying;

pub(crate) use home::Home;
pub(crate) use machine::{Machine, Saving};
pub(crate) use node::Node;
