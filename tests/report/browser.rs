//! `report.html` in a browser.

use strata::report::{Format, render};
use strata_support::{chromium, repository, screenshot};

use super::{analysis, course, file, hostile};

fn page() -> String {
    let mut summary = analysis();
    summary.timeline = summary.layers.iter().map(|layer| course(&layer.scenario)).collect();
    render(&summary, Format::Html)
}

#[test]
fn verdicts_and_plots_are_there_without_script_or_network() {
    let (_folder, path) = file("report.html", &page());
    let Some(shown) = chromium(&path) else { return };
    for text in [
        "45.45",
        "5 FAILED",
        "1 WARNING",
        "5 PASSED",
        "85.54ms response time",
        "/api/friends/suggestions",
        "✗ fail",
        "Race conditions in automation logic",
        "Excellent recovery capabilities",
        "<title id=\"times-0-t\">Request duration</title>",
        "<path class=\"line p99\"",
    ] {
        assert!(shown.dom.contains(text), "the page lacks `{text}`");
    }
    assert_eq!(shown.console, [""; 0], "the console is silent");
    assert_eq!(shown.requests, [""; 0], "nothing is asked for");
}

/// Issue 4: somebody has looked at these; they are in `target/screenshots` after each run.
#[test]
fn issue_4_the_page_is_seen_on_a_phone_and_on_a_desk_in_light_and_dark() {
    let (_folder, path) = file("report.html", &page());
    let folder = repository().join("target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut seen = Vec::new();
    for (width, height) in [(390, 844), (1200, 900)] {
        for (dark, name) in [(false, "light"), (true, "dark")] {
            let to = folder.join(format!("report-{width}-{name}.png"));
            if !screenshot(&path, (width, height), dark, &to) {
                return;
            }
            let png = std::fs::read(&to).expect("a screenshot");
            assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{} is no PNG", to.display());
            let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
            assert_eq!((number(16), number(20)), (width, height), "{}", to.display());
            // A page of one colour would be a few kB.
            assert!(png.len() > 10_000, "{} has {} bytes", to.display(), png.len());
            seen.push(png);
        }
    }
    assert!(seen[0] != seen[1] && seen[2] != seen[3], "light and dark look the same");
}

/// The checks above can fail, and the page's own policy is what keeps others from it.
#[test]
fn the_policy_keeps_out_what_would_be_loaded_or_run() {
    let evil = "<script>document.body.innerHTML = 'ran'</script><img src=\"http://evil.example/x.png\" \
                onerror=\"document.body.innerHTML = 'ran'\">";
    let with = page().replace("</body>", &format!("{evil}</body>"));
    let (_folder, path) = file("report.html", &with);
    let Some(shown) = chromium(&path) else { return };
    assert!(shown.dom.contains("45.45") && !shown.dom.contains("<body>ran"));
    assert!(shown.console.iter().any(|line| line.contains("Content Security Policy")), "{:?}", shown.console);
    assert_eq!(shown.requests, [""; 0]);

    let (_folder, path) = file("open.html", &format!("<!doctype html><body>{evil}</body>"));
    let Some(shown) = chromium(&path) else { return };
    assert!(shown.dom.contains("<body>ran"), "{}", shown.dom);
    assert_eq!(shown.requests, ["http://evil.example/x.png"]);
}

#[test]
fn texts_of_strangers_stay_texts() {
    let (_folder, path) = file("report.html", &render(&hostile(), Format::Html));
    let Some(shown) = chromium(&path) else { return };
    assert_eq!(shown.console, [""; 0]);
    assert_eq!(shown.requests, [""; 0]);
    assert!(!shown.dom.contains("<script"), "an element was made of a text");
    assert!(shown.dom.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}
