//! Requests of the tests, each over a connection of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use strata_target::{Options, Profile, Server};

pub fn start(profile: Profile, round_trip: Duration) -> Server {
    Server::start(Options { profile, round_trip, port: 0 }).expect("a server")
}

/// Head and body of an answer.
pub fn whole(server: &Server, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("a request");
    // A body that is too long is answered before it has been read.
    let _ = stream.write_all(body.as_bytes());
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a body");
    (head.to_owned(), body.to_owned())
}

/// Status and body of an answer.
pub fn send(server: &Server, method: &str, path: &str, body: &str) -> (u16, String) {
    let (head, body) = whole(server, method, path, body);
    (head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), body)
}

/// Status and body of a request without a body.
pub fn ask(server: &Server, method: &str, path: &str) -> (u16, String) {
    send(server, method, path, "")
}

/// What stands at a path, as JSON.
pub fn value(server: &Server, path: &str) -> serde_json::Value {
    let (status, body) = ask(server, "GET", path);
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect("JSON")
}
