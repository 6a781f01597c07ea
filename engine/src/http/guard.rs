//! Which addresses a name may turn out to be.
//!
//! A scenario names hosts and the user grants them, but what a name means is decided by whoever answers for it. Without a
//! second look a run against a public target could be led to the machine that it runs on, to the network around it or to a
//! cloud's metadata service. So the addresses of a granted name are looked at before any of them is connected to, and
//! the connection goes to one of those and not to what the name means by then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::{Error, ErrorKind, Origin};

/// What an address that is not public is called; nothing for a public one.
pub fn inward(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => inward_v4(address),
        IpAddr::V6(address) => inward_v6(address),
    }
}

fn inward_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("of this host"),
        [127, ..] => Some("a loopback address"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some("a private address"),
        [169, 254, ..] => Some("a link-local address"),
        [100, 64..=127, ..] => Some("a shared address of a provider"),
        [192, 0, 0, _] => Some("a reserved address"),
        [198, 18..=19, ..] => Some("an address for benchmarks"),
        [224..=239, ..] => Some("a multicast address"),
        [240..=255, ..] => Some("a reserved address"),
        _ => None,
    }
}

fn inward_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_unspecified() {
        return Some("of this host");
    }
    if address.is_loopback() {
        return Some("a loopback address");
    }
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        inward_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // IPv4 in IPv6: mapped, compatible, translated (64:ff9b::/96 and its local /48), 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => v4(high, low),
        [0x64, 0xff9b, 1, ..] => Some("a private address"),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xfec0..=0xfeff, ..] | [0xfc00..=0xfdff, ..] => Some("a private address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        _ => None,
    }
}

/// Which names are looked at.
#[derive(Clone, Debug)]
pub struct Guard {
    target: Arc<Origin>,
    private: bool,
}

impl Guard {
    /// For a run against this target; `private` if names may mean any address.
    pub fn new(target: Arc<Origin>, private: bool) -> Guard {
        Guard { target, private }
    }

    /// Whether a host's addresses are to be looked at: not those of the host that the user named as the target, nor
    /// one that is written as an address or is this machine by its name, which the user must have meant to grant.
    pub(super) fn watches(&self, origin: &Origin) -> bool {
        let host = origin.host.trim_end_matches('.');
        let meant = origin.host == self.target.host
            || host.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost");
        !self.private && !meant
    }

    pub(super) fn target(&self) -> &Origin {
        &self.target
    }

    /// Refuses a host of which an address leads inward, if the target, at these addresses, is public. A target without an
    /// address is taken for public.
    pub(super) fn check(
        &self,
        origin: &Origin,
        addresses: &[SocketAddr],
        target: &[SocketAddr],
    ) -> Result<(), Error> {
        let outside = target.is_empty() || target.iter().any(|address| inward(address.ip()).is_none());
        let found =
            addresses.iter().find_map(|address| inward(address.ip()).map(|what| (address.ip(), what)));
        match found.filter(|_| outside) {
            None => Ok(()),
            Some((address, what)) => Err(Error::new(
                ErrorKind::HostNotAllowed,
                format!(
                    "`{}` is {address}, {what}, and the target `{}` is public (hint: `--allow-host {}`, or \
                     `--allow-private`)",
                    origin.authority,
                    self.target.authority,
                    SocketAddr::new(address, origin.port)
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(texts: &str) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        texts.split_whitespace().map(|text| (text, inward(text.parse().expect(text))))
    }

    #[test]
    fn both_ends_of_every_range_are_known_and_their_neighbours_are_public() {
        let inside = "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.0.0.1 \
            127.255.255.255 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 \
            192.0.0.255 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 224.0.0.0 239.255.255.255 240.0.0.0 \
            255.255.255.255 :: ::1 fc00:: fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80:: fe80::1 \
            febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ff00:: ff02::1 \
            ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:169.254.169.254 \
            ::ffff:0.0.0.0 ::127.0.0.1 ::10.0.0.1 ::ffff:0:192.168.0.1 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 \
            64:ff9b:1::1 2002:7f00:1::1 2002:a00:1:: 2002:c0a8:101::1 2002:a9fe:a9fe::";
        for (text, found) in each(inside) {
            assert!(found.is_some(), "{text} is public");
        }
        let outside = "1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
            169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.167.255.255 192.169.0.0 \
            198.17.255.255 198.20.0.0 223.255.255.255 8.8.8.8 fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe00:: \
            fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8::1 2606:4700::1111 ::ffff:8.8.8.8 ::8.8.8.8 \
            64:ff9b::8.8.8.8 2002:808:808::1";
        for (text, found) in each(outside) {
            assert_eq!(found, None, "{text}");
        }
    }

    fn origin(url: &str) -> Arc<Origin> {
        crate::http::Target::parse(url).expect("a URL").origin
    }

    fn at(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|text| SocketAddr::new(text.parse().expect("an address"), 80)).collect()
    }

    #[test]
    fn names_are_watched_and_what_the_user_wrote_as_an_address_is_not() {
        let guard = |private| Guard::new(origin("http://shop.example"), private);
        for (url, watched) in [
            ("http://api.example", true),
            ("http://localhost.example", true),
            ("http://2130706433", true),
            ("http://0x7f.1", true),
            ("http://shop.example:9000", false),
            ("http://127.0.0.1", false),
            ("http://[::1]:9", false),
            ("http://localhost:9", false),
            ("http://localhost.", false),
            ("http://db.localhost", false),
        ] {
            assert_eq!(guard(false).watches(&origin(url)), watched, "{url}");
            assert!(!guard(true).watches(&origin(url)), "{url}");
        }
    }

    #[test]
    fn a_name_that_leads_inward_is_refused_only_to_a_run_against_a_public_target() {
        let guard = Guard::new(origin("http://shop.example"), false);
        let api = origin("http://api.example:9000");
        let check =
            |addresses: &[&str], target: &[&str]| guard.check(&api, &at(addresses), &at(target)).err();
        assert_eq!(check(&["8.8.8.8", "2606:4700::1"], &["9.9.9.9"]), None);
        assert_eq!(check(&["10.0.0.1"], &["10.0.0.2"]), None);
        assert_eq!(check(&["127.0.0.1"], &["::1", "127.0.0.1"]), None);
        for (addresses, target) in [
            (&["127.0.0.1"][..], &["9.9.9.9"][..]),
            (&["8.8.8.8", "169.254.169.254"], &["9.9.9.9"]),
            (&["::ffff:10.0.0.1"], &["10.0.0.1", "9.9.9.9"]),
            (&["fd00::1"], &[]),
        ] {
            let error = check(addresses, target).expect("a refusal");
            assert_eq!(error.kind, ErrorKind::HostNotAllowed);
            assert!(error.message.contains(addresses.last().expect("one")), "{error}");
            assert!(error.message.contains("--allow-private"), "{error}");
        }
    }
}
