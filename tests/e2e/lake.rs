//! The lake is open: a DuckLake reader that is not ours attaches it while the hub runs.
//! Here because data nobody else can read is a cage.
//! In: DuckDB with its ducklake extension, in Python. Out: its counts, equal to ours and to the truth.
//! Not here: how the catalogue is written.

use crate::harness::python;
use crate::site::Site;

#[test]
fn duckdb_attaches_the_lake_read_only_while_the_service_runs() {
    let site = Site::new(1_500, 41);
    let service = site.serve();
    let report = site.run_all();
    let catalogue = format!("sqlite:{}", site.path("data/hub.db").display());
    let modules = ["duckdb", "duckdb_extension_ducklake", "duckdb_extension_sqlite"];
    let Some(seen) = python(&modules, "lake.py", &[&catalogue]) else {
        return;
    };
    let truth = site.truth();
    assert_eq!(seen["main"]["household"], report["households"], "{seen}");
    assert_eq!(seen["main"]["person"], report["people"], "{seen}");
    assert_eq!(
        seen["main"]["declared_income"], truth["rows"]["roster/incomes"],
        "{seen}"
    );
    assert_eq!(
        seen["landing"]["roster__members"], truth["rows"]["roster/members"],
        "{seen}"
    );
    // Before the first run the lake was empty, and still is when read as of then.
    assert_eq!(seen["tables_before"], 0, "{seen}");
    assert_eq!(seen["writable"], false, "{seen}");
    let (ready, _) = service.get("/readyz");
    assert_eq!(ready, 200);
    assert_eq!(service.stop(), Some(0));
}
