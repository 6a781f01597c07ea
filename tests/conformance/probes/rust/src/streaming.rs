//! Mode `stream`: answers that are read while they come.

use strata_guest::prelude::*;

/// Answers that are read piece by piece and event by event.
pub fn stream() -> Result<(), Failure> {
    let pieces = Request::get("/pieces/5").name("pieces").open()?;
    check("stream: status", pieces.status() == 200);
    let chunked = pieces.headers().iter().any(|pair| pair.name == "transfer-encoding");
    check("stream: headers", chunked);
    let (mut length, mut last, mut held) = (0, 0.0, true);
    while let Some(piece) = pieces.read(400)? {
        held &= (1..=400).contains(&piece.body.len()) && piece.at_ms >= last;
        (length, last) = (length + piece.body.len(), piece.at_ms);
    }
    check("stream: pieces are no longer than asked for, and in order", held);
    check("stream: everything comes", length == 5000);
    check("stream: pieces have their times", last > 0.0 && last <= run::now().as_secs_f64() * 1e3);
    check("stream: the end is the end", matches!(pieces.read(1), Ok(None)));

    let events = Request::get("/events").name("events").open()?;
    let mut found = Vec::new();
    while let Some(event) = events.next_event()? {
        found.push(format!("{} {} {}", event.kind, event.id, event.data));
    }
    check("stream: events", found == ["message  one", "add 7 two\nlines", "message 7 three"]);

    let endless = Request::get("/endless").name("endless").open()?;
    check(
        "stream: an answer without an end",
        endless.read(u32::MAX)?.is_some_and(|piece| !piece.body.is_empty()),
    );
    drop(endless);
    let late = Request::get("/delay/2000").name("late").timeout(Duration::from_millis(50)).open();
    check("stream: timeout", late.is_err_and(|error| error.code == "timeout"));
    let stalls = Request::get("/stalls").name("stalls").timeout(Duration::from_millis(200)).open()?;
    let stalled = loop {
        match stalls.read(100) {
            Ok(Some(_)) => {}
            Ok(None) => break String::new(),
            Err(error) => break error.code,
        }
    };
    check("stream: timeout within", stalled == "timeout");
    let moved = Request::get("/redirect/1").name("redirect").open()?;
    check("stream: a redirect is an answer", moved.status() == 302);
    let refused = Request::get("http://192.0.2.1/").open();
    check("stream: host-not-allowed", refused.is_err_and(|error| error.code == "host-not-allowed"));
    Ok(())
}
