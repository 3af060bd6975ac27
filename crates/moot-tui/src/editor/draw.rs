//! The editor on the screen.
mod look;
pub use look::Look;
