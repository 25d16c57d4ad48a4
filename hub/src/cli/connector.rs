//! `hub connector …`: its verbs and their arguments.
//! Here because setting up a source is one engineer's afternoon.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/connector, cmd/explain, cmd/tape).

use std::path::PathBuf;

use clap::Subcommand;

use super::New;

#[derive(Debug, Subcommand)]
pub(crate) enum Connector {
    /// 新建一个连接器：能编译、合规、可预览 / make one that builds, conforms and shows rows
    New(New),
    /// 列出 / list them
    List,
    /// 能否连通 / can the source be reached
    Check {
        /// 连接器编号 / the connector's id
        connector: String,
    },
    /// 有哪些数据流 / which streams it offers
    Discover {
        /// 连接器编号 / the connector's id
        connector: String,
    },
    /// 数据突变的界限、已采用的期次、建议 / bounds that hold a delivery, approved periods, suggestions
    Guard {
        /// 连接器编号 / the connector's id
        connector: String,
    },
    /// 看几行原始数据 / show its first rows; nothing is landed
    Preview {
        /// 连接器编号 / the connector's id
        connector: String,
        /// 数据流 / the stream
        stream: String,
        /// 行数 / how many rows
        #[arg(short = 'n', long, default_value_t = 5)]
        rows: u64,
        /// 说明：表头在哪、各列读作什么、哪些行会退回；不入库 / header, columns, refusals; still nothing is kept
        #[arg(long)]
        explain: bool,
    },
    /// 录下前若干行（个人信息已替换）及其结果 / keep first rows, nobody's any more, and what became of them
    Record {
        /// 连接器编号 / the connector's id
        connector: String,
        /// 只录这一数据流 / this stream only
        #[arg(long)]
        stream: Option<String>,
        /// 每个数据流的行数，最多 1000 / rows of each stream, at most 1000
        #[arg(short = 'n', long, default_value_t = 200)]
        rows: u64,
        /// 新文件夹 / a new folder
        #[arg(long)]
        out: PathBuf,
    },
    /// 离线重放：用现在的映射处理录下的行，比较结果 / try recorded rows with today's mapping and compare
    Replay {
        /// 录制的文件夹 / the folder
        tape: PathBuf,
        /// 以现在的结果为准 / take today's outcome for the right one
        #[arg(long)]
        update: bool,
    },
    /// 插件合规测试 / conformance run of a plugin file
    Test {
        /// 插件文件 / the plugin
        #[arg(required_unless_present = "connector")]
        file: Option<PathBuf>,
        /// 插件参数 JSON 文件 / the plugin's options, a JSON file
        #[arg(long)]
        options: Option<PathBuf>,
        /// 已配置的连接器，连同其参数和密钥 / a configured connector instead, with its options and secrets
        #[arg(long, conflicts_with_all = ["file", "options"])]
        connector: Option<String>,
    },
}
