//! Sessions driven in memory, from two nodes to three: what the protocol promises, written as claims.

mod converge;
mod economy;
mod handshake;
mod hostile;
mod joining;
mod live;
mod node;
mod vectors;
mod wire;
