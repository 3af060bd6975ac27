//! The command `moot`. All of it lives in the library, so that tests and the demo share it.

use std::process::ExitCode;

fn main() -> ExitCode {
    moot::run(std::env::args_os())
}
