//! Words of strangers in the sentences that are said about them.

use std::path::Path;

/// The most characters of a word that are shown, and of the path of a file.
const MOST: usize = 200;
const MOST_OF_PATH: usize = 500;

/// A text as it may stand in a sentence, on one line: what a terminal would act on, or what turns the direction of
/// writing, is written as `\u{1b}`; a long text loses its end.
pub fn shown(text: &str) -> String {
    bounded(text, MOST)
}

/// The same of the path of a file.
pub fn shown_path(path: &Path) -> String {
    bounded(&path.to_string_lossy(), MOST_OF_PATH)
}

fn bounded(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    for (at, c) in text.chars().enumerate() {
        if at == most {
            out.push('…');
            break;
        }
        visible(c, &mut out);
    }
    out
}

/// The same for a whole sentence, which stays as long as it is.
pub fn shown_whole(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| visible(c, &mut out));
    out
}

fn visible(c: char, out: &mut String) {
    if is_harmful(c) { out.extend(c.escape_debug()) } else { out.push(c) }
}

/// Whether a terminal would act on it, it turns the direction of writing, ends a line, or is no character at all.
pub fn is_harmful(c: char) -> bool {
    let turns =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    // The last two are no characters, and XML has no way to write them.
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_spelt_out() {
        assert_eq!(shown("a\x1b[2Jb\r\n\u{202E}c\u{9b}"), "a\\u{1b}[2Jb\\r\\n\\u{202e}c\\u{9b}");
        assert_eq!(shown("ñ \"✓\" 漢 'e\u{301}'"), "ñ \"✓\" 漢 'e\u{301}'");
    }

    #[test]
    fn long_words_lose_their_end() {
        let long = "ñ".repeat(300);
        assert_eq!(shown(&long), "ñ".repeat(200) + "…");
        assert_eq!(shown(&long[..400]), long[..400]);
        assert_eq!(shown_whole(&long), long);
        assert_eq!(shown_path(Path::new(&long)), long);
        assert_eq!(shown_path(Path::new(&"x".repeat(9000))), "x".repeat(500) + "…");
    }
}
