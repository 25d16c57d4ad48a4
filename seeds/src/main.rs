//! The `seeds` command: makes a synthetic county, the demo's settings, or runs the simulated platform.
//! Here because tests and engineers need seeds from a shell as well as from Rust.
//! In: arguments. Out: files below `--dir`; for the receiver, a port file, a log and the statistics on standard output at the end.
//! Not here: how any of it is made (the library).

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use seeds::county::{Options, generate};
use seeds::receiver::{Receiver, ReceiverOptions, system_clock};
use seeds::secret::Secret;
use tokio::signal::unix::{SignalKind, signal};

/// 合成县数据、演示配置和监测平台模拟器（全部数据均为虚构）。
#[derive(Parser)]
#[command(name = "seeds", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 生成合成县：<DIR>/inbox 下的导出文件和 <DIR>/truth.json
    County {
        /// 输出文件夹
        #[arg(long)]
        dir: PathBuf,
        /// 人口数，1000 到 10000000
        #[arg(long)]
        people: u64,
        /// 随机种子：同一种子得到同样的文件
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// 写出演示配置到 <DIR>/config
    Config {
        /// 演示文件夹
        #[arg(long)]
        dir: PathBuf,
        /// 接收端地址，如 http://127.0.0.1:8700/hook
        #[arg(long)]
        receiver_url: String,
    },
    /// 运行监测平台模拟器，直到收到 SIGINT 或 SIGTERM
    Receiver {
        /// 监听地址，端口 0 表示任选空闲端口
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// 签名密钥文件；不存在时生成
        #[arg(long)]
        secret_file: PathBuf,
        /// 接收日志：每个请求一行 JSON
        #[arg(long)]
        log: Option<PathBuf>,
        /// 启动后把端口号写入此文件
        #[arg(long)]
        port_file: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::County { dir, people, seed } => {
            let truth = generate(&dir, Options { people, seed })?;
            say(&format!(
                "{} 人，{} 户，写入 {}",
                truth.people,
                truth.households,
                dir.display()
            ))
        }
        Command::Config { dir, receiver_url } => {
            let demo = seeds::config::demo_config(&dir, &receiver_url)?;
            say(&format!("演示配置写入 {}", demo.config_dir.display()))
        }
        Command::Receiver {
            listen,
            secret_file,
            log,
            port_file,
        } => {
            let secret = Secret::ensure(&secret_file)?;
            let options = ReceiverOptions {
                listen,
                secret,
                log,
                clock: system_clock(),
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(receive(options, port_file))
        }
    }
}

async fn receive(options: ReceiverOptions, port_file: Option<PathBuf>) -> anyhow::Result<()> {
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let receiver = Receiver::start_with(options).await?;
    if let Some(path) = port_file {
        write_port(&path, receiver.port())?;
    }
    say(&format!("监测平台模拟器：{}", receiver.url()))?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    let stats = receiver.shutdown().await;
    say(&serde_json::to_string(&stats)?)
}

/// Writes the port under a name of its own first: who waits for the file finds a whole number in it.
fn write_port(path: &Path, port: u16) -> anyhow::Result<()> {
    let unfinished = path.with_extension("writing");
    fs::write(&unfinished, format!("{port}\n"))
        .with_context(|| format!("cannot write {}", unfinished.display()))?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot write {}", path.display()))
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
