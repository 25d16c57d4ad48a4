//! The simulated platform over real HTTP: what it takes, what it refuses, what it counts, how it fails on request.
//! Here because end-to-end tests of the hub trust its verdicts.
//! In: requests by hand over a socket, at a fixed time. Out: statuses and statistics.
//! Not here: the hub.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use seeds::receiver::{Control, Receiver, ReceiverOptions, Stats, sign};
use seeds::secret::Secret;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const NOW: i64 = 1_795_395_600;

fn secret() -> Secret {
    Secret::parse("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap()
}

async fn receiver() -> Receiver {
    let listen = "127.0.0.1:0".parse().unwrap();
    let clock = Arc::new(|| NOW * 1000);
    Receiver::start_with(ReceiverOptions {
        listen,
        secret: secret(),
        log: None,
        clock,
    })
    .await
    .unwrap()
}

fn event(sequence: u64, subject: &str, round: u64) -> Value {
    json!({
        "specversion": "1.0", "id": format!("01K{sequence}"), "source": "/hub/341200",
        "type": "cn.gov.hub.warning.opened.v1", "subject": subject, "sequence": format!("{sequence:020}"),
        "datacontenttype": "application/json",
        "data": { "fingerprint": "f1", "round": round, "version": 1 }
    })
}

/// Sends a request and gives back the status and the body.
async fn send(
    receiver: &Receiver,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, Value) {
    let mut stream = TcpStream::connect(("127.0.0.1", receiver.port())).await.unwrap();
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream
        .write_all(format!("{text}\r\n{body}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

async fn push(receiver: &Receiver, id: &str, event: &Value) -> u16 {
    push_at(receiver, id, NOW, event).await
}

async fn push_at(receiver: &Receiver, id: &str, timestamp: i64, event: &Value) -> u16 {
    let body = event.to_string();
    let signature = format!("v1a,AAAA {}", sign(&secret(), id, timestamp, body.as_bytes()));
    let timestamp = timestamp.to_string();
    let headers = [
        ("content-type", "application/cloudevents+json; charset=utf-8"),
        ("webhook-id", id),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signature),
    ];
    send(receiver, "POST", "/hook", &headers, &body).await.0
}

#[test]
fn the_signature_is_the_one_the_reference_libraries_give() {
    let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let signature = sign(
        &secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[tokio::test]
async fn an_event_is_taken_once_and_its_retry_is_a_duplicate() {
    let receiver = receiver().await;
    assert_eq!(push(&receiver, "A1", &event(1, "case/1", 1)).await, 200);
    assert_eq!(push(&receiver, "A1", &event(1, "case/1", 1)).await, 200);
    let stats = receiver.shutdown().await;
    assert_eq!((stats.received, stats.unique, stats.duplicates), (2, 1, 1));
    assert_eq!((stats.effective_duplicates, stats.order_violations), (0, 0));
    assert_eq!(stats.types["cn.gov.hub.warning.opened.v1"], 1);
}

#[tokio::test]
async fn the_same_message_under_two_ids_is_an_effective_duplicate_and_another_round_is_not() {
    let receiver = receiver().await;
    push(&receiver, "A1", &event(1, "case/1", 1)).await;
    push(&receiver, "A2", &event(2, "case/1", 1)).await;
    push(&receiver, "A3", &event(3, "case/1", 2)).await;
    let stats = receiver.shutdown().await;
    assert_eq!((stats.unique, stats.effective_duplicates), (3, 1));
}

#[tokio::test]
async fn a_sequence_going_backwards_within_a_subject_is_counted() {
    let receiver = receiver().await;
    push(&receiver, "A1", &event(5, "case/1", 1)).await;
    push(&receiver, "A2", &event(4, "case/2", 1)).await;
    push(&receiver, "A3", &event(3, "case/1", 2)).await;
    let stats = receiver.shutdown().await;
    assert_eq!((stats.subjects, stats.order_violations), (2, 1));
    assert_eq!(stats.order_violations_by_subject["case/1"], 1);
}

#[tokio::test]
async fn what_is_not_signed_fresh_and_well_formed_is_refused() {
    let receiver = receiver().await;
    let good = event(1, "case/1", 1);
    assert_eq!(push_at(&receiver, "A1", NOW - 301, &good).await, 401);
    assert_eq!(push_at(&receiver, "A1", NOW + 300, &good).await, 200);
    let without = |name: &str| {
        let mut event = good.clone();
        event.as_object_mut().unwrap().remove(name);
        event
    };
    for name in ["specversion", "id", "source", "type"] {
        assert_eq!(push(&receiver, "A2", &without(name)).await, 400, "{name}");
    }
    let body = good.to_string();
    let now = NOW.to_string();
    let signature = sign(&secret(), "A3", NOW, body.as_bytes());
    let mut headers = vec![
        ("content-type", "application/json"),
        ("webhook-id", "A3"),
        ("webhook-timestamp", &now),
        ("webhook-signature", &signature),
    ];
    assert_eq!(send(&receiver, "POST", "/hook", &headers, &body).await.0, 415);
    assert_eq!(
        send(
            &receiver,
            "POST",
            "/hook",
            &headers,
            &body.replace("case/1", "case/2")
        )
        .await
        .0,
        401
    );
    headers.truncate(2);
    assert_eq!(send(&receiver, "POST", "/hook", &headers, &body).await.0, 400);
    let stats = receiver.shutdown().await;
    assert_eq!((stats.unique, stats.bad_signature, stats.invalid), (1, 2, 6));
}

#[tokio::test]
async fn it_fails_as_often_as_told_and_then_takes_the_retry() {
    let receiver = receiver().await;
    let (status, _) = send(
        &receiver,
        "PUT",
        "/control",
        &[("content-type", "application/json")],
        r#"{"status":500,"times":2}"#,
    )
    .await;
    assert_eq!(status, 200);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(push(&receiver, "A1", &event(1, "case/1", 1)).await);
    }
    assert_eq!(statuses, [500, 500, 200]);
    receiver.control(Control {
        status: Some(503),
        record: true,
        times: Some(1),
        ..Control::default()
    });
    assert_eq!(push(&receiver, "A2", &event(2, "case/1", 2)).await, 503);
    assert_eq!(push(&receiver, "A2", &event(2, "case/1", 2)).await, 200);
    let (_, stats) = send(&receiver, "GET", "/stats", &[], "").await;
    assert_eq!(stats["failed_on_request"], 2);
    let stats: Stats = receiver.shutdown().await;
    assert_eq!((stats.received, stats.unique, stats.duplicates), (5, 2, 1));
}

#[tokio::test]
async fn the_log_has_a_line_for_every_request() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("receiver.jsonl");
    let listen = "127.0.0.1:0".parse().unwrap();
    let clock = Arc::new(|| NOW * 1000);
    let options = ReceiverOptions {
        listen,
        secret: secret(),
        log: Some(log.clone()),
        clock,
    };
    let receiver = Receiver::start_with(options).await.unwrap();
    push(&receiver, "A1", &event(1, "case/1", 1)).await;
    push(&receiver, "A1", &event(1, "case/1", 1)).await;
    push_at(&receiver, "A2", NOW - 9_999, &event(2, "case/1", 2)).await;
    receiver.shutdown().await;
    let lines: Vec<Value> = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[1],
        json!({
            "at_ms": NOW * 1000, "status": 200, "id": "A1", "type": "cn.gov.hub.warning.opened.v1",
            "subject": "case/1", "sequence": "00000000000000000001", "duplicate": true
        })
    );
    assert_eq!(
        (&lines[2]["status"], &lines[2]["id"]),
        (&json!(401), &Value::Null)
    );
}
