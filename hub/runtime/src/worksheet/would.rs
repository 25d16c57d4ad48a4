//! What lines of worksheets would come to, told before they are done.
//! Here because whoever takes back two hundred lines wants to know beforehand which of them the hub will not have.
//! In: lines, the cases as they stand. Out: the counts and refusals that doing them now would bring; nothing is written.
//! Not here: doing them (act), what a line asks (line).

use std::collections::BTreeMap;

use hub_model::case::Action;
use hub_model::{CaseId, Scope};
use hub_store::Store;

use super::{Line, NUMBER, OUTCOME, Refusal, Sheet, Taken};
use crate::{Sources, clock};

/// Cases that an earlier line would have moved: by what it says, and why not all of it would have been done.
type Moved = BTreeMap<CaseId, (String, Option<Refusal>)>;

impl Sources {
    /// What taking `sheets` would come to, one after the other, by `actor`.
    pub async fn would_take(&self, store: &Store, sheets: &[Sheet], actor: &str) -> Taken {
        let (mut taken, mut moved) = (Taken::default(), Moved::new());
        for sheet in sheets {
            taken.blank += sheet.blank;
            for line in &sheet.lines {
                match self.would_do(store, line, actor, &mut moved).await {
                    Ok(true) => taken.repeated += 1,
                    Ok(false) => taken.done += 1,
                    Err(refusal) => taken.refused.push(refusal),
                }
            }
        }
        taken
    }

    /// Whether all of `line` had been done before.
    async fn would_do(
        &self,
        store: &Store,
        line: &Line,
        actor: &str,
        moved: &mut Moved,
    ) -> Result<bool, Refusal> {
        let seal = &self.settings.seal;
        let (id, _, _) = line.read(seal)?;
        // The same line says the same, whichever action its key is for.
        let says = line.key(Action::Accept);
        match moved.get(&id) {
            Some((before, None)) if *before == says => return Ok(true),
            Some((before, Some(refusal))) if *before == says => {
                return Err(Refusal {
                    place: line.place.clone(),
                    ..refusal.clone()
                });
            }
            Some(_) => {
                let why = "前面已有一行办理同一事项 / an earlier line is about the same case";
                return Err(line.refused(NUMBER, why));
            }
            None => {}
        }
        let asks = line.asks(store, (&Scope::whole(), seal), actor).await?;
        if asks.is_empty() {
            return Ok(true);
        }
        let failed = |error: hub_store::Error| line.refused(OUTCOME, error.to_string());
        let detail = store.case_detail(&Scope::whole(), id).await.map_err(failed)?;
        let none = || line.refused(NUMBER, "没有这个事项 / there is no such case");
        let mut case = detail.ok_or_else(none)?.case;
        let mut moves = false;
        for ask in &asks {
            match self.done(store, &case, ask, clock::now_ms()).await {
                Ok((after, _)) => case = after,
                Err(error) => {
                    let refusal = line.refused(OUTCOME, error.to_string());
                    if moves {
                        moved.insert(id, (says, Some(refusal.clone())));
                    }
                    return Err(refusal);
                }
            }
            moves = true;
        }
        moved.insert(id, (says, None));
        Ok(false)
    }
}
