//! Where the data lies: the folder of this node, or a database server and a lake that several nodes share.
//! Here because a county begins with a file, and a city has two machines.
//! In: `[store]` of `hub.toml`, the data directory. Out: a home, and what this node is called.
//! Not here: opening it.

use std::path::{Path, PathBuf};

use hub_store::{Home, Server};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::files::Reader;
use super::hub_file;
use super::secrets::SecretRef;

/// Longest name of a node, characters.
const NODE_MAX: usize = 64;

/// Where database and lake are, when not in the data directory.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Store {
    /// A PostgreSQL database, `postgres://user@host:port/database`; the file `hub.db` in the data directory when left out.
    pub(super) postgres: Option<String>,
    /// Its password.
    pub(super) password: Option<SecretRef>,
    /// The lake's folder, the same for every node; `lake` in the data directory when left out.
    pub(super) lake_dir: Option<PathBuf>,
    /// What this node is called where others are told of it; the machine's name when left out.
    pub(super) node: Option<String>,
}

/// Where the data lies, and what this node is called.
pub(super) fn home(reader: &Reader, store: &Store, data_dir: PathBuf) -> anyhow::Result<(Home, String)> {
    let mut home = Home::from(data_dir.as_path());
    if let Some(lake) = &store.lake_dir {
        home.lake_dir = reader.path(lake);
    }
    home.server = server(reader, store)?;
    if home.server.is_some() && store.lake_dir.is_none() {
        let message = "store.postgres: 使用数据库服务器时须指明各节点共用的数据湖目录，如 lake_dir = \"/srv/hub/lake\" / \
                       with a server, name the lake's folder that all nodes share";
        return Err(hub_file::wrong(reader, "postgres", message.to_owned()));
    }
    let node = store.node.clone().unwrap_or_else(machine);
    let plain = |one: char| one.is_alphanumeric() || matches!(one, '-' | '.' | '_');
    if node.is_empty() || node.chars().count() > NODE_MAX || !node.chars().all(plain) {
        let message = format!(
            "store.node = {node:?}: 1 至 {NODE_MAX} 个字母、数字、汉字或 - . _ / letters, digits, - . _, at most {NODE_MAX}"
        );
        return Err(hub_file::wrong(reader, "node", message));
    }
    Ok((home, node))
}

fn server(reader: &Reader, store: &Store) -> anyhow::Result<Option<Server>> {
    let Some(url) = &store.postgres else {
        if store.password.is_some() {
            let message =
                "store.password: 没有 store.postgres，用不上 / without store.postgres it opens nothing";
            return Err(hub_file::wrong(reader, "password", message.to_owned()));
        }
        return Ok(None);
    };
    if Server::says_password(url) {
        let message = "store.postgres: 地址里不能写密码，请另写 password = { file = \"secrets/store.password\" } / \
                       no password in the address: write password = { file = … } beside it";
        return Err(hub_file::wrong(reader, "postgres", message.to_owned()));
    }
    let server = Server::parse(url)
        .map_err(|error| hub_file::wrong(reader, "postgres", format!("store.postgres: {error}")))?;
    let Some(password) = &store.password else {
        return Ok(Some(server));
    };
    let said_in = hub_file::saying(reader, "password")?;
    let password = password.fetch(reader, &said_in)?;
    Ok(Some(server.with_password(password.reveal())))
}

/// The machine's name.
fn machine() -> String {
    let name = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname"));
    let name = name.map(|name| name.trim().to_owned()).unwrap_or_default();
    if name.is_empty() { "hub".to_owned() } else { name }
}
