// Generated from `wit/`.

//go:build wasip1

package strata_scenario_metrics

//go:wasmimport strata:scenario/metrics@0.1.0 check
func wasm_import_check(arg0 uintptr, arg1 uint32, arg2 int32)

//go:wasmimport strata:scenario/metrics@0.1.0 add
func wasm_import_add(arg0 uintptr, arg1 uint32, arg2 float64, arg3 uintptr)

//go:wasmimport strata:scenario/metrics@0.1.0 add-tagged
func wasm_import_add_tagged(arg0 uintptr, arg1 uint32, arg2 float64, arg3 uintptr, arg4 uint32, arg5 uintptr, arg6 uint32, arg7 uintptr)
