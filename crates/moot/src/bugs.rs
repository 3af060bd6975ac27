//! What people see of a bug: one calm line and where to report it, never a stack trace.

use std::io::Write;
use std::panic::PanicHookInfo;

use color_eyre::config::HookBuilder;

/// Where reports are welcome: what the package says, as long as it says anything.
const REPORTS: &str = if env!("CARGO_PKG_REPOSITORY").is_empty() {
    "the project's issue tracker"
} else {
    env!("CARGO_PKG_REPOSITORY")
};

/// From now on a panic prints one line instead of the usual report. Whoever sets `RUST_BACKTRACE` asked for the whole report.
///
/// Automerge panics on some malformed changes that peers send. The engine catches those and refuses the change, so they are
/// no news to the person and print nothing.
pub(crate) fn report_calmly() {
    let (reports, _) = HookBuilder::default().into_hooks();
    let wants_report = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |info| {
        if is_expected(info) {
            return;
        }
        let mut stderr = std::io::stderr();
        if wants_report {
            let _ = writeln!(stderr, "{}", reports.panic_report(info));
        }
        // Where stderr is gone there is nobody to tell.
        let _ = writeln!(stderr, "{}", line(info));
    }));
}

fn is_expected(info: &PanicHookInfo<'_>) -> bool {
    info.location()
        .is_some_and(|location| is_automerge(location.file()))
}

fn is_automerge(file: &str) -> bool {
    file.contains("/automerge-") || file.contains("\\automerge-")
}

fn line(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let what = text
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given");
    let place = info.location().map_or_else(String::new, |location| {
        format!(" ({}:{})", location.file(), location.line())
    });
    format!(
        "moot has a bug and stopped what it was doing: {what}{place}\n\
         What was saved is safe. Please report this line to {REPORTS}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_inside_automerge_print_nothing_and_others_do() {
        assert!(is_automerge(
            "/home/a/.cargo/registry/src/x/automerge-0.12.0/src/op_set.rs"
        ));
        assert!(!is_automerge("crates/moot-notebook/src/automerge_doc.rs"));
    }
}
