//! Remarks: what a connector says a person should know though nothing failed, kept with the run.
//! Here because columns nobody asked for, hidden rows and files left out must be found weeks later, and logs are gone by then.
//! In: a connector's log lines. Out: its sentences, each once, as many as are kept.
//! Not here: what is worth saying (connectors), where it is stored (store).

use std::sync::{Arc, Mutex, PoisonError};

use plugin_host::{LogLine, REMARK_TARGET};

/// Most remarks of one run.
const REMARKS_MAX: usize = 200;
/// Longest remark, characters; the SDK cuts them too, but a plugin need not use it.
const CHARS_MAX: usize = 500;

/// The remarks of a run so far. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Remarks {
    target: &'static str,
    said: Arc<Mutex<Vec<String>>>,
}

impl Default for Remarks {
    fn default() -> Self {
        Self::to(REMARK_TARGET)
    }
}

impl Remarks {
    /// Those that go to `target`.
    pub(crate) fn to(target: &'static str) -> Self {
        Self {
            target,
            said: Arc::default(),
        }
    }

    /// Keeps `line` when it is a remark; the same sentence once.
    pub(crate) fn hear(&self, line: &LogLine) {
        if line.target != self.target {
            return;
        }
        let sentence: String = line.message.chars().take(CHARS_MAX).collect();
        // A panic while pushing leaves a list that is still a list.
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < REMARKS_MAX && !said.contains(&sentence) {
            said.push(sentence);
        }
    }

    /// What was said.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use plugin_host::Level;

    use super::*;

    #[test]
    fn only_remarks_are_kept_each_once_and_not_more_than_there_is_room_for() {
        let remarks = Remarks::default();
        let line = |target: &str, message: String| LogLine {
            level: Level::Info,
            target: target.to_owned(),
            message,
        };
        remarks.hear(&line("connector_kit::feed", "不是备注".to_owned()));
        for _ in 0..2 {
            remarks.hear(&line(REMARK_TARGET, "有隐藏行".to_owned()));
        }
        assert_eq!(remarks.take(), ["有隐藏行"]);
        for number in 0..REMARKS_MAX + 5 {
            remarks.hear(&line(REMARK_TARGET, format!("{number}{}", "长".repeat(600))));
        }
        let said = remarks.take();
        assert_eq!(said.len(), REMARKS_MAX);
        assert!(said.iter().all(|sentence| sentence.chars().count() == CHARS_MAX));
    }
}
