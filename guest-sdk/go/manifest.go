package strata

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"strata/internal/strata_scenario_types"
	"strata/internal/wit/types"
)

// Priority is how soon a failing layer should be mended.
type Priority = strata_scenario_types.Priority

const (
	Critical = strata_scenario_types.PriorityCritical
	High     = strata_scenario_types.PriorityHigh
	Medium   = strata_scenario_types.PriorityMedium
	Low      = strata_scenario_types.PriorityLow
)

// Manifest is what a scenario is. Its fields are to be read in tests; its methods give it back, so that they follow
// each other.
type Manifest struct {
	Name    string
	Layered *strata_scenario_types.Layer
	Stages  []*Stage
	Goals   []*Goal
	Metrics []Metric
	Fix     Priority
	Needs   []Need
}

// Need is something outside of the sandbox: a host, env, data, kv or secret.
type Need = strata_scenario_types.Need

// NewManifest is a scenario of that name (letters, digits, `-` and `_`) without stages; it needs at least one.
func NewManifest(name string) *Manifest { return &Manifest{Name: name, Fix: Medium} }

// Layer is its place in a phase: Layer(8, "Throughput", "API & Services").
func (m *Manifest) Layer(number uint32, title, area string) *Manifest {
	m.Layered = &strata_scenario_types.Layer{Number: number, Title: title, Area: area}
	return m
}

// Stage adds a stage, run after those before it.
func (m *Manifest) Stage(stage *Stage) *Manifest {
	m.Stages = append(m.Stages, stage)
	return m
}

// Goal adds a goal.
func (m *Manifest) Goal(goal *Goal) *Manifest {
	m.Goals = append(m.Goals, goal)
	return m
}

// Metric declares metrics of the scenario's own.
func (m *Manifest) Metric(metrics ...Metric) *Manifest {
	m.Metrics = append(m.Metrics, metrics...)
	return m
}

// FixPriority is Medium unless set.
func (m *Manifest) FixPriority(priority Priority) *Manifest {
	m.Fix = priority
	return m
}

// NeedsHost asks for a host besides the target, as `host:port`.
func (m *Manifest) NeedsHost(host string) *Manifest {
	return m.needs("host", host)
}

// NeedsEnv asks for keys of Env: one that is not asked for is never there.
func (m *Manifest) NeedsEnv(keys ...string) *Manifest { return m.needs("env", keys...) }

// NeedsData asks for sets of rows, given by `--data NAME=FILE` or the phase file.
func (m *Manifest) NeedsData(sets ...string) *Manifest { return m.needs("data", sets...) }

// NeedsKV asks for spaces of values that all virtual users share, in all layers that ask for them.
func (m *Manifest) NeedsKV(spaces ...string) *Manifest { return m.needs("kv", spaces...) }

// NeedsSecret asks for secrets, given by `--secret` or the phase file.
func (m *Manifest) NeedsSecret(names ...string) *Manifest { return m.needs("secret", names...) }

func (m *Manifest) needs(kind string, names ...string) *Manifest {
	for _, name := range names {
		m.Needs = append(m.Needs, Need{Kind: kind, Name: name})
	}
	return m
}

func (m *Manifest) lowered() strata_scenario_types.Manifest {
	lowered := strata_scenario_types.Manifest{Name: m.Name, FixPriority: m.Fix, Needs: m.Needs}
	if m.Layered != nil {
		lowered.Layer = types.Some(*m.Layered)
	}
	for _, stage := range m.Stages {
		lowered.Stages = append(lowered.Stages, stage.Stage)
	}
	for _, goal := range m.Goals {
		lowered.Goals = append(lowered.Goals, goal.Goal)
	}
	for _, metric := range m.Metrics {
		lowered.Metrics = append(lowered.Metrics, strata_scenario_types.Metric(metric))
	}
	return lowered
}

// Stage is a named part of the load. Its methods give it back, so that they follow each other.
type Stage struct{ strata_scenario_types.Stage }

func stage(executor, name string, vus uint32) *Stage {
	return &Stage{strata_scenario_types.Stage{Name: name, Executor: executor, Vus: types.Some(vus)}}
}

func millis(duration time.Duration) uint32 {
	return uint32(min(max(duration.Milliseconds(), 0), math.MaxUint32))
}

func some(duration time.Duration) types.Option[uint32] { return types.Some(millis(duration)) }

// ConstantVUs is so many users that iterate for a time.
func ConstantVUs(name string, vus uint32, duration time.Duration) *Stage {
	stage := stage("constant-vus", name, vus)
	stage.DurationMs = some(duration)
	return stage
}

// PerVUIterations is so many users that run so many iterations each.
func PerVUIterations(name string, vus, iterations uint32) *Stage {
	stage := stage("per-vu-iterations", name, vus)
	stage.Iterations = types.Some(iterations)
	return stage
}

// SharedIterations is so many users that run so many iterations between them.
func SharedIterations(name string, vus, iterations uint32) *Stage {
	stage := stage("shared-iterations", name, vus)
	stage.Iterations = types.Some(iterations)
	return stage
}

// RampingVUs is as many users as a line says, from vus at its start; Ramp adds its points.
func RampingVUs(name string, vus uint32) *Stage { return stage("ramping-vus", name, vus) }

// ConstantArrivalRate is so many iterations per second, by users that are made ready beforehand.
func ConstantArrivalRate(name string, rate, vus uint32, duration time.Duration) *Stage {
	stage := stage("constant-arrival-rate", name, vus)
	stage.Rate, stage.DurationMs = types.Some(rate), some(duration)
	return stage
}

// RampingArrivalRate is as many iterations per second as a line says, from rate at its start; Ramp adds its points.
func RampingArrivalRate(name string, rate, vus uint32) *Stage {
	stage := stage("ramping-arrival-rate", name, vus)
	stage.Rate = types.Some(rate)
	return stage
}

// Ramp adds a point to the line: in that time it goes to target; at once, if it is 0.
func (s *Stage) Ramp(duration time.Duration, target uint32) *Stage {
	s.Ramps = append(s.Ramps, strata_scenario_types.Ramp{DurationMs: millis(duration), Target: target})
	return s
}

// MaxVUs is the most users that arrivals may use.
func (s *Stage) MaxVUs(vus uint32) *Stage {
	s.MaxVus = types.Some(vus)
	return s
}

// TimeUnit is what rates are relative to; a second unless set.
func (s *Stage) TimeUnit(unit time.Duration) *Stage {
	s.TimeUnitMs = some(unit)
	return s
}

// Poisson makes arrivals come as those of independent users do.
func (s *Stage) Poisson() *Stage {
	s.Options = append(s.Options, strata_scenario_types.Pair{Name: "arrival", Value: "poisson"})
	return s
}

// StartTime is how long after the stage before it, or the layer's start, it begins.
func (s *Stage) StartTime(after time.Duration) *Stage {
	s.StartTimeMs = some(after)
	return s
}

// GracefulStop is how long running iterations may go on after the stage's time; 30 seconds unless set.
func (s *Stage) GracefulStop(time time.Duration) *Stage {
	s.GracefulStopMs = some(time)
	return s
}

// GracefulRampDown is how long the iteration of a user may go on that a ramp has taken away; 30 seconds unless set.
func (s *Stage) GracefulRampDown(time time.Duration) *Stage {
	s.GracefulRampDownMs = some(time)
	return s
}

// MaxDuration is the longest an iteration-bound stage may take; 10 minutes unless set.
func (s *Stage) MaxDuration(time time.Duration) *Stage {
	s.DurationMs = some(time)
	return s
}

// WarmUp counts nothing of the stage.
func (s *Stage) WarmUp() *Stage {
	s.Stage.WarmUp = true
	return s
}

// Tag is a tag on every sample of the stage.
func (s *Stage) Tag(name, value string) *Stage {
	s.Tags = append(s.Tags, strata_scenario_types.Pair{Name: name, Value: value})
	return s
}

// Goal is what a number must be; the scenario judges it, unless Measured names a metric.
type Goal struct{ strata_scenario_types.Goal }

func goal(op, name string, target float64, unit string) *Goal {
	return &Goal{strata_scenario_types.Goal{Name: name, Unit: unit, Op: op, Target: target}}
}

// AtLeast is `>=`. With the unit `%` a measured share from 0 to 1 counts as 0 to 100.
func AtLeast(name string, target float64, unit string) *Goal { return goal(">=", name, target, unit) }

// AtMost is `<=`.
func AtMost(name string, target float64, unit string) *Goal { return goal("<=", name, target, unit) }

// Above is `>`.
func Above(name string, target float64, unit string) *Goal { return goal(">", name, target, unit) }

// Below is `<`.
func Below(name string, target float64, unit string) *Goal { return goal("<", name, target, unit) }

// Measured takes the number from the engine: Measured("http_req_duration{stage:warm}", "p(95)").
func (g *Goal) Measured(selector, aggregate string) *Goal {
	g.Measure = types.Some(strata_scenario_types.Measure{Selector: selector, Aggregate: aggregate})
	return g
}

// IsMeasured says whether the engine takes the number.
func (g *Goal) IsMeasured() bool { return g.Measure.Tag() == types.OptionSome }

// Warn is the bound up to which a miss is a WARNING; a factor of 2 from the target unless set.
func (g *Goal) Warn(bound float64) *Goal {
	g.Goal.Warn = types.Some(bound)
	return g
}

// InWindows looks at windows of so many seconds, one by one; percent of them must meet the goal.
func (g *Goal) InWindows(seconds uint32, percent float64) *Goal {
	met := strconv.FormatFloat(percent, 'f', -1, 64) + "%"
	return g.option("over", fmt.Sprintf("%ds", seconds)).option("met", met)
}

// AbortOnFail ends the load when the goal is missed, once it has run for so long.
func (g *Goal) AbortOnFail(delay time.Duration) *Goal {
	return g.option("abort-on-fail", "true").option("delay", fmt.Sprintf("%dms", millis(delay)))
}

func (g *Goal) option(name, value string) *Goal {
	g.Options = append(g.Options, strata_scenario_types.Pair{Name: name, Value: value})
	return g
}
