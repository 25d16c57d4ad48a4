//! Writes the roster's two exports and the truth: streaming, two files at a time, whatever the size of the county.
//! Here because Excel holds 1,048,576 rows a sheet: bigger streams go to further files of the same period.
//! In: a `County`. Out: `inbox/roster/members-202310[-partN].xlsx`, `incomes-2023[-partN].xlsx`, `truth.json`.
//! Not here: what is in a household. IDs and numbers of households are text cells, amounts are numbers in yuan.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::County;
use super::household::Household;
use super::income::Income;
use super::plan::Monitoring;
use super::truth::{RuleTruth, Truth, a01};
use crate::Error;

/// Data rows per file; Excel's own limit is 1,048,576 rows with the header.
pub(crate) const ROWS_PER_FILE: u32 = 1_000_000;

/// Headers of the members' export, in the order they are written.
pub const MEMBER_HEADERS: [&str; 32] = [
    "户编号",
    "人编号",
    "姓名",
    "证件类型",
    "证件号码",
    "与户主关系",
    "民族",
    "文化程度",
    "在校生状况",
    "健康状况",
    "劳动技能",
    "务工时间(月)",
    "联系电话",
    "县",
    "乡",
    "村",
    "组",
    "户类型",
    "监测对象类别",
    "识别监测时间",
    "风险1",
    "风险2",
    "风险3",
    "风险4",
    "风险5",
    "风险是否已消除",
    "消除监测时间",
    "整户无劳动力兜底保障户",
    "是否危房户",
    "是否解决安全饮水",
    "数据日期",
    "人数",
];

/// Headers of the incomes' export, in the order they are written.
pub const INCOME_HEADERS: [&str; 21] = [
    "户编号",
    "年度",
    "工资性收入",
    "公益性岗位收入",
    "生产经营性收入",
    "产业奖励",
    "生产经营性支出",
    "专项用于减少生产经营性支出的补贴",
    "财产性收入",
    "资产收益扶贫分红",
    "转移性收入",
    "计划生育金",
    "最低生活保障金",
    "特困人员救助供养金",
    "养老金或离退休金",
    "生态补偿金",
    "其他转移性收入",
    "纯收入",
    "当前家庭人口数",
    "年度家庭人口数",
    "人均纯收入",
];

/// 31 October 2023 as Excel counts days.
const DATA_DATE_SERIAL: f64 = 45_230.0;

pub(crate) fn generate(dir: &Path, county: County) -> Result<Truth, Error> {
    let inbox = dir.join("inbox").join("roster");
    fs::create_dir_all(&inbox).map_err(|source| Error::io(&inbox, source))?;
    remove_earlier(&inbox)?;
    // The two exports are made side by side; each walks the county for itself, which costs less than sharing it.
    let (members, incomes) = std::thread::scope(|scope| {
        let incomes = scope.spawn(|| write_incomes(&inbox, county));
        let members = write_members(&inbox, county);
        (members, incomes.join())
    });
    let (members, (incomes, mut truth)) = (members?, incomes.map_err(|_| Error::Panicked)??);
    truth.people = members.rows();
    truth.rows = BTreeMap::from([
        ("roster/members", members.rows()),
        ("roster/incomes", incomes.rows()),
    ]);
    truth.files = members.files.into_iter().chain(incomes.files).collect();
    let path = dir.join("truth.json");
    let mut json = serde_json::to_vec(&truth).map_err(Error::Json)?;
    json.push(b'\n');
    fs::write(&path, json).map_err(|source| Error::io(&path, source))?;
    Ok(truth)
}

/// Files of an earlier, bigger county must not be read together with this one's.
fn remove_earlier(inbox: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(inbox).map_err(|source| Error::io(inbox, source))? {
        let path = entry.map_err(|source| Error::io(inbox, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if name.ends_with(".xlsx") && (name.starts_with("members-") || name.starts_with("incomes-")) {
            fs::remove_file(&path).map_err(|source| Error::io(&path, source))?;
        }
    }
    Ok(())
}

fn write_members(inbox: &Path, county: County) -> Result<Export, Error> {
    let mut export = Export::new(inbox, "members-202310", "成员", &MEMBER_HEADERS);
    let mut walk = county.walk();
    while let Some(outline) = walk.next() {
        let household = outline.sketch().draw();
        for member in 0..household.members.len() {
            export.row(|row| member_cells(household, member, row))?;
        }
    }
    export.finish()?;
    Ok(export)
}

fn write_incomes(inbox: &Path, county: County) -> Result<(Export, Truth), Error> {
    let mut export = Export::new(inbox, "incomes-2023", "收入", &INCOME_HEADERS);
    let mut truth = Truth::default();
    let mut rule = RuleTruth::default();
    let mut walk = county.walk();
    while let Some(outline) = walk.next() {
        let household = outline.sketch().draw();
        truth.households += 1;
        rule.planted.extend(a01(household));
        for income in household.incomes.iter().filter(|income| !income.left_out) {
            export.row(|row| income_cells(&household.household_no, income, row))?;
        }
    }
    truth.rules.insert("A01", rule);
    export.finish()?;
    Ok((export, truth))
}

fn member_cells(household: &Household, member: usize, row: &mut Row<'_>) -> Result<(), Error> {
    let m = &household.members[member];
    row.text(&household.household_no)?;
    row.text(&m.person_no)?;
    row.text(&m.name)?;
    row.text(m.document_kind)?;
    row.text(&m.document_no)?;
    row.text(m.relation)?;
    row.text(m.ethnicity)?;
    row.text(m.education)?;
    row.text(m.at_school)?;
    row.text(m.health)?;
    row.text(m.labour)?;
    match m.work_months {
        Some(months) => row.number(i64::try_from(months).unwrap_or(0))?,
        None => row.text("")?,
    }
    row.text(&household.phone)?;
    row.text(household.place.county.name)?;
    row.text(&household.place.town)?;
    row.text(&household.place.village)?;
    row.text(&household.group)?;
    row.text(household.told.household_type)?;
    monitoring_cells(household.monitoring.as_ref(), row)?;
    row.text(yes_no(household.no_labour))?;
    row.text(household.told.unsafe_house)?;
    row.text(household.told.safe_water)?;
    row.date(DATA_DATE_SERIAL)?;
    row.number(i64::try_from(household.told.people).unwrap_or(0))
}

fn monitoring_cells(monitoring: Option<&Monitoring>, row: &mut Row<'_>) -> Result<(), Error> {
    let Some(monitoring) = monitoring else {
        // 监测对象类别 to 消除监测时间: nine cells left blank.
        return (0..9).try_for_each(|_| row.text(""));
    };
    row.text(monitoring.kind)?;
    row.text(&monitoring.since)?;
    for risk in 0..5 {
        row.text(monitoring.risks.get(risk).copied().unwrap_or(""))?;
    }
    row.text(monitoring.told_removed)?;
    row.text(monitoring.removed.as_deref().unwrap_or(""))
}

fn income_cells(household_no: &str, income: &Income, row: &mut Row<'_>) -> Result<(), Error> {
    row.text(household_no)?;
    row.number(income.year)?;
    row.yuan(income.wage_fen)?;
    row.yuan(income.public_post_fen)?;
    row.yuan(income.business_fen)?;
    row.yuan(income.industry_award_fen)?;
    row.yuan(income.business_cost_fen)?;
    row.yuan(0)?;
    if income.property_blank {
        row.text("")?;
    } else {
        row.yuan(income.property_fen)?;
    }
    for amount_fen in [
        income.dividend_fen,
        income.transfer_fen,
        income.family_planning_fen,
        income.subsistence_fen,
        income.destitute_support_fen,
        income.pension_fen,
        income.ecology_fen,
        income.other_transfer_fen,
        income.net_fen,
    ] {
        row.yuan(amount_fen)?;
    }
    row.number(income.people_now)?;
    row.number(income.people_year)?;
    row.yuan(income.per_capita_fen() + income.per_capita_more_fen)
}

fn yes_no(value: bool) -> &'static str {
    if value { "是" } else { "否" }
}

/// One stream's files: opened when a row needs one, closed when full.
struct Export {
    inbox: PathBuf,
    stem: &'static str,
    sheet: &'static str,
    headers: &'static [&'static str],
    date: Format,
    open: Option<(Workbook, u32)>,
    files: Vec<(String, u64)>,
}

impl Export {
    fn new(inbox: &Path, stem: &'static str, sheet: &'static str, headers: &'static [&'static str]) -> Self {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        Self {
            inbox: inbox.to_path_buf(),
            stem,
            sheet,
            headers,
            date,
            open: None,
            files: Vec::new(),
        }
    }

    fn rows(&self) -> u64 {
        self.files.iter().map(|(_, rows)| rows).sum()
    }

    /// Writes one data row with `cells`.
    fn row(&mut self, cells: impl FnOnce(&mut Row<'_>) -> Result<(), Error>) -> Result<(), Error> {
        if self.open.as_ref().is_some_and(|(_, rows)| *rows >= ROWS_PER_FILE) {
            self.finish()?;
        }
        if self.open.is_none() {
            self.open = Some((self.new_workbook()?, 0));
        }
        let Some((workbook, rows)) = &mut self.open else {
            return Ok(());
        };
        *rows += 1;
        let sheet = workbook.worksheet_from_index(0)?;
        cells(&mut Row {
            sheet,
            row: *rows,
            column: 0,
            date: &self.date,
        })
    }

    /// The temporary parts go beside the file, where the room for it is needed anyway, and have no name.
    fn new_workbook(&self) -> Result<Workbook, Error> {
        let mut workbook = Workbook::new();
        // A fixed date of creation: the same county is the same file, byte for byte.
        let created = ExcelDateTime::from_ymd(2023, 10, 31)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        workbook.set_tempdir(&self.inbox)?;
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(self.sheet)?;
        for (column, header) in (0..).zip(self.headers) {
            sheet.write_string(0, column, *header)?;
        }
        Ok(workbook)
    }

    /// Closes the open file under its final name, so that a watcher of the folder never sees half of it.
    fn finish(&mut self) -> Result<(), Error> {
        let Some((mut workbook, rows)) = self.open.take() else {
            return Ok(());
        };
        let part = self.files.len() + 1;
        let name = if part == 1 {
            format!("{}.xlsx", self.stem)
        } else {
            format!("{}-part{part}.xlsx", self.stem)
        };
        let (unfinished, path) = (
            self.inbox.join(format!(".{name}.writing")),
            self.inbox.join(&name),
        );
        workbook.save(&unfinished)?;
        fs::rename(&unfinished, &path).map_err(|source| Error::io(&path, source))?;
        self.files.push((name, u64::from(rows)));
        Ok(())
    }
}

/// Writes the cells of a row from left to right; an empty text leaves the cell out, as Excel does.
struct Row<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    column: u16,
    date: &'a Format,
}

impl Row<'_> {
    fn text(&mut self, text: &str) -> Result<(), Error> {
        if !text.is_empty() {
            self.sheet.write_string(self.row, self.column, text)?;
        }
        self.column += 1;
        Ok(())
    }

    fn number(&mut self, number: i64) -> Result<(), Error> {
        self.float(number as f64)
    }

    /// Fen as a cell in yuan: the nearest double, which prints with two decimals at most.
    fn yuan(&mut self, amount_fen: i64) -> Result<(), Error> {
        self.float(amount_fen as f64 / 100.0)
    }

    fn float(&mut self, number: f64) -> Result<(), Error> {
        self.sheet.write_number(self.row, self.column, number)?;
        self.column += 1;
        Ok(())
    }

    fn date(&mut self, serial: f64) -> Result<(), Error> {
        self.sheet
            .write_number_with_format(self.row, self.column, serial, self.date)?;
        self.column += 1;
        Ok(())
    }
}
