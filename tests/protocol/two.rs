//! HTTP/2: who speaks it, over how many connections, and how one ends.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

use strata_support::Hostile;

use super::nginx::{Certificates, Nginx, connections, free_port, have, listening};
use super::{ANSWERS, failures, run, said};

#[test]
fn requests_at_the_same_time_share_a_connection() {
    if !have(&["nginx"]) {
        return;
    }
    let server = |how: &str| format!("server {{ listen LISTEN {how}; location / {{ return 200 'x'; }} }}");
    for (how, more, protocol, expected) in [
        ("http2", "--http2 prior", "HTTP/2.0", 1),
        ("", "", "HTTP/1.1", 8),
        ("", "--max-per-host 3", "HTTP/1.1", 3),
    ] {
        let nginx = Nginx::start(&server(how));
        let url = format!("http://127.0.0.1:{}", nginx.ports[0]);
        let ended = run("together", &url, &format!("--iterations 3 --vus 1 {more}")).run().with(0);
        assert_eq!(ended.number("http_reqs", "count"), 24.0);
        let seen = nginx.end();
        assert_eq!((seen.len(), connections(&seen)), (24, expected), "{how} {more}");
        assert!(seen.iter().all(|seen| seen.protocol == protocol), "{seen:?}");
        let waited = ended.metric("http_req_blocked").expect("a metric")["max"].as_f64().expect("a time");
        assert_eq!(waited > 0.0, expected < 8, "{how} {more}");
    }
}

#[test]
fn a_server_that_gives_connections_up_fails_no_request() {
    if !have(&["nginx"]) {
        return;
    }
    let nginx = Nginx::start(&format!("server {{ listen LISTEN http2; keepalive_requests 5; {ANSWERS} }}"));
    let url = format!("http://127.0.0.1:{}", nginx.ports[0]);
    let ended = run("ask", &url, "--iterations 50 --vus 1 --http2 prior").run().with(0);
    assert_eq!((ended.number("http_reqs", "count"), failures(&ended)), (50.0, Vec::new()));
    let seen = nginx.end();
    assert_eq!(
        seen.len() as f64,
        50.0 + ended.metric("http_reqs_resent").map_or(0.0, |m| m["count"].as_f64().expect("a count"))
    );
    assert!((10..=13).contains(&connections(&seen)), "{}", connections(&seen));
}

#[test]
fn what_is_not_http_2_is_a_protocol_error() {
    let words = Hostile::start(|visit| {
        visit.arrives();
        visit.say("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        // What breaks the rules is read before the end, which would be a reset.
        visit.wait();
    });
    let zeros = Hostile::start(|visit| {
        visit.arrives();
        visit.say(vec![0; 65_536]);
        visit.wait();
    });
    for server in [&words, &zeros] {
        let ended = run("ask", &server.url(), "--iterations 3 --vus 1 --http2 prior").run().with(99);
        assert_eq!(failures(&ended), [("protocol".to_owned(), 3.0)], "{}", said(&ended));
    }
    let silent = Hostile::start(|visit| visit.wait());
    let more = "--iterations 2 --vus 1 --http2 prior --request-timeout 300ms --first-byte-timeout 150ms";
    let ended = run("ask", &silent.url(), more).run().with(99);
    assert_eq!(failures(&ended), [("timeout".to_owned(), 2.0)]);
    assert!(said(&ended).contains("within 150 ms, the first-byte timeout"), "{}", said(&ended));
}

/// haproxy that answers with the query, ended when dropped.
struct Haproxy(Child);

impl Drop for Haproxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn haproxy_agrees_on_it_and_goes_on_with_sessions() {
    if !have(&["haproxy", "openssl"]) {
        return;
    }
    let certificates = Certificates::make();
    let read = |name: &str| fs::read_to_string(certificates.path(name)).expect("a file");
    certificates.write("both.pem", &(read("good.pem") + &read("good.key")));
    let port = free_port();
    let configuration = format!(
        "defaults\n mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n log stdout format raw \
         local0\n log-format \"%HV %[ssl_fc_is_resumed]\"\nfrontend f\n bind 127.0.0.1:{port} ssl crt {} alpn \
         h2,http/1.1\n http-request return status 200 content-type text/plain lf-string \"%[query]\"\n",
        certificates.text("both.pem")
    );
    certificates.write("haproxy.cfg", &configuration);
    let log = certificates.path("haproxy.log");
    let child = Command::new("haproxy")
        .args(["-db", "-f", &certificates.text("haproxy.cfg")])
        .stdout(File::create(&log).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("haproxy runs");
    let server = Haproxy(child);
    listening(port);
    let ca = certificates.text("ca.pem");
    for more in ["", "--http1", "--no-vu-connection-reuse", "--no-vu-connection-reuse --no-tls-resumption"] {
        let url = format!("https://localhost:{port}");
        let ended = run("ask", &url, &format!("--iterations 3 --vus 1 --ca-cert {ca} {more}")).run().with(0);
        assert_eq!((ended.number("http_reqs", "count"), failures(&ended)), (3.0, Vec::new()));
    }
    drop(server);
    let seen = fs::read_to_string(log).expect("a log");
    let seen: Vec<_> = seen.lines().filter(|line| line.starts_with("HTTP/")).collect();
    let (whole, resumed) = ("HTTP/2.0 0", "HTTP/2.0 1");
    let expected = [[whole; 3], ["HTTP/1.1 0"; 3], [whole, resumed, resumed], [whole; 3]].concat();
    assert_eq!(seen, expected);
}
