//! The command as people and scripts meet it: the real binary, real homes, real nodes on loopback. Asserts on JSON and exit
//! codes; never looks inside a home but to damage it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do; clippy excuses only functions marked #[test]"
)]

#[path = "e2e/arguments.rs"]
mod arguments;
#[path = "e2e/bad_days.rs"]
mod bad_days;
#[path = "e2e/carrying.rs"]
mod carrying;
#[path = "e2e/conformance.rs"]
mod conformance;
#[path = "e2e/copies.rs"]
mod copies;
#[path = "e2e/crash.rs"]
mod crash;
#[path = "e2e/demo.rs"]
mod demo;
#[path = "e2e/editor.rs"]
mod editor;
#[path = "e2e/files.rs"]
mod files;
#[path = "e2e/guide.rs"]
mod guide;
#[path = "e2e/halves.rs"]
mod halves;
#[path = "e2e/holes.rs"]
mod holes;
#[path = "e2e/homes.rs"]
mod homes;
#[path = "e2e/imports.rs"]
mod imports;
#[path = "e2e/lasting.rs"]
mod lasting;
#[path = "e2e/meetings.rs"]
mod meetings;
#[path = "e2e/nodes.rs"]
mod nodes;
#[path = "e2e/notes.rs"]
mod notes;
#[path = "e2e/opening.rs"]
mod opening;
#[path = "e2e/pages.rs"]
mod pages;
#[path = "e2e/people.rs"]
mod people;
#[path = "e2e/reaching.rs"]
mod reaching;
#[path = "e2e/relaying.rs"]
mod relaying;
#[path = "e2e/relays.rs"]
mod relays;
#[path = "e2e/routers.rs"]
mod routers;
#[path = "e2e/screens.rs"]
mod screens;
#[path = "e2e/six.rs"]
mod six;
#[path = "e2e/terminal.rs"]
mod terminal;
#[path = "e2e/terminals.rs"]
mod terminals;
#[path = "e2e/world.rs"]
mod world;
