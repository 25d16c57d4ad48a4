//! Tables of a web page, which half of all systems export and call `.xls`; and the XML tables of Excel 2003, built alike.
//! Here because a page is read for its tables only: a tokenizer for tags and texts is enough, and holds one row at a time.
//! In: bytes in any encoding. Out: a sheet per table, its rows as a browser shows them, merged cells in their first place.
//! Not here: scripts, styles, anything outside of tables.

mod tags;
#[cfg(test)]
mod tests;

use std::io::Read;

use plugin_api::Error;

use crate::decode::Text;
use crate::header::SHEET_COLUMNS_MAX;
use crate::rows::{Gather, Sheets, Stop};
use crate::xlsx::{CELL_BYTES_MAX, SHEETS_MAX, too_long};
use tags::{Tag, Token, Tokens};

/// Most rows or columns one cell may be merged over.
const SPAN_MAX: u32 = 65_536;

/// Reads every table of a page.
pub(crate) fn read(input: &mut dyn Read, sheets: &mut dyn Sheets) -> Result<(), Stop> {
    let mut text = Text::new(input);
    let mut tokens = Tokens::default();
    let mut page = Page::default();
    let mut pending = String::new();
    loop {
        let more = text.next(&mut pending)?;
        let used = tokens.read(&pending, !more, &mut |token| page.token(token, sheets))?;
        pending.drain(..used);
        if !more {
            break;
        }
    }
    page.end_row(sheets)
}

/// Where in a page the reading is.
#[derive(Debug, Default)]
struct Page {
    /// Tables open around each other.
    depth: u32,
    /// The table's name is said with its first row: an empty one is no sheet.
    begun: bool,
    named: Option<String>,
    tables: usize,
    /// From 1; counts rows without cells too.
    row: u32,
    /// The next free column of the open row.
    column: u32,
    row_open: bool,
    cell: Option<Cell>,
    /// By column: how many more rows a cell from above reaches down.
    reaching: Vec<u32>,
    gather: Gather,
    /// Excel 2003: texts count within `Data` alone.
    spreadsheet: bool,
    in_data: bool,
}

#[derive(Debug, Default)]
struct Cell {
    text: String,
    columns: u32,
    rows: u32,
}

impl Page {
    fn token(&mut self, token: Token<'_>, sheets: &mut dyn Sheets) -> Result<(), Stop> {
        match token {
            Token::Text(text) => self.text(text),
            Token::Open(tag) => self.open(&tag, sheets),
            Token::Close(name) => self.close(name, sheets),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Stop> {
        if self.spreadsheet && !self.in_data {
            return Ok(());
        }
        let Some(cell) = &mut self.cell else { return Ok(()) };
        if cell.text.len() + text.len() > CELL_BYTES_MAX {
            return Err(too_long("网页", self.row.saturating_sub(1), self.column).into());
        }
        if self.spreadsheet {
            tags::unescape(text, &mut cell.text);
        } else {
            tags::unescape_folded(text, &mut cell.text);
        }
        Ok(())
    }

    fn open(&mut self, tag: &Tag<'_>, sheets: &mut dyn Sheets) -> Result<(), Stop> {
        match tag.name() {
            "worksheet" => {
                self.spreadsheet = true;
                self.named = tag.value("ss:name").map(|name| {
                    let mut plain = String::new();
                    tags::unescape(name, &mut plain);
                    plain
                });
            }
            "table" => {
                self.end_row(sheets)?;
                self.depth += 1;
                self.new_table();
            }
            "tr" | "row" => {
                self.end_row(sheets)?;
                self.begin_row(tag.number("ss:index"));
                if tag.is_empty() && self.spreadsheet {
                    self.end_row(sheets)?;
                }
            }
            "td" | "th" | "cell" => {
                self.end_cell(sheets)?;
                if !self.row_open {
                    self.begin_row(None);
                }
                self.begin_cell(tag);
                if tag.is_empty() && self.spreadsheet {
                    self.end_cell(sheets)?;
                }
            }
            "data" => self.in_data = !tag.is_empty(),
            "br" => self.text("\u{2028}")?,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str, sheets: &mut dyn Sheets) -> Result<(), Stop> {
        match name {
            "td" | "th" | "cell" => self.end_cell(sheets),
            "tr" | "row" => self.end_row(sheets),
            "data" => {
                self.in_data = false;
                Ok(())
            }
            "table" => {
                self.end_row(sheets)?;
                self.depth = self.depth.saturating_sub(1);
                // What follows in the table around it is another sheet: its rows have their own header.
                self.new_table();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn new_table(&mut self) {
        (self.begun, self.row) = (false, 0);
        self.reaching.clear();
    }

    fn begin_row(&mut self, index: Option<u32>) {
        let next = self.row.saturating_add(1);
        self.row = index.map_or(next, |index| index.max(next));
        self.column = 0;
        self.row_open = true;
    }

    fn begin_cell(&mut self, tag: &Tag<'_>) {
        if let Some(index) = tag.number("ss:index") {
            self.column = self.column.max(index.saturating_sub(1));
        }
        while self
            .reaching
            .get(self.column as usize)
            .is_some_and(|rows| *rows > 0)
        {
            self.column += 1;
        }
        let merged = |web: &str, excel: &str| {
            let excel = tag.number(excel).map(|more| more.saturating_add(1));
            tag.number(web).or(excel).unwrap_or(1).clamp(1, SPAN_MAX)
        };
        self.cell = Some(Cell {
            text: String::new(),
            columns: merged("colspan", "ss:mergeacross"),
            rows: merged("rowspan", "ss:mergedown"),
        });
    }

    fn end_cell(&mut self, sheets: &mut dyn Sheets) -> Result<(), Stop> {
        let Some(cell) = self.cell.take() else {
            return Ok(());
        };
        let text = cell.text.replace('\u{2028}', "\n");
        let text = if self.spreadsheet {
            text.as_str()
        } else {
            text.trim()
        };
        if !text.is_empty() {
            self.begin_sheet(sheets)?;
            self.gather.cell(self.row, self.column, text, sheets)?;
        }
        let after = self.column.saturating_add(cell.columns);
        let (from, to) = (self.column.min(SHEET_COLUMNS_MAX), after.min(SHEET_COLUMNS_MAX));
        if cell.rows > 1 && to > from {
            self.reaching.resize(self.reaching.len().max(to as usize), 0);
            if let Some(columns) = self.reaching.get_mut(from as usize..to as usize) {
                columns.fill(cell.rows);
            }
        }
        self.column = after;
        Ok(())
    }

    fn begin_sheet(&mut self, sheets: &mut dyn Sheets) -> Result<(), Stop> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        self.tables += 1;
        if self.tables > SHEETS_MAX {
            return Err(Error::data(format!("表格超过 {SHEETS_MAX} 个，请拆分后重新报送")).into());
        }
        match (&self.named, self.tables) {
            (Some(name), _) => sheets.sheet(name, false),
            (None, 1) => sheets.sheet(crate::delimited::SHEET, false),
            (None, number) => sheets.sheet(&format!("表{number}"), false),
        }
    }

    fn end_row(&mut self, sheets: &mut dyn Sheets) -> Result<(), Stop> {
        self.end_cell(sheets)?;
        if self.row_open {
            self.row_open = false;
            for rows in &mut self.reaching {
                *rows = rows.saturating_sub(1);
            }
        }
        self.gather.end(sheets)
    }
}
