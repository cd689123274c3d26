package wire

import (
	"iter"
	"unicode/utf8"
)

// Text yields the message text whose size is TextBytes, string by string in the
// order of the body, for who can count better than by bytes. Each is decoded and
// valid UTF-8, and part of the body where it can be: it must be neither changed
// nor kept. Empty strings are left out, and so are tokens in place of text, of
// which there are TextTokens.
//
// It reads the body a second time, and is for requests of [ParseRequest] only.
func (q *Request) Text() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		s := scanner{data: q.body}
		s.heard = func(raw []byte, escaped bool) {
			if escaped || !utf8.Valid(raw) {
				raw = decode(raw)
			}
			if len(raw) > 0 && !yield(raw) {
				s.fail() // stands still from here on
			}
		}
		again := Request{api: q.api}
		if s.kind() != '{' {
			return
		}
		for s.open(); s.more('}'); {
			switch key := s.key(); string(key) {
			case "model", "stream":
				s.skip()
			default:
				again.member(&s, key)
			}
		}
	}
}
