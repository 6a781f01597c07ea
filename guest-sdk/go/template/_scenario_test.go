package main

import "testing"

func TestEveryGoalIsMeasured(t *testing.T) {
	manifest := new(user).Describe()
	if manifest.Name != "@NAME@" {
		t.Errorf("it is called %q", manifest.Name)
	}
	for _, goal := range manifest.Goals {
		if !goal.IsMeasured() {
			t.Errorf("%s is not measured", goal.Name)
		}
	}
}
