//! What went wrong with a database, in words: the category the hub acts on, the cause, what to do.
//! Here because MySQL calls a refused right and a wrong word by one name, and only its number tells them apart.
//! In: the driver's error. Out: an [`Error`]; never the server's own words, which may quote a value.
//! Not here: trying again (the hub).

use plugin_api::{Category, Error};
use sqlx::mysql::MySqlDatabaseError;

/// What an error of the server means.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Credentials,
    Rights,
    Absent,
    Statement,
    Writes,
    Busy,
    Other,
}

/// Category, cause and what to do.
pub(super) fn said(error: &sqlx::Error) -> Error {
    if let sqlx::Error::Database(error) = error {
        return match error.try_downcast_ref::<MySqlDatabaseError>() {
            Some(error) => told(of_number(error.number()), &error.number().to_string()),
            None => {
                let code = error.code().unwrap_or_default();
                told(of_state(&code), &code)
            }
        };
    }
    #[allow(clippy::wildcard_enum_match_arm, reason = "the list of errors is open")]
    match error {
        sqlx::Error::Tls(_) => Error::auth("与数据库的安全连接无法建立，请核对证书"),
        sqlx::Error::Configuration(_) => Error::config("database.url：无法识别"),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => {
            Error::transient("无法连接数据库或连接中断，请检查主机、端口与网络")
        }
        _ => Error::data("数据库的应答无法识别，请核对查询语句（二进制列不能读取）"),
    }
}

/// PostgreSQL's SQLSTATE. SQLite's numbers are none of these.
fn of_state(code: &str) -> Fault {
    match code {
        "28P01" | "28000" => Fault::Credentials,
        "42501" => Fault::Rights,
        "42P01" | "3D000" => Fault::Absent,
        "42703" | "42601" => Fault::Statement,
        "25006" => Fault::Writes,
        "57014" | "53300" | "57P03" | "40001" | "40P01" => Fault::Busy,
        _ => Fault::Other,
    }
}

/// MySQL's and MariaDB's own numbers.
fn of_number(number: u16) -> Fault {
    match number {
        1045 | 1698 => Fault::Credentials,
        1044 | 1142 | 1143 | 1227 | 1370 => Fault::Rights,
        1049 | 1146 => Fault::Absent,
        1054 | 1064 => Fault::Statement,
        1792 => Fault::Writes,
        1040 | 1203 | 1205 | 1213 | 1226 | 1317 | 1969 | 3024 => Fault::Busy,
        _ => Fault::Other,
    }
}

fn told(fault: Fault, code: &str) -> Error {
    let (category, said) = match fault {
        Fault::Credentials => (Category::Auth, "数据库拒绝了用户名或口令，请核对"),
        Fault::Rights => (Category::Permission, "数据库用户没有读取权限，请对方授权"),
        Fault::Absent => (Category::NotFound, "库、表或视图不存在，请核对名称"),
        Fault::Statement => (Category::Config, "查询语句有误，请核对列名与语法"),
        Fault::Writes => (Category::Permission, "查询试图写入，已被只读会话拒绝"),
        Fault::Busy => (Category::Transient, "数据库繁忙，稍后再试"),
        Fault::Other => (Category::Data, "数据库报告错误，请核对查询语句"),
    };
    Error::new(category, format!("{said}（错误码 {code}）"))
}
