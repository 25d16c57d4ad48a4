//! `hub credential …`: makes, lists, renews and revokes what departments' programs ask with.
//! Here because a token is printed once, and who holds one must be seen at a glance.
//! In: arguments. Out: the token and the key this once; lists.
//! Not here: how they are made and kept (runtime, store).

use std::collections::BTreeSet;
use std::process::ExitCode;

use hub_model::Permission;
use hub_runtime::desk::{CredentialAsked, Issued, RevokeAsked, RotateAsked};
use hub_runtime::{Error, clock};
use hub_store::CredentialRow;
use tokio_util::task::TaskTracker;

use crate::app::{App, Writer};
use crate::ask::Sure;
use crate::cli::{Credential, Output};
use crate::cmd::reveal::actor;
use crate::{lang, out};

pub(super) async fn run(command: Credential, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match command {
        Credential::Add(asked) => {
            let dry = asked.dry;
            let asked = CredentialAsked {
                id: asked.id,
                role: asked.role,
                department: asked.department,
                division: asked.division,
                permissions: asked.permissions,
                signed: asked.signed,
                days: asked.days,
                actor: actor(),
            };
            if dry.dry_run {
                let would = added(app, &asked).await?;
                hint(app, asked.department.as_deref());
                dry.goes_on(output, &would)?;
                return Ok(ExitCode::SUCCESS);
            }
            let issued: Issued = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/credential/add", &asked).await?,
                Writer::Local(local) => app.desk(&local, TaskTracker::new()).issue(&asked).await?,
            };
            out::show(output, &issued, told)?;
            hint(app, asked.department.as_deref());
        }
        Credential::Rotate {
            id,
            keep_days,
            days,
            sure,
        } => {
            known(app, &id, sure).await?;
            let would = format!(
                "将换发凭据 {id} 的令牌和签名密钥，旧的再用 {keep_days} 天 / {id} would get a new token and key, the old ones be taken for {keep_days} days"
            );
            if !sure.goes_on(output, &would)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = RotateAsked {
                id,
                keep_days,
                days,
                actor: actor(),
            };
            let issued: Issued = match app.writer().await? {
                Writer::Service(service) => service.post("/v1/credential/rotate", &asked).await?,
                Writer::Local(local) => app.desk(&local, TaskTracker::new()).rotate(&asked).await?,
            };
            out::show(output, &issued, told)?;
        }
        Credential::Revoke { id, reason, sure } => {
            known(app, &id, sure).await?;
            let would = format!(
                "将立即作废凭据 {id}，不可恢复；持有它的程序从此被拒 / {id} would be worth nothing at once, for good"
            );
            if !sure.goes_on(output, &would)? {
                return Ok(ExitCode::SUCCESS);
            }
            let asked = RevokeAsked {
                id,
                reason,
                actor: actor(),
            };
            match app.writer().await? {
                Writer::Service(service) => service.post("/v1/credential/revoke", &asked).await?,
                Writer::Local(local) => app.desk(&local, TaskTracker::new()).revoke(&asked).await?,
            }
            out::show(output, &serde_json::json!({ "revoked": asked.id }), |_| {
                let id = &asked.id;
                lang::said(&format!("凭据 {id} 已作废 / {id} is revoked"))
            })?;
        }
        Credential::List => {
            let rows = app.reader().await?.credentials().await?;
            out::show(output, &rows, |rows| list(rows))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What adding a credential would come to; that it is not fit, or there is one of its name, is told.
async fn added(app: &App, asked: &CredentialAsked) -> anyhow::Result<String> {
    let would = asked.fits(app.reader_if_any().await?.as_ref()).await?;
    let (id, role) = (&would.id, would.role.as_str());
    let allows: Vec<&str> = would.permissions.iter().map(|one| one.as_str()).collect();
    let (allows, until) = (allows.join(" "), out::time(would.expires_ms));
    Ok(format!(
        "将发放凭据 {id}（{}），身份 {role}，权限 {allows}，有效至 {until}；令牌到时只显示一次 / credential {id} would be made: as {role}, allowing {allows}, until {until}; its token is shown that once",
        would.scope.department().unwrap_or("全部部门")
    ))
}

/// That `id` is no credential, or revoked, is told before anybody is asked.
async fn known(app: &App, id: &str, sure: Sure) -> anyhow::Result<()> {
    if !sure.is_told() {
        return Ok(());
    }
    let rows = app.reader().await?.credentials().await?;
    let mut stands = rows.iter().filter(|row| row.credential.revoked_ms.is_none());
    if stands.any(|row| row.credential.id.to_string() == id) {
        return Ok(());
    }
    Err(Error::NoCredential { asked: id.to_owned() }.into())
}

/// Says so when no rule warns the department: its name may be written otherwise.
fn hint(app: &App, department: Option<&str>) {
    let rules = app.book.rules.iter();
    let known: BTreeSet<&str> = rules.map(|rule| rule.header.department.as_str()).collect();
    let Some(department) = department.filter(|name| !known.contains(name)) else {
        return;
    };
    let names: Vec<&str> = known.into_iter().collect();
    let told = format!(
        "注意：没有规则的责任部门是 {department:?}，转办来的事项除外它看不到任何事项；规则中有 / no rule names that department, only cases reassigned to it are seen; rules name"
    );
    eprintln!("{} {}", lang::said(&told), names.join(lang::mark("、")));
}

fn told(issued: &Issued) -> String {
    let (id, token) = (lang::pair("凭据 credential"), lang::pair("令牌 token"));
    let mut text = format!("{id} {}\n{token}: {}\n", issued.id, issued.token);
    if let Some(secret) = &issued.signing_secret {
        text.push_str(&format!("{}: {secret}\n", lang::pair("签名密钥 signing secret")));
    }
    let until = lang::pair("有效至 until");
    text.push_str(&format!("{until} {}\n", out::time(issued.expires_ms)));
    if let Some(until_ms) = issued.older_until_ms {
        let older = lang::pair("旧令牌和密钥用至 the older ones until");
        text.push_str(&format!("{older} {}\n", out::time(until_ms)));
    }
    text.push_str(&lang::said(
        "只显示这一次，请即交持有人保管 / shown this once: hand it to its holder now",
    ));
    text
}

fn list(rows: &[CredentialRow]) -> String {
    let now_ms = clock::now_ms();
    let row = |row: &CredentialRow| {
        let credential = &row.credential;
        let state = match credential.revoked_ms {
            Some(at_ms) => format!("{} {}", lang::pair("已作废 revoked"), out::time(at_ms)),
            None if credential.stands(now_ms) => {
                let until = lang::pair("有效至 until");
                format!("{until} {}", out::time(credential.expires_ms))
            }
            None => format!(
                "{} {}",
                lang::pair("已过期 expired"),
                out::time(credential.expires_ms)
            ),
        };
        let permissions: Vec<&str> = credential
            .permissions
            .iter()
            .copied()
            .map(Permission::as_str)
            .collect();
        vec![
            credential.id.to_string(),
            credential
                .scope
                .department()
                .map_or_else(|| lang::pair("全部 all"), str::to_owned),
            credential.scope.division().to_owned(),
            credential.role.as_str().to_owned(),
            permissions.join(" "),
            if credential.signed {
                lang::pair("须签名 signed")
            } else {
                String::new()
            },
            state,
            row.generations.to_string(),
            row.fetched_ms.map(out::time).unwrap_or_default(),
        ]
    };
    let header = [
        "编号 id",
        "部门 department",
        "区划 division",
        "身份 role",
        "权限 allows",
        "签名 signing",
        "状态 state",
        "第几枚令牌 tokens",
        "最近拉取 fetched",
    ];
    out::table(&header, rows.iter().map(row))
}
