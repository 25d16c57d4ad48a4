//! What a refused row says and may have meant: its cells, which of them is personal, which value is a safe guess.
//! Here because page and workbook must mask, blame and suggest alike, and know no source by name.
//! In: a landed row, its reasons, the lineage of its stream. Out: cells with masks; suggestions.
//! Not here: printing; what a mapping refuses.

use std::collections::{BTreeMap, BTreeSet};

use hub_engine::LandedRow;
use hub_model::tables::{self, Column, Mask};
use hub_model::values::{id_no, id_suggestions, lost_byte};
use hub_model::{Lineage, RefusalReason};
use serde::Serialize;

/// Canonical columns that hold a person's document number, and their name.
const NUMBERS: [&str; 2] = ["id_no", "head_id_no"];
const NAMES: [&str; 2] = ["name", "head_name"];
/// Reason code of name and number in each other's column.
const SWAPPED: &str = "D29";

/// What a stream's columns are, by the canonical columns computed from them: first by those computed from one column alone,
/// because a fallback makes a name of a number's column, and the other way round.
#[derive(Debug, Default)]
pub(super) struct Columns {
    alone: Known,
    any: Known,
    /// Columns that a canonical column nobody calls personal is computed from.
    plain: BTreeSet<String>,
}

/// What a column of the source holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing that tells who somebody is.
    Plain,
    /// Personal values, masked like this.
    Personal(Mask),
    /// Nobody has said.
    Unknown,
}

#[derive(Debug, Default)]
struct Known {
    masks: BTreeMap<String, Option<Mask>>,
    numbers: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Known {
    fn note(&mut self, source: &str, column: &Column) {
        let mask = self.masks.entry(source.to_owned()).or_default();
        *mask = strictest(*mask, column.mask());
        if NUMBERS.contains(&column.name) {
            self.numbers.insert(source.to_owned());
        }
        if NAMES.contains(&column.name) {
            self.names.insert(source.to_owned());
        }
    }
}

impl Columns {
    pub(super) fn of(lineage: &Lineage) -> Self {
        let mut columns = Self::default();
        for (table, computed) in lineage {
            let Some(table) = tables::find(table) else {
                continue;
            };
            for column in table.all_columns() {
                let sources = computed.get(column.name).map(Vec::as_slice).unwrap_or_default();
                match sources {
                    [alone] if column.is_personal() => columns.alone.note(alone, &column),
                    // Where a row stood says nothing of what its columns hold.
                    all if !column.is_personal() && !column.name.starts_with('_') => {
                        columns.plain.extend(all.iter().cloned());
                    }
                    _ => {}
                }
                for source in sources {
                    columns.any.note(source, &column);
                }
            }
        }
        columns
    }

    /// What `column` holds: first by what is computed from it alone, as for masks.
    pub(super) fn kind(&self, column: &str) -> Kind {
        let mask = |known: &Known| known.masks.get(column).copied().flatten();
        if let Some(mask) = mask(&self.alone) {
            return Kind::Personal(mask);
        }
        match mask(&self.any) {
            Some(mask @ (Mask::Name | Mask::Number | Mask::Phone)) => Kind::Personal(mask),
            Some(_) | None if self.plain.contains(column) => Kind::Plain,
            Some(mask) => Kind::Personal(mask),
            None => Kind::Unknown,
        }
    }

    /// `value` of `column` as it is shown to those who need not know. Of a column nothing is computed from nobody has said
    /// what it holds.
    pub(super) fn masked(&self, column: &str, value: &str) -> String {
        let known = self
            .alone
            .masks
            .get(column)
            .or_else(|| self.any.masks.get(column));
        match known {
            Some(None) => value.to_owned(),
            Some(Some(mask)) => mask.text(value),
            None => Mask::Hidden.text(value),
        }
    }

    /// What the row may have meant, where one value alone is likely: for a person to take over, never applied.
    pub(super) fn suggestions(&self, row: &LandedRow, reasons: &[RefusalReason]) -> Vec<Suggestion> {
        if let Some(swapped) = reasons.iter().find(|reason| reason.code == SWAPPED) {
            return self.unswapped(row, swapped.column.as_deref());
        }
        let damaged = row.cells.iter().filter_map(|cell| {
            let read = lost_byte(cell.value.as_deref()?).filter(|read| read.clear)?;
            Some(Suggestion {
                column: cell.column.clone(),
                value: read.readings.into_iter().next()?,
            })
        });
        let blamed = reasons.iter().filter_map(|reason| reason.column.as_ref());
        let numbers = blamed.filter(|column| self.any.numbers.contains(*column));
        let one = numbers.filter_map(|column| {
            let mut likely = id_suggestions(value(row, column)?).into_iter();
            let first = likely.next()?;
            likely.next().is_none().then(|| Suggestion {
                column: column.clone(),
                value: first.reveal().to_owned(),
            })
        });
        one.chain(damaged).collect()
    }

    /// Name and number changed over, when one name column holds a number, and the column that is to blame, else one number
    /// column, a name.
    fn unswapped(&self, row: &LandedRow, blamed: Option<&str>) -> Vec<Suggestion> {
        let is_name = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_numeric);
        let is_meant = |column: &&String| blamed.is_none_or(|blamed| blamed == **column);
        // Without any column that is a name for certain, one that may be.
        let (alone, any) = (&self.alone, &self.any);
        let names = if alone.names.is_empty() {
            &any.names
        } else {
            &alone.names
        };
        let mut names = names.iter().filter_map(|column| {
            let number = id_no(value(row, column)?)?;
            Some((column, number.reveal().to_owned()))
        });
        let mut numbers = any
            .numbers
            .iter()
            .filter(is_meant)
            .filter_map(|column| Some((column, value(row, column).filter(|text| is_name(text))?)));
        let (Some((name_column, number)), None) = (names.next(), names.next()) else {
            return Vec::new();
        };
        let (Some((number_column, name)), None) = (numbers.next(), numbers.next()) else {
            return Vec::new();
        };
        vec![
            Suggestion {
                column: name_column.clone(),
                value: name.trim().to_owned(),
            },
            Suggestion {
                column: number_column.clone(),
                value: number,
            },
        ]
    }
}

/// Whether a column is to blame: the reason names it, or its sentence speaks of it.
pub(super) fn is_blamed(column: &str, header: Option<&str>, reasons: &[RefusalReason]) -> bool {
    reasons.iter().any(|reason| match &reason.column {
        Some(named) => named == column,
        None => [Some(column), header]
            .into_iter()
            .flatten()
            .any(|name| reason.reason.contains(name)),
    })
}

/// A value that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Suggestion {
    /// The stream's column it belongs in.
    pub(super) column: String,
    /// The value.
    pub(super) value: String,
}

/// Nothing of what two canonical columns mask differently.
fn strictest(one: Option<Mask>, other: Option<Mask>) -> Option<Mask> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some(Mask::Hidden),
        (one, other) => one.or(other),
    }
}

fn value<'a>(row: &'a LandedRow, column: &str) -> Option<&'a str> {
    let cell = row.cells.iter().find(|cell| cell.column == column)?;
    cell.value.as_deref()
}

#[cfg(test)]
mod tests {
    use hub_engine::LandedCell;

    use super::*;

    fn columns() -> Columns {
        let computed = |computed: &[(&str, &[&str])]| {
            let texts = |from: &[&str]| from.iter().map(|text| (*text).to_owned()).collect();
            computed
                .iter()
                .map(|(to, sources)| ((*to).to_owned(), texts(sources)))
                .collect()
        };
        let all: &[&str] = &["姓名", "户主姓名", "证件号码"];
        Columns::of(&Lineage::from([
            (
                "assistance_payment".to_owned(),
                computed(&[("id_no", all), ("name", all), ("county", &["县"])]),
            ),
            (
                "disability".to_owned(),
                computed(&[("id_no", &["证件号码"]), ("name", &["姓名"])]),
            ),
        ]))
    }

    fn row(cells: [(&str, &str); 2]) -> LandedRow {
        LandedRow {
            row: 0,
            locator: String::new(),
            cells: cells
                .map(|(column, value)| LandedCell {
                    column: column.to_owned(),
                    letter: String::new(),
                    header: None,
                    value: Some(value.to_owned()),
                })
                .into(),
        }
    }

    fn reason(code: &str) -> RefusalReason {
        RefusalReason {
            code: code.to_owned(),
            column: Some("证件号码".to_owned()),
            reason: String::new(),
        }
    }

    #[test]
    fn only_what_is_known_to_be_nobodys_is_shown() {
        let columns = columns();
        assert_eq!(columns.masked("县", "颍上县"), "颍上县");
        assert_eq!(columns.masked("姓名", "张三"), "张*");
        assert_eq!(
            columns.masked("证件号码", "11010519491231002X"),
            "110105********002X"
        );
        assert_eq!(columns.masked("卡号", "6217"), "****");
    }

    #[test]
    fn a_sentence_that_speaks_of_a_column_blames_it() {
        let told = RefusalReason {
            column: None,
            reason: "个人自付为空或不是金额，请按元填写".to_owned(),
            ..reason("D37")
        };
        let told = [told];
        assert!(is_blamed("个人自付", None, &told) && !is_blamed("总费用", None, &told));
        assert!(is_blamed("证件号码", None, &[reason("D04")]) && !is_blamed("姓名", None, &[reason("D04")]));
    }

    #[test]
    fn a_swap_is_undone_and_a_cut_number_is_not_guessed() {
        let columns = columns();
        let swapped = row([("姓名", "11010519491231002X"), ("证件号码", "张三")]);
        let said = columns.suggestions(&swapped, &[reason("D29")]);
        let said: Vec<_> = said
            .iter()
            .map(|s| (s.column.as_str(), s.value.as_str()))
            .collect();
        assert_eq!(said, [("姓名", "张三"), ("证件号码", "11010519491231002X")]);
        let damaged = row([("县", "太和?厝嗣褚皆?"), ("证件号码", "341221196805121000")]);
        let said = columns.suggestions(&damaged, &[reason("D04")]);
        assert_eq!(said.first().map(|s| s.value.as_str()), Some("太和县人民医院"));
        assert_eq!(said.len(), 1);
        let cut = row([("姓名", "张三"), ("证件号码", "341221196805121000")]);
        assert!(columns.suggestions(&cut, &[reason("D04")]).is_empty());
    }
}
