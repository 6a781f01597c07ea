// Package strata is for scenarios of strata, written in Go. It is experimental.
//
// A scenario is a type with Describe and Iteration, and, if it wants, Start, Setup, Judge and Teardown; Export in an init
// function makes a component of it.
package strata

import (
	"errors"
	"fmt"

	"strata/internal/strata_scenario_types"
	"strata/internal/wit/types"
)

// Context is what one call of Iteration is told: the virtual user from 1, how many iterations it began before, and the
// stage as an index.
type Context = strata_scenario_types.Context

// Scenario is a load-test scenario. One value is one virtual user: it lives from iteration to iteration.
type Scenario interface {
	// Describe says what the scenario is. Called before the run, perhaps several times, each time with the same answer.
	Describe() *Manifest
	// Iteration is what the virtual user does, over and over. An error is counted by its code, a panic as `exception`;
	// the next iteration goes on with the same value.
	Iteration(Context) error
}

// Starter makes the user's state ready: called once, as part of its first iteration; again after a failure.
type Starter interface{ Start() error }

// Setupper prepares the run, once; every user reads the bytes with SetupData. An error ends the run.
type Setupper interface{ Setup() ([]byte, error) }

// Judger draws conclusions after the load, once.
type Judger interface{ Judge() ([]*Finding, error) }

// Teardowner cleans up, once, whatever happened before.
type Teardowner interface{ Teardown() error }

// Error is why something did not work: of the engine or, as a failure, of the scenario.
type Error struct {
	// Code is a stable word that reports count by: `timeout`, `login-refused`.
	Code string
	// Message is a sentence for people.
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Fail is a failure of the scenario's own: `return strata.Fail("no-such-user", "user %d is missing", 7)`.
func Fail(code, format string, arguments ...any) error {
	return &Error{code, fmt.Sprintf(format, arguments...)}
}

// Is says whether an error has this code.
func Is(err error, code string) bool {
	var own *Error
	return errors.As(err, &own) && own.Code == code
}

// code is of errors that have none.
const code = "error"

func failureOf(err error) strata_scenario_types.Failure {
	var own *Error
	if errors.As(err, &own) {
		return strata_scenario_types.Failure{Code: own.Code, Message: own.Message}
	}
	return strata_scenario_types.Failure{Code: code, Message: err.Error()}
}

type result[T any] = types.Result[T, strata_scenario_types.Error]

// unpacked makes Go's pair of a result.
func unpacked[T any](of result[T]) (T, error) {
	if of.Tag() == types.ResultErr {
		var none T
		err := of.Err()
		return none, &Error{err.Code, err.Message}
	}
	return of.Ok(), nil
}

var exported Scenario

// Export makes the component of a scenario. Called once, in an init function.
func Export(scenario Scenario) { exported = scenario }
