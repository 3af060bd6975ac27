//! The frame round every screen: header, screen, quiet bar, footer. Draws what the model says and changes nothing in it but
//! where things were drawn last.

use moot_engine::reply::Status;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::layer;
use crate::model::Model;
use crate::screen::{self, Screen};
use crate::table::{Chord, Place, rows_at};
use crate::update::place;
use crate::words::{ago, count, cut, one_line, said};

/// Below this nothing but a line is drawn.
const LEAST: (u16, u16) = (40, 12);

/// Draws everything.
pub fn view(model: &mut Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    model.size = (area.width, area.height);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let words = "moot needs 40 by 12; all is kept";
        frame.render_widget(Line::raw(cut(words, usize::from(area.width))), area);
        return;
    }
    let has_bar = bar(model, area.width).is_some();
    let [header, sync, body, quiet, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(3),
        Constraint::Length(u16::from(has_bar)),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_tabs(model, frame, header);
    frame.render_widget(sync_line(model, sync.width), sync);
    let mut cursor = screen::draw(model, frame, body);
    if let Some(line) = bar(model, area.width) {
        frame.render_widget(line, quiet);
    }
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
        let words = " Folkmoot  a notebook for a group, on its own devices";
        let words = cut(words, usize::from(area.width));
        frame.render_widget(Line::styled(words, theme.strong), area);
        return;
    }
    let wide = area.width >= 80;
    let needed: usize = if wide { 62 } else { 44 };
    let room = usize::from(area.width).saturating_sub(needed).max(6);
    let name = cut(&one_line(&model.notebook_name()), room);
    let mut spans = vec![Span::styled(format!(" {name}  "), theme.strong)];
    for (index, screen) in Screen::ALL.iter().enumerate() {
        let (long, short) = screen.name();
        let word = if wide { long } else { short };
        let count = match screen {
            Screen::Inbox if !model.inbox.is_empty() => format!(" {}", model.inbox.len()),
            _ => String::new(),
        };
        let style = match (*screen == model.screen, count.is_empty()) {
            (true, _) => theme.tab,
            (false, false) => theme.asks,
            (false, true) => theme.plain,
        };
        spans.push(Span::styled(
            format!(" {} {word}{count} ", index + 1),
            style,
        ));
    }
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
            let (words, is_well) = keeping(model, status);
            let style = if is_well { theme.good } else { theme.plain };
            spans.push(Span::styled(words, style));
        }
        None => spans.push(Span::styled("reading …", theme.quiet)),
    }
    let here = model.here();
    if !here.is_empty() {
        let mut right = vec![Span::styled("here: ", theme.quiet)];
        for seen in here {
            let (letter, colour) = model.mark_of(&seen.person);
            right.push(Span::styled(letter.to_string(), theme.person(colour)));
            right.push(Span::raw(format!(" {}  ", one_line(&seen.name))));
        }
        let used =
            |spans: &[Span<'_>]| spans.iter().map(|span| span.content.width()).sum::<usize>();
        let gap = usize::from(width).checked_sub(used(&spans) + used(&right));
        if let Some(gap) = gap {
            spans.push(Span::raw(" ".repeat(gap)));
            spans.extend(right);
        }
    }
    Line::from(spans)
}

/// The sentence about keeping, and whether it is all one could wish.
pub(crate) fn keeping(model: &Model, status: &Status) -> (String, bool) {
    if let Some(joining) = &status.joining {
        return (one_line(joining), false);
    }
    if !status.saved {
        return ("not saved: the disk does not take it".to_owned(), false);
    }
    if status.peers.is_empty() {
        return ("saved here".to_owned(), true);
    }
    let all = status
        .peers
        .iter()
        .filter(|peer| peer.has_all == Some(true));
    let (holding, devices) = (all.count(), status.peers.len());
    let as_of = status
        .peers
        .iter()
        .filter(|peer| peer.has_all == Some(true))
        .filter_map(|peer| peer.as_of)
        .min();
    let as_of = as_of.map_or_else(String::new, |at| {
        format!(
            " (as of {})",
            said(at, model.now.wall_ms, &model.setup.zone)
        )
    });
    if holding == devices {
        let words = match devices {
            1 => format!("saved here · the other device has everything{as_of}"),
            more => format!("saved here · all {more} others have everything{as_of}"),
        };
        return (words, true);
    }
    let is_apart = status.peers.iter().all(|peer| peer.reach == "unreachable");
    let waiting = if status.waiting == 0 {
        String::new()
    } else {
        format!(" · {} waiting", count(status.waiting, "change", "changes"))
    };
    let held = match holding {
        0 => "no other device has everything that is here".to_owned(),
        some => format!("{some} of {devices} others have everything{as_of}"),
    };
    let lost = status
        .peers
        .iter()
        .filter(|peer| peer.has_all != Some(true))
        .min_by_key(|peer| peer.as_of);
    let last = lost.map_or_else(String::new, |peer| {
        let name = one_line(&peer.person.name);
        match peer.as_of {
            Some(at) => {
                let heard = ago(model.now.wall_ms - at.as_millisecond());
                format!(" · {name} last heard {heard}")
            }
            None => format!(" · {name}: unknown"),
        }
    });
    let apart = if is_apart { "nobody in reach · " } else { "" };
    (format!("{apart}saved here · {held}{waiting}{last}"), false)
}

/// The line above the footer: a word to the person, or an offer that waits.
fn bar<'a>(model: &Model, width: u16) -> Option<Line<'a>> {
    let theme = &model.theme;
    let room = usize::from(width).saturating_sub(2);
    if let Some(toast) = &model.toast {
        let style = if toast.is_wrong {
            theme.wrong
        } else {
            theme.strong
        };
        let text = cut(&one_line(&toast.text), room);
        return Some(Line::styled(format!(" {text}"), style));
    }
    if screen::meet::tells_offers(model) {
        return None;
    }
    let offer = model.inbox.iter().find(|row| row.kind == "offer")?;
    let keys = if model.screen == Screen::Inbox {
        ""
    } else {
        "   3 inbox"
    };
    let text = cut(&one_line(&offer.text), room.saturating_sub(keys.len()));
    Some(Line::from(vec![
        Span::styled(format!(" {text}"), theme.asks),
        Span::styled(keys, theme.quiet),
    ]))
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
        Some(place) => {
            pairs.push(match place {
                Place::Text | Place::First => ("F1".to_owned(), "help"),
                _ => ("?".to_owned(), "help"),
            });
            let shown = rows_at(place).filter(|row| !row.foot.is_empty() && row.foot != "help");
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
        if used + wide > usize::from(area.width) {
            continue;
        }
        used += wide;
        spans.push(Span::styled(format!(" {key}"), theme.key));
        spans.push(Span::styled(format!(" {word}  "), theme.quiet));
    }
    frame.render_widget(Line::from(spans), area);
}
