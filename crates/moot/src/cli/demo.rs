//! `demo`: hands over to the story.

use super::arguments::{Color, Demo};
use super::{Context, orientation};
use crate::failure::Answer;

pub(super) fn run(context: &Context, demo: &Demo, color: Color) -> Answer {
    let colours = orientation::colours(color);
    crate::demo::run(context.terminal, demo.keep.as_deref(), colours)
}
