//! Pools: whose connections they are, how many, and for how long.

use super::nginx::{Nginx, connections, have};
use super::{ANSWERS, run};

#[test]
fn connections_are_kept_shared_and_ended_as_it_was_asked_for() {
    if !have(&["nginx"]) {
        return;
    }
    for (more, least, most) in [
        ("--vus 4 --iterations 40", 1, 4),
        ("--vus 1 --iterations 40", 1, 1),
        ("--vus 1 --iterations 40 --no-keep-alive", 40, 40),
        ("--vus 1 --iterations 40 --no-vu-connection-reuse", 40, 40),
        // At most one for each worker, of which there are at most as many as virtual users.
        ("--vus 4 --iterations 40 --connections shared --max-per-host 1", 1, 4),
        ("--vus 1 --iterations 5 --idle-timeout 50ms --env pause=200", 5, 5),
        ("--vus 1 --iterations 5 --idle-timeout 30s --env pause=20", 1, 1),
    ] {
        let nginx = Nginx::start(&format!("server {{ listen LISTEN; {ANSWERS} }}"));
        let url = format!("http://127.0.0.1:{}", nginx.ports[0]);
        assert_eq!(run("ask", &url, more).run().code, 0);
        let seen = nginx.end();
        assert!((least..=most).contains(&connections(&seen)), "{more}: {}", connections(&seen));
    }
}

#[test]
fn virtual_users_that_share_a_pool_wait_for_their_turn() {
    if !have(&["nginx"]) {
        return;
    }
    let nginx = Nginx::start("server { listen LISTEN; location / { return 200 ''; } }");
    let url = format!("http://127.0.0.1:{}", nginx.ports[0]);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let more = "--vus 64 --iterations 2000 --connections shared --max-per-host 1";
    let ended = run("ok", &url, more).run().with(0);
    let seen = nginx.end();
    assert_eq!(seen.len(), 2000);
    assert!(connections(&seen) <= workers, "{} connections", connections(&seen));
    assert!(ended.number("http_req_blocked", "max") > 0.0);
}

#[test]
fn a_target_may_listen_on_a_socket_of_this_machine() {
    if !have(&["nginx"]) {
        return;
    }
    let nginx =
        Nginx::start(&format!("server {{ listen unix:DIR/socket; {ANSWERS} }} server {{ listen LISTEN; }}"));
    let more = format!("--iterations 9 --vus 1 --unix-socket {}", nginx.path("socket"));
    assert_eq!(run("ask", "http://site.invalid", &more).run().code, 0);
    assert_eq!(nginx.end().len(), 9);
}

#[test]
fn contradictions_are_wrong_input() {
    for (more, says) in [
        ("--connections shared --no-vu-connection-reuse", "cannot begin anew with each iteration"),
        ("--key k.pem", "`key` is given without its `cert`"),
        ("--http1 --http2 prior", "cannot be used with"),
        ("--max-per-host 0", "--max-per-host"),
    ] {
        let ended = run("ok", "http://127.0.0.1:1", more).run().with(104);
        assert!(ended.stderr.contains(says), "{more}: {}", ended.stderr);
    }
}
