//! Cases as their department reads them, and with names and numbers when it may and it is recorded.
//! Here because a look at personal data that left no trace cannot be answered for.
//! In: a caller, filters, a case. Out: rows, a case whole; whom it is about after the entry in the audit log.
//! Not here: what is left out of a thin answer (web).

use hub_model::CaseId;
use hub_store::{CaseDetail, CaseRow, PageFilter};

use super::{Caller, Desk};
use crate::{FullCase, Result};

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
        let hub = self.hub.now();
        hub.full_case(caller.scope(), id, &caller.actor()).await
    }
}
