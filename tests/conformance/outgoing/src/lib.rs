//! A scenario that calls its target by `wasi:http` and by nothing else.

use strata_guest::prelude::*;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

struct Outgoing;

/// Sends a request and reads the whole answer: its status and its body.
fn ask(authority: &str, method: &Method, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let wrong = |code: ErrorCode| format!("{code:?}");
    let broken = |_: ()| "the interface is broken".to_owned();
    let headers = Fields::new();
    if !matches!(method, Method::Post) {
        headers.append("x-strata-name", b"named").map_err(|error| format!("{error:?}"))?;
    }
    let request = OutgoingRequest::new(headers);
    request.set_method(method).map_err(broken)?;
    request.set_scheme(Some(&Scheme::Http)).map_err(broken)?;
    request.set_authority(Some(authority)).map_err(broken)?;
    request.set_path_with_query(Some(path)).map_err(broken)?;
    let outgoing = request.body().map_err(broken)?;
    let coming = handle(request, None).map_err(wrong)?;
    let stream = outgoing.write().map_err(broken)?;
    for piece in body.chunks(4096) {
        stream.blocking_write_and_flush(piece).map_err(|error| format!("{error:?}"))?;
    }
    drop(stream);
    OutgoingBody::finish(outgoing, None).map_err(wrong)?;
    coming.subscribe().block();
    let answer = coming.get().ok_or("there is no answer")?.map_err(broken)?.map_err(wrong)?;
    let status = answer.status();
    let incoming = answer.consume().map_err(broken)?;
    let stream = incoming.stream().map_err(broken)?;
    let mut read = Vec::new();
    let end = loop {
        match stream.blocking_read(65_536) {
            Ok(piece) => read.extend(piece),
            Err(error) => break error,
        }
    };
    drop(stream);
    IncomingBody::finish(incoming);
    match end {
        StreamError::Closed => Ok((status, read)),
        other => Err(format!("{other:?}")),
    }
}

impl Scenario for Outgoing {
    fn describe() -> Manifest {
        Manifest::new("outgoing").stage(Stage::per_vu_iterations("main", 2, 3)).needs_env("nobody")
    }

    fn start() -> Result<Outgoing, Failure> {
        Ok(Outgoing)
    }

    fn iteration(&mut self, _: &Context) -> Result<(), Failure> {
        let target = run::target();
        let authority = target.trim_start_matches("http://");
        let nobody = run::env("nobody").unwrap_or_default();
        let body = vec![b'b'; 100_000];
        let echoed = ask(authority, &Method::Post, "/echo", &body);
        check("echo", echoed == Ok((200, body)));
        check("404", ask(authority, &Method::Get, "/status/404", b"") == Ok((404, Vec::new())));
        let denied = ask("192.0.2.1", &Method::Get, "/", b"");
        check("denied", denied.is_err_and(|error| error.contains("HttpRequestDenied")));
        let refused = ask(&nobody, &Method::Get, "/", b"");
        check("refused", refused.is_err_and(|error| error.contains("ConnectionRefused")));
        let closed = ask(authority, &Method::Get, "/close", b"");
        check("closed", closed.is_err_and(|error| error.contains("HttpResponseIncomplete")));
        let large = ask(authority, &Method::Get, "/endless", b"");
        check("too large", large.is_err_and(|error| error.contains("HttpResponseBodySize")));
        Ok(())
    }
}

strata_guest::export!(Outgoing);
