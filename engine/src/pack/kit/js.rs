//! JavaScript and TypeScript: two templates, one SDK.

use super::{File, Kit, files};

pub(super) const JAVASCRIPT: Kit = Kit {
    template: files!("js/template-js":
        "README.md",
        "_gitignore",
        "jsconfig.json",
        "package-lock.json",
        "package.json",
        "src/scenario.js",
        "test/scenario.test.js",
    ),
    sdk: SDK,
    with_wit: false,
    alone,
};

pub(super) const TYPESCRIPT: Kit = Kit {
    template: files!("js/template-ts":
        "README.md",
        "_gitignore",
        "package-lock.json",
        "package.json",
        "src/scenario.ts",
        "test/scenario.test.js",
        "tsconfig.json",
    ),
    ..JAVASCRIPT
};

const SDK: &[File] = files!("js":
    "README.md",
    "globals.d.ts",
    "http.d.ts",
    "index.d.ts",
    "package.json",
    "sharing.d.ts",
    "src/answer.js",
    "src/bytes.js",
    "src/component.js",
    "src/data.js",
    "src/duration.js",
    "src/engine/globals.js",
    "src/engine/imports.js",
    "src/engine/names.js",
    "src/engine/none.js",
    "src/engine/quickjs.js",
    "src/engine/starlingmonkey.js",
    "src/failure.js",
    "src/form.js",
    "src/http.js",
    "src/incoming.js",
    "src/index.js",
    "src/known.js",
    "src/manifest.js",
    "src/metrics.js",
    "src/request.js",
    "src/results.js",
    "src/run.js",
    "src/scenario.js",
    "src/shown.js",
    "src/space.js",
    "src/stage.js",
    "src/text.js",
);

/// The package without what only its own development needs, which stands at its end.
fn alone(path: &str, bytes: &[u8]) -> Vec<u8> {
    if path != "package.json" {
        return bytes.to_vec();
    }
    let text = String::from_utf8_lossy(bytes);
    let own = text.split(",\n  \"scripts\"").next().unwrap_or_default();
    format!("{own}\n}}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_copy_is_a_package_that_installs_nothing() {
        let files = JAVASCRIPT.sdk();
        let (_, bytes) = files.iter().find(|(path, _)| path == "package.json").expect("a package");
        let package: Value = serde_json::from_slice(bytes).expect("JSON");
        let keys: Vec<&String> = package.as_object().expect("an object").keys().collect();
        for key in ["scripts", "devDependencies", "overrides", "dependencies"] {
            assert!(!keys.contains(&&key.to_owned()), "{keys:?}");
        }
        assert!(package.pointer("/imports/#engine/quickjs").is_some(), "{package}");
    }

    #[test]
    fn a_lock_names_no_registry() {
        for kit in [&JAVASCRIPT, &TYPESCRIPT] {
            let lock = kit.template.iter().find(|file| file.path == "package-lock.json").expect("a lock");
            assert!(!String::from_utf8_lossy(lock.bytes).contains("http://"));
            let lock: Value = serde_json::from_slice(lock.bytes).expect("JSON");
            let packages = lock.get("packages").and_then(Value::as_object).expect("packages");
            let from: Vec<_> = packages.values().filter_map(|package| package.get("resolved")).collect();
            assert_eq!(from, ["strata-sdk"]);
        }
    }
}
