//! What a tap that failed said, as far as it may be shown, and what that means to the hub.
//! Here because a tap's exit code says nothing and its last lines say everything, sometimes somebody's number too.
//! In: the exit status, the last lines of standard error. Out: an error with its category, the cause, what to do.
//! Not here: catching the lines (process).

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use connector_kit::masked::masked;
use plugin_api::{Category, Error};

/// Lines shown.
const LINES_SHOWN: usize = 3;
/// Beginnings of lines that hold what was sent rather than what went wrong.
const NOT_SHOWN: [&str; 8] = [
    "INFO",
    "DEBUG",
    "DETAIL",
    "CONTEXT",
    "LINE ",
    "STATEMENT",
    "{",
    " ",
];

/// Words of a failure, what it is, and what to do about it.
const MEANINGS: [(&[&str], Category, &str); 10] = [
    (
        &["memoryerror", "cannot allocate memory"],
        Category::Config,
        "tap 的内存不够：请在 [connector.limits] 中调大 memory_mb，或让它少读一些",
    ),
    (
        &["too many requests", "rate limit"],
        Category::RateLimited,
        "来源限制了请求次数，稍后再试",
    ),
    (
        &["no module named 'encodings'"],
        Category::Permission,
        "它的 Python 不是系统自带的，自己的模块读不到：请把该 Python 的安装目录写进 [connector.access] 的 execute",
    ),
    (
        &[
            "password authentication failed",
            "access denied",
            "unauthorized",
            "authentication fail",
            "invalid credentials",
        ],
        Category::Auth,
        "来源拒绝了用户名或口令，请核对 secrets",
    ),
    (
        &["permissionerror", "errno 13"],
        Category::Permission,
        "tap 读写了不允许的文件或端口，请在 [connector.access] 中补充 read、execute 或 connect",
    ),
    (
        &["permission denied", "forbidden"],
        Category::Permission,
        "来源不允许读取，请对方授权；若是端口被沙箱拒绝，请在 [connector.access] 中补充 connect",
    ),
    (
        &[
            "config is missing",
            "required key",
            "unrecognized arguments",
            "usage:",
            "jsondecodeerror",
        ],
        Category::Config,
        "tap 不接受给它的配置或参数，请核对 config、args 与 catalog_argument",
    ),
    (
        &[
            "modulenotfounderror",
            "importerror",
            "error while loading shared libraries",
        ],
        Category::Config,
        "tap 没有装全，请重新安装",
    ),
    (
        &["does not exist", "no such", "not found"],
        Category::NotFound,
        "来源没有所要的库、表或文件，请核对 config",
    ),
    (
        &[
            "connection refused",
            "could not connect",
            "can't connect",
            "timed out",
            "timeout",
            "temporary failure",
            "connection reset",
            "unreachable",
        ],
        Category::Transient,
        "连不上来源或来源繁忙，请检查地址、端口与网络",
    ),
];

/// The error of a tap that ended badly.
pub(crate) fn failed(status: ExitStatus, lines: &VecDeque<String>) -> Error {
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => format!("退出码 {code}"),
        (None, Some(signal)) => format!("被信号 {signal} 结束"),
        (None, None) => "原因不明".to_owned(),
    };
    let (category, todo) = meaning(lines);
    let shown = shown(lines);
    let shown = if shown.is_empty() {
        "它没有说明原因，请在命令行运行一次".to_owned()
    } else {
        format!("它最后说（已脱敏）：{shown}")
    };
    let code = status.code().unwrap_or_default();
    Error::new(category, format!("tap 失败（{how}）：{todo}。{shown}")).with_vendor_code(code)
}

/// The last line that means something decides.
fn meaning(lines: &VecDeque<String>) -> (Category, &'static str) {
    for line in lines.iter().rev().filter(|line| !line.starts_with("INFO")) {
        let line = line.to_lowercase();
        let known = MEANINGS
            .iter()
            .find(|(words, _, _)| words.iter().any(|word| line.contains(word)));
        if let Some((_, category, todo)) = known {
            return (*category, todo);
        }
    }
    (
        Category::Transient,
        "将再试；若每次如此，请在命令行以同样的配置运行 tap 核对",
    )
}

/// The last lines that say what went wrong, masked, oldest first.
fn shown(lines: &VecDeque<String>) -> String {
    let mut last: Vec<String> = lines
        .iter()
        .rev()
        .filter(|line| !line.trim().is_empty() && !NOT_SHOWN.iter().any(|start| line.starts_with(start)))
        .take(LINES_SHOWN)
        .map(|line| masked(line))
        .collect();
    last.reverse();
    last.join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(lines: &[&str]) -> Error {
        let lines: VecDeque<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        failed(ExitStatus::from_raw(1 << 8), &lines)
    }

    #[test]
    fn the_last_words_decide_the_category() {
        for (line, category) in [
            (
                "psycopg2.OperationalError: FATAL:  password authentication failed for user \"hub\"",
                Category::Auth,
            ),
            (
                "CRITICAL could not connect to server: Connection refused",
                Category::Transient,
            ),
            (
                "psycopg2.errors.InsufficientPrivilege: permission denied for view v",
                Category::Permission,
            ),
            (
                "PermissionError: [Errno 13] Permission denied: '/etc/x'",
                Category::Permission,
            ),
            (
                "Exception: Config is missing required keys: ['password']",
                Category::Config,
            ),
            (
                "ModuleNotFoundError: No module named 'psycopg2'",
                Category::Config,
            ),
            (
                "psycopg2.errors.UndefinedTable: relation \"v\" does not exist",
                Category::NotFound,
            ),
            (
                "ModuleNotFoundError: No module named 'encodings'",
                Category::Permission,
            ),
            (
                "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url",
                Category::RateLimited,
            ),
            ("  File \"tap.py\", line 401, in main", Category::Transient),
            ("MemoryError", Category::Config),
            ("Segmentation fault", Category::Transient),
        ] {
            let error = failure(&[
                "INFO connection refused",
                "Traceback (most recent call last):",
                line,
            ]);
            assert_eq!(error.category(), category, "{line}: {error}");
            assert!(error.message().contains("退出码 1"), "{error}");
        }
        assert!(failure(&[]).message().contains("命令行"));
    }

    #[test]
    fn nobody_is_named_in_what_is_shown() {
        let error = failure(&[
            "INFO select * from t where name = '王建军'",
            "  File \"tap.py\", line 12, in main",
            "DETAIL:  Key (certno)=(341202196507041013) already exists.",
            "ValueError: invalid literal for int(): '34120219650704101X' of 王建军, phone=13912345678 id 341202196507041013",
            "KeyError: 'psn_name'",
        ]);
        let said = error.message();
        for secret in ["341202", "王建军", "139", "certno"] {
            assert!(!said.contains(secret), "{secret}: {said}");
        }
        assert!(
            said.contains("ValueError: invalid literal for int(): '*'")
                && said.contains("KeyError: 'psn_name'"),
            "{said}"
        );
    }
}
