//! `demo`: hands over to the story.

use super::Context;
use super::arguments::Demo;
use crate::failure::Answer;

pub(super) fn run(context: &Context, demo: &Demo) -> Answer {
    crate::demo::run(context.terminal, demo.keep.as_deref())
}
