//! The control store: what must survive a power cut and agree with itself.
//! Here because one SQL transaction ties together files, cursors, warnings, outbox and audit.
//! In: plain values of `hub-model`. Out: the same, read back. Times are milliseconds since 1970 UTC.
//! Not here: what a rule is, HTTP, plugins, Parquet. The store lists files, it never opens them.

mod answers;
mod audit;
mod audit_read;
mod case_page;
mod case_read;
mod case_write;
mod cases;
mod catalogue;
mod catalogue_table;
mod commit;
mod copy;
mod credentials;
mod delivery;
mod endpoint;
mod error;
mod fire_state;
mod fires;
mod gathered;
mod gauges;
mod held;
mod held_rules;
mod held_write;
mod lease;
mod links;
mod many;
mod open;
mod outbox;
mod present;
mod probe;
mod pulled;
mod quiet;
mod reconcile;
mod refused;
mod registry;
mod replay;
mod retention;
mod retention_kinds;
mod runs;
mod schedules;
mod scoped;
mod sheet;
mod status;
mod verdicts;

pub use answers::{Answered, Fired};
pub use audit::AuditEntry;
pub use audit_read::{AuditRow, Flaw, Verified};
pub use case_page::{CASE_PAGE_MAX, PageFilter};
pub use case_read::{CaseFilter, CaseRow};
pub use case_write::{CaseChange, Request, WarningRound};
pub use cases::{CaseDetail, CaseWarning};
pub use commit::{Commit, CommittedRun, Evaluation, StreamCommit};
pub use credentials::{CredentialRow, Generation, Seen, SignedRequest};
pub use delivery::{ATTEMPTS_KEPT, Attempt, AttemptOutcome, Delivery, Told};
pub use endpoint::EndpointRow;
pub use error::Error;
pub use fire_state::FireState;
pub use fires::{FIRES_KEPT, FireClaimed, FireMade, FireMoved, FireRow, ScheduleDecided};
pub use gathered::{Digest, DigestKey, Waiting};
pub use gauges::{Gauges, RowCount, RuleCount, RunCount, ScheduleCount};
pub use held::{Decision, HeldJob, HeldPart, HeldRow, HeldState, HeldStream};
pub use held_rules::{HeldRule, Released};
pub use lease::Lease;
pub use links::{KeptWeights, Linking};
pub use open::{Access, Store};
pub use outbox::OutboxCounts;
pub use probe::Probed;
pub use pulled::{EVENT_PAGE_MAX, EventPage, Pull, PulledEvent};
pub use quiet::Quieting;
pub use reconcile::{Reconciled, Way};
pub use refused::{Closed, RefusedFilter, RefusedGroup, RefusedRow};
pub use replay::{AttemptRow, DeadRow, REPLAY_MAX, Replayed, Sent};
pub use retention::{Cut, Gone, Kept, ROWS_AT_ONCE};
pub use retention_kinds::{EVALUATIONS_KEPT, RUNS_KEPT};
pub use runs::{RunRow, StreamRow};
pub use schedules::ScheduleRow;
pub use sheet::{SHEET_ROWS_MAX, SheetRow, SheetWarning};
pub use status::{HeldSummary, Status};
pub use verdicts::VerdictRow;

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, Error>;
