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
    /// Goes to what others changed since one was last here.
    TextUnread,
    /// Tells who wrote this line, and when.
    TextBlame,
    /// Follows the link under the caret.
    TextFollow,
    /// Says that nothing needs to be saved.
    TextSave,
    /// Selects everything.
    TextAll,
    /// Opens the meeting that is selected.
    MeetOpen,
    /// Prepares a meeting.
    MeetNew,
    /// Prepares a meeting of a series.
    MeetNewSeries,
    /// Goes on to the next item.
    MeetAdvance,
    /// Gives the current item more minutes.
    MeetExtend,
    /// Gives the floor to whoever is next.
    MeetNextSpeaker,
    /// Asks for the floor, or no longer.
    MeetHand,
    /// Answers the consent round, or begins one.
    MeetConsent,
    /// Asks somebody to take a role.
    MeetOffer,
    /// Lists what can be done with what is selected.
    MeetDo,
    /// Says yes to what waits for an answer.
    MeetYes,
    /// Says no to it.
    MeetNo,
    /// Goes to the next part of the meeting.
    MeetPart,
    /// Goes to the part before.
    MeetPartBack,
    /// Opens a sitting.
    MeetBegin,
    /// Closes it.
    MeetFinish,
    /// Says whether one is there.
    MeetAttend,
    /// Proposes an item.
    MeetAddItem,
    /// Goes to an item.
    MeetGoTo,
    /// Says what became of an item.
    MeetMarkItem,
    /// Words an item otherwise.
    MeetChangeItem,
    /// Puts an item earlier.
    MeetItemUp,
    /// Puts an item later.
    MeetItemDown,
    /// Tells who might facilitate.
    MeetSuggest,
    /// Takes a role.
    MeetTakeRole,
    /// Lays a role down.
    MeetStepBack,
    /// Asks somebody to go on with a role.
    MeetHandOver,
    /// Lists what can be done about a role.
    MeetRole,
    /// Lets the meeting have a role.
    MeetAddRole,
    /// Does not want to be asked.
    MeetOptOut,
    /// Begins a consent round.
    MeetConsentOpen,
    /// Takes a turn in the round, or begins one.
    MeetRound,
    /// Answers the temperature check, or begins one.
    MeetCheck,
    /// Notes something to be done.
    MeetAddAction,
    /// Lists what can be done about an action.
    MeetAction,
    /// Notes something for the minutes.
    MeetRemark,
    /// Notes something that stays out of the minutes.
    MeetOffRecord,
    /// Lets a note in the minutes read otherwise.
    MeetCorrect,
    /// Leaves one's name out of the minutes, or not.
    MeetName,
    /// Shows the minutes.
    MeetMinutes,
    /// Says that the minutes are agreed.
    MeetAgree,
    /// Settles what competes.
    MeetSettle,
    /// Gives the meeting another time.
    MeetMove,
    /// Cancels the meeting, or lets it take place after all.
    MeetCancel,
    /// Settles what is selected in the inbox, or opens it.
    InboxEnter,
    /// Says yes.
    InboxYes,
    /// Says no, or lets a turn go by.
    InboxNo,
    /// Says one's position.
    InboxAnswer,
    /// Chooses one of what competes.
    InboxSettle,
    /// Goes to the note or meeting.
    InboxGo,
    /// Lists what was merged quietly.
    InboxMerged,
    /// Shows more of who or what is selected.
    PeopleOpen,
    /// Makes a ticket.
    PeopleInvite,
    /// Opens the door to somebody who waits.
    PeopleAdmit,
    /// Makes an invite worthless.
    PeopleRevoke,
    /// Leaves the notebook.
    PeopleLeave,
    /// Shows all that is known of a device.
    StepOpen,
    /// Asks the others now.
    StepTry,
    /// Does what the selected setting is for.
    SettingsEnter,
    /// With colours or without.
    SettingsColours,
    /// Tells where the data lies.
    SettingsData,
    /// Throws the sample away.
    SampleRemove,
    /// Goes on to the next step.
    FirstNext,
    /// Goes to the next line.
    FirstField,
    /// Goes back a step.
    FirstBack,
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

impl Place {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::Anywhere,
        Self::Lists,
        Self::Notes,
        Self::Text,
        Self::Meetings,
        Self::Meeting,
        Self::Inbox,
        Self::People,
        Self::Step,
        Self::Settings,
        Self::First,
    ];

    /// What it is called: `in …`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Anywhere => "every place",
            Self::Lists => "every list",
            Self::Notes => "the list of notes",
            Self::Text => "the text of a note",
            Self::Meetings => "the list of meetings",
            Self::Meeting => "a meeting",
            Self::Inbox => "the inbox",
            Self::People => "people",
            Self::Step => "in step",
            Self::Settings => "settings",
            Self::First => "the first steps",
        }
    }
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
            Self::Key(KeyCode::BackTab) => f.write_str("Shift+Tab"),
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
    row(Cmd::TextUnread, Place::Text, "Next new change", &[Key(KeyCode::F(6))], "", "Puts your caret where others changed something since you last had the note open.", ""),
    row(Cmd::TextBlame, Place::Text, "Who wrote this", &[Ctrl('w')], "moot note blame NOTE", "Tells who wrote the line under the caret, and when.", ""),
    row(Cmd::TextFollow, Place::Text, "Follow link", &[Ctrl('l')], "moot note show NOTE", "Opens the note that the [[link]] under the caret names.", ""),
    row(Cmd::NoteHistory, Place::Text, "History of the note", &[Key(KeyCode::F(4))], "moot note history NOTE", "Shows what was changed, by whom and when; any version can be restored.", ""),
    row(Cmd::TextCut, Place::Text, "Cut", &[Ctrl('x')], "", "Takes the selection out and puts it into the clipboard.", ""),
    row(Cmd::TextCopy, Place::Text, "Copy", &[Key(KeyCode::F(5))], "", "Puts the selection into the clipboard; Ctrl+C does so too while something is selected.", ""),
    row(Cmd::TextAll, Place::Text, "Select everything", &[Ctrl('a')], "", "Selects the whole text.", ""),
    row(Cmd::UndoLast, Place::Text, "Undo the last act", &[Key(KeyCode::F(8))], "", "Takes back what was just done to the note as a whole, while the line below offers it.", ""),
    row(Cmd::TextSave, Place::Text, "Save", &[Ctrl('s')], "", "Does nothing: what you type is saved as you type.", ""),
    // The meetings.
    row(Cmd::MeetOpen, Place::Meetings, "Open meeting", &[Key(KeyCode::Enter)], "moot meeting show MEETING", "Shows the meeting, to prepare it, to hold it or to read it.", "open"),
    row(Cmd::MeetNew, Place::Meetings, "Prepare a meeting", &[Char('n')], "moot meeting new TITLE --purpose TEXT", "Asks for title, purpose, time and roles. Every member will see it.", "new"),
    row(Cmd::MeetNewSeries, Place::Meetings, "Prepare a meeting of a series", &[Char('s')], "moot meeting new TITLE --purpose TEXT --series NAME", "What is left undone comes back in the next meeting of the same series. Every member will see it.", ""),
    row(Cmd::MeetMinutes, Place::Meetings, "Minutes", &[Char('M')], "moot meeting minutes MEETING", "Shows the minutes as they stand; they exist at any time.", "minutes"),
    // A meeting.
    row(Cmd::MeetAdvance, Place::Meeting, "Next item", &[Char('n')], "moot agenda advance MEETING --from ITEM", "Goes on: what was current is done, or carried over. Everyone sees it; two who press at once make one step.", "next item"),
    row(Cmd::MeetExtend, Place::Meeting, "Five more minutes", &[Char('+')], "moot agenda extend MEETING 5", "Gives the current item five more minutes. Everyone sees it.", "more time"),
    row(Cmd::MeetNextSpeaker, Place::Meeting, "Next speaker", &[Char('s')], "moot queue next MEETING", "Gives the floor to whoever is next in the queue. Everyone sees it; the minutes do not.", "speaker"),
    row(Cmd::MeetHand, Place::Meeting, "Raise your hand", &[Char('h')], "moot queue join MEETING --kind reply --note TEXT", "Asks for the floor, with or without saying for what, or takes that back. Everyone sees it; the minutes do not.", "hand"),
    row(Cmd::MeetConsent, Place::Meeting, "Consent", &[Char('c')], "moot consent answer ID consent", "Gives your answer to the text that is put to consent, rewords or closes it; puts one where there is none. In the minutes, with names.", "consent"),
    row(Cmd::MeetOffer, Place::Meeting, "Offer a role", &[Char('o')], "moot role offer MEETING ROLE --to PERSON", "Asks somebody to take a role; only their yes makes it theirs. Every member can see it.", "offer role"),
    row(Cmd::MeetYes, Place::Meeting, "Yes to what is asked of you", &[Char('y')], "moot role accept OFFER", "Takes the role or the action that you are asked to take. Everyone sees it.", "yes"),
    row(Cmd::MeetNo, Place::Meeting, "Not now", &[Char('d')], "moot role decline OFFER", "Says no to the role or the action that you are asked to take. No reason is asked; it is as good an answer as yes.", "not now"),
    row(Cmd::MeetDo, Place::Meeting, "What can be done with this", &[Key(KeyCode::Enter)], "moot meeting show MEETING", "Lists what can be done with the row that is selected.", ""),
    row(Cmd::MeetPart, Place::Meeting, "Next part", &[Key(KeyCode::Tab)], "moot meeting show MEETING", "Goes on among Agenda, Now, Roles, People and Actions.", ""),
    row(Cmd::MeetPartBack, Place::Meeting, "Part before", &[Key(KeyCode::BackTab)], "moot meeting show MEETING", "Goes back among Agenda, Now, Roles, People and Actions.", ""),
    row(Cmd::MeetBegin, Place::Meeting, "Begin: open the sitting", &[Char('B')], "moot meeting open MEETING", "Opens the meeting: from now on items, queue and rounds run. Anyone may; every member sees it.", "begin"),
    row(Cmd::MeetFinish, Place::Meeting, "Finish: close the sitting", &[Char('F')], "moot meeting close MEETING", "Closes the sitting that is open. What is not done is carried over; the minutes can be agreed.", "close"),
    row(Cmd::MeetAttend, Place::Meeting, "I am here, I am not", &[Char('p')], "moot present MEETING", "Says that you are here, will come, cannot come, or leave. It stands in the minutes.", "I am here"),
    row(Cmd::MeetAddItem, Place::Meeting, "Add an item", &[Char('a')], "moot agenda add MEETING TEXT --kind decide --minutes 10", "Proposes something to speak of. Every member will see it.", "add item"),
    row(Cmd::MeetGoTo, Place::Meeting, "Go to an item", &[Char('g')], "moot agenda advance MEETING --from ITEM --to ITEM", "Makes the selected item the current one; the one before waits at the end. Everyone sees it.", ""),
    row(Cmd::MeetMarkItem, Place::Meeting, "Mark an item", &[Char('x')], "moot agenda done MEETING ITEM", "Says of an item that it is agreed, done, carried over, skipped, kept for later or off the agenda.", ""),
    row(Cmd::MeetChangeItem, Place::Meeting, "Reword an item", &[Char('e')], "moot agenda change MEETING ITEM --text TEXT --minutes N", "Words an item otherwise, or gives it other minutes. Everyone sees it.", ""),
    row(Cmd::MeetItemUp, Place::Meeting, "Item earlier", &[Char('K')], "moot agenda reorder MEETING ITEM…", "Moves the selected item up the agenda. Everyone sees it.", ""),
    row(Cmd::MeetItemDown, Place::Meeting, "Item later", &[Char('J')], "moot agenda reorder MEETING ITEM…", "Moves the selected item down the agenda. Everyone sees it.", ""),
    row(Cmd::MeetSuggest, Place::Meeting, "Who might facilitate", &[Char('f')], "moot role suggest MEETING facilitator", "Tells whom to ask to facilitate, and why; Enter asks. The list is the same on every device.", "who facilitates"),
    row(Cmd::MeetTakeRole, Place::Meeting, "Take a role", &[Char('t')], "moot role take MEETING ROLE", "Takes a role yourself, or a place beside whoever holds it. Everyone sees it.", ""),
    row(Cmd::MeetStepBack, Place::Meeting, "Step back from a role", &[Char('b')], "moot role step-back MEETING ROLE --note TEXT", "Lays your role down, at once, with a word to the next holder if you like. Nobody has to agree.", ""),
    row(Cmd::MeetHandOver, Place::Meeting, "Hand a role over", &[Char('H')], "moot role hand-over MEETING ROLE --to PERSON --note TEXT", "Asks somebody to go on with your role; it is yours until they say yes.", "hand over"),
    row(Cmd::MeetRole, Place::Meeting, "About a role", &[Char('r')], "moot role list MEETING", "Offer, shadow, swap, share, open anew, do without, not for me: all that can be done about a role.", ""),
    row(Cmd::MeetAddRole, Place::Meeting, "One more role", &[Char('R')], "moot role add MEETING ROLE", "Lets this meeting have one more role. Every member will see it.", ""),
    row(Cmd::MeetOptOut, Place::Meeting, "Not for me", &[Char('O')], "moot role opt-out ROLE --until DATE", "Says that you are not to be asked for a role: this time, until a day, or ever; or that you may be asked again.", ""),
    row(Cmd::MeetConsentOpen, Place::Meeting, "Put a text to consent", &[Char('C')], "moot consent open MEETING TEXT", "Begins a consent round on a text. Answers are to exactly this text. In the minutes.", ""),
    row(Cmd::MeetRound, Place::Meeting, "Round", &[Char('v')], "moot round speak ID", "Takes or passes your turn, or closes the round; begins one where there is none. In the minutes.", ""),
    row(Cmd::MeetCheck, Place::Meeting, "Temperature check", &[Char('w')], "moot check answer ID warm", "Says how warm you are to a statement, or begins a check. Only counts are shown, and dropped unless kept.", ""),
    row(Cmd::MeetAddAction, Place::Meeting, "Note an action", &[Char('A')], "moot action add MEETING TEXT --offer PERSON", "Notes something to be done, and asks somebody if you like. Every member will see it.", ""),
    row(Cmd::MeetAction, Place::Meeting, "About an action", &[Char('D')], "moot action accept ID", "Take it, ask somebody, say it is done, drop it. Every member will see it.", ""),
    row(Cmd::MeetRemark, Place::Meeting, "Write into the minutes", &[Char('i')], "moot minutes add MEETING TEXT", "Notes a line for the minutes, under your name.", "note"),
    row(Cmd::MeetOffRecord, Place::Meeting, "Off the record", &[Char('I')], "moot minutes add MEETING TEXT --off-record", "Notes a line that stays out of the minutes. Every member's device holds it all the same.", ""),
    row(Cmd::MeetCorrect, Place::Meeting, "Correct a line of the minutes", &[Char('E')], "moot minutes correct ID TEXT", "Lets a line read otherwise; that it was corrected is shown.", ""),
    row(Cmd::MeetName, Place::Meeting, "Leave my name out", &[Char('u')], "moot minutes unname MEETING", "You are “someone” in the minutes of this meeting, or no more. Members still know who did what.", ""),
    row(Cmd::MeetMinutes, Place::Meeting, "Minutes", &[Char('M')], "moot meeting minutes MEETING", "Shows the minutes as they stand, to read them back.", "minutes"),
    row(Cmd::MeetAgree, Place::Meeting, "Minutes are agreed", &[Char('G')], "moot meeting agree MEETING", "Says that the minutes were read back and agreed, as they stand now. Every member sees it.", "agreed"),
    row(Cmd::MeetSettle, Place::Meeting, "Settle what competes", &[Char('S')], "moot settle ID CHOICE", "Chooses where several titles, purposes, times, steps or holders stand side by side. Every member sees it.", ""),
    row(Cmd::MeetMove, Place::Meeting, "Another time", &[Char('T')], "moot meeting move MEETING --at TIME", "Gives the meeting another time. Every member will see it.", ""),
    row(Cmd::MeetCancel, Place::Meeting, "Cancel, or hold after all", &[Char('X')], "moot meeting cancel MEETING", "The meeting does not take place; the same again lets it. Every member will see it.", ""),
    // The inbox.
    row(Cmd::InboxEnter, Place::Inbox, "Open or settle", &[Key(KeyCode::Enter)], "moot inbox", "Settles what is to be settled; else goes to the note or meeting.", "open"),
    row(Cmd::InboxYes, Place::Inbox, "Yes", &[Char('y')], "moot role accept OFFER", "Says yes to what you are asked. Every member will see it.", "yes"),
    row(Cmd::InboxNo, Place::Inbox, "No", &[Char('d')], "moot role decline OFFER", "Says no to what you are asked, or lets your turn go by; no reason is wanted. Every member will see it.", "no"),
    row(Cmd::InboxAnswer, Place::Inbox, "Your position", &[Char('c')], "moot consent answer ID POSITION", "Says how you stand to the text. Every member will see it.", "position"),
    row(Cmd::InboxSettle, Place::Inbox, "Settle", &[Char('s')], "moot settle ID CHOICE", "Chooses one of what was said apart from each other. Every member will see it.", "settle"),
    row(Cmd::InboxGo, Place::Inbox, "Go there", &[Char('o')], "moot meeting show MEETING", "Goes to the note or the meeting that it is in.", ""),
    row(Cmd::InboxMerged, Place::Inbox, "What was merged", &[Char('M')], "moot inbox --merged", "Lists what others did that was merged without needing anybody.", "merged"),
    // The people.
    row(Cmd::PeopleOpen, Place::People, "Show", &[Key(KeyCode::Enter)], "moot people", "Shows more of the person, the invite, or whoever waits.", "show"),
    row(Cmd::PeopleInvite, Place::People, "Invite", &[Char('i')], "moot invite", "Makes a ticket. Whoever has it can join and then read everything.", "invite"),
    row(Cmd::PeopleAdmit, Place::People, "Open the door", &[Char('a')], "moot invite admit ID", "Lets somebody in who waits, once the six words were compared. Every member will see it.", "let in"),
    row(Cmd::PeopleRevoke, Place::People, "Revoke the invite", &[Char('x')], "moot invite revoke ID", "Makes an invite worthless for whoever has not joined yet. Every member will see it.", ""),
    row(Cmd::PeopleLeave, Place::People, "Leave the notebook", &[Char('L')], "moot leave", "Leaves for good, once asked. Every member will see it; what you have stays readable here.", ""),
    // In step.
    row(Cmd::StepTry, Place::Step, "Try now", &[Char('t')], "moot sync", "Asks the other devices to say that they hold everything, and waits ten seconds.", "try now"),
    row(Cmd::StepOpen, Place::Step, "Show the device", &[Key(KeyCode::Enter)], "moot status", "Shows all that is known of a device or a relay.", "show"),
    row(Cmd::PeopleInvite, Place::Step, "Invite", &[Char('i')], "moot invite", "Makes a ticket. Whoever has it can join and then read everything.", "invite"),
    // The settings.
    row(Cmd::SettingsEnter, Place::Settings, "Change", &[Key(KeyCode::Enter)], "", "Does what the selected line is for.", "change"),
    row(Cmd::SettingsColours, Place::Settings, "Colours on or off", &[Char('c')], "moot --color never", "Draws with the terminal's colours or without any, until you leave.", ""),
    row(Cmd::SettingsData, Place::Settings, "Data and back-up", &[Char('b')], "moot export DIR", "Tells where the data lies and how to copy it.", "back-up"),
    // The first steps.
    row(Cmd::FirstNext, Place::First, "Go on", &[Key(KeyCode::Enter)], "moot init --name YOU --new NOTEBOOK", "Goes on to the next step. Nobody else sees anything of it.", "go on"),
    row(Cmd::FirstField, Place::First, "Next line", &[Key(KeyCode::Tab)], "", "Goes to the next line of the step.", ""),
    row(Cmd::FirstBack, Place::First, "Back", &[Key(KeyCode::Esc)], "", "Goes back a step; what you typed stays.", "back"),
    // Every list.
    row(Cmd::SampleRemove, Place::Lists, "Remove the sample", &[Key(KeyCode::F(9))], "", "Throws the sample notebook away, where you look round in one. Nothing of yours is in it.", ""),
    row(Cmd::ShowNotes, Place::Lists, "Notes", &[Char('1')], "moot note list", "Shows the notes.", ""),
    row(Cmd::ShowMeetings, Place::Lists, "Meet", &[Char('2')], "moot meeting list", "Shows the meetings.", ""),
    row(Cmd::ShowInbox, Place::Lists, "Inbox", &[Char('3')], "moot inbox", "Shows what needs you.", ""),
    row(Cmd::ShowPeople, Place::Lists, "People", &[Char('4')], "moot people", "Shows who belongs to the notebook.", ""),
    row(Cmd::ShowStep, Place::Lists, "In step", &[Char('5')], "moot status", "Shows who holds what, as of when.", ""),
    row(Cmd::ShowSettings, Place::Lists, "Settings", &[Char('6')], "moot notebooks", "Shows the few things that can be set.", ""),
    row(Cmd::UndoLast, Place::Lists, "Undo the last act", &[Char('U')], "", "Takes back what was just done, while the line below offers it.", ""),
    row(Cmd::Mouse, Place::Lists, "Mouse on or off", &[Char('m')], "", "Leaves the mouse to the terminal, so that it selects text, or takes it back. `mouse = false` in config.toml makes that lasting.", ""),
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
