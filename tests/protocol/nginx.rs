//! Servers that are not ours: nginx, openssl's, and the certificates that they show.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use strata_support::{missing, now, sleep_until};
use tempfile::TempDir;

/// A port of 127.0.0.1 on which nobody listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// Whether the machine has these programs; if not, that has been said.
pub fn have(programs: &[&str]) -> bool {
    programs.iter().all(|program| {
        let found =
            Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        if !found {
            missing(&format!("{program} is not installed"));
        }
        found
    })
}

/// Runs a program to its end.
fn tool(folder: &Path, line: &str) {
    let mut words = line.split_whitespace();
    let program = words.next().expect("a program");
    let output = Command::new(program).args(words).current_dir(folder).output().expect("it runs");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Certificates of an authority of our own, made by openssl.
pub struct Certificates(TempDir);

impl Certificates {
    /// An authority (`ca.pem`), good certificates for `localhost` (`good`), and bad ones: `expired`, `other` (a host),
    /// `alone` (signed by itself).
    pub fn make() -> Certificates {
        let made = Certificates(TempDir::new().expect("a folder"));
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        let ca = "-addext basicConstraints=critical,CA:TRUE";
        tool(
            made.0.path(),
            &format!("openssl req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2 {ca}"),
        );
        tool(
            made.0.path(),
            &format!(
                "openssl req -x509 {key} -keyout alone.key -out alone.pem -subj /CN=alone -days 2 \
             -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
            ),
        );
        for (name, days, host) in [
            ("good", "2", "DNS:localhost,IP:127.0.0.1"),
            ("expired", "-1", "DNS:localhost,IP:127.0.0.1"),
            ("other", "2", "DNS:other.example"),
        ] {
            made.write("ext", &format!("subjectAltName={host}\nbasicConstraints=CA:FALSE\n"));
            tool(
                made.0.path(),
                &format!("openssl req -new {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"),
            );
            tool(
                made.0.path(),
                &format!(
                    "openssl x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days {days} -extfile \
                     ext -out {name}.pem"
                ),
            );
        }
        made
    }

    /// A file of these.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as a text.
    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Puts a file beside them.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }
}

/// A request, as nginx saw it.
#[derive(Debug)]
pub struct Seen {
    pub connection: String,
    pub protocol: String,
    pub resumed: bool,
    pub client: String,
    /// The address that it came from, and that it came to.
    pub from: String,
    pub to: String,
    pub request: String,
}

/// A server, ended when dropped.
pub struct Nginx {
    child: Child,
    folder: TempDir,
    /// The port of each `LISTEN` in the configuration.
    pub ports: Vec<u16>,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Nginx {
    /// Starts one with these `server` blocks, in which `LISTEN` stands for an address, `SAME` for the port of the first and
    /// `DIR` for its folder.
    pub fn start(servers: &str) -> Nginx {
        let folder = TempDir::new().expect("a folder");
        let dir = folder.path().display().to_string();
        let mut ports = Vec::new();
        let mut text = servers.replace("DIR", &dir);
        while text.contains("LISTEN") {
            let port = free_port();
            text = text.replacen("LISTEN", &format!("127.0.0.1:{port}"), 1);
            ports.push(port);
        }
        if let Some(first) = ports.first() {
            text = text.replace("SAME", &first.to_string());
        }
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {dir}/{kind};\n"))
            .concat();
        let text = format!(
            "daemon off;\nmaster_process off;\npid {dir}/pid;\nerror_log {dir}/error.log;\nevents {{}}\nhttp {{\n\
             {temporary}log_format seen '$connection|$server_protocol|$ssl_session_reused|$ssl_client_s_dn|$remote_addr|$server_addr|\
             $request';\n\
             access_log {dir}/seen.log seen;\n{text}\n}}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), text).expect("a file");
        let child = Command::new("nginx")
            .args(["-c", &format!("{dir}/nginx.conf"), "-e", &format!("{dir}/error.log")])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("nginx runs");
        let nginx = Nginx { child, folder, ports };
        nginx.ports.iter().for_each(|port| listening(*port));
        nginx
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Ends it, and gives what it saw.
    pub fn end(mut self) -> Vec<Seen> {
        tool(self.folder.path(), &format!("kill -QUIT {}", self.child.id()));
        self.child.wait().expect("it ends");
        let log = std::fs::read_to_string(self.folder.path().join("seen.log")).expect("a log");
        log.lines()
            .map(|line| {
                let parts: Vec<&str> = line.split('|').collect();
                Seen {
                    connection: parts[0].to_owned(),
                    protocol: parts[1].to_owned(),
                    resumed: parts[2] == "r",
                    client: parts[3].to_owned(),
                    from: parts[4].to_owned(),
                    to: parts[5].to_owned(),
                    request: parts[6].to_owned(),
                }
            })
            .collect()
    }
}

/// Waits until somebody listens on a port.
pub fn listening(port: u16) {
    let until = now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(now() < until, "nobody listens on port {port}");
        sleep_until(now() + Duration::from_millis(5));
    }
}

/// How many connections these requests came over.
pub fn connections(seen: &[Seen]) -> usize {
    let mut all: Vec<_> = seen.iter().map(|seen| &seen.connection).collect();
    all.sort();
    all.dedup();
    all.len()
}

/// A program of openssl's, ended when dropped.
pub struct OpenSsl(Child, pub u16);

impl Drop for OpenSsl {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl OpenSsl {
    /// `openssl s_server` that answers with a page of its own.
    pub fn start(certificates: &Certificates, more: &str) -> OpenSsl {
        let port = free_port();
        let child = Command::new("openssl")
            .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-www", "-quiet"])
            .args(["-cert", "good.pem", "-key", "good.key", "-CAfile", "ca.pem"])
            .args(more.split_whitespace())
            .current_dir(certificates.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl runs");
        listening(port);
        OpenSsl(child, port)
    }
}
