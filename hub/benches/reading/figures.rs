//! The figures: what is measured, against which budget, beside which peer.
//! Here because the budgets stand in one place, next to how each is measured.
//! In: nothing. Out: `Figure`s and their table.
//! Not here: how a stream is read and landed (path.rs).

use comfy_table::{CellAlignment, Table, presets};
use seeds::departments::{Encoding, Format, Stream};
use serde_json::json;

use crate::material::{self, Inbox};
use crate::measure::{ROUNDS, median, most};
use crate::pages::Pages;
use crate::path::{Landed, Way};
use crate::peers::{self, Kit};

/// Rows per CPU second from CSV to the lake.
const LANDED_MIN: f64 = 700_000.0;
/// The same and normalised.
const LANDED_AND_NORMALISED_MIN: f64 = 350_000.0;
/// Normalised alone.
const NORMALISED_MIN: f64 = 400_000.0;
/// Times DuckDB's rows per CPU second.
const DUCKDB_TIMES_MIN: f64 = 1.5;
/// Bytes of the files, times DuckDB's, which have neither places nor digests of rows.
const DUCKDB_SIZE_MAX: f64 = 1.25;
/// Memory of hub and child while landing text, MB.
const LANDING_MB_MAX: f64 = 150.0;
/// Records per CPU second from pages of JSON.
const REST_MIN: f64 = 250_000.0;
/// Records per CPU second from XML.
const XML_MIN: f64 = 300_000.0;
/// Times the CPU seconds of calamine's bare cell reader.
const CALAMINE_TIMES_MAX: f64 = 1.5;
/// Memory of a child that reads a workbook, MB.
const WORKBOOK_CHILD_MB_MAX: f64 = 300.0;
/// Requests a second the connector may send: as many as it can.
const REQUESTS_PER_SECOND: u32 = 1_000;
/// Columns of the workbook.
const SHEET_COLUMNS: [&str; 15] = [
    "县",
    "乡",
    "村",
    "户编号",
    "人编号",
    "姓名",
    "证件类型",
    "证件号码",
    "与户主关系",
    "民族",
    "文化程度",
    "健康状况",
    "劳动技能",
    "务工时间（月）",
    "联系电话",
];

/// A budget.
#[derive(Debug, Clone, Copy)]
enum Budget {
    AtLeast(f64),
    AtMost(f64),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    what: String,
    unit: &'static str,
    measured: f64,
    budget: Budget,
}

impl Figure {
    fn new(what: impl Into<String>, unit: &'static str, measured: f64, budget: Budget) -> Self {
        let figure = Self {
            what: what.into(),
            unit,
            measured,
            budget,
        };
        println!("{}: {:.2} {}", figure.what, figure.measured, figure.unit);
        figure
    }

    /// Above 1 the budget is kept.
    fn ratio(&self) -> f64 {
        match self.budget {
            Budget::AtLeast(least) => self.measured / least,
            Budget::AtMost(most) => most / self.measured,
        }
    }
}

/// The figures as a table.
pub(crate) fn table(figures: &[Figure]) -> Table {
    let shown = |value: f64| match value {
        _ if value >= 1_000.0 => format!("{:.0} k", value / 1_000.0),
        _ => format!("{value:.2}"),
    };
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["figure", "measured", "budget", "ratio", ""]);
    for figure in figures {
        let budget = match figure.budget {
            Budget::AtLeast(least) => format!("≥ {}", shown(least)),
            Budget::AtMost(most) => format!("≤ {}", shown(most)),
        };
        let verdict = if figure.ratio() >= 1.0 { "kept" } else { "missed" };
        table.add_row([
            format!("{}, {}", figure.what, figure.unit),
            shown(figure.measured),
            budget,
            format!("{:.2}", figure.ratio()),
            verdict.to_owned(),
        ]);
    }
    for column in 1..4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Rows per CPU second of the median round.
fn speed(rounds: &[Landed]) -> f64 {
    let cpu = median(rounds.iter().map(|round| round.hub.cpu_seconds).collect());
    rounds[0].rows as f64 / cpu
}

fn files(inbox: &Inbox) -> serde_json::Value {
    json!({ "transport": "files", "inbox": inbox.folder.path(), "settle_ms": 0 })
}

fn employment(encoding: Encoding) -> (Inbox, Way) {
    let inbox = Inbox::feed(Stream::Employment, Format::Csv, encoding, material::rows());
    let way = Way::new(
        Stream::Employment.connector(),
        files(&inbox),
        Stream::Employment.name(),
    );
    (inbox, way)
}

/// Employment as CSV, landed beside DuckDB.
pub(crate) fn csv() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (name, encoding) in [("UTF-8", Encoding::Utf8), ("GBK", Encoding::Gbk)] {
        let (inbox, mut way) = employment(encoding);
        let (mut rounds, mut duckdb) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            rounds.push(way.land());
            // DuckDB reads no GBK without an extension of its own.
            if encoding == Encoding::Utf8 {
                duckdb.extend(peers::duckdb(&inbox.file));
            }
        }
        let what = format!("CSV, {name}, landed");
        let speed = speed(&rounds);
        figures.push(Figure::new(
            &what,
            "rows/CPU s",
            speed,
            Budget::AtLeast(LANDED_MIN),
        ));
        let memory = most(rounds.iter().map(|round| round.hub.peak_mb + round.child_mb));
        figures.push(Figure::new(
            &what,
            "MB of hub and child",
            memory,
            Budget::AtMost(LANDING_MB_MAX),
        ));
        if !duckdb.is_empty() {
            let bytes = rounds[0].bytes as f64 / duckdb[0].1 as f64;
            let seconds = duckdb.into_iter().map(|(seconds, _)| seconds).collect();
            let theirs = rounds[0].rows as f64 / median(seconds);
            let times = Budget::AtLeast(DUCKDB_TIMES_MIN);
            figures.push(Figure::new(&what, "× DuckDB", speed / theirs, times));
            let size = Budget::AtMost(DUCKDB_SIZE_MAX);
            figures.push(Figure::new(&what, "× DuckDB's bytes", bytes, size));
        }
    }
    figures
}

/// Employment as CSV, landed and normalised.
pub(crate) fn normalise() -> Vec<Figure> {
    let (_inbox, mut way) = employment(Encoding::Utf8);
    let (mut rounds, mut alone, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let landed = way.land();
        let more = way.normalise(&landed).cpu_seconds;
        alone.push(more);
        both.push(landed.hub.cpu_seconds + more);
        rounds.push(landed);
    }
    let rows = rounds[0].rows as f64;
    let figure =
        |what, cpu, least| Figure::new(what, "rows/CPU s", rows / median(cpu), Budget::AtLeast(least));
    vec![
        figure("normalised alone", alone, NORMALISED_MIN),
        figure("CSV, landed and normalised", both, LANDED_AND_NORMALISED_MIN),
    ]
}

/// Employment as pages of JSON.
pub(crate) fn rest() -> Vec<Figure> {
    let records = Inbox::feed(
        Stream::Employment,
        Format::Ndjson,
        Encoding::Utf8,
        material::rows() / 4,
    );
    let service = Pages::start(&records.file);
    let http = json!({ "base": service.base, "per_second": REQUESTS_PER_SECOND });
    let options = json!({ "transport": "http", "http": http });
    let mut way = Way::new(Stream::Employment.connector(), options, Stream::Employment.name());
    let rounds: Vec<Landed> = (0..ROUNDS).map(|_| way.land()).collect();
    vec![Figure::new(
        "REST pages, landed",
        "records/CPU s",
        speed(&rounds),
        Budget::AtLeast(REST_MIN),
    )]
}

/// Settlements as XML.
pub(crate) fn xml() -> Vec<Figure> {
    let inbox = Inbox::feed(Stream::Settlements, Format::Xml, Encoding::Utf8, material::rows());
    let mut way = Way::new(
        Stream::Settlements.connector(),
        files(&inbox),
        Stream::Settlements.name(),
    );
    let rounds: Vec<Landed> = (0..ROUNDS).map(|_| way.land()).collect();
    vec![Figure::new(
        "XML, landed",
        "records/CPU s",
        speed(&rounds),
        Budget::AtLeast(XML_MIN),
    )]
}

/// People as a workbook with shared strings.
pub(crate) fn xlsx() -> Vec<Figure> {
    let kit = Kit::new();
    let inbox = Inbox::empty("members-202310.xlsx");
    kit.workbook(inbox.folder.path(), material::rows());
    let mut options = files(&inbox);
    options["stream"] = json!([{
        "name": "members",
        "row": "一人",
        "purpose": "测量",
        "basis": "合成数据",
        "columns": SHEET_COLUMNS,
        "mapping": "INSERT INTO filtered (row, reason) SELECT \"_row\", '测量' FROM landed",
    }]);
    let mut way = Way::new("tabular", options, "members");
    let (mut rounds, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rounds.push(way.land());
        bare.push(kit.bare_cells(&inbox.file));
    }
    let times = median(rounds.iter().map(|round| round.hub.cpu_seconds).collect()) / median(bare);
    let child = most(rounds.iter().map(|round| round.child_mb));
    vec![
        Figure::new(
            "xlsx, landed",
            "× calamine's cells",
            times,
            Budget::AtMost(CALAMINE_TIMES_MAX),
        ),
        Figure::new("xlsx, child", "MB", child, Budget::AtMost(WORKBOOK_CHILD_MB_MAX)),
    ]
}
