package wire

// A completion is what chunks and answers have in common: the first carry
// their text in "delta", the second in "message".
type completion struct {
	choices   int
	content   bool
	finished  int64 // choices with a finish_reason
	textBytes int64
	usage     Usage
	failure   *Failure
}

// readCompletion is false for anything but one JSON object. What the events
// before began with may be nil.
func readCompletion(data []byte, before *opening) (completion, bool) {
	var c completion
	var f faults
	s := scanner{data: data}
	if s.kind() != '{' {
		return c, false
	}
	s.open()
	for skipped := before.skip(&s, &f); skipped || s.more('}'); skipped = false {
		key := keyChoices
		if !skipped {
			key = s.key()
		}
		switch string(key) {
		case "choices":
			if !skipped && c == (completion{}) {
				before.note(&s, f)
			}
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
		case "error", "object", "error_code":
			f.member(&s, key)
		default:
			s.skip()
		}
	}
	if !s.end() {
		return completion{}, false
	}
	if f.failed || f.coded && c.choices == 0 {
		c.failure = InspectFailure(data)
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
			if size > 0 {
				c.finished++
			}
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
			start := *s
			c.textBytes = add(c.textBytes, s.textSize(callText, false))
			c.content = start.holds() || c.content
		case "audio":
			c.content = s.holds() || c.content
		default:
			s.skip()
		}
	}
}

func (c *completion) count(size int64) {
	c.textBytes = add(c.textBytes, size)
	c.content = c.content || size > 0
}
