//! What the names of hosts mean.

use std::net::{IpAddr, SocketAddr};

use super::{Error, ErrorKind, Guard, Origin};

/// The most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 16;

/// Who is asked, and what is refused.
#[derive(Clone, Default)]
pub(super) struct Names {
    guard: Option<Guard>,
    resolver: Resolver,
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
    pub(super) fn guarded(guard: Guard) -> Names {
        Names { guard: Some(guard), resolver: Resolver::System }
    }

    /// Whether that is where the target is.
    pub(super) fn is_target(&self, origin: &Origin) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.target() == origin)
    }

    /// The addresses of a host, all of which may be connected to.
    pub(super) async fn addresses(&self, origin: &Origin) -> Result<Vec<SocketAddr>, Error> {
        let found = self.resolve(origin).await?;
        if let Some(guard) = self.guard.as_ref().filter(|guard| guard.watches(origin)) {
            // A target whose name means nothing at the moment is taken for public: that refuses more.
            let target = self.resolve(guard.target()).await.unwrap_or_default();
            guard.check(origin, &found, &target)?;
        }
        Ok(found)
    }

    async fn resolve(&self, origin: &Origin) -> Result<Vec<SocketAddr>, Error> {
        if let Ok(ip) = origin.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, origin.port)]);
        }
        let failed =
            |why: String| Error::new(ErrorKind::Dns, format!("cannot resolve `{}`: {why}", origin.host));
        let addresses: Vec<SocketAddr> = match self.resolver {
            Resolver::System => {
                let found = tokio::net::lookup_host((origin.host.as_str(), origin.port)).await;
                found.map_err(|error| failed(error.to_string()))?.take(MOST_ADDRESSES).collect()
            }
            #[cfg(test)]
            Resolver::Fixed(answers) => {
                answers(&origin.host).into_iter().map(|ip| SocketAddr::new(ip, origin.port)).collect()
            }
        };
        if addresses.is_empty() { Err(failed("it has no address".to_owned())) } else { Ok(addresses) }
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

    async fn asked(target: &str, private: bool, url: &str) -> Result<usize, &'static str> {
        let origin = |url: &str| Target::parse(url).expect("a URL").origin;
        let names =
            Names { guard: Some(Guard::new(origin(target), private)), resolver: Resolver::Fixed(zone) };
        match names.addresses(&origin(url)).await {
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
            assert_eq!(asked(target, private, url).await, expected, "{url} from {target}");
        }
    }
}
