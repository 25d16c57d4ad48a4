//! What went wrong with a driver, in words: the category the hub acts on, the cause, what to do.
//! Here because drivers differ in their words and agree in their states.
//! In: the driver's error. Out: an [`Error`]; the driver's own words only as far as they may be shown.
//! Not here: trying again (the hub).

use adbc_core::error::{Error as Fault, Status};
use connector_kit::masked::masked;
use plugin_api::{Category, Error};

/// Category, cause, what to do, and what the driver said.
pub(crate) fn said(doing: &str, fault: &Fault) -> Error {
    let words = fault.message.to_lowercase();
    let (category, todo) = by_words(&words).unwrap_or_else(|| by_status(fault.status));
    // Some put the whole statement below.
    let shown = masked(fault.message.lines().next().unwrap_or_default());
    let error = Error::new(category, format!("{doing}：{todo}。驱动说（已脱敏）：{shown}"));
    error.with_vendor_code(fault.vendor_code)
}

/// What many drivers say only in words.
fn by_words(words: &str) -> Option<(Category, &'static str)> {
    let has = |all: &[&str]| all.iter().any(|word| words.contains(word));
    Some(if has(&["password authentication", "access denied"]) {
        (Category::Auth, "数据库拒绝了用户名或口令，请核对 secrets")
    } else if has(&["permission denied", "read-only", "readonly"]) {
        (
            Category::Permission,
            "没有权限，或查询试图写入：请对方授予只读权限；若是端口被沙箱拒绝，请在 [connector.access] 中补充 connect",
        )
    } else if has(&[
        "no such table",
        "no such file",
        "does not exist",
        "unable to open",
        "failed to open",
    ]) {
        let said = "没有这个库、表、列或文件；文件须在 [connector.access] 的 read 中，请核对";
        (Category::NotFound, said)
    } else if has(&[
        "could not connect",
        "connection refused",
        "connection to server",
        "timeout",
    ]) {
        (Category::Transient, "连不上数据库，请检查地址、端口与网络")
    } else if has(&["syntax error", "no such column"]) {
        (Category::Config, "查询语句有误，请核对列名与语法")
    } else {
        return None;
    })
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "states of a later version are no better than unknown"
)]
fn by_status(status: Status) -> (Category, &'static str) {
    match status {
        Status::Unauthenticated => (Category::Auth, "数据库拒绝了用户名或口令，请核对 secrets"),
        Status::Unauthorized => (Category::Permission, "数据库用户没有读取权限，请对方授权"),
        Status::NotFound => (Category::NotFound, "库、表或视图不存在，请核对名称"),
        Status::InvalidArguments | Status::InvalidState => (
            Category::Config,
            "驱动不接受给它的选项或语句，请核对 database 与 query",
        ),
        Status::NotImplemented => (Category::Unsupported, "驱动没有这项功能"),
        Status::IO | Status::Timeout => (Category::Transient, "与数据库的连接中断，将再试"),
        Status::Cancelled => (Category::Cancelled, "已取消"),
        Status::InvalidData | Status::Integrity => (Category::Data, "数据库的数据无法读取，请核对查询"),
        _ => (Category::Data, "数据库报告错误，请核对查询语句"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_states_have_a_meaning_and_nobody_is_named() {
        for (message, status, category) in [
            ("unable to open database file", Status::IO, Category::NotFound),
            (
                "failed to open '/nowhere/pay.db': failed to allocate memory",
                Status::IO,
                Category::NotFound,
            ),
            (
                "attempt to write a readonly database",
                Status::IO,
                Category::Permission,
            ),
            ("near \"x\": syntax error", Status::Internal, Category::Config),
            ("something else", Status::Unauthenticated, Category::Auth),
            ("something else", Status::Unknown, Category::Data),
        ] {
            let fault = Fault::with_message_and_status(message, status);
            assert_eq!(said("查询", &fault).category(), category, "{message}");
        }
        let fault = Fault::with_message_and_status("bad value '王建军' 341202196507041013", Status::Unknown);
        let said = said("查询", &fault);
        assert!(
            !said.message().contains("王建军") && !said.message().contains("3412"),
            "{said}"
        );
    }
}
