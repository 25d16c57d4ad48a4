//! Whom the rows of a snapshot speak of, found before rules read them.
//! Here because a rule over data whose links are older than its rows would judge the wrong family.
//! In: the snapshot to be. Out: its links, in it and to be committed with it.
//! Not here: how links are found (engine).

use std::sync::Arc;

use chrono::NaiveDate;
use hub_model::ActiveData;
use hub_store::{KeptWeights, Linking};

use crate::port::LinkJob;
use crate::{Error, Hub, Result};

impl Hub {
    /// Finds whom the rows of `data` speak of, and says so in it.
    pub(crate) async fn link(&self, data: &mut ActiveData, day: NaiveDate) -> Result<Linking> {
        let job = LinkJob {
            verdicts: self.store.verdicts().await?,
            weights: self.store.frozen_weights().await?.map(|kept| kept.body),
            day,
        };
        let linked = self
            .sources
            .engine
            .link(Arc::new(data.clone()), job)
            .await
            .map_err(Error::Engine)?;
        data.links = Arc::new(linked.links.clone());
        Ok(Linking {
            links: linked.links,
            weights: linked.freeze.map(|(version, body)| KeptWeights { version, body }),
            report: linked.report,
        })
    }
}
