//! A relay: how many entries it takes and hands on, what it costs to sit idle with many connections, how a catch-up by way of it
//! stands beside a direct one, and what is sent for what somebody types.
//!
//! Owns which of these a run measures: `--part flow`, `idle`, `catch-up` or `typing`; all of them, where none is named.

mod catch_up;
mod flow;
mod idle;
mod machine;
mod member;
mod running;
mod typing;

pub(crate) use idle::idle;

use crate::{Options, Outcome};

pub(crate) fn run(options: &Options) -> Outcome<()> {
    match options.text("part") {
        Some("flow") => flow::run(options),
        Some("idle") => idle::run(options),
        Some("catch-up") => catch_up::run(options),
        Some("typing") => typing::run(options),
        Some(other) => Err(format!("{other}: no part of it").into()),
        None => {
            flow::run(options)?;
            idle::run(options)?;
            catch_up::run(options)?;
            typing::run(options)
        }
    }
}
