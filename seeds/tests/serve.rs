//! The departments' services over real sockets: signatures, pages, cursors, zips, and every way to misbehave.
//! Here because connectors are tried against them.
//! In: requests by hand, at a fixed time. Out: answers byte for byte.
//! Not here: connectors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Read;
use std::sync::Arc;

use seeds::county::Options;
use seeds::departments::{DepartmentOptions, Dirt, Month, Months, Stream, each_row};
use seeds::serve::{Control, Fault, ServeOptions, Services, WINDOW_MS, hr_sign, market_sign};
use seeds::sources::{APP_KEY, AppSecret};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const NOW_MS: i64 = 1_698_800_000_000;

struct Site {
    services: Services,
    hr: AppSecret,
    market: AppSecret,
    _folder: tempfile::TempDir,
}

fn departments() -> DepartmentOptions {
    DepartmentOptions {
        county: Options {
            people: 2_000,
            seed: 7,
        },
        months: Months::DEFAULT,
        dirt: Dirt::DEFAULT,
    }
}

async fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let hr = AppSecret::ensure(&folder.path().join("hr.key")).unwrap();
    let market = AppSecret::ensure(&folder.path().join("832.key")).unwrap();
    let services = Services::start(ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        departments: departments(),
        hr_secret: hr.clone(),
        insurance_secret: hr.clone(),
        market_secret: market.clone(),
        clock: Arc::new(|| NOW_MS),
    })
    .await
    .unwrap();
    Site {
        services,
        hr,
        market,
        _folder: folder,
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Site {
    /// Sends a request and reads to the end of the connection; chunks are joined.
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.services.port()))
            .await
            .unwrap();
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
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = bytes[end + 4..].to_vec();
        if head.contains("transfer-encoding: chunked") {
            body = unchunked(&body);
        }
        Answer { status, head, body }
    }

    async fn hr(&self, stream: &str, rest: &str) -> Answer {
        let sign = hr_sign(APP_KEY, &self.hr, NOW_MS);
        let path = format!("/api/hr/v1/{stream}?appKey={APP_KEY}&timestamp={NOW_MS}&sign={sign}{rest}");
        self.send("GET", &path, &[], "").await
    }

    async fn market(&self, stream: &str, cursor: &str) -> Answer {
        let path = format!("/open/832/v1/{stream}");
        let sign = market_sign(APP_KEY, &self.market, NOW_MS, &path);
        let time = NOW_MS.to_string();
        let headers = [("X-App-Key", APP_KEY), ("X-Timestamp", &time), ("X-Sign", &sign)];
        self.send("GET", &format!("{path}?cursor={cursor}&limit=1000"), &headers, "")
            .await
    }

    fn misbehave(&self, fault: Fault, times: Option<u64>) {
        self.services.control(Control {
            fault: Some(fault),
            times,
            ..Control::default()
        });
    }
}

/// The chunks that came whole.
fn unchunked(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else {
            break;
        };
        whole.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    whole
}

fn rows_of(stream: Stream, months: Months) -> u64 {
    each_row(
        DepartmentOptions {
            months,
            ..departments()
        },
        stream,
        |_| true,
    )
    .unwrap()
}

#[tokio::test]
async fn pages_by_number_hold_every_row_once() {
    let site = site().await;
    let (mut ids, mut page) = (Vec::new(), 1);
    loop {
        let answer = site
            .hr("employment", &format!("&pageNo={page}&pageSize=200"))
            .await
            .json();
        assert_eq!(
            (&answer["code"], &answer["msg"]),
            (&Value::from(0), &Value::from("ok"))
        );
        let list = answer["data"]["list"].as_array().unwrap().clone();
        if list.is_empty() {
            assert_eq!(answer["data"]["total"].as_u64(), Some(ids.len() as u64));
            break;
        }
        ids.extend(
            list.iter()
                .map(|row| (row["aac147"].to_string(), row["aac003"].to_string())),
        );
        page += 1;
    }
    assert_eq!(ids.len() as u64, rows_of(Stream::Employment, Months::DEFAULT));
    let month = site
        .hr("social_insurance", "&month=202310&pageSize=1000")
        .await
        .json();
    assert!(month["data"]["total"].as_u64().unwrap() > 0);
    let row = &month["data"]["list"][0];
    assert!(row["缴费基数"].is_number() && row["aac147"].is_string());
    for (rest, code) in [
        ("", 400),
        ("&month=2023", 400),
        ("&month=202310&pageSize=1001", 400),
        ("&month=202310&pageNo=0", 400),
    ] {
        assert_eq!(
            site.hr("social_insurance", rest).await.json()["code"],
            code,
            "{rest}"
        );
    }
    assert_eq!(
        site.hr("social_insurance", "&month=201901").await.json()["data"]["total"],
        0
    );
    assert_eq!(site.hr("orders", "").await.json()["code"], 404);
}

#[tokio::test]
async fn a_wrong_or_old_signature_is_told_in_the_way_of_each_gateway() {
    let site = site().await;
    let sent = |time: i64, sign: String| {
        let path = format!("/api/hr/v1/training?appKey={APP_KEY}&timestamp={time}&sign={sign}");
        let site = &site;
        async move { site.send("GET", &path, &[], "").await }
    };
    let wrong = sent(NOW_MS, "0".repeat(64)).await;
    assert_eq!(
        (wrong.status, wrong.text()),
        (200, "{\"code\":401,\"msg\":\"签名错误\"}".to_owned())
    );
    for (age, code) in [(WINDOW_MS, 0), (-WINDOW_MS, 0), (WINDOW_MS + 1, 401)] {
        let time = NOW_MS - age;
        let answer = sent(time, hr_sign(APP_KEY, &site.hr, time)).await;
        assert_eq!(answer.json()["code"], code, "{age}");
    }
    let (time, sign) = (NOW_MS.to_string(), hr_sign(APP_KEY, &site.hr, NOW_MS));
    let headers = [("appKey", APP_KEY), ("timestamp", &time), ("sign", &sign)];
    let in_headers = site.send("GET", "/api/hr/v1/training", &headers, "").await;
    assert_eq!(in_headers.json()["code"], 0);
    assert_eq!(site.send("GET", "/open/832/v1/orders", &[], "").await.status, 401);
    assert_eq!(site.services.stats().unsigned, 3);
}

#[tokio::test]
async fn cursors_lead_through_every_order_and_then_end() {
    let site = site().await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = site.market("orders", &cursor).await.json();
        assert_eq!(answer["errcode"], 0);
        let items = answer["items"].as_array().unwrap();
        seen.extend(items.iter().map(|row| row["订单编号"].to_string()));
        cursor = answer["next_cursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len() as u64, rows_of(Stream::Orders, Months::DEFAULT));
    seen.dedup();
    assert_eq!(seen.len() as u64, rows_of(Stream::Orders, Months::DEFAULT));
    assert_eq!(site.market("orders", "nonsense").await.json()["errcode"], 40_002);
}

#[tokio::test]
async fn the_grid_lists_its_files_and_together_they_are_all_settlements_of_a_month() {
    let site = site().await;
    let index = site.send("GET", "/pv/index.json", &[], "").await.json();
    let files = index["files"].as_array().unwrap();
    // Two years of every county: one is compared with the one before.
    assert_eq!(files.len(), 24 * 8);
    let mut settlements = 0;
    for file in files.iter().filter(|file| file["month"] == "202310") {
        let zipped = site.send("GET", file["path"].as_str().unwrap(), &[], "").await;
        assert_eq!(zipped.status, 200);
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zipped.body)).unwrap();
        let mut xml = String::new();
        zip.by_index(0).unwrap().read_to_string(&mut xml).unwrap();
        settlements += xml.matches("<fdhh>").count() as u64;
    }
    assert_eq!(
        settlements,
        rows_of(Stream::Settlements, Months::only(Month::new(2023, 10)))
    );
    for path in [
        "/pv/341221/settlements-201001.zip",
        "/pv/999999/settlements-202310.zip",
        "/pv/341221/x",
    ] {
        assert_eq!(site.send("GET", path, &[], "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn it_misbehaves_as_told_and_for_so_many_requests_only() {
    let site = site().await;
    let told = r#"{"fault":"unavailable","times":2,"path":"/api/hr"}"#;
    let put = site
        .send("PUT", "/control", &[("content-type", "application/json")], told)
        .await;
    assert_eq!(put.status, 200);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(site.hr("training", "").await.status);
    }
    assert_eq!(statuses, [503, 503, 200]);
    site.misbehave(Fault::LoginPage, Some(1));
    let login = site.hr("training", "").await;
    assert!(login.status == 200 && login.text().contains("请登录") && login.head.contains("text/html"));
    site.misbehave(Fault::Code500, Some(2));
    assert_eq!(site.hr("training", "").await.json()["code"], 500);
    assert_eq!(site.market("orders", "").await.json()["errcode"], 500);
    site.services.control(Control {
        fault: Some(Fault::TooMany),
        times: Some(1),
        retry_after_s: 3,
        ..Control::default()
    });
    let too_many = site.hr("training", "").await;
    assert!(too_many.status == 429 && too_many.head.contains("retry-after: 3"));
    site.misbehave(Fault::Redirect, Some(1));
    let away = site.hr("training", "").await;
    assert!(away.status == 302 && away.head.contains("location: http://login.example.invalid/"));
    site.misbehave(Fault::ExpiredSignature, Some(2));
    assert_eq!(site.hr("training", "").await.json()["msg"], "签名已过期");
    assert_eq!(site.market("orders", "").await.status, 401);
    assert_eq!(site.services.stats().faulted, 9);
    let unknown = site
        .send(
            "PUT",
            "/control",
            &[("content-type", "application/json")],
            r#"{"fualt":1}"#,
        )
        .await;
    assert_eq!(unknown.status, 422);
}

#[tokio::test]
async fn bodies_are_cut_broken_and_dripped() {
    let site = site().await;
    let whole = site.hr("training", "&pageSize=3").await;
    site.misbehave(Fault::CutBody, Some(1));
    let cut = site.hr("training", "&pageSize=3").await;
    assert!(
        !cut.head.contains("content-length") && !cut.head.contains("chunked"),
        "{}",
        cut.head
    );
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
    site.misbehave(Fault::BrokenBody, Some(1));
    let broken = site.hr("training", "&pageSize=3").await;
    assert!(broken.head.contains("chunked") && broken.body.len() <= whole.body.len() / 2);
    site.services.control(Control {
        fault: Some(Fault::SlowDrip),
        times: Some(1),
        drip_ms: 1,
        ..Control::default()
    });
    assert_eq!(site.hr("training", "&pageSize=3").await.body, whole.body);
}

#[tokio::test]
async fn pages_never_end_or_are_always_the_first_when_told() {
    let site = site().await;
    site.misbehave(Fault::EndlessPaging, None);
    let far = site.hr("graduates", "&pageNo=100000&pageSize=10").await.json();
    assert_eq!(far["data"]["list"].as_array().unwrap().len(), 10);
    let mut cursor = String::new();
    for _ in 0..5 {
        let answer = site.market("suppliers", &cursor).await.json();
        cursor = answer["next_cursor"].as_str().unwrap().to_owned();
        assert!(!cursor.is_empty() && answer["items"].as_array().unwrap().len() == 1000);
    }
    site.misbehave(Fault::SamePage, None);
    let (first, fifth) = (
        site.hr("training", "&pageNo=1&pageSize=10").await,
        site.hr("training", "&pageNo=5&pageSize=10").await,
    );
    assert_eq!(first.body, fifth.body);
}
