//! Makes, renews and revokes credentials.
//! Here because a secret is seen once, by whoever asked for it.
//! In: what an operator wants. Out: the token and the signing key, this once.
//! Not here: how they are checked (the desk), the shell's arguments.

use hub_model::case::Role;
use hub_model::{Credential, CredentialId, Permission, Scope};
use hub_store::Store;
use serde::{Deserialize, Serialize};

use super::{Desk, Keys};
use crate::{Error, Result, clock};

/// Longest life of a credential, days.
const DAYS_MAX: u32 = 1_100;
/// Longest time an old token is still taken after a new one was made, days.
const KEEP_DAYS_MAX: u32 = 90;
/// Longest name of a department, characters.
const DEPARTMENT_CHARS_MAX: usize = 60;
/// Longest reason, characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 2..=500;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A credential that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialAsked {
    /// Its name.
    pub id: String,
    /// As whom its holder acts.
    pub role: Role,
    /// The department whose cases it is about; every one's when unsaid, for the county only.
    pub department: Option<String>,
    /// What the division's code begins with; empty for all.
    pub division: String,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// Whether what is changed with it must be signed.
    pub signed: bool,
    /// How many days it lives.
    pub days: u32,
    /// Who makes it.
    pub actor: String,
}

/// A credential that is to get a new token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateAsked {
    /// Its name.
    pub id: String,
    /// How many days the old token and key are still taken.
    pub keep_days: u32,
    /// How many days it lives from now on.
    pub days: u32,
    /// Who asks.
    pub actor: String,
}

/// A credential that is to be worth nothing at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeAsked {
    /// Its name.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub actor: String,
}

/// What its holder gets; shown once and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The credential's name.
    pub id: CredentialId,
    /// What the holder sends with every request.
    pub token: String,
    /// What the holder signs with, when it must.
    pub signing_secret: Option<String>,
    /// From when on it is worth nothing, milliseconds since 1970 UTC.
    pub expires_ms: i64,
    /// Until when the token before is still taken.
    pub older_until_ms: Option<i64>,
}

impl CredentialAsked {
    /// The credential it would be; `store`, where there is one, has none of that name.
    ///
    /// # Errors
    /// [`Error::Unfit`], with what would be right; or when the store refuses.
    pub async fn fits(&self, store: Option<&Store>) -> Result<Credential> {
        let credential = checked(self, clock::now_ms())?;
        let known = match store {
            Some(store) => store.credential(&credential.id).await?,
            None => None,
        };
        match known {
            Some(_) => Err(taken(&credential.id)),
            None => Ok(credential),
        }
    }
}

impl Desk {
    /// Makes a credential.
    ///
    /// # Errors
    /// [`Error::Unfit`], with what would be right; or when the store refuses.
    pub async fn issue(&self, asked: &CredentialAsked) -> Result<Issued> {
        let now_ms = clock::now_ms();
        let credential = checked(asked, now_ms)?;
        let token = Keys::token(&credential.id);
        let digest = self.keys.token_digest(token.reveal());
        let kept = self.hub.store.add_credential(&credential, &digest, &asked.actor);
        if !kept.await? {
            return Err(taken(&credential.id));
        }
        let secret = || self.keys.signing_secret(&credential.id, 1).reveal().to_owned();
        Ok(Issued {
            token: token.reveal().to_owned(),
            signing_secret: credential.signed.then(secret),
            expires_ms: credential.expires_ms,
            older_until_ms: None,
            id: credential.id,
        })
    }

    /// Gives a credential a new token, and a new key.
    ///
    /// # Errors
    /// [`Error::NoCredential`], [`Error::Unfit`]; or when the store refuses.
    pub async fn rotate(&self, asked: &RotateAsked) -> Result<Issued> {
        let none = || Error::NoCredential {
            asked: asked.id.clone(),
        };
        let id = CredentialId::parse(&asked.id).map_err(|_| none())?;
        if asked.keep_days > KEEP_DAYS_MAX {
            return Err(Error::Unfit(format!(
                "--keep-days 至多 {KEEP_DAYS_MAX} / at most {KEEP_DAYS_MAX}"
            )));
        }
        let now_ms = clock::now_ms();
        let expires_ms = now_ms + days(asked.days)? * DAY_MS;
        let until_ms = now_ms + i64::from(asked.keep_days) * DAY_MS;
        let (credential, _) = self.hub.store.credential(&id).await?.ok_or_else(none)?;
        let token = Keys::token(&id);
        let digest = self.keys.token_digest(token.reveal());
        let number =
            self.hub
                .store
                .rotate_credential(&id, &digest, (until_ms, expires_ms), (&asked.actor, now_ms));
        let number = number.await?.ok_or_else(none)?;
        let secret = || self.keys.signing_secret(&id, number).reveal().to_owned();
        Ok(Issued {
            token: token.reveal().to_owned(),
            signing_secret: credential.signed.then(secret),
            expires_ms,
            older_until_ms: Some(until_ms),
            id,
        })
    }

    /// Revokes a credential.
    ///
    /// # Errors
    /// [`Error::NoCredential`], [`Error::Unfit`]; or when the store refuses.
    pub async fn revoke(&self, asked: &RevokeAsked) -> Result<()> {
        let none = || Error::NoCredential {
            asked: asked.id.clone(),
        };
        let id = CredentialId::parse(&asked.id).map_err(|_| none())?;
        let reason = asked.reason.trim();
        if !REASON_CHARS.contains(&reason.chars().count()) {
            return Err(Error::Unfit(format!(
                "理由须为 {} 至 {} 个字 / the reason has so many characters",
                REASON_CHARS.start(),
                REASON_CHARS.end()
            )));
        }
        let who = (asked.actor.as_str(), reason);
        let stood = self
            .hub
            .store
            .revoke_credential(&id, who, clock::now_ms())
            .await?;
        if stood { Ok(()) } else { Err(none()) }
    }
}

fn taken(id: &CredentialId) -> Error {
    Error::Unfit(format!(
        "凭据 {id} 已存在（含已撤销者，编号不再使用）；换发用 hub credential rotate / there is, or was, one of that name"
    ))
}

fn days(days: u32) -> Result<i64> {
    if (1..=DAYS_MAX).contains(&days) {
        Ok(i64::from(days))
    } else {
        Err(Error::Unfit(format!(
            "--days 须为 1 至 {DAYS_MAX} / 1 to {DAYS_MAX} days"
        )))
    }
}

fn checked(asked: &CredentialAsked, now_ms: i64) -> Result<Credential> {
    let unfit = |message: String| Error::Unfit(message);
    let id = CredentialId::parse(&asked.id).map_err(|error| {
        unfit(format!(
            "{:?}: 须为 2 至 40 个小写字母、数字或 -，字母开头 / {error}",
            asked.id
        ))
    })?;
    let department = asked.department.as_ref().map(|name| name.trim().to_owned());
    match (asked.role, &department) {
        (Role::Hub, _) => {
            return Err(unfit(
                "--role 为 department 或 county / the hub's own role is nobody's to take".to_owned(),
            ));
        }
        (Role::Department, None) => {
            return Err(unfit(
                "部门凭据须写明 --department / whose cases is it about?".to_owned(),
            ));
        }
        (Role::Department | Role::County, _) => {}
    }
    let is_named = |name: &String| {
        (1..=DEPARTMENT_CHARS_MAX).contains(&name.chars().count()) && !name.contains(char::is_control)
    };
    if department.as_ref().is_some_and(|name| !is_named(name)) {
        return Err(unfit(format!(
            "--department 须为 1 至 {DEPARTMENT_CHARS_MAX} 个字 / a name of so many characters"
        )));
    }
    let scope = Scope::of(department, &asked.division).map_err(|error| {
        unfit(format!(
            "--division {:?}: 须为区划代码的前 2 至 12 位 / {error}",
            asked.division
        ))
    })?;
    if asked.permissions.is_empty() {
        let known = Permission::ALL.map(Permission::as_str).join(", ");
        return Err(unfit(format!(
            "至少一项 --allow / at least one --allow of {known}"
        )));
    }
    Ok(Credential {
        id,
        role: asked.role,
        scope,
        permissions: asked.permissions.iter().copied().collect(),
        signed: asked.signed,
        created_ms: now_ms,
        expires_ms: now_ms + days(asked.days)? * DAY_MS,
        revoked_ms: None,
    })
}
