// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_run

func wasm_import_target(arg0 uintptr) {
	panic("run.target is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_env(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("run.env is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_setup_data(arg0 uintptr) {
	panic("run.setup-data is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_setup_text(arg0 uintptr) {
	panic("run.setup-text is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_secret(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("run.secret is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_stage_name(arg0 int32, arg1 uintptr) {
	panic("run.stage-name is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_sleep(arg0 float64) {
	panic("run.sleep is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_now() float64 {
	panic("run.now is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_random() float64 {
	panic("run.random is the engine's, which is not here (hint: `strata try`)")
}
