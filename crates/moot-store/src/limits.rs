//! Every maximum of the store, with its reason.

use std::time::Duration;

/// How long opening waits for another process to let go of the file: one that is just ending may still be tidying up.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Kibibytes of pages kept in memory. A notebook of some thousand notes works within it, and a small board has it to spare.
pub(crate) const CACHE_KIB: i64 = 8 * 1024;

/// Pages of 4 KiB in the write-ahead log after which they are brought into the file: 16 MiB. What came in random places is then
/// written there a few times and not with every few batches.
pub(crate) const CHECKPOINT_PAGES: i64 = 4_000;

/// Bytes to which the write-ahead log shrinks again after a large batch has made it grow.
pub(crate) const WAL_BYTES_KEPT: i64 = 20 << 20;

/// Prepared statements kept: every statement of this crate, the few of every space included, fits.
pub(crate) const STATEMENTS_MAX: usize = 192;

/// Characters of one indexed word. A longer one is found by its beginning; a query's words are cut alike.
pub(crate) const TERM_CHARS_MAX: usize = 64;

/// Words of a query that are looked for. The index's own limit on nested conditions is 256.
pub(crate) const QUERY_WORDS_MAX: usize = 32;

/// Glyphs of one run without spaces in a query that are looked for.
pub(crate) const QUERY_GLYPHS_MAX: usize = 64;

/// How long a snippet is, in half words: a word counts two, a glyph of a script written without spaces counts one.
pub(crate) const SNIPPET_HALF_WORDS: usize = 24;

/// Characters of one word, or of what stands between two words, that a snippet shows before it cuts.
pub(crate) const SNIPPET_PIECE_CHARS_MAX: usize = 48;

/// Findings that a check lists before it stops counting them out.
pub(crate) const FINDINGS_MAX: usize = 50;
