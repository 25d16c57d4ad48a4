//! The driver: loaded from its file, connected, asked.
//! Here because a stranger's library is loaded in one place, in a process that is a stranger's already.
//! In: the options, secrets by name. Out: a statement to run; how to interrupt it.
//! Not here: what to ask (options), what comes (reading). That nothing is written is asked of the driver and kept by the
//! account's rights: a driver that does not know the wish ignores it.

use std::sync::{Arc, Mutex, PoisonError};

use adbc_core::error::{Error as Fault, Status};
use adbc_core::options::{AdbcVersion, OptionConnection, OptionDatabase, OptionValue};
use adbc_core::sync::{CancelHandle, Connection, Database, Driver, Optionable, Statement};
use adbc_driver_manager::{ManagedConnection, ManagedDriver, ManagedStatement};
use connector_kit::offered::refused;
use plugin_api::{Context, Error};

use crate::faults::said;
use crate::options::Options;

/// A connection in a session that should not write.
pub(crate) struct Session(ManagedConnection);

/// Interrupts what runs, from another thread.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<Mutex<Option<Box<dyn CancelHandle>>>>);

impl Interrupt {
    fn of(&self, statement: &ManagedStatement) {
        let mut handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *handle = Some(statement.get_cancel_handle());
    }

    /// Asks the driver to stop; one that cannot goes on until its process ends.
    pub(crate) fn now(&self) {
        let handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*handle {
            let _unheard = handle.try_cancel();
        }
    }
}

/// The driver's options with its secrets in them. Asked for on the instance's own thread.
pub(crate) fn given(options: &Options, ctx: &Context) -> Result<Vec<(String, String)>, Error> {
    let plain = options
        .database
        .iter()
        .map(|(key, value)| Ok((key.clone(), value.clone())));
    let secret = options
        .secrets
        .iter()
        .map(|(key, name)| Ok((key.clone(), ctx.secret(name)?.expose().to_owned())));
    plain.chain(secret).collect()
}

impl Session {
    pub(crate) fn open(options: &Options, given: &[(String, String)]) -> Result<Self, Error> {
        if !options.driver.is_file() {
            let shown = options.driver.display();
            return Err(refused(
                "driver",
                format!("没有 {shown} 这个文件，请核对路径或安装驱动"),
            ));
        }
        let mut driver = loaded(options).map_err(|fault| said("载入驱动", &fault))?;
        let given = given.iter().map(|(key, value)| {
            (
                OptionDatabase::from(key.as_str()),
                OptionValue::String(value.clone()),
            )
        });
        let database = driver
            .new_database_with_opts(given)
            .map_err(|fault| said("设置驱动选项", &fault))?;
        let mut connection = database
            .new_connection()
            .map_err(|fault| said("连接数据库", &fault))?;
        // Not every driver knows it.
        let _unheard = connection.set_option(OptionConnection::ReadOnly, "true".into());
        let mut session = Self(connection);
        for statement in &options.session {
            let ran = session.statement(statement)?.execute_update();
            ran.map_err(|fault| said("执行 session 中的语句", &fault))?;
        }
        Ok(session)
    }

    pub(crate) fn statement(&mut self, sql: &str) -> Result<ManagedStatement, Error> {
        let made = self.0.new_statement().and_then(|mut statement| {
            statement.set_sql_query(sql)?;
            Ok(statement)
        });
        made.map_err(|fault| said("准备查询", &fault))
    }

    /// A statement that can be interrupted.
    pub(crate) fn interruptible(&mut self, sql: &str, by: &Interrupt) -> Result<ManagedStatement, Error> {
        let statement = self.statement(sql)?;
        by.of(&statement);
        Ok(statement)
    }
}

/// The driver, in the newest version of the interface it knows.
fn loaded(options: &Options) -> Result<ManagedDriver, Fault> {
    let load = |version| {
        let entrypoint = options.entrypoint.as_ref().map(String::as_bytes);
        ManagedDriver::load_dynamic_from_filename(&options.driver, entrypoint, version)
    };
    match load(AdbcVersion::V110) {
        Err(fault) if fault.status == Status::NotImplemented => load(AdbcVersion::V100),
        loaded => loaded,
    }
}
