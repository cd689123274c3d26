package wire

// textKeys names the members whose strings are text.
type textKeys int

const (
	messageText textKeys = iota // content, text
	callText                    // arguments
	itemText                    // content, text, output: what goes into a response
	outputText                  // content, text, refusal: what comes out of one
)

func (k textKeys) has(key []byte) bool {
	switch string(key) {
	case "content", "text":
		return k != callText
	case "arguments":
		return k == callText
	case "output":
		return k == itemText
	case "refusal":
		return k == outputText
	}
	return false
}

// textSize steps over a value and counts the bytes of the text in it: the
// strings below a member that keys has, and, if counted, the value itself when
// it is a string or a list of strings.
func (s *scanner) textSize(keys textKeys, counted bool) int64 {
	var total int64
	switch s.kind() {
	case '"':
		raw, escaped, size := s.str()
		if !counted {
			break
		}
		total = int64(size)
		if s.heard != nil {
			s.heard(raw, escaped)
		}
	case '[':
		for s.open(); s.more(']'); {
			total = add(total, s.textSize(keys, counted))
		}
	case '{':
		for s.open(); s.more('}'); {
			total = add(total, s.textSize(keys, keys.has(s.key())))
		}
	default:
		s.skip()
	}
	return total
}

// stringSize steps over a value and counts the bytes of a string.
func (s *scanner) stringSize() int64 {
	if s.kind() != '"' {
		s.skip()
		return 0
	}
	_, _, size := s.str()
	return int64(size)
}

// word reads a string that names something. The result is decoded and must not
// be changed: it is part of the document where it can be. nil for any other
// value, which is skipped.
func (s *scanner) word() []byte {
	if s.kind() != '"' {
		s.skip()
		return nil
	}
	raw, escaped, _ := s.str()
	if escaped {
		return decode(raw)
	}
	return raw
}

// holds steps over a value and reports whether it is an array or an object with
// something in it.
func (s *scanner) holds() bool {
	opening := s.kind()
	at := s.value()
	inner := scanner{data: s.data[at.start:at.end]}
	switch {
	case s.bad:
		return false
	case opening == '{':
		inner.open()
		return inner.more('}')
	case opening == '[':
		inner.open()
		return inner.more(']')
	}
	return false
}
