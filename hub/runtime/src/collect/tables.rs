//! Answers in a department's table: read, done, and their result written beside them.
//! Here because a row is answered where it was written, in the same database session that finds the next ones.
//! In: rows without a result. Out: deeds; for each row a result and a sentence.
//! Not here: SQL (a plugin), what an answer may say (desk).

use std::collections::BTreeMap;

use hub_model::push::{Heard, Standing};
use hub_store::AuditEntry;
use plugin_host::{Fault, Host};
use tokio_util::sync::CancellationToken;

use super::{Collected, Collector};
use crate::channels::table::{ANSWERS_AT_ONCE, Ask, Exchange, ResultRow, Told, verdict};
use crate::channels::{Answers, Tables, Verdict};
use crate::desk::{Line, Operator, Refusal};
use crate::settings::Settings;
use crate::{Error, Result};

/// Most sessions of one round: what is left waits for the next.
const SESSIONS_MAX: usize = 25;
/// Longest sentence that is written into a row, characters; the column has as many.
const MESSAGE_CHARS_MAX: usize = 500;

/// A table of answers.
pub(super) struct TableAnswers {
    answers: Answers,
    exchange: Exchange,
    endpoint: String,
}

impl TableAnswers {
    pub(super) fn new(id: &str, tables: &Tables, answers: &Answers, hub: (&Settings, &Host)) -> Self {
        Self {
            answers: answers.clone(),
            exchange: Exchange::new(id, tables, hub),
            endpoint: id.to_owned(),
        }
    }
}

impl Collector {
    /// Takes what waits in `table`.
    pub(super) async fn take_rows(
        &self,
        table: &TableAnswers,
        collected: &mut Collected,
        stop: &CancellationToken,
    ) -> Result<()> {
        if let Some(stands) = self.store.endpoint(&table.endpoint).await?
            && matches!(stands.standing, Standing::Paused | Standing::Disabled)
        {
            // A password that is refused again and again locks the account.
            let why = stands.reason.unwrap_or_default();
            let word = stands.standing.chinese();
            return Err(Error::Unfit(format!(
                "{word}：{why} / the endpoint is out of service"
            )));
        }
        let mut results = Vec::new();
        for _ in 0..SESSIONS_MAX {
            let ask = Ask::answers(std::mem::take(&mut results), ANSWERS_AT_ONCE);
            let told = match table.exchange.ask(&ask).await? {
                Ok(told) => told,
                Err(fault) => return Err(self.failed(table, fault).await?),
            };
            if told.answers.is_empty() || stop.is_cancelled() {
                return Ok(());
            }
            results = self.answer_rows(table, told, collected).await?;
        }
        match table.exchange.ask(&Ask::answers(results, 0)).await? {
            Ok(_) => Ok(()),
            Err(fault) => Err(self.failed(table, fault).await?),
        }
    }

    async fn answer_rows(
        &self,
        table: &TableAnswers,
        told: Told,
        collected: &mut Collected,
    ) -> Result<Vec<ResultRow>> {
        let before = collected.clone();
        let mut results = Vec::with_capacity(told.answers.len());
        for mut row in told.answers {
            let id = row.remove("id").unwrap_or_default();
            let became = match line(&id, row) {
                Ok(line) => self.take(&table.answers, line, collected).await?,
                Err(refusal) => collected.refuse(refusal),
            };
            results.push(ResultRow {
                id,
                result: became.word(),
                message: became.chinese().chars().take(MESSAGE_CHARS_MAX).collect(),
            });
        }
        let detail = serde_json::json!({
            "rows": results.len(),
            "done": collected.done - before.done,
            "repeated": collected.repeated - before.repeated,
            "refused": collected.refused - before.refused,
        });
        let actor = table.answers.from.actor();
        let entry = AuditEntry {
            action: "answers.taken".to_owned(),
            subject: actor.clone(),
            actor,
            detail: detail.to_string(),
        };
        self.store.record(&[entry], self.clock.now_ms()).await?;
        Ok(results)
    }

    /// What a fault is told as; one about the credential takes the endpoint out of service.
    async fn failed(&self, table: &TableAnswers, fault: Fault) -> Result<Error> {
        if verdict(&fault) == Verdict::Unauthorised {
            let heard = Heard::Unauthorised(&fault.message);
            self.store
                .hear(&table.endpoint, heard, "hub", self.clock.now_ms())
                .await?;
        }
        Ok(Error::Unfit(fault.message))
    }
}

/// What a row says. An empty text is none: some tools write no NULL.
fn line(id: &str, mut row: BTreeMap<String, String>) -> std::result::Result<Line, Refusal> {
    let mut text = |column: &str| row.remove(column).filter(|text| !text.trim().is_empty());
    let version = text("version").unwrap_or_default();
    let version = version.trim().parse();
    let version = version.map_err(|_| Refusal::unfit("version", "the version of the case that was seen"))?;
    let (name, dept) = (text("operator"), text("operator_dept"));
    let operator = match (name, dept) {
        (None, None) => None,
        (Some(name), dept) => Some(Operator { name, dept }),
        (None, Some(name)) => Some(Operator { name, dept: None }),
    };
    Ok(Line {
        case: text("case_id").unwrap_or_default().trim().to_owned(),
        version,
        key: id.to_owned(),
        action: text("action").unwrap_or_default().trim().to_owned(),
        reason_code: text("reason_code"),
        text: text("text"),
        measure: text("measure"),
        date: text("date").map(|date| day(&date)),
        to: None,
        operator,
    })
}

/// The day of a column that may hold a moment.
fn day(date: &str) -> String {
    date.split([' ', 'T']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: &[(&str, &str)]) -> BTreeMap<String, String> {
        columns
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_row_is_a_line_and_an_empty_text_is_none() {
        let read = line(
            "7",
            row(&[
                ("case_id", " 01C "),
                ("version", "3"),
                ("action", "verify"),
                ("text", "已入户核实"),
                ("reason_code", ""),
                ("date", "2026-11-30 00:00:00"),
                ("operator", "张某"),
                ("operator_dept", " "),
            ]),
        );
        let read = read.unwrap();
        assert_eq!(
            (read.case.as_str(), read.version, read.key.as_str()),
            ("01C", 3, "7")
        );
        assert_eq!(
            (read.reason_code, read.date.as_deref()),
            (None, Some("2026-11-30"))
        );
        assert_eq!(read.operator.unwrap().dept, None);
        let wrong = line("8", row(&[("version", "三")])).unwrap_err();
        assert_eq!(wrong.fields, ["version"]);
        assert!(!wrong.chinese().contains('三'));
    }
}
