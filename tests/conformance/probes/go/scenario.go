// The probe in Go: does what the engine must withstand or get right, chosen by `--env`.
package main

import (
	"fmt"
	"math"
	"time"

	"strata"
)

var (
	counter = strata.Counter("probe_counter", "")
	gauge   = strata.Gauge("probe_gauge", "")
	rate    = strata.Rate("probe_rate")
	random  = strata.Trend("random", "")
)

const endlessRows = 100_000

type probe struct {
	mode string
	// Whether this run's Setup returns data.
	expectsData bool
	// Of this instance.
	iterations uint32
}

func env(name string) string {
	value, _ := strata.Env(name)
	return value
}

func (p *probe) Describe() *strata.Manifest {
	if env("describe") == "rich" {
		return rich()
	}
	manifest := strata.NewManifest("probe").
		Stage(strata.PerVUIterations("main", 1, 1)).
		Metric(counter, gauge, rate, random).
		Goal(strata.AtLeast("checks", 99, "%").Measured("checks", "rate")).
		NeedsEnv("describe", "judge", "mode", "ms", "nobody", "setup", "teardown")
	if env("describe") == "shared" {
		manifest.NeedsData("rows").NeedsKV("shared").NeedsSecret("token")
	}
	return manifest
}

func rich() *strata.Manifest {
	second := strata.RampingArrivalRate("second", 5, 2).Ramp(100*time.Millisecond, 10).MaxVUs(4)
	second.GracefulStop(time.Second).StartTime(50 * time.Millisecond).Poisson()
	p95 := strata.AtMost("p95", 200, "ms").Measured("http_req_duration{stage:second}", "p(95)")
	return strata.NewManifest("rich").
		Layer(3, "Tïtle 世界", "Area <&>").
		FixPriority(strata.High).
		Stage(strata.PerVUIterations("first", 2, 2).Tag("kind", "a").WarmUp()).
		Stage(second).
		Goal(strata.AtLeast("checks", 99, "%").Measured("checks", "rate").Warn(90)).
		Goal(p95.InWindows(1, 50)).
		Goal(strata.AtLeast("judged", 1, "things")).
		Metric(counter, gauge, rate, strata.Trend("random", "ms")).
		NeedsHost("example.test:80").
		NeedsEnv("describe").
		NeedsData("users").
		NeedsKV("sessions").
		NeedsSecret("token")
}

func (p *probe) Setup() ([]byte, error) {
	switch env("setup") {
	case "data":
		return []byte("from setup"), nil
	case "fail":
		return nil, strata.Fail("probe-setup", "setup was told to fail")
	case "trap":
		panic("setup was told to trap")
	}
	return nil, nil
}

func (p *probe) Start() error {
	p.mode = "ok"
	if mode, given := strata.Env("mode"); given {
		p.mode = mode
	}
	p.expectsData = env("setup") == "data"
	return nil
}

func (p *probe) Iteration(context strata.Context) error {
	p.iterations++
	if p.expectsData {
		strata.Check("setup data arrives", string(strata.SetupData()) == "from setup")
	}
	return run(p.mode, context, p.iterations)
}

func endless(finding *strata.Finding) *strata.Finding {
	for row := range endlessRows {
		finding.Row(fmt.Sprintf("row %d", row), float64(row), "rows", true)
	}
	return finding
}

func (p *probe) Judge() ([]*strata.Finding, error) {
	finding := strata.NewFinding("checks")
	switch env("judge") {
	case "fail":
		return nil, strata.Fail("probe-judge", "judge was told to fail")
	case "trap":
		panic("judge was told to trap")
	case "lie":
		none := strata.NewFinding("no-such-goal").Value(1).Analysis("the manifest has no such goal")
		return []*strata.Finding{none, endless(finding.Value(math.NaN()).Note("not a number", math.NaN(), ""))}, nil
	case "results":
		return judged(finding)
	case "endless":
		return []*strata.Finding{endless(finding)}, nil
	}
	return nil, nil
}

func (p *probe) Teardown() error {
	switch env("teardown") {
	case "fail":
		return strata.Fail("probe-teardown", "teardown was told to fail")
	case "trap":
		panic("teardown was told to trap")
	}
	return nil
}

func init() { strata.Export(&probe{}) }

func main() {}
