//! The view over a text that several people write in.
