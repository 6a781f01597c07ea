package main

import "testing"

func TestTheNumberIsTheMeanOfTheRates(t *testing.T) {
	a, b := 24.47, 9.38
	finding := conclude([]rate{{"/a", &a}, {"/b", &b}, {"/c", nil}}, nil)
	expected := "2 of 3 endpoints below 20 req/s: /b (9.38 req/s), /c (0.00 req/s)"
	if finding.Finding.Analysis != expected {
		t.Error(finding.Finding.Analysis)
	}
	if len(finding.Breakdown) != 3 || finding.Breakdown[0].Passed.Some() != true {
		t.Error(finding.Breakdown)
	}
}

func TestWithoutAGoodAnswerThereIsNoNumber(t *testing.T) {
	if finding := conclude([]rate{{"/a", nil}}, nil); len(finding.Breakdown) != 0 {
		t.Error(finding.Breakdown)
	}
}
