package wire

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A Failure is an error that a provider reports in JSON. It reads
//
//   - {"error": {…}} as OpenAI and Google write it, alone or as the one element
//     of a list, and {"type": "error", "error": {…}} as Anthropic does;
//   - {"error": "…"}, an object whose "object" is "error", {"error_code",
//     "message"} as Databricks writes it, {"__type", "message"} as Amazon does;
//   - the {"detail"} of common Python servers: a text, an object, or a list of
//     what is wrong, of which the first counts.
//
// Nothing is scrubbed.
type Failure struct {
	Message string // "" if there is none
	// Type is the "type" of the error or what stands for it: Google's "status",
	// Amazon's "__type" without its name space, "error_type".
	Type   string
	Code   string // "code" or "error_code", a number as its text
	Status int    // the HTTP status that it names, from 400 to 599, else 0
	// Object is the value of "error", or the whole object whose "object" is
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
// the body is neither a JSON object nor a list of one.
func InspectFailure(body []byte) *Failure {
	f, ok := readFailure(body)
	if !ok {
		return nil
	}
	return &f
}

// readFailure is false for anything but one JSON object, or a list of one.
func readFailure(body []byte) (Failure, bool) {
	var f Failure
	s := scanner{data: body}
	listed := s.kind() == '['
	if listed {
		s.open()
		s.more(']')
	}
	if s.kind() != '{' {
		return f, false
	}
	f.read(&s)
	if listed && s.more(']') || !s.end() {
		return Failure{}, false
	}
	return f, true
}

// read reads the object that the scanner has seen. What is said inside "error"
// goes before what is said beside it.
func (f *Failure) read(s *scanner) {
	var whole bool
	start := s.pos
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "error":
			switch s.kind() {
			case '{':
				at := s.value()
				f.Object = s.data[at.start:at.end]
			case '"':
				if text := s.text(); f.Message == "" {
					f.Message = text
				}
			default:
				s.skip()
			}
		case "object":
			at := s.value()
			whole = string(s.data[at.start:at.end]) == `"error"`
		default:
			f.member(s, key)
		}
	}
	switch {
	case s.bad:
	case f.Object != nil:
		var inside Failure
		inner := scanner{data: f.Object}
		inner.kind()
		for inner.open(); inner.more('}'); {
			if key := inner.key(); string(key) == "status" {
				inside.status(&inner)
			} else {
				inside.member(&inner, key)
			}
		}
		f.override(inside)
	case whole:
		f.Object = s.data[start:s.pos]
	}
}

// override takes what the inside says, and leaves what it does not.
func (f *Failure) override(inside Failure) {
	set(&f.Message, inside.Message)
	set(&f.Type, inside.Type)
	set(&f.Code, inside.Code)
	if inside.Status != 0 {
		f.Status = inside.Status
	}
}

// member takes one member of an error.
func (f *Failure) member(s *scanner, key []byte) {
	switch string(key) {
	case "message", "Message":
		set(&f.Message, s.text())
	case "detail":
		if text := s.detail(); f.Message == "" {
			f.Message = text
		}
	case "type":
		if text := s.text(); text != "error" { // Anthropic's outer one says no more
			set(&f.Type, text)
		}
	case "__type":
		f.stands(localName(s.text()))
	case "error_type":
		f.stands(s.text())
	case "error_code":
		set(&f.Code, s.text())
	case "code":
		text := s.label()
		set(&f.Code, text)
		f.number(text)
	case "status", "status_code":
		f.number(s.label())
	default:
		s.skip()
	}
}

// status takes the status of an error object, which Google gives as a word.
func (f *Failure) status(s *scanner) {
	if text := s.label(); !f.number(text) {
		f.stands(text)
	}
}

// stands takes a word that stands for the type where there is none.
func (f *Failure) stands(word string) {
	if f.Type == "" {
		f.Type = word
	}
}

// number takes a text that may be a status; false when it is no number.
func (f *Failure) number(text string) bool {
	n, err := strconv.Atoi(text)
	if err == nil && 400 <= n && n <= 599 {
		f.Status = n
	}
	return err == nil
}

// localName is the last part of a name like "com.amazon.coral#Throttling:http://…".
func localName(name string) string {
	if _, local, found := strings.Cut(name, "#"); found {
		name = local
	}
	name, _, _ = strings.Cut(name, ":")
	return name
}

// detail reads what a Python server gives as a reason: a text, or the first
// message in an object or a list.
func (s *scanner) detail() string {
	var first string
	switch s.kind() {
	case '[':
		for s.open(); s.more(']'); {
			if text := s.detail(); first == "" {
				first = text
			}
		}
	case '{':
		for s.open(); s.more('}'); {
			switch string(s.key()) {
			case "msg", "message", "error":
				if text := s.text(); first == "" {
					first = text
				}
			default:
				s.skip()
			}
		}
	default:
		first = s.text()
	}
	return first
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
