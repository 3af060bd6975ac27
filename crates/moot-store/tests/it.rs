//! Claims about the store that hold at its public interface: what is committed is read, found, and survives.

#[cfg(test)]
#[path = "it/crash.rs"]
mod crash;
#[cfg(test)]
#[path = "it/damage.rs"]
mod damage;
#[cfg(test)]
#[path = "it/found.rs"]
mod found;
#[cfg(test)]
#[path = "it/made.rs"]
mod made;
#[cfg(test)]
#[path = "it/model.rs"]
mod model;
#[cfg(test)]
#[path = "it/opening.rs"]
mod opening;
#[cfg(test)]
#[path = "it/released.rs"]
mod released;
#[cfg(test)]
#[path = "it/rows.rs"]
mod rows;
#[cfg(test)]
#[path = "it/same.rs"]
mod same;
