//! Values that are told to scenarios and to nobody else.

use std::borrow::Cow;
use std::fmt;

/// The fewest bytes of a secret: a shorter one would blot out half of every text.
pub const SHORTEST_SECRET: usize = 4;
/// What stands in place of one.
const MASK: &str = "***";

/// The secrets of a run, and the forms in which they must not go out.
#[derive(Clone, Default)]
pub struct Secrets {
    named: Vec<(String, String)>,
    /// Each value as it is, in JSON and in URLs, the longest first.
    forms: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.named.iter().map(|(name, _)| name)).finish()
    }
}

impl Secrets {
    /// Whether a value can be kept secret.
    ///
    /// # Errors
    /// A sentence about one that is too short.
    pub fn check(value: &str) -> Result<(), String> {
        match value.len() {
            0..SHORTEST_SECRET => {
                let bytes = value.len();
                Err(format!("has {bytes} bytes, and fewer than {SHORTEST_SECRET} cannot be kept secret"))
            }
            _ => Ok(()),
        }
    }

    /// Secrets by their names; values that do not pass the [check](Secrets::check) are told and not masked.
    pub fn new(named: Vec<(String, String)>) -> Secrets {
        let mut forms = Vec::new();
        for (_, value) in &named {
            let json = serde_json::Value::from(value.as_str()).to_string();
            let json = json.trim_start_matches('"').trim_end_matches('"').to_owned();
            for form in [value.clone(), json, in_url(value, false), in_url(value, true)] {
                if form.len() >= SHORTEST_SECRET && !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        // What is a part of another one must not spoil it.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Secrets { named, forms }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The value of a secret.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The bytes of the longest form.
    pub fn longest(&self) -> usize {
        self.forms.first().map_or(0, String::len)
    }

    /// A text with `***` in place of each secret, also where that is a part of a longer word.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for form in &self.forms {
            if masked.contains(form.as_str()) {
                masked = Cow::Owned(masked.replace(form.as_str(), MASK));
            }
        }
        masked
    }

    /// The same for bytes; what is no text stays as it is.
    pub fn mask_bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        let mut masked = Cow::Borrowed(bytes);
        for form in &self.forms {
            let form = form.as_bytes();
            let mut out: Option<Vec<u8>> = None;
            let (mut at, mut copied) = (0, 0);
            while let Some(rest) = masked.get(at..).filter(|rest| rest.len() >= form.len()) {
                if rest.starts_with(form) {
                    let out = out.get_or_insert_default();
                    out.extend_from_slice(masked.get(copied..at).unwrap_or_default());
                    out.extend_from_slice(MASK.as_bytes());
                    at += form.len();
                    copied = at;
                } else {
                    at += 1;
                }
            }
            if let Some(mut out) = out {
                out.extend_from_slice(masked.get(copied..).unwrap_or_default());
                masked = Cow::Owned(out);
            }
        }
        masked
    }
}

/// As it stands in a URL, or in a form, where a space is `+`.
fn in_url(value: &str, form: bool) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b' ' if form => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(values: &[&str]) -> Secrets {
        let named = values.iter().enumerate().map(|(index, value)| (index.to_string(), (*value).to_owned()));
        Secrets::new(named.collect())
    }

    #[test]
    fn a_secret_is_masked_wherever_and_in_whatever_form_it_stands() {
        let secrets = secrets(&["p\"ss w/rd", "hunter2", "hunter22"]);
        for (text, masked) in [
            ("nothing", "nothing"),
            ("hunter2", "***"),
            ("xhunter22y", "x***y"),
            ("hunter2hunter2!", "******!"),
            ("{\"a\":\"p\\\"ss w/rd\"}", "{\"a\":\"***\"}"),
            ("?q=p%22ss%20w%2Frd&b", "?q=***&b"),
            ("q=p%22ss+w%2Frd", "q=***"),
            ("p\"ss w/rd", "***"),
            ("hunter", "hunter"),
        ] {
            assert_eq!(secrets.mask(text), masked);
            assert_eq!(secrets.mask_bytes(text.as_bytes()), masked.as_bytes());
        }
        assert!(matches!(secrets.mask("untouched"), Cow::Borrowed(_)));
        assert_eq!(secrets.mask_bytes(b"\xFFhunter2\xFE").as_ref(), b"\xFF***\xFE");
        assert_eq!(format!("{secrets:?}"), r#"["0", "1", "2"]"#);
    }

    #[test]
    fn a_secret_that_is_too_short_is_refused() {
        let fault = Secrets::check("123").expect_err("too short");
        assert_eq!(
            (fault.as_str(), Secrets::check("1234")),
            ("has 3 bytes, and fewer than 4 cannot be kept secret", Ok(()))
        );
        assert!(Secrets::default().is_empty() && Secrets::default().longest() == 0);
    }
}
