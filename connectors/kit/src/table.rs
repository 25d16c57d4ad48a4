//! Gathers rows into record batches: every declared column as text, and where each row was found.
//! Here because memory must stay that of one batch, however long the sheet.
//! In: rows of sheets by a layout, or a record's fields one by one. Out: batches of about the size asked for.
//! Not here: where rows come from, what a text means. A row is every row with a cell that holds something.

mod column;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use memchr::memmem::Finder;
use plugin_api::Error;
use plugin_api::arrow::array::builder::StringBuilder;
use plugin_api::arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use plugin_api::arrow::schema::SchemaRef;

use crate::header::Column;
use crate::layout::{Group, Layout};
use crate::rows::{Block, BlockRow, Cells};
pub(crate) use column::schema;
use column::{append, dictionary, finished, push_number, sparse};

/// What decoders put where bytes were no text.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();
/// What becomes of replacement characters that were taken for GBK: the text is lost.
const LOST: &[u8] = "锟斤拷".as_bytes();
/// Reason code of a row with bytes that were no text.
pub(crate) const UNDECODABLE: &str = "D14";
/// Key of the reason code in the header of a row that cannot be trusted.
pub(crate) const FLAW_KEY: &str = "_flaw";

/// What all rows of a sheet have in common.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// `file!sheet!`, to be followed by the row's number.
    pub(crate) locator: String,
    pub(crate) part: String,
    /// JSON object of the columns' headers, for rows given field by field.
    pub(crate) header: String,
}

pub(crate) struct Table {
    schema: SchemaRef,
    texts: Vec<StringBuilder>,
    locators: StringBuilder,
    origin: Origin,
    layout: Layout,
    /// By row the header it came under, as an index into `headers`.
    keys: Vec<i32>,
    headers: Vec<String>,
    /// A locator being written: the origin's, then digits.
    locator: String,
    /// Rows finished since the last batch.
    rows: usize,
    bytes: usize,
    /// For each column the open row's ordinal when it has its text already.
    filled: Vec<usize>,
    open: Option<u32>,
    flaw: Option<&'static str>,
    /// The refused row the next row corrects.
    correcting: Option<String>,
    /// By index of a row since the last batch: the refused row it corrects.
    corrects: Vec<(usize, String)>,
    rows_max: usize,
    bytes_max: usize,
    damaged: Finder<'static>,
    lost: Finder<'static>,
}

impl Table {
    pub(crate) fn new(stream: &[Column], rows_max: usize, bytes_max: usize) -> Self {
        Self {
            schema: schema(stream),
            texts: stream.iter().map(|_| StringBuilder::new()).collect(),
            locators: StringBuilder::new(),
            origin: Origin::default(),
            layout: Layout::default(),
            keys: Vec::new(),
            headers: Vec::new(),
            locator: String::new(),
            rows: 0,
            bytes: 0,
            filled: vec![0; stream.len()],
            open: None,
            flaw: None,
            correcting: None,
            corrects: Vec::new(),
            rows_max: rows_max.max(1),
            bytes_max: bytes_max.max(1),
            damaged: Finder::new(REPLACEMENT),
            lost: Finder::new(LOST),
        }
    }

    /// Starts a document whose rows come field by field; the rows of the one before must have been taken.
    pub(crate) fn start(&mut self, origin: Origin) {
        debug_assert!(self.rows == 0 && self.open.is_none());
        self.headers = vec![origin.header.clone()];
        self.locator.clone_from(&origin.locator);
        self.origin = origin;
        self.layout = Layout::default();
    }

    /// Gives the document's rows, of which there were none yet, another header.
    pub(crate) fn reheader(&mut self, header: String) {
        debug_assert!(self.rows == 0 && self.open.is_none());
        self.headers = vec![header];
    }

    /// Starts a sheet whose rows come whole; the rows of the one before must have been taken.
    pub(crate) fn start_sheet(&mut self, locator: String, part: String, layout: Layout) {
        debug_assert!(self.rows == 0 && self.open.is_none());
        self.headers = layout.groups.iter().map(|group| group.header.clone()).collect();
        self.locator.clone_from(&locator);
        self.origin = Origin {
            locator,
            part,
            header: String::new(),
        };
        self.layout = layout;
    }

    /// Takes a whole row, numbered from 1. Returns a batch when the rows before fill one.
    #[inline]
    pub(crate) fn record(&mut self, number: u32, cells: Cells<'_>) -> Result<Option<RecordBatch>, Error> {
        let batch = self.make_room()?;
        if let ([group], true) = (self.layout.groups.as_slice(), self.layout.fills.is_empty()) {
            for (builder, at) in self.texts.iter_mut().zip(&group.columns) {
                self.bytes += append(builder, cells.get(*at as usize));
            }
            self.close(number, 0);
            return Ok(batch);
        }
        // Away while it is read, so that the builders can be written to.
        let mut layout = std::mem::take(&mut self.layout);
        layout.fill(cells);
        self.shaped(&layout, number, cells);
        self.layout = layout;
        Ok(batch)
    }

    /// Takes rows of a block from index `from` on, as many as there is room for. Returns the index of the first row not
    /// taken, and a batch when the rows before filled one.
    pub(crate) fn block(
        &mut self,
        block: &Block<'_>,
        from: usize,
    ) -> Result<(usize, Option<RecordBatch>), Error> {
        let rows = block.rows.get(from..).unwrap_or_default();
        let [group] = self.layout.groups.as_slice() else {
            return self.first_of(block, from);
        };
        if !self.layout.fills.is_empty() {
            return self.first_of(block, from);
        }
        let columns = group.columns.clone();
        let batch = self.make_room()?;
        let rows = self.that_fit(block, rows);
        // Column by column: a builder is at hand for all its rows, not one of twenty in turn.
        for (builder, at) in self.texts.iter_mut().zip(&columns) {
            let at = *at as usize;
            for row in rows {
                self.bytes += append(builder, block.cells(row).get(at));
            }
        }
        for row in rows {
            self.close(row.number, 0);
        }
        Ok((from + rows.len(), batch))
    }

    fn first_of(&mut self, block: &Block<'_>, from: usize) -> Result<(usize, Option<RecordBatch>), Error> {
        let Some(row) = block.rows.get(from) else {
            return Ok((from, None));
        };
        let batch = self.record(row.number, block.cells(row))?;
        Ok((from + 1, batch))
    }

    /// The rows until the batch is full; at least one, as the batch has just been made room in.
    fn that_fit<'a>(&self, block: &Block<'_>, rows: &'a [BlockRow]) -> &'a [BlockRow] {
        let mut bytes = self.bytes;
        let most = self.rows_max.saturating_sub(self.rows).max(1);
        let fit = rows.iter().take(most).take_while(|row| {
            let before = bytes;
            let spans = block.cells(row).spans;
            if let (Some((start, _)), Some((_, end))) = (spans.first(), spans.last()) {
                bytes += (end - start) as usize;
            }
            bytes += self.locator.len();
            before < self.bytes_max
        });
        let fit = fit.count();
        rows.get(..fit).unwrap_or(rows)
    }

    fn shaped(&mut self, layout: &Layout, number: u32, cells: Cells<'_>) {
        let mut made = false;
        for (key, group) in (0..).zip(&layout.groups).filter(|(_, group)| group.holds(cells)) {
            self.shaped_row(layout, group, cells);
            self.close(number, key);
            made = true;
        }
        if let Some(group) = layout.groups.first().filter(|_| !made) {
            // No member at all: what is said of the household must not get lost with them.
            self.shaped_row(layout, group, cells);
            self.close(number, 0);
        }
    }

    fn shaped_row(&mut self, layout: &Layout, group: &Group, cells: Cells<'_>) {
        for (column, (builder, at)) in self.texts.iter_mut().zip(&group.columns).enumerate() {
            let filled = layout.filled(column);
            self.bytes += append(builder, filled.unwrap_or_else(|| cells.get(*at as usize)));
        }
    }

    /// Makes `row` (from 0) the open row. Of a row that is open already nothing changes.
    /// Returns a batch when the rows before fill one.
    pub(crate) fn row(&mut self, row: u32) -> Result<Option<RecordBatch>, Error> {
        if self.open == Some(row) {
            return Ok(None);
        }
        self.close_row();
        let batch = self.make_room()?;
        self.open = Some(row);
        Ok(batch)
    }

    /// Sets a column of the open row; a second text for the same column is not taken.
    pub(crate) fn text(&mut self, column: usize, text: &str) {
        let ordinal = self.rows + 1;
        if self.filled[column] != ordinal {
            self.filled[column] = ordinal;
            self.texts[column].append_value(text);
            self.bytes += text.len();
        }
    }

    /// Says by a reason code that the open row cannot be trusted; the first reason counts.
    pub(crate) fn flaw(&mut self, code: &'static str) {
        self.flaw.get_or_insert(code);
    }

    /// Says which refused row the next row corrects.
    pub(crate) fn correct(&mut self, number: String) {
        self.correcting = Some(number);
    }

    /// Closes the open row and returns what there is, none when that is nothing.
    pub(crate) fn finish(&mut self) -> Result<Option<RecordBatch>, Error> {
        self.close_row();
        self.take()
    }

    /// Forgets everything since the last batch.
    pub(crate) fn discard(&mut self) {
        self.close_row();
        for builder in &mut self.texts {
            builder.finish();
        }
        self.locators.finish();
        self.reset();
    }

    fn close_row(&mut self) {
        let Some(row) = self.open.take() else { return };
        for (filled, builder) in self.filled.iter().zip(&mut self.texts) {
            if *filled != self.rows + 1 {
                builder.append_null();
            }
        }
        let key = match self.flaw.take() {
            Some(code) => self.flawed(0, code),
            None => 0,
        };
        self.close(row + 1, key);
    }

    /// Ends a row whose columns are all written.
    #[inline]
    fn close(&mut self, number: u32, key: i32) {
        if let Some(corrected) = self.correcting.take() {
            self.corrects.push((self.rows, corrected));
        }
        self.rows += 1;
        self.keys.push(key);
        self.locator.truncate(self.origin.locator.len());
        push_number(&mut self.locator, number);
        self.locators.append_value(&self.locator);
        self.bytes += self.locator.len();
    }

    fn make_room(&mut self) -> Result<Option<RecordBatch>, Error> {
        let full = self.rows >= self.rows_max || self.bytes >= self.bytes_max;
        if full { self.take() } else { Ok(None) }
    }

    fn take(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.texts.len() + 4);
        for column in 0..self.texts.len() {
            let array = finished(&mut self.texts[column]);
            self.look_for_damage(&array)?;
            arrays.push(Arc::new(array));
        }
        arrays.push(Arc::new(finished(&mut self.locators)));
        arrays.push(dictionary(
            vec![0; self.rows],
            std::slice::from_ref(&self.origin.part),
        )?);
        arrays.push(dictionary(std::mem::take(&mut self.keys), &self.headers)?);
        arrays.push(sparse(self.rows, std::mem::take(&mut self.corrects)));
        self.reset();
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?))
    }

    /// Marks rows with bytes that were no text; what was replaced twice over is lost with the whole file.
    fn look_for_damage(&mut self, array: &StringArray) -> Result<(), Error> {
        if self.lost.find(array.value_data()).is_some() {
            return Err(Error::data(
                "含有“锟斤拷”一类的乱码，原文已在转换编码时丢失，无法恢复，请从业务系统重新导出后报送",
            ));
        }
        if self.damaged.find(array.value_data()).is_none() {
            return Ok(());
        }
        for row in 0..array.len() {
            if self.damaged.find(array.value(row).as_bytes()).is_some()
                && let Some(key) = self.keys.get(row).copied()
            {
                let flawed = self.flawed(key, UNDECODABLE);
                self.keys[row] = flawed;
            }
        }
        Ok(())
    }

    /// The header of a row that cannot be trusted: the same with the reason code in it.
    fn flawed(&mut self, key: i32, code: &str) -> i32 {
        let header = usize::try_from(key).ok().and_then(|key| self.headers.get(key));
        let header = header.map_or("{}", String::as_str);
        if header.contains(FLAW_KEY) {
            return key;
        }
        let open = header.trim_end_matches('}');
        let comma = if open.ends_with('{') { "" } else { "," };
        let header = format!("{open}{comma}\"{FLAW_KEY}\":\"{code}\"}}");
        let known = self.headers.iter().position(|known| *known == header);
        let at = known.unwrap_or_else(|| {
            self.headers.push(header);
            self.headers.len() - 1
        });
        i32::try_from(at).unwrap_or(key)
    }

    fn reset(&mut self) {
        (self.rows, self.bytes) = (0, 0);
        self.filled.fill(0);
        self.keys.clear();
        self.corrects.clear();
        self.flaw = None;
    }
}
