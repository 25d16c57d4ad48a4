//! Before something changes: what would be done, said; and whether it is meant, asked.
//! Here because a slip of the hand at night must not cost a department its credential, and every command must ask alike.
//! In: `--dry-run`, `--yes`, a terminal or none, a sentence. Out: whether to go on.
//! Not here: what is done; whether it could be, which only trying shows.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use clap::Args;
use serde_json::json;

use crate::cli::Output;
use crate::{lang, out};

/// Longest answer that is read, bytes.
const ANSWER_BYTES: u64 = 64;
/// Answers that mean yes; all others, and none, mean no.
const YES: [&str; 4] = ["y", "yes", "是", "好"];

/// What a dry run's sentence begins with.
pub(crate) const DRY_RUN: &str = "试运行，未做 / dry run, not done:";

/// For what can be undone by the command beside it.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Dry {
    /// 只说会做什么，什么也不改 / only say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// For what goes out or cannot be taken back.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Sure {
    #[command(flatten)]
    pub(crate) dry: Dry,
    /// 终端上不再询问 / do not ask, on a terminal
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Somebody said no.
#[derive(Debug, thiserror::Error)]
#[error("没有确认，什么也没有做 / not confirmed, nothing was done")]
struct Declined;

impl Dry {
    /// Whether to do what `would` says; where it is only to be said, that was done.
    pub(crate) fn goes_on(self, output: Output, would: &str) -> anyhow::Result<bool> {
        if self.dry_run {
            let would = lang::said(would);
            out::show(output, &json!({ "dry_run": true, "would": would }), |_| {
                format!("{} {would}", lang::said(DRY_RUN))
            })?;
        }
        Ok(!self.dry_run)
    }
}

impl Sure {
    /// Whether anybody hears what would be done: a script that neither asks for it nor sits at a terminal does not, and needs
    /// nothing looked up for it.
    pub(crate) fn is_told(self) -> bool {
        self.dry.dry_run || self.asks()
    }

    fn asks(self) -> bool {
        !self.yes && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether to do what `would` says. A person at a terminal is asked; a script is taken at its word.
    pub(crate) fn goes_on(self, output: Output, would: &str) -> anyhow::Result<bool> {
        if !self.dry.goes_on(output, would)? {
            return Ok(false);
        }
        if !self.asks() {
            return Ok(true);
        }
        let mut stderr = io::stderr().lock();
        let ask = lang::said("是否继续？[y/N] / go on? [y/N]");
        write!(stderr, "{}\n{ask} ", lang::said(would))?;
        stderr.flush()?;
        let mut answer = Vec::new();
        io::stdin()
            .lock()
            .take(ANSWER_BYTES)
            .read_until(b'\n', &mut answer)?;
        let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
        if YES.contains(&answer.as_str()) {
            return Ok(true);
        }
        Err(Declined.into())
    }
}
