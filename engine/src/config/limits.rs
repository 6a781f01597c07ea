//! What a phase file says of limits.

use toml::de::DeTable;

use super::document::Document;
use crate::plan::Limits;

/// The table `[limits]`.
pub(super) fn limits(document: &mut Document<'_>, whole: &DeTable<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(value) = whole.get("limits") else { return limits };
    let Some(table) = value.get_ref().as_table() else {
        document.wrong(value, "limits", "a table");
        return limits;
    };
    document.only(table, "[limits]", &Limits::NAMES);
    for (key, value) in table.iter().filter(|(key, _)| Limits::NAMES.contains(&key.get_ref().as_ref())) {
        let key = key.get_ref();
        let whole = value.get_ref().as_integer().filter(|whole| whole.radix() == 10);
        let Some(text) = value.get_ref().as_str().or(whole.map(|whole| whole.as_str())) else {
            document.wrong(value, key, "a text or a whole number");
            continue;
        };
        if let Err(why) = limits.set(key, text) {
            document.fault(value.span(), why);
        }
    }
    limits
}
