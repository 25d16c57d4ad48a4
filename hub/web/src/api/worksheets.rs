//! `POST /worksheets`: a filled worksheet (交办单) sent back.
//! Here because an office that works in spreadsheets has a gateway too, and its sheet must close the loop like a program's deed.
//! In: a workbook. Out: how many lines were done; each that was refused, with its cell.
//! Not here: what a line asks (runtime).

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use hub_model::Permission;
use hub_runtime::Error;
use hub_runtime::desk::Code;
use hub_runtime::worksheet::{Refusal, Taken};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::asks::{self, Asks};
use super::feedback::{SignedHeaders, signed};
use super::problem::{Changing, Problem};

/// What a workbook is sent as.
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Largest workbook, bytes.
const WORKBOOK_BYTES_MAX: usize = 16 << 20;

/// What became of a worksheet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SheetResult {
    /// Lines that were done now.
    done: u64,
    /// Lines that had been done before.
    repeated: u64,
    /// Lines in which nothing was chosen.
    blank: u64,
    /// Lines that could not be taken.
    refused: Vec<RefusedLine>,
}

/// A line that could not be taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedLine {
    /// `file!sheet!row`.
    place: String,
    /// The column it is about.
    column: String,
    /// What was chosen.
    outcome: String,
    /// Why, in a clerk's words.
    why: String,
}

impl From<Refusal> for RefusedLine {
    fn from(refusal: Refusal) -> Self {
        Self {
            place: refusal.place,
            column: refusal.column,
            outcome: refusal.outcome,
            why: refusal.why,
        }
    }
}

impl From<Taken> for SheetResult {
    fn from(taken: Taken) -> Self {
        Self {
            done: taken.done,
            repeated: taken.repeated,
            blank: taken.blank,
            refused: taken.refused.into_iter().map(RefusedLine::from).collect(),
        }
    }
}

/// 交回填好的交办单：逐行办理，逐行答复 / a filled worksheet; each line is done or refused by itself, and sent twice it is done once
#[utoipa::path(
    post, path = "/api/v1/worksheets", tag = "feedback",
    request_body(content = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", description = "the .xlsx as the hub wrote it, filled in; at most 16 MiB"),
    params(SignedHeaders),
    responses((status = 200, description = "what became of its lines", body = SheetResult), Changing)
)]
pub(crate) async fn take(
    State(api): State<Api>,
    asks: Asks,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SheetResult>, Problem> {
    let caller = asks.may(Permission::Act)?;
    asks::media_type(&headers, &[WORKBOOK])?;
    // Before it is read: so many are in memory at the same time, and no more.
    let _turn = api.desk.worksheet_turn().await?;
    let bytes = to_bytes(body, WORKBOOK_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| Problem::because(Code::BodyTooLarge, "A worksheet has at most 16 MiB."))?;
    // Every line names its case and version itself, under a seal.
    signed(&api, &caller, &headers, &bytes, true).await?;
    match api.desk.take_worksheet(&caller, &bytes).await {
        Ok(taken) => Ok(Json(taken.into())),
        // What the reader says of the file repeats nothing of it but headers and places.
        Err(Error::Connector { fault, .. }) => {
            tracing::info!(cause = %fault, "a worksheet that was sent could not be read");
            Err(Problem::new(Code::WorksheetUnreadable))
        }
        Err(Error::Unfit(_)) => Err(Problem::new(Code::WorksheetsNotTaken)),
        Err(error) => Err(Problem::internal(&error)),
    }
}
