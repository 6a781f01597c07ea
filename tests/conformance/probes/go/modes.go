package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"strata"
)

// How far the clocks of the guest and the run may be apart in mode `sleep`.
const tolerance = 50 * time.Millisecond

// What mode `grow` takes at a time.
const growth = 1 << 20

// Where what must not be optimised away goes.
var (
	sink   any
	turned int
)

func ok() error {
	answer, err := strata.Get("/").Send()
	if err != nil {
		return err
	}
	strata.Check("status is 200", answer.Status == 200)
	return nil
}

// Env `ms`.
func asked() time.Duration {
	ms, err := strconv.Atoi(env("ms"))
	if err != nil {
		ms = 100
	}
	return time.Duration(ms) * time.Millisecond
}

func compute() error {
	begin, turns := time.Now(), 0
	for time.Since(begin) < asked() {
		for range 10_000 {
			turns++
		}
	}
	sink = turns
	strata.Check("computing takes as long as asked", time.Since(begin) >= asked())
	return nil
}

func sleeping() error {
	before, own := strata.Now(), time.Now()
	strata.Sleep(asked() / 2)
	time.Sleep(asked() / 2)
	waited := strata.Now() - before
	strata.Check("sleep takes as long as asked", waited >= asked())
	steady := (time.Since(own) - waited).Abs() < tolerance
	dated := (time.Now().Round(0).Sub(own.Round(0))-waited).Abs() < tolerance && own.Year() > 2020
	strata.Check("the language's own clock agrees", steady && dated)
	return nil
}

func grow() error {
	var taken [][]byte
	for {
		piece := make([]byte, growth)
		for i := range piece {
			piece[i] = 1
		}
		taken = append(taken, piece)
		sink = taken
	}
}

func recurse(depth int) int { return recurse(depth+1) + 1 }

func metrics(context strata.Context) error {
	even := 0.0
	if context.Iteration%2 == 0 {
		even = 1
	}
	err := errors.Join(counter.Add(1), counter.AddTagged(1, "kind", "tagged"), gauge.Add(float64(context.Iteration)), rate.Add(even))
	if err != nil {
		return err
	}
	strata.Check("an undeclared metric is refused", strata.Is(strata.Trend("undeclared", "").Add(1), "unknown-metric"))
	strata.Check("NaN is refused", strata.Is(gauge.Add(math.NaN()), "bad-value"))
	strata.Check("a counter does not fall", strata.Is(counter.Add(-1), "bad-value"))
	strata.Check("a trend is not negative", strata.Is(random.Add(-1), "bad-value"))
	number, err := strata.Stat("http_reqs", "count")
	strata.Check("judge's results are absent", err == nil && number == nil)
	name, _ := strata.StageName(context.Stage)
	strata.Check("the stage has its name", name == "main")
	_, given := strata.StageName(math.MaxUint32)
	strata.Check("a stage that is not there has none", !given)
	return nil
}

func randoms(next func() float64) error {
	for range 10 {
		if err := random.Add(next()); err != nil {
			return err
		}
	}
	return nil
}

func wasi() error {
	_, read := os.ReadFile("/etc/hostname")
	strata.Check("no file can be read", read != nil)
	strata.Check("no file can be made", os.WriteFile("probe.txt", []byte("x"), 0o600) != nil)
	_, connected := net.Dial("tcp", "127.0.0.1:9")
	strata.Check("no address can be connected to", connected != nil)
	strata.Check("the environment is empty", len(os.Environ()) == 0)
	strata.Check("there are no arguments", len(os.Args) == 0)
	return nil
}

func contexts(context strata.Context, iterations uint32) error {
	strata.Check("vu counts from 1", context.Vu >= 1)
	strata.Check("iteration counts on", context.Iteration == iterations-1)
	strata.Check("the stage is an index", context.Stage == 0)
	strata.Check("the target is a URL", strings.HasPrefix(strata.Target(), "http://"))
	_, given := strata.Env("no-such")
	strata.Check("no such env", !given)
	return nil
}

func floodLog() error {
	for line := range 10_000 {
		strata.Info("line %d\r\n\x1b[31mred\x1b[0m \a\x00 end", line)
	}
	return nil
}

func floodMetrics() error {
	for name := range 100_000 {
		strata.Check(fmt.Sprintf("check %d", name), true)
	}
	return nil
}

// run is what one iteration does, by the name of its mode.
func run(mode string, context strata.Context, iterations uint32) error {
	switch mode {
	case "ok":
		return ok()
	case "trap":
		panic(fmt.Sprintf("the probe traps in iteration %d", context.Iteration))
	case "trap-sometimes":
		if context.Iteration%10 == 9 {
			panic(fmt.Sprintf("the probe traps in iteration %d after %d in this instance", context.Iteration, iterations))
		}
		return ok()
	case "throw":
		panic(errors.New("thrown by the probe"))
	case "fail":
		return strata.Fail("probe", "iteration %d was told to fail", context.Iteration)
	case "spin":
		for {
			turned++
		}
	case "compute":
		return compute()
	case "sleep":
		return sleeping()
	case "grow":
		return grow()
	case "recurse":
		return random.Add(float64(recurse(0)))
	case "flood-log":
		return floodLog()
	case "flood-metrics":
		return floodMetrics()
	case "metrics":
		return metrics(context)
	case "random":
		return randoms(strata.Random)
	case "own-random":
		return randoms(rand.Float64)
	case "stderr":
		fmt.Fprintf(os.Stderr, "the probe on standard error, iteration %d\n", context.Iteration)
		return nil
	case "print":
		fmt.Println("printed by the probe")
		return nil
	case "send":
		return sendEverything()
	case "wasi":
		return wasi()
	case "context":
		return contexts(context, iterations)
	case "unicode":
		return unicode()
	case "large":
		return large()
	case "errors":
		return failures()
	case "uncaught":
		_, err := strata.Get("/delay/2000").Timeout(50 * time.Millisecond).Send()
		return err
	case "statuses":
		return statuses()
	case "together":
		return together()
	case "web":
		return web()
	case "stream":
		return stream()
	case "share":
		return share(context)
	}
	return strata.Fail("probe-mode", "`%s` is not a mode", mode)
}
