//! What is wrong or doubtful with a household's data, as far as the canonical tables tell.
//! Here because a figure over wrong data is read as a right one unless somebody says so beside it.
//! In: a household among the tables, its figures. Out: flags, the gravest first; checks that could not be made.
//! Not here: warnings, which policy decides (rules). A conflict another stage records is one more check in [`all`].

use hub_model::tables::Mask;
use hub_model::values::lost_byte;
use hub_model::{ActiveData, Fen};
use serde::Serialize;

use super::room::{Room, Row};
use super::{Household, MEMBERS_MAX, registration};
use crate::Result;
use crate::income::Accounts;

/// Most people named in flags of one kind.
const TOLD_MAX: usize = 20;

/// Something wrong or doubtful.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// Its kind, stable.
    pub code: &'static str,
    /// What is wrong, Chinese; numbers and names are masked.
    pub text: String,
}

impl Flag {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

/// Every flag of the household, and the checks that could not be made.
pub(super) async fn all(
    room: &Room<'_>,
    data: &ActiveData,
    household: &Household,
    accounts: &Accounts,
) -> Result<(Vec<Flag>, Vec<String>)> {
    let mut flags = Vec::new();
    flags.extend(paid_after_death(room).await?);
    flags.extend(same_number(room).await?);
    flags.extend(conflicts(room).await?);
    flags.extend(several_households(room, accounts).await?);
    flags.extend(heads(room).await?);
    flags.extend(registration::flags(&household.registrations));
    flags.extend(figures(household));
    flags.extend(damaged(room).await?);
    flags.extend(stale(data));
    let not_checked = [
        (
            ["death_record", "assistance_payment"].as_slice(),
            "成员死亡后是否仍有发放",
        ),
        (["income_event"].as_slice(), "部门发放的收入"),
        (["declared_income"].as_slice(), "申报收入"),
    ];
    let not_checked = not_checked.into_iter().filter_map(|(tables, what)| {
        let missing = tables.iter().all(|table| !data.tables.contains_key(*table));
        missing.then(|| format!("{what}：从未接入 {}", tables.join("、")))
    });
    Ok((flags, not_checked.collect()))
}

/// No head, or more than one.
async fn heads(room: &Room<'_>) -> Result<Vec<Flag>> {
    let sql = format!(
        "SELECT count(*) AS members, count(*) FILTER (WHERE is_head) AS heads FROM membership WHERE household_id = {}",
        room.id.0
    );
    let rows = room.rows(&sql).await?;
    let count = |column| rows.first().and_then(|row| row.int(column)).unwrap_or_default();
    let (members, heads) = (count("members"), count("heads"));
    let mut flags = Vec::new();
    if members == 0 {
        flags.push(Flag::new("no_member", "没有家庭成员"));
    } else if heads == 0 {
        flags.push(Flag::new("no_head", format!("{members} 名成员中没有户主")));
    } else if heads > 1 {
        flags.push(Flag::new("several_heads", format!("有 {heads} 名户主")));
    }
    if usize::try_from(members).is_ok_and(|members| members > MEMBERS_MAX) {
        flags.push(Flag::new(
            "too_many_members",
            format!("有 {members} 名成员，只列出前 {MEMBERS_MAX} 名"),
        ));
    }
    Ok(flags)
}

/// A member's number on somebody else, or on the same person in another household.
async fn same_number(room: &Room<'_>) -> Result<Vec<Flag>> {
    let sql = format!(
        "SELECT a.id_no, count(DISTINCT cn_name_key(b.name)) AS names, count(DISTINCT b.household_id) AS households,
                array_to_string(array_agg(DISTINCT b.household_no), '、') AS numbers
         FROM (SELECT DISTINCT id_no FROM person WHERE household_id = {id} AND id_no IS NOT NULL) a
         JOIN person b ON b.id_no = a.id_no
         GROUP BY a.id_no
         HAVING count(DISTINCT cn_name_key(b.name)) > 1 OR count(DISTINCT b.household_id) > 1
         ORDER BY a.id_no LIMIT {TOLD_MAX}",
        id = room.id.0
    );
    let flag = |row: &Row| {
        let number = Mask::Number.text(&row.text("id_no").unwrap_or_default());
        let names = row.int("names").unwrap_or_default();
        let households = row.text("numbers").unwrap_or_default();
        if names > 1 {
            let text = format!("证件号码 {number} 登记在 {names} 个不同姓名下，户编号 {households}");
            Flag::new("number_on_two_people", text)
        } else {
            let text = format!("证件号码 {number} 同时登记在几户：户编号 {households}");
            Flag::new("person_in_two_households", text)
        }
    };
    let mut flags: Vec<Flag> = room.rows(&sql).await?.iter().map(flag).collect();
    flags.sort_by_key(|flag| std::cmp::Reverse(flag.code == "number_on_two_people"));
    Ok(flags)
}

/// Contradictions about who members are, as they were found when people were compared.
async fn conflicts(room: &Room<'_>) -> Result<Vec<Flag>> {
    let sql = format!(
        "SELECT kind, count(DISTINCT person_id) AS people FROM identity_conflict WHERE household_id = {}
         GROUP BY kind ORDER BY kind",
        room.id.0
    );
    let flag = |row: &Row| {
        let people = row.int("people").unwrap_or_default();
        let (code, text) = match row.text("kind")?.as_str() {
            "number_of_another" => (
                "number_of_another",
                format!("有 {people} 名成员在部门名单中带着别人的证件号码"),
            ),
            "other_number" => (
                "other_number",
                format!("有 {people} 名成员在部门名单中的证件号码与底册不同"),
            ),
            "person_with_two_numbers" => (
                "person_with_two_numbers",
                format!("有 {people} 名成员有两个证件号码"),
            ),
            "born_after_today" => (
                "born_after_today",
                format!("有 {people} 名成员的出生日期晚于当日"),
            ),
            "doubtful_link" => (
                "doubtful_link",
                format!("有部门记录像是其中 {people} 名成员，待核实：hub link review"),
            ),
            "unit_of_several_households" => {
                ("unit_of_several_households", "救助家庭的成员分属几户".to_owned())
            }
            // Told by the checks of their own, with the numbers.
            _ => return None,
        };
        Some(Flag::new(code, text))
    };
    Ok(room.rows(&sql).await?.iter().filter_map(flag).collect())
}

/// Members whose income counts in none of the households they belong to.
async fn several_households(room: &Room<'_>, accounts: &Accounts) -> Result<Vec<Flag>> {
    let (count, fen) = accounts.unplaced;
    let mut flags = Vec::new();
    if !room.elsewhere.is_empty() {
        let people = room.elsewhere.len();
        flags.push(Flag::new(
            "member_of_several_households",
            format!("{people} 名成员同时属于其他户，其收入未注明户编号的不计入任何一户"),
        ));
    }
    if count > 0 {
        let text = format!(
            "成员有 {count} 笔收入、共 {} 元因所属户、期间、类别或金额不明未计入",
            Fen(fen)
        );
        flags.push(Flag::new("income_not_counted", text));
    }
    Ok(flags)
}

/// Members who died, by a register or by the reason a roll stopped, and are paid for later months or still listed.
async fn paid_after_death(room: &Room<'_>) -> Result<Vec<Flag>> {
    let sql = format!(
        "SELECT d.person_id, d.died_on, count(e.amount_fen) AS payments, sum(e.amount_fen) AS amount_fen,
                min(e.period_from) AS first_from
         FROM (SELECT person_id, min(died_on) AS died_on FROM (
                 SELECT person_id, died_on FROM death_record
                 UNION ALL
                 SELECT person_id, stopped_on FROM assistance_payment WHERE stop_reason LIKE '%死亡%')
               WHERE died_on IS NOT NULL AND {of_member} GROUP BY person_id) d
         LEFT JOIN income_event e ON e.person_id = d.person_id AND e.amount_fen > 0
              AND date_trunc('month', e.period_from) > date_trunc('month', d.died_on)
         GROUP BY d.person_id, d.died_on ORDER BY d.person_id LIMIT {TOLD_MAX}",
        of_member = room.is_member("person_id"),
    );
    let mut flags = Vec::new();
    for row in room.rows(&sql).await? {
        let person = row.int("person_id").unwrap_or_default();
        let died = row.text("died_on").unwrap_or_default();
        let payments = row.int("payments").unwrap_or_default();
        if payments > 0 {
            let text = format!(
                "成员（person_id {person}）{died} 死亡后仍有 {payments} 笔发放、共 {} 元，最早为 {} 起的一期",
                Fen(row.int("amount_fen").unwrap_or_default()),
                row.text("first_from").unwrap_or_default()
            );
            flags.push(Flag::new("paid_after_death", text));
        } else {
            let text = format!("成员（person_id {person}）{died} 已死亡，仍在户内");
            flags.push(Flag::new("dead_member_listed", text));
        }
    }
    flags.sort_by_key(|flag| flag.code == "dead_member_listed");
    Ok(flags)
}

/// What the figures themselves tell.
fn figures(household: &Household) -> Vec<Flag> {
    let mut flags = Vec::new();
    let window =
        |year: Option<i64>| year.map_or_else(|| "近十二个月".to_owned(), |year| format!("{year} 收入年度"));
    for figure in &household.income {
        let place = || format!("{}{}", window(figure.year), figure.item);
        if figure.disputed_fen > 0 {
            let text = format!(
                "{}：各来源金额不一致，相差 {} 元",
                place(),
                Fen(figure.disputed_fen)
            );
            flags.push(Flag::new("disputed_amount", text));
        }
        if figure.repeated_rows > 0 {
            let text = format!(
                "{}：{} 行与另一行完全相同，只计一次",
                place(),
                figure.repeated_rows
            );
            flags.push(Flag::new("repeated_row", text));
        }
        if figure.category != "business_cost" && figure.declared_fen.is_some_and(|fen| fen < 0) {
            let text = format!("{}：申报的分项之和大于该类收入总额", place());
            flags.push(Flag::new("parts_exceed_total", text));
        }
    }
    for net in &household.net_income {
        if let (Some(stated), Some(computed)) = (net.net_declared_fen, net.net_computed_fen)
            && stated != computed
        {
            let text = format!(
                "{}：申报的纯收入 {} 元与各项相抵后的 {} 元不符",
                window(net.year),
                Fen(stated),
                Fen(computed)
            );
            flags.push(Flag::new("net_income_does_not_add_up", text));
        }
    }
    let listed = household.members.len();
    if let Some(people) = household.people_now
        && listed < MEMBERS_MAX
        && usize::try_from(people).ok() != Some(listed)
    {
        let text = format!("当前家庭人口数为 {people}，列出的成员有 {listed} 名");
        flags.push(Flag::new("people_count_differs", text));
    }
    flags
}

/// Names of members' employers that lost a byte on their way, with what they may have been.
async fn damaged(room: &Room<'_>) -> Result<Vec<Flag>> {
    let named = ["employment_spell", "public_post", "graduate"].map(|table| {
        format!(
            "SELECT employer FROM {table} WHERE {} AND employer LIKE '%?%'",
            room.is_member("person_id")
        )
    });
    let sql = format!("{} ORDER BY employer LIMIT {TOLD_MAX}", named.join(" UNION "));
    let flag = |row: &Row| {
        let employer = row.text("employer")?;
        let readings = lost_byte(&employer)?.readings.join("、");
        let text = format!("单位名称“{employer}”像是丢了半个字，可能是：{readings}；请对照原件更正");
        Some(Flag::new("lost_byte", text))
    };
    Ok(room.rows(&sql).await?.iter().filter_map(flag).collect())
}

/// Tables whose source failed lately: what stands here may be old.
fn stale(data: &ActiveData) -> Vec<Flag> {
    let read = [
        "household",
        "membership",
        "person",
        "declared_income",
        "income_event",
    ];
    let flag = |table: &str| {
        let reason = data.stale.get(table)?;
        Some(Flag::new("stale", format!("{table} 不是最新：{reason}")))
    };
    read.into_iter().filter_map(flag).collect()
}
