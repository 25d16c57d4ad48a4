//! Exit codes, and how an error is told.
//! Here because scripts branch on the code and people read the sentence.
//! In: an error. Out: one line on stderr, one code.
//! Not here: which errors there are.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed |
//! | 2 | wrong usage: arguments, or the SQL of a question |
//! | 3 | some connector failed, or a rule file is not used; what the others brought or found was committed; or `hub doctor` found something wrong |
//! | 4 | not found |
//! | 5 | another hub holds the data directory, or another node the database |
//! | 6 | something that was read is held until a person approves or rejects it; the rest was committed |
//! | 7 | a case does not allow it: no such move from its state, not for this role, or not by the same person |
//! | 8 | a case changed since it was looked at |
//! | 9 | the audit log is not what was written |
//! | 69 | the service or a source cannot be reached |
//! | 75 | this node was too slow, and another may work on the database by now; started anew it waits for its turn |
//! | 77 | a plugin is refused |
//! | 78 | configuration |

use std::process::ExitCode;

use hub_model::Mistake;
use hub_model::case::Refused;
use plugin_host::Category;

use crate::lang;

/// Partly done.
pub(crate) const PARTIAL: u8 = 3;
/// Something waits for a person.
pub(crate) const HELD: u8 = 6;
/// The audit log is not what was written.
pub(crate) const ALTERED: u8 = 9;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NOT_FOUND: u8 = 4;
/// Another node may work on the data by now.
pub(crate) const LOST: u8 = 75;
const CONFLICT: u8 = 5;
const NOT_ALLOWED: u8 = 7;
const STALE: u8 = 8;
const UNAVAILABLE: u8 = 69;
const REFUSED: u8 = 77;
/// Configuration.
pub(crate) const CONFIG: u8 = 78;

/// A configuration that cannot be used, beyond a file's syntax.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(pub(crate) String);

/// Something asked for in a way that cannot be answered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Something asked for that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotFound(pub(crate) String);

/// Prints `error` with its causes and returns its code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("{}: {}", lang::pair("错误 error"), told(error));
    ExitCode::from(code_of(error))
}

/// Whether `error` is about what is written in the configuration, or what that speaks of.
pub(crate) fn is_configuration(error: &anyhow::Error) -> bool {
    code_of(error) == CONFIG
}

/// `error` with its causes, each said once.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = lang::said(&cause.to_string());
        if told.last().is_none_or(|last| !last.contains(&text)) {
            told.push(text);
        }
    }
    told.join(": ")
}

/// Prints `message` and returns the code for "failed".
pub(crate) fn failed(message: &str) -> ExitCode {
    eprintln!("{}: {}", lang::pair("错误 error"), lang::said(message));
    ExitCode::from(FAILED)
}

fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(FAILED)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if cause.is::<Mistake>() || cause.is::<ConfigError>() {
        return Some(CONFIG);
    }
    if cause.is::<UsageError>() {
        return Some(USAGE);
    }
    if cause.is::<NotFound>() {
        return Some(NOT_FOUND);
    }
    if cause.is::<plugin_host::PluginError>() {
        return Some(REFUSED);
    }
    if let Some(engine) = cause.downcast_ref::<hub_engine::Error>() {
        return of_engine(engine);
    }
    if let Some(store) = cause.downcast_ref::<hub_store::Error>() {
        return of_store(store);
    }
    cause.downcast_ref::<hub_runtime::Error>().and_then(of_runtime)
}

fn of_engine(error: &hub_engine::Error) -> Option<u8> {
    let written = matches!(
        error,
        hub_engine::Error::Written(_) | hub_engine::Error::Example { .. }
    );
    written.then_some(CONFIG)
}

fn of_store(error: &hub_store::Error) -> Option<u8> {
    use hub_store::Error;
    if matches!(error, Error::Held { .. } | Error::HeldByNode { .. }) {
        return Some(CONFLICT);
    }
    if matches!(
        error,
        Error::IdentityKey { .. }
            | Error::Address { .. }
            | Error::OldPostgres { .. }
            | Error::Encoding { .. }
            | Error::Filled { .. }
    ) {
        return Some(CONFIG);
    }
    if matches!(error, Error::LeaseLost) {
        return Some(LOST);
    }
    if matches!(error, Error::Silent { .. }) {
        return Some(UNAVAILABLE);
    }
    matches!(error, Error::Missing { .. }).then_some(NOT_FOUND)
}

fn of_runtime(error: &hub_runtime::Error) -> Option<u8> {
    match error {
        hub_runtime::Error::NoConnector { .. }
        | hub_runtime::Error::NoStream { .. }
        | hub_runtime::Error::NotHeld { .. }
        | hub_runtime::Error::NotHeldRule { .. }
        | hub_runtime::Error::NoCase { .. }
        | hub_runtime::Error::NoCredential { .. }
        | hub_runtime::Error::NoWarning { .. }
        | hub_runtime::Error::NoEndpoint { .. }
        | hub_runtime::Error::NoSchedule { .. } => Some(NOT_FOUND),
        hub_runtime::Error::Case(refused) => Some(match refused {
            Refused::Missing { .. } | Refused::Unfit { .. } | Refused::Actor => USAGE,
            Refused::NotAllowed { .. } | Refused::Role { .. } | Refused::SameEyes { .. } => NOT_ALLOWED,
        }),
        hub_runtime::Error::Unfit(_) => Some(USAGE),
        hub_runtime::Error::KeyReused { .. } | hub_runtime::Error::OtherCase { .. } => Some(NOT_ALLOWED),
        hub_runtime::Error::Stale { .. } => Some(STALE),
        hub_runtime::Error::Channel { .. }
        | hub_runtime::Error::Guard { .. }
        | hub_runtime::Error::Unmapped { .. } => Some(CONFIG),
        hub_runtime::Error::Connector { fault, .. } => Some(match fault.category {
            Category::Config => CONFIG,
            Category::NotFound => NOT_FOUND,
            Category::Auth
            | Category::Permission
            | Category::Transient
            | Category::RateLimited
            | Category::Schema
            | Category::Data
            | Category::Cancelled
            | Category::Internal
            | Category::Unsupported => UNAVAILABLE,
        }),
        hub_runtime::Error::Remote { status, .. } => Some(match status {
            None => UNAVAILABLE,
            Some(404) => NOT_FOUND,
            Some(403 | 409) => NOT_ALLOWED,
            Some(412) => STALE,
            Some(422) => USAGE,
            Some(_) => FAILED,
        }),
        hub_runtime::Error::Plugin(_) => Some(REFUSED),
        hub_runtime::Error::Store(store) => of_store(store),
        hub_runtime::Error::Engine(engine) => engine.downcast_ref::<hub_engine::Error>().and_then(of_engine),
        hub_runtime::Error::Io { .. }
        | hub_runtime::Error::Workbook(_)
        | hub_runtime::Error::Json(_)
        | hub_runtime::Error::Task(_) => None,
    }
}
