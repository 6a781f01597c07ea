//! C, C++ and Zig, which share one SDK.

use super::{File, Kit, files};

pub(super) const C: Kit = kit(files!("c/template-c":
    "README.md", "_gitignore", "compile_flags.txt", "scenario.c", "test.c"
));

pub(super) const CPP: Kit = kit(files!("c/template-cpp":
    "README.md", "_gitignore", "compile_flags.txt", "scenario.cpp", "test.cpp"
));

pub(super) const ZIG: Kit = kit(files!("c/template-zig": "README.md", "_gitignore", "scenario.zig"));

const fn kit(template: &'static [File]) -> Kit {
    Kit {
        template,
        sdk: files!("c":
            "README.md",
            "arena.c",
            "arena.h",
            "exports.c",
            "form.c",
            "generated/native.c",
            "generated/scenario.c",
            "generated/scenario.h",
            "lifted.h",
            "manifest.c",
            "manifest.h",
            "shared.c",
            "strata.c",
            "strata.h",
            "strata.hpp",
            "strata.zig",
            "stream.c",
        ),
        with_wit: false,
        alone: |_, bytes| bytes.to_vec(),
    }
}
