//! The desk: where departments' programs ask, each for its own cases and nothing else.
//! Here because whatever is answered outside passes through one place that knows who asks.
//! In: a token, then questions and deeds of its holder. Out: what is in the holder's scope; refusals of a few kinds.
//! Not here: HTTP. The desk's hub is private: what stands behind this door has no other way to the store.

mod acting;
mod answering;
mod codes;
mod feedback;
mod issue;
mod keys;
mod pulling;
mod reading;
mod refusal;
mod refusals;
mod returning;
mod signed;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use hub_model::case::Role;
use hub_model::{Credential, CredentialId, Permission, Scope};
use hub_store::Generation;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use zeroize::Zeroizing;

use crate::{Error, Live, Result, clock};
use refusals::Refusals;

pub use answering::Correspondent;
pub use codes::{Code, Meaning};
pub use feedback::{BYTES_MAX, Deed, LINES_MAX, Line, Operator, is_key, json, lines, said_of_keys};
pub use issue::{CredentialAsked, Issued, RevokeAsked, RotateAsked};
pub use keys::Keys;
pub use pulling::Fetched;
pub use refusal::{Refusal, allowed};
pub use signed::{SignatureHeaders, Unsigned};

/// Worksheets taken at the same time: each is held whole.
const SHEETS_AT_ONCE: usize = 2;

/// The desk.
pub struct Desk {
    hub: Arc<Live>,
    keys: Keys,
    /// Deeds outlive whoever asked and went away.
    tasks: TaskTracker,
    sheets: Arc<Semaphore>,
    refusals: Refusals,
}

/// Whoever holds a credential, for as long as one request takes.
pub struct Caller {
    credential: Credential,
    /// Keys that a signature of theirs may be made with.
    signing: Vec<Zeroizing<Vec<u8>>>,
}

impl Caller {
    /// Which credential.
    #[must_use]
    pub const fn id(&self) -> &CredentialId {
        &self.credential.id
    }

    /// As whom they act.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.credential.role
    }

    /// Which cases they may know of.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.credential.scope
    }

    /// What they may do.
    #[must_use]
    pub const fn permissions(&self) -> &BTreeSet<Permission> {
        &self.credential.permissions
    }

    /// Whether what they change must be signed.
    #[must_use]
    pub const fn must_sign(&self) -> bool {
        self.credential.signed
    }

    /// How audit entries and histories name them.
    fn actor(&self) -> String {
        format!("credential/{}", self.credential.id)
    }
}

/// Why somebody is not let in, as the audit log tells it; outside all of them look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shut {
    Token,
    Expired,
    Revoked,
}

impl Desk {
    /// A desk in front of `hub`.
    #[must_use]
    pub fn new(hub: Arc<Live>, keys: Keys, tasks: TaskTracker) -> Arc<Self> {
        Arc::new(Self {
            hub,
            keys,
            tasks,
            sheets: Arc::new(Semaphore::new(SHEETS_AT_ONCE)),
            refusals: Refusals::default(),
        })
    }

    /// Whoever holds `token`; `None` when it opens nothing.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn caller(&self, token: &str) -> Result<Option<Caller>> {
        let Some(id) = Keys::id_in(token) else {
            return Ok(None);
        };
        let Some((credential, generations)) = self.hub.store.credential(&id).await? else {
            return Ok(None);
        };
        let now_ms = clock::now_ms();
        let alive: Vec<&Generation> = generations
            .iter()
            .filter(|generation| generation.until_ms.is_none_or(|until_ms| now_ms < until_ms))
            .collect();
        // Every one is compared, so that the time it takes tells nothing.
        let matches = alive
            .iter()
            .filter(|generation| self.keys.is_token(token, &generation.digest))
            .count();
        let shut = if matches == 0 {
            Some(Shut::Token)
        } else if credential.revoked_ms.is_some() {
            Some(Shut::Revoked)
        } else if !credential.stands(now_ms) {
            Some(Shut::Expired)
        } else {
            None
        };
        if let Some(shut) = shut {
            self.note_refusal(&id, shut.as_str()).await?;
            return Ok(None);
        }
        let signing = alive
            .iter()
            .map(|generation| self.keys.signing_key(&id, generation.number))
            .collect();
        Ok(Some(Caller { credential, signing }))
    }

    /// Does `work` to its end.
    async fn undisturbed<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        // A client that goes away must not end a deed between two of its steps; the hub waits for it when it stops.
        let work = work.in_current_span();
        self.tasks.spawn(work).await.map_err(Error::Task)?
    }
}

/// Tells texts apart that are not secret; 16 hexadecimal digits.
#[must_use]
pub fn short_digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes)).chars().take(16).collect()
}

impl Shut {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}
