//! What a server sends, read by the client over a loopback connection.
//!
//! The first byte chooses: bit 0 whether the body is kept, bit 1 whether the request is a HEAD, bit 2 whether a second
//! request is sent to what the server left open. The rest is sent as it is, in pieces at each zero byte, and then the
//! connection is closed.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use strata::clock::Clock;
use strata::http::{Alarm, Answer, Client, Prepared, RequestSpec, Target, Wanted};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// The most of a body that is kept.
const MOST: usize = 4096;

async fn serve(listener: TcpListener, bytes: &[u8]) {
    let Ok((mut stream, _)) = listener.accept().await else { return };
    for piece in bytes.split_inclusive(|byte| *byte == 0) {
        // The client may have had enough.
        if stream.write_all(piece).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    let _ = stream.shutdown().await;
    // What the client still sends is read, or its last packets would reset the connection.
    let mut rest = [0; 1024];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut rest) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

async fn ask(target: Target, choice: u8) {
    let spec = RequestSpec {
        method: if choice & 2 == 0 { "GET" } else { "HEAD" }.to_owned(),
        url: "/".to_owned(),
        keep_body: choice & 1 == 0,
        ..RequestSpec::default()
    };
    let request = Prepared::new(&target, spec).expect("a request");
    let (clock, client) = (Clock::start(), Client::default());
    let (mut alarm, mut answer) = (Alarm::default(), Answer::default());
    for _ in 0..if choice & 4 == 0 { 1 } else { 2 } {
        let asked = clock.now();
        let wanted = Wanted { request: &request, asked, new: false };
        let Ok(mut acquired) = client.acquire(wanted, clock, &mut alarm).await else { return };
        let outcome =
            acquired.exchange_in_time(&request, clock, asked, MOST, (&mut answer, &mut alarm)).await;
        let exchange = outcome.expect("a server that closes lets nobody wait");
        assert!(answer.body.len() <= MOST);
        assert!(exchange.sent >= exchange.begun && exchange.done >= exchange.first_byte);
        assert!(exchange.error.is_some() || (100..1000).contains(&exchange.status));
        if let Some(error) = &exchange.error {
            assert!(!error.to_string().contains('\x1b'), "{error}");
        }
        if exchange.error.is_some() {
            return;
        }
        client.release(acquired, exchange.done);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    strata_fuzz::wait(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let target = Target::parse(&format!("http://{address}")).expect("a URL");
        // The server ends when the client has dropped its connections.
        let both = async { tokio::join!(serve(listener, bytes), ask(target, *choice)) };
        let ended = tokio::time::timeout(Duration::from_secs(20), both).await;
        assert!(ended.is_ok(), "nobody may wait for ever");
    });
});
