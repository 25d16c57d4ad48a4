//! A stream as it is read here: its definition over the site's transport.
//! Here because whether a stream can be had by a transport is decided once, before anything is connected to.
//! In: a definition, the site's options. Out: streams with their readers; each one's share of a daily limit.
//! Not here: reading (source.rs), fetching (fetched.rs).

use std::sync::Arc;

use plugin_api::Error;

use super::Definition;
use crate::documents::RecordDocuments;
use crate::feed::Feed;
use crate::files::{DropFolder, Pattern};
use crate::header::Column;
use crate::http::fetch;
use crate::http::options::{Endpoint, ResponseKind, Server};
use crate::http::quota::shares;
use crate::options::{Options, Transport};
use crate::remote::{ByPeriod, Shape};
use crate::streams::StreamDef;

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) def: StreamDef,
    /// Where its options stand: `streams.members`.
    pub(super) at: String,
    pub(super) mapping: Option<String>,
    pub(super) columns: Vec<Column>,
    pub(super) reader: Reader,
}

#[derive(Debug)]
pub(super) enum Reader {
    Files(Box<Feed>),
    Records { server: Server, endpoint: Endpoint },
    Download { server: Server, endpoint: Endpoint },
    Database,
}

/// The stream over this transport; none when it cannot be had that way and nobody asked for it.
pub(super) fn stream(
    definition: &Definition,
    options: &Options,
    def: StreamDef,
    at: String,
    transport: Transport,
) -> Result<Option<Stream>, Error> {
    let columns = def.columns();
    let reader = match transport {
        Transport::Files => {
            let Some(inbox) = &options.inbox else {
                return Ok(None);
            };
            let folder = DropFolder {
                dir: inbox.clone(),
                patterns: patterns(&def)?,
                settle: options.settle(),
            };
            let mut feed = feed(&def, &columns, folder)?;
            if def.whole {
                feed = feed.period_default(fetch::WHOLE);
            }
            if let Some(archive) = &options.archive {
                feed = feed.archive(archive);
            }
            Reader::Files(Box::new(feed))
        }
        Transport::Http => {
            let (Some(server), Some(endpoint)) = (&options.http, &def.http) else {
                return Ok(None);
            };
            let (server, endpoint) = (server.clone(), endpoint.clone());
            match endpoint.response {
                ResponseKind::Records => Reader::Records { server, endpoint },
                ResponseKind::File => Reader::Download { server, endpoint },
            }
        }
        Transport::Database => {
            if def.database.is_none() {
                return Ok(None);
            }
            Reader::Database
        }
    };
    let shipped = definition.mappings.iter().find(|(name, _)| *name == def.name);
    let mapping = def
        .mapping
        .clone()
        .or_else(|| shipped.map(|(_, mapping)| (*mapping).to_owned()));
    Ok(Some(Stream {
        def,
        at,
        mapping,
        columns,
        reader,
    }))
}

/// Gives each stream its share of the server's daily limit.
pub(super) fn share_out(options: &Options, streams: &mut [Stream]) -> Result<(), Error> {
    let mut endpoints: Vec<&mut Endpoint> = streams
        .iter_mut()
        .filter_map(|stream| match &mut stream.reader {
            Reader::Records { endpoint, .. } | Reader::Download { endpoint, .. } => Some(endpoint),
            Reader::Files(_) | Reader::Database => None,
        })
        .collect();
    let named: Vec<Option<u64>> = endpoints.iter().map(|endpoint| endpoint.per_day).collect();
    let most = options.http.as_ref().and_then(|server| server.per_day);
    let shares = shares(most, &named)?;
    for (endpoint, share) in endpoints.iter_mut().zip(shares) {
        endpoint.per_day = share;
    }
    Ok(())
}

impl Stream {
    /// What it says about its parts.
    pub(super) fn shape(&self) -> Shape {
        // What was asked for month by month is the month's; a column takes apart only what came whole.
        let whole = match &self.reader {
            Reader::Records { endpoint, .. } => endpoint.period.is_none(),
            Reader::Database => true,
            Reader::Files(_) | Reader::Download { .. } => false,
        };
        let period = self.def.period.as_ref().filter(|_| whole);
        let column = period.and_then(|name| self.columns.iter().find(|column| column.name == *name));
        Shape {
            stream: self.def.name.clone(),
            columns: self.columns.clone(),
            by_period: column.map(ByPeriod::new),
        }
    }
}

/// A feed of the stream's files in `folder`.
pub(super) fn feed(def: &StreamDef, columns: &[Column], folder: DropFolder) -> Result<Feed, Error> {
    let documents = RecordDocuments::new(&def.name, columns, def.xml.as_deref(), def.json.as_deref())?;
    let mut feed = Feed::new(&def.name, columns.to_vec(), folder).records(Arc::new(documents));
    if let Some(period) = &def.period {
        feed = feed.period_column(period);
    }
    Ok(match def.members() {
        Some(members) => feed.members(members),
        None => feed,
    })
}

/// The names of the stream's files; every file when it names none.
fn patterns(def: &StreamDef) -> Result<Vec<Pattern>, Error> {
    if def.files.is_empty() {
        return Ok(vec![Pattern::new("*")?]);
    }
    def.files.iter().map(|text| Pattern::new(text)).collect()
}
