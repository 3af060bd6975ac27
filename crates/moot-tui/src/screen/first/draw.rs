//! The picture of the first steps: one box, one question at a time.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span, Text};

use super::{First, Step, WAYS};
use crate::layer::LineInput;
use crate::model::Model;
use crate::screen::list::pane;
use crate::words::{cut, one_line, wrap};

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let width = area.width.min(76);
    // Where rows break more often, there are more of them.
    let height = area.height.min(if width < 76 { 18 } else { 14 });
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 3,
        width,
        height,
    };
    let person = model.setup.person.clone();
    // The defaults stand in their lines before anything is typed.
    let _ = model.screens.first.typed(&person);
    let first = &model.screens.first;
    let (number, title) = match first.step {
        Step::Name => (1, "Your name"),
        Step::Way => (2, "A notebook"),
        Step::Start => (3, "Start a notebook"),
        Step::Join | Step::Asking => (3, "Join with a ticket"),
        Step::Kept => (4, "Where it lies"),
    };
    let inside = pane(
        &model.theme,
        frame,
        place,
        &format!("{number} of 4 · {title}"),
    );
    let inside = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    };
    let mut sheet = Sheet {
        model,
        frame,
        area: inside,
        y: inside.y,
        is_tight: false,
        cursor: None,
    };
    match first.step {
        Step::Name => name(&mut sheet, first),
        Step::Way => way(&mut sheet, first),
        Step::Start => start(&mut sheet, first),
        Step::Join => ticket(&mut sheet, first),
        Step::Asking => asking(&mut sheet, first),
        Step::Kept => kept(&mut sheet, first),
    }
    let cursor = sheet.cursor;
    Some(cursor.unwrap_or(Position::new(inside.x, inside.y)))
}

/// Rows from which the longest steps have room for empty ones, where rows break often.
const ALL_ROWS: u16 = 12;

/// What is drawn on, from top to bottom.
struct Sheet<'a, 'b> {
    model: &'a Model,
    frame: &'a mut Frame<'b>,
    area: Rect,
    y: u16,
    /// Without empty rows, so that nothing is cut off.
    is_tight: bool,
    cursor: Option<Position>,
}

impl Sheet<'_, '_> {
    fn row(&mut self) -> Rect {
        let left = self.area.bottom().saturating_sub(self.y);
        let row = Rect {
            y: self.y.min(self.area.bottom()),
            height: left.min(1),
            ..self.area
        };
        self.y = self.y.saturating_add(1);
        row
    }

    fn gap(&mut self) {
        self.y = self.y.saturating_add(u16::from(!self.is_tight));
    }

    fn say(&mut self, text: &str, style: ratatui::style::Style) {
        for row in wrap(text, usize::from(self.area.width)) {
            let place = self.row();
            self.frame.render_widget(Text::styled(row, style), place);
        }
    }

    fn plain(&mut self, text: &str) {
        self.say(text, self.model.theme.plain);
    }

    fn quiet(&mut self, text: &str) {
        self.say(text, self.model.theme.quiet);
    }

    /// Quiet words that stand further in.
    fn aside(&mut self, text: &str) {
        for row in wrap(text, usize::from(self.area.width).saturating_sub(3)) {
            let place = self.row();
            let row = Text::styled(format!("   {row}"), self.model.theme.quiet);
            self.frame.render_widget(row, place);
        }
    }

    fn line(&mut self, label: &str, line: &LineInput, is_here: bool) {
        self.quiet(label);
        let row = self.row();
        let mark = if is_here { "▌" } else { " " };
        self.frame
            .render_widget(Span::styled(mark, self.model.theme.strong), row);
        let typed = Rect {
            x: row.x + 2.min(row.width),
            width: row.width.saturating_sub(2),
            ..row
        };
        let at = line.draw(self.frame, typed, &self.model.theme);
        if is_here {
            self.cursor = Some(at);
        }
    }
}

fn name(sheet: &mut Sheet<'_, '_>, first: &First) {
    sheet.plain("What do the others call you?");
    sheet.gap();
    let empty = LineInput::default();
    sheet.line(
        "Your name, in any script:",
        first.name.as_ref().unwrap_or(&empty),
        true,
    );
    sheet.gap();
    sheet.quiet("Members of your notebooks will see it, and nobody else. There is no account and no password: what you write lies on your own devices.");
}

fn way(sheet: &mut Sheet<'_, '_>, first: &First) {
    sheet.is_tight = sheet.area.height < ALL_ROWS;
    let theme = &sheet.model.theme;
    for (index, (label, detail)) in WAYS.iter().enumerate() {
        let is_here = index == first.way;
        let row = sheet.row();
        let mark = if is_here { "▌" } else { " " };
        let style = if is_here { theme.selected } else { theme.plain };
        let text = format!("{mark}{} {label} ", index + 1);
        let text = cut(&text, usize::from(row.width));
        sheet.frame.render_widget(Line::styled(text, style), row);
        if is_here {
            sheet.cursor = Some(Position::new(row.x, row.y));
        }
        sheet.aside(detail);
        sheet.gap();
    }
    sheet.quiet("A number or Enter chooses.");
}

fn start(sheet: &mut Sheet<'_, '_>, first: &First) {
    let empty = LineInput::default();
    let notebook = first.notebook.as_ref().unwrap_or(&empty);
    sheet.line("What is it called?", notebook, first.line == 0);
    sheet.gap();
    sheet.line(
        "What is the group for? It may stay empty.",
        &first.purpose,
        first.line == 1,
    );
    sheet.gap();
    sheet.quiet("It is on this device only, until you invite somebody. Tab goes to the other line, Enter makes it.");
}

fn ticket(sheet: &mut Sheet<'_, '_>, first: &First) {
    sheet.plain("Paste the ticket that a member gave you.");
    sheet.gap();
    sheet.line("It begins with moot1:", &first.ticket, true);
    sheet.gap();
    sheet.quiet("A device of a member must be in reach. Members will see that you joined, and under which name.");
}

fn asking(sheet: &mut Sheet<'_, '_>, first: &First) {
    sheet.is_tight = sheet.area.height < ALL_ROWS;
    let of = match &first.asked_for {
        Some(name) if !name.is_empty() => format!("This ticket is for “{}”.", one_line(name)),
        _ if first.six.is_some() => String::new(),
        _ => "Reading the ticket …".to_owned(),
    };
    if !of.is_empty() {
        sheet.say(&of, sheet.model.theme.strong);
        sheet.gap();
    }
    sheet.plain(&one_line(&first.said));
    if let Some(six) = &first.six {
        sheet.gap();
        sheet.say(six, sheet.model.theme.strong);
        sheet.gap();
        sheet.quiet("Ask them, by voice or face to face, whether they see the same six words. If not, somebody is in between: Esc drops the request.");
    } else {
        sheet.gap();
        sheet.quiet("This goes on by itself. Esc goes back and drops the request.");
    }
}

fn kept(sheet: &mut Sheet<'_, '_>, first: &First) {
    sheet.is_tight = sheet.area.height < ALL_ROWS;
    if first.has_joined {
        let name = first.asked_for.as_deref().unwrap_or_default();
        sheet.say(
            &format!("You are in “{}”.", one_line(name)),
            sheet.model.theme.strong,
        );
    } else {
        sheet.say("Your notebook is there.", sheet.model.theme.strong);
    }
    sheet.gap();
    sheet.plain("It lies on this device, in");
    sheet.say(
        &format!("  {}", one_line(&sheet.model.setup.home)),
        sheet.model.theme.strong,
    );
    let whose = if first.has_joined {
        "and on the devices of the other members, and nowhere else."
    } else {
        "and nowhere else, until you invite somebody."
    };
    sheet.plain(whose);
    sheet.gap();
    sheet.quiet("To back it up, copy that whole folder while moot is not running; `moot export DIR` writes everything as plain files. A lost device with no copy is a lost notebook, unless another member holds it.");
    sheet.gap();
    let on = if first.has_joined {
        "Enter goes in."
    } else {
        "Enter goes in, to your first note."
    };
    sheet.quiet(on);
}
