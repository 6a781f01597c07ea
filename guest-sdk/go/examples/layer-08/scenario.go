// Layer 8: how many requests per second four endpoints of the API answer, each under eight users of its own.
//
// The layer's number is the mean of the four rates of good answers. One endpoint is also asked by fewer users, to see
// whether throughput rises with concurrency. verdict.go draws the conclusions.
package main

import (
	"encoding/json"
	"fmt"
	"time"

	"strata"
)

type endpoint struct{ stage, path string }

// The stages, in the order in which they run: each asks for one endpoint.
var endpoints = []endpoint{
	{"feed", "/api/posts/feed"},
	{"groups", "/api/groups"},
	{"sidebar", "/api/events/sidebar"},
	{"suggestions", "/api/friends/suggestions"},
}

// Which of them is also asked by fewer users.
const scaled = 2

// The stages of fewer users, which all ask for the scaled endpoint.
var fewer = []struct {
	vus   uint32
	stage string
}{{1, "sidebar-1"}, {2, "sidebar-2"}, {3, "sidebar-3"}, {4, "sidebar-4"}, {6, "sidebar-6"}}

const (
	// Users of each stage.
	vus = 8
	// How long each stage starts requests, and those of fewer users.
	duration, shorter = 1500 * time.Millisecond, 500 * time.Millisecond
	// How long the last requests of a stage may take.
	grace = 5 * time.Second
)

// In the order of endpoints.
type throughput struct{ requests []*strata.Prepared }

func (t *throughput) Describe() *strata.Manifest {
	manifest := strata.NewManifest("layer-08-api-throughput").
		Layer(8, "Throughput", "API & Services").
		FixPriority(strata.Critical).
		Goal(strata.AtLeast("throughput", layerMark, "req/s")).
		Goal(strata.AtLeast("checks", 99, "%").Warn(99).Measured("checks", "rate"))
	for _, endpoint := range endpoints {
		manifest.Stage(strata.ConstantVUs(endpoint.stage, vus, duration).GracefulStop(grace))
	}
	for _, few := range fewer {
		manifest.Stage(strata.ConstantVUs(few.stage, few.vus, shorter).GracefulStop(grace))
	}
	return manifest
}

func (t *throughput) Start() error {
	t.requests = nil
	for _, endpoint := range endpoints {
		request, err := strata.Get(endpoint.path).Name(endpoint.stage).Prepare()
		if err != nil {
			return err
		}
		t.requests = append(t.requests, request)
	}
	return nil
}

func (t *throughput) Iteration(context strata.Context) error {
	asked := scaled
	if int(context.Stage) < len(t.requests) {
		asked = int(context.Stage)
	}
	answer, err := t.requests[asked].Send()
	if err != nil {
		return err
	}
	strata.Check("status is 200", answer.Status == 200)
	var page struct{ Items []json.RawMessage }
	strata.Check("the page has its entries", json.Unmarshal(answer.Body(), &page) == nil && len(page.Items) > 0)
	return nil
}

func (t *throughput) Judge() ([]*strata.Finding, error) {
	var rates []rate
	for _, endpoint := range endpoints {
		value, err := stat("http_reqs", endpoint.stage, "rate")
		if err != nil {
			return nil, err
		}
		rates = append(rates, rate{endpoint.path, value})
	}
	scaling, err := scale()
	if err != nil {
		return nil, err
	}
	return []*strata.Finding{conclude(rates, scaling)}, nil
}

// stat is a number of a stage's good answers.
func stat(metric, stage, aggregate string) (*float64, error) {
	return strata.Stat(fmt.Sprintf("%s{stage:%s,expected_response:true}", metric, stage), aggregate)
}

// scale is what the scaled endpoint's throughput does when more users ask; nil if it did not answer all of them.
func scale() (*scaling, error) {
	stages := append(fewer[:len(fewer):len(fewer)], struct {
		vus   uint32
		stage string
	}{vus, endpoints[scaled].stage})
	found := &scaling{path: endpoints[scaled].path}
	var points []strata.Point
	for _, stage := range stages {
		rate, err := stat("http_reqs", stage.stage, "rate")
		if err != nil {
			return nil, err
		}
		ms, err := stat("http_req_duration", stage.stage, "avg")
		if err != nil {
			return nil, err
		}
		if rate == nil || ms == nil {
			return nil, nil
		}
		level := level{stage.vus, *rate, *ms}
		found.levels = append(found.levels, level)
		points = append(points, level.point())
	}
	// A curve that cannot be fitted is no reason to keep the rates back.
	if law, err := strata.FitUSL(points); err == nil {
		found.law = &law
	}
	return found, nil
}

func init() { strata.Export(&throughput{}) }

func main() {}
