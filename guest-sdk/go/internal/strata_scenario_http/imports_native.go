// Generated from `wit/`.

//go:build !wasip1

package strata_scenario_http

func resourceDropPrepared(handle int32) {
	panic("http.[resource-drop]prepared is the engine's, which is not here (hint: `strata try`)")
}

func resourceDropIncoming(handle int32) {
	panic("http.[resource-drop]incoming is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_static_prepared_prepare(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr, arg7 uint32, arg8 uintptr, arg9 uint32, arg10 int32, arg11 int32, arg12 uintptr, arg13 uint32, arg14 uintptr) {
	panic("http.[static]prepared.prepare is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_method_prepared_send(arg0 int32, arg1 uintptr) {
	panic("http.[method]prepared.send is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_method_prepared_send_with(arg0 int32, arg1 int32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 int32, arg7 uintptr, arg8 uint32, arg9 uintptr) {
	panic("http.[method]prepared.send-with is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_static_incoming_open(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr, arg7 uint32, arg8 uintptr, arg9 uint32, arg10 int32, arg11 int32, arg12 uintptr, arg13 uint32, arg14 uintptr) {
	panic("http.[static]incoming.open is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_method_incoming_status(arg0 int32) int32 {
	panic("http.[method]incoming.status is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_method_incoming_headers(arg0 int32, arg1 uintptr) {
	panic("http.[method]incoming.headers is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_method_incoming_read(arg0 int32, arg1 int32, arg2 uintptr) {
	panic("http.[method]incoming.read is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_method_incoming_next_event(arg0 int32, arg1 uintptr) {
	panic("http.[method]incoming.next-event is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_send(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr, arg7 uint32, arg8 uintptr, arg9 uint32, arg10 int32, arg11 int32, arg12 uintptr, arg13 uint32, arg14 uintptr) {
	panic("http.send is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_send_all(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("http.send-all is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_send_all_prepared(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("http.send-all-prepared is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_body(arg0 int32, arg1 uintptr) {
	panic("http.body is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_text(arg0 int32, arg1 uintptr) {
	panic("http.text is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_header(arg0 int32, arg1 uintptr, arg2 uint32, arg3 uintptr) {
	panic("http.header is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_headers(arg0 int32, arg1 uintptr) {
	panic("http.headers is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_cookies(arg0 uintptr, arg1 uint32, arg2 uintptr) {
	panic("http.cookies is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_set_cookie(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr) {
	panic("http.set-cookie is the engine's, which is not here (hint: `strata try`)")
}

func wasm_import_clear_cookies() {
	panic("http.clear-cookies is the engine's, which is not here (hint: `strata try`)")
}
