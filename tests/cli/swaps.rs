//! Issue 8: what swaps leave behind, however many there are, and those that come at a bad time.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use strata_support::{Hostile, Running, now, probe_version, sleep_until};

use super::controlling::{ctl, told};
use super::swapping::{changes, save, start, stop, told as said_to, versions};
use super::target;

const LONG: Duration = Duration::from_secs(20);

/// Saves another version in the place of the one that runs, and waits until it is on.
fn swap(running: &mut Running, letter: char) {
    save(&running.path("probe.wasm"), letter);
    running.wait_for("(probe.wasm)");
}

/// What a process has for itself, in KiB: its memory, its code, and mappings with code.
#[derive(Clone, Copy, Debug)]
struct Own {
    memory: u64,
    code: u64,
}

impl Own {
    fn of(id: u32) -> Own {
        let read =
            |name: &str| std::fs::read_to_string(format!("/proc/{id}/{name}")).expect("a process that runs");
        let kib = |line: &str| line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
        let sum = |text: &str, name: &str| {
            text.lines().filter(|line| line.starts_with(name)).filter_map(kib).sum::<u64>()
        };
        let memory = read("smaps_rollup");
        let (mut code, mut counts) = (0, false);
        for line in read("smaps").lines() {
            let mut words = line.split_whitespace();
            let (first, modes) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            if first.contains('-') && modes.len() == 4 {
                // Not that of the program and its libraries.
                counts = modes.contains('x') && !line.contains(" /");
            } else if counts && first == "Size:" {
                code += kib(line).unwrap_or_default();
            }
        }
        Own { memory: sum(&memory, "Private_Clean:") + sum(&memory, "Private_Dirty:"), code }
    }
}

#[test]
fn issue_8_forty_swaps_take_no_more_memory_than_ten_and_old_code_is_freed() {
    let target = target();
    let more =
        "--watch --executor constant-arrival-rate --rate 200 --vus 10 --duration 600s --env mode=version";
    let mut running = start(&target.url(), more);
    running.wait_for("up to 10 VUs");
    let one = Own::of(running.id()).code;
    let mut after = |swaps: usize| {
        for letter in "10".chars().cycle().take(swaps) {
            swap(&mut running, letter);
        }
        // The one that was set up with and the one that is on stay; the last VU leaves any other soon.
        let began = now();
        loop {
            let own = Own::of(running.id());
            if own.code < 2 * one + one / 2 {
                return own;
            }
            assert!(began.elapsed() < LONG, "code of {one} KiB each stays: {own:?}");
            sleep_until(now() + Duration::from_millis(50));
        }
    };
    let (early, late) = (after(10), after(30));
    println!("{one} KiB of code; {early:?} after 10 swaps, {late:?} after 40");
    assert!(one > 100 && late.code > one, "{one} KiB of code is none: {late:?}");
    let ended = stop(running);
    assert_eq!(changes(&ended, "swap").len(), 40);
    assert_eq!(ended.count("http_reqs"), target.arrivals().count);
    assert_eq!(versions(&ended).len(), 2);
    // For thirty swaps. Where the allocator puts things differs by one or two MiB; the code of thirty versions would be
    // 20 MiB, and what compiling leaves of each as much again.
    let bound = early.memory + 4 * 1024;
    assert!(late.memory <= bound, "{early:?} after 10 swaps, {late:?} after 40");
}

/// Counts of connections that came, and went, and of requests on each by what they asked.
#[derive(Default)]
struct Book {
    closed: AtomicU64,
    asked: Mutex<BTreeMap<u64, BTreeMap<String, u64>>>,
}

#[test]
fn issue_8_twenty_swaps_open_and_close_no_connection() {
    const VUS: usize = 8;
    let book = Arc::<Book>::default();
    // It takes a while, so that every VU is busy, and is left time to compile.
    let server = Hostile::start({
        let book = Arc::clone(&book);
        move |visit| {
            while let Some(asked) = visit.request() {
                let mut all = book.asked.lock().expect("a lock");
                *all.entry(visit.number).or_default().entry(asked).or_default() += 1;
                drop(all);
                sleep_until(now() + Duration::from_millis(20));
                if !visit.answer("") {
                    break;
                }
            }
            book.closed.fetch_add(1, SeqCst);
        }
    });
    let more = format!("--watch --vus {VUS} --duration 600s --env mode=version");
    let mut running = start(&server.url(), &more);
    running.wait_for("8 VUs");
    let asked_by_all = |what: &str| {
        let began = now();
        let heard = || {
            let all = book.asked.lock().expect("a lock");
            all.values().filter(|asked| asked.contains_key(what)).count()
        };
        while heard() < VUS {
            assert!(began.elapsed() < LONG, "{} connections have asked for {what}", heard());
            sleep_until(now() + Duration::from_millis(5));
        }
    };
    asked_by_all("version=0");
    let before = server.log().connections();
    for letter in "12".chars().cycle().take(19) {
        swap(&mut running, letter);
    }
    swap(&mut running, '3');
    // Each connection has seen the first version and the last one.
    asked_by_all("version=3");
    let after = (server.log().connections(), book.closed.load(SeqCst));
    let ended = stop(running);
    assert_eq!((before, after), (VUS as u64, (VUS as u64, 0)), "connections: opened; opened, closed");
    assert_eq!(changes(&ended, "swap").len(), 20);
    assert_eq!(ended.count("http_reqs"), server.log().received());
}

/// Something that one thread waits for, and another one tells.
#[derive(Default)]
struct Bell(Mutex<bool>, Condvar);

impl Bell {
    fn ring(&self) {
        *self.0.lock().expect("a lock") = true;
        self.1.notify_all();
    }

    fn wait(&self) {
        let rung = self.0.lock().expect("a lock");
        let (rung, _) = self.1.wait_timeout_while(rung, 3 * LONG, |rung| !*rung).expect("a lock");
        assert!(*rung, "what was waited for never came");
    }
}

/// A server that answers all but one request at once: that one is told of, and waits.
struct Holding {
    server: Hostile,
    asked: Arc<Mutex<Vec<String>>>,
    came: Arc<Bell>,
    go: Arc<Bell>,
}

impl Holding {
    /// `ringing` lets the one that waits go on by itself.
    fn start(held: &'static str, ringing: Option<&'static str>) -> Holding {
        let (asked, came, go) =
            (Arc::<Mutex<Vec<String>>>::default(), Arc::<Bell>::default(), Arc::<Bell>::default());
        let server = Hostile::start({
            let (asked, came, go) = (Arc::clone(&asked), Arc::clone(&came), Arc::clone(&go));
            move |visit| {
                while let Some(what) = visit.request() {
                    asked.lock().expect("a lock").push(what.clone());
                    if what == held {
                        came.ring();
                        go.wait();
                    }
                    if !visit.answer("") {
                        return;
                    }
                    if ringing == Some(what.as_str()) {
                        go.ring();
                    }
                }
            }
        });
        Holding { server, asked, came, go }
    }

    fn count(&self, what: &str) -> usize {
        self.asked.lock().expect("a lock").iter().filter(|asked| *asked == what).count()
    }
}

/// The folder of the only run.
fn folder(running: &Running) -> PathBuf {
    let mut runs = std::fs::read_dir(running.path("strata-runs")).expect("runs");
    runs.next().expect("a run").expect("a run").path()
}

/// A version's file, and what `ctl` says of a swap to it.
fn asked(running: &Running, letter: char, more: &str) -> Output {
    let file = running.path(&format!("{letter}.wasm"));
    std::fs::write(&file, probe_version(letter)).expect("a file");
    let run = folder(running);
    ctl(&running.path(""), &format!("--run {} swap probe {} {more}", run.display(), file.display()))
}

const SETUP: &str = "--env mode=version --env setup=tell --env teardown=tell";

#[test]
fn issue_8_a_setup_that_a_swap_began_is_torn_down_though_the_run_ends_meanwhile() {
    // The second setup has its answer when the first one has been torn down, after the load.
    let holding = Holding::start("setup=1", Some("teardown=0"));
    let more = format!("--executor constant-arrival-rate --rate 50 --vus 4 --duration 8s {SETUP}");
    let mut running = start(&holding.server.url(), &more);
    running.wait_for("up to 4 VUs");
    let output = asked(&running, '1', "--run-setup");
    let ended = running.end().with(0);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(104) && said.contains("the layer's load is over"), "{said}");
    let counts =
        ["setup=0", "setup=1", "teardown=0", "teardown=1", "version=1"].map(|what| holding.count(what));
    assert_eq!(counts, [1, 1, 1, 1, 0], "{}", ended.stderr);
    assert_eq!(changes(&ended, "swap-refused").len(), 1);
}

#[test]
fn issue_8_an_answer_that_comes_too_late_ends_and_its_swap_is_carried_out() {
    let holding = Holding::start("setup=1", None);
    let more = format!("--executor constant-arrival-rate --rate 50 --vus 4 --duration 600s {SETUP}");
    let mut running = start(&holding.server.url(), &more);
    running.wait_for("up to 4 VUs");
    let output = asked(&running, '1', "--run-setup");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(0), "{said}");
    holding.came.wait();
    holding.go.ring();
    running.wait_for("(1.wasm)");
    let began = now();
    while holding.count("version=1") == 0 {
        assert!(began.elapsed() < LONG, "the version is never run");
        sleep_until(now() + Duration::from_millis(10));
    }
    let ended = stop(running);
    assert_eq!(["teardown=0", "teardown=1"].map(|what| holding.count(what)), [1, 1], "{}", ended.stderr);
}

#[test]
fn issue_8_a_swap_during_teardown_is_refused() {
    let holding = Holding::start("teardown=0", None);
    let mut running = start(&holding.server.url(), &format!("--vus 1 --iterations 5 {SETUP}"));
    running.wait_for("1 VU");
    holding.came.wait();
    let output = asked(&running, '1', "");
    holding.go.ring();
    let ended = running.end().with(0);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(104) && said.contains("the layer's load is over"), "{said}");
    assert_eq!(holding.count("version=1"), 0);
    assert_eq!(changes(&ended, "swap-refused").len(), 1);
}

#[test]
fn issue_8_vus_that_a_ramp_sends_home_take_the_new_version_until_then() {
    // Answers take a while, which leaves time to compile.
    let server = Hostile::start(|visit| {
        while visit.request().is_some() {
            sleep_until(now() + Duration::from_millis(20));
            if !visit.answer("") {
                return;
            }
        }
    });
    let ramp = "--watch --executor ramping-vus --vus 8 --stage 600s:1 --env mode=version";
    let mut running = start(&server.url(), ramp);
    running.wait_for("VUs");
    swap(&mut running, '1');
    let seen = server.log().received();
    let began = now();
    while server.log().received() < seen + 50 {
        assert!(began.elapsed() < LONG, "nothing is sent any more");
        sleep_until(now() + Duration::from_millis(10));
    }
    let ended = stop(running);
    assert_eq!(ended.count("http_reqs"), server.log().received());
    let versions = versions(&ended);
    let iterations: Vec<_> = versions.iter().map(|version| version["iterations"].as_u64()).collect();
    assert!(iterations.len() == 2 && iterations.iter().all(|number| *number > Some(0)), "{iterations:?}");
}

/// Asks for a swap by the run's socket, and gives the whole answer.
fn post(socket: &Path, component: &Path) -> String {
    let body = serde_json::json!({ "layer": "probe", "component": component }).to_string();
    let mut stream = UnixStream::connect(socket).expect("a connection");
    let request =
        format!("POST /v1/swap HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    // One that takes too long is cut off.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn issue_8_swaps_are_carried_out_one_after_another_and_no_more_than_sixteen_wait() {
    let target = target();
    let more = "--executor constant-arrival-rate --rate 100 --vus 4 --duration 600s --env mode=version";
    let mut running = start(&target.url(), more);
    running.wait_for("up to 4 VUs");
    let socket = folder(&running).join("control.sock");
    // Another version each 20 ms: it is never whole.
    let restless = running.path("restless.wasm");
    let calm = Arc::new(AtomicBool::new(false));
    let writing = std::thread::spawn({
        let (restless, calm) = (restless.clone(), Arc::clone(&calm));
        move || {
            for nth in 0_u64.. {
                let mut bytes = probe_version('1');
                // Longer by a custom section without a name, which says how often it was written.
                bytes.extend([0, 9, 0]);
                bytes.extend(nth.to_le_bytes());
                let part = restless.with_extension("part");
                std::fs::write(&part, bytes).expect("a file");
                std::fs::rename(&part, &restless).expect("a file");
                if calm.load(SeqCst) {
                    return std::fs::write(&restless, "not at all").expect("a file");
                }
                sleep_until(now() + Duration::from_millis(20));
            }
        }
    });
    while !restless.exists() {
        sleep_until(now() + Duration::from_millis(5));
    }
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let (socket, restless) = (socket.clone(), restless.clone());
            std::thread::spawn(move || post(&socket, &restless))
        })
        .collect();
    running.wait_for("is still being written");
    // From now on it is whole, and nothing that is compiled.
    calm.store(true, SeqCst);
    let answers: Vec<String> = asking.into_iter().map(|asking| asking.join().expect("an answer")).collect();
    writing.join().expect("a writer");
    let of = |what: &str| answers.iter().filter(|answer| answer.contains(what)).count();
    let told = (of("is still being written"), of("16 swaps wait already"), of("is not WebAssembly"));
    assert_eq!(told, (1, 4, 15), "{answers:?}");
    let ended = stop(running);
    assert_eq!(changes(&ended, "swap-refused").len(), 16);
    assert_eq!((versions(&ended).len(), said_to(&target, "version", '1')), (1, 0));
}

#[test]
fn issue_8_the_thirty_third_client_is_turned_away_and_clients_that_hang_are_given_up() {
    let target = target();
    let mut running = start(&target.url(), "--vus 1 --duration 600s --env mode=sleep");
    running.wait_for("1 VU");
    let socket = folder(&running).join("control.sock");
    let connect = || {
        let stream = UnixStream::connect(&socket).expect("a connection");
        stream.set_read_timeout(Some(3 * LONG)).expect("a time");
        stream
    };
    let rest = |mut stream: UnixStream| {
        let mut answer = String::new();
        let ended = stream.read_to_string(&mut answer);
        assert!(!ended.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "it is never given up");
        answer
    };
    // Half of a head, and a body that never comes.
    let mut hanging: Vec<UnixStream> = (0..32).map(|_| connect()).collect();
    hanging[0].write_all(b"GET /v1/status HTTP/1.1\r\nHo").expect("half of a head");
    hanging[1]
        .write_all(b"POST /v1/note HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{\"text\"")
        .expect("half of a body");
    let mut one_more = connect();
    one_more.write_all(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    let answer = rest(one_more);
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("32 clients"), "{answer}");
    let run = folder(&running);
    let output = ctl(&run, "--run . status");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() != Some(0) && said.contains("32 clients"), "{said}");
    // All are given up by themselves.
    for stream in hanging {
        let answer = rest(stream);
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert!(told(&run, "--run . status").contains("running"));
    let _ = stop(running);
}
