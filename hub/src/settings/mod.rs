//! Settings: from files people write to values the hub works by.
//! Here because a wrong configuration must be refused before anything runs, with file, line and column.
//! In: a configuration directory and `HUB__…` variables. Out: `Loaded`.
//! Not here: what rules and parameters say (the engine reads them) and what settings do.

mod channels;
mod channels_exchange;
mod channels_file;
mod connectors;
mod files;
mod hub_file;
mod origin;
mod otel;
mod retention;
mod routes;
mod rules;
mod schedules;
mod schedules_file;
mod schedules_graph;
mod schedules_retry;
mod schema;
mod secrets;
mod store;

pub(crate) use origin::{Setting, origins};
pub(crate) use otel::Collector;
pub(crate) use schema::FileKind;
pub(crate) use secrets::{IDENTITY_KEY, TOO_OPEN};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hub_engine::RuleBook;
use hub_model::{Calendar, RenamedPlaces, with_suggestion};
use hub_runtime::Told;
use hub_runtime::settings::{Connector, Settings};
use hub_runtime::worksheet::Seal;
use hub_store::{ConfigurationFiles, Home};
use plugin_host::Trust;
use url::Url;

use crate::exit::ConfigError;
use crate::log::Format;
use files::Reader;

/// Checked settings.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// What the runtime works by.
    pub(crate) settings: Settings,
    /// Where health and the departments' API are answered.
    pub(crate) listen: std::net::SocketAddr,
    /// Where Prometheus asks; nowhere when it is not written.
    pub(crate) metrics: Option<std::net::SocketAddr>,
    /// What queries may hold, bytes.
    pub(crate) engine_memory_bytes: usize,
    /// Log filter, and how lines are written.
    pub(crate) log: (String, Format),
    /// Where spans are told; nowhere when it is not written.
    pub(crate) collector: Option<Collector>,
    /// The key of the blind index.
    pub(crate) identity_key: [u8; 32],
    /// Names of places that changed.
    pub(crate) places: RenamedPlaces,
    /// The directory all of it came from.
    pub(crate) dir: PathBuf,
    /// What its files say; nothing where the rules were not read.
    pub(crate) files: ConfigurationFiles,
}

/// Reads and checks the configuration in `dir`, but for its rules.
pub(crate) fn load(dir: &Path) -> anyhow::Result<Loaded> {
    read(&Reader::new(&there(dir)?))
}

/// Reads and checks the configuration in `dir`, whole.
pub(crate) fn load_whole(dir: &Path) -> anyhow::Result<(Loaded, RuleBook)> {
    whole(&Reader::new(&there(dir)?))
}

/// The same of `dir` as it was when its files said this, by path below it.
pub(crate) fn load_past(dir: &Path, texts: BTreeMap<String, String>) -> anyhow::Result<(Loaded, RuleBook)> {
    whole(&Reader::past(&there(dir)?, texts))
}

/// That `new` may take the place of `old` while a service runs by it.
pub(crate) fn unchangeable(old: &Loaded, new: &Loaded) -> anyhow::Result<()> {
    let fixed = [
        (
            "data_dir",
            old.settings.home.data_dir != new.settings.home.data_dir,
        ),
        ("postgres", old.settings.home.server != new.settings.home.server),
        (
            "lake_dir",
            old.settings.home.lake_dir != new.settings.home.lake_dir,
        ),
        ("node", old.settings.node != new.settings.node),
        ("listen", old.listen != new.listen),
        ("metrics", old.metrics != new.metrics),
        ("format", old.log.1 != new.log.1),
        (
            "otel",
            old.collector.as_ref().map(Collector::fixed) != new.collector.as_ref().map(Collector::fixed),
        ),
        ("lineage", old.settings.lineage != new.settings.lineage),
        ("memory_mb", old.engine_memory_bytes != new.engine_memory_bytes),
    ];
    let reader = Reader::new(&new.dir);
    if let Some((key, _)) = fixed.iter().find(|(_, differs)| *differs) {
        let message = format!(
            "{key}: 运行中不能改，请重启服务（systemctl restart hub），或先改回去 / it cannot change while the service runs: restart it, or write what was there"
        );
        return Err(hub_file::wrong(&reader, key, message));
    }
    if old.identity_key != new.identity_key {
        let message = format!(
            "{}: 与运行中的密钥不同，请恢复原来的密钥 / another key than the one the data was made with: restore it",
            new.dir.join(IDENTITY_KEY).display()
        );
        return Err(ConfigError(message).into());
    }
    Ok(())
}

/// Where the data of the configuration in `dir` is, and what its node is called; of the other files nothing is read.
pub(crate) fn home(dir: &Path) -> anyhow::Result<(Home, String)> {
    let reader = Reader::new(&there(dir)?);
    let hub = hub_file::read(&reader)?;
    store::home(&reader, &hub.store, reader.path(&hub.hub.data_dir))
}

/// `dir`, in which there is a configuration.
fn there(dir: &Path) -> anyhow::Result<PathBuf> {
    if !dir.join(hub_file::NAME).is_file() {
        let hint = format!(
            "{} has no {}; `hub init {}` makes one",
            dir.display(),
            hub_file::NAME,
            dir.display()
        );
        return Err(ConfigError(hint).into());
    }
    Ok(std::fs::canonicalize(dir)?)
}

fn whole(reader: &Reader) -> anyhow::Result<(Loaded, RuleBook)> {
    let mut loaded = read(reader)?;
    let book = rules::read(reader)?;
    routes::reach(reader, &loaded.settings.routes, &book)?;
    channels_exchange::answer(reader, &loaded.settings.channels, &book)?;
    loaded.files = reader.files();
    loaded.settings.configuration.clone_from(&loaded.files.hash);
    Ok((loaded, book))
}

fn read(reader: &Reader) -> anyhow::Result<Loaded> {
    let dir = reader.dir.clone();
    let hub = hub_file::read(reader)?;
    if let Some(folder) = hub
        .hub
        .plugins_dir
        .as_ref()
        .filter(|folder| !reader.path(folder).is_dir())
    {
        let message = format!(
            "plugins_dir: there is no folder {}",
            reader.path(folder).display()
        );
        return Err(reader
            .mistake(&hub_file::saying(reader, "plugins_dir")?, "plugins_dir", message)
            .into());
    }
    let identity_key = secrets::identity_key(&dir)?;
    let (channels, schemas) = channels::read(reader, hub.cases.worksheet_plugin.is_some())?;
    let calendar = Arc::new(calendar(reader)?);
    let defaults = schedules::Defaults {
        timezone: hub_file::timezone(reader, &hub.schedules)?,
    };
    let (connectors, mut written) = connectors::read(reader, &defaults)?;
    written.extend(schedules::checks(reader, &defaults)?);
    let calendars = schedules_graph::calendars(reader, &written, &calendar)?;
    let schedules = schedules_graph::together(written, calendars, hub.schedules.at_once)?;
    let ids = channels.iter().map(|channel| channel.id.clone()).collect();
    let routes = Arc::new(routes::read(reader, ids, &calendar)?);
    let (home, node) = store::home(reader, &hub.store, reader.path(&hub.hub.data_dir))?;
    let collector = otel::collector(reader, &hub.otel, (&hub.hub.site, &node))?;
    let settings = Settings {
        configuration: String::new(),
        site: hub.hub.site,
        home,
        node,
        plugins_dir: hub
            .hub
            .plugins_dir
            .map_or_else(beside_the_executable, |path| Ok(reader.path(&path)))?,
        plugins_lock: dir.join("plugins.lock"),
        trust: trust(reader, &hub.plugins)?,
        as_of: hub.hub.as_of,
        calendar,
        four_eyes: hub.cases.four_eyes,
        worksheet_plugin: hub.cases.worksheet_plugin,
        seal: Seal::new(&identity_key),
        reads_at_once: hub.runs.reads_at_once,
        connectors,
        schedules: Arc::new(schedules),
        channels,
        routes,
        retention: hub.retention.kept(),
        lineage: lineage(reader, &hub.lineage)?,
        schemas,
    };
    if let Some(folder) = holder(
        hub.plugins.interpreters.iter(),
        &[&dir, &settings.home.data_dir, &settings.home.lake_dir],
    ) {
        let message = format!(
            "plugins.interpreters: {} holds the hub's configuration or data, which every script could then read: give interpreters a folder of their own",
            folder.display()
        );
        return Err(ConfigError(message).into());
    }
    for connector in &settings.connectors {
        keeps_out(
            connector,
            &[&dir, &settings.home.data_dir, &settings.home.lake_dir],
        )?;
    }
    Ok(Loaded {
        settings,
        listen: hub.server.listen,
        metrics: hub.server.metrics,
        engine_memory_bytes: hub.engine.memory_mb << 20,
        log: (hub.log.level, hub.log.format),
        collector,
        identity_key,
        places: places(reader)?,
        dir,
        files: ConfigurationFiles::default(),
    })
}

/// Where lineage is told.
fn lineage(reader: &Reader, written: &hub_file::Lineage) -> anyhow::Result<Told> {
    let url = match &written.url {
        Some(url) => {
            let parsed = Url::parse(url).ok();
            let parsed = parsed.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            let wrong = || {
                let told = "lineage.url：须是 http 或 https 地址，如 http://127.0.0.1:5000/api/v1/lineage / wants an http or https address";
                hub_file::wrong(reader, url, told.to_owned())
            };
            Some(parsed.ok_or_else(wrong)?)
        }
        None => None,
    };
    Ok(Told {
        folder: written.folder.as_ref().map(|folder| reader.path(folder)),
        url,
    })
}

/// Whose plugins run.
fn trust(reader: &Reader, plugins: &hub_file::Plugins) -> anyhow::Result<Trust> {
    let mistaken = |key: &str, message: String| hub_file::wrong(reader, key, message);
    // A folder everything is in would open everything; one that holds the hub's keys is looked at with the connectors' folders.
    if let Some(folder) = plugins
        .interpreters
        .iter()
        .find(|folder| !folder.is_absolute() || folder.parent().is_none())
    {
        let message = format!(
            "plugins.interpreters: {folder:?} 不是一个具体的绝对路径，请写解释器所在目录，如 /srv/hub/python / wants an absolute folder of its own, such as /srv/hub/python"
        );
        return Err(mistaken("interpreters", message));
    }
    let trust = Trust::new(plugins.require_signature, &plugins.public_keys)
        .map_err(|message| mistaken("public_keys", format!("plugins.public_keys: {message}")))?;
    Ok(trust.interpreters(plugins.interpreters.iter().cloned()))
}

/// A connector reaches neither the secrets in the configuration nor the data of others.
fn keeps_out(connector: &Connector, ours: &[&Path]) -> anyhow::Result<()> {
    let Some(reach) = connector.reach() else {
        return Ok(());
    };
    let paths = reach.read.iter().chain(&reach.write).chain(&reach.execute);
    match holder(paths, ours) {
        None => Ok(()),
        Some(path) => Err(ConfigError(format!(
            "{}: connector {} would reach {}, in which the hub keeps its configuration or data: give it a folder of its own",
            connector.file.display(),
            connector.id,
            path.display()
        ))
        .into()),
    }
}

/// The path that holds one of `ours`.
fn holder<'a>(mut paths: impl Iterator<Item = &'a PathBuf>, ours: &[&Path]) -> Option<&'a PathBuf> {
    // What the kernel grants is what stands behind a link.
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    paths.find(|path| ours.iter().any(|ours| real(ours).starts_with(real(path))))
}

/// Working days; without the file, every year is Monday to Friday and said to be assumed.
fn calendar(reader: &Reader) -> anyhow::Result<Calendar> {
    let path = reader.path(Path::new("calendars/cn-workday.csv"));
    if !reader.is_file(&path) {
        return Ok(Calendar::default());
    }
    Ok(Calendar::parse(
        &reader.text(&path)?,
        &path.display().to_string(),
    )?)
}

/// The names in `places.toml`; a missing file has none.
fn places(reader: &Reader) -> anyhow::Result<RenamedPlaces> {
    let path = reader.path(Path::new("places.toml"));
    if !reader.is_file(&path) {
        return Ok(RenamedPlaces::default());
    }
    Ok(RenamedPlaces::read(
        &reader.text(&path)?,
        &path.display().to_string(),
    )?)
}

/// `error`, told at its place in the connector's file when it is about one of the options written there.
pub(crate) fn placed(error: hub_runtime::Error, settings: &Settings) -> anyhow::Error {
    let hub_runtime::Error::Connector { connector, fault } = &error else {
        return error.into();
    };
    let Some(file) = settings
        .connectors
        .iter()
        .find(|known| known.id == *connector)
        .map(|known| &known.file)
    else {
        return error.into();
    };
    let reader = Reader::new(Path::new("/"));
    let text = reader.text(file).unwrap_or_default();
    let options = text
        .split_once("[connector.options]")
        .map_or("", |(_, options)| options);
    let is_about = |word: &&str| word.len() > 1 && fault.message.contains(*word);
    let words = options
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .flat_map(|(key, value)| [key.trim(), value.trim().trim_matches('"')]);
    match words.into_iter().find(is_about) {
        Some(word) => reader
            .mistake(
                file,
                word,
                with_suggestion(&format!("connector {connector}: {fault}")),
            )
            .into(),
        None => error.into(),
    }
}

/// Plugins lie beside the executable unless the settings say otherwise.
pub(crate) fn beside_the_executable() -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    Ok(exe.parent().map(Path::to_owned).unwrap_or_default())
}
