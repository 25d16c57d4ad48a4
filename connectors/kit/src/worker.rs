//! A thread that reads for the hub, and the hub's end of it.
//! Here because a foreign program or driver blocks as long as it likes, and the hub must hear a sign of life and be able to stop.
//! In: what reads, what stops it. Out: batches in order, checkpoints between them, one error at most.
//! Not here: what is read. A thread that does not end when it is stopped is left to the end of its process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use plugin_api::arrow::array::RecordBatch;
use plugin_api::serde_json::Value;
use plugin_api::{Batches, Context, Error};

/// Batches read ahead.
const READ_AHEAD: usize = 2;
/// How often the waiting end looks whether the work should stop.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often it tells the hub that the work goes on.
const LIFE_EVERY: Duration = Duration::from_secs(1);
/// How long a thread that was stopped is waited for.
const END_MAX: Duration = Duration::from_secs(2);

/// How long reading may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// All of it.
    pub total: Duration,
    /// Without a row or any other sign.
    pub silent: Duration,
}

enum Item {
    Batch(RecordBatch),
    Checkpoint(u64, Value),
    Failed(Error),
}

#[derive(Default)]
struct Shared {
    signs: AtomicU64,
    rows: AtomicU64,
    gone: AtomicBool,
}

/// Where the reading thread puts what it read.
pub struct Out {
    sender: SyncSender<Item>,
    shared: Arc<Shared>,
    batches: u64,
}

impl Out {
    /// Hands a batch over; waits until there is room for it.
    ///
    /// # Errors
    /// `cancelled` when nobody receives any more.
    pub fn batch(&mut self, batch: RecordBatch) -> Result<(), Error> {
        self.send(Item::Batch(batch))?;
        self.batches += 1;
        Ok(())
    }

    /// Says that `state` holds once the batches handed over so far are durable.
    ///
    /// # Errors
    /// `cancelled` when nobody receives any more.
    pub fn checkpoint(&mut self, state: Value) -> Result<(), Error> {
        self.send(Item::Checkpoint(self.batches, state))
    }

    /// Batches handed over.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// Something came from the source: `rows` since it was last said, maybe none.
    ///
    /// # Errors
    /// `cancelled` when nobody receives any more.
    pub fn sign(&self, rows: u64) -> Result<(), Error> {
        self.shared.signs.fetch_add(1, Ordering::Relaxed);
        self.shared.rows.fetch_add(rows, Ordering::Relaxed);
        if self.shared.gone.load(Ordering::Relaxed) {
            return Err(Error::cancelled());
        }
        Ok(())
    }

    fn send(&self, item: Item) -> Result<(), Error> {
        self.sign(0)?;
        self.sender.send(item).map_err(|_| Error::cancelled())
    }
}

/// Starts `work` on a thread of its own. `stop` is called once, when nobody wants its rows any more.
///
/// # Errors
/// `internal` when there is no thread to be had.
pub fn batches(
    stream: &str,
    patience: Patience,
    ctx: &Context,
    work: impl FnOnce(&mut Out) -> Result<(), Error> + Send + 'static,
    stop: impl FnOnce() + Send + 'static,
) -> Result<Batches, Error> {
    let (sender, receiver) = sync_channel(READ_AHEAD);
    let shared = Arc::new(Shared::default());
    let mut out = Out {
        sender,
        shared: Arc::clone(&shared),
        batches: 0,
    };
    let run = move || {
        if let Err(error) = work(&mut out) {
            // When nobody receives, nobody wants to know.
            let _gone = out.sender.send(Item::Failed(error));
        }
    };
    let thread = std::thread::Builder::new()
        .name(format!("read {stream}"))
        .spawn(run)?;
    Ok(Box::new(Handed {
        receiver: Some(receiver),
        thread: Some(thread),
        stop: Some(Box::new(stop)),
        shared,
        stream: stream.to_owned(),
        patience,
        began: Instant::now(),
        ctx: ctx.clone(),
    }))
}

/// The hub's end.
struct Handed {
    receiver: Option<Receiver<Item>>,
    thread: Option<JoinHandle<()>>,
    stop: Option<Box<dyn FnOnce() + Send>>,
    shared: Arc<Shared>,
    stream: String,
    patience: Patience,
    began: Instant,
    ctx: Context,
}

impl Handed {
    /// The next item; none at the end.
    fn wait(&self, receiver: &Receiver<Item>) -> Result<Option<Item>, Error> {
        let mut told = Instant::now();
        let mut signs = self.shared.signs.load(Ordering::Relaxed);
        let mut heard = Instant::now();
        loop {
            match receiver.recv_timeout(LOOK_EVERY) {
                Ok(item) => return Ok(Some(item)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.ctx.ensure_running()?;
            let now = self.shared.signs.load(Ordering::Relaxed);
            if now != signs {
                (signs, heard) = (now, Instant::now());
            }
            if heard.elapsed() > self.patience.silent {
                let seconds = self.patience.silent.as_secs();
                return Err(Error::transient(format!(
                    "流 {}：{seconds} 秒没有任何数据到来（silent_seconds），已停止读取；请查看来源是否繁忙或停住",
                    self.stream
                )));
            }
            if self.began.elapsed() > self.patience.total {
                let seconds = self.patience.total.as_secs();
                return Err(Error::transient(format!(
                    "流 {}：超过 {seconds} 秒（total_seconds）没有读完，已停止读取",
                    self.stream
                )));
            }
            if told.elapsed() > LIFE_EVERY {
                told = Instant::now();
                let rows = self.shared.rows.load(Ordering::Relaxed);
                self.ctx.progress(rows, 0, None);
            }
        }
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, Error> {
        loop {
            let Some(receiver) = &self.receiver else {
                return Ok(None);
            };
            match self.wait(receiver)? {
                Some(Item::Batch(batch)) => {
                    let rows = self.shared.rows.load(Ordering::Relaxed);
                    self.ctx.progress(rows, 0, None);
                    return Ok(Some(batch));
                }
                Some(Item::Checkpoint(after, state)) => self.ctx.checkpoint(&self.stream, after, &state)?,
                Some(Item::Failed(error)) => return Err(error),
                None => {
                    self.receiver = None;
                    self.stop = None;
                    let panicked = self.thread.take().is_some_and(|thread| thread.join().is_err());
                    return if panicked {
                        Err(Error::internal("the reading thread panicked"))
                    } else {
                        Ok(None)
                    };
                }
            }
        }
    }

    /// Stops the reading; waits for it a little.
    fn end(&mut self) {
        self.shared.gone.store(true, Ordering::Relaxed);
        self.receiver = None;
        if let Some(stop) = self.stop.take() {
            stop();
        }
        let Some(thread) = self.thread.take() else { return };
        let until = Instant::now() + END_MAX;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY / 10);
        }
        if thread.is_finished() {
            // A panic was reported through the SDK's hook; there is nobody left to tell.
            let _panicked = thread.join();
        }
    }
}

impl Iterator for Handed {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance().transpose();
        if matches!(next, Some(Err(_))) {
            self.end();
        }
        next
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::Category;
    use plugin_api::arrow::array::{ArrayRef, Int32Array};
    use plugin_api::testing::Recorder;
    use std::sync::mpsc::channel;

    const LONG: Patience = Patience {
        total: Duration::from_secs(60),
        silent: Duration::from_secs(60),
    };

    #[test]
    fn batches_and_checkpoints_keep_their_order_and_an_error_is_the_last() {
        let host = Recorder::default();
        let work = |out: &mut Out| {
            for number in 1..=2 {
                let column: ArrayRef = Arc::new(Int32Array::from(vec![number]));
                out.batch(RecordBatch::try_from_iter([("n", column)])?)?;
                out.checkpoint(number.into())?;
            }
            Err(Error::data("broken"))
        };
        let mut read = batches("s", LONG, &host.context(), work, || {}).unwrap();
        assert!(read.next().unwrap().is_ok() && read.next().unwrap().is_ok());
        assert_eq!(read.next().unwrap().unwrap_err().category(), Category::Data);
        assert!(read.next().is_none());
        let after: Vec<u64> = host.checkpoints().iter().map(|c| c.after_batch).collect();
        assert_eq!(after, [1, 2]);
    }

    #[test]
    fn silence_and_a_cancel_end_a_reading_that_blocks() {
        for (silent, cancel, category) in [
            (Duration::from_millis(1), false, Category::Transient),
            (LONG.silent, true, Category::Cancelled),
        ] {
            let host = Recorder::default();
            let (stop, stopped) = channel::<()>();
            let work = move |_: &mut Out| {
                let _stopped = stopped.recv();
                Ok(())
            };
            let patience = Patience { silent, ..LONG };
            let mut read = batches("s", patience, &host.context(), work, move || drop(stop)).unwrap();
            if cancel {
                host.cancel();
            }
            assert_eq!(read.next().unwrap().unwrap_err().category(), category);
        }
    }
}
