//! Layout: which stream comes in which file, county by county: names, formats, and what stands around the table.
//! Here because eight counties keep their rolls in eight ways, and a reader meets all of them in one folder.
//! In: stream, county, month. Out: a table to write to; the file's own dirt is counted.
//! Not here: rows; formats.

use std::fs::{self, FileTimes};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Error;
use crate::county::COUNTIES;
use crate::departments::calendar::Month;
use crate::departments::dirt::{DirtCode, Tally};
use crate::departments::gbk;
use crate::departments::output::{
    Across, Encoding, Header, Shape, Sheets, Table, TextTable, WorkbookTable, Written,
};
use crate::departments::row::Row;
use crate::departments::rows::{ACROSS_UNIT, SUMMED_UNIT, Tag};
use crate::departments::stream::Stream;

/// Columns of a roll that are the person's: 姓名 and 身份证号.
const PERSON: [usize; 2] = [3, 4];
/// Columns of a roll that are the head's, merged over the members' rows.
const HEAD: [u16; 3] = [0, 1, 2];
/// The county column of a roll.
const COUNTY_COLUMN: usize = 15;

/// Opens the file of a stream, of a county where each has its own, for a month.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "streams of one layout need not be named"
)]
pub(super) fn open(
    folder: &Path,
    stream: Stream,
    unit: Option<usize>,
    (month, last): (Month, Month),
    (dirty, useless): (bool, bool),
    tally: &mut Tally,
) -> Result<Box<dyn Table>, Error> {
    let stem = match unit {
        Some(unit) => format!("{}-{month}-{}", stream.name(), COUNTIES[unit].code),
        None => format!("{}-{month}", stream.name()),
    };
    let file = File {
        folder,
        stream,
        stem,
        unit: unit.unwrap_or(0),
        month,
        last,
        useless,
    };
    if stream == Stream::Settlements {
        let entry = format!("{}.xml", file.stem);
        let path = file.path("zip");
        return Ok(Box::new(TextTable::create_zipped(
            &path,
            &entry,
            Header::all(stream),
            stream.name(),
        )?));
    }
    if !dirty {
        return Ok(file.workbook(Sheets::default()));
    }
    match stream {
        Stream::BenefitRolls => file.roll(tally),
        Stream::DisabilitySubsidies => file.disability(tally),
        _ => file.other(tally),
    }
}

struct File<'f> {
    folder: &'f Path,
    stream: Stream,
    stem: String,
    unit: usize,
    month: Month,
    last: Month,
    useless: bool,
}

impl File<'_> {
    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.stem))
    }

    fn workbook(&self, around: Sheets) -> Box<dyn Table> {
        Box::new(WorkbookTable::create(
            &self.path("xlsx"),
            Header::all(self.stream),
            around,
        ))
    }

    fn text(&self, extension: &str, shape: Shape, encoding: Encoding) -> Result<Box<dyn Table>, Error> {
        let headers = Header::all(self.stream);
        let path = self.path(extension);
        Ok(Box::new(TextTable::create(
            &path,
            shape,
            encoding,
            headers,
            self.stream.name(),
        )?))
    }

    fn titled(&self, title: &str) -> Sheets {
        Sheets {
            title: Some(format!(
                "{title}（{}年{}月）",
                self.month.year(),
                self.month.month()
            )),
            ..Sheets::default()
        }
    }

    fn roll(&self, tally: &mut Tally) -> Result<Box<dyn Table>, Error> {
        let mut count = |codes: &[DirtCode]| codes.iter().for_each(|code| tally.add(*code, self.stream));
        let titled = self.titled("最低生活保障等救助资金发放花名册");
        match self.unit {
            0 => {
                count(&[DirtCode::D16]);
                let around = Sheets {
                    note: Some("单位：元"),
                    footers: true,
                    ..titled
                };
                if self.month != self.last {
                    return Ok(self.workbook(around));
                }
                // The last roll was sent twice; the first version lacks its first household.
                count(&[DirtCode::D16, DirtCode::D39]);
                let second = self.folder.join(format!("{}-最终版2（改）.xlsx", self.stem));
                Ok(Box::new(Twice {
                    first: self.workbook(around.clone()),
                    second: Box::new(WorkbookTable::create(&second, Header::all(self.stream), around)),
                    folder: self.folder.to_path_buf(),
                    left_out: None,
                }))
            }
            ACROSS_UNIT => {
                count(&[DirtCode::D19]);
                Ok(Box::new(Across::create(
                    &self.path("xlsx"),
                    &Header::all(self.stream),
                    PERSON,
                    Sheets::default(),
                )))
            }
            2 => {
                count(&[DirtCode::D16, DirtCode::D18]);
                Ok(self.workbook(Sheets {
                    merged: HEAD.to_vec(),
                    ..titled
                }))
            }
            3 => {
                count(&[DirtCode::D17]);
                Ok(self.workbook(Sheets {
                    doubled: Some(COUNTY_COLUMN),
                    ..Sheets::default()
                }))
            }
            4 => {
                count(&[DirtCode::D15]);
                self.text("csv", Shape::Csv, Encoding::Gbk)
            }
            5 => {
                count(&[DirtCode::D20]);
                Ok(self.workbook(Sheets {
                    by_town: true,
                    ..Sheets::default()
                }))
            }
            6 => {
                count(&[DirtCode::D21]);
                self.text("xls", Shape::Html, Encoding::Gbk)
            }
            _ => {
                count(&[DirtCode::D15]);
                self.text("csv", Shape::Tabs, Encoding::Utf16)
            }
        }
    }

    fn disability(&self, tally: &mut Tally) -> Result<Box<dyn Table>, Error> {
        if self.useless && self.unit == SUMMED_UNIT && self.month == self.last {
            let mut headers = Header::all(self.stream);
            for header in headers.iter_mut().filter(|header| header.name == "金额") {
                header.name = "本年累计金额".to_owned();
            }
            return Ok(Box::new(WorkbookTable::create(
                &self.path("xlsx"),
                headers,
                Sheets::default(),
            )));
        }
        if self.unit == 4 {
            tally.add(DirtCode::D15, self.stream);
            return self.text("csv", Shape::Csv, Encoding::Utf8Bom);
        }
        Ok(self.workbook(Sheets::default()))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "streams of one layout need not be named"
    )]
    fn other(&self, tally: &mut Tally) -> Result<Box<dyn Table>, Error> {
        let grouped = |title: &str, groups: &[(&'static str, u16, u16)]| Sheets {
            groups: groups.to_vec(),
            footers: true,
            ..self.titled(title)
        };
        let encoding = match self.stream {
            Stream::Declarations | Stream::Employment => Some(Encoding::Gbk),
            Stream::Subsidies => Some(Encoding::Utf8Bom),
            Stream::SocialInsurance => Some(Encoding::Utf8),
            _ => None,
        };
        if let Some(encoding) = encoding {
            if encoding != Encoding::Utf8 {
                tally.add(DirtCode::D15, self.stream);
            }
            return self.text("csv", Shape::Csv, encoding);
        }
        let around = match self.stream {
            Stream::Measures => grouped("帮扶措施落实台账", &[("帮扶措施", 1, 2), ("时间", 3, 5)]),
            Stream::VillageAccounts => grouped(
                "村级光伏电站收益分配表",
                &[("扣除项", 3, 5), ("支出", 7, 10), ("拨付", 12, 14)],
            ),
            Stream::Reserves => Sheets {
                note: Some("金额单位：万元"),
                ..self.titled("采购份额预留情况")
            },
            Stream::Training => Sheets {
                footers: true,
                ..self.titled("职业技能培训补贴台账")
            },
            _ => Sheets::default(),
        };
        if around.title.is_some() {
            tally.add(DirtCode::D16, self.stream);
        }
        Ok(self.workbook(around))
    }
}

/// Two versions of one file; the second is the later and the whole one.
struct Twice {
    first: Box<dyn Table>,
    second: Box<dyn Table>,
    folder: PathBuf,
    /// The block the first version lacks.
    left_out: Option<u64>,
}

/// So much older is the first version.
const BETWEEN_VERSIONS: Duration = Duration::from_secs(24 * 60 * 60);

impl Table for Twice {
    fn row(&mut self, row: &Row, tag: &Tag<'_>) -> Result<(), Error> {
        if *self.left_out.get_or_insert(tag.block) != tag.block {
            self.first.row(row, tag)?;
        }
        self.second.row(row, tag)
    }

    fn finish(self: Box<Self>) -> Result<Vec<Written>, Error> {
        let mut written = self.first.finish()?;
        for (name, _) in &written {
            let path = self.folder.join(name);
            let failed = |source| Error::io(&path, source);
            let file = fs::File::options().write(true).open(&path).map_err(failed)?;
            let now = file
                .metadata()
                .and_then(|metadata| metadata.modified())
                .map_err(failed)?;
            file.set_times(FileTimes::new().set_modified(now - BETWEEN_VERSIONS))
                .map_err(failed)?;
        }
        written.extend(self.second.finish()?);
        Ok(written)
    }
}

/// A file whose text is lost: GBK taken for UTF-8, saved, and taken for GBK again.
pub(super) fn lost_text(folder: &Path) -> Result<String, Error> {
    let mut text = String::new();
    for column in Stream::Training.columns() {
        text.push_str(column.name);
        text.push(',');
    }
    text.push_str("\r\n培训机构：皖北技能培训中心，养老护理班，学员名单见附表\r\n");
    let mut bytes = Vec::new();
    gbk::encode(&text, &mut bytes);
    let taken_for_utf8 = String::from_utf8_lossy(&bytes).into_owned();
    let lost = gbk::decode(taken_for_utf8.as_bytes());
    let name = "training-202310-补充名单.csv".to_owned();
    let path = folder.join(&name);
    fs::write(&path, lost).map_err(|source| Error::io(&path, source))?;
    Ok(name)
}
