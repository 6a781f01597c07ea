//! What a server may do, and what strata calls it.

use strata_support::{Hostile, Visit, now, sleep_until, whole};

use super::{ask, failures};

/// Iterations of each run, by two VUs.
const ITERATIONS: u64 = 6;
/// The time-out of a request where the server makes it wait.
const SHORT: &str = "--request-timeout 300ms";
/// The time-out of a request where it must not be what ends it.
const LONG: &str = "--request-timeout 30s";

/// A behaviour and its name.
pub struct Behaviour {
    pub name: &'static str,
    /// The code with which every request fails; several where the moment decides; nothing if all are answered.
    codes: &'static [&'static str],
    arguments: &'static str,
    treat: fn(&mut Visit<'_>),
}

impl Behaviour {
    pub fn hold(&self) {
        let server = Hostile::start(self.treat);
        let more = format!("--vus 2 --iterations {ITERATIONS} {}", self.arguments);
        let ended = ask(&server.url(), &more).run();
        assert!([0, 99].contains(&ended.code), "exit code {}; it said:\n{}", ended.code, ended.stderr);
        assert_eq!(ended.count("iterations"), ITERATIONS, "{}", ended.stderr);
        assert_eq!(ended.count("http_reqs"), ITERATIONS, "every request was sent, and once");
        let found = failures(&ended);
        println!("{}: {found:?}", self.name);
        if self.codes.is_empty() {
            assert_eq!(found, [], "{}", ended.stderr);
            let checks = ended.metric("checks").expect("checks");
            assert_eq!(
                (checks["count"].as_f64(), checks["rate"].as_f64()),
                (Some(ITERATIONS as f64), Some(1.0))
            );
        } else {
            assert!(found.iter().all(|(code, _)| self.codes.contains(&code.as_str())), "{found:?}");
            assert_eq!(found.iter().map(|(_, count)| count).sum::<u64>(), ITERATIONS, "{found:?}");
            assert_eq!(ended.count("iterations_failed"), ITERATIONS);
        }
        assert_eq!(ended.count("http_reqs_resent"), 0);
    }
}

fn fails(
    name: &'static str,
    code: &'static [&'static str],
    arguments: &'static str,
    treat: fn(&mut Visit<'_>),
) -> Behaviour {
    Behaviour { name, codes: code, arguments, treat }
}

/// After the first request the server says this, and closes the connection when the client does.
macro_rules! says {
    ($name:literal, $code:literal, $bytes:expr) => {
        fails($name, &[$code], LONG, |visit| {
            if visit.request().is_some() {
                visit.say($bytes);
                visit.wait();
            }
        })
    };
}

/// The server says this to every request.
macro_rules! codes {
    ($name:literal, $code:literal, $bytes:expr) => {
        fails($name, &[$code], LONG, |visit| {
            let bytes = $bytes;
            while visit.request().is_some() && visit.say(&bytes) {}
        })
    };
}

/// After the first request the server says this, and closes the connection.
macro_rules! leaves {
    ($name:literal, $bytes:expr) => {
        fails($name, &["closed"], LONG, |visit| {
            if visit.request().is_some() {
                visit.say($bytes);
            }
        })
    };
}

/// After the first request the server says this, and resets the connection.
macro_rules! resets {
    ($name:literal, $bytes:expr) => {
        fails($name, &["reset"], LONG, |visit| {
            if visit.request_but_its_end().is_some() {
                visit.say($bytes);
            }
        })
    };
}

/// After the first request the server says this, and then that again and again.
macro_rules! repeats {
    ($name:literal, $code:literal, $arguments:expr, $first:expr, $again:expr) => {
        fails($name, &[$code], $arguments, |visit| {
            let again = $again;
            let mut going = visit.request().is_some() && visit.say($first);
            while going {
                going = visit.say(&again);
            }
        })
    };
}

/// Every request has the right answer, in this form.
fn answers(name: &'static str, treat: fn(&mut Visit<'_>)) -> Behaviour {
    fails(name, &[], LONG, treat)
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// Every behaviour, by the part of the exchange that it is about.
pub fn all() -> Vec<Behaviour> {
    [connections(), heads(), lengths(), bodies(), extras()].into_iter().flatten().collect()
}

fn connections() -> Vec<Behaviour> {
    vec![
        // Whether the request is on its way by then decides which of the two it looks like.
        fails("closes-on-accept", &["closed", "reset"], LONG, |_| {}),
        fails("resets-before-it-reads", &["reset"], LONG, |visit| assert!(visit.arrives())),
        fails("never-answers", &["timeout"], SHORT, |visit| visit.wait()),
        fails("never-answers-having-read", &["timeout"], SHORT, |visit| {
            visit.request();
            visit.wait();
        }),
        leaves!("closes-after-the-request", ""),
        leaves!("closes-within-the-head", "HTTP/1.1 200 OK\r\ncontent-le"),
        leaves!("closes-after-the-head", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"),
        leaves!("closes-within-the-body", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab"),
        leaves!("closes-within-a-chunk", [CHUNKED, "5\r\nab"].concat()),
        leaves!("closes-between-chunks", [CHUNKED, "2\r\nab\r\n"].concat()),
        resets!("resets-after-the-request", ""),
        resets!("resets-within-the-head", "HTTP/1.1 200 OK\r\ncontent-le"),
        resets!("resets-after-the-head", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"),
        resets!("resets-within-the-body", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab"),
        resets!("resets-within-a-chunk", [CHUNKED, "5\r\nab"].concat()),
    ]
}

/// A byte each quarter of a second, of an answer that would be right.
fn drip(visit: &mut Visit<'_>) {
    let Some(token) = visit.request() else { return };
    for byte in whole(&token).bytes() {
        sleep_until(now() + std::time::Duration::from_millis(250));
        if !visit.say([byte]) {
            return;
        }
    }
}

fn heads() -> Vec<Behaviour> {
    vec![
        fails("drips", &["timeout"], "--request-timeout 900ms", drip),
        fails(
            "drips-after-the-first-byte",
            &["timeout"],
            "--request-timeout 900ms --first-byte-timeout 600ms",
            drip,
        ),
        repeats!("one-header-without-an-end", "protocol", LONG, "HTTP/1.1 200 OK\r\na: ", [b'x'; 4096]),
        repeats!("headers-without-an-end", "protocol", LONG, OK, "a: b\r\n".repeat(200)),
        repeats!(
            "interim-answers-without-an-end",
            "protocol",
            LONG,
            "",
            "HTTP/1.1 103 Hints\r\na: b\r\n\r\n".repeat(99)
        ),
        repeats!("continues-without-an-end", "protocol", LONG, "", "HTTP/1.1 100 Continue\r\n\r\n"),
        repeats!("a-status-line-without-an-end", "protocol", LONG, "HTTP/1.1 200 ", [b'x'; 4096]),
        repeats!("empty-lines-without-an-end", "protocol", LONG, "", "\r\n".repeat(2048)),
        says!("a-head-that-is-none", "protocol", "\x00\x01 this is no answer\r\n\r\n"),
        says!("a-body-without-a-head", "protocol", "<html>hello</html>\r\n\r\n"),
        says!("a-version-of-the-future", "protocol", "HTTP/7.0 200 OK\r\ncontent-length: 0\r\n\r\n"),
        says!("a-status-of-two-digits", "protocol", "HTTP/1.1 99 OK\r\ncontent-length: 0\r\n\r\n"),
        says!("a-status-that-is-a-word", "protocol", "HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n"),
        says!(
            "another-protocol",
            "protocol",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
        ),
        says!("a-name-with-a-space", "protocol", [OK, "a b: c\r\ncontent-length: 0\r\n\r\n"].concat()),
        says!("a-header-without-a-colon", "protocol", [OK, "abc\r\ncontent-length: 0\r\n\r\n"].concat()),
        says!("a-folded-header", "protocol", [OK, "a: b\r\n c\r\ncontent-length: 0\r\n\r\n"].concat()),
        says!("a-nul-in-a-header", "protocol", [OK, "a: b\x00c\r\ncontent-length: 0\r\n\r\n"].concat()),
        says!("a-nul-in-a-name", "protocol", [OK, "a\x00: b\r\ncontent-length: 0\r\n\r\n"].concat()),
        answers("bytes-that-are-no-utf-8-in-a-header", |visit| {
            while let Some(token) = visit.request() {
                let length = token.len();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\na: ");
                visit.say([head.as_bytes(), b"\xff\xfe\xc0\x80", b"\r\n\r\n", token.as_bytes()].concat());
            }
        }),
    ]
}

fn lengths() -> Vec<Behaviour> {
    vec![
        says!("two-lengths", "protocol", [OK, "content-length: 2\r\ncontent-length: 3\r\n\r\nabc"].concat()),
        says!("two-lengths-in-one", "protocol", [OK, "content-length: 2, 3\r\n\r\nabc"].concat()),
        says!(
            "a-length-and-chunks",
            "protocol",
            [OK, "content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"].concat()
        ),
        says!("a-negative-length", "protocol", [OK, "content-length: -1\r\n\r\n"].concat()),
        says!("a-length-that-is-a-word", "protocol", [OK, "content-length: three\r\n\r\nabc"].concat()),
        says!(
            "a-length-beyond-all-numbers",
            "protocol",
            [OK, "content-length: 99999999999999999999\r\n\r\nabc"].concat()
        ),
        says!(
            "chunks-of-the-past",
            "protocol",
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        leaves!("a-length-too-long", [OK, "content-length: 9\r\n\r\nabc"].concat()),
        fails("a-length-too-long-and-then-nothing", &["timeout"], SHORT, |visit| {
            visit.request();
            visit.say([OK, "content-length: 9\r\n\r\nabc"].concat());
            visit.wait();
        }),
        answers("a-length-too-short", |visit| {
            let Some(token) = visit.request() else { return };
            visit.say(whole(&token) + "and more of it");
            visit.wait();
        }),
        answers("no-length-and-the-end-of-the-connection", |visit| {
            let Some(token) = visit.request() else { return };
            visit.say(format!("HTTP/1.1 200 OK\r\n\r\n{token}"));
        }),
    ]
}

fn bodies() -> Vec<Behaviour> {
    vec![
        repeats!("a-body-without-an-end", "body-too-large", LONG, [OK, "\r\n"].concat(), [b'z'; 0x10000]),
        repeats!(
            "a-body-of-all-numbers",
            "body-too-large",
            LONG,
            [OK, "content-length: 9999999999999999\r\n\r\n"].concat(),
            [b'z'; 0x10000]
        ),
        repeats!(
            "a-body-of-four-gibibytes",
            "body-too-large",
            LONG,
            [OK, "content-length: 4294967296\r\n\r\n"].concat(),
            [b'z'; 0x10000]
        ),
        codes!("a-coding-that-nobody-knows", "bad-encoding", coded("lzma", b"abc")),
        codes!("a-coding-upon-another", "bad-encoding", coded("gzip, br", b"abc")),
        codes!("a-coding-that-it-is-not", "bad-encoding", coded("gzip", b"abc")),
        codes!("a-coding-that-is-cut-off", "bad-encoding", coded("gzip", &GZIP[..12])),
        codes!("a-gzip-bomb", "body-too-large", coded("gzip", &bomb())),
        repeats!(
            "chunks-without-an-end",
            "body-too-large",
            LONG,
            CHUNKED,
            [b"10000\r\n".as_slice(), &[b'z'; 0x10000], b"\r\n"].concat()
        ),
        // Its time-out comes in time, however many pieces are there to be read.
        repeats!(
            "tiny-chunks-without-an-end",
            "timeout",
            "--request-timeout 1s",
            CHUNKED,
            "1\r\nz\r\n".repeat(4096)
        ),
        repeats!("a-chunk-size-without-an-end", "protocol", LONG, CHUNKED, [b'0'; 4096]),
        repeats!(
            "a-chunk-extension-without-an-end",
            "protocol",
            LONG,
            [CHUNKED, "1;"].concat(),
            [b'x'; 4096]
        ),
        repeats!(
            "trailers-without-an-end",
            "protocol",
            LONG,
            [CHUNKED, "0\r\n"].concat(),
            "a: b\r\n".repeat(200)
        ),
        says!("a-chunk-size-that-is-a-word", "protocol", [CHUNKED, "word\r\nabc\r\n"].concat()),
        says!("a-negative-chunk", "protocol", [CHUNKED, "-3\r\nabc\r\n"].concat()),
        says!("a-chunk-beyond-all-numbers", "protocol", [CHUNKED, "fffffffffffffffff\r\nabc\r\n"].concat()),
        says!("a-chunk-longer-than-it-says", "protocol", [CHUNKED, "2\r\nabc\r\n0\r\n\r\n"].concat()),
        says!("a-chunk-without-an-end-of-line", "protocol", [CHUNKED, "3\nabc\n0\n\n"].concat()),
    ]
}

/// The first bytes of a gzip of nothing but its header, and some.
const GZIP: [u8; 14] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9];

/// An answer whose body is said to be coded like this.
fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("{OK}content-encoding: {coding}\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A gzip of a kilobyte or so per megabyte: of four times what is kept of an answer.
fn bomb() -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..64 {
        std::io::Write::write_all(&mut gzip, &[0; 1 << 20]).expect("written");
    }
    gzip.finish().expect("finished")
}

/// What must never be taken for the answer to another request.
fn extras() -> Vec<Behaviour> {
    vec![
        answers("an-answer-too-many", |visit| {
            while let Some(token) = visit.request() {
                visit.say(whole(&token) + &whole("smuggled"));
            }
        }),
        fails("an-answer-while-nobody-asks", &[], "--request-timeout 30s --env pause=60", |visit| {
            while let Some(token) = visit.request() {
                visit.say(whole(&token));
                sleep_until(now() + std::time::Duration::from_millis(20));
                visit.say(whole("smuggled"));
            }
        }),
        answers("an-interim-answer-before-each", |visit| {
            while let Some(token) = visit.request() {
                visit.say("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".to_owned() + &whole(&token));
            }
        }),
    ]
}
