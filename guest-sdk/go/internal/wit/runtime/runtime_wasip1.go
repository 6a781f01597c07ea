package runtime

import "unsafe"

// reallocate is where the engine puts what its functions return. It must not call the engine: nothing collects garbage
// here, since that reads the clock, and until the caller takes the place over nothing else runs.
//
//go:wasmexport cabi_realloc
func reallocate(old unsafe.Pointer, oldSize, _, size uint32) unsafe.Pointer {
	taken += uintptr(size)
	place := words(uintptr(size))
	if old != nil && oldSize > 0 {
		copy(unsafe.Slice((*byte)(place), size), unsafe.Slice((*byte)(old), min(oldSize, size)))
	}
	return place
}
