package strata

import "strata/internal/strata_scenario_results"

// Point is a place and what was measured there.
type Point = strata_scenario_results.Point

// Line is `y = intercept + slope * x`, with the slope's 95 % interval.
type Line = strata_scenario_results.Line

// USL is the Universal Scalability Law; without a Peak throughput rises without an end.
type USL struct {
	strata_scenario_results.Usl
	// Peak is the concurrency of the highest throughput.
	Peak *float64
}

// Stat is one number, for Judge: Stat("http_req_duration{stage:warm}", "p(95)"); nil where there were no samples.
// Errors: `bad-selector`, `bad-aggregate`.
func Stat(selector, aggregate string) (*float64, error) {
	found, err := unpacked(strata_scenario_results.Stat(selector, aggregate))
	if err != nil {
		return nil, err
	}
	if value, given := found.Get(); given {
		return &value, nil
	}
	return nil, nil
}

// Values has the values of a tag in the selected series, in order, each once; at most 1,000.
func Values(selector, tag string) ([]string, error) {
	return unpacked(strata_scenario_results.Values(selector, tag))
}

// FitLinear is the line nearest to the points.
func FitLinear(points []Point) (Line, error) {
	return unpacked(strata_scenario_results.FitLinear(points))
}

// FitUSL is the scalability curve nearest to points of a concurrency and a throughput.
func FitUSL(points []Point) (USL, error) {
	found, err := unpacked(strata_scenario_results.FitUsl(points))
	if err != nil {
		return USL{}, err
	}
	law := USL{Usl: found}
	if peak, given := found.Peak.Get(); given {
		law.Peak = &peak
	}
	return law, nil
}
