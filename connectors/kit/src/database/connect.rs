//! Connections: the driver's options for an address and a password, without logging what is asked.
//! Here because reading a view and exchanging tables connect the same way.
//! In: the address, the password's name. Out: options of a driver; the password; a deadline around all of it.
//! Not here: what a session may do (sql.rs, exchange_sql.rs).

use std::str::FromStr;
use std::time::Duration;

use plugin_api::{Context, Error, Secret};
use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::options::Database;
use crate::options::refused;

/// A driver refused the address.
pub(super) fn wrong(_: sqlx::Error) -> Error {
    refused("database.url", "无法识别，应形如 postgres://用户@主机:端口/库")
}

pub(super) fn postgres(url: &str, password: Option<&str>) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url).map_err(wrong)?;
    let options = options.disable_statement_logging();
    Ok(match password {
        Some(password) => options.password(password),
        None => options,
    })
}

/// The session speaks as the server is set up; what must differ is set by its first statements.
pub(super) fn mysql(url: &str, password: Option<&str>) -> Result<MySqlConnectOptions, Error> {
    let options = MySqlConnectOptions::from_str(url)
        .map_err(wrong)?
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .disable_statement_logging();
    Ok(match password {
        Some(password) => options.password(password),
        None => options,
    })
}

impl Database {
    /// The password, when it has one.
    pub(super) fn secret(&self, ctx: &Context) -> Result<Option<Secret>, Error> {
        self.password.as_ref().map(|name| ctx.secret(name)).transpose()
    }

    /// Does `work` within the time it may take.
    pub(super) fn in_time<T>(
        &self,
        ctx: &Context,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let deadline = Duration::from_secs(self.total_seconds.max(1));
        let bounded = async {
            tokio::time::timeout(deadline, work).await.unwrap_or_else(|_| {
                Err(Error::transient(format!(
                    "查询超过 {} 秒未完成",
                    deadline.as_secs()
                )))
            })
        };
        ctx.block_on(bounded)?
    }
}
