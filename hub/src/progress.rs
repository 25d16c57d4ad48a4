//! How far a long command is: a line that moves on a terminal, a line now and then elsewhere.
//! Here because whoever waits for an hour wants to know whether anything happens, and a script's output must stay what it is.
//! In: what is done, how far it is, the work. Out: lines on standard error only; none with `--quiet`.
//! Not here: the work; what a service does when nobody waits for it (top).

use std::io::{self, IsTerminal};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use hub_runtime::under_way::RunUnderWay;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::{lang, out};

/// How often a terminal's line moves, and how often it is asked how far the work is.
const MOVES: Duration = Duration::from_millis(120);
const LOOKS: Duration = Duration::from_millis(500);
/// How often a line is written where there is no terminal.
const LINES: Duration = Duration::from_secs(10);

static QUIET: OnceLock<bool> = OnceLock::new();
/// The line that moves at this moment.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on nothing is shown when `quiet` says so.
pub(crate) fn quiet(quiet: bool) {
    // Once, before anything is shown.
    let _ = QUIET.set(quiet);
}

/// Writes a line of its own on standard error: the one that moves goes out of the way.
pub(crate) fn beside(write: impl FnOnce()) {
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Does `work`, which is `what`; until it ends, `how_far` is asked now and then.
pub(crate) async fn during<T>(
    what: &str,
    how_far: impl AsyncFn() -> Option<String>,
    work: impl Future<Output = T>,
) -> T {
    let what = lang::said(what);
    let mut work = Box::pin(work);
    if QUIET.get() == Some(&true) {
        return work.await;
    }
    let began = Instant::now();
    let bar = bar(&what);
    let every = if bar.is_some() { LOOKS } else { LINES };
    loop {
        tokio::select! {
            done = &mut work => {
                if let Some(bar) = &bar {
                    bar.finish_and_clear();
                    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
                return done;
            }
            () = tokio::time::sleep(every) => {
                let far = how_far().await.map(|far| format!("  {}", lang::said(&far))).unwrap_or_default();
                let line = format!("{what}{far}");
                match &bar {
                    Some(bar) => bar.set_message(line),
                    None => {
                        let took = i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX);
                        eprintln!("{} {line}  {}", lang::pair("进度 progress"), out::span(took.saturating_mul(1_000)));
                    }
                }
            }
        }
    }
}

/// Nothing is known of how far it is.
pub(crate) async fn unknown() -> Option<String> {
    None
}

/// What runs read at this moment.
pub(crate) fn read(runs: &[RunUnderWay]) -> String {
    if runs.is_empty() {
        return "核对 / checking".to_owned();
    }
    let each = |run: &RunUnderWay| format!("{} {}", run.connector, run.rows);
    let runs: Vec<String> = runs.iter().map(each).collect();
    let runs = runs.join(", ");
    format!("已读取行数 {runs} / rows read: {runs}")
}

/// A line that moves, where there is a terminal that can.
fn bar(what: &str) -> Option<ProgressBar> {
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    if !io::stderr().is_terminal() || dumb {
        return None;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // No colour in it, so that there is none to leave out.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(MOVES);
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    Some(bar)
}
