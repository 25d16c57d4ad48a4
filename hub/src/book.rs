//! The rule book as a site uses it: as it was read, and without the rules that cannot be used.
//! Here because a rule is tried before it warns anybody, once, and what is wrong with one holds up no other.
//! In: the book as read, an engine. Out: the rules that plan and whose examples hold; the others with the reason.
//! Not here: how a rule is tried (engine).

use std::collections::HashSet;
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
        self.admitted_but(engine, &shipped::is_rule).await
    }

    /// The same, where `before` was tried: what stands in it to the letter, and is about the same parameters, holds.
    pub(crate) async fn admitted_beside(
        &self,
        engine: &Engine,
        before: &Self,
    ) -> hub_engine::Result<Arc<RuleBook>> {
        let known = before
            .admitted
            .get()
            .filter(|known| known.parameters == self.loaded.parameters);
        let known: HashSet<[u8; 32]> = known
            .into_iter()
            .flat_map(|book| book.rules.iter().map(|rule| rule.digest))
            .collect();
        let is_good = |rule: &Rule| known.contains(&rule.digest) || shipped::is_rule(rule);
        self.admitted_but(engine, &is_good).await
    }

    async fn admitted_but(
        &self,
        engine: &Engine,
        is_good: &(dyn Fn(&Rule) -> bool + Sync),
    ) -> hub_engine::Result<Arc<RuleBook>> {
        let admit = async || {
            let is_tried = |rule: &Rule| !is_good(rule);
            let book = match self.loaded.rules.iter().any(is_tried) {
                true => engine.admit(&self.loaded, &is_tried).await?,
                false => RuleBook::clone(&self.loaded),
            };
            for refused in &book.refused {
                tracing::error!(rule = refused.rule, why = refused.why, "a rule file is not used");
            }
            Ok(Arc::new(book))
        };
        self.admitted.get_or_try_init(admit).await.cloned()
    }
}
