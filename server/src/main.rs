//! The program `postfail`: the library's first user.
use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::main()
}
