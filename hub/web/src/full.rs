//! Cases written out in full, for the relay.
//! Here because a receiver that gets a case pushed reads the same form as one that asks for it.
//! In: a case's id. Out: what `GET /cases/{id}?view=full` answers a department.
//! Not here: which endpoints get it.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_model::Scope;
use hub_model::case::Role;
use hub_runtime::{FullCases, Live, Result};
use serde_json::Value;

use crate::api::CaseView;

/// Writes cases of a hub out.
pub struct WrittenOut(pub Arc<Live>);

impl FullCases for WrittenOut {
    fn full<'a>(&'a self, case: &'a str, actor: &'a str) -> BoxFuture<'a, Result<Option<Value>>> {
        async move {
            let hub = self.0.now();
            let full = hub.full_case(&Scope::whole(), case, actor).await?;
            let view = full.map(|full| serde_json::to_value(CaseView::full(&full, Role::Department)));
            Ok(view.transpose()?)
        }
        .boxed()
    }
}
