// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_log

func wasm_import_log(arg0 int32, arg1 uintptr, arg2 uint32) {
	panic("log.log is the engine's, which is not here (hint: `strata try`)")
}
