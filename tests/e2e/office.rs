//! An office that reports by workbook each month, in as many feeds as a test wants, and what can go wrong with a month.
//! Here because drifts are planted in one place and looked for in another.
//! In: names of feeds, months. Out: a county with those feeds configured, workbooks honest and drifted.
//! Not here: what becomes of them (guards).

use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;

use crate::harness::built;
use crate::site::Site;

pub(crate) const CONNECTOR: &str = "medical-insurance";
pub(crate) const FILE: &str = "config/connectors/medical-insurance.toml";
/// What its workbooks have columns of.
pub(crate) const HEADER: [&str; 7] = [
    "姓名",
    "身份证号",
    "医疗类别",
    "医疗总费用",
    "基金支付",
    "自付金额",
    "结算时间",
];
/// Rows of an honest month.
pub(crate) const ROWS: usize = 60;
/// Each drift: the stream it is planted in, the bound it breaks.
pub(crate) const DRIFTS: [(&str, &str); 9] = [
    ("emptied", "empty_percent_rise_max"),
    ("fell", "rows_fall_percent_max"),
    ("older", "older_period"),
    ("renamed", "renamed_column"),
    ("reordered", "reordered_columns"),
    ("retyped", "kind_change_percent_max"),
    ("same", "same_content"),
    ("units", "unit_shift_factor_max"),
    ("vanished", "vanished_column"),
];
const PEOPLE: u64 = 1_000;

type Rows = Vec<Vec<String>>;

/// A valid number of nobody.
pub(crate) fn number(nth: usize) -> String {
    let body = format!("34122119800101{:03}", nth * 7 % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.bytes().map(|digit| usize::from(digit - b'0'));
    let sum: usize = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
    let check = "10X98765432".chars().nth(sum % 11).expect("a check");
    format!("{body}{check}")
}

/// A month as the office sends it, header first; a few more rows or fewer are nothing.
pub(crate) fn month(month: usize, rows: usize) -> Rows {
    let header = HEADER.map(str::to_owned).to_vec();
    let row = |nth: usize| {
        let paid = 300 + nth * 7 % 400 + month;
        vec![
            format!("某{}", ["甲", "乙", "丙", "丁"][nth % 4]),
            number(nth),
            if nth.is_multiple_of(3) { "住院" } else { "门诊" }.to_owned(),
            format!("{}.00", paid * 3),
            format!("{}.00", paid * 2),
            format!("{paid}.00"),
            format!("2023-{month:02}-{:02}", nth % 28 + 1),
        ]
    };
    std::iter::once(header).chain((0..rows).map(row)).collect()
}

/// The month after, with `stream`'s drift.
pub(crate) fn drifted(stream: &str) -> Rows {
    let mut rows = month(11, ROWS - 1);
    let column = |name: &str| {
        HEADER
            .iter()
            .position(|header| *header == name)
            .expect("a column")
    };
    let each = |rows: &mut Rows, name: &str, text: &dyn Fn(&str) -> String| {
        for row in rows.iter_mut().skip(1) {
            let cell = &mut row[column(name)];
            *cell = text(cell);
        }
    };
    match stream {
        "emptied" => each(&mut rows, "医疗类别", &|_| String::new()),
        "fell" => rows = month(11, ROWS / 2),
        "older" => rows = month(8, ROWS),
        "renamed" => rows[0][column("自付金额")] = "个人自付".to_owned(),
        "reordered" => rows
            .iter_mut()
            .for_each(|row| row.swap(column("医疗总费用"), column("基金支付"))),
        "retyped" => each(&mut rows, "结算时间", &|_| "已结算".to_owned()),
        "same" => rows = month(10, ROWS + 2),
        "units" => each(&mut rows, "自付金额", &|yuan| {
            let yuan: f64 = yuan.parse().expect("an amount");
            format!("{:.4}", yuan / 10_000.0)
        }),
        "vanished" => rows.iter_mut().for_each(|row| {
            row.remove(column("医疗类别"));
        }),
        other => panic!("no drift {other}"),
    }
    rows
}

pub(crate) fn file(site: &Site, stream: &str, part: &str) -> PathBuf {
    site.path(&format!("inbox/medical/{stream}-{part}.xlsx"))
}

pub(crate) fn write(path: &Path, rows: &Rows) {
    let mut workbook = Workbook::new();
    let worksheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            worksheet.write_string(row, column, cell).expect("a cell");
        }
    }
    workbook.save(path).expect("a workbook");
}

/// A month under two lines of title, with a column of the office's own.
pub(crate) fn month_with_dirt(site: &Site, stream: &str) {
    let mut rows = month(10, 12);
    for (row, own) in rows
        .iter_mut()
        .zip(["经办人"].into_iter().chain(std::iter::repeat("某经办")))
    {
        row.push(own.to_owned());
    }
    // A number a spreadsheet made a figure of, and an amount that is none.
    rows[3][1] = "3.41221E+17".to_owned();
    rows[5][5] = "待定".to_owned();
    rows.insert(0, vec!["某县医疗费用明细表".to_owned()]);
    rows.insert(1, vec!["填报单位：医保局".to_owned()]);
    write(&file(site, stream, "202310"), &rows);
}

/// A county whose rule A01 also wants what the office reports; the shipped example of a feed, once for each name.
pub(crate) fn site(streams: &[&str]) -> Site {
    let site = Site::new(PEOPLE, 29);
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/tabular/example/medical-expenses.toml");
    let text = fs::read_to_string(example).expect("the example");
    let (head, stream) = text.split_once("[[connector.options.stream]]").expect("a stream");
    let inbox = site.path("inbox/medical");
    fs::create_dir_all(&inbox).expect("an inbox");
    let ours = format!("inbox = \"{}\"\nsettle_ms = 100\n", inbox.display());
    let mut all = head.replace("inbox = \"/srv/hub/inbox/medical-insurance\"\n", &ours);
    for name in streams {
        let stream = stream
            .replace("name = \"medical_expenses\"", &format!("name = \"{name}\""))
            .replace("[\"medical_expenses*\", \"*自付*\"]", &format!("[\"{name}-*\"]"));
        all.push_str(&format!("[[connector.options.stream]]{stream}"));
    }
    site.write(FILE, &all);
    site.edit(
        "config/rules/A01.toml",
        "tables = [\"household\", \"declared_income\"]",
        "tables = [\"household\", \"declared_income\", \"expense_event\"]",
    );
    let plugin = built().join("libtabular.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site
}

impl Site {
    /// Runs `connector`, and approves what waits for a person.
    pub(crate) fn run_approving(&self, connector: &str) {
        const HELD: i32 = 6;
        let ended = self.run(connector);
        if ended.code != Some(HELD) {
            ended.good();
            return;
        }
        let held = ended.json()["held"][0]["run"].clone();
        let held = held.as_str().expect("a run that waits");
        let approve = ["run", "approve", held, "--reason", "checked", "--push-wait", "0"];
        self.hub(&approve).good();
    }
}
