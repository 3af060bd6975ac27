//! What is true of a meeting after two halves merge, and whatever the order in which facts came: as claims.

mod anything;
mod hostile;
mod merging;
mod order;
mod roles;
pub(crate) mod scene;
