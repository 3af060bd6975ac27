//! What frames must refuse.
