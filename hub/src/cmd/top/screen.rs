//! A screen that is drawn again and again, and given back as it was.
//! Here because a terminal left without a cursor is worse than no view at all.
//! In: lines. Out: as many as fit, none wider than the terminal, where a Chinese character takes two columns.
//! Not here: what the lines say (frame).

use std::io::{self, IsTerminal, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, size};
use crossterm::{execute, queue};
use unicode_width::UnicodeWidthChar;

use crate::lang;

/// What a terminal is taken for that does not say how large it is.
const SIZE: (u16, u16) = (80, 24);

/// The terminal, until this is dropped.
pub(super) struct Screen;

impl Screen {
    /// Whether there is one to draw on.
    pub(super) fn is_there() -> bool {
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        io::stdout().is_terminal() && !dumb
    }

    /// Takes it.
    pub(super) fn enter() -> anyhow::Result<Self> {
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(Self)
    }

    /// Draws `lines` in place of what is there; whether somebody still looks.
    pub(super) fn draw(&mut self, lines: &[String]) -> anyhow::Result<bool> {
        let (columns, rows) = size().unwrap_or(SIZE);
        let mut stdout = io::stdout().lock();
        queue!(stdout, MoveTo(0, 0))?;
        for (nth, line) in fitting(lines, columns.into(), rows.into()).iter().enumerate() {
            if nth > 0 {
                write!(stdout, "\r\n")?;
            }
            write!(stdout, "{line}")?;
            queue!(stdout, Clear(ClearType::UntilNewLine))?;
        }
        queue!(stdout, Clear(ClearType::FromCursorDown))?;
        stdout.flush()?;
        Ok(true)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
    }
}

/// As many of `lines` as fit, the last telling how many did not.
fn fitting(lines: &[String], columns: usize, rows: usize) -> Vec<String> {
    let cut = |line: &String| narrowed(line, columns);
    if lines.len() <= rows {
        return lines.iter().map(cut).collect();
    }
    let shown = rows.saturating_sub(1);
    let mut fit: Vec<String> = lines.iter().take(shown).map(cut).collect();
    let left = lines.len() - shown;
    fit.push(narrowed(
        &format!("… {}", lang::said(&format!("另有 {left} 行 / {left} more lines"))),
        columns,
    ));
    fit
}

/// The beginning of `line` that `columns` show.
fn narrowed(line: &str, columns: usize) -> String {
    let mut left = columns;
    let fits = |c: &char| {
        let width = c.width().unwrap_or_default();
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    line.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_by_columns_and_counted_by_lines() {
        let lines: Vec<String> = ["数据库abc", "二", "三", "四"].map(str::to_owned).into();
        assert_eq!(fitting(&lines, 5, 4)[0], "数据");
        assert_eq!(fitting(&lines, 7, 4)[0], "数据库a");
        assert_eq!(
            fitting(&lines, 40, 3),
            ["数据库abc", "二", "… 另有 2 行 / 2 more lines"]
        );
    }
}
