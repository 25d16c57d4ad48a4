//! The demo's connectors: every department by the transport it would really use.
//! Here because drop folders, services and their secrets are this machine's, and tests and the demo must agree on them.
//! In: the demo's folder, the simulators' address. Out: the text of `connectors/<id>.toml` for each department.
//! Not here: channel and parameters (mod.rs), the roster's inbox (mod.rs), secrets themselves (sources.rs).

use std::path::Path;

use super::{quoted, utf8};
use crate::Error;
use crate::county::COUNTIES;
use crate::departments::Months;
use crate::sources::{APP_KEY, sources};

/// Requests of a second the simulators are asked at most.
const PER_SECOND: u32 = 1000;

const CIVIL: &str = "民政救助名册";
const HR: &str = "人社就业台账";
const MARKET: &str = "脱贫地区农副产品网络销售平台";
const GRID: &str = "电网光伏结算";
const VILLAGES: &str = "村级光伏台账";
const INSURANCE: &str = "医保自付费用";

/// Id and text of every department's file but the roster's: by interface where there are services, else by files.
pub(super) fn departments(dir: &Path, services: Option<&str>) -> Result<Vec<(&'static str, String)>, Error> {
    let inbox = |connector: &str| -> Result<String, Error> {
        let found = sources(dir, "")
            .into_iter()
            .find(|source| source.connector == connector);
        let inbox = found.map_or_else(|| dir.join(connector), |source| source.inbox);
        Ok(quoted(utf8(&inbox)?))
    };
    let dropped =
        |id, title, more: &str| -> Result<_, Error> { Ok((id, by_files(id, id, title, &inbox(id)?, more))) };
    let mut files = vec![dropped("civil-affairs", CIVIL, "")?];
    let Some(services) = services else {
        let insurance = inbox("medical-insurance")?;
        files.extend([
            dropped("human-resources", HR, "")?,
            dropped("procurement-832", MARKET, "")?,
            dropped("pv-grid", GRID, "")?,
            (
                "medical-insurance",
                by_files("medical-insurance", "tabular", INSURANCE, &insurance, "") + &expenses(""),
            ),
        ]);
        return Ok(files);
    };
    let villages = by_files(
        "pv-villages",
        "pv-grid",
        VILLAGES,
        &inbox("pv-grid")?,
        "streams = { settlements = { skip = true } }\n",
    );
    files.extend([
        ("human-resources", human_resources(services)),
        ("procurement-832", procurement(services)),
        ("pv-grid", pv_grid(services)),
        ("pv-villages", villages),
        ("medical-insurance", medical_insurance(services)),
    ]);
    Ok(files)
}

fn head(id: &str, plugin: &str, title: &str) -> String {
    format!(
        "# 演示用连接器：{title}（合成数据）。 / The demo's connector, synthetic data.\n\n\
         [connector]\nid = \"{id}\"\nplugin = \"{plugin}\"\ntitle = \"{title}\"\n"
    )
}

/// A department that drops files.
fn by_files(id: &str, plugin: &str, title: &str, inbox: &str, more: &str) -> String {
    format!(
        "{}\n[connector.options]\ntransport = \"files\"\n# 投放文件夹。 / The drop folder.\ninbox = {inbox}\n{more}",
        head(id, plugin, title),
    )
}

/// A gateway, its secret, its pace and how it is signed.
fn gateway(id: &str, plugin: &str, title: &str, base: &str, signing: &str) -> String {
    format!(
        r#"{head}# 密钥文件，相对配置文件夹。 / The secret's file, relative to the configuration.
secrets = {{ app = {{ file = "secrets/{id}.key" }} }}

[connector.options.http]
base = "{base}"
per_second = {PER_SECOND}

[connector.options.http.signing]
key = "{APP_KEY}"
secret = "app"
{signing}"#,
        head = head(id, plugin, title)
    )
}

fn human_resources(services: &str) -> String {
    let months = Months::DEFAULT;
    format!(
        r#"{}
# 按月提供的数据流：取哪些月份。 / Streams by month: which months.
[connector.options.streams]
public_posts.http = {{ from = "{from}", to = "{to}" }}
social_insurance.http = {{ from = "{from}", to = "{to}" }}
"#,
        gateway(
            "human-resources",
            "human-resources",
            HR,
            services,
            r#"fields = ["{key}", "{secret}", "{timestamp}"]
hash = "sha256"
put = { appKey = "{key}", timestamp = "{timestamp}", sign = "{sign}" }
"#
        ),
        from = months.first,
        to = months.last,
    )
}

fn procurement(services: &str) -> String {
    gateway(
        "procurement-832",
        "procurement-832",
        MARKET,
        services,
        r#"fields = ["{key}", "{timestamp}", "{path}"]
hash = "hmac-sha256"
encoding = "hex-upper"
place = "header"
put = { X-App-Key = "{key}", X-Timestamp = "{timestamp}", X-Sign = "{sign}" }
"#,
    )
}

/// The grid's server hands out a zip for each county and month; the villages' own lists come as files.
fn pv_grid(services: &str) -> String {
    let months = Months::DEFAULT;
    let counties: Vec<String> = COUNTIES.iter().map(|county| quoted(county.code)).collect();
    format!(
        r#"{head}
[connector.options]
transport = "http"
http = {{ base = "{services}", per_second = {PER_SECOND} }}

[connector.options.streams]
stations = {{ skip = true }}
village_accounts = {{ skip = true }}
distributions = {{ skip = true }}

[connector.options.streams.settlements.http]
path = "/pv/{{county}}/settlements-{{period}}.zip"
each = {{ county = [{counties}] }}
from = "{from}"
to = "{to}"
"#,
        head = head("pv-grid", "pv-grid", GRID),
        counties = counties.join(", "),
        from = months.first,
        to = months.last,
    )
}

/// A source without a connector of its own: what the insurance office publishes, told to the general one.
fn medical_insurance(services: &str) -> String {
    let months = Months::DEFAULT;
    let signing = r#"fields = ["{key}", "{secret}", "{timestamp}"]
hash = "sha1"
place = "header"
put = { appKey = "{key}", timestamp = "{timestamp}", sign = "{sign}" }
"#;
    let http = format!(
        r#"http = {{ path = "/api/yb/v1/medical_expenses", paging = "page", page_param = "pageNo", size_param = "pageSize", size = 1000, records = "/data/list", total = "/data/total", success = {{ pointer = "/code", equals = "0" }}, period = "month", query = {{ month = "{{period}}" }}, from = "{from}", to = "{to}" }}
"#,
        from = months.first,
        to = months.last,
    );
    gateway("medical-insurance", "rest", INSURANCE, services, signing) + &expenses(&http)
}

/// The stream of expenses, columns and mapping, with how it is asked for.
fn expenses(transport: &str) -> String {
    format!(
        r#"
# 不写代码接入：数据流、列、映射都在本文件中。 / No code: stream, columns and mapping stand here.
[[connector.options.stream]]
name = "medical_expenses"
row = "一人一次结算"
purpose = "发现自付医疗费突增、可能致贫返贫的家庭"
basis = "《政务数据共享条例》（国务院令第809号）；医保局共享目录"
required = ["证件号码", "个人自付"]
columns = [["姓名", "psn_name"], ["证件号码", "certno"], ["就诊类型", "med_type"], ["总费用", "medfee_sumamt"], ["报销金额", "fund_pay_sumamt"], ["个人自付", "psn_part_amt"], ["结算日期", "setl_time"]]
{transport}mapping = """
INSERT INTO rejected (row, code, "column", value_shown, reason, _locator)
SELECT "_row", id_refusal("证件号码", "姓名"), '证件号码', NULL, refusal_reason(id_refusal("证件号码", "姓名")), "_locator"
FROM landed WHERE id_refusal("证件号码", "姓名") IS NOT NULL;
INSERT INTO expense_event (id_no, id_text, name, kind, item, total_fen, reimbursed_fen, self_paid_fen, happened_on, _locator)
SELECT id_no("证件号码"), "证件号码", blank("姓名"), '医疗', text_clean("就诊类型"), money_fen("总费用"),
       money_fen("报销金额"), money_fen("个人自付"), cn_date("结算日期"), "_locator" FROM accepted;
"""
"#
    )
}
