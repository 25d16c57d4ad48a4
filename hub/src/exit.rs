//! Exit codes, and how an error is told.
//! Here because scripts branch on the code and people read the sentence.
//! In: an error. Out: one line on stderr, one code.
//! Not here: which errors there are.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed |
//! | 2 | wrong usage (clap) |
//! | 3 | partly done: some connector failed, the rest was committed |
//! | 4 | not found |
//! | 5 | another hub holds the data directory |
//! | 69 | the service or a source cannot be reached |
//! | 77 | a plugin is refused |
//! | 78 | configuration |

use std::process::ExitCode;

use hub_model::Mistake;

/// Partly done.
pub(crate) const PARTIAL: u8 = 3;
const FAILED: u8 = 1;
const NOT_FOUND: u8 = 4;
const CONFLICT: u8 = 5;
const UNAVAILABLE: u8 = 69;
const REFUSED: u8 = 77;
const CONFIG: u8 = 78;

/// A configuration that cannot be used, beyond a file's syntax.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(pub(crate) String);

/// Something asked for that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotFound(pub(crate) String);

/// Prints `error` with its causes and returns its code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut told: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if told.last().is_none_or(|last| !last.contains(&text)) {
            told.push(text);
        }
    }
    eprintln!("错误 error: {}", told.join(": "));
    ExitCode::from(code_of(error))
}

/// Prints `message` and returns the code for "failed".
pub(crate) fn failed(message: &str) -> ExitCode {
    eprintln!("错误 error: {message}");
    ExitCode::from(FAILED)
}

fn code_of(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if cause.is::<Mistake>() || cause.is::<ConfigError>() {
            return CONFIG;
        }
        if cause.is::<NotFound>() {
            return NOT_FOUND;
        }
        if cause.is::<plugin_host::PluginError>() {
            return REFUSED;
        }
        if let Some(engine) = cause.downcast_ref::<hub_engine::Error>() {
            return match engine {
                hub_engine::Error::Written(_) | hub_engine::Error::Example { .. } => CONFIG,
                _ => FAILED,
            };
        }
        if let Some(store) = cause.downcast_ref::<hub_store::Error>() {
            return match store {
                hub_store::Error::Held { .. } => CONFLICT,
                hub_store::Error::Missing { .. } => NOT_FOUND,
                _ => FAILED,
            };
        }
        if let Some(runtime) = cause.downcast_ref::<hub_runtime::Error>() {
            match runtime {
                hub_runtime::Error::NoConnector { .. } => return NOT_FOUND,
                hub_runtime::Error::Connector { fault, .. } if fault.category.name() == "config" => {
                    return CONFIG;
                }
                hub_runtime::Error::Connector { .. } | hub_runtime::Error::Remote { .. } => {
                    return UNAVAILABLE;
                }
                hub_runtime::Error::Channel { .. } => return CONFIG,
                hub_runtime::Error::Plugin(_) => return REFUSED,
                hub_runtime::Error::Engine(engine) => {
                    return match engine.downcast_ref::<hub_engine::Error>() {
                        Some(hub_engine::Error::Written(_)) => CONFIG,
                        _ => FAILED,
                    };
                }
                _ => {}
            }
        }
    }
    FAILED
}
