// Package runtime has what the generated bindings need: memory and handles.
package runtime

import (
	"runtime"
	"unsafe"
)

// Allocate gives memory that stays where it is while it is pinned. Alignments are at most 8.
func Allocate(pinner *runtime.Pinner, size, _ uintptr) unsafe.Pointer {
	place := words(size)
	pinner.Pin(place)
	return place
}

// words gives memory without pointers that is aligned to 8, also for a size of 0.
func words(size uintptr) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, size/8+1)))
}

// Handle is the engine's number of a resource, 0 once it was given away.
type Handle struct{ value int32 }

// MakeHandle holds a number.
func MakeHandle(value int32) *Handle { return &Handle{value} }

// Take gives the number away.
func (h *Handle) Take() int32 {
	value := h.Use()
	h.value = 0
	return value
}

// TakeOrNil gives the number away, or 0 if that has happened already.
func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

// Set holds another number.
func (h *Handle) Set(value int32) { h.value = value }

// Use is the number.
func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("a resource is used that was given away")
	}
	return h.value
}

// taken counts the bytes that the engine has written since they were asked for.
var taken uintptr

// Taken says how many bytes the engine has written since the last time.
func Taken() uintptr {
	bytes := taken
	taken = 0
	return bytes
}
