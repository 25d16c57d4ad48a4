//! What a connector says about itself and about its streams.
//! Here as plain data, so that the hub can show and check it without running anything.
//! In: the author's builder calls. Out: JSON documents of the ABI (`spec`, `discover`); unknown fields are ignored.
//! Not here: types of columns; those come as an Arrow schema.

use crate::Mode;
use serde::{Deserialize, Serialize};

/// Who the connector is. Built with [`Spec::new`] and the methods below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spec {
    /// Short id, lower case with dashes.
    pub name: String,
    /// Version of the connector.
    pub version: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// One paragraph for people.
    #[serde(default)]
    pub description: String,
    /// Whether the streams depend on the configuration.
    #[serde(default)]
    pub streams_dynamic: bool,
    /// Hosts it talks to; empty means none, `*` means those of the configuration.
    #[serde(default)]
    pub network: Vec<String>,
    /// What it can do.
    #[serde(default)]
    pub modes: Vec<Mode>,
}

impl Spec {
    /// A connector that reads in full, without a network.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Spec {
        Spec {
            name: name.into(),
            version: version.into(),
            title: String::new(),
            description: String::new(),
            streams_dynamic: false,
            network: Vec::new(),
            modes: vec![Mode::Full],
        }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Spec {
        self.title = title.into();
        self
    }

    /// Sets the paragraph for people.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Spec {
        self.description = description.into();
        self
    }

    /// Says that the streams depend on the configuration.
    #[must_use]
    pub fn streams_dynamic(mut self) -> Spec {
        self.streams_dynamic = true;
        self
    }

    /// Sets the hosts it talks to.
    #[must_use]
    pub fn network<T: Into<String>>(mut self, hosts: impl IntoIterator<Item = T>) -> Spec {
        self.network = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the modes it offers.
    #[must_use]
    pub fn modes(mut self, modes: impl IntoIterator<Item = Mode>) -> Spec {
        self.modes = modes.into_iter().collect();
        self
    }
}

/// One table-like feed. Built with [`StreamSpec::new`] and the methods below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamSpec {
    /// Id within the connector.
    pub name: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// Columns that identify a row in the source; may be empty.
    #[serde(default)]
    pub primary_key: Vec<String>,
    /// How an incremental read finds its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// How it can be read.
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// A guess, for progress bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_rows: Option<u64>,
    /// SQL from this stream to the hub's tables, shipped by the connector and opaque to the SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
}

impl StreamSpec {
    /// A stream that is read in full.
    pub fn new(name: impl Into<String>) -> StreamSpec {
        StreamSpec {
            name: name.into(),
            title: String::new(),
            primary_key: Vec::new(),
            cursor: None,
            modes: vec![Mode::Full],
            estimated_rows: None,
            mapping: None,
        }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> StreamSpec {
        self.title = title.into();
        self
    }

    /// Sets the identifying columns.
    #[must_use]
    pub fn primary_key<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> StreamSpec {
        self.primary_key = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Offers incremental reading by this cursor, besides the full one.
    #[must_use]
    pub fn cursor(mut self, cursor: Cursor) -> StreamSpec {
        self.cursor = Some(cursor);
        if !self.modes.contains(&Mode::Incremental) {
            self.modes.push(Mode::Incremental);
        }
        self
    }

    /// Sets the modes.
    #[must_use]
    pub fn modes(mut self, modes: impl IntoIterator<Item = Mode>) -> StreamSpec {
        self.modes = modes.into_iter().collect();
        self
    }

    /// Sets the guess.
    #[must_use]
    pub fn estimated_rows(mut self, rows: u64) -> StreamSpec {
        self.estimated_rows = Some(rows);
        self
    }

    /// Ships the mapping's SQL.
    #[must_use]
    pub fn mapping(mut self, sql: impl Into<String>) -> StreamSpec {
        self.mapping = Some(sql.into());
        self
    }
}

/// The columns by which an incremental read finds its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Columns, most significant first.
    pub fields: Vec<String>,
    /// Whether a read without a state is refused.
    #[serde(default)]
    pub required: bool,
    /// Whether rows come in this order.
    #[serde(default)]
    pub ordered: bool,
}

impl Cursor {
    /// An optional, unordered cursor.
    pub fn new<T: Into<String>>(fields: impl IntoIterator<Item = T>) -> Cursor {
        Cursor {
            fields: fields.into_iter().map(Into::into).collect(),
            required: false,
            ordered: false,
        }
    }
}
