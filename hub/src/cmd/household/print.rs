//! A household's page for people: Chinese first, money in yuan.
//! Here because the same values go to programs as JSON and to people as a page.
//! In: the page. Out: text.
//! Not here: what is on it.

use std::collections::BTreeSet;
use std::fmt::Write;

use hub_engine::{HouseholdFigure, HouseholdNet, Source};
use hub_model::Fen;

use super::Page;
use crate::{lang, out};

/// Most rows of income printed; JSON has them all.
const SOURCES_MAX: usize = 200;
/// Shown where nothing is known.
const UNKNOWN: &str = "—";

/// The page as text.
pub(super) fn text(page: &Page) -> String {
    let mut text = String::new();
    head(page, &mut text);
    members(page, &mut text);
    for net in &page.household.net_income {
        window(page, net, &mut text);
    }
    if page.household.net_income.is_empty() {
        text.push_str("\n收入：没有申报，也没有来源记载\n");
    }
    if !page.household.net_income.iter().any(|net| net.year.is_none()) {
        let nothing = lang::pair("近十二个整月：没有来源记载 rolling: nothing is told");
        text.push_str(&format!("\n{nothing}\n"));
    }
    changes(page, &mut text);
    registrations(page, &mut text);
    sources(page, &mut text);
    warnings(page, &mut text);
    flags(page, &mut text);
    text
}

// Writing to a String cannot fail, so the results of `write!` are not looked at below.

fn title(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{}", lang::pair(title));
}

fn head(page: &Page, text: &mut String) {
    let household = &page.household;
    let place = [
        &household.county,
        &household.town,
        &household.village,
        &household.village_group,
    ];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    let _ = writeln!(
        text,
        "户 {}  户编号 {}  {}",
        household.household_id,
        shown(household.household_no.as_deref()),
        place.join("")
    );
    let monitored = match (&household.monitored_kind, household.risk_removed) {
        (None, _) => "非监测对象".to_owned(),
        (Some(kind), Some(true)) => format!("{kind}（风险已消除）"),
        (Some(kind), Some(false)) => format!("{kind}（风险未消除）"),
        (Some(kind), None) => kind.clone(),
    };
    let _ = writeln!(
        text,
        "户类型 {}  监测 {monitored}  整户无劳动力兜底 {}  当前人口 {}  数据日期 {}  截至 {}",
        shown(household.household_type.as_deref()),
        household
            .no_labour
            .map_or(UNKNOWN, |yes| if yes { "是" } else { "否" }),
        number(household.people_now),
        shown(household.data_date.as_deref()),
        household.day
    );
}

fn members(page: &Page, text: &mut String) {
    title(text, "家庭成员 members");
    let rows = page.household.members.iter().map(|member| {
        let no_number = || member.id_kind.as_ref().map(|kind| format!("无效（{kind}）"));
        vec![
            member
                .person_id
                .map_or_else(|| UNKNOWN.to_owned(), |id| id.to_string()),
            shown(member.name.as_deref()).to_owned(),
            member
                .id_no
                .clone()
                .or_else(no_number)
                .unwrap_or_else(|| UNKNOWN.to_owned()),
            shown(member.relation.as_deref()).to_owned(),
            shown(member.since.as_deref()).to_owned(),
        ]
    });
    let header = [
        "person_id",
        "姓名 name",
        "证件号码 id_no",
        "与户主关系 relation",
        "自 since",
    ];
    let _ = writeln!(text, "{}", out::table(&header, rows));
}

/// What became of the household.
fn changes(page: &Page, text: &mut String) {
    if page.household.changes.is_empty() {
        return;
    }
    title(text, "人员变动 changes");
    let id = |id: Option<u64>| id.map_or_else(|| UNKNOWN.to_owned(), |id| id.to_string());
    let rows = page.household.changes.iter().map(|change| {
        let kind = match change.kind.as_str() {
            "joined" => "新增",
            "left" => "离开",
            "died" => "死亡",
            "split" => "分户",
            "merged" => "并户",
            "married" => "婚嫁",
            "moved" => "迁移",
            "new_head" => "户主变更",
            other => other,
        };
        vec![
            change.month.clone(),
            kind.to_owned(),
            id(change.person_id),
            id(change.from),
            id(change.to),
        ]
    });
    let header = ["月份 month", "变动 kind", "person_id", "原户 from", "现户 to"];
    let _ = writeln!(text, "{}", out::table(&header, rows));
}

/// Where its people are registered.
fn registrations(page: &Page, text: &mut String) {
    if page.household.registrations.is_empty() {
        return;
    }
    title(text, "户籍 household registers");
    let rows = page.household.registrations.iter().map(|register| {
        vec![
            register.register_no.clone(),
            register.members.to_string(),
            register.others.to_string(),
            register.closed.to_string(),
            shown(register.stream.as_deref()).to_owned(),
        ]
    });
    let header = [
        "户号 register_no",
        "本户人数 members",
        "其他人 others",
        "已注销 closed",
        "来源 stream",
    ];
    let _ = writeln!(text, "{}", out::table(&header, rows));
}

/// One window: its sub-items, then what they come to.
fn window(page: &Page, net: &HouseholdNet, text: &mut String) {
    let title = match net.year {
        Some(year) => format!("{year} {}", lang::pair("收入年度 accounting year")),
        None => lang::pair("近十二个整月 rolling"),
    };
    let (from, to) = (
        net.window_from.map(|day| day.to_string()),
        net.window_to.map(|day| day.to_string()),
    );
    let _ = writeln!(
        text,
        "\n{title}（{} 至 {}，{}）",
        shown(from.as_deref()),
        shown(to.as_deref()),
        lang::pair("元 yuan")
    );
    let of_window = |figure: &&HouseholdFigure| (figure.window, figure.year) == (net.window, net.year);
    let rows = page.household.income.iter().filter(of_window).map(|figure| {
        vec![
            category(figure.category).to_owned(),
            figure.item.to_owned(),
            yuan(figure.declared_fen),
            yuan(figure.evidenced_fen),
            yuan(figure.difference_fen),
            figure.streams.to_string(),
            figure.rows.to_string(),
        ]
    });
    let header = [
        "类别 category",
        "分项 item",
        "申报 declared",
        "实证 evidenced",
        "差额 difference",
        "来源 streams",
        "行 rows",
    ];
    let _ = writeln!(text, "{}", out::table(&header, rows));
    let _ = writeln!(
        text,
        "纯收入：申报 {}，各项相抵 {}，实证 {}",
        yuan(net.net_declared_fen),
        yuan(net.net_computed_fen),
        yuan(net.net_evidenced_fen)
    );
    let _ = writeln!(
        text,
        "人均（年度人口 {}）：申报 {}，实证 {}；人均（当前人口 {}）：申报 {}，实证 {}",
        number(net.people_year),
        yuan(net.per_capita_declared_fen),
        yuan(net.per_capita_evidenced_fen),
        number(net.people_now),
        yuan(net.per_capita_declared_now_fen),
        yuan(net.per_capita_evidenced_now_fen)
    );
    if net.left_out_fen != 0 {
        let fen = yuan(Some(net.left_out_fen));
        let _ = writeln!(text, "另有 {fen} 元按年度记载，只有部分月份在此窗口内，未计入");
    }
}

/// The rows behind the figures, each once though it may count in both windows.
fn sources(page: &Page, text: &mut String) {
    let mut told: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    let mut rows: Vec<(&HouseholdFigure, &Source)> = Vec::new();
    for figure in &page.household.income {
        for source in &figure.sources {
            if told.insert((&source.stream, &source.locator, &source.item)) {
                rows.push((figure, source));
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    let cut = rows.len() > SOURCES_MAX || page.household.sources_cut;
    title(text, "实证依据 evidence");
    let header = [
        "分项 item",
        "期间 period",
        "元 yuan",
        "来源 source",
        "位置 place",
        "列 column",
        "表头 header",
        "原值 value",
    ];
    let lines = rows.iter().take(SOURCES_MAX).map(|(figure, source)| {
        let cell = |of: fn(&hub_model::CitedCell) -> &str| {
            let cells: Vec<&str> = source.cells.iter().map(of).collect();
            cells.join("；")
        };
        let item = if source.item == figure.item {
            figure.item.to_owned()
        } else {
            format!("{}（{}）", figure.item, source.item)
        };
        vec![
            item,
            format!("{} 至 {}", source.period_from, source.period_to),
            yuan(Some(source.amount_fen)),
            source.stream.clone(),
            source.locator.clone(),
            cell(|cell| &cell.column),
            cell(|cell| &cell.header),
            cell(|cell| &cell.value),
        ]
    });
    let _ = writeln!(text, "{}", out::table(&header, lines));
    if cut {
        let cut = lang::said("只列出一部分；-o json 列出更多 / cut at the limit");
        text.push_str(&format!("{cut}\n"));
    }
}

fn warnings(page: &Page, text: &mut String) {
    title(text, "存续预警 open warnings");
    let Some(case) = &page.case else {
        let none = if page.cases_known {
            lang::pair("无 none")
        } else {
            lang::said("指定日期的查询不含预警 / not kept for a past day")
        };
        text.push_str(&format!("{none}\n"));
        return;
    };
    let _ = writeln!(text, "事项 {}（`hub case show` 列出全部依据）", case.case.id);
    for entry in &case.warnings {
        let (warning, evidence) = (&entry.warning, &entry.evidence);
        let _ = writeln!(
            text,
            "[{}] {} {}  {}",
            warning.severity.chinese(),
            warning.rule,
            entry.title,
            evidence.sentence
        );
    }
}

fn flags(page: &Page, text: &mut String) {
    title(text, "数据疑点 flags");
    if page.household.flags.is_empty() {
        text.push_str(&format!("{}\n", lang::pair("无 none")));
    }
    for flag in &page.household.flags {
        let _ = writeln!(text, "{}  {}", flag.code, flag.text);
    }
    for missing in &page.household.not_checked {
        let _ = writeln!(text, "{}  {missing}", lang::pair("未能核对 not checked"));
    }
}

fn category(word: &str) -> &str {
    match word {
        "wage" => "工资性收入",
        "business" => "生产经营性收入",
        "property" => "财产性收入",
        "transfer" => "转移性收入",
        "business_cost" => "生产经营性支出",
        other => other,
    }
}

fn yuan(fen: Option<i64>) -> String {
    fen.map_or_else(|| UNKNOWN.to_owned(), |fen| Fen(fen).to_string())
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(|| UNKNOWN.to_owned(), |number| number.to_string())
}

fn shown(text: Option<&str>) -> &str {
    text.unwrap_or(UNKNOWN)
}
