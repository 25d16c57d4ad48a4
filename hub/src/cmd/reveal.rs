//! Looking at personal values: allowed to whoever gives a reason, and recorded before anything is shown.
//! Here because a look that left no trace cannot be answered for.
//! In: a reason, what is looked at. Out: an audit entry, or an error, and then nothing may be shown.
//! Not here: masks, and who may run this program at all.

use std::ops::RangeInclusive;

use hub_runtime::clock;
use hub_store::AuditEntry;
use nix::unistd::{Uid, User};

use crate::app::{App, Writer};
use crate::cli::Reveal;
use crate::exit::UsageError;

/// Shortest and longest reason, characters.
const REASON_CHARS: RangeInclusive<usize> = 4..=200;

/// Records a look, when one is wanted; whether it is.
pub(super) async fn recorded(
    app: &App,
    reveal: &Reveal,
    action: &str,
    subject: String,
    mut detail: serde_json::Map<String, serde_json::Value>,
) -> anyhow::Result<bool> {
    let Some(reason) = &reveal.reason else {
        return Ok(false);
    };
    let why = self::reason(reason, REASON_CHARS)?;
    detail.insert("reason".to_owned(), why.into());
    let action = format!("{action}{}", hub_web::REVEALED);
    record(app, action, subject, &serde_json::Value::Object(detail)).await?;
    Ok(true)
}

/// Records what was looked at, or taken out.
pub(super) async fn record(
    app: &App,
    action: String,
    subject: String,
    detail: &serde_json::Value,
) -> anyhow::Result<()> {
    let entry = AuditEntry {
        actor: actor(),
        action,
        subject,
        detail: detail.to_string(),
    };
    match app.writer().await? {
        Writer::Local(local) => local.hub.store.record(&[entry], clock::now_ms()).await?,
        Writer::Service(service) => service.post("/v1/audit", &entry).await?,
    }
    Ok(())
}

/// `text`, when it has so many characters.
pub(super) fn reason(text: &str, chars: RangeInclusive<usize>) -> Result<String, UsageError> {
    let text = text.trim();
    if chars.contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(UsageError(format!(
        "理由须为 {} 至 {} 个字 / the reason has so many characters",
        chars.start(),
        chars.end()
    )))
}

/// The account that runs this program.
pub(crate) fn actor() -> String {
    let uid = Uid::current();
    let name = User::from_uid(uid).ok().flatten().map(|user| user.name);
    name.map_or_else(|| format!("uid/{uid}"), |name| format!("account/{name}"))
}
