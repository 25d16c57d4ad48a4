//! The product from outside: the real binary, the real plugin in its child, a real receiver.
//! Here because promises to operators and departments are about processes, files and sockets, not about functions.
//! In: the built workspace, synthetic counties whose right answers are known. Out: exit codes, JSON, what a receiver saw.
//! Not here: faults of plugins (hostile), house rules (tidy).
//!
//! `HUB_KILLS` sets how many times the hub is killed (default 20), `HUB_SOAK_MINUTES` how long fifty sources run (default: once). Tests that need an outside party (Python with
//! `duckdb`, `pyarrow`, `standardwebhooks`, `svix`, `cloudevents`, `gmssl`, `aiosmtpd`, `openlineage-python`, `opentelemetry-proto` or ADBC drivers, by `HUB_PYTHON` or `python3`; a Singer tap, by
//! `HUB_TAP_POSTGRES`; PostgreSQL; MariaDB; the JSON Schema of CloudEvents, by `HUB_CLOUDEVENTS_SCHEMA`, and those of OpenLineage, by `HUB_OPENLINEAGE_SCHEMAS`; `make`, `minisign`, `openssl`, `promtool`, libfaketime) say so and
//! skip without it, as does making a package without cargo-deb (`HUB_CARGO_DEB`) and root, and telling traces without a hub that was built with
//! OpenTelemetry (`HUB_OTEL`); with `HUB_REQUIRE_EXTERNAL=1` they fail instead.

#[path = "e2e/abuse/mod.rs"]
mod abuse;
#[path = "e2e/api.rs"]
mod api;
#[path = "e2e/api_contracts.rs"]
mod api_contracts;
#[path = "e2e/api_deeds.rs"]
mod api_deeds;
#[path = "e2e/asked.rs"]
mod asked;
#[path = "e2e/author.rs"]
mod author;
#[path = "e2e/backup.rs"]
mod backup;
#[path = "e2e/book.rs"]
mod book;
#[path = "e2e/bridges.rs"]
mod bridges;
#[path = "e2e/case_life.rs"]
mod case_life;
#[path = "e2e/collector.rs"]
mod collector;
#[path = "e2e/config.rs"]
mod config;
#[path = "e2e/config_mistakes.rs"]
mod config_mistakes;
#[path = "e2e/config_schema.rs"]
mod config_schema;
#[path = "e2e/demo.rs"]
mod demo;
#[path = "e2e/exchange_base.rs"]
mod exchange_base;
#[path = "e2e/exchange_files.rs"]
mod exchange_files;
#[path = "e2e/exchange_tables.rs"]
mod exchange_tables;
#[path = "e2e/guards.rs"]
mod guards;
#[path = "e2e/harness.rs"]
mod harness;
#[path = "e2e/help.rs"]
mod help;
#[path = "e2e/household.rs"]
mod household;
#[path = "e2e/http.rs"]
mod http;
#[path = "e2e/identity.rs"]
mod identity;
#[path = "e2e/kill.rs"]
mod kill;
#[path = "e2e/lake.rs"]
mod lake;
#[path = "e2e/languages.rs"]
mod languages;
#[path = "e2e/lineage.rs"]
mod lineage;
#[path = "e2e/linkage.rs"]
mod linkage;
#[path = "e2e/listener.rs"]
mod listener;
#[path = "e2e/logs.rs"]
mod logs;
#[path = "e2e/machine.rs"]
mod machine;
#[path = "e2e/mariadb.rs"]
mod mariadb;
#[path = "e2e/metrics.rs"]
mod metrics;
#[path = "e2e/nodes.rs"]
mod nodes;
#[path = "e2e/office.rs"]
mod office;
#[path = "e2e/otel.rs"]
mod otel;
#[path = "e2e/package.rs"]
mod package;
#[path = "e2e/plan.rs"]
mod plan;
#[path = "e2e/plugins.rs"]
mod plugins;
#[path = "e2e/postgres.rs"]
mod postgres;
#[path = "e2e/preview.rs"]
mod preview;
#[path = "e2e/programs.rs"]
mod programs;
#[path = "e2e/progress.rs"]
mod progress;
#[path = "e2e/push.rs"]
mod push;
#[path = "e2e/push_channels.rs"]
mod push_channels;
#[path = "e2e/push_faults.rs"]
mod push_faults;
#[path = "e2e/push_proof.rs"]
mod push_proof;
#[path = "e2e/push_storm.rs"]
mod push_storm;
#[path = "e2e/quarantine.rs"]
mod quarantine;
#[path = "e2e/questions.rs"]
mod questions;
#[path = "e2e/readiness.rs"]
mod readiness;
#[path = "e2e/receivers.rs"]
mod receivers;
#[path = "e2e/reload.rs"]
mod reload;
#[path = "e2e/reload_large.rs"]
mod reload_large;
#[path = "e2e/retention.rs"]
mod retention;
#[path = "e2e/retention_schedule.rs"]
mod retention_schedule;
#[path = "e2e/routes.rs"]
mod routes;
#[path = "e2e/rules.rs"]
mod rules;
#[path = "e2e/schedules.rs"]
mod schedules;
#[path = "e2e/schedules_config.rs"]
mod schedules_config;
#[path = "e2e/service.rs"]
mod service;
#[path = "e2e/serving.rs"]
mod serving;
#[path = "e2e/signals.rs"]
mod signals;
#[path = "e2e/site.rs"]
mod site;
#[path = "e2e/snapshot.rs"]
mod snapshot;
#[path = "e2e/soak.rs"]
mod soak;
#[path = "e2e/sources.rs"]
mod sources;
#[path = "e2e/stale.rs"]
mod stale;
#[path = "e2e/tape.rs"]
mod tape;
#[path = "e2e/terminal.rs"]
mod terminal;
#[path = "e2e/top.rs"]
mod top;
#[path = "e2e/trials.rs"]
mod trials;
#[path = "e2e/worksheets.rs"]
mod worksheets;
