//! A worksheet that came back, read in a child of its own.
//! Here because a file from outside is read where it can do no harm.
//! In: a file, the plugin that reads tables. Out: lines, each with its place; a workbook of those that were refused.
//! Not here: what a line asks (line), doing it (returns), the workbook's form (write).

use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use hub_model::LOCATOR;
use plugin_host::{Access, Isolation, Limits};

use super::{DATE, Line, MEASURE, NUMBER, OUTCOME, REASON, Refusal, TEXT};
use crate::settings::Connector;
use crate::sources::{Sources, faulty};
use crate::trial::first_rows;
use crate::{Error, Guards, Result, workbook};

/// What the reading of worksheets is called in logs and faults.
const READER: &str = "worksheet";
/// Most rows of a worksheet that are read: a sheet's worth, and what a clerk may have added.
const ROWS_MAX: u64 = 100_000;
/// Largest file, bytes.
pub(super) const FILE_BYTES_MAX: u64 = 64 << 20;
/// Rows of a batch.
const BATCH_ROWS: usize = 4_096;

/// A worksheet's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Lines in which something was chosen or that have lost their number.
    pub lines: Vec<Line>,
    /// Lines in which nothing was chosen.
    pub blank: u64,
}

/// Writes what was refused into a new workbook, for whoever sent it; where, which column, what was chosen, why.
///
/// # Errors
/// When there is such a file already, or the disk refuses.
pub fn write_refused(path: &Path, refused: &[Refusal]) -> Result<()> {
    let notes = ["以下各行未采用，原因见右。改好后在原交办单上重新填写、交回。".to_owned()];
    let header = [
        ("位置", 36.0),
        ("列", 14.0),
        ("填写的结果", 14.0),
        ("未采用的原因", 80.0),
    ];
    let rows = refused.iter().map(|refusal| {
        [&refusal.place, &refusal.column, &refusal.outcome, &refusal.why]
            .map(String::clone)
            .to_vec()
    });
    workbook::write(path, "未采用", &notes, &header, rows).map(|_| ())
}

impl Sources {
    /// Reads the worksheet `file` with `plugin`, in a child that sees nothing but a folder with a copy of it.
    ///
    /// # Errors
    /// When it is too large or no worksheet, or the plugin is not there.
    pub async fn worksheet(&self, plugin: &str, file: &Path) -> Result<Sheet> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        let bytes = std::fs::metadata(file).map_err(io(file))?.len();
        if bytes > FILE_BYTES_MAX {
            let told = format!("{bytes} bytes; a worksheet has at most {FILE_BYTES_MAX}");
            return Err(io(file)(std::io::Error::other(told)));
        }
        let data_dir = &self.settings.home.data_dir;
        let folder = tempfile::Builder::new()
            .prefix("worksheet-")
            .tempdir_in(data_dir)
            .map_err(io(data_dir))?;
        // A name of ours, which names a period: what the clerk called it is nobody's rule.
        let copy = folder.path().join("worksheet_202601.xlsx");
        std::fs::copy(file, &copy).map_err(io(file))?;
        let connector = reader(plugin, folder.path());
        let launch = self.launch(&connector, READER)?;
        let host = self.host.clone();
        let read = move || first_rows(&host, &launch, READER, ROWS_MAX);
        let read = tokio::task::spawn_blocking(read).await?;
        let (_, batches) = read.map_err(|fault| faulty(READER, fault))?;
        let shown = file.file_name().unwrap_or_default().to_string_lossy();
        let mut sheet = Sheet::default();
        for batch in &batches {
            lines(batch, &shown, &mut sheet);
        }
        Ok(sheet)
    }
}

/// The connector that reads worksheets in `folder`.
fn reader(plugin: &str, folder: &Path) -> Connector {
    Connector {
        id: READER.to_owned(),
        file: PathBuf::from("worksheet"),
        title: "交办单".to_owned(),
        plugin: plugin.to_owned(),
        isolation: Isolation::Child,
        options: serde_json::json!({
            "inbox": folder,
            "settle_ms": 1,
            "stream": [{
                "name": READER,
                "row": "一项预警的办理结果",
                "purpose": "收回交办单",
                "basis": "预警交办与反馈",
                "required": [NUMBER, OUTCOME],
                "columns": [NUMBER, OUTCOME, REASON, MEASURE, DATE, TEXT],
                "mapping": "INSERT INTO filtered (row, reason) SELECT \"_row\", '交办单' FROM landed;",
            }],
        }),
        secrets: std::collections::BTreeMap::default(),
        limits: Limits::default(),
        access: Some(Access::default()),
        batch_rows: BATCH_ROWS,
        guards: Guards::default(),
        mappings: std::collections::BTreeMap::default(),
    }
}

/// Adds the lines of `batch`, whose file the clerk calls `name`.
fn lines(batch: &RecordBatch, name: &str, sheet: &mut Sheet) {
    let column = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let columns = [LOCATOR, NUMBER, OUTCOME, REASON, MEASURE, DATE, TEXT].map(column);
    let cell = |at: usize, row: usize| -> String {
        let values = columns.get(at).copied().flatten();
        let value = values
            .filter(|values| values.is_valid(row))
            .map(|values| values.value(row));
        value.unwrap_or_default().trim().to_owned()
    };
    for row in 0..batch.num_rows() {
        let locator = cell(0, row);
        let place = locator
            .split_once('!')
            .map_or(locator.as_str(), |(_, place)| place);
        let line = Line {
            place: format!("{name}!{place}"),
            number: cell(1, row),
            outcome: cell(2, row),
            reason: cell(3, row),
            measure: cell(4, row),
            date: cell(5, row),
            text: cell(6, row),
        };
        if line.outcome.is_empty() {
            sheet.blank += 1;
        } else {
            sheet.lines.push(line);
        }
    }
}
