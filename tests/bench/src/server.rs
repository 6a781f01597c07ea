//! The server that all generators of a benchmark are pointed at. It counts what reached it.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::machine::{Machine, pinned, processor_time};
use crate::tools::search;

/// How long a server may take to answer its first request.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server on a core of its own, killed when it is dropped.
pub struct Server {
    child: Child,
    port: u16,
    /// Where HTTP/2 is spoken, if it is.
    port_two: Option<u16>,
    /// What it is, for the heading of a table.
    pub name: &'static str,
    _folder: TempDir,
}

impl Server {
    /// Starts nginx, or the benchmark's own server where there is none.
    ///
    /// # Errors
    /// When it does not start, or does not count its requests one by one.
    pub fn start(machine: &Machine) -> Result<Server> {
        let folder = TempDir::new().context("no temporary folder")?;
        let (port, two) = (free_port()?, free_port()?);
        let (argv, name, port_two) = match search("nginx") {
            Some(nginx) => {
                let config = folder.path().join("nginx.conf");
                let path = folder.path().to_string_lossy();
                let text = include_str!("../scripts/nginx.conf");
                let text = text
                    .replace("PORT", &port.to_string())
                    .replace("TWO", &two.to_string())
                    .replace("FOLDER", &path)
                    .replace("BODY", &body());
                fs::write(&config, text).context("cannot write nginx.conf")?;
                let mut argv = pinned(machine.server_core, nginx);
                argv.extend(["-p".into(), folder.path().into(), "-c".into(), config.into()]);
                (argv, "nginx", Some(two))
            }
            None => {
                let mut argv = pinned(machine.server_core, std::env::current_exe()?);
                argv.extend(["serve".into(), port.to_string().into()]);
                (argv, "own server (slower than nginx, which is missing)", None)
            }
        };
        let (program, arguments) = argv.split_first().context("an empty command")?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        let mut server = Server { child, port, port_two, name, _folder: folder };
        server.wait()?;
        let (first, second) = (server.requests()?, server.requests()?);
        if second != first + 1 {
            bail!("{name} counted {} requests where there was one", second - first);
        }
        Ok(server)
    }

    /// Its URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The same where HTTP/2 is spoken, if it is.
    pub fn url_two(&self) -> Option<String> {
        self.port_two.map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// Requests so far, this one included.
    ///
    /// # Errors
    /// When it does not say.
    pub fn requests(&self) -> Result<u64> {
        self.count(2)
    }

    /// Connections so far, this one included.
    ///
    /// # Errors
    /// When it does not say.
    pub fn connections(&self) -> Result<u64> {
        self.count(0)
    }

    /// A number of its status: connections accepted, connections handled, requests.
    fn count(&self, nth: usize) -> Result<u64> {
        let text = self.get("/status").with_context(|| format!("{} does not answer", self.name))?;
        // The line below `server accepts handled requests`.
        let line = text.lines().skip_while(|line| !line.starts_with("server accepts")).nth(1);
        let found = line.and_then(|line| line.split_whitespace().nth(nth));
        found.and_then(|number| number.parse().ok()).with_context(|| format!("no count in `{text}`"))
    }

    /// Seconds of processor time so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn processor_time(&self) -> Result<f64> {
        processor_time(self.child.id())
    }

    fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while self.get("/status").is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended: {status}", self.name);
            }
            if begun.elapsed() > PATIENCE {
                bail!("{} did not answer within {} s", self.name, PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself has nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// About a kilobyte of JSON.
pub fn body() -> String {
    let items: Vec<String> =
        (0..26).map(|id| format!(r#"{{"id":{id},"name":"item number {id}"}}"#)).collect();
    format!(r#"{{"items":[{}]}}"#, items.join(","))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
