//! A worksheet that comes back: what each line asks is done.
//! Here because the filled sheet that is dropped or sent back closes the loop, and a line that is wrong must cost no other.
//! In: a file, whose it is. Out: what became of each line.
//! Not here: reading a workbook (take), what a line asks (line); folders (collect), who may send one by HTTP (web).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hub_model::Scope;
use hub_model::case::Role;
use hub_store::AuditEntry;
use sha2::{Digest, Sha256};

use super::take::FILE_BYTES_MAX;
use super::{OUTCOME, Taken};
use crate::{ActAsked, Acted, Error, Hub, Result, clock};

/// Whose worksheet it is.
#[derive(Debug, Clone)]
pub struct Returned<'a> {
    /// Which cases they may answer for.
    pub scope: &'a Scope,
    /// As whom they act; as whoever may when unsaid.
    pub role: Option<Role>,
    /// Who.
    pub actor: &'a str,
}

impl Hub {
    /// Reads the worksheet `file` and does line by line what it asks. Taken twice, it is done once.
    ///
    /// # Errors
    /// When it is no worksheet or too large, no plugin is set that reads it, or the store refuses the record of it.
    pub async fn take_worksheet(&self, file: &Path, from: &Returned<'_>) -> Result<Taken> {
        let settings = &self.sources.settings;
        let plugin = settings.worksheet_plugin.as_deref().ok_or_else(no_plugin)?;
        let sheet = self.sources.worksheet(plugin, file).await?;
        let mut taken = Taken {
            blank: sheet.blank,
            ..Taken::default()
        };
        for line in &sheet.lines {
            let asked = line
                .asks(&self.store, (from.scope, &settings.seal), from.actor)
                .await;
            let asked = match asked {
                Ok(asked) => asked,
                Err(refusal) => {
                    taken.refused.push(refusal);
                    continue;
                }
            };
            match self.all_of(&asked, from).await {
                Ok(true) => taken.repeated += 1,
                Ok(false) => taken.done += 1,
                Err(error) => taken.refused.push(line.refused(OUTCOME, error.to_string())),
            }
        }
        let digest = digest(file)?;
        let entry = AuditEntry {
            actor: from.actor.to_owned(),
            action: "worksheet.taken".to_owned(),
            subject: format!("worksheet/{digest}"),
            detail: serde_json::json!({
                "done": taken.done, "repeated": taken.repeated, "blank": taken.blank, "refused": taken.refused.len(),
            })
            .to_string(),
        };
        self.store.record(&[entry], clock::now_ms()).await?;
        Ok(taken)
    }

    /// Does `asked` in order; whether all of it had been done before.
    async fn all_of(&self, asked: &[ActAsked], from: &Returned<'_>) -> Result<bool> {
        let mut repeated = true;
        for ask in asked {
            let ask = ActAsked {
                role: from.role.or(ask.role),
                ..ask.clone()
            };
            let done: Acted = self.act(from.scope, &ask).await?;
            repeated &= done.repeated;
        }
        Ok(repeated)
    }
}

/// That no plugin is set which reads worksheets.
fn no_plugin() -> Error {
    Error::Unfit(
        "hub.toml 的 [cases] 没有写 worksheet_plugin：用哪个插件读交办单 / [cases] worksheet_plugin names the plugin that reads worksheets"
            .to_owned(),
    )
}

/// What tells the file from others.
fn digest(file: &Path) -> Result<String> {
    let io = |source| Error::Io {
        path: file.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(file).map_err(io)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
    Ok(hex::encode(Sha256::digest(&bytes)))
}
