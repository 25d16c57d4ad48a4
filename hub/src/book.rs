//! The rule book as a site uses it: as it was read, and without the rules that cannot be used.
//! Here because a rule is tried before it warns anybody, once, and what is wrong with one holds up no other.
//! In: the book as read, an engine. Out: the rules that plan and whose examples hold; the others with the reason.
//! Not here: how a rule is tried (engine).

use std::sync::Arc;

use hub_engine::{Engine, Rule, RuleBook};
use tokio::sync::OnceCell;

use crate::shipped;

/// The rule book of a site.
pub(crate) struct Book {
    /// As it was read.
    pub(crate) loaded: Arc<RuleBook>,
    admitted: OnceCell<Arc<RuleBook>>,
}

impl Book {
    /// Of `loaded`, of which nothing was tried yet.
    pub(crate) fn of(loaded: RuleBook) -> Arc<Self> {
        Arc::new(Self {
            loaded: Arc::new(loaded),
            admitted: OnceCell::new(),
        })
    }

    /// The rules that can be used; tried the first time somebody asks. Those that are as shipped plan and hold by the
    /// project's own tests.
    pub(crate) async fn admitted(&self, engine: &Engine) -> hub_engine::Result<Arc<RuleBook>> {
        let admit = async || {
            let is_tried = |rule: &Rule| !shipped::is_rule(rule);
            let book = engine.admit(&self.loaded, &is_tried).await?;
            for refused in &book.refused {
                tracing::error!(rule = refused.rule, why = refused.why, "a rule file is not used");
            }
            Ok(Arc::new(book))
        };
        self.admitted.get_or_try_init(admit).await.cloned()
    }
}
