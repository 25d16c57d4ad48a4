//! Refused rows and their way back: listed, shown, sent back as a workbook, corrected in it, dropped in again, closed.
//! Here because a correction must add to its period: nothing of the period may vanish, and nothing count twice.
//! In: a dirty workbook, copies of the hub's own corrected as a clerk would. Out: counts, rows, states, file modes.
//! Not here: what each mapping refuses (sources), headers and formats in detail (the kit's own tests).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;
use serde_json::Value;

use crate::harness::built;
use crate::office::{CONNECTOR, HEADER, number};
use crate::site::Site;

/// Columns of the hub's workbook beside the department's: reason, suggestion, place, number.
const NUMBER_AT: usize = HEADER.len() + 3;
const NAMES: [&str; 10] = [
    "赵一", "钱二", "孙三", "李四", "周五", "吴六", "郑七", "王八", "冯九", "陈十",
];

type Rows = Vec<Vec<String>>;

fn patient(nth: usize, name: &str) -> Vec<String> {
    let amounts = ["1000.00", "600.00", "400.00"].map(str::to_owned);
    [name.to_owned(), number(nth), "住院".to_owned()]
        .into_iter()
        .chain(amounts)
        .chain([format!("2023-10-{:02}", nth + 1)])
        .collect()
}

/// Ten patients; with `dirt` one whose number a spreadsheet has cut, one with name and number in each other's column, one
/// without an amount.
fn patients(dirt: bool) -> Rows {
    let mut rows: Rows = (0..NAMES.len()).map(|nth| patient(nth, NAMES[nth])).collect();
    if dirt {
        let cut: String = rows[2][1].chars().take(15).chain("000".chars()).collect();
        rows[2][1] = cut;
        rows[5].swap(0, 1);
        rows[8][5] = "待定".to_owned();
    }
    rows
}

fn write(path: &Path, sheet: &str, above: &[&str], rows: &Rows) {
    let mut workbook = Workbook::new();
    let worksheet = workbook.add_worksheet();
    worksheet.set_name(sheet).expect("a name");
    let header: Vec<String> = above.iter().map(|text| (*text).to_owned()).collect();
    for (row, cells) in (0..).zip(std::iter::once(&header).chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            worksheet.write_string(row, column, cell).expect("a cell");
        }
    }
    workbook.save(path).expect("a workbook");
}

/// The first sheet of a workbook the hub wrote: its name, and everything from the header on.
fn read(path: &Path) -> (String, Rows) {
    let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
    let (name, range) = workbook.worksheets().into_iter().next().expect("a sheet");
    let text = |cell: &Data| cell.to_string();
    let rows: Rows = range.rows().map(|row| row.iter().map(text).collect()).collect();
    let header = rows.iter().position(|row| row[0] == HEADER[0]).expect("a header");
    (name, rows.into_iter().skip(header).collect())
}

/// Cells of the first sheet that a workbook of the hub's shows in yellow.
fn yellow(path: &Path) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).expect("the file")).expect("a zip");
    let mut part = |name: &str| {
        let mut text = String::new();
        let mut file = archive.by_name(name).expect("a part");
        std::io::Read::read_to_string(&mut file, &mut text).expect("text");
        text
    };
    let (styles, sheet) = (part("xl/styles.xml"), part("xl/worksheets/sheet1.xml"));
    let items = |text: &str, list: &str, item: &str| -> Vec<String> {
        let (open, close) = (format!("<{list} "), format!("</{list}>"));
        let inner = text
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once(&close));
        let (inner, _) = inner.expect(list);
        inner
            .split(&format!("<{item}"))
            .skip(1)
            .map(str::to_owned)
            .collect()
    };
    let attribute = |text: &str, name: &str| -> Option<String> {
        let (_, rest) = text.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let fills = items(&styles, "fills", "fill>");
    let filled = |form: &String| {
        let fill: usize = attribute(form, "fillId")
            .and_then(|id| id.parse().ok())
            .unwrap_or_default();
        fills.get(fill).is_some_and(|fill| fill.contains("FFFFEB3B"))
    };
    let forms: Vec<bool> = items(&styles, "cellXfs", "xf").iter().map(filled).collect();
    let cells = sheet.split("<c ").skip(1).filter_map(|cell| {
        let tag = format!(" {}", cell.split_once('>')?.0);
        let form: usize = attribute(&tag, "s")?.parse().ok()?;
        forms
            .get(form)
            .copied()
            .unwrap_or_default()
            .then(|| attribute(&tag, "r"))?
    });
    cells.collect()
}

/// A corrected copy as a clerk's spreadsheet saves it.
fn save(path: &Path, sheet: &str, rows: &Rows) {
    let header: Vec<&str> = rows[0].iter().map(String::as_str).collect();
    write(path, sheet, &header, &rows[1..].to_vec());
}

/// A county, and a feed of the medical insurance office by configuration alone.
fn site() -> Site {
    let site = Site::new(1_000, 23);
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/tabular/example/medical-expenses.toml");
    let inbox = site.path("inbox/medical");
    fs::create_dir_all(&inbox).expect("an inbox");
    let ours = format!("inbox = \"{}\"\nsettle_ms = 100\n", inbox.display());
    let text = fs::read_to_string(example).expect("the example");
    let text = text.replace("inbox = \"/srv/hub/inbox/medical-insurance\"\n", &ours);
    site.write("config/connectors/medical-insurance.toml", &text);
    let plugin = built().join("libtabular.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site
}

/// Runs the connector: rows in, accepted, rejected, filtered.
fn run(site: &Site) -> [u64; 4] {
    let report = site.ask(&["run", "start", CONNECTOR, "--wait", "--push-wait", "0"]);
    assert_eq!(report["failed"], serde_json::json!([]), "{report}");
    let streams = report["streams"].as_array().expect("streams");
    let stream = streams.first().expect("a stream");
    ["rows_in", "accepted", "rejected", "filtered"].map(|count| stream[count].as_u64().expect("a count"))
}

fn expenses(site: &Site) -> u64 {
    let answer = site.ask(&[
        "query",
        "SELECT count(*) AS n, count(DISTINCT happened_on) AS days FROM expense_event",
    ]);
    let row = &answer["rows"][0];
    assert_eq!(row["n"], row["days"], "a payment counts twice: {answer}");
    row["n"].as_u64().expect("a count")
}

/// Code, open and closed rows of each group.
fn groups(site: &Site, more: &[&str]) -> Vec<(String, u64, u64)> {
    let listed = site.ask(&[&["quarantine", "list", "--connector", CONNECTOR], more].concat());
    let groups = listed.as_array().expect("groups").iter();
    let mut found: Vec<_> = groups
        .map(|group| {
            assert_eq!(group["part"], "202310", "{group}");
            let number = group["number"].as_str().expect("a number");
            site.hub(&["quarantine", "show", number]).good();
            let count = |name: &str| group[name].as_u64().expect("a count");
            (
                group["code"].as_str().expect("a code").to_owned(),
                count("open"),
                count("closed"),
            )
        })
        .collect();
    found.sort();
    found
}

fn export(site: &Site, file: &Path) -> Value {
    let to = file.to_string_lossy();
    site.ask(&[
        "quarantine",
        "export",
        "--connector",
        CONNECTOR,
        "--out",
        &to,
        "--reason",
        "退回医保局核对",
    ])
}

fn group(code: &str, open: u64, closed: u64) -> (String, u64, u64) {
    (code.to_owned(), open, closed)
}

/// What is shown of a row that was refused, its number masked until somebody says why.
fn shows_one(site: &Site, id: &str) {
    let shown = site.ask(&["quarantine", "show", id]);
    let cut = &patients(true)[2][1];
    assert_eq!(
        (&shown["state"], &shown["reasons"][0]["code"]),
        (&"open".into(), &"D04".into()),
        "{shown}"
    );
    assert_eq!(shown["locator"], "自付-202310.xlsx!结算!4", "{shown}");
    assert!(!shown.to_string().contains(cut.as_str()) && !shown.to_string().contains("孙三"));
    let revealed = site.ask(&["quarantine", "show", id, "--reveal", "医保局来电核对"]);
    assert!(revealed.to_string().contains(cut.as_str()), "{revealed}");
    site.hub(&["quarantine", "show", "0123456789abcdef"]).ended(4);
    site.hub(&["quarantine", "show", "no number"]).ended(2);
}

fn digits(row: &[String]) -> String {
    let written = row[NUMBER_AT].rsplit('/').next().expect("a number");
    written.chars().take(16).collect()
}

#[test]
fn a_corrected_copy_adds_to_its_period_and_closes_what_it_corrects() {
    let site = site();
    let inbox = site.path("inbox/medical");
    let dirty = inbox.join("自付-202310.xlsx");
    write(&dirty, "结算", &HEADER, &patients(true));
    assert_eq!(run(&site), [10, 7, 3, 0]);
    assert_eq!(expenses(&site), 7);
    assert_eq!(site.ask(&["status"])["open_refused"], 3);
    let all_open = [group("D04", 1, 0), group("D29", 1, 0), group("D37", 1, 0)];
    assert_eq!(groups(&site, &[]), all_open);
    assert_eq!(groups(&site, &["--code", "D04"]), all_open[..1]);

    // What goes back: the department's columns, its owner's alone, written once, and recorded.
    let file = site.path("退回.xlsx");
    assert_eq!(export(&site, &file)["rows"], 3);
    assert_eq!(
        fs::metadata(&file).expect("the file").permissions().mode() & 0o777,
        0o600
    );
    let again = [
        "quarantine",
        "export",
        "--connector",
        CONNECTOR,
        "--reason",
        "再导一次",
        "--out",
    ];
    site.hub(&[&again[..], &[&file.to_string_lossy()]].concat())
        .ended(1);
    // The number that was cut, both cells that changed places, the amount that is none: below two notes and the header.
    assert_eq!(yellow(&file), ["B4", "A5", "B5", "F6"]);
    let (sheet, mut rows) = read(&file);
    assert_eq!(rows[0][..HEADER.len()], HEADER);
    assert_eq!(rows.len(), 4, "{rows:?}");
    let ids: Vec<String> = rows.iter().skip(1).map(|row| digits(row)).collect();
    shows_one(&site, &ids[0]);
    // Name and number in each other's column: what was meant stands beside them.
    let clean = patients(false);
    assert!(rows[2][HEADER.len() + 1].contains(&clean[5][1]), "{rows:?}");

    // The clerk puts two of the three right; the file of the month is in the hub's inbox no more.
    rows[1][1].clone_from(&clean[2][1]);
    rows[2].swap(0, 1);
    let returned = inbox.join("退回，改好了.xlsx");
    save(&returned, &sheet, &rows);
    let kept = fs::read(&dirty).expect("the file");
    fs::remove_file(&dirty).expect("removed");
    assert_eq!(
        run(&site),
        [13, 9, 1, 3],
        "10 that stand and 3 that came; 3 gave their places away"
    );
    assert_eq!(expenses(&site), 9);
    assert_eq!(groups(&site, &[]), [group("D37", 1, 0)]);
    let with_closed = [group("D04", 0, 1), group("D29", 0, 1), group("D37", 1, 0)];
    assert_eq!(groups(&site, &["--all"]), with_closed);
    let shown = site.ask(&["quarantine", "show", &ids[0]]);
    assert_eq!(
        (&shown["state"], &shown["closed"]["how"]),
        (&"closed".into(), &"corrected".into()),
        "{shown}"
    );
    assert_eq!(run(&site), [0, 0, 0, 0], "read twice");

    // The month is read again, because one more of its files came: corrections stay in force.
    fs::write(&dirty, kept).expect("written");
    let more = (10..12).map(|nth| patient(nth, "后补")).collect();
    write(&inbox.join("自付-202310-补2.xlsx"), "结算", &HEADER, &more);
    assert_eq!(run(&site), [15, 11, 1, 3]);
    assert_eq!(expenses(&site), 11);
    assert_eq!(groups(&site, &["--all"]), with_closed);

    // The last one goes back again, under the same number, and is put right.
    let file = site.path("退回-二.xlsx");
    assert_eq!(export(&site, &file)["rows"], 1);
    let (sheet, mut rows) = read(&file);
    assert_eq!(digits(&rows[1]), ids[2]);
    rows[1][5] = "400.00".to_owned();
    let second = inbox.join("退回第二次.xlsx");
    save(&second, &sheet, &rows);
    assert_eq!(run(&site)[1..3], [12, 0]);
    assert_eq!(expenses(&site), 12);
    assert_eq!(groups(&site, &[]), []);

    // The office sends the whole month again, all right: its word counts, and no correction beside it.
    write(
        &inbox.join("自付-202310v2.xlsx"),
        "结算",
        &HEADER,
        &patients(false),
    );
    let [_, accepted, rejected, _] = run(&site);
    assert_eq!((accepted, rejected), (12, 0));
    assert_eq!(expenses(&site), 12);
    assert_eq!(groups(&site, &[]), []);
}

#[test]
fn a_whole_corrected_file_closes_what_it_puts_right_and_a_changed_number_is_told() {
    let site = site();
    let inbox = site.path("inbox/medical");
    write(&inbox.join("自付-202310.xlsx"), "结算", &HEADER, &patients(true));
    assert_eq!(run(&site), [10, 7, 3, 0]);
    let file = site.path("退回.xlsx");
    export(&site, &file);
    let (sheet, rows) = read(&file);

    // One of the numbers is typed over: the file is refused with a sentence, and nothing of it counts.
    let mut changed = rows.clone();
    changed[1][NUMBER_AT] = changed[1][NUMBER_AT].replace("202310", "202311");
    let returned = inbox.join("退回.xlsx");
    save(&returned, &sheet, &changed);
    let failed = site.run(CONNECTOR);
    let report = failed.ended(3).json();
    let message = report["failed"][0]["message"].as_str().expect("a message");
    assert!(
        message.contains("退回.xlsx") && message.contains("退回编号"),
        "{message}"
    );
    fs::remove_file(&returned).expect("removed");

    // Two of three are right in the office's new file, whose rows stand elsewhere: the third is the same row as before.
    let mut better = patients(false);
    better[8][5] = patients(true)[8][5].clone();
    better.swap(8, 0);
    write(&inbox.join("自付-202310更正.xlsx"), "结算", &HEADER, &better);
    assert_eq!(run(&site), [10, 9, 1, 0]);
    assert_eq!(expenses(&site), 9);
    assert_eq!(
        groups(&site, &["--all"]),
        [group("D04", 0, 1), group("D29", 0, 1), group("D37", 1, 0)]
    );
    let shown = site.ask(&["quarantine", "show", &digits(&rows[1])]);
    assert_eq!(shown["closed"]["how"], "sent_anew", "{shown}");

    // The workbook that was sent back before still finds its row.
    let mut last = vec![rows[0].clone(), rows[3].clone()];
    last[1][5] = "400.00".to_owned();
    save(&returned, &sheet, &last);
    assert_eq!(run(&site)[1..3], [10, 0]);
    assert_eq!(expenses(&site), 10);
    assert_eq!(groups(&site, &[]), []);
}
