//! Credentials, kept with keyed digests of their tokens; signed requests that were taken.
//! Here because what opens the door must not be readable where it is kept.
//! In: credentials, digests, who makes and revokes them. Out: what stands; every change is in the audit log.
//! Not here: tokens and keys themselves (runtime).

use std::collections::BTreeSet;

use hub_model::case::Role;
use hub_model::{Credential, CredentialId, Permission, Scope};
use serde::Serialize;

use crate::db::{self, Row};
use crate::{AuditEntry, Error, Result, Store, audit};

/// Most credentials a listing returns.
const CREDENTIALS_MAX: u32 = 10_000;

/// One token of a credential, with the key that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Which, from 1 on.
    pub number: u32,
    /// The keyed digest of the token, hexadecimal.
    pub digest: String,
    /// Until when it is taken; as long as the credential when `None`.
    pub until_ms: Option<i64>,
}

/// A credential in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CredentialRow {
    /// The credential.
    #[serde(flatten)]
    pub credential: Credential,
    /// Who made it.
    pub created_by: String,
    /// Its tokens so far.
    pub generations: u32,
    /// When its holder last fetched events.
    pub fetched_ms: Option<i64>,
}

/// A signed request, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// What its sender calls it.
    pub id: String,
    /// When it was signed, seconds since 1970 UTC.
    pub signed_s: i64,
    /// Digest of its body, hexadecimal.
    pub digest: String,
}

/// Whether a signed request was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Never; or the same was asked again with a new signature.
    Fresh,
    /// This very one.
    Before,
    /// Another one under the same name.
    Other,
}

impl Store {
    /// Keeps a new credential with the digest of its first token. False when there is one of that id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_credential(&self, credential: &Credential, digest: &str, actor: &str) -> Result<bool> {
        let at_ms = credential.created_ms;
        let mut tx = self.begin().await?;
        let kept = db::query(
            "INSERT INTO credential (credential_id, role, department, division, permissions, signed, created_ms, created_by, expires_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(credential.id.as_str())
        .bind(credential.role.as_str())
        .bind(credential.scope.department())
        .bind(credential.scope.division())
        .bind(serde_json::to_string(&credential.permissions)?)
        .bind(credential.signed)
        .bind(at_ms)
        .bind(actor)
        .bind(credential.expires_ms)
        .execute(&mut tx)
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        db::query(
            "INSERT INTO credential_generation (credential_id, generation, digest, made_ms) VALUES (?, 1, ?, ?)",
        )
        .bind(credential.id.as_str())
        .bind(digest)
        .bind(at_ms)
        .execute(&mut tx)
        .await?;
        let detail = serde_json::json!({
            "role": credential.role, "department": credential.scope.department(),
            "division": credential.scope.division(), "permissions": credential.permissions,
            "signed": credential.signed, "expires_ms": credential.expires_ms,
        });
        let entry = entry(actor, "credential.added", &credential.id, &detail);
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a credential that is not revoked a new token; older ones are taken until `until_ms`. Returns the number of the
    /// new one, `None` when there is no such credential.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rotate_credential(
        &self,
        id: &CredentialId,
        digest: &str,
        (until_ms, expires_ms): (i64, i64),
        (actor, at_ms): (&str, i64),
    ) -> Result<Option<u32>> {
        let mut tx = self.begin().await?;
        let renewed =
            db::query("UPDATE credential SET expires_ms = ? WHERE credential_id = ? AND revoked_ms IS NULL")
                .bind(expires_ms)
                .bind(id.as_str())
                .execute(&mut tx)
                .await?;
        if renewed.rows_affected() == 0 {
            return Ok(None);
        }
        db::query(
            "UPDATE credential_generation SET until_ms = CASE WHEN until_ms < ?1 THEN until_ms ELSE ?1 END WHERE credential_id = ?2",
        )
        .bind(until_ms)
        .bind(id.as_str())
        .execute(&mut tx)
        .await?;
        let generation: u32 = db::query_scalar(
            "INSERT INTO credential_generation (credential_id, generation, digest, made_ms)
             SELECT ?1, max(generation) + 1, ?2, ?3 FROM credential_generation WHERE credential_id = ?1 RETURNING generation",
        )
        .bind(id.as_str())
        .bind(digest)
        .bind(at_ms)
        .fetch_one(&mut tx)
        .await?;
        let detail = serde_json::json!({
            "generation": generation, "older_until_ms": until_ms, "expires_ms": expires_ms,
        });
        let entry = entry(actor, "credential.rotated", id, &detail);
        audit::append(&mut tx, at_ms, &[entry]).await?;
        tx.commit().await?;
        Ok(Some(generation))
    }

    /// Revokes a credential at once; whether it stood.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke_credential(
        &self,
        id: &CredentialId,
        (actor, reason): (&str, &str),
        at_ms: i64,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let revoked = db::query(
            "UPDATE credential SET revoked_ms = ?, revoked_by = ? WHERE credential_id = ? AND revoked_ms IS NULL",
        )
        .bind(at_ms)
        .bind(actor)
        .bind(id.as_str())
        .execute(&mut tx)
        .await?;
        if revoked.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = serde_json::json!({ "reason": reason });
        audit::append(&mut tx, at_ms, &[entry(actor, "credential.revoked", id, &detail)]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The credential of this id with its tokens; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn credential(&self, id: &CredentialId) -> Result<Option<(Credential, Vec<Generation>)>> {
        let row = db::query("SELECT * FROM credential WHERE credential_id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let rows = db::query(
            "SELECT generation, digest, until_ms FROM credential_generation WHERE credential_id = ? ORDER BY generation DESC",
        )
        .bind(id.as_str())
        .fetch_all(&self.reader)
        .await?;
        let generation = |row: &Row| -> Result<Generation> {
            Ok(Generation {
                number: row.try_get("generation")?,
                digest: row.try_get("digest")?,
                until_ms: row.try_get("until_ms")?,
            })
        };
        let generations = rows.iter().map(generation).collect::<Result<_>>()?;
        Ok(Some((credential(&row)?, generations)))
    }

    /// Every credential, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn credentials(&self) -> Result<Vec<CredentialRow>> {
        let rows = db::query(
            "SELECT c.*, p.served_ms, (SELECT max(generation) FROM credential_generation g
                 WHERE g.credential_id = c.credential_id) AS generations
             FROM credential c LEFT JOIN pull p USING (credential_id) ORDER BY c.credential_id LIMIT ?",
        )
        .bind(CREDENTIALS_MAX)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(CredentialRow {
                    credential: credential(row)?,
                    created_by: row.try_get("created_by")?,
                    generations: row.try_get("generations")?,
                    fetched_ms: row.try_get("served_ms")?,
                })
            })
            .collect()
    }

    /// Remembers a signed request, and forgets those signed before `forget_before_s`; whether it was there before. Then it is
    /// not remembered anew.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remember_signed(
        &self,
        credential: &CredentialId,
        request: &SignedRequest,
        forget_before_s: i64,
    ) -> Result<Seen> {
        let mut tx = self.begin().await?;
        db::query("DELETE FROM signed_request WHERE signed_s < ?")
            .bind(forget_before_s)
            .execute(&mut tx)
            .await?;
        let known: Vec<(i64, String)> = db::query_as(
            "SELECT signed_s, digest FROM signed_request WHERE credential_id = ? AND request_id = ?",
        )
        .bind(credential.as_str())
        .bind(&request.id)
        .fetch_all(&mut tx)
        .await?;
        if known.iter().any(|(_, digest)| *digest != request.digest) {
            return Ok(Seen::Other);
        }
        if known.iter().any(|(signed_s, _)| *signed_s == request.signed_s) {
            return Ok(Seen::Before);
        }
        db::query(
            "INSERT INTO signed_request (credential_id, request_id, signed_s, digest) VALUES (?, ?, ?, ?)",
        )
        .bind(credential.as_str())
        .bind(&request.id)
        .bind(request.signed_s)
        .bind(&request.digest)
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(Seen::Fresh)
    }
}

fn entry(actor: &str, action: &str, id: &CredentialId, detail: &serde_json::Value) -> AuditEntry {
    AuditEntry {
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: format!("credential/{id}"),
        detail: detail.to_string(),
    }
}

fn credential(row: &Row) -> Result<Credential> {
    let unreadable = |what: &'static str, value: String| Error::Unreadable { what, value };
    let id: String = row.try_get("credential_id")?;
    let role: String = row.try_get("role")?;
    let division: String = row.try_get("division")?;
    let words: String = row.try_get("permissions")?;
    let permissions: BTreeSet<Permission> = serde_json::from_str(&words)?;
    Ok(Credential {
        id: CredentialId::parse(&id).map_err(|_| unreadable("credential_id", id))?,
        role: Role::parse(&role).ok_or_else(|| unreadable("credential.role", role))?,
        scope: Scope::of(row.try_get("department")?, &division)
            .map_err(|_| unreadable("credential.division", division))?,
        permissions,
        signed: row.try_get("signed")?,
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
    })
}
