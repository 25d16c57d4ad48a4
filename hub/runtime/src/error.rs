//! What can go wrong in the runtime.
//! Here because commands map it to exit codes and operators read it at night.
//! In: errors of store, engine, plugins, network. Out: one enum.
//! Not here: a connector's fault, which is a run's record and stops nobody else.

use std::path::PathBuf;

use crate::port::EngineError;

/// A runtime operation that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] hub_store::Error),
    /// The engine refused.
    #[error("engine: {0}")]
    Engine(EngineError),
    /// A plugin file is not what is pinned.
    #[error(transparent)]
    Plugin(#[from] plugin_host::PluginError),
    /// No connector of that name.
    #[error("no connector {asked:?}; configured are {}", known.join(", "))]
    NoConnector {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A connector offers no stream of that name.
    #[error(
        "connector {connector} 没有数据流 / offers no stream {asked:?}; {}",
        hub_model::nearest(asked, known.iter().map(String::as_str)).map_or_else(
            || format!("有 / there are {}", known.join(", ")),
            |near| format!("是否应为 / did you mean {near:?}?"),
        )
    )]
    NoStream {
        /// The connector.
        connector: String,
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A stream has no mapping.
    #[error("connector {connector}: {message}")]
    Unmapped {
        /// The connector.
        connector: String,
        /// What is missing, and where it would go.
        message: String,
    },
    /// Nothing that was meant waits for a person.
    #[error(
        "运行 {run} 没有待确认的数据 / run {run} holds nothing that was meant{}{}",
        if became.is_empty() { "" } else { ": " },
        became.join(", ")
    )]
    NotHeld {
        /// The run.
        run: String,
        /// What became of what it held: stream, part, state.
        became: Vec<String>,
    },
    /// No case of that id.
    #[error("没有编号为 {asked:?} 的事项；hub case list 列出 / no such case")]
    NoCase {
        /// What was asked for.
        asked: String,
    },
    /// No credential of that id that is not revoked.
    #[error(
        "没有编号为 {asked:?} 的有效凭据；hub credential list 列出 / no such credential, or it is revoked"
    )]
    NoCredential {
        /// What was asked for.
        asked: String,
    },
    /// The case does not allow what was asked.
    #[error(transparent)]
    Case(hub_model::case::Refused),
    /// Somebody else changed the case meanwhile.
    #[error(
        "事项已是版本 {version}，所见为 {seen}：请重新查看 / the case is at version {version}, {seen} was seen: look again"
    )]
    Stale {
        /// The version whoever asked has seen.
        seen: u64,
        /// The present one.
        version: u64,
    },
    /// An idempotency key was used for something else, or cannot be one.
    #[error(
        "幂等键 {key:?} 已用于另一请求，或不是 1 至 100 个字 / the key was used for another request, or has not 1 to 100 characters"
    )]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The subject has a case that is not closed.
    #[error("该对象已有未办结事项 {other} / the subject has case {other}, which is not closed")]
    OtherCase {
        /// It.
        other: hub_model::CaseId,
    },
    /// A rule warns about no such subject.
    #[error("规则 {rule} 没有关于 {subject} 的预警 / the rule has no warning about it")]
    NoWarning {
        /// Whom.
        subject: String,
        /// Which rule.
        rule: String,
    },
    /// Something that was asked cannot be done as it was asked.
    #[error("{0}")]
    Unfit(String),
    /// A rule is not held.
    #[error(
        "规则 {rule} 没有待放行的预警；hub check held 列出 / it is not held{}{}",
        if held.is_empty() { "" } else { "; held are " },
        held.join(", ")
    )]
    NotHeldRule {
        /// The rule.
        rule: String,
        /// Those that are.
        held: Vec<String>,
    },
    /// A guard names a stream its connector does not offer.
    #[error("{}: {message}", file.display())]
    Guard {
        /// The file it is written in.
        file: PathBuf,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// A connector call failed.
    #[error("connector {connector}: {fault}")]
    Connector {
        /// Its id.
        connector: String,
        /// Its fault.
        fault: Box<plugin_host::Fault>,
    },
    /// A channel cannot be used.
    #[error("channel {channel}: {message}")]
    Channel {
        /// Its id.
        channel: String,
        /// Why.
        message: String,
    },
    /// No endpoint of that name.
    #[error(
        "没有推送端点 / no endpoint {asked:?}; {}",
        near.as_ref().map_or_else(
            || if known.is_empty() { "没有配置通道 / no channel is configured".to_owned() } else { format!("有 / there are {}", known.join(", ")) },
            |near| format!("是否应为 / did you mean {near:?}?"),
        )
    )]
    NoEndpoint {
        /// What was asked for.
        asked: String,
        /// The nearest there is.
        near: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// No schedule of that id.
    #[error(
        "没有调度 / no schedule {asked:?}; {}",
        hub_model::nearest(asked, known.iter().map(String::as_str)).map_or_else(
            || if known.is_empty() { "没有配置调度 / none is configured".to_owned() } else { format!("有 / there are {}", known.join(", ")) },
            |near| format!("是否应为 / did you mean {near:?}?"),
        )
    )]
    NoSchedule {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A workbook cannot be written.
    #[error("workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The service could not be reached, or answered no.
    #[error("service on {}: {message}", socket.display())]
    Remote {
        /// Its socket.
        socket: PathBuf,
        /// The HTTP status of its answer; `None` when there was none.
        status: Option<u16>,
        /// What happened.
        message: String,
    },
    /// An event could not be rendered.
    #[error("event JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A blocking task of ours ended without an answer.
    #[error("internal: {0}")]
    Task(#[from] tokio::task::JoinError),
}
