//! Every number of the editor, each with its reason.

/// How long after the last key own splices are sent: a pause that one does not notice, so that the saving follows it.
pub(super) const SEND_PAUSE_MS: u64 = 300;

/// How long after the first unsent key they are sent, pause or none: what a power cut can take is this much typing.
pub(super) const SEND_MS_MAX: u64 = 500;

/// Splices that wait before they are made into as few as do the same.
pub(super) const LOOSE_SPLICES_MAX: usize = 64;

/// A pause in typing that begins a new step of undo.
pub(super) const UNDO_PAUSE_MS: u64 = 1_000;

/// Steps that can be taken back: a long day's writing.
pub(super) const UNDO_STEPS_MAX: usize = 2_000;

/// Text kept for taking steps back: twice the longest note, so that clearing it can always be undone.
pub(super) const UNDO_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long another's caret is shown after it moved: after that it says where they were, not where they are.
pub(super) const OTHER_SHOWN_MS: u64 = 30_000;

/// How long their full name is shown: to see who it is, and not to cover what one reads.
pub(super) const OTHER_NAMED_MS: u64 = 2_000;

/// Cells of another's name.
pub(super) const NAME_CELLS_MAX: usize = 20;

/// How soon after a click another at the same place is its second: what systems take by default.
pub(super) const CLICK_MS_MAX: u64 = 500;

/// Columns to a tab stop.
pub(super) const TAB_CELLS: usize = 4;

/// Cells at the right that no word is wrapped into: for letters of others, and the caret behind a full row.
pub(super) const MARGIN_CELLS: u16 = 2;

/// Areas narrower than this have no margin: the words need all of it.
pub(super) const MARGIN_FROM_CELLS: u16 = 8;

/// The width to go by before anything was drawn.
pub(super) const FIRST_WIDTH_CELLS: usize = 80;

/// Bytes of a line that is styled inside. A longer one is data, not prose, and each key would read all of it.
pub(super) const STYLED_LINE_BYTES_MAX: usize = 4 * 1024;

/// Bytes between `[[` and the caret that still look like a title being written.
pub(super) const LINK_BYTES_MAX: usize = 200;
