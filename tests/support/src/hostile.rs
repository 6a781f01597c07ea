//! A server that does what no server should: raw TCP, a thread for each connection, and a behaviour that a test writes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// What the server itself knows to have happened.
#[derive(Default)]
pub struct Log {
    connections: AtomicU64,
    received: AtomicU64,
    answered: AtomicU64,
    refused: AtomicU64,
    stop: AtomicBool,
}

impl Log {
    /// Connections that were accepted.
    pub fn connections(&self) -> u64 {
        self.connections.load(SeqCst)
    }

    /// Requests of which the whole head was read, or all but its last byte.
    pub fn received(&self) -> u64 {
        self.received.load(SeqCst)
    }

    /// Answers that were written to their end.
    pub fn answered(&self) -> u64 {
        self.answered.load(SeqCst)
    }

    /// Requests that were read and then met with a closed connection.
    pub fn refused(&self) -> u64 {
        self.refused.load(SeqCst)
    }
}

/// The server.
pub struct Hostile {
    log: Arc<Log>,
    address: SocketAddr,
}

/// One connection, from the server's side.
pub struct Visit<'a> {
    /// Its number, from 0.
    pub number: u64,
    /// What the server knows.
    pub log: &'a Log,
    stream: TcpStream,
}

impl Hostile {
    /// Treats each connection in this way; it is closed when that is over, with an RST if something is left unread.
    pub fn start(treat: impl Fn(&mut Visit<'_>) + Send + Sync + 'static) -> Hostile {
        Hostile::at("127.0.0.1:0", treat)
    }

    /// The same at another address of this machine.
    pub fn at(address: &str, treat: impl Fn(&mut Visit<'_>) + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (log, treat) = (Arc::<Log>::default(), Arc::new(treat));
        let accepting = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().take_while(|_| !accepting.stop.load(SeqCst)) {
                let Ok(stream) = stream else { continue };
                let number = accepting.connections.fetch_add(1, SeqCst);
                let (log, treat) = (Arc::clone(&accepting), Arc::clone(&treat));
                std::thread::spawn(move || {
                    stream.set_nodelay(true).expect("a socket");
                    treat(&mut Visit { number, log: &log, stream });
                });
            }
        });
        Hostile { log, address }
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it knows.
    pub fn log(&self) -> &Log {
        &self.log
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.log.stop.store(true, SeqCst);
        // Wakes the thread that accepts; if it is gone already, that is as well.
        drop(TcpStream::connect(self.address));
    }
}

impl Visit<'_> {
    /// Reads the head of a request, and the body that it announces; what stands behind the `?` of its URL. Nothing when the
    /// client has gone.
    pub fn request(&mut self) -> Option<String> {
        self.whole_request().map(|head| token(&head))
    }

    /// The same, and all of its head.
    pub fn whole_request(&mut self) -> Option<String> {
        let head = self.head(b"\r\n\r\n")?;
        let length = head.to_lowercase().lines().find_map(|line| {
            line.strip_prefix("content-length:").and_then(|length| length.trim().parse().ok())
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).ok()?;
        self.log.received.fetch_add(1, SeqCst);
        Some(head)
    }

    /// As [`Visit::request`] but for the last byte of the head, so that closing the connection resets it.
    pub fn request_but_its_end(&mut self) -> Option<String> {
        let head = self.head(b"\r\n\r")?;
        // Closing with an empty buffer would be a FIN.
        self.arrives().then_some(())?;
        self.log.received.fetch_add(1, SeqCst);
        Some(token(&head))
    }

    /// Waits until there is something to read, and leaves it there; false when the client has gone.
    pub fn arrives(&mut self) -> bool {
        matches!(self.stream.peek(&mut [0]), Ok(1..))
    }

    fn head(&mut self, end: &[u8]) -> Option<String> {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(end) {
            match self.stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return None,
            }
        }
        Some(String::from_utf8_lossy(&head).into_owned())
    }

    /// Writes; false when the client has gone.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// A whole answer, and that it was given.
    pub fn answer(&mut self, body: &str) -> bool {
        self.answer_with(&whole(body))
    }

    /// Bytes that are an answer, and that it was given.
    pub fn answer_with(&mut self, bytes: &str) -> bool {
        // Noted first: the client may be quicker than this thread.
        self.log.answered.fetch_add(1, SeqCst);
        self.say(bytes)
    }

    /// Notes that a request was read and will have no answer.
    pub fn refuse(&mut self) {
        self.log.refused.fetch_add(1, SeqCst);
    }

    /// Waits until the client has gone.
    pub fn wait(&mut self) {
        let mut bytes = [0; 4096];
        while matches!(self.stream.read(&mut bytes), Ok(1..)) {}
    }
}

/// An answer of 200 with this body.
pub fn whole(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn token(head: &str) -> String {
    let url = head.split(' ').nth(1).unwrap_or_default();
    url.split_once('?').map_or(url, |(_, token)| token).to_owned()
}
