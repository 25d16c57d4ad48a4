//! `hub credential …`: verbs and arguments.
//! Here because who may ask from outside is decided by people, one by one.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/credential).

use clap::{Args, Subcommand};
use hub_model::Permission;
use hub_model::case::Role;

use crate::ask::{Dry, Sure};
use crate::lang;

#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    /// 发放凭据；令牌只显示这一次 / make one; its token is shown this once
    Add(Box<CredentialAdd>),
    /// 全部凭据 / every credential
    List,
    /// 换发令牌和签名密钥；旧的再用几天 / a new token and key; the old ones are taken for some days
    Rotate {
        /// 凭据编号 / which
        id: String,
        /// 旧令牌和密钥再用几天 / days the old ones are still taken
        #[arg(long, default_value_t = 7)]
        keep_days: u32,
        /// 自现在起的有效天数 / days it lives from now on
        #[arg(long, default_value_t = 365)]
        days: u32,
        #[command(flatten)]
        sure: Sure,
    },
    /// 立即作废 / worth nothing at once
    Revoke {
        /// 凭据编号 / which
        id: String,
        /// 理由，记入审计 / why; written to the audit log
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CredentialAdd {
    /// 凭据编号：小写字母、数字和 - / its id: small letters, digits, '-'
    pub(crate) id: String,
    /// 所属部门，与事项的责任部门一字不差 / the department, as cases name it; the county may leave it out
    #[arg(long)]
    pub(crate) department: Option<String>,
    /// 区划代码的前几位，如 3412、341221；不写则不限 / what the division's code begins with
    #[arg(long, default_value = "")]
    pub(crate) division: String,
    /// 权限，可多次：cases:read、cases:act、events:read、cases:full（含个人信息）/ what it allows, repeatable
    #[arg(long = "allow", required = true, value_parser = permission)]
    pub(crate) permissions: Vec<Permission>,
    /// 以何身份：department、county / as whom its holder acts
    #[arg(long, default_value = "department", value_parser = super::case::role)]
    pub(crate) role: Role,
    /// 办理和确认须签名 / what is changed with it must be signed
    #[arg(long)]
    pub(crate) signed: bool,
    /// 有效天数 / days it lives
    #[arg(long, default_value_t = 365)]
    pub(crate) days: u32,
    #[command(flatten)]
    pub(crate) dry: Dry,
}

fn permission(word: &str) -> Result<Permission, String> {
    Permission::parse(word).ok_or_else(|| {
        let known = Permission::ALL.map(Permission::as_str);
        let near = hub_model::nearest(word, known);
        let near = near.map_or_else(String::new, |near| format!("；是否应为 / did you mean {near:?}?"));
        format!("{}: {}{near}", lang::pair("可用 known"), known.join(", "))
    })
}
