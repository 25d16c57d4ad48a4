//! `hub plan`: what the files as they are now would change, before anybody has them loaded.
//! Here because a threshold, a cron expression or a route looks harmless in an editor.
//! In: the files; the configuration that was loaded last, as the database kept it. Out: what comes, goes and changes, the next fires
//! of schedules, and what rules would open and clear on the present data. Nothing is written.
//! Not here: loading it (reload), whether it is right by itself (config validate).

mod effects;
mod fires;
mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use hub_engine::RuleBook;
use hub_store::{ConfigurationRow, Store};
use serde::Serialize;

use crate::app::App;
use crate::cli::Output;
use crate::settings::{self, Loaded};
use crate::{exit, out};
use effects::Effects;
use fires::Moved;
use objects::{Keys, Kind, Objects};

/// Most keys that are told of one object.
const KEYS_MAX: usize = 30;

/// What would change.
#[derive(Debug, Serialize)]
struct Plan {
    /// What holds: the configuration that was loaded last. None when nothing ever was.
    before: Option<ConfigurationRow>,
    /// The hash of the files as they are.
    after: String,
    changed: bool,
    /// Why the service has to be restarted for it, when it has.
    restart: Option<String>,
    /// Rule files that cannot be used: a reload would be refused.
    refused: Vec<String>,
    changes: Vec<Change>,
    /// Schedules that would fire at other times.
    schedules: Vec<Moved>,
    /// What the rules would do; none when no rule and no parameter changes.
    effects: Option<Effects>,
    /// What could not be told, and why.
    untold: Vec<String>,
}

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum How {
    Added,
    Changed,
    Removed,
}

/// An object that differs.
#[derive(Debug, Serialize)]
struct Change {
    kind: Kind,
    id: String,
    change: How,
    /// Of one that changes, which keys.
    keys: Vec<Key>,
    /// Whether there are more of them.
    truncated: bool,
}

/// A key that differs.
#[derive(Debug, Serialize)]
struct Key {
    key: String,
    before: Option<String>,
    after: Option<String>,
}

/// A configuration as it was, understood.
struct Before {
    loaded: Loaded,
    book: RuleBook,
}

pub(super) async fn run(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let store = store(app).await?;
    let (row, texts) = match &store {
        Some(store) => (store.configuration().await?, store.configuration_texts().await?),
        None => (None, BTreeMap::new()),
    };
    let after: BTreeMap<String, String> = app
        .loaded
        .files
        .files
        .iter()
        .map(|(path, (_, text))| (path.clone(), text.clone()))
        .collect();
    let mut untold = Vec::new();
    let before = match row {
        Some(_) => match settings::load_past(&app.loaded.dir, texts.clone()) {
            Ok((loaded, book)) => Some(Before { loaded, book }),
            Err(error) => {
                untold.push(format!(
                    "载入过的配置现在读不通，无法比较调度与规则 / what was loaded cannot be read now: {}",
                    exit::told(&error)
                ));
                None
            }
        },
        None => None,
    };
    let (was, is) = (objects::objects(&texts), objects::objects(&after));
    let changes = changes(&was, &is);
    let refused = app.tried_book().await?.refused.clone();
    let mut plan = Plan {
        changed: row.as_ref().is_none_or(|row| row.hash != app.loaded.files.hash),
        after: app.loaded.files.hash.clone(),
        restart: before
            .as_ref()
            .and_then(|before| settings::unchangeable(&before.loaded, &app.loaded).err())
            .map(|error| exit::told(&error)),
        refused: refused.into_iter().map(|refused| refused.why).collect(),
        schedules: before
            .as_ref()
            .map(|before| fires::moved(&before.loaded.settings.schedules, &app.loaded.settings.schedules))
            .unwrap_or_default(),
        effects: None,
        changes,
        before: row,
        untold,
    };
    if let (Some(before), Some(store)) = (&before, &store) {
        let rules = effects::concerned(&plan.changes, (&texts, &after));
        if !rules.is_empty() {
            plan.effects = Some(effects::of(app, store, &before.book, &rules).await?);
        }
    }
    let wrong = !plan.refused.is_empty();
    out::show(output, &plan, text)?;
    Ok(if wrong {
        ExitCode::from(exit::CONFIG)
    } else {
        ExitCode::SUCCESS
    })
}

/// The store; none where nothing was ever done.
async fn store(app: &App) -> anyhow::Result<Option<Store>> {
    match app.reader().await {
        Ok(store) => Ok(Some(store)),
        Err(error) if matches!(error.downcast_ref(), Some(hub_store::Error::Missing { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

fn changes(was: &Objects, is: &Objects) -> Vec<Change> {
    let none = Keys::new();
    let all: BTreeSet<&(Kind, String)> = was.keys().chain(is.keys()).collect();
    let mut changes = Vec::new();
    for object in all {
        let change = match (was.get(object), is.get(object)) {
            (None, _) => How::Added,
            (_, None) => How::Removed,
            (Some(was), Some(is)) if was == is => continue,
            (Some(_), Some(_)) => How::Changed,
        };
        let (was, is) = (was.get(object).unwrap_or(&none), is.get(object).unwrap_or(&none));
        let mut keys = keys(was, is);
        let truncated = keys.len() > KEYS_MAX;
        keys.truncate(KEYS_MAX);
        let (kind, id) = object.clone();
        // What comes or goes as a whole is known by its name; a value has nothing else.
        let whole = change != How::Changed && !matches!(kind, Kind::Setting | Kind::Parameter);
        changes.push(Change {
            kind,
            id,
            change,
            truncated: truncated && !whole,
            keys: if whole { Vec::new() } else { keys },
        });
    }
    changes
}

fn keys(was: &Keys, is: &Keys) -> Vec<Key> {
    let all: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let keys = all.into_iter().filter(|key| was.get(*key) != is.get(*key));
    keys.map(|key| Key {
        key: key.clone(),
        before: was.get(key).cloned(),
        after: is.get(key).cloned(),
    })
    .collect()
}

fn text(plan: &Plan) -> String {
    let mut text = match &plan.before {
        None => format!(
            "还没有载入过配置，以下全部是新的 / nothing was ever loaded: all of it is new\n配置 {}\n",
            plan.after
        ),
        Some(_) if !plan.changed => {
            return format!("没有变化 / nothing would change  {}", plan.after);
        }
        Some(before) => format!(
            "配置 configuration {}（{} 载入）→ {}\n",
            before.hash,
            out::time(before.loaded_ms),
            plan.after
        ),
    };
    for change in &plan.changes {
        text.push_str(&change.text());
    }
    if !plan.schedules.is_empty() {
        text.push_str("\n接下来的触发 / the next fires\n");
        for moved in &plan.schedules {
            text.push_str(&moved.text());
        }
    }
    if let Some(effects) = &plan.effects {
        text.push_str(&effects.text());
    }
    for untold in &plan.untold {
        text.push_str(&format!("{untold}\n"));
    }
    for refused in &plan.refused {
        text.push_str(&format!(
            "✘ 规则不能用，重新载入会被拒绝 / a reload would be refused: {refused}\n"
        ));
    }
    if let Some(restart) = &plan.restart {
        text.push_str(&format!("✘ {restart}\n"));
    } else if plan.refused.is_empty() {
        text.push_str("\n生效 to have it loaded: hub reload\n");
    }
    text
}

impl Change {
    fn text(&self) -> String {
        let sign = match self.change {
            How::Added => '+',
            How::Changed => '~',
            How::Removed => '-',
        };
        let mut text = format!("{sign} {} {}\n", self.kind.chinese(), self.id);
        for Key { key, before, after } in &self.keys {
            let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "（无）".to_owned());
            text.push_str(&format!("    {key}: {} → {}\n", said(before), said(after)));
        }
        if self.truncated {
            text.push_str("    …\n");
        }
        text
    }
}
