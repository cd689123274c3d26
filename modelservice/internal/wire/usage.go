package wire

// Usage is what a provider reports of an answer, in tokens. All counts are at
// least 0 and stop at the largest int64.
type Usage struct {
	// Present is whether there was a report at all: null, and an object
	// without any count, are none. A reported zero is a report (ruling R4).
	Present bool
	// Input is prompt_tokens or input_tokens. Tokens read from or written to a
	// cache are included: where a provider counts them apart (input_tokens
	// without a total), they are added.
	Input int64
	// Output is completion_tokens or output_tokens.
	Output int64
	// Total is total_tokens or, without one, the sum of the other two.
	Total int64
}

// usage reads the value of a "usage".
func (s *scanner) usage() Usage {
	if s.kind() != '{' {
		s.skip()
		return Usage{}
	}
	var u Usage
	var cached int64
	var total, apart bool
	for s.open(); s.more('}'); {
		into := &u.Input
		key := string(s.key())
		switch key {
		case "prompt_tokens", "input_tokens":
		case "completion_tokens", "output_tokens":
			into = &u.Output
		case "total_tokens":
			into = &u.Total
		case "cache_read_input_tokens", "cache_creation_input_tokens":
			if n, ok := s.integer(); ok {
				cached = add(cached, n)
			}
			continue
		default:
			s.skip()
			continue
		}
		n, ok := s.integer()
		if !ok {
			continue
		}
		*into = n
		u.Present = true
		total = total || key == "total_tokens"
		apart = apart || key == "input_tokens"
	}
	if !total {
		if apart {
			u.Input = add(u.Input, cached)
		}
		u.Total = add(u.Input, u.Output)
	}
	return u
}
