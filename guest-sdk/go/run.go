package strata

import (
	"fmt"
	"time"

	"strata/internal/strata_scenario_log"
	"strata/internal/strata_scenario_metrics"
	"strata/internal/strata_scenario_run"
	"strata/internal/strata_scenario_types"
)

// Metric is one of the scenario's own: a variable that is declared in the manifest and written to in iterations.
type Metric strata_scenario_types.Metric

// Counter is a metric whose values are summed.
func Counter(name, unit string) Metric { return Metric{Name: name, Kind: "counter", Unit: unit} }

// Gauge is a metric whose newest value counts.
func Gauge(name, unit string) Metric { return Metric{Name: name, Kind: "gauge", Unit: unit} }

// Rate is the share of values that are not 0.
func Rate(name string) Metric { return Metric{Name: name, Kind: "rate"} }

// Trend is a metric whose values are a distribution.
func Trend(name, unit string) Metric { return Metric{Name: name, Kind: "trend", Unit: unit} }

// Add adds a value. Errors: `unknown-metric`, `bad-value`.
func (m Metric) Add(value float64) error {
	_, err := unpacked(strata_scenario_metrics.Add(m.Name, value))
	return err
}

// AddTagged is as Add, with one more tag.
func (m Metric) AddTagged(value float64, tag, tagValue string) error {
	_, err := unpacked(strata_scenario_metrics.AddTagged(m.Name, value, tag, tagValue))
	return err
}

// Check counts whether something held, in the rate `checks`, and gives it back. A check that does not hold fails
// nothing by itself: set a goal on `checks` for that.
func Check(name string, held bool) bool {
	strata_scenario_metrics.Check(name, held)
	return held
}

// Target is the base URL of the target without a slash at its end.
func Target() string { return strata_scenario_run.Target() }

// Env is a value given by `--env NAME=VALUE` or the phase file, of a key that the manifest asks for, and whether it was.
func Env(name string) (string, bool) { return strata_scenario_run.Env(name).Get() }

// SetupData is what Setup returned. A copy each time.
func SetupData() []byte { return strata_scenario_run.SetupData() }

// SetupText is the same as text, bytes that are not UTF-8 replaced.
func SetupText() string { return strata_scenario_run.SetupText() }

// Secret is a value that the manifest asks for with NeedsSecret; reports, logs and traces show `***`. Error:
// `not-granted`.
func Secret(name string) (string, error) { return unpacked(strata_scenario_run.Secret(name)) }

// StageName is the name of a stage, and whether there is one of that index.
func StageName(index uint32) (string, bool) { return strata_scenario_run.StageName(index).Get() }

// Sleep waits, without holding up other users.
func Sleep(duration time.Duration) { strata_scenario_run.Sleep(duration.Seconds() * 1000) }

// Now is the time since the run began.
func Now() time.Duration { return time.Duration(strata_scenario_run.Now() * float64(time.Millisecond)) }

// Random is a number of at least 0 and below 1 that follows from the run's seed. So do those of math/rand.
func Random() float64 { return strata_scenario_run.Random() }

// Debug is a line that is only of use while writing the scenario.
func Debug(format string, arguments ...any) {
	strata_scenario_log.Log(strata_scenario_log.LevelDebug, fmt.Sprintf(format, arguments...))
}

// Info is a normal line; what is printed is one too.
func Info(format string, arguments ...any) {
	strata_scenario_log.Log(strata_scenario_log.LevelInfo, fmt.Sprintf(format, arguments...))
}

// Warn is a line about something odd.
func Warn(format string, arguments ...any) {
	strata_scenario_log.Log(strata_scenario_log.LevelWarn, fmt.Sprintf(format, arguments...))
}

// LogError is a line about what did not work.
func LogError(format string, arguments ...any) {
	strata_scenario_log.Log(strata_scenario_log.LevelError, fmt.Sprintf(format, arguments...))
}
