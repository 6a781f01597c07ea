//! Rust.

use super::{Kit, files};

pub(super) const KIT: Kit = Kit {
    template: files!("rust/template": "README.md", "_Cargo.toml", "_gitignore", "src/lib.rs"),
    sdk: files!("rust":
        "Cargo.toml",
        "README.md",
        "src/bindings.rs",
        "src/data.rs",
        "src/failure.rs",
        "src/finding.rs",
        "src/form.rs",
        "src/goal.rs",
        "src/http.rs",
        "src/lib.rs",
        "src/kv.rs",
        "src/log.rs",
        "src/manifest.rs",
        "src/metrics.rs",
        "src/prelude.rs",
        "src/results.rs",
        "src/run.rs",
        "src/scenario.rs",
    ),
    with_wit: true,
    alone,
};

/// The manifest of a crate that inherits nothing, and bindings to the contract that lies beside it.
fn alone(path: &str, bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    match path {
        "Cargo.toml" => {
            let own = text.split("\n# As `[workspace.lints]`").next().unwrap_or_default();
            let own = own
                .replace("rust-version.workspace = true", "rust-version = \"1.95\"")
                .replace("version.workspace = true", concat!("version = \"", env!("CARGO_PKG_VERSION"), "\""))
                .replace("edition.workspace = true", "edition = \"2024\"")
                .replace("license.workspace = true", "license = \"Apache-2.0 OR MIT\"")
                .replace("publish.workspace = true", "publish = false")
                .replace("wit-bindgen.workspace = true", WIT_BINDGEN);
            own.into_bytes()
        }
        "src/bindings.rs" => text.replace("path: \"../../wit\"", "path: \"wit\"").into_bytes(),
        _ => bytes.to_vec(),
    }
}

/// As the workspace has it, and exactly this version.
const WIT_BINDGEN: &str = "wit-bindgen = { version = \"=0.61.1\", default-features = false, features = [\"macros\", \"realloc\", \"std\"] }";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_stands_alone() {
        let files = KIT.sdk();
        let text = |name: &str| {
            let (_, bytes) = files.iter().find(|(path, _)| path == name).expect(name);
            String::from_utf8(bytes.clone()).expect("a text")
        };
        let manifest = text("Cargo.toml");
        assert!(!manifest.contains("workspace"), "{manifest}");
        assert!(manifest.contains("=0.61.1") && manifest.contains("edition = \"2024\""), "{manifest}");
        assert!(text("src/bindings.rs").contains("path: \"wit\""));
        assert!(text("wit/world.wit").contains("world scenario"));
        let workspace = include_str!("../../../../Cargo.toml");
        assert!(
            workspace.contains("wit-bindgen = { version = \"0.61.1\""),
            "the pinned version is the workspace's"
        );
    }
}
