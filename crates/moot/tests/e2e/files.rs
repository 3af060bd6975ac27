//! Import and export: what went in comes out.

use std::fs;
use std::path::Path;

use crate::world::World;

const FILES: [(&str, &[u8]); 5] = [
    ("plain.md", b"# Plain\n\ntext\n"),
    ("crlf.md", b"# Windows\r\n\r\nline\r\nlast without end"),
    (
        "sub/deep/bees.markdown",
        "# Bienen 🐝\n\u{feff}x\n".as_bytes(),
    ),
    ("種の日.md", "大根\n".as_bytes()),
    ("empty.md", b""),
];

fn write_files(folder: &Path) {
    for (name, bytes) in FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn what_was_imported_is_exported_byte_for_byte() {
    let world = World::new();
    world.init("a", "Ana");
    let (source, target) = (world.path("source"), world.path("target"));
    write_files(&source);
    let report = world.ask("a", &["import", source.to_str().unwrap()]).json();
    assert_eq!(
        (&report["imported"], &report["updated"]),
        (&5.into(), &0.into())
    );
    let summary = world.ask("a", &["export", target.to_str().unwrap()]).json();
    assert_eq!(summary["notes"], 5);
    for (name, bytes) in FILES {
        assert_eq!(fs::read(target.join(name)).unwrap(), bytes, "{name}");
    }
    let facts = fs::read(target.join("plain.facts.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&facts).unwrap();
    assert_eq!(facts["authors"][0], "Ana");
}

#[test]
fn a_second_import_takes_only_what_changed() {
    let world = World::new();
    world.init("a", "Ana");
    let source = world.path("source");
    write_files(&source);
    let path = source.to_str().unwrap().to_owned();
    let dry = world.ask("a", &["import", &path, "--dry-run"]).json();
    assert_eq!(dry["imported"], 5);
    assert_eq!(
        world.ask("a", &["note", "list"]).json(),
        serde_json::json!([])
    );
    world.ask("a", &["import", &path]).json();
    let again = world.ask("a", &["import", &path]).json();
    assert_eq!(
        (&again["imported"], &again["updated"]),
        (&0.into(), &0.into())
    );
    fs::write(source.join("plain.md"), "# Plain\n\nother text\n").unwrap();
    let third = world.ask("a", &["import", &path]).json();
    assert_eq!(
        (&third["imported"], &third["updated"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn files_that_cannot_be_notes_are_skipped_with_the_reason() {
    let world = World::new();
    world.init("a", "Ana");
    let source = world.path("source");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("latin1.md"), b"caf\xe9").unwrap();
    fs::write(source.join("huge.md"), vec![b'x'; 9 * 1024 * 1024]).unwrap();
    fs::write(source.join("picture.png"), b"\x89PNG").unwrap();
    fs::write(source.join("fine.md"), "fine").unwrap();
    let report = world.ask("a", &["import", source.to_str().unwrap()]).json();
    assert_eq!(report["imported"], 1);
    let skipped: Vec<&str> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert!(!row["reason"].as_str().unwrap().is_empty());
            row["path"].as_str().unwrap()
        })
        .collect();
    for name in ["latin1.md", "huge.md", "picture.png"] {
        assert!(skipped.contains(&name), "{skipped:?}");
    }
    assert_eq!(world.ask("a", &["import", "nowhere"]).kind(3), "not_found");
}

#[test]
fn titles_of_notes_made_here_become_safe_file_names() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "../../escape", "x");
    world.note("a", "Same", "1");
    world.note("a", "same", "2");
    let target = world.path("deep/target");
    world.ask("a", &["export", target.to_str().unwrap()]).json();
    let mut names: Vec<String> = fs::read_dir(&target)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[0], "-..-escape.md");
    assert!(!world.path("escape.md").exists());
    let json = world.path("json");
    let export = ["export", json.to_str().unwrap(), "--format", "json"];
    assert_eq!(world.ask("a", &export).json()["notes"], 3);
    let text = fs::read(json.join("-..-escape.json")).unwrap();
    let note: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(note["note"]["body"], "x");
}
