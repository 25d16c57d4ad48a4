//! Log lines of plugins: cut, rate-limited, handed to the caller's sink, and the last ones kept for a fault.
//! Here because a plugin's log is untrusted input like everything else it sends.
//! In: lines over the control channel, bytes of standard error. Out: `LogLine`s, the tail.
//! Not here: the hub's own logging.

use crate::limits::{LOG_LINE_BYTES_MAX, LOG_LINES_PER_SECOND, LOG_TAIL_LINES};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How urgent a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A person must act.
    Error,
    /// Lost time, not data.
    Warn,
    /// What happened.
    Info,
    /// For the author.
    Debug,
    /// For the author, in a loop.
    Trace,
}

impl Level {
    pub(crate) fn from_code(code: i32) -> Level {
        match code {
            i32::MIN..=plugin_abi::level::ERROR => Level::Error,
            plugin_abi::level::WARN => Level::Warn,
            plugin_abi::level::INFO => Level::Info,
            plugin_abi::level::DEBUG => Level::Debug,
            _ => Level::Trace,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        })
    }
}

/// One line of a plugin's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How urgent.
    pub level: Level,
    /// The module that wrote it; `stderr` for text on the child's standard output or error.
    pub target: String,
    /// The text, one line, cut.
    pub message: String,
}

/// Where log lines go.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// A sink that keeps nothing; faults still carry the tail.
pub fn discard_logs() -> LogSink {
    Arc::new(|_| {})
}

/// Shared by whoever receives lines of one session.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Inner>);

struct Inner {
    sink: LogSink,
    state: Mutex<State>,
}

struct State {
    tail: VecDeque<String>,
    partial: Vec<u8>,
    window: Instant,
    in_window: u32,
    dropped: u64,
}

impl Journal {
    pub(crate) fn new(sink: LogSink) -> Journal {
        let state = State {
            tail: VecDeque::new(),
            partial: Vec::new(),
            window: Instant::now(),
            in_window: 0,
            dropped: 0,
        };
        Journal(Arc::new(Inner {
            sink,
            state: Mutex::new(state),
        }))
    }

    /// A structured line.
    pub(crate) fn line(&self, level: i32, target: String, message: &str) {
        let message = cut(message);
        let line = LogLine {
            level: Level::from_code(level),
            target,
            message,
        };
        self.admit(line);
    }

    /// Bytes of standard error, cut into lines; the last, unfinished one waits for the rest.
    pub(crate) fn stderr(&self, bytes: &[u8]) {
        let mut lines = Vec::new();
        {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            for byte in bytes {
                if *byte == b'\n' || state.partial.len() >= LOG_LINE_BYTES_MAX {
                    lines.push(std::mem::take(&mut state.partial));
                }
                if *byte != b'\n' {
                    state.partial.push(*byte);
                }
            }
        }
        for line in lines {
            self.stderr_line(&line);
        }
    }

    /// Ends the unfinished line.
    pub(crate) fn flush(&self) {
        let rest = std::mem::take(
            &mut self
                .0
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .partial,
        );
        self.stderr_line(&rest);
    }

    fn stderr_line(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if !text.trim().is_empty() {
            self.line(plugin_abi::level::INFO, "stderr".into(), &text);
        }
    }

    /// The last lines, oldest first.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.0
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tail
            .iter()
            .cloned()
            .collect()
    }

    fn admit(&self, line: LogLine) {
        let dropped = {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.tail.len() == LOG_TAIL_LINES {
                state.tail.pop_front();
            }
            state
                .tail
                .push_back(format!("{} {}: {}", line.level, line.target, line.message));
            if state.window.elapsed() > Duration::from_secs(1) {
                state.window = Instant::now();
                state.in_window = 0;
            }
            if state.in_window >= LOG_LINES_PER_SECOND {
                state.dropped += 1;
                return;
            }
            state.in_window += 1;
            std::mem::take(&mut state.dropped)
        };
        if dropped > 0 {
            let message = format!("{dropped} log lines dropped: more than {LOG_LINES_PER_SECOND} a second");
            (self.0.sink)(LogLine {
                level: Level::Warn,
                target: "plugin-host".into(),
                message,
            });
        }
        (self.0.sink)(line);
    }
}

fn cut(text: &str) -> String {
    let mut line = text.replace(['\n', '\r', '\0'], " ");
    if line.len() > LOG_LINE_BYTES_MAX {
        let end = (0..=LOG_LINE_BYTES_MAX)
            .rev()
            .find(|end| line.is_char_boundary(*end))
            .unwrap_or(0);
        line.truncate(end);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_error_is_cut_into_lines_and_a_flood_is_dropped_but_kept_in_the_tail() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink: LogSink = {
            let seen = Arc::clone(&seen);
            Arc::new(move |line| seen.lock().unwrap().push(line.message))
        };
        let journal = Journal::new(sink);
        journal.stderr(b"one\ntw");
        journal.stderr(b"o\n\nthr");
        journal.flush();
        assert_eq!(*seen.lock().unwrap(), ["one", "two", "thr"]);
        for number in 0..10_000 {
            journal.line(3, "flood".into(), &format!("line {number}"));
        }
        assert!(seen.lock().unwrap().len() <= 3 * LOG_LINES_PER_SECOND as usize);
        let tail = journal.tail();
        assert_eq!(tail.len(), LOG_TAIL_LINES);
        assert_eq!(tail.last().unwrap(), "info flood: line 9999");
    }
}
