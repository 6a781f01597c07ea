package strata

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"

	"strata/internal/strata_scenario_types"
	witRuntime "strata/internal/wit/runtime"
	"strata/internal/wit/types"
)

// Garbage is collected between iterations only: during a call of the engine the collector would call it again, to read
// the clock, which is not allowed. So an iteration may take what is free of the 256 MiB of a virtual user.
const (
	// often is after how many iterations the heap is looked at.
	often = 16
	// much is what one iteration may read of answers that come in pieces before the heap is collected.
	much = 32 << 20
	// least is the heap that is never collected, and what the engine may have written before it is.
	least = 4 << 20
)

var (
	iterations uint32
	started    bool
	live       uint64
	read       int
)

func init() { debug.SetGCPercent(-1) }

func collect(written uintptr) {
	iterations++
	if iterations%often != 0 && written < least {
		return
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	if heap.HeapAlloc > 2*live+least {
		runtime.GC()
		runtime.ReadMemStats(&heap)
		live = heap.HeapAlloc
	}
}

// streamed counts what an answer in pieces has brought. No call of the engine is under way, so that collecting is allowed.
func streamed(bytes int) {
	read += bytes
	if read >= much {
		read = 0
		runtime.GC()
	}
}

// guarded calls a part of the scenario and makes a failure of its panic.
func guarded(call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &Error{"exception", fmt.Sprint(cause) + place()}
		}
	}()
	return call()
}

// place is the author's line that panicked: the first one that is neither Go's nor the SDK's.
func place() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		own := !strings.HasPrefix(frame.Function, "runtime.") && !strings.HasPrefix(frame.Function, "strata.")
		if own && frame.File != "" {
			return fmt.Sprintf(" (%s:%d)", path.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

func done(err error) types.Result[types.Unit, strata_scenario_types.Failure] {
	if err != nil {
		return types.Err[types.Unit](failureOf(err))
	}
	return types.Ok[types.Unit, strata_scenario_types.Failure](types.Unit{})
}

func exportDescribe() strata_scenario_types.Manifest { return exported.Describe().lowered() }

func exportSetup() types.Result[[]uint8, strata_scenario_types.Failure] {
	var data []byte
	err := guarded(func() (err error) {
		if setupper, ok := exported.(Setupper); ok {
			data, err = setupper.Setup()
		}
		return err
	})
	if err != nil {
		return types.Err[[]uint8](failureOf(err))
	}
	return types.Ok[[]uint8, strata_scenario_types.Failure](data)
}

func exportIteration(context Context) types.Result[types.Unit, strata_scenario_types.Failure] {
	collect(witRuntime.Taken())
	return done(guarded(func() error {
		if starter, ok := exported.(Starter); ok && !started {
			if err := starter.Start(); err != nil {
				return err
			}
		}
		started = true
		return exported.Iteration(context)
	}))
}

func exportJudge() types.Result[[]strata_scenario_types.Finding, strata_scenario_types.Failure] {
	lowered := []strata_scenario_types.Finding{}
	err := guarded(func() error {
		judger, ok := exported.(Judger)
		if !ok {
			return nil
		}
		findings, err := judger.Judge()
		for _, finding := range findings {
			lowered = append(lowered, finding.Finding)
		}
		return err
	})
	if err != nil {
		return types.Err[[]strata_scenario_types.Finding](failureOf(err))
	}
	return types.Ok[[]strata_scenario_types.Finding, strata_scenario_types.Failure](lowered)
}

func exportTeardown() types.Result[types.Unit, strata_scenario_types.Failure] {
	return done(guarded(func() error {
		if teardowner, ok := exported.(Teardowner); ok {
			return teardowner.Teardown()
		}
		return nil
	}))
}
