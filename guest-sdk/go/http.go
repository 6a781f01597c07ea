package strata

import (
	"strconv"
	"strings"
	"time"

	"strata/internal/strata_scenario_http"
	"strata/internal/strata_scenario_types"
	"strata/internal/wit/types"
)

// Timings is where the time of a request went, in milliseconds.
type Timings = strata_scenario_http.Timings

// Header is a header of a request or an answer, a cookie, a field of a form, a cell of a row: a name and its value.
type Header = strata_scenario_types.Pair

// Request is what to ask for: strata.Get("/feed").Name("feed").Timeout(time.Second).
type Request struct{ lowered strata_scenario_http.Request }

// NewRequest is a request of any method. A path is appended to the target's base URL.
func NewRequest(method, url string) *Request {
	return &Request{strata_scenario_http.Request{Method: method, Url: url}}
}

// Get is a GET.
func Get(url string) *Request { return NewRequest("GET", url) }

// Post is a POST.
func Post(url string) *Request { return NewRequest("POST", url) }

// Put is a PUT.
func Put(url string) *Request { return NewRequest("PUT", url) }

// Delete is a DELETE.
func Delete(url string) *Request { return NewRequest("DELETE", url) }

// Header adds a header.
func (r *Request) Header(name, value string) *Request {
	r.lowered.Headers = append(r.lowered.Headers, Header{Name: name, Value: value})
	return r
}

// Body is the body.
func (r *Request) Body(body []byte) *Request {
	r.lowered.Body = body
	return r
}

// JSON is a body that is JSON already, with its `content-type`.
func (r *Request) JSON(text string) *Request {
	return r.Header("content-type", "application/json").Body([]byte(text))
}

// Name is the tag `name` in reports; the path unless set. One name for URLs that differ only in an id.
func (r *Request) Name(name string) *Request {
	r.lowered.Name = name
	return r
}

// Timeout is until the last byte of the answer; what the run says, or 60 seconds, unless set.
func (r *Request) Timeout(timeout time.Duration) *Request {
	r.lowered.TimeoutMs = some(timeout)
	return r
}

// ConnectTimeout is until the connection is open; what the run says, or ten seconds, unless set.
func (r *Request) ConnectTimeout(timeout time.Duration) *Request {
	return r.option("connect-timeout-ms", number(millis(timeout)))
}

// FirstByteTimeout is from when the request goes out to the first byte of the answer; what the run says, or as long as
// the whole request may take, unless set.
func (r *Request) FirstByteTimeout(timeout time.Duration) *Request {
	return r.option("first-byte-timeout-ms", number(millis(timeout)))
}

// DiscardBody reads the answer's body from the wire and forgets it.
func (r *Request) DiscardBody() *Request { return r.option("body", "discard") }

// Redirects is how many are followed, at most 100; what the run says, or 10, unless set. 0 gives the first answer.
func (r *Request) Redirects(most uint32) *Request { return r.option("redirects", number(most)) }

// Cookies says whether the user's cookies go with it, and the answer's are kept; what the run says, or yes, unless set.
func (r *Request) Cookies(yes bool) *Request {
	if yes {
		return r.option("cookies", "yes")
	}
	return r.option("cookies", "no")
}

// Compression is what the answer may be compressed with: `gzip, br, zstd, deflate`, `all` or `none`; what the run says, or
// none, unless set. A kept body is decoded.
func (r *Request) Compression(codings string) *Request { return r.option("compression", codings) }

// KeepEncoded leaves a compressed body as it came.
func (r *Request) KeepEncoded() *Request { return r.option("decode", "no") }

// BasicAuth is the header `authorization` of a user, who has no colon, with a password.
func (r *Request) BasicAuth(user, password string) *Request {
	return r.option("basic-auth", user+":"+password)
}

// BearerAuth is the header `authorization` with a token.
func (r *Request) BearerAuth(token string) *Request { return r.option("bearer-auth", token) }

// BodyFromSetup makes what Setup returned the body. All users send the same bytes and none holds a copy: the way for
// large uploads.
func (r *Request) BodyFromSetup() *Request { return r.option("body-from", "setup-data") }

// BodyFromSetupPart is as BodyFromSetup, with the bytes from one index up to another.
func (r *Request) BodyFromSetupPart(from, to uint32) *Request {
	return r.option("body-from", "setup-data "+number(from)+".."+number(to))
}

func (r *Request) option(name, value string) *Request {
	r.lowered.Options = append(r.lowered.Options, Header{Name: name, Value: value})
	return r
}

func number(of uint32) string { return strconv.FormatUint(uint64(of), 10) }

// Send waits for the whole answer. Copies headers and body, which is the larger part of its cost. Codes of errors:
// `bad-url`, `bad-request`, `host-not-allowed`, `dns`, `connect-refused`, `connect-timeout`, `out-of-descriptors`,
// `out-of-ports`, `connect`, `proxy`, `tls-expired`, `tls-issuer`, `tls-host`, `tls-handshake`, `timeout`,
// `reset`, `closed`, `stale`, `protocol`, `body-too-large`, `bad-encoding`, `unsupported`.
func (r *Request) Send() (*Response, error) { return response(strata_scenario_http.Send(r.lowered)) }

// Prepare checks and encodes, to send many times. Costs a few microseconds; do it once, in Start.
func (r *Request) Prepare() (*Prepared, error) {
	prepared, err := unpacked(strata_scenario_http.PreparedPrepare(r.lowered))
	if err != nil {
		return nil, err
	}
	return &Prepared{prepared}, nil
}

// Response is a whole answer.
type Response struct {
	Status   uint32
	Protocol string
	// Headers are in the order received, names in lower case.
	Headers []Header
	// Body is empty if it was discarded.
	Body    []byte
	Timings Timings
}

func response(of result[strata_scenario_http.Response]) (*Response, error) {
	found, err := unpacked(of)
	if err != nil {
		return nil, err
	}
	return &Response{found.Status, found.Protocol, found.Headers, found.Body, found.Timings}, nil
}

// Header is the first value of a header, the name in any case, and whether there is one.
func (r *Response) Header(name string) (string, bool) {
	for _, header := range r.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value, true
		}
	}
	return "", false
}

// Prepared is a request that is checked and encoded once and sent many times.
type Prepared struct {
	prepared *strata_scenario_http.Prepared
}

// Overrides is what is different in one sending; what is nil stays.
type Overrides struct {
	URL *string
	// Headers are added after the prepared ones.
	Headers []Header
	Body    []byte
}

// Send sends it: the fast way.
func (p *Prepared) Send() (*Brief, error) { return brief(p.prepared.Send()) }

// SendWith sends it with differences.
func (p *Prepared) SendWith(with Overrides) (*Brief, error) {
	lowered := strata_scenario_http.Overrides{Headers: with.Headers}
	if with.URL != nil {
		lowered.Url = types.Some(*with.URL)
	}
	if with.Body != nil {
		lowered.Body = types.Some(with.Body)
	}
	return brief(p.prepared.SendWith(lowered))
}

// Forget gives it back; otherwise the garbage collector does.
func (p *Prepared) Forget() { p.prepared.Drop() }

// Brief is an answer whose headers and body stay with the engine until this user's next request.
type Brief struct{ strata_scenario_http.Brief }

func brief(of result[strata_scenario_http.Brief]) (*Brief, error) {
	found, err := unpacked(of)
	if err != nil {
		return nil, err
	}
	return &Brief{found}, nil
}

// Body is empty if it was discarded, or if another request was sent since.
func (b *Brief) Body() []byte { return strata_scenario_http.Body(b.Index) }

// Text is the body as text, bytes that are not UTF-8 replaced.
func (b *Brief) Text() string { return strata_scenario_http.Text(b.Index) }

// Header is the first value of a header, the name in any case, and whether there is one.
func (b *Brief) Header(name string) (string, bool) {
	return strata_scenario_http.Header(b.Index, name).Get()
}

// Headers are all of them, in the order received, names in lower case.
func (b *Brief) Headers() []Header { return strata_scenario_http.Headers(b.Index) }

// Cookies are those of this user that would go to a URL, in the order in which they are sent.
func Cookies(url string) []Header { return strata_scenario_http.Cookies(url) }

// SetCookie takes a cookie as if the server at a URL had set it: SetCookie("/", "session=1; Path=/"). Errors: `bad-url`,
// `unsupported`, `bad-request`.
func SetCookie(url, line string) error {
	_, err := unpacked(strata_scenario_http.SetCookie(url, line))
	return err
}

// ClearCookies forgets all cookies of this user, who keeps them from iteration to iteration otherwise.
func ClearCookies() { strata_scenario_http.ClearCookies() }

// Sent is one of several answers.
type Sent[T any] struct {
	Answer *T
	Err    error
}

// SendAll sends requests at the same time and waits for all answers, in the order of the requests. At most 256.
func SendAll(requests ...*Request) []Sent[Response] {
	lowered := make([]strata_scenario_http.Request, len(requests))
	for i, request := range requests {
		lowered[i] = request.lowered
	}
	var sent []Sent[Response]
	for _, found := range strata_scenario_http.SendAll(lowered) {
		answer, err := response(found)
		sent = append(sent, Sent[Response]{answer, err})
	}
	return sent
}

// SendAllPrepared is as SendAll, for prepared requests: the cheapest way to send several.
func SendAllPrepared(requests ...*Prepared) []Sent[Brief] {
	lowered := make([]*strata_scenario_http.Prepared, len(requests))
	for i, request := range requests {
		lowered[i] = request.prepared
	}
	var sent []Sent[Brief]
	for _, found := range strata_scenario_http.SendAllPrepared(lowered) {
		answer, err := brief(found)
		sent = append(sent, Sent[Brief]{answer, err})
	}
	return sent
}
