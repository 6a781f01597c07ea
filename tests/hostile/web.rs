//! Redirects, cookies and encodings of servers that mean no good, and of one that is not ours.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use strata_support::{Hostile, Strata, now, probe, sleep_until, whole};
use tempfile::TempDir;

use super::{ask, failures};

/// The tests of this file.
pub const ALL: [(&str, fn()); 7] = [
    ("web::a_loop_of_redirects_ends_at_its_limit", a_loop_of_redirects_ends_at_its_limit),
    ("web::a_redirect_leads_only_where_it_was_granted", a_redirect_leads_only_where_it_was_granted),
    ("web::a_redirect_that_takes_forever_ends_in_time", a_redirect_that_takes_forever_ends_in_time),
    ("web::a_redirect_is_followed_as_a_request_of_its_own", a_redirect_is_followed_as_a_request_of_its_own),
    ("web::a_cookie_bomb_is_harmless", a_cookie_bomb_is_harmless),
    ("web::gzip_in_chunks_as_nginx_sends_it", gzip_in_chunks_as_nginx_sends_it),
    ("web::cookies_are_kept_from_iteration_to_iteration", cookies_are_kept_from_iteration_to_iteration),
];

fn redirect(visit: &mut strata_support::Visit<'_>, status: u16, to: &str) -> bool {
    visit.say(format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"))
}

fn said(ended: &strata_support::Ended) -> String {
    ended.summary()["layers"][0]["failures"].to_string()
}

fn a_loop_of_redirects_ends_at_its_limit() {
    let server =
        Hostile::start(|visit| while visit.request().is_some() && redirect(visit, 302, "/ask?again") {});
    for (more, hops) in [("", 10), ("--max-redirects 3", 3), ("--max-redirects 0", 0)] {
        let before = server.log().received();
        let ended = ask(&server.url(), &format!("--iterations 2 {more}")).run();
        // The last answer is given: it is no error of HTTP, and not what the probe wants to see.
        assert_eq!(failures(&ended), [], "{more}");
        assert_eq!(ended.count("http_reqs"), 2 * (hops + 1), "{more}");
        assert_eq!(server.log().received() - before, 2 * (hops + 1), "{more}");
        assert_eq!(ended.metric("checks").expect("checks")["rate"].as_f64(), Some(0.0));
        let lines = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let warned = lines.contains(&format!("is redirected more than {hops} times"));
        assert_eq!(warned, hops > 0, "{}", ended.stderr);
    }
}

fn a_redirect_leads_only_where_it_was_granted() {
    let other = Hostile::start(|visit| while visit.request().is_some() && visit.answer("") {});
    for (to, says) in [
        (format!("{}/secret", other.url()), "neither the target nor granted"),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "neither the target nor granted"),
        ("//localhost:1/".to_owned(), "neither the target nor granted"),
        ("file:///etc/passwd".to_owned(), "the scheme `file` is not granted"),
        ("gopher://127.0.0.1:1/x".to_owned(), "the scheme `gopher` is not granted"),
    ] {
        let place = to.clone();
        let server =
            Hostile::start(move |visit| while visit.request().is_some() && redirect(visit, 307, &place) {});
        let ended = ask(&server.url(), "--iterations 3").run().with(99);
        assert_eq!(failures(&ended), [("host-not-allowed".to_owned(), 3)], "{to}");
        assert_eq!(ended.count("http_reqs"), 3, "{to}");
        let said = said(&ended);
        assert!(said.contains(says) && said.contains("led on from"), "{to}: {said}");
    }
    assert_eq!(other.log().connections(), 0);
}

fn a_redirect_that_takes_forever_ends_in_time() {
    let server = Hostile::start(|visit| {
        while visit.request().is_some() {
            sleep_until(now() + Duration::from_millis(120));
            redirect(visit, 302, "/ask?again");
        }
    });
    let ended =
        ask(&server.url(), "--iterations 2 --max-redirects 100 --request-timeout 500ms").run().with(99);
    assert_eq!(failures(&ended), [("timeout".to_owned(), 2)]);
    assert!(ended.count("http_reqs") <= 2 * 5, "{}", ended.count("http_reqs"));
}

fn a_redirect_is_followed_as_a_request_of_its_own() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let server = Hostile::start(move |visit| {
        while let Some(head) = visit.whole_request() {
            let token = head.split([' ', '?']).nth(2).unwrap_or_default().to_owned();
            let first = head.starts_with("POST");
            seen.lock().expect("no panic").push(head);
            let going =
                if first { redirect(visit, 303, &format!("answer?{token}")) } else { visit.answer(&token) };
            if !going {
                return;
            }
        }
    });
    let ended = ask(&server.url(), "--iterations 3 --env method=POST --env bytes=9").run().with(0);
    assert_eq!((failures(&ended), ended.count("http_reqs")), (vec![], 6));
    let heads = heads.lock().expect("no panic");
    for pair in heads.chunks(2) {
        assert!(pair[0].starts_with("POST /ask?") && pair[0].contains("content-length: 9"), "{pair:?}");
        assert!(pair[1].starts_with("GET /answer?") && !pair[1].contains("content-length"), "{pair:?}");
    }
    let by_status = |status: &str| {
        let metrics = ended.summary()["metrics"].as_array().expect("metrics").clone();
        let tags = serde_json::json!([["status", status]]);
        let found = metrics.iter().find(|metric| metric["name"] == "http_reqs" && metric["tags"] == tags);
        found.and_then(|metric| metric["count"].as_f64())
    };
    assert_eq!((by_status("303"), by_status("200")), (Some(3.0), Some(3.0)));
}

fn a_cookie_bomb_is_harmless() {
    let longest = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&longest);
    let server = Hostile::start(move |visit| {
        let mut number = 0;
        while let Some(head) = visit.whole_request() {
            let cookies = head.lines().find(|line| line.starts_with("cookie: ")).unwrap_or_default().len();
            let mut longest = seen.lock().expect("no panic");
            *longest = cookies.max(*longest);
            drop(longest);
            let token = head.split([' ', '?']).nth(2).unwrap_or_default();
            let mut answer = whole(token).replace("\r\n\r\n", "\r\n");
            let body = answer.split_off(answer.len() - token.len());
            for _ in 0..90 {
                number += 1;
                answer += &format!("set-cookie: c{number}={}\r\n", "x".repeat(3000));
            }
            if !visit.say(answer + "\r\n" + &body) {
                return;
            }
        }
    });
    let ended = ask(&server.url(), "--vus 2 --iterations 20").run().with(0);
    assert_eq!((failures(&ended), ended.count("http_reqs")), (vec![], 20));
    let longest = *longest.lock().expect("no panic");
    assert!((3000..=33 * 1024).contains(&longest), "{longest}");
}

fn cookies_are_kept_from_iteration_to_iteration() {
    let strangers = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&strangers);
    let server = Hostile::start(move |visit| {
        while let Some(head) = visit.whole_request() {
            let token = head.split([' ', '?']).nth(2).unwrap_or_default().to_owned();
            let first = !head.contains("cookie: session=");
            let body = if first || head.contains(&format!("cookie: session={}\r\n", &token[..1])) {
                &token
            } else {
                ""
            };
            let cookie =
                if first { format!("set-cookie: session={}\r\n", &token[..1]) } else { String::new() };
            seen.fetch_add(u64::from(first), SeqCst);
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\n{cookie}content-length: {length}\r\n\r\n");
            if !visit.say(head + body) {
                return;
            }
        }
    });
    let new = |more: &str| {
        let before = strangers.load(SeqCst);
        let run = Strata::new(env!("CARGO_BIN_EXE_strata")).args(["run"]).args([probe()]);
        let run =
            run.args(["--target", &server.url(), "--env", "mode=ask", "--executor", "per-vu-iterations"]);
        let run = run.args("--vus 3 --iterations 4".split_whitespace()).args(more.split_whitespace());
        assert_eq!(run.run().with(0).count("http_reqs"), 12);
        strangers.load(SeqCst) - before
    };
    // Each VU is new to the server once.
    assert_eq!((new(""), new("--no-cookies")), (3, 12));
}

/// An nginx of one process on a port of its own.
struct Nginx {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Nginx {
    /// With this inside of its `server`; nothing if there is no nginx here.
    fn start(server: &str) -> Option<Nginx> {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths: String = temporary.iter().map(|name| format!("{name}_temp_path {name};\n")).collect();
        let text = format!(
            "daemon off; master_process off; error_log stderr; pid nginx.pid;\nevents {{}}\n\
             http {{ access_log off; {paths} server {{ listen {address}; {server} }} }}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), text).expect("a file");
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf"]);
        let process = match command.stdin(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(process) => process,
            Err(error) => {
                strata_support::missing(&format!("there is no nginx: {error}"));
                return None;
            }
        };
        let nginx = Nginx { process, url: format!("http://{address}"), _folder: folder };
        let begin = now();
        while TcpStream::connect(address).is_err() {
            assert!(now().duration_since(begin) < Duration::from_secs(20), "nginx does not listen");
            sleep_until(now() + Duration::from_millis(20));
        }
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn gzip_in_chunks_as_nginx_sends_it() {
    let server = "location /ask { default_type text/plain; gzip on; gzip_types text/plain; gzip_min_length 1; return 200 $args; }";
    let Some(nginx) = Nginx::start(server) else { return };
    let ended = ask(&nginx.url, "--iterations 9 --compression gzip,br").run().with(0);
    assert_eq!((failures(&ended), ended.count("http_reqs")), (vec![], 9));
    // `1-0` to `1-8`.
    assert_eq!(ended.count("data_decoded"), 9 * 3);
    let plain = ask(&nginx.url, "--iterations 9").run().with(0);
    assert!(plain.metric("data_decoded").is_none(), "nothing was coded");
}
