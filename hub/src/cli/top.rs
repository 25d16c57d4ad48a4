//! `hub top`: its arguments.
//! Here because a person looks every second, and a script once.
//! In: arguments. Out: typed arguments.
//! Not here: what is shown (cmd/top).

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "例 example:  hub top --interval 5 · hub top --once -o json\n退出码 exit codes: 0 · 69 没有服务 no service"
)]
pub(crate) struct Top {
    /// 几秒刷新一次 / seconds between two looks
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) interval: u64,
    /// 只看一次 / look once
    #[arg(long)]
    pub(crate) once: bool,
}
