// Generated from `wit/`.

//go:build wasip1

package strata_scenario_data

//go:wasmimport strata:scenario/data@0.1.0 length
func wasm_import_length(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/data@0.1.0 columns
func wasm_import_columns(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/data@0.1.0 row
func wasm_import_row(arg0 uintptr, arg1 uint32, arg2 int32, arg3 uintptr)

//go:wasmimport strata:scenario/data@0.1.0 take
func wasm_import_take(arg0 uintptr, arg1 uint32, arg2 int32, arg3 uintptr)
