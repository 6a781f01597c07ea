//! What wit-bindgen makes of `wit/`: records, imports and the glue of the exports.
//!
//! Public only for [`export!`](crate::export); everything that authors use is re-exported under better names.
//! Imports compile on other targets too, where calling one panics.

wit_bindgen::generate!({
    path: "../../wit",
    world: "scenario",
    ownership: Borrowing { duplicate_if_necessary: false },
    with: {
        "strata:scenario/types@0.1.0/error": crate::failure::Error,
        "strata:scenario/types@0.1.0/failure": crate::failure::Failure,
    },
    additional_derives: [PartialEq],
    additional_type_attributes: {
        "strata:scenario/http@0.1.0/overrides": [#[derive(Default)]],
    },
    pub_export_macro: true,
});
