//! The one table of what can be done: it feeds keys, footer, help and palette. What is not in it does not exist.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cmd {
    /// Shows what can be done here.
    Help,
    /// Finds a command by its name.
    Palette,
    /// Leaves the program.
    Quit,
    /// Goes back one level.
    Back,
    /// Takes back what the last word offers to.
    UndoLast,
    /// Takes the mouse, or leaves it to the terminal.
    Mouse,
    /// Gives the terminal back to the shell for a while.
    Suspend,
    /// Another notebook of the home.
    Switch,
    /// A new notebook.
    NewNotebook,
    /// Joins one with a ticket.
    JoinNotebook,
    /// A screen.
    ShowNotes,
    /// A screen.
    ShowMeetings,
    /// A screen.
    ShowInbox,
    /// A screen.
    ShowPeople,
    /// A screen.
    ShowStep,
    /// A screen.
    ShowSettings,
    /// Makes a note.
    NoteNew,
    /// Opens what is selected.
    NoteOpen,
    /// Gives a note another title.
    NoteRename,
    /// Puts a note away.
    NoteDelete,
    /// Shows deleted notes, too, or no more.
    NoteDeleted,
    /// Narrows the list.
    NoteFilter,
    /// Finds words in all notes.
    NoteSearch,
    /// Shows what was changed in a note.
    NoteHistory,
    /// Shows the notes that point to a note.
    NoteBacklinks,
    /// Settles a title.
    NoteSettle,
    /// Goes to the next note with something unread.
    NoteUnread,
    /// Leaves the text.
    TextLeave,
    /// Takes back one's own last step.
    TextUndo,
    /// Does it again.
    TextRedo,
    /// Takes the selection out.
    TextCut,
    /// Copies the selection.
    TextCopy,
    /// Finds words in the text.
    TextFind,
    /// Finds them again.
    TextFindNext,
    /// Opens the text in the person's editor.
    TextOutside,
    /// Goes to where somebody writes.
    TextPerson,
    /// Tells who wrote this line, and when.
    TextBlame,
    /// Follows the link under the caret.
    TextFollow,
    /// Says that nothing needs to be saved.
    TextSave,
    /// Selects everything.
    TextAll,
}

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Lists of every screen, and texts, where the key is no letter.
    Anywhere,
    /// Lists of every screen.
    Lists,
    /// The list of notes.
    Notes,
    /// The text of a note.
    Text,
    /// The list of meetings.
    Meetings,
    /// A meeting.
    Meeting,
    /// The inbox.
    Inbox,
    /// The people.
    People,
    /// Who has what.
    Step,
    /// The settings.
    Settings,
    /// Nothing is here yet: the first steps.
    First,
}

/// A key, with or without Ctrl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chord {
    /// A letter or sign; large letters are their own.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Another key.
    Key(KeyCode),
}

impl Chord {
    /// Whether this key was pressed.
    pub(crate) fn is(self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match (self, key.code) {
            (Self::Char(c), KeyCode::Char(pressed)) => !ctrl && !alt && c == pressed,
            (Self::Ctrl(c), KeyCode::Char(pressed)) => ctrl && c.eq_ignore_ascii_case(&pressed),
            (Self::Key(code), pressed) => !ctrl && !alt && code == pressed,
            _ => false,
        }
    }
}

impl std::fmt::Display for Chord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Char(' ') => f.write_str("Space"),
            Self::Char(c) => write!(f, "{c}"),
            Self::Ctrl(c) => write!(f, "^{}", c.to_ascii_uppercase()),
            Self::Key(KeyCode::Enter) => f.write_str("Enter"),
            Self::Key(KeyCode::Esc) => f.write_str("Esc"),
            Self::Key(KeyCode::Tab) => f.write_str("Tab"),
            Self::Key(KeyCode::F(number)) => write!(f, "F{number}"),
            Self::Key(code) => write!(f, "{code}"),
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    /// What is done.
    pub cmd: Cmd,
    /// Where it can be done.
    pub at: Place,
    /// What it is called.
    pub name: &'static str,
    /// The keys that do it; the first is shown.
    pub keys: &'static [Chord],
    /// The same on the command line; empty for what only a screen has.
    pub cli: &'static str,
    /// What it does, and who will see it.
    pub says: &'static str,
    /// Its word in the footer; empty where it is not shown there.
    pub foot: &'static str,
}

const fn row(
    cmd: Cmd,
    at: Place,
    name: &'static str,
    keys: &'static [Chord],
    cli: &'static str,
    says: &'static str,
    foot: &'static str,
) -> Entry {
    Entry {
        cmd,
        at,
        name,
        keys,
        cli,
        says,
        foot,
    }
}

use Chord::{Char, Ctrl, Key};

/// Everything that can be done. Rows of one place stand together, in the order of footer and help.
#[rustfmt::skip]
pub const TABLE: &[Entry] = &[
    row(Cmd::Help, Place::Lists, "Help", &[Char('?')], "moot --help", "Lists what can be done here; Enter does it.", "help"),
    row(Cmd::Help, Place::Anywhere, "Help", &[Key(KeyCode::F(1))], "moot --help", "Lists what can be done here; Enter does it.", ""),
    row(Cmd::Palette, Place::Anywhere, "Find a command", &[Ctrl('k')], "", "Lists every command by name, with its key and its command line.", ""),
    row(Cmd::Palette, Place::Lists, "Find a command", &[Char(':')], "", "Lists every command by name, with its key and its command line.", ""),
    // Notes.
    row(Cmd::NoteOpen, Place::Notes, "Open note", &[Key(KeyCode::Enter)], "moot note show NOTE", "Opens the note to read and write in it.", "open"),
    row(Cmd::NoteNew, Place::Notes, "New note", &[Char('n')], "moot note new TITLE", "Makes a note. Every member will see it.", "new"),
    row(Cmd::NoteFilter, Place::Notes, "Narrow the list", &[Char('/')], "moot note list", "Shows only notes whose title has these letters.", "find"),
    row(Cmd::NoteSearch, Place::Notes, "Search in all notes", &[Char('s')], "moot search WORDS", "Finds words in titles, texts and meetings.", "search"),
    row(Cmd::NoteUnread, Place::Notes, "Next unread note", &[Char('u')], "moot note list", "Goes to the next note that others changed since you were there.", ""),
    row(Cmd::NoteHistory, Place::Notes, "History of the note", &[Char('H')], "moot note history NOTE", "Shows what was changed, by whom and when; any version can be restored.", ""),
    row(Cmd::NoteBacklinks, Place::Notes, "Links to and from the note", &[Char('b')], "moot note show NOTE", "Lists the notes that this one points to and those that point to it.", ""),
    row(Cmd::NoteRename, Place::Notes, "Rename note", &[Char('r')], "moot note rename NOTE TITLE", "Gives the note another title. Every member will see it.", ""),
    row(Cmd::NoteDelete, Place::Notes, "Delete note", &[Char('d')], "moot note delete NOTE", "Puts the note away for every member. It can be restored.", ""),
    row(Cmd::NoteDeleted, Place::Notes, "Show deleted notes", &[Char('D')], "moot note list --deleted", "Lists deleted notes, too, or no more; Enter restores one.", ""),
    row(Cmd::NoteSettle, Place::Notes, "Settle the title", &[Char('t')], "moot settle NOTE TITLE", "Chooses one of several titles that were given apart from each other.", ""),
    // The text of a note.
    row(Cmd::TextLeave, Place::Text, "Leave the text", &[Key(KeyCode::Esc)], "", "Goes back to the list. Everything is saved already.", "list"),
    row(Cmd::TextUndo, Place::Text, "Undo", &[Ctrl('z')], "", "Takes back your own last step, nobody else's.", "undo"),
    row(Cmd::TextRedo, Place::Text, "Redo", &[Ctrl('y')], "", "Does again what you took back.", ""),
    row(Cmd::TextFind, Place::Text, "Find in the text", &[Ctrl('f')], "", "Goes to the next place with these letters.", "find"),
    row(Cmd::TextFindNext, Place::Text, "Find again", &[Key(KeyCode::F(3))], "", "Goes to the next place with the same letters.", ""),
    row(Cmd::TextOutside, Place::Text, "Open in your editor", &[Ctrl('e')], "moot note edit NOTE", "Opens the text in $VISUAL or $EDITOR. What others write meanwhile is kept.", "editor"),
    row(Cmd::TextPerson, Place::Text, "Go to a person", &[Ctrl('g')], "", "Puts your caret where somebody else writes.", ""),
    row(Cmd::TextBlame, Place::Text, "Who wrote this", &[Ctrl('w')], "moot note blame NOTE", "Tells who wrote the line under the caret, and when.", ""),
    row(Cmd::TextFollow, Place::Text, "Follow link", &[Ctrl('l')], "moot note show NOTE", "Opens the note that the [[link]] under the caret names.", ""),
    row(Cmd::NoteHistory, Place::Text, "History of the note", &[Key(KeyCode::F(4))], "moot note history NOTE", "Shows what was changed, by whom and when; any version can be restored.", ""),
    row(Cmd::TextCut, Place::Text, "Cut", &[Ctrl('x')], "", "Takes the selection out and puts it into the clipboard.", ""),
    row(Cmd::TextCopy, Place::Text, "Copy", &[Key(KeyCode::F(5))], "", "Puts the selection into the clipboard; Ctrl+C does so too while something is selected.", ""),
    row(Cmd::TextAll, Place::Text, "Select everything", &[Ctrl('a')], "", "Selects the whole text.", ""),
    row(Cmd::TextSave, Place::Text, "Save", &[Ctrl('s')], "", "Does nothing: what you type is saved as you type.", ""),
    // Every list.
    row(Cmd::ShowNotes, Place::Lists, "Notes", &[Char('1')], "moot note list", "Shows the notes.", ""),
    row(Cmd::ShowMeetings, Place::Lists, "Meet", &[Char('2')], "moot meeting list", "Shows the meetings.", ""),
    row(Cmd::ShowInbox, Place::Lists, "Inbox", &[Char('3')], "moot inbox", "Shows what needs you.", ""),
    row(Cmd::ShowPeople, Place::Lists, "People", &[Char('4')], "moot people", "Shows who belongs to the notebook.", ""),
    row(Cmd::ShowStep, Place::Lists, "In step", &[Char('5')], "moot status", "Shows who holds what, as of when.", ""),
    row(Cmd::ShowSettings, Place::Lists, "Settings", &[Char('6')], "moot notebooks", "Shows the few things that can be set.", ""),
    row(Cmd::UndoLast, Place::Lists, "Undo the last act", &[Char('U')], "", "Takes back what was just done, while the line below offers it.", ""),
    row(Cmd::Mouse, Place::Lists, "Mouse on or off", &[Char('m')], "", "Leaves the mouse to the terminal, so that it selects text, or takes it back.", ""),
    row(Cmd::Switch, Place::Lists, "Another notebook", &[Char('N')], "moot notebooks", "Shows another notebook of this home.", ""),
    row(Cmd::NewNotebook, Place::Lists, "New notebook", &[], "moot new NOTEBOOK", "Makes a notebook, on this device only until you invite somebody.", ""),
    row(Cmd::JoinNotebook, Place::Lists, "Join a notebook", &[], "moot join TICKET --name YOU", "Joins with a ticket that a member gave you.", ""),
    row(Cmd::Suspend, Place::Lists, "Back to the shell", &[Ctrl('z')], "", "Leaves the screen; `fg` brings it back.", ""),
    row(Cmd::Back, Place::Lists, "Back", &[Key(KeyCode::Esc)], "", "Goes back one level; nothing is lost.", ""),
    row(Cmd::Quit, Place::Lists, "Quit", &[Char('q')], "", "Leaves. Nothing is ever unsaved.", "quit"),
];

/// The rows that count at a place, its own first.
pub(crate) fn rows_at(place: Place) -> impl Iterator<Item = &'static Entry> {
    let is_text = place == Place::Text;
    let own = TABLE.iter().filter(move |row| row.at == place);
    let everywhere = TABLE.iter().filter(move |row| match row.at {
        Place::Anywhere => true,
        Place::Lists => !is_text && place != Place::First,
        _ => false,
    });
    own.chain(everywhere)
}

/// The row that a key means at a place.
pub(crate) fn meant(place: Place, key: &KeyEvent) -> Option<&'static Entry> {
    rows_at(place).find(|row| row.keys.iter().any(|chord| chord.is(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [Place; 9] = [
        Place::Notes,
        Place::Text,
        Place::Meetings,
        Place::Meeting,
        Place::Inbox,
        Place::People,
        Place::Step,
        Place::Settings,
        Place::First,
    ];

    #[test]
    fn a_key_means_one_thing_at_each_place() {
        for place in PLACES {
            let mut taken: Vec<(Chord, Cmd)> = Vec::new();
            for row in rows_at(place) {
                for key in row.keys {
                    let other = taken.iter().find(|(chord, _)| chord == key);
                    assert!(
                        other.is_none_or(|(_, cmd)| *cmd == row.cmd),
                        "{key} at {place:?}: {:?} and {:?}",
                        other,
                        row.cmd
                    );
                    taken.push((*key, row.cmd));
                }
            }
        }
    }

    #[test]
    fn in_a_text_letters_are_letters() {
        for row in rows_at(Place::Text) {
            assert!(
                !row.keys.iter().any(|key| matches!(key, Char(_))),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn every_row_says_what_it_does() {
        for row in TABLE {
            assert!(
                !row.name.is_empty() && row.says.ends_with('.'),
                "{}",
                row.name
            );
            assert!(
                row.cli.is_empty() || row.cli.starts_with("moot "),
                "{}",
                row.name
            );
        }
    }
}
