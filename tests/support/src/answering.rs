//! A target that answers in as many ways as a scenario may have to do with.
//!
//! | request | answer |
//! |---|---|
//! | `POST /echo` | 200 with the same body and `content-type` |
//! | `/bytes/N` | 200 with N times `x` |
//! | `/status/N` | the status N |
//! | `/delay/MS` | 200, after so many milliseconds |
//! | `/close` | none: the connection is closed |
//! | `/garbage` | bytes that are not HTTP |
//! | `/endless` | 200 and a body without an end |
//! | `/redirect/N` | 302 to `/redirect/N-1`; 200 with `ok` if N is 0 |
//! | `/see-other` | 303 to `/method` |
//! | `/away` | 307 to another host |
//! | `/method`, `/cookies`, `/authorization` | 200 with the request's method, or that header |
//! | `/set-cookie/NAME/VALUE` | 200 and that cookie for `/` |
//! | `/gzip` | 200 with `hello, world` and a line feed, in gzip if that is accepted |
//! | `/coded` | 200 with a body that is said to be coded in a way that nobody knows |
//! | `/pieces/N` | 200 with N chunks of 1,000 bytes, 20 ms apart |
//! | `/events` | 200 with three events |
//! | `/stalls` | 200, a chunk, and then nothing |
//! | `/api/...` | 200 with a JSON of one item |
//! | anything else | 200 with `ok` |

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::{now, sleep_until};

/// The longest body that is taken.
const BODY: usize = 64 << 20;

/// `hello, world` and a line feed in gzip.
const GZIP: [u8; 33] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51,
    0x28, 0xcf, 0x2f, 0xca, 0x49, 0xe1, 0x02, 0x00, 0x53, 0x74, 0x24, 0xf4, 0x0d, 0x00, 0x00, 0x00,
];
/// Three events, one of them with a name, an identifier and two lines.
const EVENTS: &str = ": hello\ndata: one\n\nevent: add\nid: 7\ndata: two\ndata: lines\n\ndata: three\n\n";

struct Request {
    method: String,
    path: String,
    content_type: String,
    cookie: String,
    authorization: String,
    accept_encoding: String,
    body: Vec<u8>,
}

#[derive(Default)]
struct Shared {
    paths: Mutex<BTreeMap<String, u64>>,
    stop: AtomicBool,
}

/// The server; its threads end with their connections.
pub struct Answering {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Answering {
    /// Listens on a free port.
    pub fn start() -> Answering {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !accepting.stop.load(Relaxed)) {
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || {
                    // A client that hangs up has had enough.
                    let _ = serve(stream, &shared);
                });
            }
        });
        Answering { shared, address }
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests there were for each path, without their queries.
    pub fn paths(&self) -> BTreeMap<String, u64> {
        self.shared.paths.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests there were.
    pub fn count(&self) -> u64 {
        self.paths().values().sum()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.shared.stop.store(true, Relaxed);
        // Wakes the thread that accepts; if it is gone already, that is as well.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        *shared.paths.lock().unwrap_or_else(PoisonError::into_inner).entry(path.clone()).or_default() += 1;
        let number = path.rsplit('/').next().and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
        match path.split('/').nth(1).unwrap_or_default() {
            "echo" => answer(&mut stream, 200, &request.content_type, &request.body)?,
            "bytes" => answer(&mut stream, 200, "application/octet-stream", &vec![b'x'; number])?,
            "status" => answer(&mut stream, number, "text/plain", b"")?,
            "delay" => {
                sleep_until(now() + Duration::from_millis(number as u64));
                answer(&mut stream, 200, "text/plain", b"ok\n")?;
            }
            "redirect" if number > 0 => {
                answer_with(
                    &mut stream,
                    302,
                    &format!("location: /redirect/{}\r\n", number - 1),
                    b"moved\n",
                )?;
            }
            "see-other" => answer_with(&mut stream, 303, "location: /method\r\n", b"")?,
            "away" => answer_with(&mut stream, 307, "location: http://192.0.2.1/\r\n", b"")?,
            "method" => answer(&mut stream, 200, "text/plain", request.method.as_bytes())?,
            "cookies" => answer(&mut stream, 200, "text/plain", request.cookie.as_bytes())?,
            "authorization" => answer(&mut stream, 200, "text/plain", request.authorization.as_bytes())?,
            "set-cookie" => {
                let cookie = path.trim_start_matches("/set-cookie/").replace('/', "=");
                answer_with(&mut stream, 200, &format!("set-cookie: {cookie}; Path=/\r\n"), b"ok\n")?;
            }
            "gzip" if request.accept_encoding.contains("gzip") => {
                answer_with(&mut stream, 200, "content-encoding: gzip\r\n", &GZIP)?;
            }
            "gzip" => answer(&mut stream, 200, "text/plain", b"hello, world\n")?,
            "coded" => answer_with(&mut stream, 200, "content-encoding: lzma\r\n", b"coded")?,
            "events" => answer(&mut stream, 200, "text/event-stream", EVENTS.as_bytes())?,
            "pieces" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                for _ in 0..number {
                    sleep_until(now() + Duration::from_millis(20));
                    stream.write_all(&[b"3e8\r\n".as_slice(), &[b'p'; 1000], b"\r\n"].concat())?;
                }
                stream.write_all(b"0\r\n\r\n")?;
            }
            "stalls" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")?;
                // Until the client hangs up.
                let _ = reader.read(&mut [0])?;
                return Ok(());
            }
            "api" => answer(&mut stream, 200, "application/json", br#"{"items":[{"id":1,"name":"one"}]}"#)?,
            "close" => return Ok(()),
            "garbage" => return stream.write_all(b"\x00\x01 this is no answer\r\n\r\n"),
            "endless" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                let chunk = [b"10000\r\n".as_slice(), &[b'z'; 0x10000], b"\r\n"].concat();
                loop {
                    stream.write_all(&chunk)?;
                }
            }
            _ => answer(&mut stream, 200, "text/plain", b"ok\n")?,
        }
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let method = line.split(' ').next().unwrap_or_default().to_owned();
    let (content_type, cookie, authorization) = (String::new(), String::new(), String::new());
    let (accept_encoding, body) = (String::new(), Vec::new());
    let mut request = Request { method, path, content_type, cookie, authorization, accept_encoding, body };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "content-type" => value.trim().clone_into(&mut request.content_type),
            "cookie" => value.trim().clone_into(&mut request.cookie),
            "authorization" => value.trim().clone_into(&mut request.authorization),
            "accept-encoding" => value.trim().clone_into(&mut request.accept_encoding),
            _ => {}
        }
    }
    assert!(length <= BODY, "a body of {length} bytes");
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn answer(stream: &mut TcpStream, status: usize, content_type: &str, body: &[u8]) -> std::io::Result<()> {
    answer_with(stream, status, &format!("content-type: {content_type}\r\n"), body)
}

fn answer_with(stream: &mut TcpStream, status: usize, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Said\r\n{headers}content-length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat())
}
