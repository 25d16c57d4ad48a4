//! Who is whom, over the real hub: a roll of another department that names people in the ways departments do.
//! Here because the wrong person linked is worse than none, and what a clerk decides must hold, and be undoable.
//! In: a synthetic county's roster; a roll written by hand from it. Out: links, doubts, explanations, verdicts, refusals.
//! Not here: precision and recall (linkage, the bench).

use std::fs;

use serde_json::Value;

use crate::harness::built;
use crate::site::Site;

const PEOPLE: u64 = 2_000;
const SEED: u64 = 71;
const MONTH: &str = "2023-09";

/// Somebody of the roster, as the roster writes them.
struct Person {
    id: u64,
    household: u64,
    name: String,
    number: String,
    home: String,
}

/// Two members of each of the first `count` households that have two people with valid numbers and different names.
///
/// In the order of the heads' numbers: a site numbers its people by a key of its own, and the planted cases must
/// fall on the same people whatever that key is.
fn couples(site: &Site, count: usize) -> Vec<[Person; 2]> {
    let sql = "SELECT p.person_id, p.household_id, p.name, p.id_no, h.county, h.town, h.village
        FROM person p JOIN household h ON h.household_id = p.household_id
        WHERE p.id_no IS NOT NULL AND h.village IS NOT NULL ORDER BY p.household_id, p.relation = '户主' DESC, p.person_id";
    let answer = site.ask(&["query", sql, "-n", "4000", "--reveal", "测试名册的编制"]);
    let rows = answer["rows"].as_array().expect("rows");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let person = |row: &Value| Person {
        id: row["person_id"].as_u64().expect("an id"),
        household: row["household_id"].as_u64().expect("an id"),
        name: text(row, "name"),
        number: text(row, "id_no"),
        home: format!(
            "{},{},{}",
            text(row, "county"),
            text(row, "town"),
            text(row, "village")
        ),
    };
    let of_one = |pair: &&[Value]| {
        pair[0]["household_id"] == pair[1]["household_id"] && pair[0]["name"] != pair[1]["name"]
    };
    let pairs = rows
        .windows(2)
        .filter(of_one)
        .map(|pair| [person(&pair[0]), person(&pair[1])]);
    let mut seen = Vec::new();
    let fresh = pairs.filter(|pair| {
        let fresh = !seen.contains(&pair[0].household);
        seen.push(pair[0].household);
        fresh
    });
    let mut fresh: Vec<[Person; 2]> = fresh.collect();
    fresh.sort_by(|a, b| a[0].number.cmp(&b[0].number));
    fresh.truncate(count);
    fresh
}

fn masked(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let shown = |(at, c): (usize, &char)| if (6..14).contains(&at) { '*' } else { *c };
    digits.iter().enumerate().map(shown).collect()
}

/// A site whose roster was read, and a roll beside it that was too.
fn site() -> (Site, Vec<[Person; 2]>) {
    let site = Site::new(PEOPLE, SEED);
    site.run_all();
    let couples = couples(&site, 40);
    let mut roll =
        "家庭编号,户主姓名,户主身份证号,姓名,身份证号,保障类别,保障人数,月保障金额,发放月份,县,乡,村\n"
            .to_owned();
    for (unit, [head, member]) in couples.iter().enumerate() {
        let mut line = |of: &Person, number: &str| {
            roll.push_str(&format!(
                "D{unit},{},{},{},{number},农村低保,2,500,{MONTH},{}\n",
                head.name, head.number, of.name, head.home
            ));
        };
        match unit {
            // The head's and the member's numbers, exchanged.
            0 => {
                line(head, &member.number);
                line(member, &head.number);
            }
            1 => line(head, &masked(&head.number)),
            2 => line(head, ""),
            _ => {
                line(head, &head.number);
                line(member, &member.number);
            }
        }
    }
    // A family that the roster lacks.
    let home = &couples[0][0].home;
    roll.push_str(&format!(
        "D99,欧阳无名,11010519491231002X,欧阳无名,11010519491231002X,农村低保,1,500,{MONTH},{home}\n"
    ));
    fs::create_dir_all(site.path("inbox/civil-affairs")).expect("a folder");
    site.write("inbox/civil-affairs/低保名册202309.csv", &roll);
    let example = site.read("config/connectors/civil-affairs.toml");
    let inbox = site.path("inbox/civil-affairs").display().to_string();
    let ours = example
        .replace("enabled = false", "enabled = true")
        .replace("/var/lib/hub/inbox/civil-affairs", &inbox);
    site.write(
        "config/connectors/civil-affairs.toml",
        &format!("{ours}settle_ms = 100\n"),
    );
    let plugin = built().join("libcivil_affairs.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site.ask(&["run", "start", "civil-affairs", "--wait", "--push-wait", "0"]);
    (site, couples)
}

/// The person and the household's roll the payment of `name` in unit `unit` counts for.
fn paid(site: &Site, unit: &str) -> Vec<(u64, Option<u64>)> {
    let sql = format!(
        "SELECT p.person_id, m.household_id FROM assistance_payment p LEFT JOIN membership m ON m.person_id = p.person_id
         WHERE p.unit_no = '{unit}' ORDER BY p._locator"
    );
    let answer = site.ask(&["query", &sql]);
    let rows = answer["rows"].as_array().expect("rows");
    let row = |row: &Value| {
        (
            row["person_id"].as_u64().expect("an id"),
            row["household_id"].as_u64(),
        )
    };
    rows.iter().map(row).collect()
}

/// The household the assistance unit `unit` counts for.
fn unit_household(site: &Site, unit: &str) -> u64 {
    let sql = format!("SELECT DISTINCT household_id FROM assistance_unit WHERE unit_no = '{unit}'");
    let answer = site.ask(&["query", &sql]);
    answer["rows"][0]["household_id"].as_u64().expect("an id")
}

fn check(site: &Site) -> Value {
    site.ask(&["check", "--push-wait", "0"])
}

#[test]
fn rows_find_their_people_and_a_clerk_has_the_last_word() {
    let (site, couples) = site();
    for (unit, [head, member]) in couples.iter().enumerate().skip(3) {
        let found = paid(&site, &format!("D{unit}"));
        let expected = [
            (head.id, Some(head.household)),
            (member.id, Some(member.household)),
        ];
        assert_eq!(found, expected, "number and name agree");
    }
    assert_eq!(
        paid(&site, "D1"),
        [(couples[1][0].id, Some(couples[1][0].household))],
        "a masked number, name and village"
    );
    let stranger = paid(&site, "D99");
    assert_eq!(
        stranger.iter().map(|row| row.1).collect::<Vec<_>>(),
        [None],
        "nobody of the roster"
    );
    let units = site.ask(&["query", "SELECT u.household_id, h.household_no FROM assistance_unit u
        LEFT JOIN household h ON h.household_id = u.household_id WHERE u.unit_no IN ('D5', 'D99') ORDER BY u.unit_no"]);
    assert_eq!(
        units["rows"][0]["household_id"], couples[5][0].household,
        "{units}"
    );
    assert!(
        units["rows"][1]["household_no"].is_null() && units["rows"][1]["household_id"].is_u64(),
        "{units}"
    );

    // Exchanged numbers: whoever it was linked to, it is never by the number, and a clerk is told.
    let exchanged = paid(&site, "D0");
    let [head, member] = &couples[0];
    assert!(
        exchanged[0].0 != member.id && exchanged[1].0 != head.id,
        "{exchanged:?}"
    );
    let row = site.ask(&[
        "query",
        "SELECT count(*) AS n FROM person_link WHERE oddity = 'number_of_another'",
    ]);
    assert!(row["rows"][0]["n"].as_u64().is_some_and(|n| n > 0), "{row}");
    let page = site.ask(&["household", "show", &head.household.to_string()]);
    assert!(page["flags"].to_string().contains("number_of_another"), "{page}");
    let own = units["rows"][1]["household_id"].to_string();
    let page = site.ask(&["household", "show", &own]);
    assert_eq!(
        page["members"].as_array().map(Vec::len),
        Some(1),
        "a household of its own: {page}"
    );

    // The stranger is the clerk's to judge: linked by a verdict, and as before when it is undone.
    let from = stranger[0].0.to_string();
    let to = couples[7][1].id.to_string();
    let explained = site.ask(&["link", "explain", &from]);
    assert!(
        explained["reasons"]
            .as_str()
            .is_some_and(|text| text.contains("建议")),
        "{explained}"
    );
    assert!(
        !explained.to_string().contains("欧阳无名"),
        "names are masked: {explained}"
    );
    site.hub(&["link", "judge", &from, &from, "same", "--reason", "写错"])
        .ended(2);
    let given = site.ask(&["link", "judge", &from, &to, "same", "--reason", "入户核对户口簿"]);
    check(&site);
    assert_eq!(
        paid(&site, "D99"),
        [(couples[7][1].id, Some(couples[7][1].household))]
    );
    let number = given["verdict"].to_string();
    site.hub(&["link", "undo", &number, "--reason", "核对有误"])
        .good();
    site.hub(&["link", "undo", &number, "--reason", "核对有误"])
        .ended(4);
    check(&site);
    assert_eq!(paid(&site, "D99"), stranger);
    let history = site.ask(&["link", "verdicts"]);
    assert_eq!(history[0]["undone_reason"], "核对有误", "{history}");

    // So is its family: one household with another of the roster's by a verdict, two again when it is undone.
    let own = unit_household(&site, "D99");
    let theirs = couples[8][0].household;
    let command = [
        "link",
        "judge",
        "--households",
        "--reason",
        "同一户，原户编号登记重复",
    ];
    let given = site.ask(&[&command[..], &[&own.to_string(), &theirs.to_string(), "same"]].concat());
    check(&site);
    assert_eq!(unit_household(&site, "D99"), theirs);
    let number = given["verdict"].to_string();
    site.hub(&["link", "undo", &number, "--reason", "核对有误"])
        .good();
    check(&site);
    assert_eq!(unit_household(&site, "D99"), own);

    // A link a clerk refuses does not come back.
    let masked_row = site.ask(&[
        "query",
        &format!(
            "SELECT row_id FROM person_link WHERE person_id = {}",
            couples[1][0].id
        ),
    ]);
    let from = masked_row["rows"][0]["row_id"].to_string();
    site.ask(&[
        "link",
        "judge",
        &from,
        &couples[1][0].id.to_string(),
        "not",
        "--reason",
        "是其堂弟",
    ]);
    check(&site);
    assert_eq!(paid(&site, "D1")[0].1, None);
    site.hub(&["link", "explain", "999999"]).ended(4);
}

#[test]
fn a_village_that_was_renamed_is_the_same_village_from_that_day() {
    let (site, _) = site();
    // Two of one name and town, in two villages, and a row that names neither a number nor a village of today.
    let sql = "SELECT a.name, ha.county, ha.town, a.person_id AS one, ha.village AS here, b.person_id AS other, hb.village AS there
        FROM person a JOIN person b ON b.name = a.name AND a.id_no < b.id_no
        JOIN household ha ON ha.household_id = a.household_id JOIN household hb ON hb.household_id = b.household_id
        WHERE ha.town = hb.town AND ha.village <> hb.village
          AND a.name IN (SELECT name FROM person GROUP BY name HAVING count(*) = 2)
        ORDER BY a.name";
    let namesakes = site.ask(&["query", sql, "--reveal", "测试名册的编制"])["rows"][0].clone();
    let text = |column: &str| namesakes[column].as_str().expect(column).to_owned();
    let [name, county, town] = ["name", "county", "town"].map(text);
    let roll = format!(
        "家庭编号,户主姓名,户主身份证号,姓名,身份证号,保障类别,保障人数,月保障金额,发放月份,县,乡,村\n\
         E1,{name},,{name},,农村低保,1,500,2023-10,{county},{town},老庙行政村\n"
    );
    site.write("inbox/civil-affairs/低保名册202310.csv", &roll);
    site.run_approving("civil-affairs");
    let sql = "SELECT max(row_id) AS row FROM person_link";
    let row = site.ask(&["query", sql])["rows"][0]["row"].to_string();
    let told = || site.ask(&["link", "explain", &row]);
    let renamed = |to: &str, since: &str| {
        let text = format!(
            "[[place]]\nlevel = \"village\"\ncounty = \"{county}\"\nfrom = \"老庙村\"\nto = \"{to}\"\nsince = {since}\n"
        );
        site.write("config/places.toml", &text);
        check(&site);
        told()["link"].clone()
    };
    let before = told();
    assert_eq!(before["candidates"].as_array().map(Vec::len), Some(2), "{before}");
    assert_eq!(renamed(&text("here"), "2023-01-01")["to"], namesakes["one"]);
    assert_eq!(renamed(&text("there"), "2023-01-01")["to"], namesakes["other"]);
    let not_yet = renamed(&text("there"), "2099-01-01");
    assert_eq!(not_yet, before["link"], "not yet renamed");
}

/// The 18 characters of a number from its first 17.
fn number(body: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.chars().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

#[test]
fn odd_rows_of_the_register_have_named_outcomes() {
    let site = Site::new(1_000, 73);
    for file in fs::read_dir(site.path("inbox/roster")).expect("a folder") {
        fs::remove_file(file.expect("a file").path()).expect("removed");
    }
    let shared = number("34122219700101001");
    let card = format!("{}43", number("34122219650203002"));
    let renewed = format!("{}42B1", number("34122219650203012"));
    let unborn = number("34122220991231003");
    let old_code = number("34210119520304004");
    let rows = [
        ("h1", "1", "王一", shared.as_str(), "户主"),
        ("h2", "1", "王二", shared.as_str(), "户主"),
        ("h3", "1", "李三", card.as_str(), "之子"),
        ("h4", "1", "李四", renewed.as_str(), "户主"),
        ("h4", "2", "赵五", unborn.as_str(), "户主"),
        ("h5", "1", "赵六", old_code.as_str(), "户主"),
        ("", "1", "钱七", &number("34122219800101005"), "户主"),
    ];
    let mut members =
        "户编号,人编号,姓名,证件号码,与户主关系,县,乡,村,户类型,监测对象类别,风险是否已消除\n".to_owned();
    for (household, person, name, id, relation) in rows {
        members.push_str(&format!(
            "{household},{person},{name},{id},{relation},太和县,城关镇,李庄村,脱贫户,,\n"
        ));
    }
    site.write("inbox/roster/members-202310.csv", &members);
    let report = site.ask(&["run", "start", "roster", "--wait", "--push-wait", "0"]);
    assert_eq!(report["people"], 6, "{report}");
    let refused = site.ask(&["query", "SELECT code FROM rejected"]);
    assert_eq!(
        refused["rows"],
        serde_json::json!([{ "code": "D37" }]),
        "{refused}"
    );
    let valid = site.ask(&["query", "SELECT count(id_no) AS n FROM person"]);
    assert_eq!(
        valid["rows"][0]["n"], 6,
        "cards, a code of 1985 and the unborn have valid numbers: {valid}"
    );
    let cards = site.ask(&["query", "SELECT kind, grade FROM disability ORDER BY grade"]);
    assert_eq!(cards["row_count"], 2, "{cards}");
    let flags = |household: &str| {
        let page = site.ask(&["household", "show", household]);
        let codes = page["flags"].as_array().expect("flags").iter();
        codes
            .map(|flag| flag["code"].as_str().expect("a code").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(flags("h1"), ["number_on_two_people"]);
    assert_eq!(flags("h2"), ["number_on_two_people"]);
    assert_eq!(flags("h3"), ["no_head"]);
    assert_eq!(flags("h4"), ["born_after_today", "several_heads"]);
    assert_eq!(flags("h5"), Vec::<String>::new());
}

#[test]
fn another_identity_key_is_refused_before_anything_is_read() {
    let site = Site::new(1_000, 72);
    site.run_all();
    let key = site.read("config/secrets/identity.key");
    let other: String = key.chars().rev().collect();
    site.write("config/secrets/identity.key", other.trim());
    let refused = site.hub(&["run", "start", "--all", "--wait"]).ended(78);
    assert!(refused.stderr.contains("identity.key"), "{refused:?}");
    site.write("config/secrets/identity.key", &key);
    site.run_all();
    fs::remove_file(site.path("config/secrets/identity.key")).expect("the key");
    site.hub(&["run", "start", "--all", "--wait"]).ended(78);
}
