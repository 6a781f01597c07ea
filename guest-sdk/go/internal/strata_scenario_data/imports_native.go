// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_data

func wasm_import_length(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("data.length is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_columns(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("data.columns is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_row(arg0 uintptr, arg1 uint32, arg2 int32, arg3 uintptr) {
	panic("data.row is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_take(arg0 uintptr, arg1 uint32, arg2 int32, arg3 uintptr) {
	panic("data.take is the engine's, which is not here (hint: `strata try`)")
}
