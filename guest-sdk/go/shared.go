package strata

import (
	"time"

	"strata/internal/strata_scenario_data"
	"strata/internal/strata_scenario_kv"
	"strata/internal/wit/types"
)

// Order is which row is taken.
type Order = strata_scenario_data.Order

const (
	// Sequential is the one after that which was taken last, by whichever user of the layer.
	Sequential = strata_scenario_data.OrderSequential
	// AnyRow is any, from the run's seed and the user's number.
	AnyRow = strata_scenario_data.OrderRandom
	// PerVU is that of this user's number; after the last row it goes on with the first.
	PerVU = strata_scenario_data.OrderPerVu
	// Unique is one that nobody in this run has had, in any layer.
	Unique = strata_scenario_data.OrderUnique
)

// Row is columns and cells, in the order of the file.
type Row []Header

// Get is the cell of a column, and whether there is one.
func (r Row) Get(column string) (string, bool) {
	for _, cell := range r {
		if cell.Name == column {
			return cell.Value, true
		}
	}
	return "", false
}

// Data is the name of a set of rows, which the manifest asks for with NeedsData: Data("users").Take(Unique). The error
// `not-granted` says that it does not.
type Data string

// Length is how many rows it has.
func (d Data) Length() (uint32, error) { return unpacked(strata_scenario_data.Length(string(d))) }

// Columns are the names of its columns.
func (d Data) Columns() ([]string, error) { return unpacked(strata_scenario_data.Columns(string(d))) }

// Row is the row of an index, from 0; takes nothing. Error: `no-such-row`.
func (d Data) Row(index uint32) (Row, error) {
	row, err := unpacked(strata_scenario_data.Row(string(d), index))
	return Row(row), err
}

// Take takes a row. Where there is none left it is `end-of-data`: return it, and the iteration was none. Error:
// `no-such-row` for PerVU outside of an iteration.
func (d Data) Take(order Order) (Row, error) {
	row, err := unpacked(strata_scenario_data.Take(string(d), order))
	return Row(row), err
}

// Space is the name of a space of values that all users share, which the manifest asks for with NeedsKV:
// Space("shop").Add("orders", 1). Errors of all of these: `not-granted`, `too-large`; of those that put something there
// also `kv-full`. What waits does not hold up other users.
type Space string

// Get is a value, and whether it is there.
func (s Space) Get(key string) (string, bool, error) {
	return maybe(strata_scenario_kv.Get(string(s), key))
}

// Set puts a value there, in place of another.
func (s Space) Set(key, value string) error {
	_, err := unpacked(strata_scenario_kv.Set(string(s), key, value))
	return err
}

// Delete takes a value away, if it is there.
func (s Space) Delete(key string) error {
	_, err := unpacked(strata_scenario_kv.Delete(string(s), key))
	return err
}

// Add adds to a number, 0 if it is not there, and gives the sum: nobody comes between. Error: `bad-value`.
func (s Space) Add(key string, by float64) (float64, error) {
	return unpacked(strata_scenario_kv.Add(string(s), key, by))
}

// Push puts a value at the end of a queue.
func (s Space) Push(queue, value string) error {
	_, err := unpacked(strata_scenario_kv.Push(string(s), queue, value))
	return err
}

// Pop takes the oldest value of a queue, waiting for one at most so long, and says whether one came.
func (s Space) Pop(queue string, wait time.Duration) (string, bool, error) {
	return maybe(strata_scenario_kv.Pop(string(s), queue, millis(wait)))
}

// QueueLength is how many values a queue holds.
func (s Space) QueueLength(queue string) (uint32, error) {
	return unpacked(strata_scenario_kv.QueueLength(string(s), queue))
}

// Meet waits until so many users are at a barrier, this one included, for at most so long. Errors: `timeout`, `bad-value`.
func (s Space) Meet(barrier string, parties uint32, wait time.Duration) error {
	_, err := unpacked(strata_scenario_kv.Meet(string(s), barrier, parties, millis(wait)))
	return err
}

func maybe(of result[types.Option[string]]) (string, bool, error) {
	found, err := unpacked(of)
	if err != nil {
		return "", false, err
	}
	value, given := found.Get()
	return value, given, nil
}
