//! Where a run takes commands: its socket, a port with a token, and the keyboard.

use std::net::SocketAddr;
use std::path::Path;

use super::{Stop, console};
use crate::conduct::{Commands, Control, control};
use crate::control::{Listening, SOCKET, Server};

/// What takes commands while the run goes on.
pub(super) struct Commanded {
    /// The way to the run.
    pub control: Control,
    _server: Option<Server>,
}

/// A place that the user asked for.
pub(super) fn place(asked: &str) -> Result<Listening, Stop> {
    let place = match asked.parse::<SocketAddr>() {
        Ok(address) => Listening::port(address),
        Err(_) if asked.contains('/') => Listening::unix(Path::new(asked)),
        Err(_) => Err(format!(
            "`{asked}` is neither an address nor the path of a socket (hint: `127.0.0.1:6565`, `./strata.sock`)"
        )),
    };
    place.map_err(|why| Stop::bad_input([format!("--control: {why}")]))
}

/// Opens the run to commands: on the socket in its folder, without which it runs too, and at another place.
pub(super) fn open(folder: &Path, place: Option<Listening>) -> (Commanded, Commands) {
    let (control, commands) = control("api");
    let mut places = Vec::new();
    match Listening::unix(&folder.join(SOCKET)) {
        Ok(place) => places.push(place),
        Err(why) => console::say(&format!("warning: {why}; the run takes no commands there")),
    }
    if let Some((address, token)) = place.as_ref().and_then(Listening::told) {
        console::say(&format!("commands are taken at {address} with the token {token}"));
    }
    places.extend(place);
    let server = Server::start(places, control.clone())
        .map_err(|error| console::say(&format!("warning: the run takes no commands: {error}")))
        .ok();
    (Commanded { control, _server: server }, commands)
}
