//! Changes to a text as places and lengths, for a program that edits a text which others edit too.
//!
//! Owns only the names under which they are known here; the arithmetic is the notebook's.

pub use moot_notebook::{Splice, gather, rebase};

/// The splices that turn one text into another, last place first, so that each may be made where it says.
///
/// By whole lines as far as that takes a bounded effort: lines that both have stay.
#[must_use]
pub fn replace_whole(old: &str, new: &str) -> Vec<Splice> {
    moot_notebook::replace_whole(old, new)
        .into_iter()
        .filter_map(|edit| match edit {
            moot_notebook::Edit::Splice { at, delete, insert } => Some(Splice {
                at: at.0,
                delete: delete.0,
                insert,
            }),
            moot_notebook::Edit::Fact(_) | moot_notebook::Edit::Gather => None,
        })
        .collect()
}
