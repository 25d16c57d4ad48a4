//! Every way the API says no, each with a code that never changes its meaning.
//! Here because programs branch on the code, and people read the sentence beside it.
//! In: nothing. Out: codes with status, Chinese title and English meaning; the manual's table is compared with it.
//! Not here: when each is said.

use axum::http::StatusCode;

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    RequestMalformed,
    IdempotencyKeyInvalid,
    IfMatchInvalid,
    Unauthenticated,
    SignatureMissing,
    SignatureOld,
    SignatureInvalid,
    PermissionMissing,
    RoleNotAllowed,
    NotFound,
    CaseNotFound,
    WorksheetsNotTaken,
    MethodNotAllowed,
    RequestTimeout,
    ActionNotAllowed,
    SamePerson,
    OpenCaseExists,
    KeyReused,
    SignatureReplayed,
    SignatureIdReused,
    NotHandedOut,
    VersionStale,
    BodyTooLarge,
    MediaTypeUnsupported,
    CursorInvalid,
    ActionIncomplete,
    ActionUnfit,
    SignatureUnbound,
    TooManyLines,
    WorksheetUnreadable,
    IfMatchMissing,
    Internal,
}

/// A code with what there is to say of it.
pub(crate) struct Meaning {
    /// The code as it stands in an answer.
    pub(crate) word: &'static str,
    /// The status it comes with.
    pub(crate) status: StatusCode,
    /// What it is, Chinese.
    pub(crate) title: &'static str,
    /// What it is and what to do, English.
    pub(crate) detail: &'static str,
}

impl Code {
    /// Every code, by status.
    pub(crate) const ALL: [Self; 32] = [
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
    ];

    /// What there is to say of it.
    pub(crate) const fn meaning(self) -> Meaning {
        let (word, status, title, detail) = match self {
            Self::RequestMalformed => (
                "request_malformed",
                StatusCode::BAD_REQUEST,
                "请求格式有误",
                "The query or the body is not what the OpenAPI document describes.",
            ),
            Self::CursorInvalid => (
                "cursor_invalid",
                StatusCode::UNPROCESSABLE_ENTITY,
                "翻页标记无效",
                "The cursor was not given by this hub for these filters; begin again without one.",
            ),
            Self::IdempotencyKeyInvalid => (
                "idempotency_key_invalid",
                StatusCode::BAD_REQUEST,
                "缺少幂等键或幂等键无效",
                "Send an Idempotency-Key of 1 to 100 visible ASCII characters, a new one for each deed and the same one for its repetition.",
            ),
            Self::IfMatchInvalid => (
                "if_match_invalid",
                StatusCode::BAD_REQUEST,
                "If-Match 无效",
                "If-Match carries the version last seen, as the ETag of the case: \"12\".",
            ),
            Self::Unauthenticated => (
                "unauthenticated",
                StatusCode::UNAUTHORIZED,
                "凭据无效",
                "Send `Authorization: Bearer <token>` with a token that is neither expired nor revoked.",
            ),
            Self::SignatureMissing => (
                "signature_missing",
                StatusCode::UNAUTHORIZED,
                "缺少签名",
                "This credential signs what it changes: webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks, v1).",
            ),
            Self::SignatureOld => (
                "signature_old",
                StatusCode::UNAUTHORIZED,
                "签名已过期",
                "The signature is more than 5 minutes from the hub's clock; sign again, and look at the sender's clock.",
            ),
            Self::SignatureInvalid => (
                "signature_invalid",
                StatusCode::UNAUTHORIZED,
                "签名不符",
                "The signature is not this credential's of this body.",
            ),
            Self::PermissionMissing => (
                "permission_missing",
                StatusCode::FORBIDDEN,
                "凭据没有此项权限",
                "The credential does not allow this; the operator of the hub can issue one that does.",
            ),
            Self::RoleNotAllowed => (
                "role_not_allowed",
                StatusCode::FORBIDDEN,
                "此动作须由他方办理",
                "Somebody else does this; `roles` says who.",
            ),
            Self::NotFound => (
                "not_found",
                StatusCode::NOT_FOUND,
                "没有这个地址",
                "There is nothing at this address; the OpenAPI document lists what there is.",
            ),
            Self::CaseNotFound => (
                "case_not_found",
                StatusCode::NOT_FOUND,
                "没有这件事项",
                "There is no such case among those of this credential.",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "此地址不支持该方法",
                "The address is right and the method is not; Allow lists those that are.",
            ),
            Self::RequestTimeout => (
                "request_timeout",
                StatusCode::REQUEST_TIMEOUT,
                "请求超时",
                "The request was not finished in time; a deed may have been done all the same: ask again under the same key.",
            ),
            Self::ActionNotAllowed => (
                "action_not_allowed",
                StatusCode::CONFLICT,
                "当前状态不允许此动作",
                "The case does not stand where this could be done; `allowed` lists what can.",
            ),
            Self::SamePerson => (
                "same_person",
                StatusCode::CONFLICT,
                "须由另一人办结",
                "Whoever said what came of it may not close it.",
            ),
            Self::OpenCaseExists => (
                "open_case_exists",
                StatusCode::CONFLICT,
                "该对象已有未办结事项",
                "The subject has another case that is not closed.",
            ),
            Self::KeyReused => (
                "key_reused",
                StatusCode::CONFLICT,
                "幂等键已用于另一请求",
                "The Idempotency-Key was used for something else; a new deed takes a new key.",
            ),
            Self::SignatureReplayed => (
                "signature_replayed",
                StatusCode::CONFLICT,
                "请求重放",
                "This very request was taken before. To ask again, sign again with a new timestamp.",
            ),
            Self::SignatureIdReused => (
                "signature_id_reused",
                StatusCode::CONFLICT,
                "webhook-id 已用于另一请求",
                "Another request was taken under this webhook-id; each takes its own.",
            ),
            Self::NotHandedOut => (
                "not_handed_out",
                StatusCode::CONFLICT,
                "确认了尚未取走的事件",
                "Events beyond `served` were never handed out to this credential and cannot be confirmed.",
            ),
            Self::VersionStale => (
                "version_stale",
                StatusCode::PRECONDITION_FAILED,
                "事项已被他人更改",
                "Somebody else was faster: `version` is the present one. Look again, then decide again.",
            ),
            Self::BodyTooLarge => (
                "body_too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "请求过大",
                "A body has at most 1 MiB.",
            ),
            Self::MediaTypeUnsupported => (
                "media_type_unsupported",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type 不支持",
                "Send application/json; for a batch application/x-ndjson; a worksheet as application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.",
            ),
            Self::ActionIncomplete => (
                "action_incomplete",
                StatusCode::UNPROCESSABLE_ENTITY,
                "缺少必填内容",
                "Something must be said with this action; `fields` lists what.",
            ),
            Self::ActionUnfit => (
                "action_unfit",
                StatusCode::UNPROCESSABLE_ENTITY,
                "内容不符合要求",
                "Something that was said cannot be taken; `fields` names it.",
            ),
            Self::SignatureUnbound => (
                "signature_unbound",
                StatusCode::UNPROCESSABLE_ENTITY,
                "签名内容未载明事项和版本",
                "A signed body carries `case` and `version`, equal to the address and to If-Match: else they could be altered on the way.",
            ),
            Self::TooManyLines => (
                "too_many_lines",
                StatusCode::UNPROCESSABLE_ENTITY,
                "行数过多",
                "A batch has at most 1,000 lines; nothing of this one was done.",
            ),
            Self::WorksheetUnreadable => (
                "worksheet_unreadable",
                StatusCode::UNPROCESSABLE_ENTITY,
                "交办单无法读取",
                "It is no workbook, or a column of the worksheet is missing; fill in the one that was written, and keep its header.",
            ),
            Self::WorksheetsNotTaken => (
                "worksheets_not_taken",
                StatusCode::NOT_FOUND,
                "本中枢未启用交办单收回",
                "This hub has no plugin set that reads worksheets ([cases] worksheet_plugin); its operator can set one.",
            ),
            Self::IfMatchMissing => (
                "if_match_missing",
                StatusCode::PRECONDITION_REQUIRED,
                "缺少 If-Match",
                "Say which version was seen: If-Match with the ETag of the case.",
            ),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "内部错误",
                "The hub failed; its log says why. Asking again later under the same key is safe.",
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
            let row = format!(
                "| {} | `{}` | {} |",
                meaning.status.as_u16(),
                meaning.word,
                meaning.title
            );
            assert!(manual.contains(&row), "not in the manual: {row}");
        }
    }
}
