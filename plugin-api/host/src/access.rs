//! What a plugin may reach of this machine beyond its own file and its scratch folder.
//! Here because a roll reader needs one folder, and a plugin that reads another one is not what it says it is.
//! In: a connector's options, and what the operator grants besides. Out: folders, and the ports it may connect to.
//! Not here: enforcing it (`child::sandbox`); which hosts behind a port, which the plugin's own client checks.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most folders and files granted.
const PATHS_MAX: usize = 256;
/// How deep options are looked through.
const DEPTH_MAX: usize = 16;
/// The port of an address that names none, by its scheme.
const SCHEMES: [(&str, u16); 6] = [
    ("http", 80),
    ("https", 443),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("mysql", 3306),
    ("mariadb", 3306),
];
/// What the names of a SQLite database's files end with.
const SQLITE_FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];
/// Where the web answers.
const WEB: [u16; 2] = [80, 443];
/// Where a name server answers that does not by UDP.
const NAME_SERVER: u16 = 53;

/// What is granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// Folders with all below them, and files, that may be read.
    pub read: BTreeSet<PathBuf>,
    /// Those that may be read and changed.
    pub write: BTreeSet<PathBuf>,
    /// Those whose programs may be started.
    pub execute: BTreeSet<PathBuf>,
    /// TCP ports that may be connected to. None: no network.
    pub connect: BTreeSet<u16>,
}

impl Access {
    /// What `options` declare: every absolute path of a folder (to be changed: files are put away there) and of a file (to be
    /// read), and the ports of every address and of every `port`.
    #[must_use]
    pub fn declared(options: &Value) -> Access {
        let mut access = Access::default();
        access.collect(options, None, 0);
        if !access.connect.is_empty() {
            access.connect.insert(NAME_SERVER);
        }
        access
    }

    /// This and `other`.
    #[must_use]
    pub fn and(mut self, other: Access) -> Access {
        self.read.extend(other.read);
        self.write.extend(other.write);
        self.execute.extend(other.execute);
        self.connect.extend(other.connect);
        self
    }

    fn collect(&mut self, value: &Value, key: Option<&str>, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        match value {
            Value::String(text) => self.text(text),
            Value::Number(number) if key == Some("port") => {
                self.connect
                    .extend(number.as_u64().and_then(|port| u16::try_from(port).ok()));
            }
            Value::Array(values) => values
                .iter()
                .for_each(|value| self.collect(value, key, depth + 1)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.collect(value, Some(key), depth + 1);
                }
                // A database without a port has its kind's own.
                if fields.contains_key("host") && !fields.contains_key("port") {
                    self.connect.extend(SCHEMES.map(|(_, port)| port));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A database that is a file, with the files its writers keep beside it while they write.
    fn sqlite(&mut self, address: &str) {
        let file = address.split('?').next().unwrap_or_default();
        let beside = SQLITE_FILES.map(|suffix| PathBuf::from(format!("{file}{suffix}")));
        let there = beside
            .into_iter()
            .filter(|path| path.is_absolute() && path.is_file());
        self.write.extend(there);
    }

    fn text(&mut self, text: &str) {
        self.connect.extend(port(text));
        // A service may lead from one to the other; to which hosts, its client decides.
        if text.starts_with("http://") || text.starts_with("https://") {
            self.connect.extend(WEB);
        }
        if let Some(database) = text.strip_prefix("sqlite:") {
            return self.sqlite(database.trim_start_matches("//"));
        }
        let path = Path::new(text);
        if !path.is_absolute() || path == Path::new("/") || self.read.len() + self.write.len() >= PATHS_MAX {
            return;
        }
        // Of a folder that does not exist yet nothing can be granted, and the plugin says so itself.
        match path.metadata() {
            Ok(found) if found.is_dir() => _ = self.write.insert(path.to_owned()),
            Ok(_) => _ = self.read.insert(path.to_owned()),
            Err(_) => {}
        }
    }
}

/// The port of an address such as `https://host/path` or `host:8443`.
fn port(text: &str) -> Option<u16> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let told = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    match scheme {
        None => told,
        Some(scheme) => {
            let own = SCHEMES
                .iter()
                .find(|(known, _)| *known == scheme)
                .map(|(_, port)| *port);
            told.or(own)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn options_declare_folders_files_and_ports_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("ca.pem");
        std::fs::write(&file, "x").expect("a file");
        let access = Access::declared(&json!({
            "inbox": dir.path(),
            "http": { "base": "https://gx.example.gov.cn/api", "ca": file, "allow_hosts": ["10.1.2.3:8443"] },
            "records": "/data/rows", "root": "/", "relative": "etc/shadow", "title": "低保: 2023",
        }));
        assert_eq!(access.write, [dir.path().to_owned()].into());
        assert_eq!(access.read, [file].into());
        assert_eq!(access.connect, [53, 80, 443, 8443].into());
        assert!(access.execute.is_empty());
    }

    #[test]
    fn a_database_has_its_port_and_a_folder_has_no_network() {
        let ports = |options: Value| Access::declared(&options).connect;
        assert_eq!(
            ports(json!({ "database": { "host": "db", "port": 15432 } })),
            [53, 15432].into()
        );
        assert!(ports(json!({ "database": { "host": "db" } })).contains(&5432));
        assert_eq!(ports(json!({ "url": "mysql://u@db/x" })), [53, 3306].into());
        assert!(ports(json!({ "inbox": "/nowhere", "port": "x" })).is_empty());
        let dir = tempfile::tempdir().expect("a folder");
        let files = ["x.db", "x.db-wal"].map(|name| dir.path().join(name));
        for file in &files {
            std::fs::write(file, "x").expect("a file");
        }
        let access = Access::declared(&json!({ "url": format!("sqlite://{}?mode=ro", files[0].display()) }));
        assert_eq!((access.write, access.connect), (files.into(), BTreeSet::new()));
    }
}
