//! Digests to a group's robot: 企业微信, 钉钉.
//! Here because that is where clerks look first.
//! In: what waits, counted. Out: one message; HTTP 200 with an error code is a failure, too many is patience.
//! Not here: who is told what; a robot never gets anything about a person.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use super::answer::Reply;
use super::digest::{Attached, Tells};
use super::http::Http;
use super::sign::{Message, Signer};
use super::{Answer, Robot, RobotDialect, Verdict};
use crate::Result;

/// Longest markdown of a message, bytes; 企业微信 takes 4096, 钉钉 20000.
const TEXT_BYTES_MAX: usize = 4096;
/// What is left free of it: the title's line and the heading's marks.
const TITLE_BYTES: usize = 256;

/// A robot, ready to be told.
pub(super) struct Channel {
    http: Http,
    settings: Robot,
}

impl Channel {
    pub(super) fn new(id: &str, settings: &Robot) -> Result<Self> {
        Ok(Self {
            http: Http::new(id, settings.timeout, &settings.networks, &settings.authorities)?,
            settings: settings.clone(),
        })
    }

    async fn message(&self, title: &str, lines: &[String], at_ms: i64) -> Answer {
        let body = self.body(title, lines).to_string().into_bytes();
        let url = self.url(at_ms, &body);
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        match self.http.post(url, headers, body, at_ms).await {
            Ok(reply) => judged(self.settings.dialect, &reply),
            Err(answer) => answer,
        }
    }

    fn body(&self, title: &str, lines: &[String]) -> Value {
        match self.settings.dialect {
            RobotDialect::Wecom => {
                let text = format!("### {title}\n{}", lines.join("\n"));
                json!({ "msgtype": "markdown", "markdown": { "content": text } })
            }
            RobotDialect::Dingtalk => {
                let text = format!("### {title}\n{}", lines.join("\n\n"));
                json!({ "msgtype": "markdown", "markdown": { "title": title, "text": text } })
            }
        }
    }

    fn url(&self, at_ms: i64, body: &[u8]) -> Url {
        let settings = &self.settings;
        let mut url = settings.url.clone();
        let token = settings.token.reveal().trim();
        let parameter = match settings.dialect {
            RobotDialect::Wecom => "key",
            RobotDialect::Dingtalk => "access_token",
        };
        url.query_pairs_mut().append_pair(parameter, token);
        if let Some(secret) = &settings.secret {
            let marks = Signer::dingtalk(secret.clone()).sign(&Message { id: "", at_ms, body });
            url.query_pairs_mut().extend_pairs(&marks.query);
        }
        url
    }
}

/// What a robot's answer means: its code decides, not its status.
fn judged(dialect: RobotDialect, reply: &Reply) -> Answer {
    let status = reply.status;
    if !(200..=299).contains(&status) {
        return reply.judged(None, None);
    }
    let answer: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let code = answer.as_ref().and_then(|answer| answer.get("errcode")?.as_i64());
    let Some(code) = code else {
        return Answer::failed(
            Some(status),
            format!("the robot answered {status} without an errcode"),
        );
    };
    let verdict = match (dialect, code) {
        (_, 0) => return Answer::taken(Some(status), None),
        // Over the minute's limit; 钉钉 leaves a robot that was too fast unheard for ten minutes.
        (RobotDialect::Wecom, 45009) => Verdict::Busy {
            after: Some(Duration::from_secs(60)),
        },
        (RobotDialect::Dingtalk, 130_101 | 410_100 | 90018) => Verdict::Busy {
            after: Some(Duration::from_secs(600)),
        },
        // No such robot, or a signature that is not its own.
        (RobotDialect::Wecom, 93000 | 40001 | 40014)
        | (RobotDialect::Dingtalk, 310_000 | 300_001 | 400_101) => Verdict::Unauthorised,
        (RobotDialect::Wecom | RobotDialect::Dingtalk, _) => Verdict::Later { after: None },
    };
    let error = format!("the robot answered {status} with errcode {code}");
    Answer::not(verdict, Some(status), error)
}

impl Tells for Channel {
    fn tell<'a>(
        &'a self,
        title: &'a str,
        lines: &'a [String],
        _attached: Vec<Attached>,
        at_ms: i64,
    ) -> BoxFuture<'a, Answer> {
        self.message(title, lines, at_ms).boxed()
    }

    fn bytes_max(&self) -> usize {
        TEXT_BYTES_MAX - TITLE_BYTES
    }

    fn link(&self) -> Option<&Url> {
        self.settings.link.as_ref()
    }

    fn window(&self) -> Duration {
        self.settings.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_a_robots_answer_decides() {
        use RobotDialect::{Dingtalk, Wecom};
        let table = [
            (Wecom, 200, r#"{"errcode":0,"errmsg":"ok"}"#, "Acknowledged"),
            (Wecom, 200, r#"{"errcode":45009}"#, "Busy"),
            (Wecom, 200, r#"{"errcode":93000}"#, "Unauthorised"),
            (Wecom, 200, r#"{"errcode":40058}"#, "Later"),
            (Wecom, 200, "<html>", "Later"),
            (Wecom, 429, "", "Busy"),
            (Dingtalk, 200, r#"{"errcode":0}"#, "Acknowledged"),
            (Dingtalk, 200, r#"{"errcode":130101}"#, "Busy"),
            (Dingtalk, 200, r#"{"errcode":310000}"#, "Unauthorised"),
            (Dingtalk, 503, "", "Later"),
        ];
        for (dialect, status, body, expected) in table {
            let reply = Reply {
                status,
                retry_after: None,
                body: body.as_bytes().to_vec(),
            };
            let verdict = format!("{:?}", judged(dialect, &reply).verdict);
            assert!(
                verdict.starts_with(expected),
                "{dialect:?} {status} {body}: {verdict}"
            );
        }
    }
}
