//! Where clients find a run: a unix socket that only its user may use, or a port of this machine with a token.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};

/// The longest path that a socket's address has room for, on every system.
const MOST_OF_PATH: usize = 100;
/// Bytes of a token.
const TOKEN: usize = 24;

/// A place that clients can connect to.
#[derive(Debug)]
pub struct Listening {
    pub(super) on: On,
    /// What a client must know, where others than the user could connect.
    pub(super) token: Option<String>,
}

#[derive(Debug)]
pub(super) enum On {
    Unix(UnixListener, Socket),
    Port(std::net::TcpListener),
}

/// The file of a socket; gone when this is, unless another run has taken its place.
#[derive(Debug)]
pub(super) struct Socket {
    path: PathBuf,
    number: u64,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if std::fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.number) {
            // A file that is gone by now is what was wanted.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Listening {
    /// A unix socket of mode 0600. One that a dead run has left is taken over; one of a run that lives is not.
    ///
    /// # Errors
    /// Why it cannot be: a sentence with the path.
    pub fn unix(path: &Path) -> Result<Listening, String> {
        let shown = path.display();
        match connect(path) {
            Ok(_) => {
                let hint = "(hint: name another socket, or end that run: `strata ctl --socket PATH stop`)";
                return Err(format!("{shown}: another run listens there {hint}"));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                let found = std::fs::symlink_metadata(path);
                if !found.is_ok_and(|found| found.file_type().is_socket()) {
                    return Err(format!("{shown}: is there already and is no socket"));
                }
            }
            Err(error) => return Err(format!("{shown}: {error}")),
        }
        bind(path).map_err(|error| format!("{shown}: no socket can be made there: {error}"))
    }

    /// A port of a loopback address, with a token that nobody can guess.
    ///
    /// # Errors
    /// Why it cannot be: a sentence with the address.
    pub fn port(address: SocketAddr) -> Result<Listening, String> {
        if !address.ip().is_loopback() {
            let hint = format!("(hint: 127.0.0.1:{}, and a tunnel from elsewhere)", address.port());
            return Err(format!("{address}: commands are taken only from this machine {hint}"));
        }
        let listener = std::net::TcpListener::bind(address)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|error| format!("{address}: cannot be listened at: {error}"))?;
        let mut bytes = [0; TOKEN];
        SystemRandom::new().fill(&mut bytes).map_err(|_| "this machine gives no random bytes".to_owned())?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Listening { on: On::Port(listener), token: Some(token) })
    }

    /// The address of a port and what a client must know, to be told to the user.
    pub fn told(&self) -> Option<(String, &str)> {
        match &self.on {
            On::Port(listener) => {
                let address = listener.local_addr().ok()?;
                Some((format!("http://{address}"), self.token.as_deref()?))
            }
            On::Unix(..) => None,
        }
    }
}

/// Made in a folder that only the user may enter, and moved to its place when it has its mode.
fn bind(path: &Path) -> io::Result<Listening> {
    let folder = parent(path);
    let making = tempfile::Builder::new().prefix(".control-").tempdir_in(folder)?;
    let made = making.path().join("s");
    let listener = within(&made, |path| UnixListener::bind(path))?;
    listener.set_nonblocking(true)?;
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(0o600))?;
    let number = std::fs::symlink_metadata(&made)?.ino();
    std::fs::rename(&made, path)?;
    let socket = Socket { path: path.to_owned(), number };
    Ok(Listening { on: On::Unix(listener, socket), token: None })
}

/// Connects to a socket, however long its path is.
pub(super) fn connect(path: &Path) -> io::Result<UnixStream> {
    within(path, |path| UnixStream::connect(path))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Does something with a socket's path. One that does not fit into an address is reached by its open folder.
fn within<T>(path: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() <= MOST_OF_PATH {
        return act(path);
    }
    let folder = File::open(parent(path))?;
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    if !cfg!(target_os = "linux") || name.len() > MOST_OF_PATH / 2 {
        let why = format!(
            "its path is longer than {MOST_OF_PATH} bytes (hint: `--control PATH` with a shorter one)"
        );
        return Err(io::Error::new(ErrorKind::InvalidInput, why));
    }
    act(&Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_the_users_alone_and_goes_with_its_run() {
        let folder = tempfile::TempDir::new().expect("a folder");
        // Longer than a socket's address.
        let deep = folder.path().join("x".repeat(90)).join("y".repeat(90));
        std::fs::create_dir_all(&deep).expect("a folder");
        for folder in [folder.path(), deep.as_path()] {
            let path = folder.join("s.sock");
            let listening = Listening::unix(&path).expect("a socket");
            let mode = std::fs::symlink_metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert_eq!(
                std::fs::read_dir(folder)
                    .expect("a folder")
                    .filter(|entry| {
                        entry
                            .as_ref()
                            .is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".control"))
                    })
                    .count(),
                0
            );
            let error = Listening::unix(&path).expect_err("two runs");
            assert!(error.contains("another run listens there"), "{error}");
            drop(listening);
            assert!(!path.exists());
        }
    }

    #[test]
    fn what_a_dead_run_left_is_taken_over_and_nothing_else_is() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("s.sock");
        drop(UnixListener::bind(&path).expect("a socket"));
        assert!(path.exists(), "a listener that dies leaves its file");
        let listening = Listening::unix(&path).expect("a socket");
        // Whoever takes its place by force keeps it.
        std::fs::remove_file(&path).expect("a file");
        let other = Listening::unix(&path).expect("a socket");
        drop(listening);
        assert!(connect(&path).is_ok());
        drop(other);
        std::fs::write(&path, "mine").expect("a file");
        let error = Listening::unix(&path).expect_err("a file");
        assert!(error.contains("is no socket"), "{error}");
        assert_eq!(std::fs::read(&path).expect("a file"), b"mine");
        let error = Listening::unix(&folder.path().join("none/s.sock")).expect_err("no folder");
        assert!(error.contains("no socket can be made there"), "{error}");
    }

    #[test]
    fn ports_are_of_this_machine_and_tokens_are_new() {
        let any = "127.0.0.1:0".parse().expect("an address");
        let (one, two) = (Listening::port(any).expect("a port"), Listening::port(any).expect("a port"));
        let ((at, token), (_, other)) = (one.told().expect("told"), two.told().expect("told"));
        assert!(at.starts_with("http://127.0.0.1:") && token.len() == 48 && token != other, "{at} {token}");
        let error = Listening::port("0.0.0.0:6565".parse().expect("an address")).expect_err("everybody");
        assert!(error.contains("only from this machine"), "{error}");
    }
}
