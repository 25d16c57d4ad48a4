//! One file per noun of the command line.
//! Here because a command is a thin thing: open what it needs, ask, print.
//! In: parsed arguments. Out: an exit code.
//! Not here: decisions; those live in the crates below.

mod audit;
mod backup;
mod case;
mod collect;
mod config;
mod connector;
mod credential;
mod demo;
mod doctor;
mod explain;
mod guard;
mod held;
mod household;
mod init;
mod kpi;
mod ledger;
mod link;
mod metrics;
mod new;
mod packaging;
mod past;
mod plan;
mod plugin;
mod push;
mod quarantine;
mod query;
mod quiet;
mod reconcile;
mod reload;
mod report;
mod retention;
mod reveal;
mod route;
mod rule;
mod run;
mod run_log;
mod said;
mod schedule;
mod serve;
mod serve_told;
mod snapshot;
mod standby;
mod status;
mod storm;
mod table;
mod tape;
mod top;
mod worksheet;

use std::process::ExitCode;

pub(crate) use reveal::actor;

use tokio::runtime::Handle;

use crate::app::App;
use crate::cli::{Cli, Command};
use crate::log::{self, Format};
use crate::{out, progress};

/// Runs the command.
pub(crate) async fn run(cli: Cli, threads: Handle) -> anyhow::Result<ExitCode> {
    let output = cli.output;
    progress::quiet(cli.quiet);
    if !matches!(cli.command, Command::Query(_)) {
        out::printable(output)?;
    }
    match cli.command {
        Command::Init { dir } => init::run(&dir, output),
        Command::Demo(demo) => {
            log::start("warn", Format::Auto);
            demo::run(demo, output, threads).await
        }
        Command::Packaging { dir, plugins } => packaging::run(&dir, &plugins),
        Command::Backup(asked) => {
            log::start("warn", Format::Auto);
            backup::run(asked, &cli.config, output).await
        }
        Command::Restore(asked) => {
            log::start("warn", Format::Auto);
            backup::restore(asked, &cli.config, output).await
        }
        Command::Database(crate::cli::Database::Move(sure)) => {
            log::start("warn", Format::Auto);
            backup::move_to_server(sure, &cli.config, output).await
        }
        Command::Config(config) => {
            log::start("warn", Format::Auto);
            config::run(config, &cli.config, threads, output).await
        }
        Command::Plugin(plugin) => plugin::run(plugin, &cli.config, output).await,
        Command::Connector(crate::cli::Connector::New(new)) => new::run(&new, &cli.config, output),
        Command::Connector(crate::cli::Connector::Test {
            file: Some(file),
            options,
            ..
        }) => connector::test(&file, options.as_deref(), output),
        Command::Link(crate::cli::Link::Evaluate(lists)) => {
            log::start("warn", Format::Auto);
            link::evaluate(&lists, output)
        }
        Command::Doctor => {
            log::start("error", Format::Auto);
            doctor::run(&cli.config, threads, output).await
        }
        Command::Table { table } => table::run(table.as_deref(), output),
        Command::Reload => reload::run(&cli.config, output).await,
        Command::ConnectorHost => Ok(plugin_host::child_main()),
        command @ (Command::Serve
        | Command::Run(_)
        | Command::Check { .. }
        | Command::Connector(_)
        | Command::Case(_)
        | Command::Exempt(_)
        | Command::Silence(_)
        | Command::Audit(_)
        | Command::Credential(_)
        | Command::Push(_)
        | Command::Route(_)
        | Command::Schedule(_)
        | Command::Worksheet(_)
        | Command::Link(_)
        | Command::Rule(_)
        | Command::Kpi(_)
        | Command::Ledger(_)
        | Command::Household(_)
        | Command::Quarantine(_)
        | Command::Query(_)
        | Command::Snapshot(_)
        | Command::Retention(_)
        | Command::Metrics
        | Command::Plan
        | Command::Status
        | Command::Top(_)) => {
            let app = App::open(&cli.config, threads)?;
            let (level, format) = &app.loaded.log;
            let serves = matches!(command, Command::Serve);
            let level = if serves { level } else { "warn" };
            log::start_told(level, *format, app.loaded.collector.as_ref());
            match command {
                Command::Serve => serve::run(&app).await,
                Command::Run(run) => run::run(run, &app, output).await,
                Command::Check { push_wait, command } => run::check(&app, command, push_wait, output).await,
                Command::Connector(connector) => connector::run(connector, &app, output).await,
                Command::Case(case) => case::run(case, &app, output).await,
                Command::Exempt(exempt) => quiet::exempt(exempt, &app, output).await,
                Command::Silence(silence) => quiet::silence(silence, &app, output).await,
                Command::Credential(command) => credential::run(command, &app, output).await,
                Command::Audit(audit) => audit::run(audit, &app, output).await,
                Command::Push(push) => push::run(push, &app, output).await,
                Command::Worksheet(command) => worksheet::run(command, &app, output).await,
                Command::Route(command) => route::run(command, &app, output).await,
                Command::Schedule(command) => schedule::run(command, &app, output).await,
                Command::Link(link) => link::run(link, &app, output).await,
                Command::Rule(rule) => rule::run(rule, &app, output).await,
                Command::Kpi(kpi) => kpi::run(kpi, &app, output).await,
                Command::Ledger(ledger) => ledger::run(ledger, &app, output).await,
                Command::Household(command) => household::run(command, &app, output).await,
                Command::Snapshot(command) => snapshot::run(command, &app, output).await,
                Command::Quarantine(command) => quarantine::run(command, &app, output).await,
                Command::Query(query) => query::run(query, &app, output).await,
                Command::Retention(command) => retention::run(command, &app, output).await,
                Command::Metrics => metrics::run(&app).await,
                Command::Plan => plan::run(&app, output).await,
                Command::Status => status::run(&app, output).await,
                Command::Top(asked) => top::run(&asked, &app, output).await,
                Command::Init { .. }
                | Command::Demo(_)
                | Command::Config(_)
                | Command::Packaging { .. }
                | Command::Backup(_)
                | Command::Restore(_)
                | Command::Database(_)
                | Command::Doctor
                | Command::Plugin(_)
                | Command::Reload
                | Command::Table { .. }
                | Command::ConnectorHost => {
                    unreachable!("handled before the configuration is read")
                }
            }
        }
    }
}
