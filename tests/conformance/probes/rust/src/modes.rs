//! What one iteration does, by the name of its mode.
//!
//! | mode | what happens |
//! |---|---|
//! | `ok` | `GET /`, check `status is 200` |
//! | `started` | `GET /?started=MS`, the instant at which the iteration began, in ms of the run's clock |
//! | `trap` | panics |
//! | `trap-sometimes` | panics in the 10th, 20th, ... iteration of a VU, else as `ok` |
//! | `fail` | fails with the code `probe` |
//! | `spin` | never returns |
//! | `spin-one` | VU 1 never returns, the others as `ok` |
//! | `compute` | computes for env `ms`, without a pause |
//! | `sleep` | waits for env `ms` by `run.sleep`, checks that the run's clock agrees |
//! | `grow` | allocates without end |
//! | `recurse` | calls itself without end |
//! | `flood-log` | 10,000 log lines with control characters and escape codes |
//! | `flood-metrics` | 100,000 checks of different names |
//! | `metrics` | one value into each declared metric, refused values and metrics |
//! | `random` | ten values of `run.random` into the trend `random` |
//! | `stderr` | one line on standard error |
//! | `send` | every function of `http`, each with checks of its own |
//! | `hostile` | a check, a header and a log line with control characters and escape codes |
//! | `wasi` | whether files, sockets, environment and arguments are denied |
//! | `context` | whether the iteration is told what it should be |
//! | `own-random` | ten values of the standard library's own randomness into the trend `random` |
//! | `print` | one line on standard output |
//! | `take`, `register`, `login`, `wait`, `meet`, `count`, `fill`, `reach`, `leak`, `share` | see [`sharing`] |
//! | `ask` | one request, see [`asking`] |
//! | `upload` | `POST /upload` with what `setup` returned |
//! | `version` | see [`versions`] |
//! | `web`, `stream` | see [`web`], [`streaming`] |
//! | `unicode`, `large`, `errors`, `uncaught`, `statuses`, `together` | see [`answers`] |

use std::hash::{BuildHasher, Hasher, RandomState};
use std::hint::black_box;
use std::net::ToSocketAddrs as _;
use std::time::Instant;

use strata_guest::prelude::*;

use crate::{COUNTER, GAUGE, RANDOM, RATE, answers, asking, sending, sharing, streaming, versions, web};

/// How far the clocks of the guest and the run may be apart in mode `sleep`.
const TOLERANCE: Duration = Duration::from_millis(50);
/// What mode `grow` takes at a time.
const GROWTH: usize = 1 << 20;

/// Runs an iteration; `iterations` counts those of this instance, `context.iteration` those of the VU.
pub fn run(mode: &str, context: &Context, iterations: u32) -> Result<(), Failure> {
    match mode {
        "ok" => ok(),
        "started" => {
            let started = run::now().as_secs_f64() * 1000.0;
            let answer = Request::get(format!("/?started={started:.4}")).name("started").send()?;
            check("status is 200", answer.status == 200);
            Ok(())
        }
        "trap" => panic!("the probe traps in iteration {}", context.iteration),
        "trap-sometimes" if context.iteration % 10 == 9 => {
            panic!("the probe traps in iteration {} after {iterations} in this instance", context.iteration)
        }
        "trap-sometimes" => ok(),
        "fail" => Err(Failure::new("probe", format!("iteration {} was told to fail", context.iteration))),
        "spin" => spin(),
        "spin-one" if context.vu == 1 => spin(),
        "spin-one" => ok(),
        "compute" => compute(),
        "sleep" => sleep(),
        "grow" => grow(),
        "recurse" => {
            black_box(recurse(0));
            Ok(())
        }
        "flood-log" => {
            (0..10_000)
                .for_each(|line| log::info(&format!("line {line}\r\n\u{1b}[31mred\u{1b}[0m \u{7}\0 end")));
            Ok(())
        }
        "flood-metrics" => {
            (0..100_000).for_each(|name| {
                check(&format!("check {name}"), true);
            });
            Ok(())
        }
        "metrics" => metrics(context),
        "random" => (0..10).try_for_each(|_| Ok(RANDOM.add(run::random())?)),
        "stderr" => {
            eprintln!("the probe on standard error, iteration {}", context.iteration);
            Ok(())
        }
        "send" => sending::everything(),
        "hostile" => {
            let text = "\u{1b}[2J\u{1b}]0;title\u{7}\r\n\u{9b}31m\u{202e}";
            check(&format!("check {text}"), true);
            log::info(&format!("line {text}"));
            let answer = Request::get("/").header("x-probe", "\u{9b}31m").send()?;
            check("status is 200", answer.status == 200);
            Err(Failure::new("hostile", text))
        }
        "wasi" => {
            wasi();
            Ok(())
        }
        "context" => {
            told(context, iterations);
            Ok(())
        }
        "own-random" => own_random(),
        "print" => {
            println!("printed by the probe");
            Ok(())
        }
        "unicode" => answers::unicode(),
        "large" => answers::large(),
        "errors" => {
            answers::errors();
            Ok(())
        }
        "uncaught" => answers::uncaught(),
        "statuses" => answers::statuses(),
        "together" => answers::together(),
        "ask" => asking::ask(context),
        "upload" => {
            let answer = Request::post("/upload").body_from_setup(None).send()?;
            check("status is 200", answer.status == 200);
            Ok(())
        }
        "version" => versions::iteration(iterations),
        "web" => web::everything(),
        "stream" => streaming::stream(),
        other => sharing::run(other, context)
            .unwrap_or_else(|| Err(Failure::new("probe-mode", format!("`{other}` is not a mode")))),
    }
}

fn ok() -> Result<(), Failure> {
    let answer = Request::get("/").send()?;
    check("status is 200", answer.status == 200);
    Ok(())
}

fn spin() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Env `ms`.
fn asked() -> Duration {
    run::env("ms").and_then(|ms| ms.parse().ok()).map_or(Duration::from_millis(100), Duration::from_millis)
}

fn compute() -> Result<(), Failure> {
    let (asked, begin, mut turns) = (asked(), Instant::now(), 0_u64);
    while begin.elapsed() < asked {
        for _ in 0..10_000 {
            turns = black_box(turns.wrapping_add(1));
        }
    }
    check("computing takes as long as asked", begin.elapsed() >= asked);
    Ok(())
}

fn sleep() -> Result<(), Failure> {
    let asked = asked();
    let (before, own) = (run::now(), Instant::now());
    run::sleep(asked);
    let waited = run::now().saturating_sub(before);
    check("sleep takes as long as asked", waited >= asked);
    check("the language's own clock agrees", own.elapsed().abs_diff(waited) < TOLERANCE);
    Ok(())
}

fn grow() -> ! {
    let mut taken = Vec::new();
    loop {
        taken.push(black_box(vec![1_u8; GROWTH]));
    }
}

#[expect(unconditional_recursion, reason = "it exhausts the stack")]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth + 1))) + 1
}

fn metrics(context: &Context) -> Result<(), Failure> {
    COUNTER.add(1.0)?;
    COUNTER.add_tagged(1.0, "kind", "tagged")?;
    GAUGE.add(f64::from(context.iteration))?;
    RATE.add(context.iteration.is_multiple_of(2))?;
    let refused =
        |added: Result<(), strata_guest::Error>, code: &str| added.is_err_and(|error| error.code == code);
    check(
        "an undeclared metric is refused",
        refused(Trend::new("undeclared", "").add(1.0), "unknown-metric"),
    );
    check("NaN is refused", refused(GAUGE.add(f64::NAN), "bad-value"));
    check("a counter does not fall", refused(COUNTER.add(-1.0), "bad-value"));
    check("a trend is not negative", refused(RANDOM.add(-1.0), "bad-value"));
    check("judge's results are absent", matches!(results::stat("http_reqs", Aggregate::Count), Ok(None)));
    check("the stage has its name", run::stage_name(context.stage).as_deref() == Some("main"));
    check("a stage that is not there has none", run::stage_name(u32::MAX).is_none());
    Ok(())
}

fn wasi() {
    check("no file can be read", std::fs::read("/etc/hostname").is_err());
    check("no file can be made", std::fs::write("probe.txt", "x").is_err());
    let there = "127.0.0.1:9";
    let sockets = [
        std::net::TcpStream::connect(there).map(drop),
        std::net::TcpListener::bind("127.0.0.1:0").map(drop),
        std::net::UdpSocket::bind("127.0.0.1:0").map(drop),
        "localhost:9".to_socket_addrs().map(drop),
    ];
    check("no address can be connected to", sockets.iter().all(Result::is_err));
    check("the environment is empty", std::env::vars().next().is_none());
    check("there are no arguments", std::env::args().next().is_none());
}

/// The standard library has no generator, but its maps are seeded.
fn own_random() -> Result<(), Failure> {
    (0..10).try_for_each(|_| {
        let bits = RandomState::new().build_hasher().finish();
        Ok(RANDOM.add((bits >> 11) as f64 / (1_u64 << 53) as f64)?)
    })
}

fn told(context: &Context, iterations: u32) {
    check("vu counts from 1", context.vu >= 1);
    check("iteration counts on", context.iteration + 1 == iterations);
    check("the stage is an index", context.stage == 0);
    check("the target is a URL", run::target().starts_with("http://"));
    check("no such env", run::env("no-such").is_none());
}
