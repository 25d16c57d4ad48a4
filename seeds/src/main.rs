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
use seeds::departments::{self, DepartmentOptions, Dirt, Encoding, FeedOptions, Format, Months, Stream};
use seeds::lists::{self, ListOptions, Profile};
use seeds::receiver::{Receiver, ReceiverOptions, system_clock};
use seeds::secret::Secret;
use seeds::serve::{ServeOptions, Services};
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    /// 生成各部门的数据文件：<DIR>/inbox/<连接器> 和 <DIR>/departments.json
    Departments {
        /// 输出文件夹
        #[arg(long)]
        dir: PathBuf,
        /// 人口数，1000 到 10000000
        #[arg(long)]
        people: u64,
        /// 随机种子，与 county 相同则是同一个县
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 月份范围，如 202211-202310
        #[arg(long, default_value = "202211-202310")]
        months: Months,
        /// 不带任何脏数据
        #[arg(long, conflicts_with = "readable")]
        clean: bool,
        /// 带脏数据，但不含整份不可用的文件
        #[arg(long)]
        readable: bool,
    },
    /// 生成单个数据流的一个大文件，供性能测试使用
    Feed {
        /// 数据流，如 employment
        #[arg(long)]
        stream: Stream,
        /// 行数
        #[arg(long)]
        rows: u64,
        /// 格式
        #[arg(long, default_value = "csv")]
        format: Format,
        /// 文本编码
        #[arg(long, default_value = "utf-8")]
        encoding: Encoding,
        /// 输出文件
        #[arg(long)]
        out: PathBuf,
        /// 随机种子
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 不带任何脏数据
        #[arg(long)]
        clean: bool,
    },
    /// 生成人员比对用的两份名单及答案：<DIR>/register.csv、<DIR>/list.csv、<DIR>/truth.csv
    Lists {
        /// 输出文件夹
        #[arg(long)]
        dir: PathBuf,
        /// 底册人数，1000 到 10000000；名单约为其五分之一
        #[arg(long)]
        people: u64,
        /// 随机种子：同一种子得到同样的文件
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 名单的脏乱程度
        #[arg(long, value_enum, default_value = "base")]
        profile: Profile,
    },
    /// 写出演示配置到 <DIR>/config
    Config {
        /// 演示文件夹
        #[arg(long)]
        dir: PathBuf,
        /// 接收端地址，如 http://127.0.0.1:8700/hook
        #[arg(long)]
        receiver_url: String,
        /// 也写各部门的连接器，读其投放文件夹
        #[arg(long)]
        departments: bool,
        /// 部门接口模拟器的地址，如 http://127.0.0.1:8800；给出时有接口的部门改由接口读取
        #[arg(long, requires = "departments")]
        services_url: Option<String>,
    },
    /// 运行部门接口模拟器（人社、832 平台、电网），直到收到 SIGINT 或 SIGTERM
    Serve {
        /// departments 命令写过的文件夹；密钥在其 config/secrets 下
        #[arg(long)]
        dir: PathBuf,
        /// 监听地址，端口 0 表示任选空闲端口
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// 启动后把端口号写入此文件
        #[arg(long)]
        port_file: Option<PathBuf>,
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
        Command::Departments {
            dir,
            people,
            seed,
            months,
            clean,
            readable,
        } => {
            let options = DepartmentOptions {
                county: Options { people, seed },
                months,
                dirt: if readable { Dirt::READABLE } else { dirt(clean) },
            };
            let truth = departments::generate(&dir, options)?;
            let rows: u64 = truth.streams.values().map(|stream| stream.rows).sum();
            let (files, streams) = (truth.files.len(), truth.streams.len());
            say(&format!(
                "{streams} 个数据流，{files} 个文件，{rows} 行，写入 {}",
                dir.display()
            ))
        }
        Command::Feed {
            stream,
            rows,
            format,
            encoding,
            out,
            seed,
            clean,
        } => {
            let options = FeedOptions {
                stream,
                rows,
                format,
                encoding,
                seed,
                dirt: dirt(clean),
            };
            let rows = departments::feed(&out, options)?;
            say(&format!("{rows} 行，写入 {}", out.display()))
        }
        Command::Lists {
            dir,
            people,
            seed,
            profile,
        } => {
            let options = ListOptions {
                people,
                seed,
                profile,
            };
            let counts = lists::generate(&dir, options)?;
            say(&format!(
                "底册 {} 人，名单 {} 行（其中 {} 行在册），写入 {}",
                counts.register,
                counts.list,
                counts.known,
                dir.display()
            ))
        }
        Command::Config {
            dir,
            receiver_url,
            departments,
            services_url,
        } => {
            let demo = seeds::config::demo_config(&dir, &receiver_url)?;
            if departments {
                seeds::config::departments_config(&dir, services_url.as_deref())?;
            }
            say(&format!("演示配置写入 {}", demo.config_dir.display()))
        }
        Command::Serve {
            dir,
            listen,
            port_file,
        } => {
            let options = ServeOptions::of(&dir, listen, system_clock())?;
            runtime()?.block_on(serve(options, port_file))
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
            runtime()?.block_on(receive(options, port_file))
        }
    }
}

fn dirt(clean: bool) -> Dirt {
    if clean { Dirt::CLEAN } else { Dirt::DEFAULT }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn serve(options: ServeOptions, port_file: Option<PathBuf>) -> anyhow::Result<()> {
    let end = End::on_signals()?;
    let services = Services::start(options).await?;
    let said = format!("部门接口模拟器：{}", services.url());
    end.after(&said, services.port(), port_file).await?;
    say(&serde_json::to_string(&services.shutdown().await)?)
}

async fn receive(options: ReceiverOptions, port_file: Option<PathBuf>) -> anyhow::Result<()> {
    let end = End::on_signals()?;
    let receiver = Receiver::start_with(options).await?;
    let said = format!("监测平台模拟器：{}", receiver.url());
    end.after(&said, receiver.port(), port_file).await?;
    say(&serde_json::to_string(&receiver.shutdown().await)?)
}

/// The signals that end a simulator; listened for before it starts, so that none is missed.
struct End {
    interrupted: Signal,
    terminated: Signal,
}

impl End {
    fn on_signals() -> anyhow::Result<Self> {
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    /// Says that the simulator is there, and returns when it is to end.
    async fn after(mut self, said: &str, port: u16, port_file: Option<PathBuf>) -> anyhow::Result<()> {
        if let Some(path) = port_file {
            write_port(&path, port)?;
        }
        say(said)?;
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
        Ok(())
    }
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
