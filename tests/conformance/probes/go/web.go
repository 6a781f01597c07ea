package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"strata"
)

func get(url string) *strata.Request { return strata.Get(url).Name(url) }

func echo() *strata.Request { return strata.Post("/echo").Name("echo") }

// fails sends and says whether it is refused with that code.
func fails(request *strata.Request, code string) bool {
	_, err := request.Send()
	return strata.Is(err, code)
}

// said is the body of what was answered; empty, and not what is expected, if nothing was.
func said(request *strata.Request) string {
	answer, err := request.Send()
	if err != nil {
		strata.Warn("%v", err)
		return ""
	}
	return fmt.Sprintf("%d %s", answer.Status, answer.Body)
}

func valueOf(headers []strata.Header, name string) string {
	for _, header := range headers {
		if header.Name == name {
			return header.Value
		}
	}
	return ""
}

func brief(request *strata.Request) (*strata.Brief, error) {
	prepared, err := request.Prepare()
	if err != nil {
		return nil, err
	}
	defer prepared.Forget()
	return prepared.Send()
}

func redirects() error {
	strata.Check("redirects are followed", said(get("/redirect/3")) == "200 ok\n")
	first, err := brief(get("/redirect/3").Redirects(0))
	if err != nil {
		return err
	}
	strata.Check("a redirect can be an answer", first.Status == 302)
	strata.Check("headers of a kept answer", valueOf(first.Headers(), "location") == "/redirect/2")
	some, err := get("/redirect/3").Redirects(2).Send()
	if err != nil {
		return err
	}
	location, _ := some.Header("location")
	strata.Check("the last one is given", location == "/redirect/0")
	strata.Check("see other is a GET", said(strata.Post("/see-other").Body([]byte("x"))) == "200 GET")
	strata.Check("a redirect leads only where it may", fails(get("/away"), "host-not-allowed"))
	good := true
	for _, sent := range strata.SendAll(get("/redirect/1"), get("/cookies")) {
		good = good && sent.Err == nil && sent.Answer.Status == 200
	}
	strata.Check("redirects of several", good)
	return nil
}

func cookies() error {
	strata.ClearCookies()
	strata.Check("a jar can be emptied", said(get("/cookies")) == "200 ")
	if _, err := get("/set-cookie/a/1").Send(); err != nil {
		return err
	}
	if err := strata.SetCookie("/", "b=2; Path=/cookies"); err != nil {
		return err
	}
	strata.Check("cookies are sent", said(get("/cookies")) == "200 b=2; a=1")
	known := strata.Cookies("/")
	strata.Check("cookies can be read", len(known) == 1 && valueOf(known, "a") == "1")
	strata.Check("a request without cookies", said(get("/cookies").Cookies(false)) == "200 ")
	strata.Check("a request with its own", said(get("/cookies").Header("cookie", "own=1")) == "200 own=1")
	other := strata.SetCookie("/", "c=1; Domain=example.com")
	strata.Check("a cookie of another is refused", strata.Is(other, "bad-request"))
	strata.ClearCookies()
	return nil
}

func encodings() error {
	plain, err := get("/gzip").Send()
	if err != nil {
		return err
	}
	_, coded := plain.Header("content-encoding")
	strata.Check("compression is not asked for", !coded)
	decoded, err := brief(get("/gzip").Compression("gzip"))
	if err != nil {
		return err
	}
	strata.Check("gzip is decoded", decoded.Text() == "hello, world\n" && decoded.Length == 13)
	kept := said(get("/gzip").Compression("gzip").KeepEncoded())
	strata.Check("or left as it came", strings.HasPrefix(kept, "200 \x1f\x8b"))
	strata.Check("bad-encoding", fails(get("/coded"), "bad-encoding"))
	return nil
}

func authorization() {
	basic := said(get("/authorization").BasicAuth("Aladdin", "open sesame"))
	strata.Check("basic authorization", basic == "200 Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
	strata.Check("bearer authorization", said(get("/authorization").BearerAuth("token")) == "200 Bearer token")
	strata.Check("one of them", fails(get("/authorization").BasicAuth("a", "b").BearerAuth("c"), "bad-request"))
}

func forms() error {
	fields := []strata.Header{{Name: "user", Value: "me & you"}, {Name: "n", Value: "1"}}
	form, err := echo().Form(fields...).Send()
	if err != nil {
		return err
	}
	strata.Check("a form", string(form.Body) == "user=me+%26+you&n=1")
	kind, _ := form.Header("content-type")
	strata.Check("the kind of a form", kind == "application/x-www-form-urlencoded")
	file := strata.Part{Name: "f", Content: []byte("content"), FileName: "f.txt", ContentType: "text/plain"}
	parts := said(echo().Multipart(strata.Part{Name: "a", Content: []byte("1")}, file))
	wanted := "filename=\"f.txt\"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--"
	strata.Check("parts of a form", strings.Contains(parts, wanted))
	strata.Check("a body from setup", said(echo().BodyFromSetup()) == "200 from setup")
	strata.Check("a part of it", said(echo().BodyFromSetupPart(5, 10)) == "200 setup")
	_, err = echo().BodyFromSetupPart(5, 11).Prepare()
	strata.Check("no more than there is", strata.Is(err, "bad-request"))
	return nil
}

// web is what browsers and services do.
func web() error {
	if err := redirects(); err != nil {
		return err
	}
	if err := cookies(); err != nil {
		return err
	}
	if err := encodings(); err != nil {
		return err
	}
	authorization()
	return forms()
}

func pieces() error {
	incoming, err := get("/pieces/5").Open()
	if err != nil {
		return err
	}
	defer incoming.Close()
	strata.Check("stream: status", incoming.Status() == 200)
	strata.Check("stream: headers", valueOf(incoming.Headers(), "transfer-encoding") != "")
	length, last, held := 0, 0.0, true
	// One piece, and the rest by way of io.Reader.
	piece, err := incoming.ReadPiece(400)
	for err == nil && length < 4000 {
		held = held && len(piece.Body) <= 400 && piece.AtMs >= last
		length, last = length+len(piece.Body), piece.AtMs
		if length < 4000 {
			piece, err = incoming.ReadPiece(400)
		}
	}
	if err != nil {
		return err
	}
	rest, err := io.ReadAll(incoming)
	if err != nil {
		return err
	}
	strata.Check("stream: pieces are no longer than asked for, and in order", held)
	strata.Check("stream: everything comes", length+len(rest) == 5000)
	strata.Check("stream: pieces have their times", last > 0 && last <= strata.Now().Seconds()*1000)
	_, err = incoming.ReadPiece(1)
	strata.Check("stream: the end is the end", err == io.EOF)
	return nil
}

func events() error {
	incoming, err := get("/events").Open()
	if err != nil {
		return err
	}
	defer incoming.Close()
	found := ""
	for {
		event, err := incoming.NextEvent()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		found += fmt.Sprintf("[%s %s %s]", event.Kind, event.Id, event.Data)
	}
	strata.Check("stream: events", found == "[message  one][add 7 two\nlines][message 7 three]")
	return nil
}

func unending() error {
	incoming, err := get("/endless").Open()
	if err != nil {
		return err
	}
	piece, err := incoming.ReadPiece(^uint32(0))
	strata.Check("stream: an answer without an end", err == nil && len(piece.Body) > 0)
	return errors.Join(incoming.Close(), incoming.Close())
}

func stalls() error {
	incoming, err := get("/stalls").Timeout(200 * time.Millisecond).Open()
	if err != nil {
		return err
	}
	defer incoming.Close()
	_, err = io.ReadAll(incoming)
	strata.Check("stream: timeout within", strata.Is(err, "timeout"))
	return nil
}

// stream is about answers that are read while they come.
func stream() error {
	for _, part := range []func() error{pieces, events, unending, stalls} {
		if err := part(); err != nil {
			return err
		}
	}
	_, late := get("/delay/2000").Timeout(50 * time.Millisecond).Open()
	strata.Check("stream: timeout", strata.Is(late, "timeout"))
	moved, err := get("/redirect/1").Open()
	if err != nil {
		return err
	}
	defer moved.Close()
	strata.Check("stream: a redirect is an answer", moved.Status() == 302)
	_, refused := strata.Get("http://192.0.2.1/").Open()
	strata.Check("stream: host-not-allowed", strata.Is(refused, "host-not-allowed"))
	return nil
}
