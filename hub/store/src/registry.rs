//! The registry: keys of households and people, and the dense ids they were given for good; and whose key made them.
//! Here because an id must be the same after a restart, or every warning would open again.
//! In: keys given during a run, committed with its rows. Out: the registry.
//! Not here: how a key is made from a row (the engine's mentions).

use futures::TryStreamExt;
use hub_model::{Key, Registry, Whose};

use crate::db::{self, Row, Tx};
use crate::{Error, Result, Store};

impl Store {
    /// Reads the registry of `whose`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn registry(&self, whose: Whose) -> Result<Registry> {
        let entry = |row: &Row| -> Result<(Key, u64)> {
            let (id, key): (i64, Vec<u8>) = (row.try_get("id")?, row.try_get("key")?);
            let unreadable = |what: &'static str, value: String| Error::Unreadable { what, value };
            let id = u64::try_from(id).map_err(|_| unreadable("registry id", id.to_string()))?;
            let key = key.as_slice().try_into();
            Ok((
                key.map_err(|_| unreadable("registry key", "of another length".to_owned()))?,
                id,
            ))
        };
        let query = db::query("SELECT key, id FROM registry_keys WHERE kind = ?").bind(whose.as_str());
        let mut rows = query.fetch(&self.reader);
        let mut known = Vec::new();
        while let Some(row) = rows.try_next().await? {
            known.push(entry(&row)?);
        }
        Ok(Registry::new(known))
    }

    /// Makes sure that ids are given with the identity key they were always given with, known by its `fingerprint`.
    ///
    /// # Errors
    /// [`Error::IdentityKey`] when it is another one; when the database refuses.
    pub async fn adopt_identity(&self, fingerprint: &str, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        let known: Option<String> = db::query_scalar("SELECT fingerprint FROM identity")
            .fetch_optional(&mut tx)
            .await?;
        if let Some(known) = known {
            return if known == fingerprint {
                Ok(())
            } else {
                Err(Error::IdentityKey { older: false })
            };
        }
        let older: i64 = db::query_scalar("SELECT count(*) FROM (SELECT 1 FROM registry LIMIT 1) AS one")
            .fetch_one(&mut tx)
            .await?;
        if older > 0 {
            return Err(Error::IdentityKey { older: true });
        }
        db::query("INSERT INTO identity (one, fingerprint, at_ms) VALUES (1, ?, ?)")
            .bind(fingerprint)
            .bind(at_ms)
            .execute(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// Stores newly given keys.
pub(crate) async fn insert(tx: &mut Tx, whose: Whose, given: &[(Key, u64)]) -> Result<()> {
    let statement = ("INSERT INTO registry_keys (kind, key, id) ", "");
    db::insert(tx, statement, 3, given, |values, (key, id)| {
        values
            .push_bind(whose.as_str())
            .push_bind(key.as_slice())
            .push_bind(i64::try_from(*id).unwrap_or(i64::MAX));
        Ok(())
    })
    .await
}
