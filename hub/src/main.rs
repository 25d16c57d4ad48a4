//! The `hub` binary: reads arguments, wires the engine into the runtime, prints, exits.
//! Here because this is the only crate that knows all the others.
//! In: arguments, configuration, signals. Out: exit codes of `exit`, data on stdout, the rest on stderr.
//! Not here: business decisions.

mod adapter;
mod app;
mod ask;
mod book;
mod cli;
mod cmd;
mod exit;
mod lang;
mod log;
mod out;
mod progress;
mod reload;
mod settings;
mod shipped;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A night makes and drops millions of small texts, which the C library's allocator spends two fifths of its time on.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // A connector's child is this binary again; it must not start threads, logs or a runtime of the hub's.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == "connector-host")
    {
        return plugin_host::child_main();
    }
    // Names, numbers and phones lie in what the hub writes: nobody else on the machine may read it.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        return exit::failed("another TLS provider was installed before ours");
    }
    let cli = cli::Cli::read();
    match app::with_runtimes(|engine| cmd::run(cli, engine)) {
        Ok(code) => code,
        Err(error) => exit::report(&error),
    }
}
