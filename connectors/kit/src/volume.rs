//! Stops when a roll has far fewer rows than the one before, until a person has looked (D40).
//! Here because an export cut short reads like five hundred families struck off, and nothing in the file says which it is.
//! In: rows of a part, rows of the parts before. Out: nothing, or the refusal with both counts and what to write to accept it.
//! Not here: counting (feed, remote). Only for rolls that are complete each time: orders may fall by half in an honest month.

use std::collections::BTreeMap;

use plugin_api::Error;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;
use serde_json::json;

use crate::options::refused;

/// Below so many rows a fall says nothing.
const ROWS_MIN: u64 = 20;
/// Most parts that may be accepted by name.
const ACCEPTED_MAX: usize = 100;
/// Most parts whose rows are remembered; the earliest are forgotten first.
const PARTS_REMEMBERED_MAX: usize = 1_000;
/// Its code in the catalogue of dirt.
const CODE: &str = "D40";

/// 行数突降时停下待人确认。
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Volume {
    /// 比上一期最多少百分之几（1 到 99）；再少就停下，不采用。
    pub fall_percent_max: u64,
    /// 已经向报送单位核实、确实少了的期次，如 `["202311"]`。
    #[serde(default)]
    pub accepted: Vec<String>,
}

impl Volume {
    pub(crate) fn check(&self, at: &str) -> Result<(), Error> {
        if !(1..=99).contains(&self.fall_percent_max) {
            return Err(refused(
                format_args!("{at}.fall_percent_max"),
                "应在 1 到 99 之间",
            ));
        }
        if self.accepted.len() > ACCEPTED_MAX {
            return Err(refused(
                format_args!("{at}.accepted"),
                format!("超过 {ACCEPTED_MAX} 个"),
            ));
        }
        Ok(())
    }

    /// Compares a part with its own earlier rows, else with the part before it. `at` is where the stream's options stand.
    ///
    /// # Errors
    /// `data`, with both counts.
    pub(crate) fn compare(
        &self,
        part: &str,
        rows: u64,
        known: &BTreeMap<String, u64>,
        at: &str,
    ) -> Result<(), Error> {
        let Some((earlier, before)) = before(part, known) else {
            return Ok(());
        };
        let least = u128::from(before) * u128::from(100 - self.fall_percent_max.min(100));
        if before < ROWS_MIN
            || u128::from(rows) * 100 >= least
            || self.accepted.iter().any(|known| known == part)
        {
            return Ok(());
        }
        let most = self.fall_percent_max;
        let said = format!(
            "{part} 期只有 {rows} 行，{earlier} 期为 {before} 行，减少超过 {most}%。已停下，未采用，以免把漏报当作停发；请向报送单位核实，确实减少的，把 \"{part}\" 写入 {at}.volume.accepted"
        );
        let detail =
            json!({"code": CODE, "part": part, "rows": rows, "earlier": earlier, "rows_before": before});
        Err(Error::data(said).with_detail(detail))
    }
}

/// Remembers the rows of a part.
pub(crate) fn remember(known: &mut BTreeMap<String, u64>, part: &str, rows: u64) {
    known.insert(part.to_owned(), rows);
    while known.len() > PARTS_REMEMBERED_MAX {
        known.pop_first();
    }
}

/// The same part, else the latest before it that is told the same way: a month by a month, a year by a year.
fn before<'k>(part: &str, known: &'k BTreeMap<String, u64>) -> Option<(&'k str, u64)> {
    let told = |other: &str| {
        other == part
            || (other.len() == part.len()
                && [other, part]
                    .iter()
                    .all(|part| part.bytes().all(|b| b.is_ascii_digit())))
    };
    let mut earlier = known.range(..=part.to_owned()).rev();
    earlier
        .find(|(other, _)| told(other))
        .map(|(other, rows)| (other.as_str(), *rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fall_beyond_the_bound_stops_and_an_accepted_one_does_not() {
        let known: BTreeMap<String, u64> = [
            ("2023", 5),
            ("202309", 100),
            ("202310", 90),
            ("all", 1_000),
            ("more-000001", 500),
        ]
        .map(|(part, rows)| (part.to_owned(), rows))
        .into();
        let volume = Volume {
            fall_percent_max: 30,
            accepted: vec!["202312".to_owned()],
        };
        for (part, rows, stops) in [
            ("202311", 63, false),
            ("202311", 62, true),
            ("202312", 1, false),
            ("202310", 62, true),
            ("202401", 0, true),
            ("202308", 1, false),
            ("2024", 1, false),
            ("all", 699, true),
            ("all", 700, false),
            ("more-000002", 1, false),
        ] {
            let compared = volume.compare(part, rows, &known, "streams.rolls");
            assert_eq!(compared.is_err(), stops, "{part} {rows}");
            if let Err(error) = compared {
                assert!(
                    error.message().contains("streams.rolls.volume.accepted"),
                    "{error}"
                );
                assert_eq!(error.detail().unwrap()["code"], "D40");
            }
        }
    }
}
