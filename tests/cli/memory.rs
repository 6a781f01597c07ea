//! Memory does not grow with the number of requests.

use std::time::Duration;

use strata_support::{Server, committed, now, probe, sleep_until};

use super::run;

/// The memory that a process has in use, in KiB.
fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a running process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
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
