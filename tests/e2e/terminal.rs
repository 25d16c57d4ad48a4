//! The hub on a terminal of its own: somebody types, and sees what is on the screen.
//! Here because questions and views are made for terminals, and a pipe never sees them.
//! In: a size, what is waited for and typed then, a command. Out: its exit code, the screen, whether the terminal is as it was.
//! Not here: what commands ask or show (top, asked).

use serde_json::Value;

use crate::harness::python;
use crate::site::Site;

/// Runs the hub on a terminal of so many columns and rows; `typed` are pairs of what is waited for and what is typed then.
pub(crate) fn on_terminal(
    site: &Site,
    size: (u16, u16),
    typed: &Value,
    streams: &str,
    arguments: &[&str],
) -> Option<Value> {
    let hub = site.command(arguments);
    let words = hub.get_args().map(|word| word.to_string_lossy().into_owned());
    let mut all = vec![
        size.0.to_string(),
        size.1.to_string(),
        typed.to_string(),
        streams.to_owned(),
        hub.get_program().to_string_lossy().into_owned(),
    ];
    all.extend(words);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    python(&["pty", "termios", "fcntl"], "terminal.py", &all)
}
