// Generated from `wit/`.

//go:build wasip1

package strata_scenario_http

//go:wasmimport strata:scenario/http@0.1.0 [resource-drop]prepared
func resourceDropPrepared(handle int32)

//go:wasmimport strata:scenario/http@0.1.0 [resource-drop]incoming
func resourceDropIncoming(handle int32)

//go:wasmimport strata:scenario/http@0.1.0 [static]prepared.prepare
func wasm_import_static_prepared_prepare(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr, arg7 uint32, arg8 uintptr, arg9 uint32, arg10 int32, arg11 int32, arg12 uintptr, arg13 uint32, arg14 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 [method]prepared.send
func wasm_import_method_prepared_send(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 [method]prepared.send-with
func wasm_import_method_prepared_send_with(arg0 int32, arg1 int32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 int32, arg7 uintptr, arg8 uint32, arg9 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 [static]incoming.open
func wasm_import_static_incoming_open(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr, arg7 uint32, arg8 uintptr, arg9 uint32, arg10 int32, arg11 int32, arg12 uintptr, arg13 uint32, arg14 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 [method]incoming.status
func wasm_import_method_incoming_status(arg0 int32) int32

//go:wasmimport strata:scenario/http@0.1.0 [method]incoming.headers
func wasm_import_method_incoming_headers(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 [method]incoming.read
func wasm_import_method_incoming_read(arg0 int32, arg1 int32, arg2 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 [method]incoming.next-event
func wasm_import_method_incoming_next_event(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 send
func wasm_import_send(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr, arg5 uint32, arg6 uintptr, arg7 uint32, arg8 uintptr, arg9 uint32, arg10 int32, arg11 int32, arg12 uintptr, arg13 uint32, arg14 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 send-all
func wasm_import_send_all(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 send-all-prepared
func wasm_import_send_all_prepared(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 body
func wasm_import_body(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 text
func wasm_import_text(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 header
func wasm_import_header(arg0 int32, arg1 uintptr, arg2 uint32, arg3 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 headers
func wasm_import_headers(arg0 int32, arg1 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 cookies
func wasm_import_cookies(arg0 uintptr, arg1 uint32, arg2 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 set-cookie
func wasm_import_set_cookie(arg0 uintptr, arg1 uint32, arg2 uintptr, arg3 uint32, arg4 uintptr)

//go:wasmimport strata:scenario/http@0.1.0 clear-cookies
func wasm_import_clear_cookies()
