//! The child's executable for this crate's own tests and benches; the hub's `connector-host` does the same.
//! Here because a test cannot be its own child.
//! In/Out: see PROTOCOL.md.
//! Not here: anything else.

fn main() -> std::process::ExitCode {
    plugin_host::child_main()
}
