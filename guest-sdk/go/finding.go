package strata

import (
	"fmt"

	"strata/internal/strata_scenario_types"
	"strata/internal/wit/types"
)

// Finding is what Judge found out about a goal. Its methods give it back, so that they follow each other.
type Finding struct{ strata_scenario_types.Finding }

// NewFinding is about the goal of that name, so far without a number, which means NO DATA for a judged goal.
func NewFinding(goal string) *Finding { return &Finding{strata_scenario_types.Finding{Goal: goal}} }

// Value is the number to hold against the goal's target. A measured goal keeps the engine's number.
func (f *Finding) Value(value float64) *Finding {
	f.Finding.Value = types.Some(value)
	return f
}

// Text is how the result reads where a number and its unit do not say it.
func (f *Finding) Text(format string, arguments ...any) *Finding {
	f.Finding.Text = types.Some(fmt.Sprintf(format, arguments...))
	return f
}

// Analysis is what is wrong and the evidence for it, or why it is good.
func (f *Finding) Analysis(format string, arguments ...any) *Finding {
	f.Finding.Analysis = fmt.Sprintf(format, arguments...)
	return f
}

// Row adds a line under the result that has passed or not.
func (f *Finding) Row(label string, value float64, unit string, passed bool) *Finding {
	return f.row(label, value, unit, types.Some(passed))
}

// Note adds a line under the result that only informs.
func (f *Finding) Note(label string, value float64, unit string) *Finding {
	return f.row(label, value, unit, types.None[bool]())
}

func (f *Finding) row(label string, value float64, unit string, passed types.Option[bool]) *Finding {
	row := strata_scenario_types.Row{Label: label, Value: value, Unit: unit, Passed: passed}
	f.Breakdown = append(f.Breakdown, row)
	return f
}
