//! What the names of hosts mean.

use std::net::{IpAddr, SocketAddr};

use super::{Error, ErrorKind, Guard, Lookup, Origin};

/// The most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 16;

/// Who is asked, and what is refused.
#[derive(Clone, Default)]
pub(super) struct Names {
    guard: Option<Guard>,
    resolver: Resolver,
    /// The number of the virtual user that they are looked up for.
    pub user: u64,
}

#[derive(Clone, Default)]
enum Resolver {
    /// The machine's own.
    #[default]
    System,
    #[cfg(test)]
    Fixed(fn(&str) -> Vec<IpAddr>),
}

impl Names {
    /// Names that are looked at before they are used.
    pub(super) fn guarded(guard: Guard, user: u64) -> Names {
        Names { guard: Some(guard), resolver: Resolver::System, user }
    }

    /// Whether that is where the target is.
    pub(super) fn is_target(&self, origin: &Origin) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.target() == origin)
    }

    /// The addresses of a host, all of which may be connected to.
    pub(super) async fn addresses(&self, origin: &Origin, lookup: &Lookup) -> Result<Vec<SocketAddr>, Error> {
        let found = self.resolve(origin, lookup).await?;
        if let Some(guard) = self.watching(origin, lookup) {
            // A target whose name means nothing at the moment is taken for public: that refuses more.
            let target = self.resolve(guard.target(), lookup).await.unwrap_or_default();
            guard.check(origin, &found, &target)?;
        }
        Ok(found)
    }

    /// Who looks at what a name means, if anybody does.
    pub(super) fn watching(&self, origin: &Origin, lookup: &Lookup) -> Option<&Guard> {
        let guard = self.guard.as_ref().filter(|guard| guard.watches(origin))?;
        let vouched = lookup.vouched && lookup.pinned(origin).is_some();
        (!vouched).then_some(guard)
    }

    /// The addresses of a host, whatever they are.
    pub(super) async fn resolve(&self, origin: &Origin, lookup: &Lookup) -> Result<Vec<SocketAddr>, Error> {
        if let Some(pinned) = lookup.pinned(origin) {
            return Ok(pinned);
        }
        if let Ok(ip) = origin.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, origin.port)]);
        }
        let failed =
            |why: String| Error::new(ErrorKind::Dns, format!("cannot resolve `{}`: {why}", origin.host));
        let addresses: Vec<SocketAddr> = match self.resolver {
            Resolver::System => {
                let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await;
                found.map_err(|error| failed(error.to_string()))?.collect()
            }
            #[cfg(test)]
            Resolver::Fixed(answers) => {
                answers(&origin.host).into_iter().map(|ip| SocketAddr::new(ip, origin.port)).collect()
            }
        };
        let any = !addresses.is_empty();
        let mut wanted = lookup.wanted(addresses);
        wanted.truncate(MOST_ADDRESSES);
        match (wanted.is_empty(), any) {
            (false, _) => Ok(wanted),
            (true, false) => Err(failed("it has no address".to_owned())),
            (true, true) => Err(failed("it has no address of the kind that `--dns` asks for".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Target;

    fn zone(name: &str) -> Vec<IpAddr> {
        let addresses: &[&str] = match name {
            "public.example" => &["198.51.100.7"],
            "inner.example" => &["10.1.2.3"],
            "evil.example" => &["198.51.100.8", "169.254.169.254"],
            "here.example" => &["127.0.0.1"],
            _ => &[],
        };
        addresses.iter().map(|address| address.parse().expect("an address")).collect()
    }

    async fn asked(lookup: &Lookup, target: &str, private: bool, url: &str) -> Result<usize, &'static str> {
        let origin = |url: &str| Target::parse(url).expect("a URL").origin;
        let names = Names {
            guard: Some(Guard::new(origin(target), private)),
            resolver: Resolver::Fixed(zone),
            user: 0,
        };
        match names.addresses(&origin(url), lookup).await {
            Ok(addresses) => Ok(addresses.len()),
            Err(error) => Err(error.kind.code()),
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_a_name_means_decides() {
        let (public, inner) = ("http://public.example", "http://inner.example");
        for (target, private, url, expected) in [
            // The target is the user's own word.
            (inner, false, inner, Ok(1)),
            ("http://here.example", false, "http://here.example", Ok(1)),
            ("http://127.0.0.1:8080", false, "http://127.0.0.1:8080", Ok(1)),
            // From a public target nothing leads inward by a name,
            (public, false, "http://evil.example", Err("host-not-allowed")),
            (public, false, "http://here.example:9000", Err("host-not-allowed")),
            (public, false, inner, Err("host-not-allowed")),
            ("http://nowhere.example", false, inner, Err("host-not-allowed")),
            ("http://203.0.113.9", false, "http://here.example", Err("host-not-allowed")),
            // but by an address or the user's word it does.
            (public, false, "http://10.1.2.3", Ok(1)),
            (public, true, "http://evil.example", Ok(2)),
            // From within, one may look around.
            (inner, false, "http://here.example", Ok(1)),
            ("http://127.0.0.1:8080", false, inner, Ok(1)),
            (inner, false, public, Ok(1)),
            (public, false, "http://nowhere.example", Err("dns")),
        ] {
            assert_eq!(
                asked(&Lookup::default(), target, private, url).await,
                expected,
                "{url} from {target}"
            );
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_the_user_says_of_a_name_holds_and_what_a_phase_says_is_looked_at() {
        let (public, inner) = ("http://public.example", "http://inner.example");
        let pinned = |host: &str| crate::http::Pinned {
            host: host.to_owned(),
            port: 80,
            addresses: vec!["127.0.0.1".parse().expect("an address"); 3],
        };
        let pinned = vec![pinned("nowhere.example"), pinned("public.example")];
        let said = |vouched| Lookup { pinned: pinned.clone(), vouched, ..Lookup::default() };
        for (vouched, target, url, expected) in [
            (true, "http://203.0.113.9", "http://nowhere.example", Ok(3)),
            (false, "http://203.0.113.9", "http://nowhere.example", Err("host-not-allowed")),
            // On another port it is looked up,
            (true, "http://203.0.113.9", "http://nowhere.example:81", Err("dns")),
            // and so is what was not set.
            (true, "http://203.0.113.9", inner, Err("host-not-allowed")),
            // The target's own address, as it was set, decides what is inward.
            (true, public, inner, Ok(1)),
        ] {
            assert_eq!(asked(&said(vouched), target, false, url).await, expected, "{url} from {target}");
        }
        let only = |family| Lookup { family, ..Lookup::default() };
        assert_eq!(asked(&only(crate::http::Family::OnlyV4), public, false, public).await, Ok(1));
        assert_eq!(asked(&only(crate::http::Family::OnlyV6), public, false, public).await, Err("dns"));
    }
}
