//! The demo's connectors: every department by the transport it would really use.
//! Here because drop folders, services and their secrets are this machine's, and tests and the demo must agree on them.
//! In: the demo's folder, the simulators' address. Out: the text of `connectors/<id>.toml` for each department.
//! Not here: channel and parameters (mod.rs), the roster's inbox (mod.rs), secrets themselves (sources.rs).

use std::path::Path;

use super::{quoted, utf8};
use crate::Error;
use crate::county::COUNTIES;
use crate::departments::Months;
use crate::departments::life::{with_history, with_post_ledger};
use crate::sources::{APP_KEY, sources};

/// Requests of a second the simulators are asked at most.
const PER_SECOND: u32 = 1000;

const CIVIL: &str = "民政救助名册";
const HR: &str = "人社就业台账";
const MARKET: &str = "脱贫地区农副产品网络销售平台";
const GRID: &str = "电网光伏结算";
const VILLAGES: &str = "村级光伏台账";

const REST_EXAMPLE: &str = include_str!("../../../connectors/rest/example/medical-expenses.toml");
const TABULAR_EXAMPLE: &str = include_str!("../../../connectors/tabular/example/medical-expenses.toml");

/// Id and text of every department's file but the roster's: by interface where there are services, else by files.
pub(super) fn departments(dir: &Path, services: Option<&str>) -> Result<Vec<(&'static str, String)>, Error> {
    let inbox = |connector: &str| -> Result<String, Error> {
        let found = sources(dir, "")
            .into_iter()
            .find(|source| source.connector == connector);
        let inbox = found.map_or_else(|| dir.join(connector), |source| source.inbox);
        Ok(quoted(utf8(&inbox)?))
    };
    let dropped = |id, title| -> Result<_, Error> { Ok((id, by_files(id, id, title, &inbox(id)?))) };
    let mut files = vec![dropped("civil-affairs", CIVIL)?];
    let Some(services) = services else {
        let insurance = inbox("medical-insurance")?;
        files.extend([
            dropped("human-resources", HR)?,
            dropped("procurement-832", MARKET)?,
            dropped("pv-grid", GRID)?,
            ("medical-insurance", medical_files(&insurance)),
        ]);
        return Ok(files);
    };
    let villages = by_files("pv-villages", "pv-grid", VILLAGES, &inbox("pv-grid")?)
        + "streams = { settlements = { skip = true } }\n";
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
fn by_files(id: &str, plugin: &str, title: &str, inbox: &str) -> String {
    format!(
        "{}\n[connector.options]\ntransport = \"files\"\n# 投放文件夹。 / The drop folder.\ninbox = {inbox}\n",
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
public_posts.http = {{ from = "{ledger}", to = "{to}" }}
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
        ledger = with_post_ledger(months).first,
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
        from = with_history(months).first,
        to = months.last,
    )
}

/// A source without a connector of its own, as the general connector for services shows one; with this machine's places.
fn medical_insurance(services: &str) -> String {
    let months = Months::DEFAULT;
    REST_EXAMPLE
        .replace("https://10.1.2.3/gateway", services)
        .replace("key = \"hub\"", &format!("key = \"{APP_KEY}\""))
        .replace(
            "period = \"month\"",
            &format!(
                "period = \"month\", from = \"{}\", to = \"{}\"",
                months.first, months.last
            ),
        )
}

/// The same source by files.
fn medical_files(inbox: &str) -> String {
    TABULAR_EXAMPLE.replace("\"/srv/hub/inbox/medical-insurance\"", inbox)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> toml::Table {
        text.parse().unwrap()
    }

    #[test]
    fn every_department_is_configured_either_way_at_this_machines_places() {
        let dir = tempfile::tempdir().unwrap();
        let ids = |services| -> Vec<String> {
            departments(dir.path(), services)
                .unwrap()
                .into_iter()
                .map(|(id, text)| {
                    assert!(!text.contains("10.1.2.3") && !text.contains("/srv/hub"), "{text}");
                    assert_eq!(parsed(&text)["connector"]["id"].as_str(), Some(id));
                    id.to_owned()
                })
                .collect()
        };
        let files = ids(None);
        let services = ids(Some("http://127.0.0.1:1"));
        assert_eq!((files.len(), services.len()), (5, 6));
        let rest = parsed(&medical_insurance("http://127.0.0.1:1"));
        let stream = &rest["connector"]["options"]["stream"][0]["http"];
        assert_eq!(stream["from"].as_str(), Some("202211"));
        let signing = &rest["connector"]["options"]["http"]["signing"];
        assert_eq!(signing["key"].as_str(), Some(APP_KEY));
    }
}
