//! `hub reload`: the service reads its configuration anew.
//! Here because whoever changed a file wants to be told at once whether it holds, and which line is wrong if not.
//! In: the configuration directory, for where the service is. Out: what holds now, exit 0; or every reason, exit 78.
//! Not here: reading and judging the files, which the service does (reload), and what a change would do (plan).

use std::path::Path;
use std::process::ExitCode;

use hub_runtime::Error;
use hub_runtime::reload::Reloaded;
use hub_runtime::remote::{self, Remote};
use hub_web::{ReloadProblem, ReloadRequest};

use crate::cli::Output;
use crate::cmd::actor;
use crate::{exit, lang, out, settings};

pub(super) async fn run(dir: &Path, output: Output) -> anyhow::Result<ExitCode> {
    // Of the files only this much is read here: what is wrong with the others, the service says.
    let data_dir = settings::home(dir)?.0.data_dir;
    let asked = ReloadRequest { actor: actor() };
    let service = Remote::new(remote::socket(&data_dir))?;
    match service.post::<Reloaded>("/v1/reload", &asked).await {
        Ok(reloaded) => {
            out::show(output, &reloaded, text)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Remote {
            socket,
            status: Some(status),
            message,
        }) => match serde_json::from_str::<ReloadProblem>(&message) {
            Ok(problem) => refused(&problem, output),
            Err(_) => Err(Error::Remote {
                socket,
                status: Some(status),
                message,
            }
            .into()),
        },
        Err(error) => Err(anyhow::Error::from(error).context(format!(
            "没有服务在用 {}；启动服务即读取配置，改 data_dir 须重启 / no service works on this data directory",
            data_dir.display()
        ))),
    }
}

fn text(reloaded: &Reloaded) -> String {
    let Reloaded {
        configuration,
        before,
        changed,
        connectors,
        channels,
        schedules,
        rules,
        took_ms,
    } = reloaded;
    let said = if *changed {
        let reloaded = lang::pair("配置已生效 reloaded");
        format!("{reloaded}  {before} → {configuration}")
    } else {
        let unchanged = lang::pair("配置未变，已重读密钥与日历 unchanged");
        format!("{unchanged}  {configuration}")
    };
    format!(
        "{said}\n{connectors} {sources}{comma}{channels} {ways}{comma}{schedules} {times}{comma}{rules} {of_rules}{semicolon}{took} {took_ms} ms",
        sources = lang::pair("个数据源 connectors"),
        comma = lang::mark("，"),
        ways = lang::pair("个通道 channels"),
        times = lang::pair("个调度 schedules"),
        of_rules = lang::pair("条规则 rules"),
        semicolon = lang::mark("；"),
        took = lang::pair("用时 took")
    )
}

fn refused(problem: &ReloadProblem, output: Output) -> anyhow::Result<ExitCode> {
    match output {
        Output::Json | Output::Jsonl => out::show(output, problem, |_| String::new())?,
        Output::Table | Output::Csv | Output::Parquet => {
            for reason in &problem.reasons {
                eprintln!("{}: {}", lang::pair("错误 error"), lang::said(&reason.message));
            }
            eprintln!("{}: {}", lang::said(&problem.title), problem.configuration);
        }
    }
    Ok(match problem.status {
        422 => ExitCode::from(exit::CONFIG),
        _ => ExitCode::FAILURE,
    })
}
