//! Which address a connection goes to, and which it comes from.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use strata_support::{Hostile, Strata, committed, now, sleep_until};

use super::nginx::{Nginx, have};
use super::{ANSWERS, failures, run, said};

/// One server on two addresses of this machine.
fn two_addresses() -> Nginx {
    Nginx::start(&format!("server {{ listen LISTEN; listen 127.0.0.2:SAME; {ANSWERS} }}"))
}

#[test]
fn a_host_is_where_the_user_says() {
    if !have(&["nginx"]) {
        return;
    }
    let nginx = two_addresses();
    let port = nginx.ports[0];
    let url = format!("http://shop.invalid:{port}");
    let resolve = format!("--resolve shop.invalid:{port}:127.0.0.2");
    let ended = run("ask", &url, &format!("--iterations 4 --vus 2 {resolve}")).run().with(0);
    let note = format!("`shop.invalid:{port}` was taken to be at 127.0.0.2 (`resolve`)");
    assert!(ended.validity().1.contains(&note), "{:?}", ended.validity());
    let elsewhere = format!("--iterations 2 --vus 1 --resolve shop.invalid:{}:127.0.0.2", port ^ 1);
    let ended = run("ask", &url, &elsewhere).run().with(99);
    assert_eq!(failures(&ended), [("dns".to_owned(), 2.0)], "{}", said(&ended));
    let seen = nginx.end();
    assert!(seen.len() == 4 && seen.iter().all(|seen| seen.to == "127.0.0.2"), "{seen:?}");
}

#[test]
fn connections_are_spread_over_the_addresses_of_a_host() {
    if !have(&["nginx"]) {
        return;
    }
    for (how, range) in [("first", 40..=40), ("roundRobin", 20..=20), ("random", 8..=32)] {
        let nginx = two_addresses();
        let port = nginx.ports[0];
        let more = format!("--iterations 40 --vus 1 --no-keep-alive --dns select={how}");
        let more = format!("{more} --resolve shop.invalid:{port}:127.0.0.1,127.0.0.2");
        assert_eq!(run("ask", &format!("http://shop.invalid:{port}"), &more).run().code, 0);
        let first = nginx.end().iter().filter(|seen| seen.to == "127.0.0.1").count();
        assert!(range.contains(&first), "{how}: {first}");
    }
}

#[test]
fn names_are_looked_up_as_often_and_as_what_is_asked_for() {
    if !have(&["nginx"]) {
        return;
    }
    let nginx = Nginx::start(&format!("server {{ listen LISTEN; {ANSWERS} }}"));
    let url = format!("http://localhost:{}", nginx.ports[0]);
    let ask = |dns: &str| {
        let more = format!("--iterations 20 --vus 1 --no-keep-alive --dns {dns}");
        run("ask", &url, &more).run()
    };
    for (dns, always) in [("ttl=0", true), ("ttl=inf", false), ("ttl=5m,policy=onlyIPv4", false)] {
        let ended = ask(dns).with(0);
        assert!(ended.number("http_req_dns", "max") > 0.0, "{dns}");
        assert_eq!(ended.number("http_req_dns", "min") > 0.0, always, "{dns}");
    }
    // nginx is not there.
    let ended = ask("policy=onlyIPv6").with(99);
    let codes: Vec<_> = failures(&ended).into_iter().map(|(code, _)| code).collect();
    assert!(["dns", "connect", "connect-refused"].contains(&codes[0].as_str()), "{codes:?}");
    assert_eq!(nginx.end().len(), 60);
    for (more, says) in [
        ("--dns ttl=5", "`ttl` is `5`"),
        ("--dns select=last", "`roundRobin`"),
        ("--resolve shop.invalid:80", "is not HOST:PORT:ADDRESS"),
    ] {
        let ended = run("ok", "http://127.0.0.1:1", more).run().with(104);
        assert!(ended.stderr.contains(says), "{more}: {}", ended.stderr);
    }
}

/// From the first request on the name means another address; that request is answered when what was looked up for it has
/// expired, if it ever does.
#[test]
fn issue_7_a_name_is_looked_up_again_when_what_it_meant_has_expired() {
    const MEANS: &str = "127.0.0.1 shop.invalid\n";
    const WILL_MEAN: &str = "127.0.0.2 shop.invalid\n";
    let hello = std::fs::read(committed("hello")).expect("a component");
    for (dns, follow) in [("ttl=1ms", 3), ("ttl=5m", 0)] {
        let script = "mount --bind hosts /etc/hosts || exit 1\n\
                      \"$0\" run hello.wasm --vus 1 --iterations 4 --no-keep-alive --target \"$1\" --dns \"$2\"\n";
        let Some(strata) = Strata::with_own_mounts(env!("CARGO_BIN_EXE_strata"), script) else { return };
        let strata = strata.file("hello.wasm", &hello).file("hosts", MEANS);
        let hosts = strata.folder().join("hosts");
        let before = Hostile::start(move |visit| {
            while visit.request().is_some() {
                // In one piece and in place: whoever looks finds one or the other.
                let mut hosts = OpenOptions::new().write(true).open(&hosts).expect("a file");
                hosts.write_all(WILL_MEAN.as_bytes()).expect("a file");
                sleep_until(now() + Duration::from_millis(5));
                if !visit.answer("") {
                    return;
                }
            }
        });
        let url = before.url();
        let (_, port) = url.rsplit_once(':').expect("a port");
        let after =
            Hostile::at(
                &format!("127.0.0.2:{port}"),
                |visit| {
                    while visit.request().is_some() && visit.answer("") {}
                },
            );
        let ended = strata.args([&format!("http://shop.invalid:{port}"), dns]).run().with(0);
        assert_eq!(ended.count("http_reqs"), 4);
        let requests = (before.log().received(), after.log().received());
        assert_eq!(requests, (4 - follow, follow), "with {dns}");
    }
}

#[test]
fn each_virtual_user_has_a_source_address() {
    if !have(&["nginx"]) {
        return;
    }
    let nginx = Nginx::start(&format!("server {{ listen LISTEN; {ANSWERS} }}"));
    let url = format!("http://127.0.0.1:{}", nginx.ports[0]);
    let more = "--iterations 64 --vus 8 --no-keep-alive --local-ips 127.0.0.2-127.0.0.4,127.0.0.8/32";
    let ended = run("ask", &url, more).run().with(0);
    let (_, notes) = ended.validity();
    assert!(notes.contains("connections came from 4 addresses (`--local-ips`)"), "{notes}");
    let seen = nginx.end();
    let mut from: Vec<_> = seen.iter().map(|seen| seen.from.as_str()).collect();
    from.sort_unstable();
    from.dedup();
    assert_eq!((seen.len(), from), (64, vec!["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.8"]));
    let ended = run("ask", &url, "--iterations 2 --vus 1 --local-ips ::1").run();
    if ended.code != 104 {
        // This machine has IPv6.
        assert_eq!(failures(&ended), [("connect".to_owned(), 2.0)], "{}", said(&ended));
        assert!(said(&ended).contains("`--local-ips` has no address of IPv4"), "{}", said(&ended));
    }
    for (list, says) in [
        ("198.51.100.1", "connections cannot come from 198.51.100.1"),
        ("127.0.0.9-127.0.0.1", "ends before it begins"),
    ] {
        let ended = run("ok", &url, &format!("--local-ips {list}")).run().with(104);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}
