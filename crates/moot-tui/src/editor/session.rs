//! The co-editing with the engine.

use moot_engine::text::Splice;

/// Own splices for the engine, meant for the text as it was at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The revision of the text that they are meant for.
    pub base: u64,
    /// In rising order of place; each counts in the text as the one before left it.
    pub splices: Vec<Splice>,
}

/// What the engine did to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The text's revision with it. They are numbered without gaps.
    pub revision: u64,
    /// Which editor sent it, if one of this engine's did.
    pub editor: Option<u64>,
    /// In rising order of place; each counts in the text as the one before left it.
    pub splices: Vec<Splice>,
    /// Whose it is, if it is one person's: their caret goes along.
    pub by: Option<String>,
}

/// A patch does not follow on what is here. Read the text anew and call [`Editor::reopened`](super::Editor::reopened).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap;
