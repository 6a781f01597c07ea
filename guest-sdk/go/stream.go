package strata

import (
	"io"

	"strata/internal/strata_scenario_http"
)

// Piece is a piece of a body and when the engine read it, in milliseconds on the clock of Now.
type Piece = strata_scenario_http.Piece

// Event is an event of a `text/event-stream`: its Kind (`message` unless the server says otherwise), Data and Id.
type Event = strata_scenario_http.ServerEvent

// Incoming is an answer that is read while it comes: a long body, server-sent events. It belongs to the iteration that
// opened it; close it with defer.
type Incoming struct {
	incoming *strata_scenario_http.Incoming
	closed   bool
	// rest is what Read has got and not given yet.
	rest []byte
}

// Open sends the request and waits for the status and the headers. Redirects are not followed and nothing is decoded.
func (r *Request) Open() (*Incoming, error) {
	incoming, err := unpacked(strata_scenario_http.IncomingOpen(r.lowered))
	if err != nil {
		return nil, err
	}
	return &Incoming{incoming: incoming}, nil
}

// Status is the status code; 0 once it is closed.
func (i *Incoming) Status() uint32 {
	if i.closed {
		return 0
	}
	return i.incoming.Status()
}

// Headers are in the order received, names in lower case; none once it is closed.
func (i *Incoming) Headers() []Header {
	if i.closed {
		return nil
	}
	return i.incoming.Headers()
}

// ReadPiece waits for the next piece of the body, of at most so many bytes; io.EOF at its end. Errors: `timeout`,
// `reset`, `closed`, `protocol`.
func (i *Incoming) ReadPiece(max uint32) (*Piece, error) {
	if i.closed {
		return nil, errClosed
	}
	found, err := unpacked(i.incoming.Read(max))
	if err != nil {
		return nil, err
	}
	piece, given := found.Get()
	if !given {
		return nil, io.EOF
	}
	streamed(len(piece.Body))
	return &piece, nil
}

// Read is that of io.Reader.
func (i *Incoming) Read(to []byte) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	if len(i.rest) == 0 {
		piece, err := i.ReadPiece(uint32(min(len(to), 1<<20)))
		if err != nil {
			return 0, err
		}
		i.rest = piece.Body
	}
	size := copy(to, i.rest)
	i.rest = i.rest[size:]
	return size, nil
}

// NextEvent waits for the next event; io.EOF at the end of the body. Errors: as ReadPiece, and `body-too-large`.
func (i *Incoming) NextEvent() (*Event, error) {
	if i.closed {
		return nil, errClosed
	}
	found, err := unpacked(i.incoming.NextEvent())
	if err != nil {
		return nil, err
	}
	event, given := found.Get()
	if !given {
		return nil, io.EOF
	}
	streamed(len(event.Data))
	return &event, nil
}

// Close gives it back, and its connection with it if it has not ended. It never fails; what is closed stays so.
func (i *Incoming) Close() error {
	if !i.closed {
		i.closed = true
		i.incoming.Drop()
	}
	return nil
}

// errClosed is of an answer that the scenario has closed.
var errClosed = &Error{"closed", "the answer is not open any more: it was closed"}
