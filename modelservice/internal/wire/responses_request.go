package wire

// responsesMember reads one top-level member of a request for a response.
func (q *Request) responsesMember(s *scanner, key []byte) {
	switch string(key) {
	case "input", "instructions":
		q.TextBytes = add(q.TextBytes, s.textSize(itemText, true))
	case "max_output_tokens":
		if n, ok := s.integer(); ok {
			q.MaxTokens = max(q.MaxTokens, n)
		}
	default:
		s.skip()
	}
}
