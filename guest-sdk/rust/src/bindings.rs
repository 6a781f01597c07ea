//! What wit-bindgen makes of `wit/`: records, imports and the glue of the exports.
//!
//! Public only for [`export!`](crate::export); everything that authors use is re-exported under better names.
//! Imports compile on other targets too, where calling one panics.

#![expect(missing_docs, unused_qualifications, reason = "generated")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "scenario",
    ownership: Borrowing { duplicate_if_necessary: false },
    with: {
        "strata:scenario/types/error": crate::failure::Error,
        "strata:scenario/types/failure": crate::failure::Failure,
    },
    additional_derives: [PartialEq],
    pub_export_macro: true,
});
