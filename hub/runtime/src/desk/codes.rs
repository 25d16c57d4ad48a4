//! Every way a department is told no, each with a code that never changes its meaning.
//! Here because programs branch on the code, and people read the sentence beside it.
//! In: nothing. Out: codes with status, Chinese title and English meaning; the manual's table is compared with it.
//! Not here: when each is said.

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// 请求格式有误.
    RequestMalformed,
    /// 缺少幂等键或幂等键无效.
    IdempotencyKeyInvalid,
    /// If-Match 无效.
    IfMatchInvalid,
    /// 凭据无效.
    Unauthenticated,
    /// 缺少签名.
    SignatureMissing,
    /// 签名已过期.
    SignatureOld,
    /// 签名不符.
    SignatureInvalid,
    /// 凭据没有此项权限.
    PermissionMissing,
    /// 此动作须由他方办理.
    RoleNotAllowed,
    /// 没有这个地址.
    NotFound,
    /// 没有这件事项.
    CaseNotFound,
    /// 本中枢未启用交办单收回.
    WorksheetsNotTaken,
    /// 此地址不支持该方法.
    MethodNotAllowed,
    /// 请求超时.
    RequestTimeout,
    /// 当前状态不允许此动作.
    ActionNotAllowed,
    /// 须由另一人办结.
    SamePerson,
    /// 该对象已有未办结事项.
    OpenCaseExists,
    /// 幂等键已用于另一请求.
    KeyReused,
    /// 请求重放.
    SignatureReplayed,
    /// webhook-id 已用于另一请求.
    SignatureIdReused,
    /// 确认了尚未取走的事件.
    NotHandedOut,
    /// 事项已被他人更改.
    VersionStale,
    /// 请求过大.
    BodyTooLarge,
    /// Content-Type 不支持.
    MediaTypeUnsupported,
    /// 翻页标记无效.
    CursorInvalid,
    /// 缺少必填内容.
    ActionIncomplete,
    /// 内容不符合要求.
    ActionUnfit,
    /// 签名内容未载明事项和版本.
    SignatureUnbound,
    /// 行数过多.
    TooManyLines,
    /// 交办单无法读取.
    WorksheetUnreadable,
    /// 缺少 If-Match.
    IfMatchMissing,
    /// 内部错误.
    Internal,
    /// 中枢正在停止.
    Stopping,
}

/// A code with what there is to say of it.
pub struct Meaning {
    /// The code as it stands in an answer.
    pub word: &'static str,
    /// The HTTP status it comes with, which answers by file carry too.
    pub status: u16,
    /// What it is, Chinese.
    pub title: &'static str,
    /// What it is and what to do, English.
    pub detail: &'static str,
}

impl Code {
    /// Every code, by status.
    pub const ALL: [Self; 33] = [
        Self::RequestMalformed,
        Self::IdempotencyKeyInvalid,
        Self::IfMatchInvalid,
        Self::Unauthenticated,
        Self::SignatureMissing,
        Self::SignatureOld,
        Self::SignatureInvalid,
        Self::PermissionMissing,
        Self::RoleNotAllowed,
        Self::NotFound,
        Self::CaseNotFound,
        Self::WorksheetsNotTaken,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::ActionNotAllowed,
        Self::SamePerson,
        Self::OpenCaseExists,
        Self::KeyReused,
        Self::SignatureReplayed,
        Self::SignatureIdReused,
        Self::NotHandedOut,
        Self::VersionStale,
        Self::BodyTooLarge,
        Self::MediaTypeUnsupported,
        Self::CursorInvalid,
        Self::ActionIncomplete,
        Self::ActionUnfit,
        Self::SignatureUnbound,
        Self::TooManyLines,
        Self::WorksheetUnreadable,
        Self::IfMatchMissing,
        Self::Internal,
        Self::Stopping,
    ];

    /// What there is to say of it.
    pub const fn meaning(self) -> Meaning {
        let (word, status, title, detail) = match self {
            Self::RequestMalformed => (
                "request_malformed",
                400,
                "请求格式有误",
                "The query or the body is not what the OpenAPI document describes.",
            ),
            Self::CursorInvalid => (
                "cursor_invalid",
                422,
                "翻页标记无效",
                "The cursor was not given by this hub for these filters; begin again without one.",
            ),
            Self::IdempotencyKeyInvalid => (
                "idempotency_key_invalid",
                400,
                "缺少幂等键或幂等键无效",
                "Send an Idempotency-Key of 1 to 100 visible ASCII characters, a new one for each deed and the same one for its repetition.",
            ),
            Self::IfMatchInvalid => (
                "if_match_invalid",
                400,
                "If-Match 无效",
                "If-Match carries the version last seen, as the ETag of the case: \"12\".",
            ),
            Self::Unauthenticated => (
                "unauthenticated",
                401,
                "凭据无效",
                "Send `Authorization: Bearer <token>` with a token that is neither expired nor revoked.",
            ),
            Self::SignatureMissing => (
                "signature_missing",
                401,
                "缺少签名",
                "This credential signs what it changes: webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks, v1).",
            ),
            Self::SignatureOld => (
                "signature_old",
                401,
                "签名已过期",
                "The signature is more than 5 minutes from the hub's clock; sign again, and look at the sender's clock.",
            ),
            Self::SignatureInvalid => (
                "signature_invalid",
                401,
                "签名不符",
                "The signature is not this credential's of this body.",
            ),
            Self::PermissionMissing => (
                "permission_missing",
                403,
                "凭据没有此项权限",
                "The credential does not allow this; the operator of the hub can issue one that does.",
            ),
            Self::RoleNotAllowed => (
                "role_not_allowed",
                403,
                "此动作须由他方办理",
                "Somebody else does this; `roles` says who.",
            ),
            Self::NotFound => (
                "not_found",
                404,
                "没有这个地址",
                "There is nothing at this address; the OpenAPI document lists what there is.",
            ),
            Self::CaseNotFound => (
                "case_not_found",
                404,
                "没有这件事项",
                "There is no such case among those of this credential.",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                405,
                "此地址不支持该方法",
                "The address is right and the method is not; Allow lists those that are.",
            ),
            Self::RequestTimeout => (
                "request_timeout",
                408,
                "请求超时",
                "The request was not finished in time; a deed may have been done all the same: ask again under the same key.",
            ),
            Self::ActionNotAllowed => (
                "action_not_allowed",
                409,
                "当前状态不允许此动作",
                "The case does not stand where this could be done; `allowed` lists what can.",
            ),
            Self::SamePerson => (
                "same_person",
                409,
                "须由另一人办结",
                "Whoever said what came of it may not close it.",
            ),
            Self::OpenCaseExists => (
                "open_case_exists",
                409,
                "该对象已有未办结事项",
                "The subject has another case that is not closed.",
            ),
            Self::KeyReused => (
                "key_reused",
                409,
                "幂等键已用于另一请求",
                "The Idempotency-Key was used for something else; a new deed takes a new key.",
            ),
            Self::SignatureReplayed => (
                "signature_replayed",
                409,
                "请求重放",
                "This very request was taken before. To ask again, sign again with a new timestamp.",
            ),
            Self::SignatureIdReused => (
                "signature_id_reused",
                409,
                "webhook-id 已用于另一请求",
                "Another request was taken under this webhook-id; each takes its own.",
            ),
            Self::NotHandedOut => (
                "not_handed_out",
                409,
                "确认了尚未取走的事件",
                "Events beyond `served` were never handed out to this credential and cannot be confirmed.",
            ),
            Self::VersionStale => (
                "version_stale",
                412,
                "事项已被他人更改",
                "Somebody else was faster: `version` is the present one. Look again, then decide again.",
            ),
            Self::BodyTooLarge => ("body_too_large", 413, "请求过大", "A body has at most 1 MiB."),
            Self::MediaTypeUnsupported => (
                "media_type_unsupported",
                415,
                "Content-Type 不支持",
                "Send application/json; for a batch application/x-ndjson; a worksheet as application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.",
            ),
            Self::ActionIncomplete => (
                "action_incomplete",
                422,
                "缺少必填内容",
                "Something must be said with this action; `fields` lists what.",
            ),
            Self::ActionUnfit => (
                "action_unfit",
                422,
                "内容不符合要求",
                "Something that was said cannot be taken; `fields` names it.",
            ),
            Self::SignatureUnbound => (
                "signature_unbound",
                422,
                "签名内容未载明事项和版本",
                "A signed body carries `case` and `version`, equal to the address and to If-Match: else they could be altered on the way.",
            ),
            Self::TooManyLines => (
                "too_many_lines",
                422,
                "行数过多",
                "A batch has at most 1,000 lines; nothing of this one was done.",
            ),
            Self::WorksheetUnreadable => (
                "worksheet_unreadable",
                422,
                "交办单无法读取",
                "It is no workbook, or a column of the worksheet is missing; fill in the one that was written, and keep its header.",
            ),
            Self::WorksheetsNotTaken => (
                "worksheets_not_taken",
                404,
                "本中枢未启用交办单收回",
                "This hub has no plugin set that reads worksheets ([cases] worksheet_plugin); its operator can set one.",
            ),
            Self::IfMatchMissing => (
                "if_match_missing",
                428,
                "缺少 If-Match",
                "Say which version was seen: If-Match with the ETag of the case.",
            ),
            Self::Internal => (
                "internal",
                500,
                "内部错误",
                "The hub failed; its log says why. Asking again later under the same key is safe.",
            ),
            Self::Stopping => (
                "stopping",
                503,
                "中枢正在停止",
                "The hub is stopping or being restarted; nothing was done. Ask again in a minute, under the same key.",
            ),
        };
        Meaning {
            word,
            status,
            title,
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_lists_every_code_with_its_status() {
        let manual = include_str!("../../../docs/api.md");
        let mut words = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let meaning = code.meaning();
            assert!(words.insert(meaning.word), "{} twice", meaning.word);
            let row = format!("| {} | `{}` | {} |", meaning.status, meaning.word, meaning.title);
            assert!(manual.contains(&row), "not in the manual: {row}");
        }
    }
}
