//! The sheets of a document: first rows are held until the header is found among them, the rows below go to the table.
//! Here because the header may stand in any of the first ten rows, and a sheet can be walked only once.
//! In: sheets and rows of any format. Out: rows of the stream's columns; the sentence for the department when columns are
//! missing. Not here: which header means which column (header), batches (table.rs).

use std::io::Read;

use plugin_api::Error;

use super::reading::Reading;
use super::records::Rows;
use super::returned::{Number, Returned};
use crate::document::Documents;
use crate::header::{HELD_ROWS_MAX, Missing, Row, SHEET_COLUMNS_MAX};
use crate::remark;
use crate::rows::{Block, Cells, Sheets, Span, Stop, span};
use crate::sniff::Format;
use crate::table::Origin;

/// A look at the cancel flag after so many rows that make no batch.
const ROWS_PER_LOOK: u64 = 20_000;

/// Reads the documents of one file.
pub(super) struct SheetReader<'a> {
    reading: &'a mut Reading,
    part: &'a str,
    /// The document, as locators begin.
    document: String,
    sheet: String,
    state: State,
    first_rows: Vec<Row>,
    /// The open sheet, when its rows were sent back.
    returned: Option<Returned>,
    /// Sheets in which a header was found, and documents of records.
    pub(super) with_header: u64,
    skipped: u64,
    hidden: u64,
    rows: u64,
    /// Rows with cells beyond the last header.
    long: u64,
}

enum State {
    /// No sheet is open.
    Between,
    Looking,
    /// The header is so many columns wide.
    Reading(usize),
    Skipping,
}

impl Sheets for SheetReader<'_> {
    fn sheet(&mut self, name: &str, hidden: bool) -> Result<(), Stop> {
        self.end_sheet()?;
        // A locator has three parts, whatever people call their sheets.
        self.sheet = name.replace('!', "！");
        self.hidden += u64::from(hidden);
        self.state = State::Looking;
        Ok(())
    }

    #[inline]
    fn row(&mut self, number: u32, cells: Cells<'_>) -> Result<(), Stop> {
        match self.state {
            State::Reading(width) => self.pass(width, number, cells),
            State::Looking => self.hold(number, cells),
            State::Between | State::Skipping => self.look(),
        }
    }

    fn block(&mut self, block: &Block<'_>) -> Result<(), Stop> {
        let mut from = 0;
        while let Some(row) = block.rows.get(from) {
            let (State::Reading(width), None) = (&self.state, &self.returned) else {
                self.row(row.number, block.cells(row))?;
                from += 1;
                continue;
            };
            let width = *width;
            let (to, batch) = self.reading.table.block(block, from)?;
            let rows = block.rows.get(from..to).unwrap_or_default();
            for row in rows.iter().filter(|row| row.end - row.first > width) {
                self.long += u64::from(is_long(width, block.cells(row)));
            }
            self.reading.batch(batch)?;
            from = to;
        }
        Ok(())
    }
}

impl Documents for SheetReader<'_> {
    fn begin(&mut self, name: &str) -> Result<(), Stop> {
        name.replace('!', "！").clone_into(&mut self.document);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.end_sheet()
    }

    fn records(&mut self, format: Format, input: &mut dyn Read) -> Result<(), Stop> {
        let Some(records) = self.reading.feed.records.clone() else {
            let said = if format == Format::Json {
                "是 JSON 数据文件，这个数据流只收表格，请另存为 .xlsx 后重新报送"
            } else {
                "是 XML 数据文件，这个数据流只收表格，请另存为 .xlsx 后重新报送"
            };
            return Err(Error::unsupported(said).into());
        };
        let origin = Origin {
            locator: format!("{}!-!", self.document),
            part: self.part.to_owned(),
            header: "{}".to_owned(),
        };
        self.reading.table.start(origin);
        records.read(format, input, &mut Rows::new(self.reading, &self.document))?;
        self.with_header += 1;
        let batch = self.reading.table.finish()?;
        self.reading.batch(batch)
    }

    fn is_ours(&self, name: &str) -> bool {
        let patterns = &self.reading.feed.folder.patterns;
        patterns.iter().any(|pattern| pattern.matches(name))
    }

    fn tick(&mut self, bytes: u64) -> Result<(), Error> {
        self.reading.sign_of_life(bytes)
    }

    fn remark(&mut self, said: &str) {
        self.reading.remark(said);
    }

    fn panicked(&mut self) {
        self.reading.ctx.acknowledge_panics();
    }
}

impl<'a> SheetReader<'a> {
    pub(super) fn new(reading: &'a mut Reading, part: &'a str) -> Self {
        Self {
            reading,
            part,
            document: String::new(),
            sheet: String::new(),
            state: State::Between,
            first_rows: Vec::new(),
            returned: None,
            with_header: 0,
            skipped: 0,
            hidden: 0,
            rows: 0,
            long: 0,
        }
    }

    /// Says what a reader of the log should know of the file.
    pub(super) fn report(&self) {
        let file = &self.document;
        if self.hidden > 0 {
            let said = format!(
                "文件“{file}”：有 {} 个隐藏的工作表，与其他工作表一样读取",
                self.hidden
            );
            self.reading.remark(&said);
        }
        if self.skipped > 0 {
            let said = format!("文件“{file}”：有 {} 个工作表没有表头，没有读取", self.skipped);
            self.reading.remark(&said);
        }
        if self.long > 0 {
            let said = format!(
                "文件“{file}”：有 {} 行在最后一个表头右边还有内容，那些单元格没有读取",
                self.long
            );
            self.reading.remark(&said);
        }
    }

    fn look(&mut self) -> Result<(), Stop> {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_PER_LOOK) {
            self.reading.sign_of_life(0)?;
        }
        Ok(())
    }

    fn hold(&mut self, number: u32, cells: Cells<'_>) -> Result<(), Stop> {
        let texts = (0..SHEET_COLUMNS_MAX)
            .zip(cells.spans)
            .map(|(column, _)| (column, cells.get(column as usize)));
        let held = texts.filter(|(_, text)| !text.trim().is_empty());
        self.first_rows.push(Row {
            number,
            cells: held.map(|(column, text)| (column, text.to_owned())).collect(),
        });
        if self.first_rows.len() >= HELD_ROWS_MAX {
            self.settle()?;
        }
        Ok(())
    }

    /// The sheet is over.
    fn end_sheet(&mut self) -> Result<(), Stop> {
        if matches!(self.state, State::Looking) {
            // An empty sheet is no sheet.
            if self.first_rows.is_empty() {
                self.state = State::Between;
                return Ok(());
            }
            self.settle()?;
        }
        if matches!(self.state, State::Reading(_)) {
            let batch = self.reading.table.finish()?;
            self.reading.batch(batch)?;
        }
        self.state = State::Between;
        if let Some(returned) = self.returned.take().filter(|returned| returned.unnumbered > 0) {
            self.reading.remark(&format!(
                "文件“{}”{}：有 {} 行没有退回编号，没有读取；新增的行请随原表报送",
                self.document,
                on(&self.sheet),
                returned.unnumbered
            ));
        }
        Ok(())
    }

    /// Finds the header among the first rows and passes on those below it.
    fn settle(&mut self) -> Result<(), Stop> {
        let rows = std::mem::take(&mut self.first_rows);
        self.returned = Returned::find(&rows);
        let stream = &self.reading.feed.stream;
        if let Some(returned) = &self.returned
            && returned.stream.as_ref() != Some(stream)
        {
            // Rows of another stream, or none at all: whoever reads that stream reads them.
            self.returned = None;
            self.with_header += 1;
            self.state = State::Skipping;
            return Ok(());
        }
        let header = match self.reading.dictionary.find(&rows) {
            Ok(header) => header,
            Err(Missing::Header) => {
                self.state = State::Skipping;
                self.skipped += 1;
                return Ok(());
            }
            Err(missing) => return Err(sentence(&self.sheet, &missing).into()),
        };
        self.with_header += 1;
        if let Some(row) = header.body.checked_sub(1).and_then(|last| rows.get(last)) {
            self.reading.explain(&format!(
                "文件“{}”{}：表头到第 {} 行为止",
                self.document,
                on(&self.sheet),
                row.number
            ));
        }
        for (names, what) in [
            (&header.repeated, "表头重复出现，以最左一列为准"),
            (&header.ambiguous, "表头在多个分组下出现，没有读取"),
            (&header.extra, "有列没有被使用"),
        ] {
            if !names.is_empty() && self.returned.is_none() {
                let named = remark::list(names.iter().map(String::as_str));
                self.reading.remark(&format!(
                    "文件“{}”{}：{what}：{named}",
                    self.document,
                    on(&self.sheet)
                ));
            }
        }
        match &mut self.returned {
            Some(returned) => returned.laid_out(header.layout),
            None => {
                let locator = format!("{}!{}!", self.document, self.sheet);
                let part = self.part.to_owned();
                self.reading.table.start_sheet(locator, part, header.layout);
            }
        }
        let width = header.width as usize;
        self.state = State::Reading(width);
        let (mut text, mut spans): (String, Vec<Span>) = (String::new(), Vec::new());
        for row in rows.into_iter().skip(header.body) {
            text.clear();
            spans.clear();
            for (column, cell) in row.cells {
                let start = text.len();
                text.push_str(&cell);
                spans.resize(column as usize, span(start, start));
                spans.push(span(start, text.len()));
            }
            let cells = Cells {
                text: &text,
                spans: &spans,
            };
            self.pass(width, row.number, cells)?;
        }
        Ok(())
    }

    #[inline]
    fn pass(&mut self, width: usize, number: u32, cells: Cells<'_>) -> Result<(), Stop> {
        self.long += u64::from(is_long(width, cells));
        if self.returned.is_some() && !self.is_numbered(number, cells)? {
            return Ok(());
        }
        // The row counts even when its cells are all in columns that are not read: no row gets lost silently.
        if let Some(batch) = self.reading.table.record(number, cells)? {
            self.reading.batch(Some(batch))?;
        }
        Ok(())
    }
}

impl SheetReader<'_> {
    /// Turns to the part and the file a returned row belongs to and says which row it corrects; whether it says so.
    fn is_numbered(&mut self, row: u32, cells: Cells<'_>) -> Result<bool, Stop> {
        let Some(returned) = &mut self.returned else {
            return Ok(false);
        };
        let (text, file) = returned.cells(|at| cells.get(at));
        if text.is_empty() {
            returned.unnumbered += 1;
            return Ok(false);
        }
        let number = Number::parse(text).filter(|number| number.stream == self.reading.feed.stream);
        let Some(number) = number else {
            return Err(Error::data(format!(
                "{}第 {row} 行的“退回编号”被改动过，无法对应到退回的行，请从退回的工作簿中原样复制这一列后重新报送",
                on(&self.sheet)
            ))
            .into());
        };
        if returned.turn_to(&number.part, file) {
            let batch = self.reading.table.finish()?;
            self.reading.batch(batch)?;
            // As of a file in an archive: a mapping may read from its name what no column says.
            let document = match file {
                "" => self.document.clone(),
                file => format!("{}/{file}", self.document),
            };
            let (locator, layout) = (format!("{document}!{}!", self.sheet), returned.layout.clone());
            self.reading.table.start_sheet(locator, number.part, layout);
        }
        self.reading.table.correct(number.digits);
        Ok(true)
    }
}

/// Whether a cell beyond the last header holds something.
fn is_long(width: usize, cells: Cells<'_>) -> bool {
    let beyond = cells.spans.get(width..).unwrap_or_default();
    beyond.iter().any(|(start, end)| start < end)
}

/// A sheet as a sentence names it; nothing where a document has no sheets.
fn on(sheet: &str) -> String {
    if sheet == crate::delimited::SHEET {
        String::new()
    } else {
        format!("工作表“{sheet}”")
    }
}

/// What to send back to the department.
fn sentence(sheet: &str, missing: &Missing) -> Error {
    let sheet = on(sheet);
    Error::schema(match missing {
        Missing::Header => format!("{sheet}没有表头"),
        Missing::Columns {
            row,
            names,
            ambiguous,
        } if !ambiguous.is_empty() => format!(
            "{sheet}（第 {row} 行为表头）的列 {} 在多个分组下重复出现，无法判断以哪一列为准；缺少必需列：{}。请按系统原表报送",
            ambiguous.join("、"),
            names.join("、")
        ),
        Missing::Columns { row, names, .. } => format!(
            "{sheet}（第 {row} 行为表头）缺少必需列：{}。请重新导出并勾选这些列后再报送",
            names.join("、")
        ),
        Missing::Unit { header, expected } => {
            format!("{sheet}的“{header}”单位不符，应以{expected}为单位，请换算后重新报送")
        }
    })
}
