//! The frame round every screen: header, screen, quiet bar, footer. Draws what the model says and changes nothing in it but
//! where things were drawn last.

use moot_engine::reply::Status;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use crate::layer;
use crate::model::{Model, Seen};
use crate::screen::{self, Screen};
use crate::table::{Chord, Place};
use crate::update::place;
use crate::words::{ago, count, cut, one_line, said, wrap};

/// Below this nothing but a line is drawn.
const LEAST: (u16, u16) = (40, 12);

/// Columns below which only the tab that is shown has a name.
const SHORT_TABS: u16 = 60;

/// Rows below which the first steps have all that there are.
const LOW: u16 = 18;

/// Draws everything.
pub fn view(model: &mut Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    model.size = (area.width, area.height);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let words = "moot needs 40 by 12; all is kept";
        frame.render_widget(Line::raw(cut(words, usize::from(area.width))), area);
        return;
    }
    let said = bar(model, area.width);
    // The first steps have nothing to say there, and need the row where there are few.
    let is_bare = place(model) == Place::First && area.height < LOW;
    let [header, sync, body, quiet, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(!is_bare)),
        Constraint::Min(3),
        Constraint::Length(u16::try_from(said.len()).unwrap_or(1)),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_tabs(model, frame, header);
    frame.render_widget(sync_line(model, sync.width), sync);
    let mut cursor = screen::draw(model, frame, body);
    frame.render_widget(Text::from(said), quiet);
    draw_footer(model, frame, footer);
    if !model.layers.is_empty() {
        cursor = layer::draw(model, frame, body);
    }
    // A screen reader reads the row on which the terminal's own cursor stands.
    frame.set_cursor_position(cursor.unwrap_or(Position::new(body.x, body.y)));
}

fn draw_tabs(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = &model.theme;
    if place(model) == Place::First {
        let words = if area.width < SHORT_TABS {
            " Folkmoot"
        } else {
            " Folkmoot  a notebook for a group, on its own devices"
        };
        frame.render_widget(Line::styled(words, theme.strong), area);
        return;
    }
    let (wide, narrow) = (area.width >= 80, area.width < SHORT_TABS);
    let mut spans = Vec::new();
    for (index, screen) in Screen::ALL.iter().enumerate() {
        let (long, short) = screen.name();
        let is_shown = *screen == model.screen;
        let word = match (wide, narrow && !is_shown) {
            (true, _) => format!(" {long}"),
            (_, true) => String::new(),
            _ => format!(" {short}"),
        };
        let count = match screen {
            Screen::Inbox if !model.inbox.is_empty() => format!(" ({})", model.inbox.len()),
            _ => String::new(),
        };
        let style = match (is_shown, count.is_empty()) {
            (true, _) => theme.tab,
            (false, false) => theme.asks,
            (false, true) => theme.plain,
        };
        spans.push(Span::styled(format!(" {}{word}{count} ", index + 1), style));
    }
    // The name has what the tabs leave, so that every tab is seen; the blank behind the last one may go.
    let needed = spans.iter().map(|span| span.content.width()).sum::<usize>() + 2;
    let room = usize::from(area.width).saturating_sub(needed);
    let name = cut(&one_line(&model.notebook_name()), room);
    spans.insert(0, Span::styled(format!(" {name}  "), theme.strong));
    frame.render_widget(Line::from(spans), area);
}

/// Who has what, as of when, in one sentence; and who is here.
fn sync_line<'a>(model: &Model, width: u16) -> Line<'a> {
    let theme = &model.theme;
    let mut spans = vec![Span::raw(" ")];
    if place(model) == Place::First {
        return Line::raw("");
    }
    match &model.status {
        Some(status) => {
            let (facts, is_well) = keeping(model, status);
            let style = if is_well { theme.good } else { theme.plain };
            let words = fitting(&facts, usize::from(width).saturating_sub(1));
            spans.push(Span::styled(words, style));
        }
        None => spans.push(Span::styled("reading …", theme.quiet)),
    }
    let here = model.here();
    if !here.is_empty() {
        let used =
            |spans: &[Span<'_>]| spans.iter().map(|span| span.content.width()).sum::<usize>();
        let left = usize::from(width).saturating_sub(used(&spans));
        // Where there is no room for the names, their letters say it.
        let said = [true, false].map(|has_names| who_is_here(model, &here, has_names));
        if let Some(right) = said.into_iter().find(|said| used(said) <= left) {
            spans.push(Span::raw(" ".repeat(left - used(&right))));
            spans.extend(right);
        }
    }
    Line::from(spans)
}

/// Who else is here, with their names or by their letters alone.
fn who_is_here<'a>(model: &Model, here: &[&Seen], has_names: bool) -> Vec<Span<'a>> {
    let theme = &model.theme;
    let mut said = vec![Span::styled("here: ", theme.quiet)];
    for seen in here {
        let (letter, colour) = model.mark_of(&seen.person);
        said.push(Span::styled(letter.to_string(), theme.person(colour)));
        said.push(Span::raw(if has_names {
            format!(" {}  ", one_line(&seen.name))
        } else {
            " ".to_owned()
        }));
    }
    said
}

/// As many of the facts as there is room for, the first ones first, in short words where the long ones do not fit.
fn fitting(facts: &[Fact], room: usize) -> String {
    let mut words = String::new();
    for fact in facts {
        let between = if words.is_empty() { "" } else { " · " };
        let left = room.saturating_sub(words.width() + between.width());
        let fits = |said: &&String| said.width() <= left;
        let said = [&fact.long, &fact.short].into_iter().find(fits);
        if let Some(said) = said {
            words.push_str(between);
            words.push_str(said);
        } else if words.is_empty() {
            words = cut(&fact.short, room);
        }
    }
    words
}

/// Something known of how the notebook is kept, in many words and in few.
struct Fact {
    long: String,
    short: String,
}

impl Fact {
    fn new(long: impl Into<String>, short: impl Into<String>) -> Self {
        Self {
            long: long.into(),
            short: short.into(),
        }
    }

    fn plain(words: impl Into<String>) -> Self {
        let words = words.into();
        Self::new(words.clone(), words)
    }
}

/// The facts about keeping, the weightiest first, and whether they are all one could wish. Each says as of when.
fn keeping(model: &Model, status: &Status) -> (Vec<Fact>, bool) {
    if status.joining.is_some() {
        let long = "not in yet: a member must open the door";
        return (vec![Fact::new(long, "not in yet")], false);
    }
    if !status.saved {
        let words = "not saved: the disk does not take it";
        return (vec![Fact::plain(words)], false);
    }
    let mut facts = vec![Fact::plain("saved here")];
    if status.peers.is_empty() {
        return (facts, true);
    }
    let (held, is_held_by_all) = held(model, status);
    facts.push(held);
    if is_held_by_all {
        return (facts, true);
    }
    if status.peers.iter().all(|peer| peer.reach == "unreachable") {
        facts.push(Fact::new("nobody in reach", "apart"));
    }
    if status.waiting > 0 {
        let waiting = count(status.waiting, "change", "changes");
        facts.push(Fact::new(
            format!("{waiting} waiting"),
            format!("{} wait", status.waiting),
        ));
    }
    let others = status.peers.iter();
    let others = others.filter(|peer| peer.has_all != Some(true));
    if let Some(peer) = others.min_by_key(|peer| peer.as_of) {
        let name = one_line(&peer.person.name);
        facts.push(Fact::plain(match peer.as_of {
            Some(at) => {
                let heard = ago(model.now.wall_ms - at.as_millisecond());
                format!("{name} last heard {heard}")
            }
            None => format!("{name}: unknown"),
        }));
    }
    (facts, false)
}

/// Who else has everything that is here, by what they said themselves; whether all do.
fn held(model: &Model, status: &Status) -> (Fact, bool) {
    let holders = || {
        let peers = status.peers.iter();
        peers.filter(|peer| peer.has_all == Some(true))
    };
    let (holding, devices) = (holders().count(), status.peers.len());
    let since = holders().filter_map(|peer| peer.as_of).min();
    let since = since.map(|at| said(at, model.now.wall_ms, &model.setup.zone));
    let said = |long: String, short: String| match &since {
        Some(at) => Fact::new(format!("{long} (as of {at})"), format!("{short} ({at})")),
        None => Fact::new(long, short),
    };
    let fact = match (holding, devices) {
        (0, _) => Fact::new(
            "no other device has everything that is here",
            "not held elsewhere",
        ),
        (1, 1) => said(
            "the other device has everything".to_owned(),
            "the other has it".to_owned(),
        ),
        (some, all) if some == all => said(
            format!("all {all} others have everything"),
            format!("all {all} have it"),
        ),
        (some, all) => said(
            format!("{some} of {all} others have everything"),
            format!("{some}/{all} have it"),
        ),
    };
    (fact, holding == devices)
}

/// How many rows a word to the person has at most.
const SAID_ROWS: usize = 3;

/// What stands above the footer: a word to the person, all of it, or an offer that waits.
fn bar<'a>(model: &Model, width: u16) -> Vec<Line<'a>> {
    let theme = &model.theme;
    let room = usize::from(width).saturating_sub(2);
    if let Some(toast) = &model.toast {
        let style = if toast.is_wrong {
            theme.wrong
        } else {
            theme.strong
        };
        let mut text = one_line(&toast.text);
        if toast.undo.is_some() {
            let key = match place(model) {
                Place::Text => "F8",
                _ => "U",
            };
            text.push_str(&format!(" {key} undoes it."));
        }
        let rows = wrap(&text, room);
        let said = rows.into_iter().take(SAID_ROWS);
        return said
            .map(|row| Line::styled(format!(" {row}"), style))
            .collect();
    }
    // Where the screen itself tells of it, once is enough.
    if screen::meet::tells_offers(model) || model.screen == Screen::Inbox {
        return Vec::new();
    }
    // Whoever waits at the door can do nothing else.
    let asks = |kind: &str| model.inbox.iter().find(|row| row.kind == kind);
    let Some(offer) = asks("door").or_else(|| asks("offer")) else {
        return Vec::new();
    };
    // In a text a number is a letter.
    let keys = if place(model) == Place::Text {
        "   Esc, then 3: inbox"
    } else {
        "   3 inbox"
    };
    let text = cut(
        &screen::inbox::text_of(offer),
        room.saturating_sub(keys.len()),
    );
    vec![Line::from(vec![
        Span::styled(format!(" {text}"), theme.asks),
        Span::styled(keys, theme.quiet),
    ])]
}

/// Keys for where one is; help comes first and is never left out.
fn draw_footer(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = &model.theme;
    let place = if model.layers.is_empty() {
        Some(place(model))
    } else {
        None
    };
    let mut pairs: Vec<(String, &str)> = Vec::new();
    match place {
        None => pairs.push(("Esc".to_owned(), "back")),
        Some(Place::Notes) if screen::notes::is_filtering(model) => {
            for (key, word) in [("F1", "help"), ("Enter", "open"), ("Esc", "all notes")] {
                pairs.push((key.to_owned(), word));
            }
        }
        Some(place) => {
            pairs.push(match place {
                Place::Text | Place::First => ("F1".to_owned(), "help"),
                _ => ("?".to_owned(), "help"),
            });
            let shown = screen::foot::rows(model, place).into_iter();
            pairs.extend(shown.filter_map(|row| {
                let key = row.keys.first().map(Chord::to_string)?;
                Some((key, row.foot))
            }));
            pairs.push(("^K".to_owned(), "commands"));
        }
    }
    let mut spans: Vec<Span<'_>> = Vec::new();
    let mut used = 0;
    for (key, word) in pairs {
        let wide = key.width() + word.width() + 4;
        // The blanks behind the last one may go.
        if used + wide > usize::from(area.width) + 2 {
            continue;
        }
        used += wide;
        spans.push(Span::styled(format!(" {key}"), theme.key));
        spans.push(Span::styled(format!(" {word}  "), theme.quiet));
    }
    frame.render_widget(Line::from(spans), area);
}
