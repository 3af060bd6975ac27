//! Draws the pictures of the README from the real program: two homes on loopback, a terminal for each, and what stands on one
//! of them as SVG. `just pictures` runs it.

#![expect(clippy::unwrap_used, reason = "whoever draws pictures reads the panic")]
#![expect(
    dead_code,
    reason = "the terminal is the one of the tests, which use more of it"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "../tests/e2e/terminal.rs"]
mod terminal;

use terminal::Screen;

const ROWS: u16 = 28;
const COLUMNS: u16 = 104;

/// Pixels of a cell.
const CELL: (u16, u16) = (9, 19);

const ROTA: &str = "# Water rota\n\nWho waters when, until the rain comes back. Swap by writing here.\n\n\
                    - Monday: Ana\n- Tuesday: \n- Wednesday: Chidi\n\nThe long hose is behind [[Tool shed]]. \
                    **Close the main tap** when you leave.\n";

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let stage = Stage {
        directory: directory.path().to_owned(),
    };
    stage.settle_in("ana");
    stage.told("ana", &["init", "--name", "Ana", "--new", "Allotment"]);
    for (title, body) in [
        ("Tool shed", "The key hangs behind the water butt.\n"),
        ("Seeds order", "- beans\n- kale\n"),
        ("Compost, how we do it", "Green, brown, green.\n"),
        ("Water rota", ROTA),
    ] {
        stage.told("ana", &["note", "new", title, "--body", body]);
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut ana = stage.screen("ana");
    ana.sees("Water rota");
    let ticket = stage.told("ana", &["--json", "invite"]);
    let ticket: serde_json::Value = serde_json::from_str(&ticket).unwrap();
    stage.settle_in("ben");
    let join = [
        "join",
        ticket["ticket"].as_str().unwrap(),
        "--name",
        "Ben",
        "--wait",
        "40s",
    ];
    stage.told("ben", &join);
    let mut ben = stage.screen("ben");
    ben.sees("Water rota");
    writing(&mut ana, &mut ben);
    std::fs::write(docs.join("notes.svg"), drawn(&ana.picture())).unwrap();
    meeting(&stage, &mut ana, &mut ben);
    std::fs::write(docs.join("meeting.svg"), drawn(&ana.picture())).unwrap();
}

/// Both write in one note.
fn writing(ana: &mut Screen, ben: &mut Screen) {
    for screen in [&mut *ana, ben] {
        screen.keys("\r");
        screen.sees("F1 help");
    }
    ben.keys(&"\u{1b}[B".repeat(5));
    ben.keys("\u{1b}[FBen, and Dana while it is hot");
    ana.sees("Ben, and Dana while it is hot");
    ana.keys(&"\u{1b}[B".repeat(4));
    ana.keys("\u{1b}[F");
    ana.sees("·B");
    ana.sees("here:");
    // The sentence on who holds what has caught up.
    ana.sees("has everything (");
}

/// A meeting with an open item, a queue, a text put to consent and a role on offer.
fn meeting(stage: &Stage, ana: &mut Screen, ben: &mut Screen) {
    for screen in [&mut *ana, ben] {
        screen.keys("\u{1b}");
        screen.sees("? help");
    }
    let title = "Weekly";
    let purpose = "What grows, and who does what this week";
    stage.told("ana", &["meeting", "new", title, "--purpose", purpose]);
    for (item, kind, minutes) in [
        ("How the week was", "report", "5"),
        ("Water rota until June", "decide", "10"),
        ("Seeds order", "explore", "10"),
    ] {
        let add = [
            "agenda",
            "add",
            title,
            item,
            "--kind",
            kind,
            "--minutes",
            minutes,
        ];
        stage.told("ana", &add);
    }
    stage.told("ana", &["role", "take", title, "facilitator"]);
    stage.told("ana", &["meeting", "open", title]);
    stage.told("ana", &["present", title]);
    ana.keys("2");
    ana.sees(title);
    ana.keys("\rn");
    ana.sees("▶ 1 How the week was");
    ana.keys("n");
    ana.sees("It is done");
    ana.keys("1");
    ana.sees("▶ 2 Water rota");
    let text = "Each takes one day; swaps are written into the note";
    let consent = stage.told("ana", &["--json", "consent", "open", title, text]);
    let consent: serde_json::Value = serde_json::from_str(&consent).unwrap();
    ben.keys("2");
    ben.sees(title);
    ben.keys("\r");
    ben.sees("Each takes one day");
    stage.told("ben", &["present", title]);
    stage.told("ben", &["queue", "join", title, "--note", "the main tap"]);
    let id = consent["id"].as_str().unwrap();
    stage.told("ben", &["consent", "answer", id, "consent"]);
    stage.told("ana", &["role", "offer", title, "scribe", "--to", "Ben"]);
    for seen in ["the main tap", "Ben consents", "asked Ben"] {
        ana.sees(seen);
    }
    ana.gone("On we go.");
    ana.sees("has everything (");
}

/// Where homes lie.
struct Stage {
    directory: PathBuf,
}

impl Stage {
    fn command(&self, home: &str, arguments: &[&str]) -> Command {
        // Built beside this program's directory.
        let own = std::env::current_exe().unwrap();
        let program = own.parent().unwrap().parent().unwrap().join("moot");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", &self.directory)
            .env("TZ", "UTC")
            .env("XDG_RUNTIME_DIR", &self.directory)
            .env("MOOT_HOME", self.directory.join(home));
        command
    }

    fn told(&self, home: &str, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(home, arguments).output().unwrap();
        let words = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{arguments:?}: {words}");
        String::from_utf8(stdout).unwrap()
    }

    fn settle_in(&self, home: &str) {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let home = self.directory.join(home);
        std::fs::create_dir_all(&home).unwrap();
        let settings =
            format!("port = {port}\nlisten = [\"/ip4/127.0.0.1/tcp/{port}\"]\nmdns = false\n");
        std::fs::write(home.join("config.toml"), settings).unwrap();
    }

    fn screen(&self, home: &str) -> Screen {
        Screen::run(&self.command(home, &[]), (ROWS, COLUMNS))
    }
}

/// The sixteen colours, and the two of plain text.
const PALETTE: [&str; 16] = [
    "#1d1f21", "#e06c60", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d0d4dc",
    "#6b7280", "#f07a70", "#a8d389", "#f5d08b", "#71bfff", "#d688ed", "#66c6d2", "#ffffff",
];
const INK: &str = "#d0d4dc";
const PAPER: &str = "#16181d";

fn colour(of: vt100::Color, otherwise: &str) -> String {
    match of {
        vt100::Color::Default => otherwise.to_owned(),
        vt100::Color::Idx(index) => PALETTE.get(usize::from(index)).unwrap_or(&INK).to_string(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

/// How a run of letters looks.
#[derive(PartialEq)]
struct Look {
    ink: String,
    style: String,
}

/// The screen as SVG: cells with a ground of their own, then letters, run by run, each run as wide as its cells.
fn drawn(screen: &vt100::Screen) -> String {
    let (width, height) = (COLUMNS * CELL.0 + 24, ROWS * CELL.1 + 24);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"15\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    let mut letters = String::new();
    for row in 0..ROWS {
        let mut run: Option<(u16, String, Look)> = None;
        for column in 0..COLUMNS {
            let Some(cell) = screen.cell(row, column) else {
                continue;
            };
            let (look, paper) = look_of(screen, cell, (row, column));
            if paper != PAPER {
                let (x, y, (w, h)) = (12 + column * CELL.0, 12 + row * CELL.1, CELL);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{paper}\"/>"
                );
            }
            let text = cell.contents();
            let goes_on = run.as_ref().is_some_and(|(_, _, of)| *of == look);
            if text.trim().is_empty() || !goes_on {
                letters.extend(run.take().map(|run| written(row, &run)));
            }
            if !text.trim().is_empty() {
                let (_, said, _) = run.get_or_insert_with(|| (column, String::new(), look));
                said.push_str(text);
            }
        }
        letters.extend(run.map(|run| written(row, &run)));
    }
    svg.push_str(&letters);
    svg.push_str("</svg>\n");
    svg
}

/// How a cell's letter looks, and the colour behind it.
fn look_of(screen: &vt100::Screen, cell: &vt100::Cell, at: (u16, u16)) -> (Look, String) {
    let (mut ink, mut paper) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), PAPER));
    let is_cursor = screen.cursor_position() == at && !screen.hide_cursor();
    if cell.inverse() != is_cursor {
        std::mem::swap(&mut ink, &mut paper);
    }
    let mut style = String::new();
    if cell.bold() {
        style.push_str(" font-weight=\"bold\"");
    }
    if cell.dim() {
        style.push_str(" opacity=\"0.6\"");
    }
    if cell.underline() {
        style.push_str(" text-decoration=\"underline\"");
    }
    (Look { ink, style }, paper)
}

/// A run of letters at its place.
fn written(row: u16, (column, text, look): &(u16, String, Look)) -> String {
    let (x, base) = (12 + column * CELL.0, 12 + row * CELL.1 + 15);
    let wide = text.chars().count() * usize::from(CELL.0);
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let Look { ink, style } = look;
    format!(
        "<text x=\"{x}\" y=\"{base}\" textLength=\"{wide}\" fill=\"{ink}\"{style}>{text}</text>\n"
    )
}
