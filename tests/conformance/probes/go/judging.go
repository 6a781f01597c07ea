package main

import (
	"math"
	"slices"

	"strata"
)

// Throughput without coherency: 100 N / (1 + 0.5 (N - 1)).
func curve(levels int) (points []strata.Point) {
	for i := range levels {
		n := float64(i + 1)
		points = append(points, strata.Point{X: n, Y: 100 * n / (1 + 0.5*(n-1))})
	}
	return points
}

func near(found, expected float64) bool { return math.Abs(found-expected) < 1e-6 }

// refused says whether what was returned is an error of that code: refused("bad-point")(strata.FitUSL(points)).
func refused[T any](code string) func(T, error) bool {
	return func(_ T, err error) bool { return strata.Is(err, code) }
}

// judged is `judge=results`: every function for Judge, each answer a row. Rows that have not passed are answers that the
// contract does not allow.
func judged(finding *strata.Finding) ([]*strata.Finding, error) {
	line, err := strata.FitLinear([]strata.Point{{X: 1, Y: 12}, {X: 2, Y: 14}, {X: 3, Y: 16}})
	if err != nil {
		return nil, err
	}
	law, err := strata.FitUSL(curve(8))
	if err != nil {
		return nil, err
	}
	names, err := strata.Values("checks", "check")
	if err != nil {
		return nil, err
	}
	none, err := strata.Values("checks", "nothing")
	if err != nil {
		return nil, err
	}
	peak := 0.0
	if law.Peak != nil {
		peak = *law.Peak
	}
	finding.Row("slope", line.Slope, "", near(line.Slope, 2)).
		Row("intercept", line.Intercept, "", near(line.Intercept, 10)).
		Row("slope's interval", line.SlopeHigh-line.SlopeLow, "", line.SlopeLow <= line.SlopeHigh).
		Row("lambda", law.Lambda, "", near(law.Lambda, 100)).
		Row("sigma", law.Sigma, "", near(law.Sigma, 0.5)).
		Row("kappa", law.Kappa, "", law.Kappa < 1e-6).
		Row("sigma's interval", law.SigmaHigh-law.SigmaLow, "", law.SigmaLow <= law.SigmaHigh).
		Row("peak", peak, "", law.Peak == nil || peak > 100).
		Row("names of checks", float64(len(names)), "", slices.Equal(names, []string{"status is 200"})).
		Row("no such tag", 0, "", len(none) == 0)

	many := slices.Repeat([]strata.Point{{X: 1, Y: 1}}, 1001)
	bad := []strata.Point{{X: 1, Y: 1}, {X: 2, Y: math.NaN()}}
	few, noPoint, tooMany := "too-few-points", "bad-point", "too-many-points"
	finding.Row("values: no selector", 0, "", refused[[]string]("bad-selector")(strata.Values("checks{", "check"))).
		Row("line: one place", 0, "", refused[strata.Line](few)(strata.FitLinear([]strata.Point{{X: 1, Y: 1}, {X: 1, Y: 2}}))).
		Row("line: NaN", 0, "", refused[strata.Line](noPoint)(strata.FitLinear(bad))).
		Row("line: 1,001 points", 0, "", refused[strata.Line](tooMany)(strata.FitLinear(many))).
		Row("law: five levels", 0, "", refused[strata.USL](few)(strata.FitUSL(curve(5)))).
		Row("law: infinite", 0, "", refused[strata.USL](noPoint)(strata.FitUSL([]strata.Point{{X: 1, Y: math.Inf(1)}}))).
		Row("law: 1,001 points", 0, "", refused[strata.USL](tooMany)(strata.FitUSL(many)))
	return []*strata.Finding{finding}, nil
}
