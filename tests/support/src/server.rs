//! Targets of a test's own, by the clock that strata reads too, and with no timer between it and them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest head of a request.
const HEAD: usize = 16 * 1024;
/// Before an instant that is to be met exactly, the thread does not sleep any more.
const SPIN: Duration = Duration::from_micros(300);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nok\n";

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `/path?query`.
    pub path: String,
    /// When its head had been read.
    pub arrived: Instant,
    /// When its answer had been written; nothing if it was not.
    pub answered: Option<Instant>,
}

struct Shared {
    log: Mutex<Vec<Exchange>>,
    connections: AtomicUsize,
    stop: AtomicBool,
    wait: Box<dyn Fn(Instant) + Send + Sync>,
}

/// A server with a thread for each connection, which answers each request with `200 OK` when it has waited enough.
/// Connections last until their client closes them.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Server {
    /// A server that calls `wait`, with the instant of the request's arrival, before it answers.
    pub fn start(wait: impl Fn(Instant) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            log: Mutex::default(),
            connections: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            wait: Box::new(wait),
        });
        let accepting = Arc::clone(&shared);
        thread("accept", move || {
            for stream in listener.incoming().take_while(|_| !accepting.stop.load(Relaxed)) {
                let Ok(stream) = stream else { continue };
                accepting.connections.fetch_add(1, Relaxed);
                let shared = Arc::clone(&accepting);
                thread("serve", move || shared.serve(stream));
            }
        });
        Server { shared, address }
    }

    /// A server that answers at once.
    pub fn fast() -> Server {
        Server::start(|_| {})
    }

    /// A server that answers after this time.
    pub fn slow(by: Duration) -> Server {
        Server::start(move |arrived| sleep_until(arrived + by))
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, in the order of their arrival.
    pub fn log(&self) -> Vec<Exchange> {
        let mut log = self.shared.log().clone();
        log.sort_by_key(|exchange| exchange.arrived);
        log
    }

    /// The number of requests so far.
    pub fn count(&self) -> u64 {
        self.shared.log().len() as u64
    }

    /// The number of requests for this path so far.
    pub fn count_of(&self, path: &str) -> u64 {
        self.shared.log().iter().filter(|exchange| exchange.path == path).count() as u64
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.shared.log().clear();
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Relaxed);
        // Wakes the thread that accepts; if it is gone already, that is as well.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn log(&self) -> std::sync::MutexGuard<'_, Vec<Exchange>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) {
        stream.set_nodelay(true).expect("a socket");
        let mut head = Vec::new();
        while let Some((path, arrived)) = request(&mut stream, &mut head) {
            let at = {
                let mut log = self.log();
                log.push(Exchange { path, arrived, answered: None });
                log.len() - 1
            };
            (self.wait)(arrived);
            if stream.write_all(ANSWER).is_err() {
                return;
            }
            let answered = Some(Instant::now());
            if let Some(exchange) = self.log().get_mut(at) {
                exchange.answered = answered;
            }
        }
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(128 * 1024);
    thread.spawn(work).expect("a thread");
}

/// The path of the next request and when it was there; nothing when the client has gone.
fn request(stream: &mut TcpStream, head: &mut Vec<u8>) -> Option<(String, Instant)> {
    let mut bytes = [0; 2048];
    loop {
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            let arrived = Instant::now();
            let rest = head.split_off(end + 4);
            let line = String::from_utf8_lossy(std::mem::replace(head, rest).as_slice()).into_owned();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            return Some((path, arrived));
        }
        assert!(head.len() <= HEAD, "a head of {} bytes", head.len());
        match stream.read(&mut bytes) {
            Ok(read) if read > 0 => head.extend_from_slice(&bytes[..read]),
            _ => return None,
        }
    }
}

/// The present instant of the clock that strata reads too.
pub fn now() -> Instant {
    Instant::now()
}

/// Lets the thread sleep until an instant; some ten microseconds longer, on an idle machine.
pub fn sleep_until(at: Instant) {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}

/// Waits until an instant as exactly as the machine allows; the thread computes for the last moment.
pub fn wait_until(at: Instant) {
    if let Some(early) = at.checked_sub(SPIN) {
        sleep_until(early);
    }
    while Instant::now() < at {
        std::hint::spin_loop();
    }
}
