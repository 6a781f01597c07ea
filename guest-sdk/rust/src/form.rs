//! Bodies of forms.

use crate::http::Request;

/// What stands between the parts of a form; a number follows.
const BOUNDARY: &str = "----strata-form-";

/// The parts of a `multipart/form-data` body, for [`Request::multipart`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart {
    /// The head and the content of each.
    parts: Vec<(String, Vec<u8>)>,
}

impl Multipart {
    /// No part yet.
    pub fn new() -> Multipart {
        Multipart::default()
    }

    /// Adds a field.
    pub fn text(mut self, name: &str, value: impl Into<String>) -> Multipart {
        let head = format!("content-disposition: form-data; name=\"{}\"", escape(name));
        self.parts.push((head, value.into().into_bytes()));
        self
    }

    /// Adds a file.
    pub fn file(
        mut self,
        name: &str,
        file_name: &str,
        content_type: &str,
        content: impl Into<Vec<u8>>,
    ) -> Multipart {
        let (name, file_name, content_type) = (escape(name), escape(file_name), escape(content_type));
        let head = format!(
            "content-disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\ncontent-type: {content_type}"
        );
        self.parts.push((head, content.into()));
        self
    }

    /// The value of `content-type` and the body. The boundary is one that no part has in it.
    fn encode(self) -> (String, Vec<u8>) {
        let mut boundary = BOUNDARY.to_owned();
        let mut number = 0_u32;
        while self.parts.iter().any(|(_, content)| contains(content, boundary.as_bytes())) {
            number += 1;
            boundary = format!("{BOUNDARY}{number}-");
        }
        let mut body = Vec::new();
        for (head, content) in &self.parts {
            body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }
}

impl Request {
    /// The fields of a form, `application/x-www-form-urlencoded`.
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Request {
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            encode(&mut body, name);
            body.push('=');
            encode(&mut body, value);
        }
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// The parts of a form, `multipart/form-data`: fields and files.
    pub fn multipart(self, parts: Multipart) -> Request {
        let (content_type, body) = parts.encode();
        self.header("content-type", content_type).body(body)
    }
}

/// As the URL standard writes forms: letters, digits and `*-._` stand for themselves, a space is a plus.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// As browsers write names of fields and files.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn contains(content: &[u8], what: &[u8]) -> bool {
    content.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_browsers_write_them() {
        let request = Request::post("/login").form([("user", "me & you"), ("ñ=", "1+1~*-._")]);
        let plain = Request::post("/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("user=me+%26+you&%C3%B1%3D=1%2B1%7E*-._");
        assert_eq!(request, plain);
    }

    #[test]
    fn parts_are_told_apart_by_what_none_of_them_has() {
        let parts =
            Multipart::new().text("a\"b", "1").file("f", "x\r\ny.txt", "text/plain", format!("{BOUNDARY}2-"));
        let (content_type, body) = parts.encode();
        assert_eq!(content_type, "multipart/form-data; boundary=----strata-form-1-");
        assert_eq!(
            String::from_utf8_lossy(&body),
            "------strata-form-1-\r\ncontent-disposition: form-data; name=\"a%22b\"\r\n\r\n1\r\n\
             ------strata-form-1-\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x%0D%0Ay.txt\"\r\n\
             content-type: text/plain\r\n\r\n----strata-form-2-\r\n------strata-form-1---\r\n"
        );
    }
}
