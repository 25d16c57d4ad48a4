//! One event of OpenLineage 2-0-2: a run of a connector, what it read, what it wrote.
//! Here because the form is other people's, and has to be met to the letter.
//! In: what happened. Out: a RunEvent with facets. Names of tables, columns and streams, counts; never a row, never a plugin's words.
//! Not here: where it goes.

use std::collections::BTreeMap;

use hub_model::{RunFault, RunId};
use hub_store::{CommittedRun, StreamCommit};
use serde_json::{Map, Value, json};

use crate::clock::rfc3339;

/// Where the form is said.
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
/// Facets: their names and versions of their form.
const FACETS: [(&str, &str, &str); 8] = [
    ("nominalTime", "1-0-1", "NominalTimeRunFacet"),
    ("errorMessage", "1-0-1", "ErrorMessageRunFacet"),
    ("jobType", "2-0-4", "JobTypeJobFacet"),
    ("schema", "1-2-0", "SchemaDatasetFacet"),
    ("inputStatistics", "1-0-0", "InputStatisticsInputDatasetFacet"),
    (
        "dataQualityMetrics",
        "1-0-3",
        "DataQualityMetricsInputDatasetFacet",
    ),
    (
        "dataQualityAssertions",
        "1-1-0",
        "DataQualityAssertionsDatasetFacet",
    ),
    ("outputStatistics", "1-0-2", "OutputStatisticsOutputDatasetFacet"),
];
/// The alphabet of run ids, five bits a character.
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What happened to a run.
pub(super) enum Said<'a> {
    /// It began, for a fire of that nominal time when it is one.
    Began { nominal_ms: Option<i64> },
    /// What it brought is the present.
    Committed(&'a CommittedRun),
    /// It failed.
    Failed(&'a RunFault),
    /// The hub ended before it did.
    Interrupted,
}

/// The event of `run`, at `at_ms`.
pub(super) fn event(site: &str, run: RunId, connector: &str, said: &Said<'_>, at_ms: i64) -> Value {
    let mut of_run = Map::new();
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let kind = match said {
        Said::Began { nominal_ms } => {
            if let Some(nominal_ms) = nominal_ms {
                let facet = json!({ "nominalStartTime": rfc3339(*nominal_ms) });
                put(&mut of_run, "nominalTime", facet);
            }
            "START"
        }
        Said::Committed(run) => {
            inputs = run
                .streams
                .iter()
                .map(|stream| input(site, connector, stream))
                .collect();
            outputs = tables(site, run);
            "COMPLETE"
        }
        Said::Failed(fault) => {
            // Its category and cause are ours; its message may quote a row.
            let message = format!("{} ({})", fault.category, fault.cause);
            let facet = json!({ "message": message, "programmingLanguage": "Rust" });
            put(&mut of_run, "errorMessage", facet);
            "FAIL"
        }
        Said::Interrupted => "ABORT",
    };
    let mut of_job = Map::new();
    let kind_of_job = json!({ "processingType": "BATCH", "integration": "HUB", "jobType": "PULL" });
    put(&mut of_job, "jobType", kind_of_job);
    json!({
        "eventType": kind,
        "eventTime": rfc3339(at_ms),
        "producer": producer(),
        "schemaURL": EVENT,
        "run": { "runId": uuid(run), "facets": of_run },
        "job": { "namespace": format!("hub://{site}"), "name": format!("pull.{connector}"), "facets": of_job },
        "inputs": inputs,
        "outputs": outputs,
    })
}

fn producer() -> String {
    format!("urn:hub:{}", env!("CARGO_PKG_VERSION"))
}

/// Puts the facet `name` into `facets`.
fn put(facets: &mut Map<String, Value>, name: &str, mut facet: Value) {
    if let (Some((_, version, form)), Some(fields)) = (
        FACETS.iter().find(|(listed, _, _)| *listed == name),
        facet.as_object_mut(),
    ) {
        let address = format!("https://openlineage.io/spec/facets/{version}/{form}.json#/$defs/{form}");
        fields.insert("_producer".to_owned(), producer().into());
        fields.insert("_schemaURL".to_owned(), address.into());
    }
    facets.insert(name.to_owned(), facet);
}

/// A stream, as its source has it.
fn input(site: &str, connector: &str, stream: &StreamCommit) -> Value {
    let landed: Vec<_> = stream
        .files
        .iter()
        .filter(|file| file.schema == hub_model::Schema::Landing)
        .collect();
    let bytes: u64 = landed.iter().map(|file| file.bytes).sum();
    let (mut of_dataset, mut of_input) = (Map::new(), Map::new());
    if let Some(file) = landed.first() {
        put(
            &mut of_dataset,
            "schema",
            json!({ "fields": fields(&file.columns) }),
        );
    }
    let rows = &stream.rows;
    put(
        &mut of_input,
        "inputStatistics",
        json!({ "rowCount": rows.rows_in }),
    );
    let metrics =
        json!({ "rowCount": rows.rows_in, "bytes": bytes, "fileCount": landed.len(), "columnMetrics": {} });
    put(&mut of_input, "dataQualityMetrics", metrics);
    let taken = json!({
        "assertion": "row_count",
        "name": "rows_refused",
        "success": rows.rejected == 0,
        "severity": "warn",
        "expected": "0",
        "actual": rows.rejected.to_string(),
    });
    put(
        &mut of_input,
        "dataQualityAssertions",
        json!({ "assertions": [taken] }),
    );
    json!({
        "namespace": format!("hub://{site}/sources"),
        "name": format!("{connector}.{}", stream.stream),
        "facets": of_dataset,
        "inputFacets": of_input,
    })
}

/// Every table `run` wrote to, whichever streams did.
fn tables(site: &str, run: &CommittedRun) -> Vec<Value> {
    let mut by_table: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for file in run.streams.iter().flat_map(|stream| &stream.files) {
        let name = format!("{}.{}", file.schema.as_str(), file.table);
        by_table.entry(name).or_default().push(file);
    }
    let table = |(name, files): (String, Vec<&hub_model::NewFile>)| {
        let (mut of_dataset, mut of_output) = (Map::new(), Map::new());
        if let Some(file) = files.first() {
            put(
                &mut of_dataset,
                "schema",
                json!({ "fields": fields(&file.columns) }),
            );
        }
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        let statistics = json!({ "rowCount": rows, "size": bytes, "fileCount": files.len() });
        put(&mut of_output, "outputStatistics", statistics);
        json!({
            "namespace": format!("hub://{site}/lake"),
            "name": name,
            "facets": of_dataset,
            "outputFacets": of_output,
        })
    };
    by_table.into_iter().map(table).collect()
}

fn fields<T: AsRef<str>>(columns: &[(String, T)]) -> Vec<Value> {
    let columns = columns.iter().enumerate();
    columns
        .map(
            |(nth, (name, kind))| json!({ "name": name, "type": kind.as_ref(), "ordinal_position": nth + 1 }),
        )
        .collect()
}

/// `run` in the form OpenLineage wants ids in: the same 128 bits.
fn uuid(run: RunId) -> String {
    let digit = |c: char| ALPHABET.chars().position(|known| known == c).unwrap_or_default();
    let bits = run
        .to_string()
        .chars()
        .fold(0_u128, |bits, c| bits << 5 | digit(c) as u128);
    let hex: Vec<char> = format!("{bits:032x}").chars().collect();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    let parts = parts.map(|part| hex.get(part).unwrap_or_default().iter().collect::<String>());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_the_same_bits_as_a_uuid() {
        let run = RunId::new(0x0123_4567_89ab, 0xcdef_0123_4567_89ab_cdef);
        assert_eq!(uuid(run), "01234567-89ab-cdef-0123-456789abcdef");
    }

    #[test]
    fn a_fault_tells_no_words_of_a_plugin() {
        let fault = RunFault {
            category: "data".to_owned(),
            cause: "plugin".to_owned(),
            message: "row of 王建军".to_owned(),
            log_tail: vec!["王建军".to_owned()],
        };
        let event = event("341221", RunId::new(1, 2), "c", &Said::Failed(&fault), 0);
        assert_eq!(event["eventType"], "FAIL");
        let message = &event["run"]["facets"]["errorMessage"]["message"];
        assert_eq!(message, "data (plugin)");
        assert!(!event.to_string().contains("王建军"));
    }
}
