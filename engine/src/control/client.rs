//! A client: one request to a run, bounded in time and size.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::listening;

/// How long a run may take to answer.
const TIME: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const BODY: usize = 64 * 1024 * 1024;

/// Where a run takes commands.
#[derive(Clone, Debug)]
pub enum Address {
    /// The path of its socket.
    Socket(PathBuf),
    /// `127.0.0.1:6565`, and its token.
    Port(String, String),
}

/// What a run says.
#[derive(Debug)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// JSON, or the text of metrics.
    pub body: Vec<u8>,
}

/// Sends a request: GET without a body, POST with one.
///
/// # Errors
/// Why there is no answer.
pub async fn ask(address: &Address, path: &str, body: Option<String>) -> Result<Response, String> {
    let asked = async {
        match address {
            Address::Socket(socket) => {
                let shown = socket.display();
                let stream = listening::connect(socket).map_err(|error| format!("{shown}: {error}"))?;
                let stream = stream
                    .set_nonblocking(true)
                    .and_then(|()| tokio::net::UnixStream::from_std(stream))
                    .map_err(|error| format!("{shown}: {error}"))?;
                exchange(stream, "localhost", None, path, body).await
            }
            Address::Port(at, token) => {
                let connected = tokio::net::TcpStream::connect(at).await;
                let stream = connected.map_err(|error| format!("{at}: {error}"))?;
                exchange(stream, at, Some(token), path, body).await
            }
        }
    };
    let late = || format!("the run did not answer in {} s", TIME.as_secs());
    tokio::time::timeout(TIME, asked).await.map_err(|_| late())?
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &str,
    token: Option<&str>,
    path: &str,
    body: Option<String>,
) -> Result<Response, String> {
    let mut request = Request::builder().uri(path).header(HOST, host);
    request = request.method(if body.is_some() { Method::POST } else { Method::GET });
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.unwrap_or_default())))
        .map_err(|error| format!("this cannot be asked: {error}"))?;
    let no_http = |error: hyper::Error| format!("the answer is no HTTP: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(no_http)?;
    let answered = async {
        let response = sender.send_request(request).await.map_err(no_http)?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), BODY).collect().await;
        let body = body.map_err(|error| format!("the answer cannot be read: {error}"))?;
        Ok(Response { status, body: body.to_bytes().to_vec() })
    };
    tokio::pin!(answered);
    tokio::select! {
        answer = &mut answered => answer,
        // A connection that is over has an answer, or an error, for who waits for it.
        _ = connection => answered.await,
    }
}
