//! A target that answers what it was sent: for whoever writes a scenario and has no system at hand.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet};

/// The largest body that is taken.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The most connections at a time; further ones wait.
const MOST_CONNECTIONS: usize = 300;

/// A running echo on a free port of 127.0.0.1, with a thread of its own. Stops when it is dropped.
///
/// Every request is answered by 200 and a JSON document of its `method`, `path`, `query`, `headers` (pairs, in order)
/// and `body`: its `length`, and `text`, or `base64` where it is no UTF-8.
pub struct Echo {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    /// Listens.
    ///
    /// # Errors
    /// When the machine has no ports, threads or descriptors.
    pub fn start() -> Result<Echo> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().context("no runtime")?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("echo".to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, serve(listener, stopped));
        })?;
        Ok(Echo { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Its base URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by the thread.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => stream,
                // Out of descriptors, or the client has gone: the next one may be luckier.
                Err(_) => {
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        connections.spawn_local(async move {
            if stream.set_nodelay(true).is_err() {
                return;
            }
            // A connection that breaks is its client's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(respond)).await;
        });
    }
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let (status, document) = match Limited::new(body, MOST_BYTES).collect().await {
        Ok(body) => (StatusCode::OK, echo(&head, &body.to_bytes())),
        Err(_) => (StatusCode::PAYLOAD_TOO_LARGE, json!({ "error": "a body has at most 4 MiB" })),
    };
    let mut answer = Response::new(Full::new(Bytes::from(document.to_string())));
    *answer.status_mut() = status;
    let kind = header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(answer)
}

fn echo(head: &Parts, body: &[u8]) -> Value {
    let headers: Vec<_> = head
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let body = match std::str::from_utf8(body) {
        Ok(text) => json!({ "length": body.len(), "text": text }),
        Err(_) => json!({ "length": body.len(), "base64": STANDARD.encode(body) }),
    };
    json!({
        "method": head.method.as_str(),
        "path": head.uri.path(),
        "query": head.uri.query(),
        "headers": headers,
        "body": body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_told() {
        let head = |uri: &str| {
            let request = Request::builder().method("POST").uri(uri).header("x-a", "ñ").body(());
            request.expect("a request").into_parts().0
        };
        let told = echo(&head("/a/b?c=d"), "ñ\n".as_bytes());
        assert_eq!(
            told,
            json!({
                "method": "POST", "path": "/a/b", "query": "c=d", "headers": [["x-a", "ñ"]],
                "body": { "length": 3, "text": "ñ\n" },
            })
        );
        let told = echo(&head("/"), &[0xff, 0]);
        assert_eq!(told["body"], json!({ "length": 2, "base64": "/wA=" }));
        assert_eq!(told["query"], Value::Null);
    }
}
