// Generated from `wit/`.

//go:build wasip1

package strata_scenario_run

//go:wasmimport strata:scenario/run@0.1.0 target
func wasm_import_target(arg0 uintptr)

//go:wasmimport strata:scenario/run@0.1.0 env
func wasm_import_env(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/run@0.1.0 setup-data
func wasm_import_setup_data(arg0 uintptr)

//go:wasmimport strata:scenario/run@0.1.0 setup-text
func wasm_import_setup_text(arg0 uintptr)

//go:wasmimport strata:scenario/run@0.1.0 secret
func wasm_import_secret(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/run@0.1.0 stage-name
func wasm_import_stage_name(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/run@0.1.0 sleep
func wasm_import_sleep(arg0 float64)

//go:wasmimport strata:scenario/run@0.1.0 now
func wasm_import_now() float64

//go:wasmimport strata:scenario/run@0.1.0 random
func wasm_import_random() float64
