package wire

import "bytes"

// messagesAnswer reads a whole message.
func messagesAnswer(body []byte) Answer {
	var kind []byte
	var listed, stopped bool
	var blocks int
	var said block
	var usage Usage
	var f faults
	s := scanner{data: body}
	if s.kind() != '{' {
		return Answer{}
	}
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "type":
			kind = s.word()
		case "content":
			if s.kind() != '[' {
				s.skip()
				continue
			}
			listed = true
			for s.open(); s.more(']'); {
				blocks++
				said.read(&s)
			}
		case "stop_reason":
			stopped = s.stringSize() > 0
		case "usage":
			usage = s.usage()
		case "error", "object", "error_code":
			f.member(&s, key)
		default:
			s.skip()
		}
	}
	if !s.end() {
		return Answer{}
	}
	a := Answer{Usage: usage, TextBytes: said.textBytes}
	if f.failed || string(kind) == "error" || f.coded && kind == nil {
		a.Failure = InspectFailure(body)
	}
	a.Valid = string(kind) == "message" && listed && (blocks > 0 || stopped) && a.Failure == nil
	return a
}

// block is what the model said in a content block, a delta of one, or several.
type block struct {
	content   bool
	stopped   bool // there is a stop_reason
	textBytes int64
}

// read reads one block. The name of a tool is content even before its input
// comes, and so is a reasoning that only the provider can read.
func (b *block) read(s *scanner) {
	if s.kind() != '{' {
		s.skip()
		return
	}
	var kind []byte
	var named, veiled bool
	for s.open(); s.more('}'); {
		switch string(s.key()) {
		case "type":
			kind = s.word()
		case "text", "thinking", "partial_json":
			b.count(s.stringSize())
		case "input":
			s.kind()
			if start := s.pos; s.holds() {
				b.count(int64(s.pos - start))
			}
		case "name":
			named = s.stringSize() > 0
		case "data":
			veiled = s.stringSize() > 0
		case "stop_reason":
			b.stopped = s.stringSize() > 0
		default:
			s.skip()
		}
	}
	b.content = b.content || named && bytes.HasSuffix(kind, []byte("tool_use")) || veiled && string(kind) == "redacted_thinking"
}

func (b *block) count(size int64) {
	b.textBytes = add(b.textBytes, size)
	b.content = b.content || size > 0
}
