//! Cases as their department reads them, and with names and numbers when it may and it is recorded.
//! Here because a look at personal data that left no trace cannot be answered for.
//! In: a caller, filters, a case. Out: rows, a case whole; whom it is about after the entry in the audit log.
//! Not here: what is left out of a thin answer (web).

use std::sync::Arc;

use hub_model::{CaseId, Whom};
use hub_store::{AuditEntry, CaseDetail, CaseRow, PageFilter};

use super::{Caller, Desk};
use crate::{Error, Result, clock};

/// A case with whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullCase {
    /// The case.
    pub detail: CaseDetail,
    /// The household; `None` when it is about none, or none of that id is in the data.
    pub whom: Option<Whom>,
}

impl Desk {
    /// The next cases of the caller's that `filter` means; whether more follow.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn cases(&self, caller: &Caller, filter: &PageFilter) -> Result<(Vec<CaseRow>, bool)> {
        Ok(self.hub.store.case_page(caller.scope(), filter).await?)
    }

    /// A case of the caller's; `None` when there is none of that id, or it is another's.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn case(&self, caller: &Caller, id: &str) -> Result<Option<CaseDetail>> {
        let Ok(id) = CaseId::parse(id) else {
            return Ok(None);
        };
        Ok(self.hub.store.case_detail(caller.scope(), id).await?)
    }

    /// A case of the caller's with whom it is about. Who looked at what is in the audit log before anything is read.
    ///
    /// # Errors
    /// When store or engine refuse.
    pub async fn full_case(&self, caller: &Caller, id: &str) -> Result<Option<FullCase>> {
        let Some(detail) = self.case(caller, id).await? else {
            return Ok(None);
        };
        let case = &detail.case;
        let now_ms = clock::now_ms();
        let entry = AuditEntry {
            actor: caller.actor(),
            action: "case.revealed".to_owned(),
            subject: case.subject.to_string(),
            detail: serde_json::json!({
                "case": case.id, "version": case.version,
                "shown": ["household.phone", "person.name", "person.id_no", "evidence.cells", "case_event.text"],
            })
            .to_string(),
        };
        self.hub.store.record(&[entry], now_ms).await?;
        let turn = self.full.acquire().await;
        let _turn = turn.map_err(|_| Error::Unfit("the desk is closed".to_owned()))?;
        let data = Arc::new(self.hub.store.active_data().await?);
        let sources = &self.hub.sources;
        let day = sources.settings.day(now_ms);
        let whom = sources.engine.whom(data, case.subject.clone(), day);
        let whom = whom.await.map_err(Error::Engine)?;
        Ok(Some(FullCase { detail, whom }))
    }
}
