package wire

// messagesMember reads one top-level member of a request for a message.
func (q *Request) messagesMember(s *scanner, key []byte) {
	switch string(key) {
	case "messages", "system":
		q.TextBytes = add(q.TextBytes, s.textSize(messageText, true))
	case "max_tokens":
		if n, ok := s.integer(); ok {
			q.MaxTokens = max(q.MaxTokens, n)
		}
	default:
		s.skip()
	}
}
