//! The nouns of the hub: what a household, a landed row, a finding, a warning and an event are.
//! Here because every other crate speaks these words; a noun defined twice would drift apart.
//! In: plain values. Out: types that check themselves, and the Arrow schemas of the canonical tables.
//! Not here: files, clocks, networks, SQL, async. Nothing in this crate performs I/O.

mod answer;
mod authored;
mod calendar;
pub mod case;
mod credential;
mod event;
mod event_schema;
mod finding;
pub mod guard;
mod identity;
mod ids;
mod lake;
mod money;
pub mod push;
pub mod quiet;
mod registry;
mod rejection;
mod renamed;
pub mod route;
#[cfg(test)]
mod route_tests;
mod rule;
mod rule_life;
mod run;
mod severity;
pub mod tables;
pub mod values;
mod warning;
#[cfg(test)]
mod warning_tests;
mod whom;

pub use answer::{Answers, Measured, Side, SuggestedLine, median};
pub use authored::{Mistake, Place, from_toml, from_toml_with, nearest, schema_of, with_suggestion};
pub use calendar::{Calendar, HOURS_AHEAD};
pub use case::{Case, CaseState};
pub use credential::{Credential, CredentialId, Permission, Scope};
pub use event::{CaseEvent, Event, EventRule, EventType, OutboxMessage};
pub use finding::{CitedCell, Evidence, Finding, Matching, Score, Value};
pub use identity::{Link, LinkReport, Links, Oddity, Says, Standing, Verdict, Whose};
pub use ids::{
    CaseId, EventId, HouseholdId, InvalidId, PersonId, RuleId, RunId, StreamId, Subject, SubjectKey,
    SubjectKind,
};
pub use lake::{
    ActiveData, CORRECTS, FileRef, HEADER, LOCATOR, LandedSource, Lineage, NewFile, PART, ROW, Schema,
};
pub use money::Fen;
pub use registry::{Key, Registries, Registry};
pub use rejection::{
    PartRefusals, RETURNED_NUMBER, RETURNED_PLACE, RETURNED_REASON, RETURNED_SHEET, RETURNED_SUGGESTION,
    Refusal, RefusalReason, RowKey,
};
pub use renamed::{PlaceLevel, PlaceNames, RenamedPlaces};
pub use rule::{Parameter, RefusedRule, RuleHeader, RuleOutcome, RuleState, Watched};
pub use rule_life::{Category, Due, Kpi, KpiUnit, Life, Period};
pub use run::{RowCounts, RunFault, RunState, StreamCounts};
pub use severity::Severity;
pub use values::IdNumber;
pub use warning::{Fingerprint, Tracked, Warning, WarningChange, WarningDiff};
pub use whom::{Whom, WhomMember};
