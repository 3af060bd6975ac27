//! `people` and `leave`.

use std::process::ExitCode;

use moot_engine::reply::PersonRow;
use moot_engine::{Command, ErrorKind, Reply};

use super::{Context, invite, unexpected};
use crate::failure::{Answer, failure};
use crate::terminal::{Table, clean, count, short};

pub(super) fn list(context: &Context) -> Answer {
    match context.ask(Command::People)? {
        Reply::People(rows) => {
            context.terminal.answer(&rows, |rows| table(rows))?;
            if rows.is_empty() {
                context.say_of_empty("Nobody is in this notebook.")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn table(rows: &[PersonRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        let you = if row.you { " (you)" } else { "" };
        table.row([
            short(&row.id).to_owned(),
            row.state.clone(),
            count(row.devices.len() as u64, "device", "devices"),
            format!("{}{you}", clean(&row.name)),
        ]);
    }
    table.show()
}

pub(super) fn leave(context: &Context) -> Answer {
    if context.terminal.may_ask() {
        let sure = context.terminal.asks(
            "Leave this notebook for good? You keep what you have; you get and give nothing new.",
        );
        if !sure {
            return Err(failure(
                ErrorKind::Refused,
                "you did not say yes, so nothing was done",
                "",
            ));
        }
    }
    let answer = context.ask(Command::Leave)?;
    invite::done(context, answer, "You have left.")
}
