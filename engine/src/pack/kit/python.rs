//! Python.

use super::{Kit, files};

pub(super) const KIT: Kit = Kit {
    template: files!("python/template":
        "README.md",
        "_gitignore",
        "pyproject.toml",
        "requirements.txt",
        "scenario.py",
        "test_scenario.py",
    ),
    sdk: files!("python":
        "README.md",
        "strata/__init__.py",
        "strata/_entry.py",
        "strata/_errors.py",
        "strata/_host.py",
        "strata/_values.py",
        "strata/_words.py",
        "strata/answer.py",
        "strata/data.py",
        "strata/finding.py",
        "strata/form.py",
        "strata/goal.py",
        "strata/http.py",
        "strata/kv.py",
        "strata/log.py",
        "strata/manifest.py",
        "strata/metrics.py",
        "strata/py.typed",
        "strata/request.py",
        "strata/results.py",
        "strata/run.py",
        "strata/scenario.py",
        "strata/stage.py",
    ),
    // componentize-py gets the contract from this program.
    with_wit: false,
    alone: |_, bytes| bytes.to_vec(),
};
