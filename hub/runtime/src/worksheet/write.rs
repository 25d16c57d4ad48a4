//! A worksheet, written: households by urgency, why, from which cells, and columns to fill in with the words there are.
//! Here because what a clerk cannot get wrong need not be sent back.
//! In: rows of cases, who they are for. Out: a new `.xlsx` that its owner alone may read.
//! Not here: which cases (store); reading it when it returns (take).

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::NaiveDate;
use hub_model::case::{Measure, Reason};
use hub_store::SheetRow;
use rust_xlsxwriter::{Color, DataValidation, Format, Workbook};

use super::{DATE, MEASURE, NUMBER, OUTCOME, Outcome, REASON, Seal, TEXT};
use crate::{Error, Result};

/// The sheet's name.
const SHEET: &str = "交办单";
/// Longest text of a cell, characters; a little below what spreadsheets take.
const CELL_CHARS_MAX: usize = 32_000;
/// Most cells cited in a row.
const CITED_MAX: usize = 40;
/// Who may read the file: its owner.
const MODE: u32 = 0o600;
/// Columns that are read, with their widths.
const SHOWN: [(&str, f64); 8] = [
    ("序号", 6.0),
    ("级别", 6.0),
    ("县/乡镇/村", 26.0),
    ("对象", 18.0),
    ("为什么（预警事由）", 60.0),
    ("依据（文件!表!行 列：值）", 48.0),
    ("现状态", 10.0),
    ("期限", 12.0),
];
/// Columns that are filled in.
const FILLED: [(&str, f64); 5] = [
    (OUTCOME, 12.0),
    (REASON, 16.0),
    (MEASURE, 16.0),
    (DATE, 14.0),
    (TEXT, 40.0),
];

/// Writes `rows` into a new file; a county's own sheet asks only whether cases are closed or returned.
///
/// # Errors
/// When there is such a file already, or the disk refuses.
pub fn write(
    path: &Path,
    (department, day): (&str, NaiveDate),
    rows: &[SheetRow],
    seal: &Seal,
    closes: bool,
) -> Result<()> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)
        .map_err(io)?;
    let outcomes: &[Outcome] = if closes {
        &[Outcome::Closed, Outcome::Returned]
    } else {
        &[
            Outcome::Accepted,
            Outcome::True,
            Outcome::False,
            Outcome::Handled,
            Outcome::Returned,
        ]
    };
    let words: Vec<&str> = outcomes.iter().map(|outcome| outcome.word()).collect();
    let notes = [
        format!(
            "交办单：{department}，{} 户（项），{day} 生成。请在标黄的列填写：“{OUTCOME}”从下拉中选；选“不属实”须选“{REASON}”并写“{TEXT}”，选“属实”须写“{DATE}”和“{TEXT}”，\
             选“已处置”另须选“{MEASURE}”，选“退回”须写“{TEXT}”。不填的行不处理。",
            rows.len()
        ),
        "填好后原样交回（不要改表头、不要删列、不要动隐藏的编号列）。Fill in the coloured columns and send the file back as it is.".to_owned(),
    ];
    let text = Format::new().set_num_format("@").set_text_wrap();
    let bold = text.clone().set_bold();
    let coloured = text.clone().set_background_color(Color::RGB(0xFF_F9_C4));
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet_with_constant_memory()?;
    page.set_name(SHEET)?;
    let mut at = 0;
    for note in &notes {
        page.write_string(at, 0, note)?;
        at += 1;
    }
    let number = [(NUMBER, 30.0)];
    let columns = SHOWN.iter().chain(&FILLED).chain(&number);
    for (column, (name, width)) in (0_u16..).zip(columns) {
        page.set_column_width(column, *width)?;
        page.write_string_with_format(at, column, *name, &bold)?;
    }
    page.set_freeze_panes(at + 1, 0)?;
    let fills = u16::try_from(SHOWN.len()).unwrap_or(u16::MAX);
    let hidden = fills.saturating_add(u16::try_from(FILLED.len()).unwrap_or(u16::MAX));
    page.set_column_hidden(hidden)?;
    let (first, last) = (at + 1, at + u32::try_from(rows.len()).unwrap_or(u32::MAX));
    if !rows.is_empty() {
        let reasons = Reason::ALL.map(|reason| reason.words().1);
        let measures = Measure::ALL.map(|measure| measure.words().1);
        for (column, words) in [(0, words.as_slice()), (1, &reasons), (2, &measures)] {
            let list = DataValidation::new().allow_list_strings(words)?;
            let list = list.set_error_message("请从下拉列表中选择")?;
            page.add_data_validation(first, fills + column, last, fills + column, &list)?;
        }
    }
    for (nth, row) in rows.iter().enumerate() {
        at += 1;
        for (column, cell) in (0_u16..).zip(shown(nth + 1, row)) {
            // Always as a string: nothing that came from a source is ever a formula.
            page.write_string_with_format(at, column, cut(&cell), &text)?;
        }
        for column in fills..hidden {
            page.write_blank(at, column, &coloured)?;
        }
        page.write_string_with_format(at, hidden, seal.number(row.case, row.version), &text)?;
    }
    workbook.save_to_writer(&mut file)?;
    file.sync_all().map_err(io)
}

fn shown(nth: usize, row: &SheetRow) -> [String; 8] {
    let why: Vec<String> = row
        .warnings
        .iter()
        .map(|warning| format!("[{}] {}", warning.rule, warning.sentence))
        .collect();
    let why = if why.is_empty() {
        "数据已不再显示，请核实后办结".to_owned()
    } else {
        why.join("\n")
    };
    let cells = row.warnings.iter().flat_map(|warning| &warning.cells);
    let mut cited: Vec<String> = Vec::new();
    for cell in cells {
        let said = format!("{} {}{}：{}", cell.locator, cell.column, cell.header, cell.value);
        if cited.len() < CITED_MAX && !cited.contains(&said) {
            cited.push(said);
        }
    }
    [
        nth.to_string(),
        row.severity.chinese().to_owned(),
        row.place.clone(),
        row.subject.to_string(),
        why,
        cited.join("\n"),
        row.state.chinese().to_owned(),
        row.due.map(|day| day.to_string()).unwrap_or_default(),
    ]
}

fn cut(text: &str) -> String {
    text.chars().take(CELL_CHARS_MAX).collect()
}
