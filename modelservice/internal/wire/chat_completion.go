package wire

// A completion is what chunks and answers have in common: the first carry
// their text in "delta", the second in "message".
type completion struct {
	choices   int
	content   bool
	finish    bool
	textBytes int64
	usage     Usage
	failure   *Failure
}

// readCompletion is false for anything but one JSON object.
func readCompletion(data []byte) (completion, bool) {
	var c completion
	var failed, coded bool
	s := scanner{data: data}
	if s.kind() != '{' {
		return c, false
	}
	for s.open(); s.more('}'); {
		switch string(s.key()) {
		case "choices":
			if s.kind() != '[' {
				s.skip()
				continue
			}
			for s.open(); s.more(']'); {
				c.choices++
				c.choice(&s)
			}
		case "usage":
			if u := s.usage(); u.Present {
				c.usage = u
			}
		case "error":
			at := s.value()
			failed = failed || !s.bad && (data[at.start] == '{' || data[at.start] == '"' && at.end-at.start > 2)
		case "object":
			at := s.value()
			failed = failed || string(data[at.start:at.end]) == `"error"`
		case "error_code":
			coded = coded || s.kind() == '"'
			s.skip()
		default:
			s.skip()
		}
	}
	if !s.end() {
		return completion{}, false
	}
	if failed || coded && c.choices == 0 {
		f, _ := readFailure(data)
		c.failure = &f
	}
	return c, true
}

// choice reads one element of "choices".
func (c *completion) choice(s *scanner) {
	if s.kind() != '{' {
		s.skip()
		return
	}
	for s.open(); s.more('}'); {
		switch string(s.key()) {
		case "delta", "message":
			c.delta(s)
		case "text": // legacy completions
			c.count(s.textSize(messageText, true))
		case "finish_reason":
			if s.kind() != '"' {
				s.skip()
				continue
			}
			_, _, size := s.str()
			c.finish = c.finish || size > 0
		default:
			s.skip()
		}
	}
}

// delta reads what the model said.
func (c *completion) delta(s *scanner) {
	if s.kind() != '{' {
		s.skip()
		return
	}
	for s.open(); s.more('}'); {
		switch string(s.key()) {
		case "content", "reasoning", "reasoning_content", "refusal":
			c.count(s.textSize(messageText, true))
		case "tool_calls", "function_call":
			start := s.pos
			c.textBytes = add(c.textBytes, s.textSize(callText, false))
			c.content = c.content || holds(s.data[start:s.pos])
		case "audio":
			at := s.value()
			c.content = c.content || holds(s.data[at.start:at.end])
		default:
			s.skip()
		}
	}
}

func (c *completion) count(size int64) {
	c.textBytes = add(c.textBytes, size)
	c.content = c.content || size > 0
}

// holds reports whether a value is an array or an object with something in it.
func holds(value []byte) bool {
	s := scanner{data: value}
	switch s.kind() {
	case '{':
		s.open()
		return s.more('}')
	case '[':
		s.open()
		return s.more(']')
	}
	return false
}
