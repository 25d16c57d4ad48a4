//! `hub worksheet …`: workbooks for offices, and what comes back in them.
//! Here because a warning that was answered in a spreadsheet is answered.
//! In: whose cases; filled workbooks. Out: a workbook for each town; what became of each line, exit 3 when some could not be taken.
//! Not here: the workbook's form, and what a line asks (runtime).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use hub_model::{CaseState, Scope, nearest};
use hub_runtime::worksheet::{Line, NUMBER, Refusal, Seal, Taken, write};
use hub_runtime::{ActAsked, Acted, workbook};
use hub_store::{SHEET_ROWS_MAX, SheetRow, Store};
use serde::Serialize;

use crate::app::{App, Writer};
use crate::cli::{Output, Worksheet};
use crate::cmd::reveal::actor;
use crate::exit::{ConfigError, NotFound};
use crate::{exit, out};

/// What a department has to do.
const TO_DO: [CaseState; 3] = [CaseState::Dispatched, CaseState::Verifying, CaseState::Handling];
/// What the county has to close.
const TO_CLOSE: [CaseState; 2] = [CaseState::Handled, CaseState::Rejected];
/// Characters a file's name cannot have.
const UNFIT: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

pub(super) async fn run(command: Worksheet, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Worksheet::Export {
            department,
            place,
            close,
            dir,
        } => export(app, (&department, &place), close, &dir, output).await,
        Worksheet::Take {
            files,
            actor: by,
            refused,
        } => take(app, &files, &by.unwrap_or_else(actor), refused.as_deref(), output).await,
    }
}

#[derive(Debug, Serialize)]
struct Written {
    file: PathBuf,
    place: String,
    cases: usize,
}

async fn export(
    app: &App,
    (department, place): (&str, &str),
    close: bool,
    dir: &Path,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let departments = app.book.rules.iter().map(|rule| rule.header.department.as_str());
    let states: &[CaseState] = if close { &TO_CLOSE } else { &TO_DO };
    let scope = Scope::of(Some(department.to_owned()), "")?;
    let rows = app.reader().await?.sheet_rows(&scope, states, place).await?;
    if rows.is_empty() {
        let known = departments.clone().any(|known| known == department);
        let hint = match nearest(department, departments).filter(|_| !known) {
            Some(near) => format!("；是否应为 / did you mean {near:?}?"),
            None => {
                "；待派发的事项先派发 / cases must be dispatched first: hub case act ID dispatch".to_owned()
            }
        };
        return Err(NotFound(format!("{department} 没有要办的事项 / nothing to do{hint}")).into());
    }
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let (day, seal) = (app.today(), Seal::new(&app.loaded.identity_key));
    let mut written = Vec::new();
    for rows in rows.chunk_by(|one, other| town(one) == town(other)) {
        let Some(first) = rows.first() else { continue };
        let town = town(first);
        let of = if close { "办结" } else { "交办" };
        let name: String = format!(
            "{of}单-{department}-{}-{}.xlsx",
            town.join(""),
            day.format("%Y%m%d")
        )
        .chars()
        .map(|c| {
            if UNFIT.contains(&c) || c.is_control() {
                '_'
            } else {
                c
            }
        })
        .collect();
        let file = dir.join(name);
        // By urgency within the town, whichever village it is in.
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.severity), row.due));
        write(&file, (department, day), &rows, &seal, close)?;
        written.push(Written {
            file,
            place: town.join("/"),
            cases: rows.len(),
        });
    }
    let is_cut = rows.len() == SHEET_ROWS_MAX as usize;
    out::show(output, &written, |written| {
        let lines = written
            .iter()
            .map(|written| format!("{}：{} 户（项）", written.file.display(), written.cases));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    if is_cut {
        eprintln!("至多 {SHEET_ROWS_MAX} 行，其余请用 --place 分批 / there may be more: narrow --place");
    }
    Ok(ExitCode::SUCCESS)
}

/// County and town, as far as they are known.
fn town(row: &SheetRow) -> Vec<&str> {
    row.place.split('/').take(2).collect()
}

async fn take(
    app: &App,
    files: &[PathBuf],
    by: &str,
    refused: Option<&Path>,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let plugin = app.loaded.worksheet_plugin.as_deref().ok_or_else(|| {
        ConfigError(
            "hub.toml 的 [cases] 没有写 worksheet_plugin：用哪个插件读交办单 / [cases] worksheet_plugin names the plugin that reads worksheets"
                .to_owned(),
        )
    })?;
    if let Some(path) = refused.filter(|path| path.exists()) {
        anyhow::bail!(
            "{} 已存在，不会覆盖 / there is such a file already",
            path.display()
        );
    }
    let writer = app.writer().await?;
    let (store, seal) = (app.reader().await?, Seal::new(&app.loaded.identity_key));
    let mut taken = Taken::default();
    for file in files {
        let sheet = app.sources.worksheet(plugin, file).await?;
        taken.blank += sheet.blank;
        for line in &sheet.lines {
            match done(&writer, &store, &seal, line, by).await {
                Ok(true) => taken.repeated += 1,
                Ok(false) => taken.done += 1,
                Err(refusal) => taken.refused.push(refusal),
            }
        }
    }
    if let Some(path) = refused.filter(|_| !taken.refused.is_empty()) {
        let notes = ["以下各行未采用，原因见右。改好后在原交办单上重新填写、交回。".to_owned()];
        let header = [
            ("位置", 36.0),
            ("列", 14.0),
            ("填写的结果", 14.0),
            ("未采用的原因", 80.0),
        ];
        let rows = taken.refused.iter().map(|refusal| {
            [&refusal.place, &refusal.column, &refusal.outcome, &refusal.why]
                .map(String::clone)
                .to_vec()
        });
        workbook::write(path, "未采用", &notes, &header, rows)?;
    }
    out::show(output, &taken, |taken| {
        let mut text = format!(
            "已办理 {} 行，此前已办 {} 行，未填 {} 行，未采用 {} 行",
            taken.done,
            taken.repeated,
            taken.blank,
            taken.refused.len()
        );
        for refusal in &taken.refused {
            text.push_str(&format!(
                "\n未采用 {} {}：{}",
                refusal.place, refusal.column, refusal.why
            ));
        }
        text
    })?;
    Ok(match taken.refused.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(exit::PARTIAL),
    })
}

/// Does what `line` asks; whether all of it had been done before.
async fn done(writer: &Writer, store: &Store, seal: &Seal, line: &Line, by: &str) -> Result<bool, Refusal> {
    let about = line.read(seal)?;
    let (case, version, outcome) = about;
    let failed = |error: anyhow::Error| line.refused("办理结果", format!("{error:#}"));
    let detail = store
        .case_detail(&Scope::whole(), case)
        .await
        .map_err(|error| failed(error.into()))?;
    let detail = detail.ok_or_else(|| line.refused(NUMBER, "没有这个事项 / there is no such case"))?;
    let mut asked = line.asked(about, detail.case.state, by)?;
    if detail.case.version != version {
        // What moved it may have been this very line, which is then taken up where it stopped.
        let mut was_ours = false;
        for action in outcome.actions() {
            let known = store.requested(case, *action, &line.key(*action)).await;
            was_ours |= known.map_err(|error| failed(error.into()))?.is_some();
        }
        if !was_ours {
            let why = format!(
                "此后情况有变（版本 {version}，现为 {}，状态 {}），请用新的交办单 / the case has changed since the sheet was written",
                detail.case.version,
                detail.case.state.chinese()
            );
            return Err(line.refused(NUMBER, why));
        }
        for ask in &mut asked {
            ask.if_version = None;
        }
    }
    let mut repeated = true;
    for ask in &asked {
        repeated &= act(writer, ask).await.map_err(failed)?.repeated;
    }
    Ok(repeated)
}

async fn act(writer: &Writer, asked: &ActAsked) -> anyhow::Result<Acted> {
    Ok(match writer {
        Writer::Service(service) => service.post("/v1/case/act", asked).await?,
        Writer::Local(local) => local.hub.act(&Scope::whole(), asked).await?,
    })
}
