//! Completions and the manual.

use crate::world::World;

#[test]
fn completions_exist_for_the_usual_shells() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = world.run("a", &["completions", shell]);
        assert_eq!(script.code, 0, "{}", script.stderr);
        assert!(script.text().contains("blame"), "{shell}");
        for hidden in ["Type lines", "note__subcmd__type", "edit type rename"] {
            assert!(!script.text().contains(hidden), "{shell} offers {hidden}");
        }
    }
    assert_eq!(world.ask("a", &["completions", "abacus"]).kind(2), "usage");
}

#[test]
fn the_manual_names_every_command() {
    let world = World::new();
    let page = world.run("a", &["man"]);
    assert_eq!(page.code, 0, "{}", page.stderr);
    for heading in [
        ".TH moot",
        ".SH MOOT INIT",
        ".SH MOOT NOTE APPEND",
        ".SH MOOT INVITE REVOKE",
        ".SH MOOT DOCTOR",
        ".SH KEYS ON THE SCREEN",
    ] {
        assert!(page.text().contains(heading), "{heading}");
    }
    let help = world.run("a", &["note", "new", "--help"]).text();
    assert!(help.contains("On the screen: n in"), "{help}");
    assert!(
        !page.text().contains("NOTE TYPE"),
        "hidden commands stay hidden"
    );
}
