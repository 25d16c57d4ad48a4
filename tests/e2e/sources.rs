//! Every department, by files and by interface: what was written is what arrives, and what is spoilt is what is refused.
//! Here because five connectors, their mappings and the engine are only proved together, over real files and sockets.
//! In: a county's department files with dirt, the services that hand out the same. Out: counts against what was planted.
//! Not here: findings (demo), one format or one fault of a server in detail (the kit's own tests).

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::built;
use crate::site::{Departments, Site};

const PEOPLE: u64 = 1_500;
const SEED: u64 = 11;
const CONNECTORS: [&str; 4] = ["civil-affairs", "human-resources", "procurement-832", "pv-grid"];
/// Files nobody can use, planted one of a kind: text lost in conversion, a required column gone. With each the words.
const USELESS: [(&str, &str); 2] = [("human-resources", "锟斤拷"), ("civil-affairs", "缺少必需列")];

/// A county whose departments have sent what they have.
fn site() -> (Site, Value) {
    let site = Site::new(PEOPLE, SEED);
    let written = site.departments(PEOPLE, SEED);
    (site, written)
}

fn library(connector: &str) -> PathBuf {
    built().join(format!("lib{}.so", connector.replace('-', "_")))
}

/// Pins a connector's plugin and configures it.
fn configure(site: &Site, connector: &str, options: &str) {
    let plugin = library(connector);
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site.write(
        &format!("config/connectors/{connector}.toml"),
        &format!("[connector]\nid = {connector:?}\nplugin = {connector:?}\ntitle = \"部门\"\n{options}"),
    );
}

fn files(site: &Site, connector: &str) -> String {
    let inbox = site.path("inbox").join(connector);
    format!(
        "[connector.options]\ntransport = \"files\"\ninbox = {:?}\nsettle_ms = 0\n",
        inbox.to_string_lossy()
    )
}

/// The conformance run of a connector's plugin over the files of the site.
fn keeps_the_contract(site: &Site, connector: &str) {
    let options = json!({"transport": "files", "inbox": site.path("inbox").join(connector), "settle_ms": 0});
    site.write("options.json", &options.to_string());
    let options = site.path("options.json");
    let plugin = library(connector);
    let arguments = [
        "connector",
        "test",
        &plugin.to_string_lossy(),
        "--options",
        &options.to_string_lossy(),
    ];
    site.hub(&arguments).good();
}

/// The rows that count of each stream of a report, and how many of them were refused.
fn counts(report: &Value) -> Vec<(String, u64, u64)> {
    let streams = report["streams"].as_array().expect("streams");
    let count = |stream: &Value| {
        let number = |name: &str| stream[name].as_u64().expect("a count");
        let (accepted, rejected) = (number("accepted"), number("rejected"));
        assert_eq!(
            number("rows_in"),
            accepted + rejected + number("filtered"),
            "{stream}"
        );
        let name = |part: &str| stream[part].as_str().expect("a name").to_owned();
        (
            format!("{}/{}", name("connector"), name("stream")),
            accepted + rejected,
            rejected,
        )
    };
    streams.iter().map(count).collect()
}

fn planted(written: &Value, stream: &str) -> Option<(u64, u64)> {
    let stream = written["streams"].get(stream)?;
    Some((stream["rows"].as_u64()?, stream["rejected"].as_u64()?))
}

#[test]
fn by_files_every_row_arrives_and_only_what_is_spoilt_is_refused() {
    let (site, written) = site();
    for connector in CONNECTORS {
        configure(&site, connector, &files(&site, connector));
    }
    let first = site
        .hub(&[
            "run",
            "start",
            "--all",
            "--wait",
            "--push-wait",
            "0",
            "-o",
            "json",
        ])
        .ended(3)
        .json();
    let mut useless = Vec::new();
    for failed in first["failed"].as_array().expect("failed") {
        let message = failed["message"].as_str().expect("a message");
        let (connector, words) = USELESS
            .iter()
            .find(|(id, _)| failed["connector"] == *id)
            .expect(message);
        assert!(message.contains(words), "{message}");
        for (_, rest) in message
            .match_indices("文件“")
            .map(|(at, quote)| message.split_at(at + quote.len()))
        {
            let name = rest.split_once('”').expect("a name").0;
            useless.push(format!("{connector}/{name}"));
        }
    }
    // A department withdraws a file that was sent back; its other files then count.
    for file in &useless {
        fs::remove_file(site.path("inbox").join(file)).expect(file);
    }
    let second = site.run_all();
    assert_eq!(second["failed"], json!([]));
    let mut checked = 0;
    let read = counts(&first).into_iter().chain(counts(&second));
    for (stream, rows, rejected) in read.filter(|(_, rows, _)| *rows > 0) {
        let Some((mut expected, spoilt)) = planted(&written, &stream) else {
            continue;
        };
        for file in useless.iter().filter(|file| file.starts_with(&stream)) {
            expected -= written["files"][file].as_u64().expect(file);
        }
        assert_eq!((rows, rejected), (expected, spoilt), "{stream}");
        checked += 1;
    }
    assert_eq!(checked, 20, "streams read");
    for connector in CONNECTORS {
        keeps_the_contract(&site, connector);
    }
    assert!(
        counts(&site.run_all()).iter().all(|(_, rows, _)| *rows == 0),
        "read twice"
    );
}

/// How the two gateways and the grid's server are asked.
fn interface(address: &str, connector: &str) -> Option<String> {
    let signing = match connector {
        "human-resources" => {
            r#"fields = ["{key}", "{secret}", "{timestamp}"]
hash = "sha256"
put = { appKey = "{key}", timestamp = "{timestamp}", sign = "{sign}" }
"#
        }
        "procurement-832" => {
            r#"fields = ["{key}", "{timestamp}", "{path}"]
hash = "hmac-sha256"
encoding = "hex-upper"
place = "header"
put = { X-App-Key = "{key}", X-Timestamp = "{timestamp}", X-Sign = "{sign}" }
"#
        }
        "pv-grid" => {
            return Some(format!(
                r#"[connector.options]
transport = "http"
http = {{ base = "http://{address}", per_second = 1000 }}
[connector.options.streams]
stations = {{ skip = true }}
village_accounts = {{ skip = true }}
distributions = {{ skip = true }}
[connector.options.streams.settlements.http]
path = "/pv/{{county}}/settlements-{{period}}.zip"
each = {{ county = ["341202", "341203", "341204", "341221", "341222", "341225", "341226", "341282"] }}
from = "202211"
to = "202310"
"#
            ));
        }
        _ => return None,
    };
    let monthly = match connector {
        "human-resources" => {
            r#"[connector.options.streams]
public_posts.http = { from = "202211", to = "202310" }
social_insurance.http = { from = "202211", to = "202310" }
"#
        }
        _ => "",
    };
    Some(format!(
        r#"secrets = {{ app = {{ file = "secrets/{connector}.key" }} }}
[connector.options.http]
base = "http://{address}"
per_second = 1000
retries = 0
[connector.options.http.signing]
key = "fuyang-hub"
secret = "app"
{signing}{monthly}"#
    ))
}

#[test]
fn by_interface_the_same_rows_arrive_and_a_service_that_lies_brings_none() {
    let (site, written) = site();
    let services = Departments::start(&site);
    let address = services.address.to_string();
    for connector in CONNECTORS {
        if let Some(options) = interface(&address, connector) {
            configure(&site, connector, &options);
        }
    }
    for (fault, category) in [
        ("login_page", "auth"),
        ("code500", "transient"),
        ("cut_body", "transient"),
        ("expired_signature", "auth"),
        ("redirect", "permission"),
        ("same_page", "data"),
        ("endless_paging", "data"),
    ] {
        services.behave(&format!("{{\"fault\": {fault:?}}}"));
        let report = site
            .hub(&[
                "run",
                "start",
                "procurement-832",
                "--wait",
                "--push-wait",
                "0",
                "-o",
                "json",
            ])
            .ended(3)
            .json();
        assert_eq!(report["failed"][0]["category"], category, "{fault}: {report}");
        assert_eq!(counts(&report), [], "{fault}");
    }
    services.behave("{}");
    let report = site.run_all();
    assert_eq!(report["failed"], json!([]));
    let read: Vec<_> = counts(&report)
        .into_iter()
        .filter(|(stream, _, _)| !stream.starts_with("roster/"))
        .collect();
    assert_eq!(read.len(), 6 + 4 + 1);
    for (stream, rows, rejected) in read {
        assert_eq!(Some((rows, rejected)), planted(&written, &stream), "{stream}");
    }
    let again = site.run_all();
    assert_eq!(again["failed"], json!([]));
    assert!(counts(&again).iter().all(|(_, rows, _)| *rows == 0), "{again}");
}
