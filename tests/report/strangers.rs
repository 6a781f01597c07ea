//! Texts of strangers in every form of the report.

use strata::report::{Detail, Format, render, render_against, render_comparison, write_comparison};

use super::{HOSTILE, analysis, hostile};

fn forms() -> Vec<(&'static str, String)> {
    let (before, after) = (analysis(), hostile());
    let mut page = Vec::new();
    for (one, other) in [(&before, &after), (&after, &before), (&after, &after)] {
        write_comparison(&mut page, (80, Detail::Whole), one, other).expect("a writer");
    }
    vec![
        ("Markdown", render(&after, Format::Markdown)),
        ("Markdown against an earlier run", render_against(&after, &before)),
        ("HTML", render(&after, Format::Html)),
        ("JUnit", render(&after, Format::Junit)),
        ("a comparison as Markdown", render_comparison(&after, &before)),
        ("another comparison as Markdown", render_comparison(&before, &after)),
        ("a comparison", String::from_utf8(page).expect("UTF-8")),
    ]
}

#[test]
fn nothing_moves_a_cursor_or_turns_the_writing() {
    for (form, text) in forms() {
        let odd = |c: &char| (c.is_control() && !matches!(c, '\n' | '\x1b')) || *c == '\u{202E}';
        assert_eq!(text.chars().find(odd), None, "{form}");
        // The terminal's own styles are the only escapes.
        let escapes = text.matches('\x1b').count();
        let styles = text.split('\x1b').skip(1).filter(|rest| {
            let style: String = rest.chars().take_while(|c| *c != 'm').collect();
            style.len() < 8 && style.starts_with('[')
        });
        assert_eq!(styles.count(), escapes, "{form}");
        assert!(form == "a comparison" || escapes == 0, "{form}");
        assert!(!text.contains("\x1b[31m\u{FFFD}"), "{form}");
    }
}

#[test]
fn markup_has_no_element_of_theirs() {
    for (form, text) in forms() {
        match form {
            "HTML" | "JUnit" => assert!(!text.contains("<script"), "{form}"),
            // A terminal knows no elements, and in Markdown a block of code is literal.
            "a comparison" => {}
            _ => {
                let prose: String = text.split("```").step_by(2).collect();
                let mut lines = prose.lines().filter(|line| line.contains("<script"));
                // Between backquotes it is code.
                let raw = lines.find(|line| line.split('`').step_by(2).any(|part| part.contains("<script")));
                assert_eq!(raw, None, "{form}");
            }
        }
    }
}

#[test]
fn a_block_of_code_ends_where_the_report_ends_it() {
    let mut summary = hostile();
    for layer in &mut summary.layers {
        layer.issue = Some("```\n# a heading".to_owned());
        layer.failures[0].messages = vec!["``` ```".to_owned()];
    }
    let text = render(&summary, Format::Markdown);
    let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
    let failing = summary.layers.iter().filter(|layer| layer.status != "PASSED").count();
    assert_eq!(fences, 2 * failing);
    assert!(!text.lines().any(|line| line == "# a heading"));
    assert!(HOSTILE.contains('\n'));
}
