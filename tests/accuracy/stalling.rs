//! A server on one thread that stops for a while every so often, as one that collects garbage does: while it stands
//! still nothing is accepted, read or answered, and then one after another.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use strata_support::{now, sleep_until, wait_until};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n";

/// What an answer takes it. What has gathered in a stall is worked off no faster than strata can take it, also where
/// nothing is optimised: what is measured is the server's queue and not that of its client.
const WORK: Duration = Duration::from_micros(100);

/// When it stalls, counted from the first request.
#[derive(Clone, Copy)]
pub struct Stalls {
    pub first: Duration,
    pub every: Duration,
    pub length: Duration,
}

/// What it has seen and done.
#[derive(Clone, Default)]
pub struct Log {
    /// When requests were read.
    pub arrivals: Vec<Instant>,
    /// When their answers had been written, in the same order.
    pub answers: Vec<Instant>,
    /// When it was to stand still, and when it went on.
    pub stalls: Vec<(Instant, Instant)>,
}

pub struct Stalling {
    address: SocketAddr,
    log: Arc<Mutex<Log>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Stalling {
    pub fn start(stalls: Stalls) -> Stalling {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        let listener = runtime.block_on(async { listen() });
        let address = listener.local_addr().expect("an address");
        let log = Arc::<Mutex<Log>>::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let kept = Arc::clone(&log);
        let thread = std::thread::spawn(move || {
            LocalSet::new().block_on(&runtime, async {
                tokio::select! {
                    () = accept(listener, stalls, kept) => {}
                    _ = stopped => {}
                }
            });
        });
        Stalling { address, log, stop: Some(stop), thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn log(&self) -> Log {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Stalling {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by the thread.
            let _ = thread.join();
        }
    }
}

/// With room for all connections of a stall: those that find none are tried again by the system a second later.
fn listen() -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    socket.listen(4096).expect("a port")
}

async fn accept(listener: TcpListener, stalls: Stalls, log: Arc<Mutex<Log>>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        tokio::task::spawn_local(serve(stream, stalls, Arc::clone(&log)));
    }
}

/// Serves requests that arrive whole, one at a time, as those without a body do.
async fn serve(stream: TcpStream, stalls: Stalls, log: Arc<Mutex<Log>>) {
    let mut bytes = [0; 2048];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(read) => assert!(bytes[..read].ends_with(b"\r\n\r\n"), "a whole request"),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        note(stalls, &log);
        wait_until(now() + WORK);
        if stream.try_write(ANSWER).ok() != Some(ANSWER.len()) {
            return;
        }
        log.lock().unwrap_or_else(PoisonError::into_inner).answers.push(now());
    }
}

/// Notes a request, and stands still with the whole thread if it is time for that.
fn note(stalls: Stalls, log: &Mutex<Log>) {
    let at = now();
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    log.arrivals.push(at);
    let Some(into) = at.checked_duration_since(log.arrivals[0] + stalls.first) else { return };
    let past = into.as_nanos() / stalls.every.as_nanos();
    let begin = log.arrivals[0] + stalls.first + stalls.every * past as u32;
    if at < begin + stalls.length {
        sleep_until(begin + stalls.length);
        log.stalls.push((begin, now()));
    }
}
