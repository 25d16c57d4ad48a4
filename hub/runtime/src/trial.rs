//! A trial: the first rows of a stream all the way to canonical rows.
//! Here because whoever sets up a source asks first what the hub would make of it, and nothing may come of asking.
//! In: a connector's stream, how many rows; or rows somebody has. Out: a sample; landed and canonical files in the engine's lake.
//! Not here: guards, links, the store: nothing is committed. The caller chooses an engine whose lake nobody keeps.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use hub_model::{NewFile, Registries, StreamId};
use plugin_host::{EXPLAIN_TARGET, Fault, Host, Launch, ReadRequest};

use crate::port::{Landed, LandedParts, Normalised};
use crate::remarks::Remarks;
use crate::sources::{Sources, faulty};
use crate::{Error, Result, clock, reading};

/// The first rows of a stream, as its connector delivers them.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The stream.
    pub stream: StreamId,
    /// Its columns as the connector declares them.
    pub schema: SchemaRef,
    /// Its mapping.
    pub mapping: String,
    /// Where the mapping stands.
    pub origin: String,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// How the source was read: where headers were found.
    pub explained: Vec<String>,
    /// What a run would remark.
    pub remarks: Vec<String>,
}

/// What became of a sample.
#[derive(Debug)]
pub struct Trial {
    /// Its rows as they landed.
    pub landed: Vec<NewFile>,
    /// What they were normalised to.
    pub normalised: Normalised,
}

impl Sources {
    /// Reads the first `rows` rows of each of `streams`; the source is asked for nothing more, and no cursor moves.
    ///
    /// # Errors
    /// Its fault, a stream it does not offer, or one that has no mapping.
    pub async fn samples(&self, id: &str, streams: &[&str], rows: u64) -> Result<Vec<Sample>> {
        let connector = self.connector(id)?;
        let mappings = self.mappings(id, streams).await?;
        let mut samples = Vec::with_capacity(streams.len());
        for (stream, (mapping, origin)) in streams.iter().zip(mappings) {
            let (remarks, explained) = (Remarks::default(), Remarks::to(EXPLAIN_TARGET));
            let mut launch = self.launch(connector, "sample")?;
            let (hears, hears_more) = (remarks.clone(), explained.clone());
            launch.log = Arc::new(move |line| {
                hears.hear(&line);
                hears_more.hear(&line);
            });
            let (host, wanted) = (self.host.clone(), (*stream).to_owned());
            let work = move || first_rows(&host, &launch, &wanted, rows);
            let read = tokio::task::spawn_blocking(work).await?;
            let (schema, batches) = read.map_err(|fault| faulty(id, fault))?;
            samples.push(Sample {
                stream: StreamId::new(id, *stream),
                schema,
                mapping,
                origin,
                batches,
                explained: explained.take(),
                remarks: remarks.take(),
            });
        }
        Ok(samples)
    }

    /// The mapping a run would use of each of `streams`, and where it stands. The plugin is asked once, and only when the
    /// site does not have them all.
    ///
    /// # Errors
    /// Its fault, a stream it does not offer, or one that has no mapping.
    pub async fn mappings(&self, id: &str, streams: &[&str]) -> Result<Vec<(String, String)>> {
        let connector = self.connector(id)?;
        let is_own = |stream: &&str| connector.mappings.contains_key(*stream);
        let offered = if streams.iter().all(is_own) {
            Vec::new()
        } else {
            self.offered(id).await?
        };
        let mapping = |stream: &&str| {
            if let Some(own) = connector.mappings.get(*stream) {
                return Ok(own.clone());
            }
            let found = offered.iter().find(|offered| offered.spec.name == *stream);
            let found = found.ok_or_else(|| Error::NoStream {
                connector: id.to_owned(),
                asked: (*stream).to_owned(),
                known: offered.iter().map(|stream| stream.spec.name.clone()).collect(),
            })?;
            reading::mapping_of(connector, found).map_err(|fault| Error::Unmapped {
                connector: id.to_owned(),
                message: fault.message,
            })
        };
        streams.iter().map(mapping).collect()
    }

    /// Lands and normalises the rows of `sample`.
    ///
    /// # Errors
    /// The mapping's mistake with line and column; rows that do not fit their schema.
    pub async fn trial(&self, sample: &Sample) -> Result<Trial> {
        let run = clock::run_id(clock::now_ms());
        let schema = Arc::clone(&sample.schema);
        let mut landing = self.engine.landing(run, sample.stream.clone(), schema);
        let batches = sample.batches.clone();
        let land = move || {
            batches.iter().try_for_each(|batch| landing.write(batch))?;
            landing.finish()
        };
        let landed = tokio::task::spawn_blocking(land).await?;
        let LandedParts { files, .. } = landed.map_err(Error::Engine)?;
        let landed = Landed {
            run,
            stream: sample.stream.clone(),
            schema: Arc::clone(&sample.schema),
            mapping: sample.mapping.clone(),
            origin: sample.origin.clone(),
            files: files.clone(),
        };
        let normalised = self.engine.normalise(landed, Registries::default());
        let (normalised, _) = normalised.await.map_err(Error::Engine)?;
        Ok(Trial {
            landed: files,
            normalised: normalised.map_err(Error::Engine)?,
        })
    }
}

/// The first `rows` rows of `stream`. Blocking.
pub(crate) fn first_rows(
    host: &Host,
    launch: &Launch,
    stream: &str,
    rows: u64,
) -> std::result::Result<(SchemaRef, Vec<RecordBatch>), Fault> {
    let request = ReadRequest {
        max_rows: Some(rows),
        ..ReadRequest::new(stream)
    };
    let mut session = host.read(launch, request)?;
    let mut batches = Vec::new();
    let mut left = usize::try_from(rows).unwrap_or(usize::MAX);
    while left > 0
        && let Some(batch) = session.next()?
    {
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        batches.push(batch);
    }
    Ok((session.schema(), batches))
}
