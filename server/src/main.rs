//! The program `postfail`: the library's first user.
use std::process::ExitCode;

mod cli;

/// A handshake by OpenSSL takes some 450 pieces of memory, one of ours 90: what gives them out counts. It stands in for the
/// system's `malloc` too, which OpenSSL calls.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
