//! Texts of strangers, made harmless.

use crate::plan::is_harmful;

/// For a terminal or one line of a file: no control characters, nothing that turns the direction of writing.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { '\u{FFFD}' } else { c }).collect()
}

/// For Markdown: [`line`], and what has a meaning there is taken literally.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = line(text);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            // Anything else is no character reference: `API & Services` stays readable as a text.
            '&' if rest.clone().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '#') => {
                out.push_str("&amp;");
            }
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// For Markdown, as code that also stands in a table.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", line(text).replace('`', "'").replace('|', "\\|"))
}

/// For HTML and XML, between tags and in quoted attributes.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_turned_writing_do_not_get_through() {
        assert_eq!(line("a\x1b[2Jb\r\n\u{202E}c\u{9b}"), "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}\u{FFFD}c\u{FFFD}");
        assert_eq!(line("ñ ✓ 漢"), "ñ ✓ 漢");
    }

    #[test]
    fn markdown_is_taken_literally() {
        assert_eq!(
            markdown("<b>[x](y) *z* `q` a_b | c\n# d"),
            "&lt;b>\\[x\\](y) \\*z\\* \\`q\\` a\\_b \\| c\u{FFFD}\\# d"
        );
        assert_eq!(code("a`b|c\n"), "`a'b\\|c\u{FFFD}`");
        assert_eq!(markdown("API & Services &lt; &#60; &"), "API & Services &amp;lt; &amp;\\#60; &");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(
            markup("<script>\"a\" & 'b'</script>\x1b\u{202E}\u{FFFF}"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;\u{FFFD}\u{FFFD}\u{FFFD}"
        );
    }
}
