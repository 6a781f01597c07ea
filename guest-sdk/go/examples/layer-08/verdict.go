package main

import (
	"fmt"
	"strings"

	"strata"
)

const (
	// The mean rate that the layer must reach, and that of each endpoint, in requests per second.
	layerMark, endpointMark = 50.0, 20.0
	// Contention of which at least this is certain means that requests are handled one at a time.
	serial = 0.5
)

// rate is of an endpoint's good answers per second; nil if it had none.
type rate struct {
	path  string
	value *float64
}

func (r rate) number() float64 {
	if r.value == nil {
		return 0
	}
	return *r.value
}

// level is so many users of one endpoint: good answers per second, and their mean time in milliseconds.
type level struct {
	users    uint32
	rate, ms float64
}

// point is a level's concurrency, throughput times response time, and its throughput.
func (l level) point() strata.Point { return strata.Point{X: max(l.rate*l.ms/1000, 1), Y: l.rate} }

// scaling is what an endpoint's throughput does when more users ask, from few to many.
type scaling struct {
	path   string
	levels []level
	// nil if no curve fits.
	law *strata.USL
}

// conclude is the finding about `throughput`. An endpoint without a good answer counts as 0 req/s, unless none has one:
// then there is nothing to judge.
func conclude(rates []rate, scaling *scaling) *strata.Finding {
	finding := strata.NewFinding("throughput")
	sum, answering := 0.0, 0
	for _, rate := range rates {
		sum += rate.number()
		if rate.value != nil {
			answering++
		}
	}
	if answering == 0 {
		return finding.Analysis("No endpoint gave a good answer")
	}
	mean := sum / float64(len(rates))
	text := analysis(rates, mean)
	if scaling != nil && scaling.law != nil {
		text += "; " + scaling.grows()
	}
	finding.Value(mean).Text("%.2f req/s", mean).Analysis("%s", text)
	for _, rate := range rates {
		finding.Row(rate.path, rate.number(), "req/s", rate.number() >= endpointMark)
	}
	return finding
}

// analysis says which endpoints are slow, with their figures, or that none is.
func analysis(rates []rate, mean float64) string {
	var slow []string
	for _, rate := range rates {
		if rate.number() < endpointMark {
			slow = append(slow, fmt.Sprintf("%s (%.2f req/s)", rate.path, rate.number()))
		}
	}
	names := strings.Join(slow, ", ")
	switch {
	case len(slow) == 0 && mean >= layerMark:
		return fmt.Sprintf("All endpoints answer %v req/s or more", endpointMark)
	case len(slow) == 0:
		return fmt.Sprintf("All endpoints answer %v req/s or more, but their mean is below %v", endpointMark, layerMark)
	case len(slow) == len(rates):
		return fmt.Sprintf("No endpoint reaches %v req/s: %s", endpointMark, names)
	}
	return fmt.Sprintf("%d of %d endpoints below %v req/s: %s", len(slow), len(rates), endpointMark, names)
}

// grows says whether throughput rises with concurrency, and what the curve says about it.
func (s *scaling) grows() string {
	first, last := s.levels[0], s.levels[len(s.levels)-1]
	rises, because := "rises", ""
	if s.law.SigmaLow >= serial {
		rises, because = "does not rise", ", so requests are handled one at a time"
	}
	return fmt.Sprintf("throughput %s with concurrency: %s answers %s req/s with %d and %s with %d users, contention sigma %.3f "+
		"(95 %% interval %.3f to %.3f)%s", rises, s.path, figure(first.rate), first.users, figure(last.rate), last.users,
		s.law.Sigma, s.law.SigmaLow, s.law.SigmaHigh, because)
}

// figure is a number with at most two decimals: `85.54`, `171.6`, `0`.
func figure(value float64) string {
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", value), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}
