//! The server: its thread, and what a connection may take.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, oneshot};

use super::listening::{Listening, On};
use super::routes::{Gate, answer, no_room};
use crate::conduct::Control;

/// Clients at a time; so many more are told that there is no room, and the rest finds a closed connection.
const CLIENTS: u32 = 32;
const TOLD: usize = 8;
/// Bytes of a request's head, and its headers.
const HEAD: usize = 16 * 1024;
const HEADERS: usize = 64;
/// How long a head may take, and a request with its answer.
const HEAD_TIME: Duration = Duration::from_secs(5);
const WHOLE_TIME: Duration = Duration::from_secs(20);
/// How long one may take that is told that there is no room.
const TOLD_TIME: Duration = Duration::from_secs(2);
/// How long clients that have asked may take to have their answers when the run is over.
const LAST_TIME: Duration = Duration::from_millis(200);
/// How long nobody is taken in after the machine refused to.
const REFUSED: Duration = Duration::from_millis(50);

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The places for clients, and for those that are told that there is none.
#[derive(Clone)]
struct Places {
    served: Arc<Semaphore>,
    told: Arc<Semaphore>,
}

impl Server {
    /// Serves clients that come to these places.
    ///
    /// # Errors
    /// When the machine has no thread or no descriptors for it.
    pub fn start(places: Vec<Listening>, control: Control) -> io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("control".to_owned()).spawn(move || {
            runtime.block_on(async {
                let (served, told) = (Semaphore::new(CLIENTS as usize), Semaphore::new(TOLD));
                let clients = Places { served: Arc::new(served), told: Arc::new(told) };
                // Kept until the end: a socket's file goes with it.
                let mut files = Vec::new();
                for Listening { on, token } in places {
                    let gate = Arc::new(Gate { control: control.clone(), token });
                    let clients = clients.clone();
                    match on {
                        On::Unix(listener, file) => {
                            files.push(file);
                            if let Ok(listener) = tokio::net::UnixListener::from_std(listener) {
                                tokio::spawn(async move {
                                    loop {
                                        take_in(listener.accept().await, &clients, &gate).await;
                                    }
                                });
                            }
                        }
                        On::Port(listener) => {
                            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                                tokio::spawn(async move {
                                    loop {
                                        take_in(listener.accept().await, &clients, &gate).await;
                                    }
                                });
                            }
                        }
                    }
                }
                // Either way it is over.
                let _ = stopped.await;
                // One that hangs is not waited for.
                let _ = tokio::time::timeout(LAST_TIME, clients.served.acquire_many(CLIENTS)).await;
            });
        })?;
        Ok(Server { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed.
            let _ = thread.join();
        }
    }
}

async fn take_in<S, A>(accepted: io::Result<(S, A)>, clients: &Places, gate: &Arc<Gate>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok((stream, _)) = accepted else {
        tokio::time::sleep(REFUSED).await;
        return;
    };
    let free = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned();
    let (place, room) = match (free(&clients.served), free(&clients.told)) {
        (Ok(place), _) => (place, true),
        (Err(_), Ok(place)) => (place, false),
        _ => return,
    };
    let gate = Arc::clone(gate);
    tokio::spawn(async move {
        let service = service_fn(async |request| match room {
            true => answer(request, &gate).await,
            false => Ok(no_room(CLIENTS)),
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD)
            .max_headers(HEADERS)
            .keep_alive(false);
        // A client that went, hung or sent garbage is none any more.
        let time = if room { WHOLE_TIME } else { TOLD_TIME };
        let _ = tokio::time::timeout(time, http.serve_connection(TokioIo::new(stream), service)).await;
        drop(place);
    });
}
