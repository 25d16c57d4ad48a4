//! Things that are served side by side, each by a loop of its own, and may be replaced by others while they are.
//! Here because a channel is added, changed or taken away while events of the others go out.
//! In: things, others in their place. Out: a loop begun for each that came, and asked to end for each that went.
//! Not here: what a loop does, and what a thing hands over to the one in its place.

use std::sync::{Arc, PoisonError, RwLock};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Things with a loop each.
pub(crate) struct Rota<T> {
    now: RwLock<Arc<[Arc<T>]>>,
    changed: Notify,
}

impl<T> Rota<T> {
    pub(crate) fn new(things: Vec<T>) -> Self {
        Self {
            now: RwLock::new(things.into_iter().map(Arc::new).collect()),
            changed: Notify::new(),
        }
    }

    /// Those of this moment.
    pub(crate) fn now(&self) -> Arc<[Arc<T>]> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `things` in the place of those before.
    pub(crate) fn replace(&self, things: Vec<T>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) =
            things.into_iter().map(Arc::new).collect();
        self.changed.notify_one();
    }

    /// Serves each by the loop that `begin` makes, until `stop`. A loop ends when its token says so: at the stop, or because
    /// its thing is there no more; what it has in hand it ends first.
    pub(crate) async fn serve<E, F: Future<Output = Result<(), E>>>(
        &self,
        stop: &CancellationToken,
        begin: impl Fn(Arc<T>, CancellationToken) -> F,
    ) -> Result<(), E> {
        let mut loops = FuturesUnordered::new();
        let mut served: Vec<(Arc<T>, CancellationToken)> = Vec::new();
        while !stop.is_cancelled() {
            let now = self.now();
            let is_in = |things: &[Arc<T>], one: &Arc<T>| things.iter().any(|thing| Arc::ptr_eq(thing, one));
            served.retain(|(thing, ends)| {
                let stays = is_in(&now, thing);
                if !stays {
                    ends.cancel();
                }
                stays
            });
            for thing in now.iter() {
                if !served.iter().any(|(known, _)| Arc::ptr_eq(known, thing)) {
                    let ends = stop.child_token();
                    loops.push(begin(Arc::clone(thing), ends.clone()));
                    served.push((Arc::clone(thing), ends));
                }
            }
            tokio::select! {
                Some(ended) = loops.next() => ended?,
                () = self.changed.notified() => {}
                () = stop.cancelled() => {}
            }
        }
        while let Some(ended) = loops.next().await {
            ended?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn what_goes_is_ended_what_comes_is_begun_and_what_stays_is_left_alone() {
        let rota = Rota::new(vec!["a", "b"]);
        let told: Mutex<Vec<String>> = Mutex::default();
        let (stop, told) = (CancellationToken::new(), &told);
        let tell = |said: String| told.lock().unwrap().push(said);
        let serving = rota.serve(&stop, |thing, ends| async move {
            tell(format!("{thing} begins"));
            ends.cancelled().await;
            tell(format!("{thing} ends"));
            Ok::<(), Infallible>(())
        });
        let changing = async {
            tokio::task::yield_now().await;
            rota.replace(vec!["c"]);
            while told.lock().unwrap().len() < 5 {
                tokio::task::yield_now().await;
            }
            stop.cancel();
        };
        let (served, ()) = tokio::join!(serving, changing);
        let Ok(()) = served;
        let mut said = told.lock().unwrap().clone();
        assert_eq!(said.pop().as_deref(), Some("c ends"));
        said.sort_unstable();
        assert_eq!(said, ["a begins", "a ends", "b begins", "b ends", "c begins"]);
    }
}
