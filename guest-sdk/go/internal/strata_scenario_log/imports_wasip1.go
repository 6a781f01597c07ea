// Generated from `wit/`.

//go:build wasip1

package strata_scenario_log

//go:wasmimport strata:scenario/log@0.1.0 log
func wasm_import_log(arg0 int32, arg1 uintptr, arg2 uint32)
