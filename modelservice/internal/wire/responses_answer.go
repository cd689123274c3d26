package wire

import "bytes"

// responsesAnswer reads a whole response.
func responsesAnswer(body []byte) Answer {
	var r response
	s := scanner{data: body}
	if s.kind() != '{' {
		return Answer{}
	}
	r.read(&s)
	if !s.end() {
		return Answer{}
	}
	a := Answer{Usage: r.usage, TextBytes: r.textBytes, Failure: r.failure(body)}
	a.Valid = r.given && a.Failure == nil
	return a
}

// response is the object that is the whole answer, and that the events about
// its state repeat.
type response struct {
	status []byte
	given  bool // there is an output, even if nothing is in it
	output
	usage Usage
	faults
}

func (r *response) read(s *scanner) {
	if s.kind() != '{' {
		s.skip()
		return
	}
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "status":
			r.status = s.word()
		case "output":
			if s.kind() != '[' {
				s.skip()
				continue
			}
			r.given = true
			for s.open(); s.more(']'); {
				r.output.read(s)
			}
		case "usage":
			if u := s.usage(); u.Present {
				r.usage = u
			}
		case "error", "object", "error_code":
			r.faults.member(s, key)
		default:
			s.skip()
		}
	}
}

// failure is the error of a response that has one, failed or was cancelled, or
// nil. Where there is no code, its status is the code.
func (r *response) failure(text []byte) *Failure {
	ended := string(r.status) == "failed" || string(r.status) == "cancelled"
	if !ended && !r.failed && (!r.coded || r.given) {
		return nil
	}
	f, _ := readFailure(text)
	if f.Code == "" && ended {
		f.Code = string(r.status)
	}
	return &f
}

// output is what the model said.
type output struct {
	content   bool
	textBytes int64
}

func (o *output) count(size int64) {
	o.textBytes = add(o.textBytes, size)
	o.content = o.content || size > 0
}

// read reads one item: a message, a reasoning, a call. A call of a tool has
// content even before its arguments come.
func (o *output) read(s *scanner) {
	if s.kind() != '{' {
		s.skip()
		return
	}
	for s.open(); s.more('}'); {
		switch string(s.key()) {
		case "type":
			o.content = bytes.HasSuffix(s.word(), []byte("_call")) || o.content
		case "content", "summary":
			o.count(s.textSize(outputText, true))
		case "arguments", "input", "code":
			o.count(s.stringSize())
		default:
			s.skip()
		}
	}
}
