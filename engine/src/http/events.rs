//! Server-sent events, as the HTML standard has them.

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// `message`, unless it says otherwise.
    pub kind: String,
    /// Its lines, with line feeds between them.
    pub data: String,
    /// The newest identifier that was given, this event's or an earlier one's.
    pub id: String,
}

/// Reads events out of bytes that come in pieces.
#[derive(Debug, Default)]
pub struct Events {
    /// The line that has not ended.
    line: Vec<u8>,
    /// The last byte was a carriage return, which a line feed may follow.
    returned: bool,
    begun: bool,
    kind: String,
    data: String,
    id: String,
}

impl Events {
    /// Reads up to the end of an event. How many bytes that were, and the event, if one has ended.
    pub fn read(&mut self, bytes: &[u8]) -> (usize, Option<ServerEvent>) {
        for (at, byte) in bytes.iter().enumerate() {
            let follows = std::mem::take(&mut self.returned);
            match byte {
                b'\n' if follows => continue,
                b'\r' => self.returned = true,
                b'\n' => {}
                _ => {
                    self.line.push(*byte);
                    continue;
                }
            }
            if let Some(event) = self.line_ends() {
                return (at + 1, Some(event));
            }
        }
        (bytes.len(), None)
    }

    /// Bytes of the event that has not ended.
    pub fn held(&self) -> usize {
        self.line.len() + self.data.len() + self.kind.len() + self.id.len()
    }

    fn line_ends(&mut self) -> Option<ServerEvent> {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        let line = if self.begun { line.as_str() } else { line.trim_start_matches('\u{feff}') };
        self.begun = true;
        if line.is_empty() {
            return self.event();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            // A comment, `retry`, or what nobody knows.
            _ => {}
        }
        None
    }

    fn event(&mut self) -> Option<ServerEvent> {
        let (kind, mut data) = (std::mem::take(&mut self.kind), std::mem::take(&mut self.data));
        // One without data is none.
        data.pop()?;
        let kind = if kind.is_empty() { "message".to_owned() } else { kind };
        Some(ServerEvent { kind, data, id: self.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(stream: &[u8], pieces: usize) -> Vec<(String, String, String)> {
        let (mut events, mut found) = (Events::default(), Vec::new());
        for mut piece in stream.chunks(pieces) {
            while !piece.is_empty() {
                let (read, event) = events.read(piece);
                piece = &piece[read..];
                found.extend(event.map(|event| (event.kind, event.data, event.id)));
            }
        }
        found
    }

    #[test]
    fn events_are_read_as_browsers_read_them() {
        let stream = "\u{feff}data: one\n\n: a comment\ndata: two\r\ndata\rdata:  three\r\n\r\nevent: add\nid: 7\n\
                      data: x\n\nevent: nothing\n\ndata:y\nretry: 9\nfoo: bar\n\nid\ndata\n\ndata: cut off";
        let event = |kind: &str, data: &str, id: &str| (kind.to_owned(), data.to_owned(), id.to_owned());
        let expected = [
            event("message", "one", ""),
            event("message", "two\n\n three", ""),
            event("add", "x", "7"),
            event("message", "y", "7"),
            event("message", "", ""),
        ];
        for pieces in [1, 2, 3, 7, 1000] {
            assert_eq!(all(stream.as_bytes(), pieces), expected, "{pieces}");
        }
    }

    proptest! {
        #[test]
        fn where_pieces_end_makes_no_difference(stream in "(data|event|id|[:\r\n a-c\u{0}ñ])*", pieces in 1_usize..9) {
            prop_assert_eq!(all(stream.as_bytes(), pieces), all(stream.as_bytes(), 10_000));
        }
    }
}
