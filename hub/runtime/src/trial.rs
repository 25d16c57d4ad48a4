//! A trial: the first rows of a stream all the way to canonical rows.
//! Here because whoever sets up a source asks first what the hub would make of it, and nothing may come of asking.
//! In: a connector's stream, how many rows. Out: landed and canonical files in the engine's lake, what was said on the way.
//! Not here: guards, links, the store: nothing is committed. The caller chooses an engine whose lake nobody keeps.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use hub_model::{NewFile, Registries, StreamId};
use plugin_host::{DiscoveredStream, EXPLAIN_TARGET, Host, Launch, ReadRequest};

use crate::port::{Engine, Landed, LandedParts, Normalised};
use crate::remarks::Remarks;
use crate::settings::Connector;
use crate::sources::{Sources, faulty};
use crate::{Error, Result, clock, reading};

/// What the first rows of a stream became.
#[derive(Debug)]
pub struct Trial {
    /// The stream.
    pub stream: StreamId,
    /// Its columns as the connector declares them.
    pub schema: SchemaRef,
    /// Where its mapping stands.
    pub origin: String,
    /// Its rows as they landed.
    pub landed: Vec<NewFile>,
    /// What became of them.
    pub normalised: Normalised,
    /// How the source was read: where headers were found.
    pub explained: Vec<String>,
    /// What a run would remark.
    pub remarks: Vec<String>,
}

impl Sources {
    /// Reads the first `rows` rows of `stream`, lands and normalises them; the source is asked for nothing more, and no
    /// cursor moves.
    ///
    /// # Errors
    /// Its fault, a stream it does not offer, or the mapping's mistake with line and column.
    pub async fn trial(&self, id: &str, stream: &str, rows: u64) -> Result<Trial> {
        let connector = self.connector(id)?.clone();
        let (remarks, explained) = (Remarks::default(), Remarks::to(EXPLAIN_TARGET));
        let mut launch = self.launch(&connector, "trial")?;
        let (hears, hears_more) = (remarks.clone(), explained.clone());
        launch.log = Arc::new(move |line| {
            hears.hear(&line);
            hears_more.hear(&line);
        });
        let (host, engine) = (self.host.clone(), Arc::clone(&self.engine));
        let wanted = stream.to_owned();
        let work = move || read(&host, &launch, &connector, &wanted, rows, engine.as_ref());
        let landed = tokio::task::spawn_blocking(work).await??;
        let (stream, schema) = (landed.stream.clone(), Arc::clone(&landed.schema));
        let (origin, files) = (landed.origin.clone(), landed.files.clone());
        let normalised = self.engine.normalise(landed, Registries::default());
        let (normalised, _) = normalised.await.map_err(Error::Engine)?;
        Ok(Trial {
            stream,
            schema,
            origin,
            landed: files,
            normalised: normalised.map_err(Error::Engine)?,
            explained: explained.take(),
            remarks: remarks.take(),
        })
    }
}

/// Lands the first `rows` rows. Blocking.
fn read(
    host: &Host,
    launch: &Launch,
    connector: &Connector,
    wanted: &str,
    rows: u64,
    engine: &dyn Engine,
) -> Result<Landed> {
    let failed = |fault| faulty(&connector.id, fault);
    let offered = host.discover(launch).map_err(failed)?;
    let stream = find(&offered, wanted).ok_or_else(|| Error::NoStream {
        connector: connector.id.clone(),
        asked: wanted.to_owned(),
        known: offered.iter().map(|stream| stream.spec.name.clone()).collect(),
    })?;
    let (mapping, origin) = reading::mapping_of(connector, stream).map_err(|fault| Error::Unmapped {
        connector: connector.id.clone(),
        message: fault.message,
    })?;
    let request = ReadRequest {
        max_rows: Some(rows),
        ..ReadRequest::new(wanted)
    };
    let mut session = host.read(launch, request).map_err(failed)?;
    let (run, id) = (
        clock::run_id(clock::now_ms()),
        StreamId::new(&connector.id, wanted),
    );
    let schema = session.schema();
    let mut landing = engine.landing(run, id.clone(), Arc::clone(&schema));
    let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
    while left > 0
        && let Some(batch) = session.next().map_err(failed)?
    {
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        landing.write(&batch).map_err(Error::Engine)?;
    }
    let LandedParts { files, .. } = landing.finish().map_err(Error::Engine)?;
    Ok(Landed {
        run,
        stream: id,
        schema,
        mapping,
        origin,
        files,
    })
}

fn find<'a>(offered: &'a [DiscoveredStream], wanted: &str) -> Option<&'a DiscoveredStream> {
    offered.iter().find(|stream| stream.spec.name == wanted)
}
