//! `[http]`: how connections are made, kept and shared.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeTable;

use super::Flags;
use super::document::Document;
use super::phase::{Named, PhaseFile};
use crate::plan::{Connections, HttpVersions, Proxies, ProxyUrl, Transport, parse_dns, parse_pinned};

/// What `[http]` may say; the names of the command line's options without their dashes.
const KEYS: [&str; 17] = [
    "ca-cert",
    "cert",
    "key",
    "tls-min",
    "tls-resumption",
    "insecure",
    "http1",
    "http2",
    "connections",
    "max-per-host",
    "keep-alive",
    "vu-connection-reuse",
    "idle-timeout",
    "proxy",
    "no-proxy",
    "resolve",
    "dns",
];

/// Reads the table; files are named from the folder of the phase file.
pub(super) fn transport(document: &mut Document<'_>, whole: &DeTable<'_>, path: &Path) -> Transport {
    let Some(value) = whole.get("http") else { return Transport::default() };
    let Some(table) = value.get_ref().as_table() else {
        document.wrong(value, "http", "a table");
        return Transport::default();
    };
    document.only(table, "[http]", &KEYS);
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = |text: String| -> PathBuf { folder.join(text) };
    let one_only = document.boolean(table, "http1") == Some(true);
    let prior = word(document, table, "http2", &[("prior", HttpVersions::Prior)]);
    if let (true, Some(_)) = (one_only, prior) {
        let at = table.get("http2").map_or(0..0, Spanned::span);
        document.fault(at, "`http1` and `http2` contradict each other");
    }
    let transport = Transport {
        ca_certs: document.names(table, "ca-cert").into_iter().map(|named| file(named.name)).collect(),
        cert: document.string(table, "cert").map(|(text, _)| file(text)),
        key: document.string(table, "key").map(|(text, _)| file(text)),
        tls_13: word(document, table, "tls-min", &[("1.2", false), ("1.3", true)]),
        insecure: document.boolean(table, "insecure"),
        tls_resumption: document.boolean(table, "tls-resumption"),
        versions: if one_only { Some(HttpVersions::One) } else { prior },
        connections: word(
            document,
            table,
            "connections",
            &[("per-vu", Connections::PerVu), ("shared", Connections::Shared)],
        ),
        max_per_host: document.count(table, "max-per-host"),
        keep_alive: document.boolean(table, "keep-alive"),
        vu_reuse: document.boolean(table, "vu-connection-reuse"),
        idle: document.timeout(table, "idle-timeout"),
        // What concerns this machine is the command line's alone: a phase may come from a stranger.
        unix_socket: None,
        sources: Vec::new(),
        proxies: document.string(table, "proxy").map(|(url, _)| Proxies::all(ProxyUrl::new(url))),
        no_proxy: list(document, table, "no-proxy"),
        resolve: read_each(document, table, "resolve", parse_pinned),
        resolve_of_phase: table.contains_key("resolve"),
        dns: document.string(table, "dns").and_then(|(text, at)| {
            parse_dns(&text).map_err(|why| document.fault(at, format!("`dns`: {why}"))).ok()
        }),
    };
    for fault in transport.faults() {
        document.fault(value.span(), format!("[http]: {fault}"));
    }
    transport
}

/// What command line and phase file say together, and a warning for each thing that is left out: whoever names the
/// target names the way to it.
pub(super) fn agreed(file: Option<&PhaseFile>, flags: &Flags) -> (Transport, Vec<String>) {
    let of_file = file.map(|file| file.transport.clone()).unwrap_or_default();
    if flags.target.is_none() {
        return (flags.transport.clone().or(of_file), Vec::new());
    }
    let (of_file, left_out) = of_file.without_a_way();
    let warnings = left_out.iter().map(|key| {
        format!(
            "`{key}` of [http] is left out: the target is the command line's, and so is the way to it (hint: `--{key}`, \
             or the phase's own target)"
        )
    });
    (flags.transport.clone().or(of_file), warnings.collect())
}

/// A list, as the command line says it.
fn list(document: &mut Document<'_>, table: &DeTable<'_>, key: &str) -> Option<String> {
    let names = document.names(table, key);
    (!names.is_empty()).then(|| names.into_iter().map(|named| named.name).collect::<Vec<_>>().join(","))
}

/// Each of a list of texts.
fn read_each<T>(
    document: &mut Document<'_>,
    table: &DeTable<'_>,
    key: &str,
    read: fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let mut all = Vec::new();
    for Named { name, spot } in document.names(table, key) {
        match read(&name) {
            Ok(one) => all.push(one),
            Err(why) => document.fault_at(spot, format!("`{key}`: {why}")),
        }
    }
    all
}

/// One of a few words.
fn word<T: Copy>(
    document: &mut Document<'_>,
    table: &DeTable<'_>,
    key: &str,
    words: &[(&str, T)],
) -> Option<T> {
    let (text, at) = document.string(table, key)?;
    let found = words.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{key}` is `{}` (hint: {})", text.escape_debug(), known.join(", "));
        document.fault(at, message);
    }
    found.map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::super::phase::PhaseFile;
    use super::*;
    use crate::plan::{Dns, Ttl};
    use std::time::Duration;

    fn parse(http: &str) -> Result<Transport, Vec<String>> {
        let text = format!("[phase]\ntitle = \"t\"\n[http]\n{http}\n[[layer]]\nscenario = \"a.wasm\"\n");
        let file = PhaseFile::parse(Path::new("dir/phase.toml"), &text);
        file.map(|file| file.transport).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_whole_table_is_read() {
        let read = parse(
            "ca-cert = [\"ca.pem\"]\ncert = \"/c.pem\"\nkey = \"k.pem\"\ntls-min = \"1.3\"\ntls-resumption = false\n\
             insecure = true\nhttp2 = \"prior\"\nconnections = \"shared\"\nmax-per-host = 6\nkeep-alive = true\n\
             vu-connection-reuse = true\nidle-timeout = \"5s\"\nproxy = \"http://a:hunter2@p\"\nno-proxy = [\"a\", \"b\"]\n\
             resolve = \"h:80:::1\"\ndns = \"ttl=0\"",
        );
        let expected = Transport {
            ca_certs: vec!["dir/ca.pem".into()],
            cert: Some("/c.pem".into()),
            key: Some("dir/k.pem".into()),
            tls_13: Some(true),
            insecure: Some(true),
            tls_resumption: Some(false),
            versions: Some(HttpVersions::Prior),
            connections: Some(Connections::Shared),
            max_per_host: Some(6),
            keep_alive: Some(true),
            vu_reuse: Some(true),
            idle: Some(Duration::from_secs(5)),
            unix_socket: None,
            sources: Vec::new(),
            proxies: Some(Proxies::all(ProxyUrl::new("http://a:hunter2@p"))),
            no_proxy: Some("a,b".to_owned()),
            resolve: vec![parse_pinned("h:80:::1").expect("a place")],
            resolve_of_phase: true,
            dns: Some(Dns { ttl: Ttl::For(Duration::ZERO), ..Dns::default() }),
        };
        assert_eq!(read, Ok(expected));
        assert_eq!(parse("http1 = true").expect("a table").versions, Some(HttpVersions::One));
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let faults = parse(
            "tls-min = \"1.1\"\nhttp1 = true\nhttp2 = \"prior\"\nconnections = \"mine\"\nmax-per-host = 0\n\
             keepalive = true\nidle-timeout = \"0s\"\nkey = \"k\"\nresolve = [\"h:80:::1\", \"h:80\"]\ndns = \"ttl=5\"\nlocal-ips = \"::1\"",
        )
        .expect_err("faults");
        for why in [
            "dir/phase.toml:4:11: `tls-min` is `1.1` (hint: 1.2, 1.3)",
            "`http1` and `http2` contradict each other",
            "`connections` is `mine` (hint: per-vu, shared)",
            "unknown key `keepalive` of [http]",
            "`idle-timeout`: `0s` leaves no time",
            "[http]: `key` is given without its `cert`",
            "[http]: `max-per-host` is 0",
            "dir/phase.toml:12:24: `resolve`: `h:80` is not HOST:PORT:ADDRESS",
            "`dns`: `ttl` is `5` (hint: `5m`, `0` or `inf`)",
            // A source address is the machine's affair.
            "unknown key `local-ips` of [http]",
        ] {
            assert!(faults.iter().any(|fault| fault.contains(why)), "{faults:?} lacks {why}");
        }
    }
}
