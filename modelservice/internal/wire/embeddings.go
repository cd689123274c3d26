package wire

// bytesPerToken is what a token counts where a caller sends tokens in place of
// text: as many bytes as ruling R24 takes for one.
const bytesPerToken = 4

// embeddingsMember reads one top-level member of a request for embeddings.
func (q *Request) embeddingsMember(s *scanner, key []byte) {
	if string(key) == "input" {
		size, tokens := s.inputSize()
		q.TextBytes, q.TextTokens = add(q.TextBytes, size), add(q.TextTokens, tokens)
	} else {
		s.skip()
	}
}

// inputSize counts what is to be embedded, a text, tokens, or a list of either:
// its size, and how many tokens of that were no text.
func (s *scanner) inputSize() (size, tokens int64) {
	switch c := s.kind(); {
	case c == '[':
		for s.open(); s.more(']'); {
			inner, n := s.inputSize()
			size, tokens = add(size, inner), tokens+n
		}
	case c == '-' || '0' <= c && c <= '9':
		s.number()
		return bytesPerToken, 1
	default:
		size = s.textSize(messageText, true)
	}
	return size, tokens
}

// embeddingsAnswer reads a whole list of embeddings, which has no text.
func embeddingsAnswer(body []byte) Answer {
	var vectors int
	var usage Usage
	var f faults
	s := scanner{data: body}
	if s.kind() != '{' {
		return Answer{}
	}
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "data":
			if s.kind() != '[' {
				s.skip()
				continue
			}
			for s.open(); s.more(']'); {
				vectors++
				s.skip()
			}
		case "usage":
			if u := s.usage(); u.Present {
				usage = u
			}
		case "error", "object", "error_code":
			f.member(&s, key)
		default:
			s.skip()
		}
	}
	if !s.end() {
		return Answer{}
	}
	a := Answer{Usage: usage}
	if f.failed || f.coded && vectors == 0 {
		a.Failure = InspectFailure(body)
	}
	a.Valid = vectors > 0 && a.Failure == nil
	return a
}
