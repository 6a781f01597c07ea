package main

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"time"

	"strata"
)

func whole() (*strata.Response, error) {
	answer, err := strata.Get("/").Name("send").Send()
	if err != nil {
		return nil, err
	}
	strata.Check("send: status is 200", answer.Status == 200)
	strata.Check("send: there is a body", len(answer.Body) > 0)
	upper := slices.ContainsFunc(answer.Headers, func(h strata.Header) bool { return h.Name != strings.ToLower(h.Name) })
	strata.Check("send: header names are lower case", !upper)
	timings := answer.Timings
	sum := timings.Sending + timings.Waiting + timings.Receiving
	strata.Check("send: duration is the sum of its parts", math.Abs(timings.Duration-sum) < 0.01)
	discarded, err := strata.Get("/").Name("send").DiscardBody().Send()
	if err != nil {
		return nil, err
	}
	strata.Check("send: a discarded body is empty", len(discarded.Body) == 0)
	return answer, nil
}

func prepared(whole *strata.Response) error {
	request, err := strata.Get("/").Name("prepared").Header("x-probe", "prepared").Prepare()
	if err != nil {
		return err
	}
	answer, err := request.Send()
	if err != nil {
		return err
	}
	body := answer.Body()
	strata.Check("prepared.send: status is 200", answer.Status == 200)
	strata.Check("prepared.send: length is the body's", int(answer.Length) == len(body))
	strata.Check("prepared.send: body is that of send", bytes.Equal(body, whole.Body))
	strata.Check("prepared.send: text is the body", answer.Text() == string(body))
	kind, found := answer.Header("Content-Type")
	expected, _ := whole.Header("content-type")
	strata.Check("prepared.send: header in any case", found && kind == expected)
	_, found = answer.Header("x-no-such-header")
	strata.Check("prepared.send: no such header", !found)

	url := "/?probe=1"
	with := strata.Overrides{URL: &url, Headers: []strata.Header{{Name: "x-probe-more", Value: "1"}}}
	other, err := request.SendWith(with)
	if err != nil {
		return err
	}
	strata.Check("prepared.send-with: status is 200", other.Status == 200)
	strata.Check("prepared.send-with: earlier answers are gone", other.Index == 0 || len(answer.Body()) == 0)
	discarding, err := strata.Get("/").Name("prepared").DiscardBody().Prepare()
	if err != nil {
		return err
	}
	discarded, err := discarding.Send()
	if err != nil {
		return err
	}
	strata.Check("prepared.send: a discarded body is empty", len(discarded.Body()) == 0)
	request.Forget()
	discarding.Forget()
	return nil
}

func atOnce(whole *strata.Response) error {
	var requests []*strata.Request
	for _, url := range []string{"/", "/?probe=1", "/"} {
		requests = append(requests, strata.Get(url).Name("all"))
	}
	answers := strata.SendAll(requests...)
	bad := slices.ContainsFunc(answers, func(s strata.Sent[strata.Response]) bool { return s.Err != nil || s.Answer.Status != 200 })
	strata.Check("send-all: an answer for each", len(answers) == len(requests))
	strata.Check("send-all: status is 200", !bad)
	strata.Check("send-all: in order", !bad && bytes.Equal(answers[2].Answer.Body, whole.Body))

	var ready []*strata.Prepared
	for _, request := range requests {
		one, err := request.Prepare()
		if err != nil {
			return err
		}
		ready = append(ready, one)
	}
	briefs := strata.SendAllPrepared(ready...)
	good, kept := true, true
	for _, brief := range briefs {
		if brief.Err != nil {
			return brief.Err
		}
		good = good && brief.Answer.Status == 200
		kept = kept && len(brief.Answer.Body()) == int(brief.Answer.Length)
	}
	strata.Check("send-all-prepared: an answer for each", len(briefs) == len(requests))
	strata.Check("send-all-prepared: status is 200", good)
	strata.Check("send-all-prepared: all answers are kept", kept)
	strata.Check("send-all: none for none", len(strata.SendAll()) == 0)
	for _, one := range ready {
		one.Forget()
	}
	return nil
}

func refusals() {
	refuses := func(request *strata.Request, code string) bool {
		_, err := request.Prepare()
		return strata.Is(err, code)
	}
	strata.Check("bad-url", refuses(strata.Get("http://"), "bad-url"))
	strata.Check("bad-request: method", refuses(strata.NewRequest("G T", "/"), "bad-request"))
	strata.Check("bad-request: header", refuses(strata.Get("/").Header("x\r\ny", "1"), "bad-request"))
	strata.Check("host-not-allowed", refuses(strata.Get("http://192.0.2.1/"), "host-not-allowed"))
	strata.Check("unsupported: scheme", refuses(strata.Get("ftp://192.0.2.1/"), "unsupported"))
	answers := strata.SendAll(slices.Repeat([]*strata.Request{strata.Get("/")}, 257)...)
	other := slices.ContainsFunc(answers, func(s strata.Sent[strata.Response]) bool { return !strata.Is(s.Err, "bad-request") })
	strata.Check("send-all: 257 are too many", len(answers) == 257 && !other)
}

// sendEverything is mode `send`: every function for requests against the target's `/`. The checks hold for any target
// that answers 200 there with a body and a `content-type`.
func sendEverything() error {
	answer, err := whole()
	if err != nil {
		return err
	}
	if err := prepared(answer); err != nil {
		return err
	}
	if err := atOnce(answer); err != nil {
		return err
	}
	refusals()
	return nil
}

// What follows is against a server that knows `/echo`, `/bytes`, `/delay` and others.

func unicode() error {
	text := `Grüße, 世界 🌍 – "quoted"`
	request := strata.Post("/echo").Name("écho 世界").Header("content-type", "text/plain; charset=utf-8")
	answer, err := request.Body([]byte(text)).Send()
	if err != nil {
		return err
	}
	strata.Check("echo: status is 200", answer.Status == 200)
	strata.Check("echo: text comes back", string(answer.Body) == text)
	strata.Check("Unicode: 世界 🌍", true)
	strata.Info("%s", text)
	return nil
}

func large() error {
	const size, sent = 4_194_304, 1_048_576
	request, err := strata.Get("/bytes/4194304").Prepare()
	if err != nil {
		return err
	}
	answer, err := request.Send()
	if err != nil {
		return err
	}
	strata.Check("large: length", answer.Length == size)
	body := answer.Body()
	strata.Check("large: body", len(body) == size && body[0] == 'x' && body[size/2] == 'x' && body[size-1] == 'x')
	echo, err := strata.Post("/echo").Body(bytes.Repeat([]byte("y"), sent)).Send()
	if err != nil {
		return err
	}
	strata.Check("large: echo", len(echo.Body) == sent)
	return nil
}

func failures() error {
	fails := func(request *strata.Request, code string) {
		_, err := request.Send()
		strata.Check(code, strata.Is(err, code))
	}
	fails(strata.Get("/delay/2000").Timeout(50*time.Millisecond), "timeout")
	fails(strata.Get("/close"), "closed")
	fails(strata.Get("/garbage"), "protocol")
	fails(strata.Get("/endless"), "body-too-large")
	fails(strata.Get(env("nobody")+"/"), "connect-refused")
	return nil
}

func statuses() error {
	missing, err := strata.Get("/status/404").Send()
	if err != nil {
		return err
	}
	busy, err := strata.Get("/status/503").Send()
	if err != nil {
		return err
	}
	strata.Check("404 is an answer", missing.Status == 404)
	strata.Check("503 is an answer", busy.Status == 503)
	return nil
}

func together() error {
	answers := strata.SendAll(slices.Repeat([]*strata.Request{strata.Get("/delay/200")}, 8)...)
	bad := slices.ContainsFunc(answers, func(s strata.Sent[strata.Response]) bool { return s.Err != nil || s.Answer.Status != 200 })
	strata.Check("together: all answer", len(answers) == 8 && !bad)
	return nil
}
