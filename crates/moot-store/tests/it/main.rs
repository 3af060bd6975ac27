//! Claims about the store that hold at its public interface: what is committed is read, found, and survives.

#[cfg(test)]
mod made;
#[cfg(test)]
mod rows;
