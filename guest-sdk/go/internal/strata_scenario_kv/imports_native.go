// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_kv

func wasm_import_get(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr) {
	panic("kv.get is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_set(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr) {
	panic("kv.set is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_delete(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr) {
	panic("kv.delete is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_add(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 float64, arg5 uintptr) {
	panic("kv.add is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_push(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr) {
	panic("kv.push is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_pop(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 int32, arg5 uintptr) {
	panic("kv.pop is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_queue_length(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr) {
	panic("kv.queue-length is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_meet(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 int32, arg5 int32, arg6 uintptr) {
	panic("kv.meet is the engine's, which is not here (hint: `strata try`)")
}
