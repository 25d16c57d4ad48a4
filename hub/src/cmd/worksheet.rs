//! `hub worksheet …`: workbooks for offices, and what comes back in them.
//! Here because a warning that was answered in a spreadsheet is answered.
//! In: whose cases; filled workbooks. Out: a workbook for each town; what became of each line, exit 3 when some could not be taken.
//! Not here: the workbook's form, and what a line asks (runtime).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use hub_model::{Scope, nearest};
use hub_runtime::worksheet::{
    Line, OUTCOME, Refusal, Seal, Sheet, Taken, file_name, to_do, write, write_refused,
};
use hub_runtime::{ActAsked, Acted};
use hub_store::{SHEET_ROWS_MAX, Store};
use serde::Serialize;

use crate::app::{App, Writer};
use crate::ask::{DRY_RUN, Sure};
use crate::cli::{Output, Worksheet};
use crate::cmd::reveal::{self, actor};
use crate::exit::{ConfigError, NotFound};
use crate::{exit, lang, out};

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
            sure,
        } => {
            let by = by.unwrap_or_else(actor);
            take(app, &files, (&by, sure), refused.as_deref(), output).await
        }
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
    let scope = Scope::of(Some(department.to_owned()), "")?;
    let rows = app
        .reader()
        .await?
        .sheet_rows(&scope, to_do(close), place)
        .await?;
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
    let about =
        serde_json::json!({ "department": department, "place": place, "closes": close, "cases": rows.len() });
    // Who takes households' affairs out is on record before a file is there.
    let action = format!("worksheet{}", hub_web::EXPORTED);
    reveal::record(app, action, "worksheets".to_owned(), &about).await?;
    let (day, seal) = (app.today(), &app.loaded.settings.seal);
    let mut written = Vec::new();
    for rows in rows.chunk_by(|one, other| one.town() == other.town()) {
        let Some(first) = rows.first() else { continue };
        let town = first.town();
        let file = dir.join(file_name(department, &town, day, close, None));
        // By urgency within the town, whichever village it is in.
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.severity), row.due));
        write(&file, (department, day), &rows, seal, close)?;
        written.push(Written {
            file,
            place: town,
            cases: rows.len(),
        });
    }
    let is_cut = rows.len() == SHEET_ROWS_MAX as usize;
    out::show(output, &written, |written| {
        let lines = written.iter().map(|written| {
            let (file, colon) = (written.file.display(), lang::mark("："));
            let cases = lang::either("户（项）", "cases");
            format!("{file}{colon}{} {cases}", written.cases)
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    if is_cut {
        let more =
            format!("至多 {SHEET_ROWS_MAX} 行，其余请用 --place 分批 / there may be more: narrow --place");
        eprintln!("{}", lang::said(&more));
    }
    Ok(ExitCode::SUCCESS)
}

async fn take(
    app: &App,
    files: &[PathBuf],
    (by, sure): (&str, Sure),
    refused: Option<&Path>,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let plugin = app.loaded.settings.worksheet_plugin.as_deref().ok_or_else(|| {
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
    let mut sheets = Vec::with_capacity(files.len());
    for file in files {
        sheets.push(app.sources.worksheet(plugin, file).await?);
    }
    if sure.is_told()
        && let Some(code) = told(app, &sheets, (by, sure), output).await?
    {
        return Ok(code);
    }
    let writer = app.writer().await?;
    let (store, seal) = (app.reader().await?, &app.loaded.settings.seal);
    let mut taken = Taken::default();
    for sheet in &sheets {
        taken.blank += sheet.blank;
        for line in &sheet.lines {
            match done(&writer, &store, seal, line, by).await {
                Ok(true) => taken.repeated += 1,
                Ok(false) => taken.done += 1,
                Err(refusal) => taken.refused.push(refusal),
            }
        }
    }
    if let Some(path) = refused.filter(|_| !taken.refused.is_empty()) {
        write_refused(path, &taken.refused)?;
    }
    out::show(output, &taken, |taken| {
        let Taken {
            done,
            repeated,
            blank,
            ..
        } = taken;
        let refused = taken.refused.len();
        let (chinese, english) = (
            format!("已办理 {done} 行，此前已办 {repeated} 行，未填 {blank} 行，未采用 {refused} 行"),
            format!("{done} lines done, {repeated} done before, {blank} blank, {refused} refused"),
        );
        format!("{}{}", lang::either(&chinese, &english), refusals(taken))
    })?;
    Ok(code(&taken))
}

/// Tells what would become of `sheets`, and asks where somebody is there to be asked; how to end when nothing is to be done.
async fn told(
    app: &App,
    sheets: &[Sheet],
    (by, sure): (&str, Sure),
    output: Output,
) -> anyhow::Result<Option<ExitCode>> {
    let taken = app.sources.would_take(&app.reader().await?, sheets, by).await;
    if !sure.dry.dry_run {
        let goes_on = taken.done == 0 || sure.goes_on(output, &counted(&taken))?;
        return Ok((!goes_on).then_some(ExitCode::SUCCESS));
    }
    let would = Would {
        dry_run: true,
        would: lang::said(&counted(&taken)),
        taken: &taken,
    };
    out::show(output, &would, |would| {
        format!("{} {}{}", lang::said(DRY_RUN), would.would, refusals(would.taken))
    })?;
    Ok(Some(code(&taken)))
}

/// What would become of the lines.
#[derive(Debug, Serialize)]
struct Would<'a> {
    dry_run: bool,
    would: String,
    #[serde(flatten)]
    taken: &'a Taken,
}

fn counted(would: &Taken) -> String {
    let (done, repeated, blank, refused) = (would.done, would.repeated, would.blank, would.refused.len());
    format!(
        "将办理 {done} 行，此前已办 {repeated} 行，未填 {blank} 行，不采用 {refused} 行 / {done} lines would be done, {repeated} were before, {blank} are blank, {refused} would be refused"
    )
}

fn refusals(taken: &Taken) -> String {
    let (refused, colon) = (lang::either("未采用", "refused"), lang::mark("："));
    let each = |refusal: &Refusal| {
        let (place, column) = (&refusal.place, &refusal.column);
        format!("\n{refused} {place} {column}{colon}{}", lang::said(&refusal.why))
    };
    taken.refused.iter().map(each).collect()
}

fn code(taken: &Taken) -> ExitCode {
    match taken.refused.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(exit::PARTIAL),
    }
}

/// Does what `line` asks; whether all of it had been done before.
async fn done(writer: &Writer, store: &Store, seal: &Seal, line: &Line, by: &str) -> Result<bool, Refusal> {
    let mut repeated = true;
    for ask in line.asks(store, (&Scope::whole(), seal), by).await? {
        let acted = act(writer, &ask).await;
        repeated &= acted
            .map_err(|error| line.refused(OUTCOME, format!("{error:#}")))?
            .repeated;
    }
    Ok(repeated)
}

async fn act(writer: &Writer, asked: &ActAsked) -> anyhow::Result<Acted> {
    Ok(match writer {
        Writer::Service(service) => service.post("/v1/case/act", asked).await?,
        Writer::Local(local) => local.hub.now().act(&Scope::whole(), asked).await?,
    })
}
