//! Memory does not grow with the number of requests.

use std::time::Duration;

use strata_support::{Hostile, Running, Server, committed, now, probe, sleep_until};

use super::run;

/// The memory that a process has in use, in KiB.
fn resident(id: u32) -> u64 {
    status(id, "VmRSS:").expect("a running process")
}

/// A line of what the kernel says of a process; nothing when it has ended.
fn status(id: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok())
}

/// The most memory that a run has in use until it ends, in KiB.
fn most(running: &Running) -> u64 {
    let mut most = 0;
    while let Some(kib) = status(running.id(), "VmHWM:") {
        most = kib;
        sleep_until(now() + Duration::from_millis(5));
    }
    most
}

#[test]
fn memory_is_the_same_after_two_seconds_and_after_eight() {
    let server = Server::fast();
    let mut running = run(&committed("hello"), &server.url(), "--vus 8 --duration 9s").start();
    running.wait_for("8 VUs for 9s");
    let begin = now();
    let after = |seconds| {
        sleep_until(begin + Duration::from_secs(seconds));
        (resident(running.id()), server.count())
    };
    let ((early, few), (late, many)) = (after(2), after(8));
    let ended = running.end().with(0);
    println!("{early} KiB after {few} requests, {late} KiB after {many}");
    assert_eq!(ended.count("http_reqs"), server.count());
    assert!(many > 2 * few, "{few} and {many} requests");
    // A sample kept of each request would take more than this, however small.
    let bound = early + early / 20 + (many - few) * 8 / 1024;
    assert!(late <= bound, "{early} KiB after {few} requests, {late} KiB after {many}");
}

#[test]
fn a_file_of_rows_is_there_once_for_all_virtual_users() {
    let server = Server::fast();
    let rows = "name,note\n".to_owned() + &format!("r,{}\n", "x".repeat(1000)).repeat(32 * 1024);
    let size = rows.len() as u64 / 1024;
    let with = |vus: u32, env: &str| {
        let more = format!("--env {env} --env mode=ok --vus {vus} --duration 4s");
        let strata = run(probe(), &server.url(), &more);
        let given = ["--data", "rows=rows.csv", "--secret", "token=env:TOKEN"];
        let strata = strata.args(given).file("rows.csv", &rows).env("TOKEN", "tr0ub4dor");
        let mut running = strata.start();
        running.wait_for("for 4s");
        sleep_until(now() + Duration::from_secs(2));
        let resident = resident(running.id());
        assert!(running.end().with(0).count("iterations") > 0);
        resident
    };
    let (without, one, many) =
        (with(64, "describe=none"), with(1, "describe=shared"), with(64, "describe=shared"));
    println!(
        "a file of {size} KiB: 64 VUs without it {without} KiB, 1 VU with it {one} KiB, 64 with it {many} KiB"
    );
    assert!(
        many < without + 2 * size,
        "64 VUs take {many} KiB with {size} KiB of rows, {without} KiB without"
    );
}

#[test]
fn issue_7_an_answer_of_4_gib_is_counted_and_not_kept() {
    const PART: &[u8] = &[b'z'; 0x10000];
    let parts = |number: u64| {
        Hostile::start(move |visit| {
            while visit.request().is_some() {
                let length = number * PART.len() as u64 + 1;
                visit.say(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"));
                if !(0..number).all(|_| visit.say(PART)) || !visit.say("z") {
                    return;
                }
            }
        })
    };
    let received = |number: u64| {
        let server = parts(number);
        let running = run(&committed("hello"), &server.url(), "--vus 1 --iterations 1").start();
        let most = most(&running);
        let ended = running.end().with(0);
        assert_eq!(ended.count("http_reqs"), 1);
        (most, ended.number("data_received", "count"))
    };
    let ((little, _), (much, bytes)) = (received(16), received(0x10000));
    println!("{little} KiB for 1 MiB, {much} KiB for 4 GiB");
    assert!((4_294_967_297.0..4_294_970_000.0).contains(&bytes), "{bytes} bytes");
    assert!(much < little + 16 * 1024, "{little} KiB for 1 MiB, {much} KiB for 4 GiB");
}

#[test]
fn issue_7_an_upload_is_there_once_for_all_virtual_users() {
    const MIB: u64 = 8;
    let server = Hostile::start(|visit| while visit.request().is_some() && visit.answer("") {});
    let with = |mib: u64| {
        let more = "--env mode=upload --env setup=large --vus 32 --iterations 64 --env bytes=";
        let running = run(probe(), &server.url(), &format!("{more}{}", mib * 1024 * 1024)).start();
        let most = most(&running);
        let ended = running.end().with(0);
        assert_eq!(ended.count("http_reqs"), 64);
        assert!(ended.number("data_sent", "count") > (64 * mib * 1024 * 1024) as f64);
        most
    };
    let (little, much) = (with(0), with(MIB));
    println!("32 VUs take {little} KiB, and {much} KiB with {MIB} MiB that each of them sends");
    // A few are those of `setup` and of writing; one for each VU would be 32.
    assert!(much < little + 8 * MIB * 1024, "{little} KiB, and {much} KiB with {MIB} MiB to send");
}
