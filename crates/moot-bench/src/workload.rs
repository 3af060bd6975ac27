//! The texts that both sides write: the same bytes for the same note and edit.
//!
//! Owns the size of a burst of typing: about a hundred characters, as in the measured traces of people writing.

/// How many notes, and how often each was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) notes: usize,
    /// Edits of each note; making it is the first.
    pub(crate) edits: usize,
}

/// Notes that are written in turn, before the next ones are.
pub(crate) const WRITTEN_IN_TURN: usize = 25;

const WORDS: [&str; 24] = [
    "water", "the", "garden", "beds", "before", "noon", "and", "leave", "tools", "clean", "we",
    "agreed", "to", "ask", "again", "next", "month", "whether", "rota", "still", "suits",
    "everyone", "here", "today",
];

pub(crate) fn title(note: usize) -> String {
    format!("Note {note} on {}", WORDS[note % WORDS.len()])
}

/// What one edit of a note adds: a line of about a hundred characters.
pub(crate) fn line(note: usize, edit: usize) -> String {
    let mut line = format!("{note}.{edit}");
    let mut next = note.wrapping_mul(31).wrapping_add(edit.wrapping_mul(7));
    while line.len() < 100 {
        line.push(' ');
        line.push_str(WORDS[next % WORDS.len()]);
        next = next.wrapping_mul(5).wrapping_add(3);
    }
    line
}

/// In which order notes are written in: some at a time, each of them in turn.
pub(crate) fn order(size: Size) -> impl Iterator<Item = (usize, usize)> {
    (0..size.notes)
        .step_by(WRITTEN_IN_TURN)
        .flat_map(move |first| {
            let last = (first + WRITTEN_IN_TURN).min(size.notes);
            (0..size.edits).flat_map(move |edit| (first..last).map(move |note| (note, edit)))
        })
}
