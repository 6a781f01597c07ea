//! Requests, and the commands that they are. The document of the API is beside the manual: `control.openapi.json`.

use std::convert::Infallible;
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::prometheus;
use crate::conduct::{Amount, Answer, Command, Control, Refusal, Swap};

/// Bytes of a request's body.
const BODY: usize = 64 * 1024;
const OPENAPI: &str = include_str!("../../docs/control.openapi.json");
const JSON: &str = "application/json";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The way to the run, and what a client must know to use it.
pub(super) struct Gate {
    pub control: Control,
    pub token: Option<String>,
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    OpenApi,
    Metrics,
    Status,
    Pause,
    Resume,
    Scale,
    Swap,
    Stop,
    Note,
}

/// Every path, with its only method.
const ROUTES: [(Method, &str, Route); 9] = [
    (Method::GET, "/openapi.json", Route::OpenApi),
    (Method::GET, "/metrics", Route::Metrics),
    (Method::GET, "/v1/status", Route::Status),
    (Method::POST, "/v1/pause", Route::Pause),
    (Method::POST, "/v1/resume", Route::Resume),
    (Method::POST, "/v1/scale", Route::Scale),
    (Method::POST, "/v1/swap", Route::Swap),
    (Method::POST, "/v1/stop", Route::Stop),
    (Method::POST, "/v1/note", Route::Note),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScaleBody {
    layer: Option<String>,
    stage: Option<String>,
    vus: Option<f64>,
    rate: Option<f64>,
    factor: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwapBody {
    layer: Option<String>,
    component: PathBuf,
    #[serde(default)]
    run_setup: bool,
    #[serde(default)]
    rollback_on_trap: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StopBody {
    #[serde(default)]
    now: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    text: String,
}

/// What is wrong with a request.
struct Fault(StatusCode, &'static str, String);

pub(super) type Reply = Response<Full<Bytes>>;

/// Answers a request.
pub(super) async fn answer<B>(request: Request<B>, gate: &Gate) -> Result<Reply, Infallible>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    Ok(reply(request, gate).await.unwrap_or_else(said))
}

/// What one client more than there may be is told.
pub(super) fn no_room(most: u32) -> Reply {
    let why = format!("{most} clients are connected already (hint: again when one of them has its answer)");
    said(Fault(StatusCode::SERVICE_UNAVAILABLE, "busy", why))
}

fn said(Fault(status, code, message): Fault) -> Reply {
    let body = json!({"error": {"code": code, "message": message}});
    let mut reply = text(JSON, body.to_string());
    *reply.status_mut() = status;
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let method = HeaderValue::from_str(code_method(&message)).ok();
        reply.headers_mut().extend(method.map(|method| (ALLOW, method)));
    }
    reply
}

/// The method that a message about it begins with.
fn code_method(message: &str) -> &str {
    message.split(' ').next().unwrap_or_default()
}

async fn reply<B>(request: Request<B>, gate: &Gate) -> Result<Reply, Fault>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if let Some(token) = &gate.token {
        let said = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
        if !same(said.strip_prefix(b"Bearer ").unwrap_or_default(), token.as_bytes()) {
            let why =
                "the token is missing or wrong (hint: `Authorization: Bearer TOKEN`, which the run has said)";
            return Err(Fault(StatusCode::UNAUTHORIZED, "unauthorized", why.to_owned()));
        }
    }
    let path = request.uri().path();
    let Some((method, _, route)) = ROUTES.iter().find(|(_, known, _)| *known == path) else {
        let why = "there is no such path (hint: GET /openapi.json)".to_owned();
        return Err(Fault(StatusCode::NOT_FOUND, "not-found", why));
    };
    if request.method() != method {
        let why = format!("{method} is the only method of {path}");
        return Err(Fault(StatusCode::METHOD_NOT_ALLOWED, "method", why));
    }
    let body = match Limited::new(request.into_body(), BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let why = format!("the body has more than {BODY} bytes");
            return Err(Fault(StatusCode::PAYLOAD_TOO_LARGE, "too-large", why));
        }
        Err(error) => return Err(invalid(format!("the body cannot be read: {error}"))),
    };
    let command = match route {
        Route::OpenApi => return Ok(text(JSON, OPENAPI.to_owned())),
        Route::Metrics => return metrics(&gate.control).await,
        Route::Status => Command::Status,
        Route::Pause => Command::Pause,
        Route::Resume => Command::Resume,
        Route::Scale => scale(read(&body)?)?,
        Route::Swap => swap(read(&body)?),
        Route::Stop if body.is_empty() => Command::Stop { now: false },
        Route::Stop => Command::Stop { now: read::<StopBody>(&body)?.now },
        Route::Note => Command::Note { text: read::<NoteBody>(&body)?.text },
    };
    let body = match ask(&gate.control, command).await? {
        Answer::Status(status) => serde_json::to_string(&status),
        Answer::Metrics(metrics) => serde_json::to_string(&*metrics),
        Answer::Done(done) => serde_json::to_string(&json!({"done": done})),
    };
    let failed = |error| Fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", format!("{error}"));
    body.map(|body| text(JSON, body)).map_err(failed)
}

async fn metrics(control: &Control) -> Result<Reply, Fault> {
    let (status, metrics) = (ask(control, Command::Status).await?, ask(control, Command::Metrics).await?);
    let (Answer::Status(status), Answer::Metrics(metrics)) = (status, metrics) else {
        return Err(Fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "no metrics".to_owned()));
    };
    Ok(text(METRICS, prometheus::render(&status, &metrics)))
}

async fn ask(control: &Control, command: Command) -> Result<Answer, Fault> {
    control.ask(command).await.map_err(|refusal| {
        let (status, code) = match &refusal {
            Refusal::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
            Refusal::Unknown(_) => (StatusCode::NOT_FOUND, "unknown"),
            Refusal::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            Refusal::Over => (StatusCode::GONE, "over"),
        };
        Fault(status, code, refusal.to_string())
    })
}

fn scale(body: ScaleBody) -> Result<Command, Fault> {
    let amounts = [body.vus.map(Amount::Vus), body.rate.map(Amount::Rate), body.factor.map(Amount::Times)];
    let mut amounts = amounts.into_iter().flatten();
    match (amounts.next(), amounts.next()) {
        (Some(to), None) => Ok(Command::Scale { layer: body.layer, stage: body.stage, to }),
        _ => Err(invalid("one of `vus`, `rate` and `factor` must be given".to_owned())),
    }
}

fn swap(body: SwapBody) -> Command {
    let SwapBody { layer, component, run_setup, rollback_on_trap } = body;
    Command::Swap(Swap { layer, component, run_setup, rollback_on_trap })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body)
        .map_err(|error| invalid(format!("the body is not what is expected: {error}")))
}

fn invalid(why: String) -> Fault {
    Fault(StatusCode::BAD_REQUEST, "invalid", why)
}

fn text(kind: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// Compares in a time that says nothing about where they differ.
fn same(said: &[u8], token: &[u8]) -> bool {
    said.len() == token.len() && said.iter().zip(token).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_exactly_the_routes() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).expect("JSON");
        assert_eq!(document["openapi"], "3.1.0");
        let mut said: Vec<(String, String)> = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            said.extend(
                methods.as_object().expect("methods").keys().map(|method| (method.clone(), path.clone())),
            );
        }
        let mut served: Vec<(String, String)> = ROUTES
            .iter()
            .map(|(method, path, _)| (method.as_str().to_lowercase(), (*path).to_owned()))
            .collect();
        said.sort();
        served.sort();
        assert_eq!(said, served);
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abd", b"abc") && !same(b"ab", b"abc") && !same(b"", b"abc"));
    }
}
