//! TLS: what is trusted, what is shown, what goes wrong.

use strata_support::Hostile;

use super::nginx::{Certificates, Nginx, OpenSsl, have};
use super::{ANSWERS, failures, run, said};

fn secure(certificates: &Certificates, name: &str, more: &str) -> String {
    let (cert, key) = (certificates.text(&format!("{name}.pem")), certificates.text(&format!("{name}.key")));
    format!(
        "server {{ listen LISTEN ssl http2; ssl_certificate {cert}; ssl_certificate_key {key}; {more} {ANSWERS} }}\n"
    )
}

#[test]
fn an_authority_of_ones_own_is_trusted_and_the_handshake_timed() {
    if !have(&["nginx", "openssl"]) {
        return;
    }
    let certificates = Certificates::make();
    let nginx = Nginx::start(&secure(&certificates, "good", ""));
    let ca = certificates.text("ca.pem");
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}", nginx.ports[0]);
        let ended = run("ask", &url, &format!("--vus 2 --iterations 10 --ca-cert {ca}")).run().with(0);
        assert_eq!(ended.number("http_reqs", "count"), 10.0);
        let handshakes = ended.metric("http_req_tls_handshaking").expect("a metric");
        assert!(handshakes["max"].as_f64().expect("a time") > 0.0, "{handshakes}");
        let two = ended.tagged("http_reqs", &[["proto", "HTTP/2"]]).expect("a count");
        assert_eq!(two["count"], 10.0);
        assert!(ended.stderr.contains("{proto:HTTP/2}"), "{}", ended.stderr);
        assert_eq!(ended.summary()["run"]["reasons"].to_string().matches("insecure").count(), 0);
    }
    let seen = nginx.end();
    assert!(seen.iter().all(|seen| seen.protocol == "HTTP/2.0"), "{seen:?}");
}

#[test]
fn a_certificate_that_is_wrong_is_named_and_counted() {
    if !have(&["nginx", "openssl"]) {
        return;
    }
    let certificates = Certificates::make();
    let servers: String = ["expired", "other", "alone", "good"]
        .map(|name| secure(&certificates, name, if name == "good" { "ssl_protocols TLSv1.2;" } else { "" }))
        .concat();
    let nginx = Nginx::start(&format!("{servers}server {{ listen LISTEN; {ANSWERS} }}"));
    let ca = format!("--ca-cert {}", certificates.text("ca.pem"));
    for (at, more, code, says) in [
        (0, ca.as_str(), "tls-expired", "has expired"),
        (1, ca.as_str(), "tls-host", "is not for this host but for"),
        (
            2,
            ca.as_str(),
            "tls-issuer",
            "is self-signed or of an issuer that is not trusted (hint: `--ca-cert FILE`",
        ),
        (3, "", "tls-issuer", "is not trusted"),
        (3, &format!("{ca} --tls-min 1.3"), "tls-handshake", "(hint: `--tls-min`)"),
        (4, ca.as_str(), "tls-handshake", "is not TLS (hint: `http://` if it speaks plain HTTP)"),
    ] {
        let url = format!("https://127.0.0.1:{}", nginx.ports[at]);
        let ended = run("ask", &url, &format!("--iterations 3 --vus 1 {more}")).run().with(99);
        assert_eq!(failures(&ended), [(code.to_owned(), 3.0)], "{}", said(&ended));
        assert!(said(&ended).contains(says), "{}", said(&ended));
        assert_eq!(ended.metric("http_reqs").map_or(0.0, |all| all["count"].as_f64().expect("a count")), 0.0);
    }
    // Any of them will do for somebody who does not look, and every report says so.
    for at in 0..3 {
        let url = format!("https://127.0.0.1:{}", nginx.ports[at]);
        let ended = run("ask", &url, "--iterations 3 --vus 1 --insecure").run().with(0);
        let marked = "certificates of servers were not checked";
        assert!(ended.summary()["run"]["reasons"].to_string().contains(marked));
        assert!(ended.report().contains(marked), "{}", ended.report());
        assert!(ended.stderr.contains("certificates of servers"), "{}", ended.stderr);
    }
}

#[test]
fn a_handshake_that_comes_to_nothing_is_bounded_and_named() {
    let silent = Hostile::start(|visit| visit.wait());
    let broken = Hostile::start(|visit| {
        visit.arrives();
        visit.say([22, 3, 3, 0, 90, 2]);
    });
    for (server, more, code, says) in [
        (&silent, "--connect-timeout 150ms", "connect-timeout", "within 150 ms, the connect timeout"),
        (&broken, "", "tls-handshake", "TLS handshake"),
    ] {
        let url = server.url().replace("http:", "https:");
        let ended = run("ask", &url, &format!("--iterations 2 --vus 1 {more}")).run().with(99);
        assert_eq!(failures(&ended), [(code.to_owned(), 2.0)], "{}", said(&ended));
        assert!(said(&ended).contains(says), "{}", said(&ended));
    }
}

#[test]
fn certificates_are_shown_to_servers_that_ask() {
    if !have(&["nginx", "openssl"]) {
        return;
    }
    let certificates = Certificates::make();
    let ca = certificates.text("ca.pem");
    let verify = format!("ssl_client_certificate {ca}; ssl_verify_client on;");
    let nginx = Nginx::start(&secure(&certificates, "good", &verify));
    let url = format!("https://127.0.0.1:{}", nginx.ports[0]);
    let (cert, key) = (certificates.text("other.pem"), certificates.text("other.key"));
    let more = format!("--iterations 3 --vus 1 --ca-cert {ca} --cert {cert} --key {key}");
    assert_eq!(run("ask", &url, &more).run().code, 0);
    assert!(nginx.end().iter().all(|seen| seen.client == "CN=other"));
    for (more, code) in [("", Some("tls-handshake")), (&*format!("--cert {cert} --key {key}"), None)] {
        let server = OpenSsl::start(&certificates, "-Verify 1 -verify_return_error");
        let url = format!("https://127.0.0.1:{}", server.1);
        let ended = run("ok", &url, &format!("--iterations 1 --vus 1 --ca-cert {ca} {more}")).run();
        let found: Vec<_> = failures(&ended).into_iter().map(|(code, _)| code).collect();
        assert_eq!(found, code.into_iter().collect::<Vec<_>>(), "{}", said(&ended));
        assert_eq!(said(&ended).contains("(hint: `--cert` and `--key`)"), code.is_some(), "{}", said(&ended));
    }
}

#[test]
fn sessions_go_on_unless_that_is_not_wanted() {
    if !have(&["nginx", "openssl"]) {
        return;
    }
    let certificates = Certificates::make();
    for versions in ["TLSv1.2", "TLSv1.3"] {
        for (more, resumed) in [("", 4), ("--no-tls-resumption", 0)] {
            let cache = format!("ssl_protocols {versions}; ssl_session_cache builtin:100;");
            let nginx = Nginx::start(&secure(&certificates, "good", &cache));
            let url = format!("https://127.0.0.1:{}", nginx.ports[0]);
            let ca = certificates.text("ca.pem");
            let more = format!("--iterations 5 --vus 1 --http1 --no-keep-alive --ca-cert {ca} {more}");
            assert_eq!(run("ask", &url, &more).run().code, 0);
            let seen = nginx.end();
            assert_eq!(
                seen.iter().filter(|seen| seen.resumed).count(),
                resumed,
                "{versions} {more}: {seen:?}"
            );
            assert!(seen.iter().all(|seen| seen.protocol == "HTTP/1.1"), "{seen:?}");
        }
    }
}

#[test]
fn files_that_are_no_certificates_are_all_found_before_the_run() {
    if !have(&["openssl"]) {
        return;
    }
    let certificates = Certificates::make();
    certificates.write("words.pem", "secret words");
    let name = |name: &str| certificates.text(name);
    let more = format!(
        "--iterations 1 --ca-cert {} --ca-cert {} --cert {} --key {}",
        name("words.pem"),
        name("absent.pem"),
        name("good.pem"),
        name("other.key")
    );
    let ended = run("ask", "https://127.0.0.1:1", &more).run().with(104);
    for says in [
        "words.pem: holds no certificate in PEM form",
        "absent.pem: cannot be read",
        "other.key: is not the key of the certificate",
    ] {
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    let phase = "[phase]\ntitle = \"t\"\ntarget = \"https://127.0.0.1:1\"\n[http]\nca-cert = \"words.pem\"\n\
                 key = \"k\"\ntls-min = \"1\"\n[[layer]]\nscenario = \"a.wasm\"\n";
    let strata = strata_support::Strata::new(env!("CARGO_BIN_EXE_strata")).file("phase.toml", phase);
    let ended = strata.args(["run", "phase.toml"]).run().with(104);
    for says in ["phase.toml:7:11: `tls-min` is `1` (hint: 1.2, 1.3)", "`key` is given without its `cert`"] {
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}
