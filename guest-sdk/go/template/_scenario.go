// What a virtual user of @NAME@ does, and what its numbers must be.
package main

import (
	"time"

	"strata"
)

type user struct{ front *strata.Prepared }

func (u *user) Describe() *strata.Manifest {
	return strata.NewManifest("@NAME@").
		// @LAYER-BEGIN@
		Layer(@LAYER@, "@NAME@", "Area of the system").
		// @LAYER-END@
		Stage(strata.ConstantVUs("main", 2, 5*time.Second)).
		Goal(strata.AtLeast("checks", 99, "%").Measured("checks", "rate")).
		Goal(strata.AtMost("p95", 200, "ms").Measured("http_req_duration", "p(95)"))
}

// Start runs once per virtual user: what every iteration needs.
func (u *user) Start() (err error) {
	u.front, err = strata.Get("/").Name("front page").Prepare()
	return err
}

// Iteration runs over and over.
func (u *user) Iteration(strata.Context) error {
	answer, err := u.front.Send()
	if err != nil {
		return err
	}
	strata.Check("status is 200", answer.Status == 200)
	return nil
}

func init() { strata.Export(&user{}) }

func main() {}
