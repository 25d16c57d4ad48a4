//! Where a hub's data lies: its folder, its lake, and the database server when the database is no file of the folder.
//! Here because several nodes share a server and a lake, and each still has a folder of its own.
//! In: paths, an address. Out: what a store is opened by.
//! Not here: reading the configuration (the binary), opening (open).

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::{Error, Result};

/// What a store is opened by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The folder of this node.
    pub data_dir: PathBuf,
    /// The folder of the lake's files; every node's the same.
    pub lake_dir: PathBuf,
    /// The server; without one the database is `hub.db` in the folder.
    pub server: Option<Server>,
}

impl From<&Path> for Home {
    /// Everything in one folder.
    fn from(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            lake_dir: data_dir.join("lake"),
            server: None,
        }
    }
}

impl From<&Self> for Home {
    fn from(home: &Self) -> Self {
        home.clone()
    }
}

impl Home {
    /// Where those lock each other out who share the lake.
    #[must_use]
    pub fn locks(&self) -> &Path {
        if self.server.is_some() {
            &self.lake_dir
        } else {
            &self.data_dir
        }
    }

    /// What the database is called where somebody is told of it; no password, no user.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.server.as_ref().map_or_else(
            || self.data_dir.join("hub.db"),
            |server| server.to_string().into(),
        )
    }
}

/// A PostgreSQL database. Prints itself without user and password.
#[derive(Clone)]
pub struct Server {
    address: String,
    pub(crate) options: PgConnectOptions,
}

impl Server {
    /// Takes `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    /// [`Error::Address`] when it is none; it is not repeated, as it may hold a password.
    pub fn parse(address: &str) -> Result<Self> {
        let known = ["postgres://", "postgresql://"];
        if !known.iter().any(|scheme| address.starts_with(scheme)) {
            return Err(Error::Address {
                why: "no postgres://".to_owned(),
            });
        }
        let options = PgConnectOptions::from_str(address).map_err(|error| Error::Address {
            why: error.to_string(),
        })?;
        if options.get_database().is_none_or(str::is_empty) {
            return Err(Error::Address {
                why: "no database after the host".to_owned(),
            });
        }
        Ok(Self {
            address: address.to_owned(),
            // That something is there already is no news.
            options: options
                .application_name("hub")
                .options([("client_min_messages", "warning")]),
        })
    }
}

impl Server {
    /// With this password, which its address does not say.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.options = self.options.password(password);
        self.address.push('\n');
        self.address.push_str(password);
        self
    }

    /// Whether an address says a password.
    #[must_use]
    pub fn says_password(address: &str) -> bool {
        let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
        let authority = authority.split(['/', '?']).next().unwrap_or_default();
        let user = authority
            .rsplit_once('@')
            .is_some_and(|(user, _)| user.contains(':'));
        user || address.contains("password=")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        write!(
            to,
            "postgres://{}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or_default()
        )
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, to)
    }
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for Server {}
