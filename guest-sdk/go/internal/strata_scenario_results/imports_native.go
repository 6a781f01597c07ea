// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_results

func wasm_import_stat(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr) {
	panic("results.stat is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_values(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr) {
	panic("results.values is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_fit_linear(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("results.fit-linear is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_fit_usl(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("results.fit-usl is the engine's, which is not here (hint: `strata try`)")
}
