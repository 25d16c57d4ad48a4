//! The store's promises, on PostgreSQL.
//! Here because that is what several nodes share.
//! In: the installed server, one for all tests. Out: the suite's verdicts, and those on what only a server has.
//! Not here: the sentences themselves (suite).

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "server/carried.rs"]
mod carried;
#[path = "server/nodes.rs"]
mod nodes;
#[path = "server/place.rs"]
mod place;
#[path = "server/postgres.rs"]
mod postgres;
mod suite;
#[path = "server/tls.rs"]
mod tls;
