//! How requests are treated that say nothing themselves: redirects, cookies, compression.

/// Redirects that are followed unless something else is said: k6's number.
const REDIRECTS: u32 = 10;
/// The most that can be asked for.
const MOST_REDIRECTS: u32 = 100;
/// The codings that answers can be decoded from.
const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// What somebody set; what is left out is the engine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Web {
    /// How many redirects of one request are followed.
    pub redirects: Option<u32>,
    /// Whether cookies are kept and sent.
    pub cookies: Option<bool>,
    /// What `accept-encoding` says; empty for no such header.
    pub compression: Option<String>,
}

impl Web {
    /// These, and where nothing is set the others.
    #[must_use]
    pub fn or(self, others: &Web) -> Web {
        Web {
            redirects: self.redirects.or(others.redirects),
            cookies: self.cookies.or(others.cookies),
            compression: self.compression.or_else(|| others.compression.clone()),
        }
    }

    /// How many redirects of one request are followed.
    pub fn redirects(&self) -> u32 {
        self.redirects.unwrap_or(REDIRECTS)
    }

    /// Whether cookies are kept and sent.
    pub fn cookies(&self) -> bool {
        self.cookies.unwrap_or(true)
    }
}

/// Reads a number of redirects.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_redirects(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(redirects) if redirects <= MOST_REDIRECTS => Ok(redirects),
        _ => Err(format!("`{}` is not a number of redirects (hint: 0 to {MOST_REDIRECTS})", shorten(text))),
    }
}

/// Reads a list of codings, `none` or `all`, as `accept-encoding` says it.
///
/// # Errors
/// A sentence with the offending text.
pub fn parse_compression(text: &str) -> Result<String, String> {
    match text.trim() {
        "none" => return Ok(String::new()),
        "all" => return Ok(CODINGS.join(", ")),
        _ => {}
    }
    let mut accepted = Vec::new();
    for coding in text.split(',').map(str::trim) {
        if !CODINGS.contains(&coding) {
            let hint = format!("hint: a list of {}; `all`, `none`", CODINGS.join(", "));
            return Err(format!("`{}` is not a coding that can be decoded ({hint})", shorten(coding)));
        }
        if !accepted.contains(&coding) {
            accepted.push(coding);
        }
    }
    Ok(accepted.join(", "))
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_nearer_is_stronger() {
        let near = Web { cookies: Some(false), ..Web::default() };
        let far = Web { redirects: Some(0), cookies: Some(true), compression: Some("gzip".into()) };
        let both = near.or(&far);
        assert_eq!((both.redirects(), both.cookies(), both.compression.as_deref()), (0, false, Some("gzip")));
        assert_eq!((Web::default().redirects(), Web::default().cookies()), (10, true));
    }

    #[test]
    fn values_are_read_and_bounded() {
        assert_eq!((parse_redirects("0"), parse_redirects("100")), (Ok(0), Ok(100)));
        for bad in ["-1", "101", "many", ""] {
            assert!(parse_redirects(bad).expect_err(bad).contains("0 to 100"));
        }
        let read = |text| parse_compression(text).expect("codings");
        assert_eq!(read("br,gzip , br"), "br, gzip");
        assert_eq!((read("none"), read("all")), (String::new(), "gzip, br, zstd, deflate".to_owned()));
        for bad in ["", "gzip,", "lzma", "gzip;q=1"] {
            assert!(parse_compression(bad).expect_err(bad).contains("gzip, br, zstd, deflate"));
        }
    }
}
