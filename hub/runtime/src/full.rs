//! A case with whom it is about: names, numbers, telephones.
//! Here because a look at personal data that left no trace cannot be answered for, whichever door it is taken through.
//! In: a scope, a case, who looks. Out: the case whole, after the entry in the audit log.
//! Not here: how it is shown (web), who may (desk), which endpoints get it (channels).

use std::sync::Arc;

use futures::future::BoxFuture;
use hub_model::{CaseId, Scope, Whom};
use hub_store::{AuditEntry, CaseDetail};

use crate::{Error, Hub, Result, clock};

/// Looks at the same time: each reads the lake.
pub(crate) const LOOKS_AT_ONCE: usize = 2;

/// A case with whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullCase {
    /// The case.
    pub detail: CaseDetail,
    /// The household; `None` when it is about none, or none of that id is in the data.
    pub whom: Option<Whom>,
}

/// Who writes cases out in full, for endpoints that were approved to get them so.
pub trait FullCases: Send + Sync {
    /// The case as JSON; `None` when there is none of that id. The look is recorded as `actor`'s before anything is read.
    fn full<'a>(&'a self, case: &'a str, actor: &'a str) -> BoxFuture<'a, Result<Option<serde_json::Value>>>;
}

impl Hub {
    /// The case called `id` in `scope`, with whom it is about; `None` when there is none. That `actor` looked, and at what, is in
    /// the audit log before anything is read.
    ///
    /// # Errors
    /// When store or engine refuse.
    pub async fn full_case(&self, scope: &Scope, id: &str, actor: &str) -> Result<Option<FullCase>> {
        let Ok(id) = CaseId::parse(id) else {
            return Ok(None);
        };
        let Some(detail) = self.store.case_detail(scope, id).await? else {
            return Ok(None);
        };
        let case = &detail.case;
        let now_ms = clock::now_ms();
        let entry = AuditEntry {
            actor: actor.to_owned(),
            action: "case.revealed".to_owned(),
            subject: case.subject.to_string(),
            detail: serde_json::json!({
                "case": case.id, "version": case.version,
                "shown": ["household.phone", "person.name", "person.id_no", "evidence.cells", "case_event.text"],
            })
            .to_string(),
        };
        self.store.record(&[entry], now_ms).await?;
        let turn = self.shared.looks.acquire().await;
        let _turn = turn.map_err(|_| Error::Unfit("the hub is closed".to_owned()))?;
        let data = Arc::new(self.store.active_data().await?);
        let day = self.sources.settings.day(now_ms);
        let whom = self.sources.engine.whom(data, case.subject.clone(), day);
        let whom = whom.await.map_err(Error::Engine)?;
        Ok(Some(FullCase { detail, whom }))
    }
}
