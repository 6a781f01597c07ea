// Generated from `wit/`.

//go:build wasip1

package strata_scenario_results

//go:wasmimport strata:scenario/results@0.1.0 stat
func wasm_import_stat(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr)

//go:wasmimport strata:scenario/results@0.1.0 values
func wasm_import_values(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr)

//go:wasmimport strata:scenario/results@0.1.0 fit-linear
func wasm_import_fit_linear(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/results@0.1.0 fit-usl
func wasm_import_fit_usl(arg0 uintptr, arg1 uint32, arg2 uintptr)
