//! Opens the database with the settings that keep its promises.
//! Here because every connection must have them, whichever database it is.
//! In: where the data lies and what access is wanted. Out: a `Store`.
//! Not here: what is in the tables; how each database is opened (open/).

mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::db::{Pool, Tx};
use crate::later::Later;
use crate::{Home, Lease, Result, catalogue, form};

const READERS_MAX: u32 = 4;
const WRITERS: u32 = 1;

/// A new file of this program's form: connections that write and such that read.
pub(crate) async fn new_file(path: &Path) -> Result<(Pool, Pool)> {
    sqlite::writing(path).await
}

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing; the caller holds the [`crate::Lease`].
    Write,
    /// Reading only, also while another process writes.
    Read,
    /// The same, of an older program's database too: whether it is sound, its audit log, which files it names. Nothing else in it
    /// need be as this program knows it.
    Inspect,
}

/// The control store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writer: Pool,
    pub(crate) reader: Pool,
    home: Arc<Home>,
    commits: Arc<AtomicU64>,
    later: Later,
    /// The lease's number by which this node writes; none where a lease of the folder is enough.
    epoch: Option<i64>,
}

impl Store {
    /// Opens the database of `home`, for a folder alone `hub.db` in it; with [`Access::Write`] creates and migrates it.
    ///
    /// # Errors
    /// [`crate::Error::Missing`] when reading what was never made; [`crate::Error::Newer`] when a newer program wrote it; [`crate::Error::Older`] when
    /// reading more than [`Access::Inspect`] allows of what an older one wrote; with [`Access::Write`] that is brought up, a file
    /// after it was copied.
    pub async fn open(home: impl Into<Home>, access: Access) -> Result<Self> {
        let home: Home = home.into();
        let path = home.database();
        let (writer, reader) = match (&home.server, access) {
            (Some(server), Access::Write) => postgres::writing(server).await?,
            (Some(server), Access::Read | Access::Inspect) => postgres::reading(server).await?,
            (None, Access::Write) => sqlite::writing(&path).await?,
            (None, Access::Read | Access::Inspect) => sqlite::reading(&path).await?,
        };
        let store = Self {
            writer,
            reader,
            home: Arc::new(home),
            commits: Arc::default(),
            later: Later::default(),
            epoch: None,
        };
        if access != Access::Write {
            form::check(&store.reader, &path, access).await?;
            return Ok(store);
        }
        let mut tx = store.begin().await?;
        catalogue::initialise(&mut tx, store.lake_dir()).await?;
        tx.commit().await?;
        store.adopt_divisions().await?;
        Ok(store)
    }

    /// The same store, which writes only while `lease` is this node's.
    #[must_use]
    pub fn under(mut self, lease: &Lease) -> Self {
        self.epoch = lease.epoch();
        self
    }

    /// The folder the lake's files live in.
    #[must_use]
    pub fn lake_dir(&self) -> &Path {
        &self.home.lake_dir
    }

    /// What the database is called.
    pub(crate) fn database(&self) -> PathBuf {
        self.home.database()
    }

    /// Rises when a commit begins and when it ends. While it stays, no warning and no case changes: the holder of the lease
    /// is the only one who writes.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Counts a commit that begins or ends.
    pub(crate) fn count_commit(&self) {
        self.commits.fetch_add(1, Ordering::AcqRel);
    }

    /// Begins a write. At once the only one: a deferred one loses against a concurrent writer after it has read.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        match &self.writer {
            Pool::Sqlite(pool) => Ok(Tx::immediate(pool).await?),
            Pool::Postgres(pool) => postgres::begin(pool, self.epoch).await,
        }
    }

    /// Does `work`, which writes much at once.
    pub(crate) async fn at_large<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.later.after(&self.writer, work).await
    }

    /// Whether somebody of ours writes right now.
    pub(crate) fn is_written(&self) -> bool {
        self.writer.is_taken(WRITERS)
    }

    /// Writes what is still in the log into the database and closes it.
    pub async fn close(self) {
        self.later.done().await;
        self.reader.close().await;
        self.writer.close().await;
    }
}
