//! The registry: natural keys of households and people, and the dense ids they were given for good.
//! Here because an id must be the same after a restart, or every warning would open again.
//! In: keys given during a run, committed with its rows. Out: the registry.
//! Not here: how a key is made from a row (the engine's link stage).

use std::collections::HashMap;

use hub_model::Registry;
use sqlx::{Row, Sqlite, Transaction};

use crate::{Error, Result, Store};

/// Whose keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryKind {
    /// Households.
    Household,
    /// People.
    Person,
}

impl RegistryKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Person => "person",
        }
    }
}

impl Store {
    /// Reads the registry of `kind`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn registry(&self, kind: RegistryKind) -> Result<Registry> {
        let rows = sqlx::query("SELECT key, id FROM registry WHERE kind = ?")
            .bind(kind.as_str())
            .fetch_all(&self.reader)
            .await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in rows {
            let id: i64 = row.try_get("id")?;
            let id = u64::try_from(id).map_err(|_| Error::Unreadable {
                what: "registry.id",
                value: id.to_string(),
            })?;
            let key: Vec<u8> = row.try_get("key")?;
            known.insert(key.into_boxed_slice(), id);
        }
        Ok(Registry::new(known))
    }
}

/// Stores newly given ids.
pub(crate) async fn insert(
    tx: &mut Transaction<'_, Sqlite>,
    kind: RegistryKind,
    given: &[(Box<[u8]>, u64)],
) -> Result<()> {
    if given.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = given.iter().map(|(key, id)| (hex::encode(key), id)).collect();
    sqlx::query(
        "INSERT INTO registry (kind, key, id) SELECT ?, unhex(value->>0), value->>1 FROM json_each(?)",
    )
    .bind(kind.as_str())
    .bind(serde_json::to_string(&rows)?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
