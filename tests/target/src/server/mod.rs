//! The site. Here: HTTP, connections, routes, and the log of arrivals.

mod arrivals;
mod cache;
mod database;
mod faults;
mod pool;
mod profile;
mod reply;
mod routes;
mod seed;
mod site;

pub use arrivals::{Arrival, Arrivals};
pub use profile::{Defect, Options, Profile};

use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot};
use tokio::task::{JoinSet, LocalSet, spawn_blocking};

use arrivals::Log;
use cache::Cache;
use database::Database;
use routes::{MOST_BYTES, Part, Place, Task};
use site::{Asked, Problem, Site};

/// Threads that wait for the database.
const BLOCKING: usize = 64;

type Answer = Response<Full<Bytes>>;

struct Shared {
    site: Site,
    /// Whose turn it is to have a page made, where pages are made one at a time.
    turn: Arc<Mutex<()>>,
    log: Log,
    connections: AtomicU64,
}

/// A running server, with a thread and a database of its own. Stops when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Seeds the database and listens on 127.0.0.1. Takes some tens of milliseconds.
    ///
    /// # Errors
    /// When the port is taken, or the machine has no threads or descriptors.
    pub fn start(options: Options) -> Result<Server> {
        let database =
            Database::open(options.profile, options.round_trip).context("cannot fill the database")?;
        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).with_context(|| {
                format!(
                    "port {} of 127.0.0.1 cannot be listened on (hint: port 0 takes a free one)",
                    options.port
                )
            })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .max_blocking_threads(BLOCKING)
            .build()
            .context("no runtime")?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let site = Site {
            database,
            cache: Cache::new(options.profile.has(Defect::Cache)),
            profile: options.profile,
            started: Instant::now(),
        };
        let shared =
            Arc::new(Shared { site, turn: Arc::default(), log: Log::new(), connections: AtomicU64::new(0) });
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("target".to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, serve(listener, served, stopped));
        })?;
        Ok(Server { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that have arrived. Copies the whole log.
    pub fn arrivals(&self) -> Arrivals {
        self.shared.log.read()
    }

    /// Clears the log of arrivals; its time begins anew.
    pub fn reset(&self) {
        self.shared.log.clear();
    }

    /// SQL statements so far.
    pub fn statements(&self) -> u64 {
        self.shared.site.database.statements()
    }

    /// The most SQL statements that were under way at one time.
    pub fn most_at_once(&self) -> u64 {
        self.shared.site.database.most_at_once()
    }

    /// TCP connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Relaxed)
    }

    /// Stops listening, closes the connections and waits for both. What is being answered is cut off.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by the thread.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of descriptors, or the client has gone: the next one may be luckier.
                Err(_) => {
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        shared.connections.fetch_add(1, Relaxed);
        let shared = Arc::clone(&shared);
        connections.spawn_local(async move {
            if stream.set_nodelay(true).is_err() {
                return;
            }
            let service = service_fn(move |request| respond(request, Arc::clone(&shared)));
            // A connection that breaks is its client's affair, and stands in the log without a status.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Answer, Infallible> {
    let path = request.uri().path();
    if path.starts_with("/_target/") {
        return Ok(about(&request, &shared));
    }
    let asked = request.uri().path_and_query().map_or(path, |path| path.as_str());
    let noted = shared.log.note(&format!("{} {asked}", request.method()));
    let answer = route(request, &shared).await.unwrap_or_else(|problem| {
        let (status, why) = problem.answer();
        refused(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &why)
    });
    shared.log.answered(noted, answer.status().as_u16());
    Ok(answer)
}

async fn route(request: Request<Incoming>, shared: &Arc<Shared>) -> Result<Answer, Problem> {
    let (head, body) = request.into_parts();
    let Some(place) = Place::at(head.uri.path()) else {
        return Err(Problem::Missing("no such page".to_owned()));
    };
    if !place.methods().contains(&head.method) {
        let known: Vec<_> = place.methods().iter().map(Method::as_str).collect();
        let why = format!("only {} is understood here", known.join(" and "));
        return Ok(refused(StatusCode::METHOD_NOT_ALLOWED, &why));
    }
    let Ok(body) = Limited::new(body, MOST_BYTES).collect().await else {
        return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE, "a body has at most 64 KiB"));
    };
    match place.task(&head.method, head.uri.query(), &body.to_bytes())? {
        Task::Greet => Ok(text("community site\n")),
        Task::TellHealth => Ok(json(&health(&shared.site))),
        Task::ForgetStats => {
            shared.site.cache.clear();
            Ok(empty())
        }
        Task::Break(part, ms) => {
            let outage = match part {
                Part::Cache => &shared.site.cache.outage,
                Part::Database => &shared.site.database.outage,
            };
            match ms {
                0 => outage.end(),
                ms => outage.begin(Duration::from_millis(ms)),
            }
            Ok(empty())
        }
        Task::Ask(asked) => ask(shared, asked).await,
    }
}

/// Lets a thread answer that may wait for the database.
async fn ask(shared: &Arc<Shared>, asked: Asked) -> Result<Answer, Problem> {
    // First come, first served.
    let turn = match shared.site.takes_turns(&asked) {
        true => Some(Arc::clone(&shared.turn).lock_owned().await),
        false => None,
    };
    let shared = Arc::clone(shared);
    let answered = spawn_blocking(move || {
        let answered = shared.site.answer(&asked);
        drop(turn);
        answered
    });
    let reply = answered.await.map_err(|error| Problem::Broken(error.to_string()))??;
    let mut answer = answer(StatusCode::OK, "application/json", reply.body);
    *answer.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    if let Some(cache) = reply.cache {
        answer.headers_mut().insert("x-cache", header::HeaderValue::from_static(cache));
    }
    Ok(answer)
}

/// How the site is doing.
fn health(site: &Site) -> serde_json::Value {
    let (database, cache) = (&site.database, &site.cache);
    let away = database.outage.lasts();
    serde_json::json!({
        "status": if away { "degraded" } else { "ok" },
        "memory_bytes": memory(),
        "uptime_ms": u64::try_from(site.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "database": {
            "away": away,
            "pool": database.pool.size(),
            "opened": database.pool.opened(),
            "statements": database.statements(),
        },
        "cache": { "away": cache.outage.lasts(), "hits": cache.hits(), "misses": cache.misses() },
    })
}

/// The memory of this process that is resident, in bytes; 0 where it is not told.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|kib| kib.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

/// What the server tells of itself.
fn about(request: &Request<Incoming>, shared: &Shared) -> Answer {
    match (request.method().as_str(), request.uri().path()) {
        ("GET", "/_target/arrivals") => {
            let sums = shared.log.sums();
            json(&serde_json::json!({
                "count": sums.count, "by_path": sums.by_path, "by_status": sums.by_status,
            }))
        }
        ("GET", "/_target/arrivals.txt") => {
            let mut lines = String::new();
            for entry in shared.log.read().entries {
                let _ = writeln!(lines, "{} {} {}", entry.micros, entry.request, entry.status);
            }
            answer(StatusCode::OK, "text/plain; charset=utf-8", lines.into_bytes())
        }
        ("GET", "/_target/statements") => {
            let database = &shared.site.database;
            json(&serde_json::json!({
                "statements": database.statements(), "most_at_once": database.most_at_once(),
            }))
        }
        ("POST", "/_target/reset") => {
            shared.log.clear();
            empty()
        }
        _ => refused(StatusCode::NOT_FOUND, "GET arrivals, arrivals.txt, statements, or POST reset"),
    }
}

fn empty() -> Answer {
    answer(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", Vec::new())
}

fn text(text: &'static str) -> Answer {
    answer(StatusCode::OK, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
}

fn json(value: &serde_json::Value) -> Answer {
    answer(StatusCode::OK, "application/json", value.to_string().into_bytes())
}

fn refused(status: StatusCode, why: &str) -> Answer {
    let body = serde_json::json!({ "error": why }).to_string();
    answer(status, "application/json", body.into_bytes())
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    answer
}
