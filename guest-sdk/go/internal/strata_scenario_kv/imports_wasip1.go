// Generated from `wit/`.

//go:build wasip1

package strata_scenario_kv

//go:wasmimport strata:scenario/kv@0.1.0 get
func wasm_import_get(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 set
func wasm_import_set(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 delete
func wasm_import_delete(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 add
func wasm_import_add(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 float64, arg5 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 push
func wasm_import_push(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 pop
func wasm_import_pop(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 int32, arg5 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 queue-length
func wasm_import_queue_length(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr)

//go:wasmimport strata:scenario/kv@0.1.0 meet
func wasm_import_meet(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 int32, arg5 int32, arg6 uintptr)
