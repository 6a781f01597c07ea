// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_metrics

func wasm_import_check(arg0 uintptr, arg1 uint32, arg2 int32) {
	panic("metrics.check is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_add(arg0 uintptr, arg1 uint32, arg2 float64, arg3 uintptr) {
	panic("metrics.add is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_add_tagged(arg0 uintptr, arg1 uint32, arg2 float64, arg3 uintptr, arg4 uint32, arg5 uintptr, arg6 uint32, arg7 uintptr) {
	panic("metrics.add-tagged is the engine's, which is not here (hint: `strata try`)")
}
