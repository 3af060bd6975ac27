//! Long texts, and names and titles in any script: what went in comes out, at everybody's.

use moot_engine::{Command, Reply};
use moot_sim::World;

use super::garden::{MINUTE_MS, append, done, invite, join, note, shared, shown, text};

const ANA: usize = 0;
const BEN: usize = 1;

/// Scripts that run from the right, need several code points for a character, or have none for it in many fonts.
const WORDS: [&str; 10] = [
    "שלום עולם",
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "ไม่เว้นวรรค",
    "世界，你好",
    "안녕하세요",
    "👩‍👩‍👧‍👦🏳️‍🌈🦊",
    "e\u{301}a\u{308}o\u{302}\u{323}",
    "\u{2067}ימין\u{2069} left",
    "𐍈𒀀𓂀",
];

#[test]
fn names_and_titles_in_any_script_come_through() {
    for (seed, words) in WORDS.into_iter().enumerate() {
        let mut world = World::new(seed as u64);
        world.add_node(0);
        world.add_node(0);
        let init = Command::Init {
            person: words.to_owned(),
            notebook: words.to_owned(),
            purpose: Some(words.to_owned()),
        };
        done(&mut world, ANA, init);
        let ticket = invite(&mut world, ANA, 1);
        let joined = join(&mut world, BEN, words, &ticket);
        let Some(Ok(Reply::Entered(entered))) = joined else {
            panic!("{words}: {joined:?}");
        };
        assert_eq!(entered.person.name, words);
        assert_eq!(entered.notebook.name, words);
        let id = note(&mut world, ANA, words, &format!("{words}\n[[{words}]]\n"));
        world.run_for(2 * MINUTE_MS);
        check_note(&mut world, words, &id);
        assert_eq!(shown(&mut world, ANA), shown(&mut world, BEN));
    }
}

#[track_caller]
fn check_note(world: &mut World, words: &str, id: &str) {
    assert_eq!(text(world, BEN, words), format!("{words}\n[[{words}]]\n"));
    let search = Command::Search {
        query: words.to_owned(),
        limit: 5,
    };
    match done(world, BEN, search) {
        Reply::Found(found) => assert_eq!(found[0].id, id, "{words}"),
        other => panic!("nothing found: {other:?}"),
    }
    let export = Command::Export {
        note: words.to_owned(),
    };
    match done(world, BEN, export) {
        Reply::Exported(exported) => {
            assert_eq!(exported.note.title, words);
            assert_eq!(exported.note.authors, [words]);
            assert_eq!(exported.note.links[0].id.as_deref(), Some(id));
        }
        other => panic!("not exported: {other:?}"),
    }
    match done(world, BEN, Command::People) {
        Reply::People(people) => assert!(people.iter().all(|person| person.name == words)),
        other => panic!("not people: {other:?}"),
    }
}

#[test]
fn a_note_of_a_megabyte_comes_through_and_can_be_written_on() {
    let mut world = World::new(31);
    shared(&mut world, &["Ana", "Ben"]);
    let line = "Ein Satz, der länger ist, als er sein müßte: 世界 🦊.\n";
    let long = line.repeat((1 << 20) / line.len() + 1);
    note(&mut world, ANA, "Long", &long);
    world.run_for(5 * MINUTE_MS);
    assert!(text(&mut world, BEN, "Long") == long, "not the same text");
    append(&mut world, BEN, "Long", "Ben adds to it.");
    world.run_for(2 * MINUTE_MS);
    assert!(text(&mut world, ANA, "Long").contains("Ben adds to it."));
    let (ana, ben) = (shown(&mut world, ANA), shown(&mut world, BEN));
    assert_eq!(ana, ben);
    assert_eq!((ana.pending, ana.quarantined), (0, 0));
}

/// Story: a snapshot was written after so many entries, and a long text came in few: each opening judged all of it again.
#[test]
fn a_long_note_is_kept_in_one_piece_from_the_start() {
    use moot_log::storage::{HOME, Reader, Space};
    let mut world = World::new(32);
    shared(&mut world, &["Ana", "Ben"]);
    note(&mut world, ANA, "Short", "A line.\n");
    note(
        &mut world,
        ANA,
        "Long",
        &"Who brings the tea?\n".repeat(10_000),
    );
    world.run_for(5 * MINUTE_MS);
    assert_eq!(text(&mut world, BEN, "Long").len(), 200_000);
    for node in [ANA, BEN] {
        let home = world.backup(node);
        let notebooks = home.scan(Space::Notebook, &HOME, &[], None, 9).unwrap();
        let id = moot_log::NotebookId(notebooks[0].0.as_slice().try_into().unwrap());
        let snapshots = home.scan(Space::Snapshot, &id, &[], None, 9).unwrap();
        assert_eq!(snapshots.len(), 1, "node {node}: of the long one alone");
    }
}
