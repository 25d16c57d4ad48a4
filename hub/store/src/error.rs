//! What can go wrong between the hub and its database.
//! Here because callers branch on few cases: locked by another hub, too new, damaged, or just SQL.
//! In: driver errors. Out: one enum whose texts name the thing and what to do.
//! Not here: exit codes (the binary's business).

use std::path::PathBuf;

/// A store operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the data directory.
    #[error("{} is held by another hub process (pid {holder}) that takes no commands; wait for it to end, or stop it", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// What the lock file says of its holder.
        holder: String,
    },
    /// Another node holds the database.
    #[error(
        "{database}：由另一个节点 {node} 使用；请在该节点上操作，或等它停止 / \
         is held by node {node}; do it there, or wait until that one ends"
    )]
    HeldByNode {
        /// The database.
        database: String,
        /// Which node.
        node: String,
    },
    /// This node was too slow to prolong its lease: another may work by now.
    #[error(
        "本节点已失去数据库的使用权，没有写入：另一个节点可能已接管 / \
         this node lost the lease of the database and wrote nothing: another may have taken over"
    )]
    LeaseLost,
    /// The server does not answer.
    #[error(
        "{database}：数据库服务器没有应答，请检查它是否在运行、网络是否通 / the server does not answer; is it running, and is there a way to it?"
    )]
    Silent {
        /// The database.
        database: String,
    },
    /// What should be the address of a server is none.
    #[error(
        "不是数据库地址（{why}），应写作 postgres://用户:密码@主机:端口/数据库 / \
         no address of a database ({why}); it is written postgres://user:password@host:port/database"
    )]
    Address {
        /// Why not.
        why: String,
    },
    /// A database that holds something is not to be filled.
    #[error(
        "{}：数据库不是空的，不会覆盖；请换一个空数据库 / holds something already, and nothing is overwritten: name an empty database",
        database.display()
    )]
    Filled {
        /// The database.
        database: PathBuf,
    },
    /// The server is too old.
    #[error("PostgreSQL {found} 版本过低，需要 13 或更新 / is too old; 13 or newer is needed")]
    OldPostgres {
        /// The version found.
        found: String,
    },
    /// The database keeps texts in another encoding.
    #[error(
        "数据库的编码是 {found}，必须是 UTF8：CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 / \
         the database's encoding is {found}; it must be UTF8"
    )]
    Encoding {
        /// The encoding found.
        found: String,
    },
    /// The data directory was never initialised.
    #[error("no database at {}; `hub init DIR` makes a configuration, and its first run the database", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The linked SQLite has a known corruption bug.
    #[error("SQLite {found} is older than 3.51.3, which fixes a corruption of its write-ahead log")]
    OldSqlite {
        /// The version found.
        found: String,
    },
    /// A stored value that this version cannot read.
    #[error(
        "the database holds {what} = {value:?}, which this version does not know; was it written by a newer hub?"
    )]
    Unreadable {
        /// The column.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The ids in the database were given with another identity key.
    #[error(
        "the people in this data directory were given their ids {}; with this identity.key nobody would be found again",
        if *older { "by an older hub, in another form: begin with a new data_dir" }
        else { "with another identity key: restore the key from its backup" }
    )]
    IdentityKey {
        /// Whether an older hub gave them, before keys had fingerprints.
        older: bool,
    },
    /// The rows of a stream do not add up.
    #[error(
        "stream {stream}: {rows_in} rows in, but {accounted} accepted, rejected or filtered; nothing of this run was committed"
    )]
    Unbalanced {
        /// The stream.
        stream: String,
        /// Rows in.
        rows_in: u64,
        /// Rows accounted for.
        accounted: u64,
    },
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program wrote the database.
    #[error(
        "{}：由更新的程序写成（第 {found} 版，本程序只认到第 {known} 版），没有改动：请装回新版程序，或恢复升级前的备份 / \
         was written by a newer hub (form {found}; this one knows {known}) and is left as it is: \
         install the newer hub again, or restore a backup made before it", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// An older program wrote the database, and this is only to read it.
    #[error(
        "{}：还是旧版程序的格式（第 {found} 版，本程序是第 {known} 版）：请重启服务（hub serve），升级前的数据库会另存一份 / \
         is still as an older hub wrote it (form {found}; this one writes {known}): start the service of this version (hub serve), \
         which keeps a copy and brings it up", path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The one this program writes.
        known: i64,
    },
    /// A migration failed.
    #[error("database migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database refused.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A stored document is not the JSON it should be.
    #[error("stored JSON: {0}")]
    Json(#[from] serde_json::Error),
}
