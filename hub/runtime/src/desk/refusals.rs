//! Refusals, written to the audit log, a bounded number each minute.
//! Here because an attempt to get in must leave a trace, and a million of them must not fill the disk.
//! In: whose name was used, why it was refused. Out: audit entries; what was not written is counted in the next.
//! Not here: refusing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hub_model::CredentialId;
use hub_store::AuditEntry;

use super::Desk;
use crate::{Result, clock};

/// Entries a minute for each credential.
const A_MINUTE: u32 = 30;
const MINUTE_MS: i64 = 60_000;

/// What was written in the present minute, by credential.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<CredentialId, Minute>>);

#[derive(Debug, Clone, Copy, Default)]
struct Minute {
    began_ms: i64,
    written: u32,
    left_out: u64,
}

impl Refusals {
    /// Whether one more is written, and how many were not since the last.
    fn take(&self, id: &CredentialId, now_ms: i64) -> Option<u64> {
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = minutes.entry(id.clone()).or_default();
        if now_ms - minute.began_ms >= MINUTE_MS {
            minute.began_ms = now_ms;
            minute.written = 0;
        }
        if minute.written >= A_MINUTE {
            minute.left_out += 1;
            return None;
        }
        minute.written += 1;
        Some(std::mem::take(&mut minute.left_out))
    }
}

impl Desk {
    /// Notes that something was refused in the name of `id`, because of `why`.
    pub(super) async fn note_refusal(&self, id: &CredentialId, why: &str) -> Result<()> {
        tracing::warn!(credential = id.as_str(), why, "a request was refused");
        let now_ms = clock::now_ms();
        let Some(left_out) = self.refusals.take(id, now_ms) else {
            return Ok(());
        };
        let entry = AuditEntry {
            actor: format!("credential/{id}"),
            action: "api.refused".to_owned(),
            subject: format!("credential/{id}"),
            detail: serde_json::json!({ "why": why, "left_out": left_out }).to_string(),
        };
        Ok(self.hub.store.record(&[entry], now_ms).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_refusals_is_counted_and_not_written() {
        let refusals = Refusals::default();
        let (one, other) = (
            CredentialId::parse("one").unwrap(),
            CredentialId::parse("other").unwrap(),
        );
        let written = (0..1_000)
            .filter(|n| refusals.take(&one, 100_000 + n).is_some())
            .count();
        assert_eq!(written, 30);
        assert_eq!(refusals.take(&other, 100_500), Some(0), "nobody else pays for it");
        assert_eq!(refusals.take(&one, 161_000), Some(970));
        assert_eq!(refusals.take(&one, 161_001), Some(0));
    }
}
