//! Where a guest broke, in the words of whoever wrote it.

use wasmtime::{FrameInfo, WasmBacktrace};

/// How functions begin that no scenario's author wrote: what languages and SDKs bring along.
const FOREIGN: [&str; 18] = [
    "std::",
    "core::",
    "alloc::",
    "rust_begin",
    "rust_panic",
    "rust_eh",
    "__",
    "dlmalloc",
    "wit_bindgen",
    "strata_guest::",
    "hashbrown::",
    "runtime.",
    "internal/",
    "builtin.",
    "debug.",
    "cabi_realloc",
    "_start",
    "_initialize",
];
/// Functions of C's library in which a guest ends.
const ENDS: [&str; 4] = ["abort", "exit", "malloc", "free"];
/// What is in the paths of their files.
const FOREIGN_FILES: [&str; 16] = [
    "/rustc/",
    "library/std/",
    "library/core/",
    "library/alloc/",
    "/.cargo/",
    "/registry/src/",
    "guest-sdk/",
    "strata-sdk/",
    "wasi-libc",
    "go/src/runtime/",
    "go/src/internal/",
    "/local/go/src/",
    "/site-packages/",
    "/lib/std/",
    "/lib/compiler_rt",
    "/bindings.rs",
];
/// What the macro of the Rust SDK makes in the author's file.
const MADE: [&str; 5] =
    ["export_describe", "export_setup", "export_iteration", "export_judge", "export_teardown"];
/// The most bytes of a name.
const MOST_NAME: usize = 300;

/// A frame of a guest's stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The function, if the component has names.
    pub function: Option<String>,
    /// Its file, if the component has debug information.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// Whether it is of the scenario itself, and not of its language or SDK.
    pub own: bool,
}

impl Frame {
    fn new(function: Option<&str>, file: Option<&str>, line: Option<u32>) -> Frame {
        let function = function.map(|name| shorten(&plain_name(name)));
        let file = file.map(shorten);
        let own = match (&function, &file) {
            (_, Some(file)) if FOREIGN_FILES.iter().any(|place| file.contains(place)) => false,
            (Some(function), _) => !is_foreign(function),
            (None, file) => file.is_some(),
        };
        Frame { function, file, line, own }
    }
}

/// Whether a function is of a language or an SDK, by its name alone.
fn is_foreign(function: &str) -> bool {
    let bare = function.trim_start_matches(['<', '&', '(']);
    // `<usize as core::ops::Add>::add`: a type without a path of its own.
    let library = bare.split_once(" as ").is_some_and(|(of, and)| {
        !of.contains("::") && ["core::", "alloc::", "std::"].iter().any(|part| and.starts_with(part))
    });
    library
        || FOREIGN.iter().any(|foreign| bare.starts_with(foreign))
        || ENDS.contains(&bare)
        || MADE.contains(&bare)
}

/// The frames of an error, the innermost first; functions that were inlined are frames of their own.
pub(super) fn frames(error: &wasmtime::Error) -> Vec<Frame> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    trace.frames().iter().flat_map(of).collect()
}

fn of(frame: &FrameInfo) -> Vec<Frame> {
    if frame.symbols().is_empty() {
        return vec![Frame::new(frame.func_name(), None, None)];
    }
    let symbols = frame.symbols().iter();
    symbols
        .map(|symbol| Frame::new(symbol.name().or(frame.func_name()), symbol.file(), symbol.line()))
        .collect()
}

/// As it stands in the source: the name of a linker is turned back.
pub(super) fn plain_name(name: &str) -> String {
    if let Ok(name) = rustc_demangle::try_demangle(name) {
        return format!("{name:#}");
    }
    let cpp = name.starts_with("_Z").then(|| cpp_demangle::Symbol::new(name).ok()).flatten();
    cpp.and_then(|symbol| symbol.demangle().ok()).unwrap_or_else(|| name.to_owned())
}

fn shorten(text: &str) -> String {
    let mut end = text.len().min(MOST_NAME);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_author_wrote_is_told_from_what_came_along() {
        for (function, file, own) in [
            (Some("shop::cart::add"), Some("src/cart.rs"), true),
            (
                Some("<shop::Shop as strata_guest::Scenario>::iteration"),
                Some("/home/me/shop/src/lib.rs"),
                true,
            ),
            (Some("shop::cart::add"), None, true),
            (Some("iteration"), Some("scenario.c"), true),
            (Some("main.iterate"), Some("/home/me/shop/main.go"), true),
            (Some("core::panicking::panic_fmt"), Some("/rustc/abc/library/core/src/panicking.rs"), false),
            (Some("core::panicking::panic_fmt"), None, false),
            (Some("<alloc::vec::Vec<T> as core::ops::Index>::index"), None, false),
            (Some("strata_guest::check"), Some("/x/guest-sdk/rust/src/lib.rs"), false),
            (Some("runtime._panic"), Some("/usr/lib/go/src/runtime/panic.go"), false),
            (Some("abort"), None, false),
            (Some("abort_order"), None, true),
            (Some("<usize as core::slice::SliceIndex<[T]>>::index"), None, false),
            (Some("<shop::Cart as core::ops::drop::Drop>::drop"), None, true),
            (Some("add"), Some("/home/me/library/cart.c"), true),
            (Some("send"), Some("strata-sdk/src/http.rs"), false),
            (Some("export_iteration"), Some("src/lib.rs"), false),
            (None, None, false),
        ] {
            assert_eq!(Frame::new(function, file, None).own, own, "{function:?} {file:?}");
        }
    }

    #[test]
    fn names_of_linkers_are_turned_back() {
        assert_eq!(
            plain_name("_ZN4core9panicking9panic_fmt17h0123456789abcdefE"),
            "core::panicking::panic_fmt"
        );
        assert_eq!(plain_name("_ZN4shop3addEi"), "shop::add(int)");
        assert_eq!(plain_name("main.iterate"), "main.iterate");
    }
}
