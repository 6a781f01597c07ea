package strata

import (
	"bytes"
	"fmt"
	"strings"
)

// boundary stands between the parts of a form; a number follows.
const boundary = "----strata-form-"

// Form makes the fields of a form the body, `application/x-www-form-urlencoded`.
func (r *Request) Form(fields ...Header) *Request {
	var body strings.Builder
	for i, field := range fields {
		if i > 0 {
			body.WriteByte('&')
		}
		encode(&body, field.Name)
		body.WriteByte('=')
		encode(&body, field.Value)
	}
	return r.Header("content-type", "application/x-www-form-urlencoded").Body([]byte(body.String()))
}

// encode is what the URL standard says of forms: letters, digits and `*-._` stand for themselves, a space is a plus.
func encode(to *strings.Builder, text string) {
	for _, letter := range []byte(text) {
		switch {
		case letter >= 'a' && letter <= 'z', letter >= 'A' && letter <= 'Z', letter >= '0' && letter <= '9',
			strings.IndexByte("*-._", letter) >= 0:
			to.WriteByte(letter)
		case letter == ' ':
			to.WriteByte('+')
		default:
			fmt.Fprintf(to, "%%%02X", letter)
		}
	}
}

// Part is a part of a `multipart/form-data` body.
type Part struct {
	Name    string
	Content []byte
	// FileName is of a file; empty for a field.
	FileName string
	// ContentType is of a file; `application/octet-stream` if it is empty.
	ContentType string
}

// escape is how browsers write names of fields and files.
var escape = strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A")

// Multipart makes the parts of a form the body, `multipart/form-data`: fields and files.
func (r *Request) Multipart(parts ...Part) *Request {
	between := boundary
	for number := 1; isIn(parts, between); number++ {
		between = fmt.Sprintf("%s%d-", boundary, number)
	}
	var body bytes.Buffer
	for _, part := range parts {
		fmt.Fprintf(&body, "--%s\r\ncontent-disposition: form-data; name=\"%s\"", between, escape.Replace(part.Name))
		if part.FileName != "" {
			kind := part.ContentType
			if kind == "" {
				kind = "application/octet-stream"
			}
			file := escape.Replace(part.FileName)
			fmt.Fprintf(&body, "; filename=\"%s\"\r\ncontent-type: %s", file, escape.Replace(kind))
		}
		fmt.Fprintf(&body, "\r\n\r\n%s\r\n", part.Content)
	}
	fmt.Fprintf(&body, "--%s--\r\n", between)
	return r.Header("content-type", "multipart/form-data; boundary="+between).Body(body.Bytes())
}

// isIn says whether a part has it.
func isIn(parts []Part, between string) bool {
	for _, part := range parts {
		if bytes.Contains(part.Content, []byte(between)) {
			return true
		}
	}
	return false
}
