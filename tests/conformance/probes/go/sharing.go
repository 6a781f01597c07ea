package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"strata"
)

const (
	rows   = strata.Data("rows")
	shared = strata.Space("shared")
	// How long nobody comes.
	nobody = 20 * time.Millisecond
)

// taken is the name of a row; what went wrong, if there is none.
func taken(order strata.Order) string {
	row, err := rows.Take(order)
	if err != nil {
		return err.Error()
	}
	name, _ := row.Get("name")
	return name
}

func takeRows(context strata.Context) {
	length, err := rows.Length()
	strata.Check("data: length", err == nil && length == 4)
	columns, err := rows.Columns()
	strata.Check("data: columns", err == nil && slices.Equal(columns, []string{"name", "note"}))
	row, err := rows.Row(1)
	note, _ := row.Get("note")
	_, other := row.Get("other")
	strata.Check("data: a row", err == nil && note == "a, \"b\" 世界" && !other)
	_, err = rows.Row(4)
	strata.Check("data: no such row", strata.Is(err, "no-such-row"))
	strata.Check("data: that of this user", taken(strata.PerVU) == fmt.Sprintf("r%d", (context.Vu-1)%4))
	strata.Check("data: any", strings.HasPrefix(taken(strata.AnyRow), "r"))
	strata.Check("data: in turn", strings.HasPrefix(taken(strata.Sequential), "r"))
	// As many as there are: each is had once, and then there is none.
	strata.Check(fmt.Sprintf("data: %s is had once", taken(strata.Unique)), true)
	if context.Iteration == 3 {
		_, err := rows.Take(strata.Unique)
		strata.Check("data: all are had", strata.Is(err, "end-of-data"))
	}
}

// must makes a failure of the probe's of an error that it does not expect.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func values(key string) {
	must(shared.Set(key, "1"))
	must(shared.Set(key, "zwei 世界"))
	value, given, err := shared.Get(key)
	strata.Check("kv: a value", err == nil && given && value == "zwei 世界")
	_, err = shared.Add(key, 1)
	strata.Check("kv: no number", strata.Is(err, "bad-value"))
	must(shared.Delete(key))
	_, given, err = shared.Get(key)
	strata.Check("kv: no value", err == nil && !given)
	first, err := shared.Add(key, 2)
	must(err)
	second, err := shared.Add(key, -0.5)
	must(err)
	strata.Check("kv: a sum", first == 2 && second == 1.5)
	must(shared.Delete(key))
	strata.Check("kv: too large", strata.Is(shared.Set(strings.Repeat("k", 257), ""), "too-large"))
}

func queues(vu uint32) {
	queue, alone := fmt.Sprintf("queue %d", vu), fmt.Sprintf("barrier %d", vu)
	_, came, err := shared.Pop(queue, nobody)
	strata.Check("kv: an empty queue", err == nil && !came)
	must(shared.Push(queue, "first"))
	must(shared.Push(queue, "second 🌍"))
	length, err := shared.QueueLength(queue)
	strata.Check("kv: a queue's length", err == nil && length == 2)
	first, _, err := shared.Pop(queue, nobody)
	must(err)
	second, _, err := shared.Pop(queue, nobody)
	must(err)
	strata.Check("kv: the oldest comes first", first == "first" && second == "second 🌍")
	strata.Check("kv: nobody to wait for", shared.Meet(alone, 1, nobody) == nil)
	strata.Check("kv: nobody comes", strata.Is(shared.Meet(alone, 2, nobody), "timeout"))
	strata.Check("kv: nobody is too few", strata.Is(shared.Meet(alone, 0, nobody), "bad-value"))
}

// share is about rows, shared values and secrets.
func share(context strata.Context) error {
	takeRows(context)
	values(fmt.Sprintf("value %d", context.Vu))
	queues(context.Vu)
	token, err := strata.Secret("token")
	strata.Check("a secret arrives", err == nil && len(token) == 12)
	strata.Check("setup's text arrives", strata.SetupText() == "from setup")
	_, err = strata.Data("others").Length()
	strata.Check("no set", strata.Is(err, "not-granted"))
	_, _, err = strata.Space("others").Get("a")
	strata.Check("no space", strata.Is(err, "not-granted"))
	_, err = strata.Secret("others")
	strata.Check("no secret", strata.Is(err, "not-granted"))
	_, given := strata.Env("others")
	strata.Check("no env", !given)
	return nil
}
