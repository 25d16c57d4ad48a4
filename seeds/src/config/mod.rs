//! The demo's own settings: a folder of configuration that overrides the product's, with paths and ports of this machine.
//! Here because only the demo knows where its synthetic inbox lies and where its simulated platform listens.
//! In: the demo's folder, the addresses of receiver and services. Out: `<dir>/config/` with connectors, channel, parameters and secret.
//! Not here: the product's defaults (config/); the county's files (county/).

mod connectors;

use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::county::MONITORING_LINE_FEN;
use crate::secret::Secret;
use crate::sources::{AppSecret, sources};

/// The number of the made-up document behind the demo's monitoring line.
pub const SYNTHETIC_DOCUMENT: &str = "合成示例〔2023〕1号（非真实文件）";

/// The day the demo is judged as of: its data ends with October 2023, and the departments have sent it.
pub const AS_OF: &str = "2023-11-06";

/// Where the demo's settings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoConfig {
    /// `<dir>/config`, to be laid over the product's own settings.
    pub config_dir: PathBuf,
    /// The key shared with the receiver.
    pub secret_file: PathBuf,
    /// The roster's drop folder.
    pub inbox: PathBuf,
}

/// Where the demo keeps what, below `dir`.
pub fn paths(dir: &Path) -> DemoConfig {
    let config_dir = dir.join("config");
    let secret_file = config_dir.join("secrets").join("platform.key");
    DemoConfig {
        config_dir,
        secret_file,
        inbox: dir.join("inbox").join("roster"),
    }
}

/// Writes the demo's settings below `dir`; the secret is kept when there is one, everything else is replaced.
///
/// # Errors
/// When a file cannot be written or the folder's path is not UTF-8.
pub fn demo_config(dir: &Path, receiver_url: &str) -> Result<DemoConfig, Error> {
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    let dir = fs::canonicalize(dir).map_err(|source| Error::io(dir, source))?;
    let demo = paths(&dir);
    Secret::ensure(&demo.secret_file)?;
    write(
        &demo.config_dir.join("connectors").join("roster.toml"),
        &(roster(utf8(&demo.inbox)?) + SCHEDULE),
    )?;
    write(&demo.config_dir.join("channels.toml"), &channels(receiver_url))?;
    write(&demo.config_dir.join("parameters.local.toml"), &parameters())?;
    Ok(demo)
}

/// Writes a connector for every department: by interface where `services_url` says where the simulators are, else by files.
/// Secrets of signed services are made when there are none yet.
///
/// # Errors
/// When a file cannot be written or the folder's path is not UTF-8.
pub fn departments_config(dir: &Path, services_url: Option<&str>) -> Result<(), Error> {
    let dir = fs::canonicalize(dir).map_err(|source| Error::io(dir, source))?;
    for secret in sources(&dir, "")
        .into_iter()
        .filter_map(|source| source.secret_file)
    {
        AppSecret::ensure(&secret)?;
    }
    let folder = paths(&dir).config_dir.join("connectors");
    // Only by interface is the grid asked in two ways; a file of an earlier demo would be read as well.
    let _ = fs::remove_file(folder.join("pv-villages.toml"));
    for (id, text) in connectors::departments(&dir, services_url)? {
        write(&folder.join(format!("{id}.toml")), &(text + SCHEDULE))?;
    }
    Ok(())
}

fn utf8(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::Path {
        path: path.to_path_buf(),
    })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
    }
    fs::write(path, text).map_err(|source| Error::io(path, source))
}

/// When a connector would be read by itself. The demo reads when it is told to.
const SCHEDULE: &str = r#"
# 去掉以下各行的 # 即每个工作日晚上自动读取；各键见 hub init 所建的 connectors/roster.toml。 / Take the # away to have it read each evening of a working day.
# [[schedule]]
# cron = "30 18 * * *"
# calendar = "cn-workday"
# retry = { max = 3, base = "30s" }
"#;

fn roster(inbox: &str) -> String {
    format!(
        r#"# 演示用连接器：合成的防返贫监测信息系统导出文件。 / The demo's connector: synthetic exports.

[connector]
# 连接器编号，警示证据和运行记录中显示。 / Id, shown in evidence and runs.
id = "roster"
# 插件名（plugins_dir 下的 libroster.so）。 / Name of the plugin.
plugin = "roster"
# 显示名称。 / Title.
title = "全国防返贫监测信息系统导出"
# 运行方式：process 为独立子进程（推荐）。 / In a child process of its own.
isolation = "process"

[connector.options]
# 投放文件夹：导出的 xlsx 放在这里。 / Drop folder of the exported files.
inbox = {inbox}
"#,
        inbox = quoted(inbox)
    )
}

fn channels(receiver_url: &str) -> String {
    format!(
        r#"# 演示用推送通道：本机模拟的监测平台。 / The demo's channel: a simulated platform on this machine.

[[channel]]
# 通道编号。 / Id.
id = "platform"
# 方式：webhook 为 HTTP 推送，CloudEvents 1.0 + Standard Webhooks 签名。 / Signed HTTP push.
kind = "webhook"
# 接收地址。 / Where to push to.
url = {url}
# 签名密钥文件，相对本配置文件夹；只有属主可读。 / Signing key, relative to this folder, mode 0600.
secret = {{ file = "secrets/platform.key" }}
"#,
        url = quoted(receiver_url)
    )
}

fn parameters() -> String {
    format!(
        r#"# 演示用参数，覆盖 parameters.toml 中的同名参数。 / The demo's parameters, over those of parameters.toml.

# 监测线：合成示例，不是任何真实文件的标准。 / Synthetic, no real document sets it.
[[parameter]]
name = "monitoring_line"
title = "防止返贫监测线"
unit = "yuan"
value = "{yuan}.{fen:02}"
from = 2022-01-01
document = {document}
"#,
        yuan = MONITORING_LINE_FEN / 100,
        fen = MONITORING_LINE_FEN % 100,
        document = quoted(SYNTHETIC_DOCUMENT),
    )
}

/// A TOML basic string: JSON's escapes are a subset of TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_overrides_connector_channel_and_parameters_with_absolute_paths() {
        let folder = tempfile::tempdir().unwrap();
        let demo = demo_config(folder.path(), "http://127.0.0.1:4321/hook").unwrap();
        let read = |name: &str| fs::read_to_string(demo.config_dir.join(name)).unwrap();
        let parse = |name: &str| read(name).parse::<toml::Table>().unwrap();
        let roster = parse("connectors/roster.toml");
        let inbox = roster["connector"]["options"]["inbox"].as_str().unwrap();
        assert!(Path::new(inbox).is_absolute() && inbox.ends_with("/inbox/roster"));
        assert_eq!(
            parse("channels.toml")["channel"][0]["url"].as_str(),
            Some("http://127.0.0.1:4321/hook")
        );
        let values: Vec<String> = parse("parameters.local.toml")["parameter"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| format!("{} {}", parameter["name"], parameter["value"]).replace('"', ""))
            .collect();
        assert_eq!(values, ["monitoring_line 8000.00"]);
        assert!(read("parameters.local.toml").contains(SYNTHETIC_DOCUMENT));
    }

    #[test]
    fn writing_the_settings_again_keeps_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let first = demo_config(folder.path(), "http://127.0.0.1:1/hook").unwrap();
        let secret = Secret::read(&first.secret_file).unwrap();
        let second = demo_config(folder.path(), "http://127.0.0.1:2/hook").unwrap();
        assert!(secret == Secret::read(&second.secret_file).unwrap());
    }
}
