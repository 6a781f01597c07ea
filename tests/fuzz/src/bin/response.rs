//! What a server sends, read by the client over a loopback connection.
//!
//! The first byte chooses: bit 0 whether the body is kept, bit 1 whether the request is a HEAD, bit 2 whether a second
//! request is sent to what the server left open, bit 3 whether it is HTTP/2. The rest is sent as it is, in pieces at each
//! zero byte (of HTTP/2 whole), and then the connection is closed. What an answer brings is looked at as a VU does: it is
//! decoded, read as events, its cookies are kept and sent, and it is followed to where it leads.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use strata::clock::Clock;
use strata::http::{
    Alarm, Answer, Client, Events, Guard, HttpVersion, Jar, Prepared, RequestSpec, Target, Transport,
    TransportSettings, Wanted, decode,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// The most of a body that is kept.
const MOST: usize = 4096;
/// When cookies come, since 1970.
const NOW: Duration = Duration::from_secs(1_800_000_000);

async fn serve(listener: TcpListener, bytes: &[u8], whole: bool) {
    let Ok((mut stream, _)) = listener.accept().await else { return };
    for piece in bytes.split_inclusive(|byte| *byte == 0 && !whole) {
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

/// What a VU does with an answer.
fn used(target: &Target, request: &Prepared, status: u16, answer: &mut Answer) {
    let mut events = Events::default();
    let mut rest = answer.body.as_slice();
    while !rest.is_empty() {
        let (read, event) = events.read(rest);
        assert!(read > 0 || event.is_some());
        rest = &rest[read..];
    }
    assert!(events.held() <= 4 * MOST, "a character that is none becomes three bytes");
    match decode(&answer.headers, &mut answer.body, MOST) {
        Ok(_) => assert!(answer.body.len() <= MOST),
        Err(error) => assert!(answer.body.is_empty() && !error.to_string().contains('\x1b')),
    }
    let mut jar = Jar::default();
    for line in answer.headers.get_all("set-cookie") {
        // That it was not taken is as good.
        let _ = jar.store(&request.site(), &String::from_utf8_lossy(line.as_bytes()), NOW);
    }
    let kept: usize =
        jar.pairs(&request.site(), NOW).iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(kept <= 32 * 1024);
    if let Some(cookies) = jar.header(&request.site(), NOW) {
        assert!(!request.with_cookies(cookies).site().host.is_empty());
    }
    match request.led_on(target, status, &answer.headers) {
        Some(Ok(next)) => assert!(!next.site().host.is_empty()),
        Some(Err(error)) => assert!(!error.to_string().contains('\x1b'), "{error}"),
        None => {}
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
    let version = if choice & 8 == 0 { HttpVersion::One } else { HttpVersion::Two };
    let transport = Transport::new(TransportSettings { version, ..TransportSettings::default() });
    let client = Client::guarded(Guard::new(Arc::clone(&target.origin), false), Arc::new(transport));
    let clock = Clock::start();
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
        used(&target, &request, exchange.status, &mut answer);
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
        let both = async { tokio::join!(serve(listener, bytes, choice & 8 != 0), ask(target, *choice)) };
        let ended = tokio::time::timeout(Duration::from_secs(20), both).await;
        assert!(ended.is_ok(), "nobody may wait for ever");
    });
});
