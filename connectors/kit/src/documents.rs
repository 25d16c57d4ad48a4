//! Documents of records among a feed's files: XML, a JSON array, JSON lines.
//! Here because dropped, zipped or fetched, such a document is read by the same readers as an interface's answer.
//! In: a stream's columns, the row path of its XML, the pointer of its JSON. Out: rows of the feed.
//! Not here: the readers (record), finding the files (feed).

use std::io::{self, BufRead, Read};

use plugin_api::Error;

use crate::decode::Text;
use crate::feed::{Records, Rows};
use crate::header::Column;
use crate::record::json::{self, Pointer};
use crate::record::xml::{self, RowPath};
use crate::record::{Fields, Found, Sink};
use crate::remark;
use crate::rows::Stop;
use crate::sniff::Format;

/// A declaration ends within so many bytes.
const DECLARATION_BYTES_MAX: usize = 1_024;

/// Reads a stream's documents of records.
#[derive(Debug)]
pub(crate) struct RecordDocuments {
    stream: String,
    fields: Fields,
    xml: Option<RowPath>,
    /// Where the array stands; without one the document is the array, or a record a line.
    json: Option<Pointer>,
}

impl RecordDocuments {
    pub(crate) fn new(
        stream: &str,
        columns: &[Column],
        xml: Option<&str>,
        json: Option<&str>,
    ) -> Result<Self, Error> {
        Ok(Self {
            stream: stream.to_owned(),
            fields: Fields::new(columns),
            xml: xml.map(RowPath::parse).transpose()?,
            json: json.map(Pointer::parse).transpose()?,
        })
    }

    fn whole(&self, found: &Found, read: u64, rows: &Rows<'_>) -> Result<(), Error> {
        let missing = found.missing(&self.fields).join("、");
        if read > 0 && !missing.is_empty() {
            return Err(Error::schema(format!(
                "所有记录都缺少必需字段：{missing}。请核对来源，或在配置中给出对应的字段名"
            )));
        }
        let extra: Vec<&str> = found.extra().collect();
        if !extra.is_empty() {
            rows.remark(&format!("有字段没有被任何列使用：{}", remark::list(extra)));
        }
        Ok(())
    }
}

impl Records for RecordDocuments {
    fn read(&self, format: Format, input: &mut dyn Read, rows: &mut Rows<'_>) -> Result<(), Stop> {
        match format {
            Format::Xml => {
                let Some(path) = &self.xml else {
                    return Err(Error::config(format!(
                        "流 {} 没有配置 xml 行路径，无法读取 XML 文件",
                        self.stream
                    ))
                    .into());
                };
                let text = Decoded::new(input).without_declaration()?;
                let mut records = xml::Records::new(self.fields.clone());
                let read = xml::read(text, path, &mut records, rows)?;
                Ok(self.whole(&records.found, read, rows)?)
            }
            Format::Json => {
                let mut records = json::Records::new(self.fields.clone());
                let mut number = 0;
                let mut each = |raw: &str| {
                    if number == 0 {
                        records.look(raw);
                        rows.header(records.found.places(&self.fields));
                    }
                    rows.row(number)?;
                    number += 1;
                    records.record(raw, rows);
                    Ok::<(), Stop>(())
                };
                let mut text = Decoded::new(input);
                let lines = self.json.is_none() && text.fill_buf()?.trim_ascii_start().starts_with(b"{");
                let walked = if lines {
                    json::lines(text, &mut each)?
                } else {
                    let whole = Pointer::parse("")?;
                    json::walk(text, self.json.as_ref().unwrap_or(&whole), &mut each)?
                };
                if !walked.found {
                    return Err(Error::schema("文件中没有记录数组，请核对 json 配置").into());
                }
                Ok(self.whole(&records.found, walked.records, rows)?)
            }
            Format::Zip
            | Format::Gzip
            | Format::Ole
            | Format::Html
            | Format::Text
            | Format::Empty
            | Format::Unknown => Err(Error::internal("not a document of records").into()),
        }
    }
}

/// A document's text in UTF-8, whatever it was; bytes that are no text become U+FFFD and flaw the record they stand in.
struct Decoded<R> {
    decoder: Text<R>,
    text: String,
    at: usize,
}

impl<R: Read> Decoded<R> {
    fn new(input: R) -> Self {
        Self {
            decoder: Text::new(input),
            text: String::new(),
            at: 0,
        }
    }

    /// Passes over `<?xml … ?>`: what it says about the encoding is not true any more.
    fn without_declaration(mut self) -> Result<Self, Error> {
        self.fill_buf()?;
        let begins = self.text.trim_start_matches('\u{feff}').trim_start();
        if begins.starts_with("<?xml ")
            && let Some(end) = begins.find("?>").filter(|end| *end < DECLARATION_BYTES_MAX)
        {
            self.at = self.text.len() - begins.len() + end + 2;
        }
        Ok(self)
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let length = from.len().min(into.len());
        into.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.text.len() {
            self.text.clear();
            self.at = 0;
            if !self
                .decoder
                .next(&mut self.text)
                .map_err(|error| io::Error::other(error.message().to_owned()))?
            {
                break;
            }
        }
        Ok(self.text.as_bytes().get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}
