//! The contract, as it was when this program was built.

/// The files of `wit/` by their names.
pub(super) const FILES: [(&str, &str); 9] = [
    ("data.wit", include_str!("../../../wit/data.wit")),
    ("http.wit", include_str!("../../../wit/http.wit")),
    ("kv.wit", include_str!("../../../wit/kv.wit")),
    ("log.wit", include_str!("../../../wit/log.wit")),
    ("metrics.wit", include_str!("../../../wit/metrics.wit")),
    ("results.wit", include_str!("../../../wit/results.wit")),
    ("run.wit", include_str!("../../../wit/run.wit")),
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("world.wit", include_str!("../../../wit/world.wit")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn no_file_of_the_contract_is_left_out() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".wit"))
            .collect();
        names.sort();
        assert_eq!(names, super::FILES.map(|(name, _)| name));
    }
}
