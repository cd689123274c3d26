package wire

import (
	"encoding/json"
	"strconv"
)

// A Failure is an error that a provider reports in JSON. It reads
// {"error": {…}} as OpenAI writes it, {"error": "…"}, an object whose "object"
// is "error", {"error_code", "message"} as Databricks writes it, and the
// {"detail"} of common Python servers. Nothing is scrubbed.
type Failure struct {
	Message string // "" if there is none
	Type    string // "type"
	Code    string // "code" or "error_code", a number as its text
	Status  int    // the HTTP status that it names, from 400 to 599, else 0
	// Object is the value of "error", or the whole body whose "object" is
	// "error"; nil when neither is an object.
	Object json.RawMessage
}

// ErrorObject is the error object in the body of a provider's refusal, byte
// for byte and sharing the body's memory; false when there is none.
func ErrorObject(body []byte) (json.RawMessage, bool) {
	f, _ := readFailure(body)
	return f.Object, f.Object != nil
}

// ErrorMessage is the message in the body of a provider's refusal, "" when
// there is none that can be found.
func ErrorMessage(body []byte) string {
	f, _ := readFailure(body)
	return f.Message
}

// InspectFailure reads the error in the body of a provider's refusal; nil when
// the body is no JSON object.
func InspectFailure(body []byte) *Failure {
	f, ok := readFailure(body)
	if !ok {
		return nil
	}
	return &f
}

// readFailure is false for anything but one JSON object.
func readFailure(body []byte) (Failure, bool) {
	var f Failure
	var whole bool
	s := scanner{data: body}
	if s.kind() != '{' {
		return f, false
	}
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "error":
			switch s.kind() {
			case '{':
				at := s.value()
				f.Object = body[at.start:at.end]
			case '"':
				f.Message = s.text()
			default:
				s.skip()
			}
		case "object":
			at := s.value()
			whole = string(body[at.start:at.end]) == `"error"`
		default:
			f.member(&s, key)
		}
	}
	if !s.end() {
		return Failure{}, false
	}
	switch {
	case f.Object != nil:
		inner := scanner{data: f.Object}
		inner.kind()
		for inner.open(); inner.more('}'); {
			f.member(&inner, inner.key())
		}
	case whole:
		f.Object = body
	}
	return f, true
}

// member takes one member of an error; what it says goes before what was known.
func (f *Failure) member(s *scanner, key []byte) {
	switch string(key) {
	case "message":
		set(&f.Message, s.text())
	case "detail":
		if text := s.text(); f.Message == "" {
			f.Message = text
		}
	case "type":
		set(&f.Type, s.text())
	case "error_code":
		set(&f.Code, s.text())
	case "code", "status", "status_code":
		text := s.label()
		if string(key) == "code" {
			set(&f.Code, text)
		}
		if n, err := strconv.Atoi(text); err == nil && 400 <= n && n <= 599 {
			f.Status = n
		}
	default:
		s.skip()
	}
}

// label reads a string or the text of a number; "" for any other value.
func (s *scanner) label() string {
	if c := s.kind(); c == '-' || '0' <= c && c <= '9' {
		return string(s.number())
	}
	return s.text()
}

func set(into *string, text string) {
	if text != "" {
		*into = text
	}
}
