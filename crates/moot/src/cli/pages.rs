//! `completions` and `man`: pages made from the tree of commands.

use std::io;
use std::process::ExitCode;

use clap_mangen::Man;
use moot_engine::{CommandError, ErrorKind};

use super::arguments::Completions;
use super::{examples, on_screen, tree};
use crate::failure::{Answer, failure};
use crate::terminal::print_exactly;

pub(super) fn completions(completions: &Completions) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(
        completions.shell,
        &mut without_hidden(&tree()),
        "moot",
        &mut script,
    );
    print_exactly(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// The commands that help lists. A generator of completions leaves out hidden flags, but not hidden commands.
fn without_hidden(command: &clap::Command) -> clap::Command {
    let shown = command.get_subcommands().filter(|step| !step.is_hide_set());
    let mut copy = clap::Command::new(command.get_name().to_owned())
        .args(command.get_arguments().cloned())
        .subcommands(shown.map(without_hidden));
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    copy
}

/// One page for everything: a manual for each command would be forty files that nobody opens.
pub(super) fn man() -> Answer {
    let mut page = Vec::new();
    write_page(&mut page).map_err(not_written)?;
    print_exactly(&page)?;
    Ok(ExitCode::SUCCESS)
}

fn not_written(error: io::Error) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("the manual cannot be made: {error}"),
        "",
    )
}

fn write_page(page: &mut Vec<u8>) -> io::Result<()> {
    let mut tree = tree().disable_help_subcommand(true);
    tree.build();
    let man = Man::new(tree.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    for command in tree.get_subcommands() {
        write_command(page, "moot", command)?;
    }
    page.extend_from_slice(on_screen::section().as_bytes());
    Ok(())
}

/// A section for a command, then those of its steps. What holds for every command stands once, at the top.
fn write_command(page: &mut Vec<u8>, before: &str, command: &clap::Command) -> io::Result<()> {
    if command.is_hide_set() {
        return Ok(());
    }
    let name = format!("{before} {}", command.get_name());
    let own = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help")
        .map(|argument| argument.get_id().clone())
        .collect::<Vec<_>>();
    let trimmed = command
        .clone()
        .mut_args(|argument| {
            let hidden = !own.contains(argument.get_id());
            argument.hide(hidden)
        })
        .bin_name(name.clone());
    let man = Man::new(trimmed);
    let mut section = Vec::new();
    man.render_synopsis_section(&mut section)?;
    man.render_description_section(&mut section)?;
    if !own.is_empty() {
        man.render_options_section(&mut section)?;
    }
    let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
    page.extend_from_slice(format!(".SH {}\n", name.to_uppercase()).as_bytes());
    page.extend_from_slice(section.as_bytes());
    let path = name.strip_prefix("moot ").unwrap_or(&name);
    page.extend_from_slice(example_section(examples::of(path)).as_bytes());
    for step in command.get_subcommands() {
        write_command(page, &name, step)?;
    }
    Ok(())
}

/// Lines that are to stand in the manual as they are typed.
fn example_section(lines: &[&str]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let typed = lines.join("\n").replace('\\', "\\e").replace('-', "\\-");
    format!(".SS EXAMPLES\n.nf\n{typed}\n.fi\n")
}
