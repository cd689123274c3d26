package wire

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth bounds nesting, so that no payload can exhaust the stack. It is far
// above what any API needs: a tool's JSON schema seldom passes 20.
const maxDepth = 512

// A scanner walks one JSON document in place: it allocates nothing, decodes
// only what it is asked to, and accepts exactly what [encoding/json.Valid]
// accepts, down to maxDepth levels.
//
// It is driven by pulling:
//
//	for s.open(); s.more('}'); {
//		switch string(s.key()) {
//		case "model":
//			…
//		default:
//			s.skip()
//		}
//	}
//
// A round of the loop must consume exactly one value. The first fault sticks:
// the scanner then stands still, kind answers 0 and more answers false.
type scanner struct {
	data  []byte
	pos   int
	depth int
	fresh bool // just behind an opening bracket
	bad   bool
	deep  bool // bad because of maxDepth

	heard func(raw []byte, escaped bool) // is told every string that counts as text; nil: nobody asks
}

// A span is a half-open range of bytes in a document.
type span struct{ start, end int }

func (s *scanner) fail() { s.bad = true }

// end reports whether the document was sound and nothing follows it.
func (s *scanner) end() bool {
	return s.kind() == 0 && !s.bad && s.pos == len(s.data)
}

// kind skips white space and answers the next byte, which tells what follows;
// 0 at the end and after a fault.
func (s *scanner) kind() byte {
	if s.bad {
		return 0
	}
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// open steps over the bracket that kind has seen.
func (s *scanner) open() {
	if s.bad {
		return
	}
	if s.depth == maxDepth {
		s.deep = true
		s.fail()
		return
	}
	s.pos++
	s.depth++
	s.fresh = true
}

// more reports whether another element follows, and steps over the comma
// before it or the closing bracket.
func (s *scanner) more(closing byte) bool {
	c := s.kind()
	fresh := s.fresh
	s.fresh = false
	switch {
	case c == closing:
		s.pos++
		s.depth--
		return false
	case s.bad:
		return false
	case fresh:
		return true
	case c == ',':
		s.pos++
		return true
	}
	s.fail()
	return false
}

// key reads a member's name and the colon behind it. The result is decoded and
// must not be changed: it is part of the document where it can be.
func (s *scanner) key() []byte {
	raw, escaped, _ := s.str()
	if s.kind() != ':' {
		s.fail()
		return nil
	}
	s.pos++
	if escaped {
		return decode(raw)
	}
	return raw
}

// skip steps over any value.
func (s *scanner) skip() {
	switch s.kind() {
	case '{':
		for s.open(); s.more('}'); {
			s.key()
			s.skip()
		}
	case '[':
		for s.open(); s.more(']'); {
			s.skip()
		}
	case '"':
		s.str()
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

// value steps over any value and answers where it stands.
func (s *scanner) value() span {
	s.kind()
	start := s.pos
	s.skip()
	return span{start, s.pos}
}

func (s *scanner) literal(word string) {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		s.fail()
		return
	}
	s.pos += len(word)
}

// number reads a number and answers its text.
func (s *scanner) number() []byte {
	if s.bad {
		return nil
	}
	start := s.pos
	if s.at('-') {
		s.pos++
	}
	if s.at('0') {
		s.pos++
	} else {
		s.digits()
	}
	if s.at('.') {
		s.pos++
		s.digits()
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		s.digits()
	}
	return s.data[start:s.pos]
}

func (s *scanner) at(c byte) bool {
	return !s.bad && s.pos < len(s.data) && s.data[s.pos] == c
}

func (s *scanner) digits() {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.fail()
	}
}

// str reads a string: the bytes between its quotes, whether they hold escapes,
// and how many bytes they decode to.
func (s *scanner) str() (raw []byte, escaped bool, size int) {
	if s.kind() != '"' {
		s.fail()
		return nil, false, 0
	}
	s.pos++
	start, saved := s.pos, 0
	for i := s.pos; ; {
		for i+8 <= len(s.data) {
			if marks := special(binary.LittleEndian.Uint64(s.data[i:])); marks != 0 {
				i += bits.TrailingZeros64(marks) / 8
				break
			}
			i += 8
		}
		for i < len(s.data) && s.data[i] >= ' ' && s.data[i] != '"' && s.data[i] != '\\' {
			i++
		}
		if i == len(s.data) || s.data[i] < ' ' {
			s.pos = i
			s.fail()
			return nil, false, 0
		}
		if s.data[i] == '"' {
			s.pos = i + 1
			return s.data[start:i], escaped, i - start - saved
		}
		escaped = true
		written, decoded := escape(s.data[i:])
		if written == 0 {
			s.pos = i
			s.fail()
			return nil, false, 0
		}
		i += written
		saved += written - decoded
	}
}

// special marks, in their highest bits, which of eight bytes are a quote, a
// backslash or a control character. Behind the first of them another byte may be
// marked in vain. Prompts are long strings: looking at them byte by byte would be
// most of the cost of a request.
func special(x uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, slash := x^ones*'"', x^ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & tops
}
