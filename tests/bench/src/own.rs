//! A small server for machines without nginx: `strata-bench serve PORT`.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::server::body;

/// Serves until it is killed, on one thread, and counts as nginx's `stub_status` does.
///
/// # Errors
/// When the port is taken.
pub fn serve(port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("no runtime")?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.with_context(|| format!("port {port} cannot be listened on"))?;
        let (page, requests) = (Bytes::from(body()), Arc::new(AtomicU64::new(0)));
        loop {
            let (stream, _) = listener.accept().await.context("no more connections")?;
            stream.set_nodelay(true)?;
            let (page, requests) = (page.clone(), Arc::clone(&requests));
            tokio::task::spawn_local(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let count = requests.fetch_add(1, Relaxed) + 1;
                    let asks = request.uri().path() == "/status";
                    let page = if asks { status(count) } else { page.clone() };
                    async move { Ok::<_, Infallible>(answer(page)) }
                });
                // A connection that breaks is its client's affair.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

fn status(count: u64) -> Bytes {
    format!("server accepts handled requests\n - - {count} \n").into()
}

fn answer(page: Bytes) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(page));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
