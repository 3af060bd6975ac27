//! What can be typed. The doc comments here are the help that people read.

pub(super) mod meetings;

use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::terminal::parse_duration_ms;

/// A shared notebook for groups that take turns at leading. It lives on every member's own machine and works offline.
#[derive(Debug, Parser)]
#[command(name = "moot", version, max_term_width = 100)]
#[command(
    after_help = "Start with `moot demo` to see it at work, or with `moot init --name YOU --new NOTEBOOK`."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) everywhere: Everywhere,
    #[command(subcommand)]
    pub(super) group: Option<Group>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
pub(super) struct Everywhere {
    // The variable is read elsewhere: here an empty one would be an error, and it counts as none.
    /// Where your notebooks and keys lie [env: MOOT_HOME] [default: the system's data directory]
    #[arg(long, global = true, value_name = "DIR", overrides_with = "home")]
    pub(super) home: Option<PathBuf>,
    /// Which notebook, where the home has several: an id, its beginning, or a name
    #[arg(
        long,
        global = true,
        env = "MOOT_NOTEBOOK",
        value_name = "ID|NAME",
        hide_env_values = true,
        overrides_with = "notebook"
    )]
    pub(super) notebook: Option<String>,
    /// Answer with one JSON value on stdout; errors too, on stderr
    #[arg(long, global = true, overrides_with = "json")]
    pub(super) json: bool,
    /// Never ask anything
    #[arg(long, global = true, overrides_with = "no_input")]
    pub(super) no_input: bool,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        overrides_with = "color"
    )]
    pub(super) color: Color,
    /// Say nothing but answers and errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        overrides_with = "quiet"
    )]
    pub(super) quiet: bool,
    /// Tell what happens inside; -vv tells more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(super) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Group {
    /// Three real nodes on this machine write apart, meet and merge
    Demo(Demo),
    /// Make your first notebook
    Init(Init),
    /// Make a further notebook
    New(New),
    /// List your notebooks
    Notebooks,
    /// Make a ticket that lets somebody join
    Invite(Invite),
    /// Join with a ticket that somebody gave you
    Join(Join),
    /// List who belongs to the notebook
    People,
    /// Leave the notebook, for good
    Leave,
    /// Read and write notes
    Note(Note),
    /// Find notes
    Search(Search),
    /// Choose between values that were given at the same time
    Settle(Settle),
    /// Prepare meetings, open and close them, read their minutes
    Meeting(meetings::Meeting),
    /// What is to be spoken of in a meeting
    Agenda(meetings::Agenda),
    /// Who asks for the floor
    Queue(meetings::Queue),
    /// Roles that rotate: whom to ask, and answers
    Role(meetings::Role),
    /// Put a text to everyone's consent
    Consent(meetings::Consent),
    /// What is to be done, and by whom
    Action(meetings::Action),
    /// Everyone speaks once
    Round(meetings::Round),
    /// How warm people feel about a statement
    Check(meetings::Check),
    /// Write in the minutes of a meeting
    Minutes(meetings::Minutes),
    /// Say that you are in a meeting
    Present(meetings::OneMeeting),
    /// Say that you will come
    Available(meetings::OneMeeting),
    /// Say that you will not come
    Regrets(meetings::OneMeeting),
    /// Say that you have left a meeting
    Left(meetings::OneMeeting),
    /// Take part in a meeting, line by line
    Meet(meetings::Meet),
    /// What needs you, and what needs settling
    Inbox(meetings::Inbox),
    /// Take in Markdown files, or folders of them; again takes in only what changed
    Import(Import),
    /// Write everything readable into files
    Export(Export),
    /// Take everything to somebody by hand, in a file, and take theirs in
    Carry(Carry),
    /// Meet the others, and wait until they hold everything that you hold
    Sync(Sync),
    /// How the notebook stands, and who holds what
    Status,
    /// Keep in touch with the others, without a screen
    Node(Node),
    /// Keep notebooks that this machine cannot read, for members who are seldom awake together
    Relay(Relay),
    /// Print what happens, one event a line
    Watch,
    /// Check that everything stored is sound
    Doctor(Doctor),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual, for `man -l -`
    Man,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Keep what the demo made in this directory, which must be new or empty
    #[arg(long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// What the others call you
    #[arg(long)]
    pub(super) name: String,
    /// What the notebook is called
    #[arg(long, value_name = "NOTEBOOK")]
    pub(super) new: String,
    /// What the group is for
    #[arg(long, value_name = "TEXT")]
    pub(super) purpose: Option<String>,
    #[command(flatten)]
    pub(super) keys: Keys,
}

#[derive(Debug, Args)]
pub(super) struct Keys {
    /// Where to keep the keys; this version knows only `file`, readable by you alone
    #[arg(long, value_name = "WHERE", value_parser = ValueParser::new(parse_key_storage))]
    pub(super) key_storage: Option<KeyStorage>,
}

/// Where keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyStorage {
    File,
}

fn parse_key_storage(text: &str) -> Result<KeyStorage, String> {
    match text {
        "file" => Ok(KeyStorage::File),
        "keyring" | "passphrase" => Err(format!(
            "this version keeps keys in a file only, readable by you alone; `{text}` is to come"
        )),
        _ => Err("the only choice is `file`".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// What the notebook is called
    pub(super) notebook: String,
    /// What the group is for
    #[arg(long, value_name = "TEXT")]
    pub(super) purpose: Option<String>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Invite {
    /// How long the ticket is good for: 30s, 10m, 7d, 12mo; a month is 30 days
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse_duration_ms)]
    pub(super) expires: u64,
    /// How many people may join with it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) uses: u32,
    /// Compare six words with whoever joins before the door opens
    #[arg(long)]
    pub(super) confirm: bool,
    #[command(subcommand)]
    pub(super) step: Option<InviteStep>,
}

#[derive(Debug, Subcommand)]
pub(super) enum InviteStep {
    /// List the invites, and who waits at the door
    List,
    /// Make an invite worthless
    Revoke {
        /// The invite
        id: String,
    },
    /// Open the door to somebody after comparing six words
    Admit {
        /// The request, as `invite list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Join {
    /// The ticket; `-` reads it from stdin
    #[arg(required_unless_present = "cancel")]
    pub(super) ticket: Option<String>,
    /// What the others will call you
    #[arg(long, required_unless_present = "cancel")]
    pub(super) name: Option<String>,
    /// How long to wait for a member to open the door; the request is kept after that
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration_ms)]
    pub(super) wait: u64,
    /// Drop a request that is under way
    #[arg(long)]
    pub(super) cancel: bool,
    #[command(flatten)]
    pub(super) keys: Keys,
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(super) struct Note {
    #[command(subcommand)]
    pub(super) step: NoteStep,
}

#[derive(Debug, Subcommand)]
pub(super) enum NoteStep {
    /// Write a new note
    New {
        /// Its title
        #[arg(allow_hyphen_values = true)]
        title: String,
        /// Its text; `-` reads it from stdin
        #[arg(long, value_name = "TEXT|-", allow_hyphen_values = true)]
        body: Option<String>,
        /// What sort of note it is
        #[arg(long, default_value = "note")]
        kind: Kind,
    },
    /// List the notes, the latest first
    List {
        /// List deleted notes too
        #[arg(long)]
        deleted: bool,
    },
    /// Print a note's Markdown, byte for byte
    Show {
        /// The note: its id, the beginning of it, or its title
        note: String,
        /// An older version, as `note history` names it
        #[arg(long, value_name = "VERSION")]
        at: Option<String>,
    },
    /// Add text at the end of a note, on a line of its own
    Append {
        /// The note
        note: String,
        /// The text; `-` reads it from stdin
        #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
        text: String,
    },
    /// Replace a note's text; what others wrote meanwhile stays
    Set {
        /// The note
        note: String,
        /// The text; `-` reads it from stdin
        #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
        text: String,
        /// The version that the text was made from, as `note show --json` tells it
        #[arg(long, value_name = "VERSION")]
        base: Option<String>,
    },
    /// Open a note in $VISUAL or $EDITOR
    Edit {
        /// The note
        note: String,
    },
    /// Type lines from stdin at the end of a note, each kept at once
    #[command(hide = true)]
    Type {
        /// The note
        note: String,
    },
    /// Give a note another title
    Rename {
        /// The note
        note: String,
        /// The new title
        #[arg(allow_hyphen_values = true)]
        title: String,
    },
    /// Put a note away; it can be restored
    Delete {
        /// The note
        note: String,
    },
    /// Bring a deleted note back
    Restore {
        /// The note
        note: String,
    },
    /// List what was changed in a note, the latest first
    History {
        /// The note
        note: String,
    },
    /// Show who wrote what
    Blame {
        /// The note
        note: String,
    },
}

/// What sort of note it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Any text
    Note,
    /// How the group does something
    Practice,
    /// What is being tried, and what was seen
    Experiment,
}

#[derive(Debug, Args)]
pub(super) struct Search {
    /// Words; put `--` before one that begins with a dash
    #[arg(required = true)]
    pub(super) query: Vec<String>,
    /// How many notes to show at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) limit: u32,
}

#[derive(Debug, Args)]
pub(super) struct Settle {
    /// The note, or the item of the inbox
    pub(super) id: String,
    /// The value that it shall have
    #[arg(allow_hyphen_values = true)]
    pub(super) choice: String,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// Files, or folders that are walked for Markdown files
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Keep the files' paths apart from others, as if they lay in a folder of this name
    #[arg(long, value_name = "FOLDER", value_parser = ValueParser::new(parse_under))]
    pub(super) under: Option<String>,
    /// Only tell what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
}

fn parse_under(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    if text.split('/').all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a folder's name is wanted, such as kitchen or 2026/spring".to_owned())
    }
}

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The folder to write into
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
    /// As Markdown with the facts beside it, or as one JSON file per note
    #[arg(long, default_value = "md")]
    pub(super) format: ExportFormat,
    /// Overwrite files that were there before, or were changed since they were exported
    #[arg(long)]
    pub(super) force: bool,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// Markdown, byte for byte, with the facts in a file beside it
    Md,
    /// One JSON file per note
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Carry {
    #[command(subcommand)]
    pub(super) way: CarryWay,
}

#[derive(Debug, Subcommand)]
pub(super) enum CarryWay {
    /// Write everything that is held into a file; while joining, the request to be let in
    Out(CarryFile),
    /// Take in a file that another device wrote; again changes nothing
    In(CarryFile),
}

#[derive(Debug, Args)]
pub(super) struct CarryFile {
    /// The file; - is standard output, or standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RelayUse {
    /// The relay's ticket, from whoever runs it; it begins with mootrelay1
    #[arg(value_name = "TICKET")]
    pub(super) ticket: String,
    /// How long to wait for the relay
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration_ms)]
    pub(super) wait: u64,
}

#[derive(Debug, Args)]
pub(super) struct RelayDrop {
    /// The relay: its id, the beginning of it, or its name, as `moot relay list` shows them
    #[arg(value_name = "RELAY")]
    pub(super) relay: String,
}

#[derive(Debug, Args)]
pub(super) struct Sync {
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration_ms)]
    pub(super) wait: u64,
    /// How many other devices must confirm that they hold everything
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) with: u32,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Make everything that is computed again from the entries
    #[arg(long)]
    pub(super) rebuild: bool,
    /// Try how others are reached instead: which leg fails, and what to do
    #[arg(long, conflicts_with = "rebuild")]
    pub(super) network: bool,
}

#[derive(Debug, Args)]
pub(super) struct Node {
    /// Listen here instead of everywhere: /ip4/0.0.0.0/tcp/4001
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Vec<String>,
    /// Reach out to this address: /ip4/192.0.2.7/tcp/4001
    #[arg(long, value_name = "ADDR")]
    pub(super) peer: Vec<String>,
    /// Do not show yourself to, or look for others on, the local network
    #[arg(long)]
    pub(super) no_mdns: bool,
    /// Do not ask the router to let others in
    #[arg(long)]
    pub(super) no_upnp: bool,
    /// End when stdin ends: whoever started this node holds the other end
    #[arg(long, hide = true)]
    pub(super) end_with_stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct Relay {
    /// The relay's own directory, made at the first start
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) data: Option<PathBuf>,
    /// Listen here instead of everywhere on port 4001: /ip4/0.0.0.0/tcp/4001
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Vec<String>,
    /// Name this address in tickets, instead of those listened on: /dns4/relay.example.org/tcp/4001
    #[arg(long, value_name = "ADDR")]
    pub(super) external: Vec<String>,
    /// Keep so much at most: 500M, 20G
    #[arg(long, value_name = "SIZE", default_value = "10G", value_parser = quota)]
    pub(super) quota: u64,
    /// Drop notebooks to which no member came for so many days, at least 7; without it nothing is dropped
    #[arg(long, value_name = "DAYS", value_parser = age)]
    pub(super) age: Option<u32>,
    /// Keep and pass on entries, and join nobody to a circuit: people who are awake together then need another relay, or a direct way
    #[arg(long)]
    pub(super) no_circuits: bool,
    #[command(subcommand)]
    pub(super) of: Option<OfRelay>,
}

#[derive(Debug, Subcommand)]
pub(super) enum OfRelay {
    /// The ticket with which a group enrols its notebook; beside a running relay
    Ticket,
    /// How a running relay stands
    Status,
    /// Have a relay keep sealed copies of this notebook, for the devices of all members
    Use(RelayUse),
    /// The relays that keep copies of this notebook, and what they say they hold
    List,
    /// Use a relay no more
    Drop(RelayDrop),
}

/// A relay with less would refuse what anybody writes, and look well.
const QUOTA_LEAST: u64 = 1 << 20;

/// A group in which nobody has a machine on for a week is no group that has gone away.
const AGE_LEAST: u32 = 7;

fn quota(text: &str) -> Result<u64, String> {
    match size(text)? {
        ..QUOTA_LEAST => {
            Err("a relay with less than 1M takes hardly anything from anybody".to_owned())
        }
        enough => Ok(enough),
    }
}

fn age(text: &str) -> Result<u32, String> {
    match text.trim().parse() {
        Ok(..AGE_LEAST) => Err("after less than 7 days groups lose what nobody has fetched yet, because they were away for a week".to_owned()),
        Ok(days) => Ok(days),
        Err(_) => Err("that is no number of days".to_owned()),
    }
}

/// Bytes, or with K, M, G or T so many times 1,024 of them.
fn size(text: &str) -> Result<u64, String> {
    let text = text
        .trim()
        .trim_end_matches(['B', 'b'])
        .trim_end_matches('i');
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let power = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return Err("sizes look like 500M or 20G".to_owned()),
    };
    let number: u64 = digits
        .trim()
        .parse()
        .map_err(|_| "sizes look like 500M or 20G".to_owned())?;
    number
        .checked_mul(1024_u64.pow(power))
        .ok_or_else(|| "that is more than any disk holds".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    pub(super) shell: clap_complete::Shell,
}
