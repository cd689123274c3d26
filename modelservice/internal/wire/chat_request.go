package wire

// chatMember reads one top-level member of a chat-completions request.
func (q *Request) chatMember(s *scanner, key []byte) {
	switch string(key) {
	case "messages", "input", "prompt":
		q.TextBytes = add(q.TextBytes, s.textSize(messageText, true))
	case "max_tokens", "max_completion_tokens":
		if n, ok := s.integer(); ok {
			q.MaxTokens = max(q.MaxTokens, n)
		}
	case "n":
		if n, ok := s.integer(); ok {
			q.N = max(q.N, n)
		}
	case "stream_options":
		q.readOptions(s)
	default:
		s.skip()
	}
}

// options is where the last "stream_options" of a request stands.
type options struct {
	given  bool
	kind   byte // the first byte of the value
	value  span
	empty  bool // an object without members
	hasUse bool // with a member include_usage, whose value is use
	use    span
}

func (q *Request) readOptions(s *scanner) {
	q.IncludeUsage = false
	o := options{given: true, kind: s.kind(), empty: true}
	o.value.start = s.pos
	if o.kind != '{' {
		s.skip()
	} else {
		for s.open(); s.more('}'); {
			o.empty = false
			if string(s.key()) != "include_usage" {
				s.skip()
				continue
			}
			o.hasUse = true
			q.IncludeUsage = s.kind() == 't'
			o.use = s.value()
		}
	}
	o.value.end = s.pos
	q.options = o
}

// edit makes include_usage true.
func (o options) edit() edit {
	behindBrace := span{o.value.start + 1, o.value.start + 1}
	switch {
	case o.kind == 'n':
		return edit{o.value, []byte(`{"include_usage":true}`)}
	case o.kind != '{':
		return edit{}
	case o.hasUse:
		return edit{o.use, []byte(`true`)}
	case o.empty:
		return edit{behindBrace, []byte(`"include_usage":true`)}
	}
	return edit{behindBrace, []byte(`"include_usage":true,`)}
}
