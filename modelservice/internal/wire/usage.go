package wire

// Usage is what a provider reports of an answer, in tokens. All counts are at
// least 0 and stop at the largest int64.
type Usage struct {
	// Present is whether there was a report at all: null, and an object
	// without any count, are none. A reported zero is a report (ruling R4).
	Present bool
	// Partial is whether the report was made before the answer was, as the one
	// in message_start is: its Output is a beginning. Where no other report
	// comes, the text handed on is the better measure of the output.
	Partial bool
	// Input is prompt_tokens or input_tokens. Tokens read from or written to a
	// cache are included: where a provider counts them apart (input_tokens
	// without a total), they are added.
	Input int64
	// Output is completion_tokens or output_tokens.
	Output int64
	// Total is total_tokens or, without one, the sum of the other two.
	Total int64

	// CacheRead and CacheWritten are the parts of the input that were read from
	// a cache and written to one, Reasoning the part of the output that was
	// thought and not said: as they are reported, and in the counts above.
	CacheRead, CacheWritten, Reasoning Count

	said counts
}

// Count is a number that a report need not have.
type Count struct {
	N     int64
	Known bool
}

// Merge takes a later report on the same answer. A count that it has goes
// before the earlier one, and one that it lacks leaves the earlier standing:
// reports in a stream are on everything so far. A total that the later report
// does not repeat is then the least that the sum can be.
func (u *Usage) Merge(later Usage) {
	if !later.Present {
		return
	}
	said := u.said
	said.has[countTotal] = false // its value stays, as the least
	for i := range said.has {
		if later.said.has[i] {
			said.has[i], said.value[i] = true, later.said.value[i]
		}
	}
	if later.said.has[countInput] {
		said.apart = later.said.apart
	}
	*u = said.usage()
	u.Partial = later.Partial
}

// counts are the numbers of a report as they stand in it, so that two reports
// can be merged number by number.
type counts struct {
	has   [countKinds]bool
	value [countKinds]int64
	apart bool // the input is called input_tokens
}

const (
	countInput = iota
	countOutput
	countTotal
	countCacheRead
	countCacheWritten
	countCached // part of the input, whatever that is called
	countReasoning
	countKinds
)

// usage reads the value of a "usage".
func (s *scanner) usage() Usage {
	if s.kind() != '{' {
		s.skip()
		return Usage{}
	}
	var c counts
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "prompt_tokens_details", "input_tokens_details":
			c.detail(s, "cached_tokens", countCached)
		case "completion_tokens_details", "output_tokens_details":
			c.detail(s, "reasoning_tokens", countReasoning)
		default:
			kind := countOf(key)
			if kind == countKinds {
				s.skip()
				continue
			}
			if n, ok := s.integer(); ok {
				c.has[kind], c.value[kind] = true, n
				c.apart = c.apart || string(key) == "input_tokens"
			}
		}
	}
	return c.usage()
}

// detail reads an object of which one member is a count.
func (c *counts) detail(s *scanner, name string, kind int) {
	if s.kind() != '{' {
		s.skip()
		return
	}
	for s.open(); s.more('}'); {
		if string(s.key()) != name {
			s.skip()
			continue
		}
		if n, ok := s.integer(); ok {
			c.has[kind], c.value[kind] = true, n
		}
	}
}

// countOf is what a member of a report counts, countKinds for none.
func countOf(key []byte) int {
	switch string(key) {
	case "prompt_tokens", "input_tokens":
		return countInput
	case "completion_tokens", "output_tokens":
		return countOutput
	case "total_tokens":
		return countTotal
	case "cache_read_input_tokens":
		return countCacheRead
	case "cache_creation_input_tokens":
		return countCacheWritten
	}
	return countKinds
}

// usage is what the numbers say.
func (c counts) usage() Usage {
	u := Usage{Input: c.value[countInput], Output: c.value[countOutput], Total: c.value[countTotal], said: c}
	switch {
	case c.has[countTotal]:
	case !c.has[countInput] && !c.has[countOutput]:
		return Usage{}
	default:
		if c.apart {
			u.Input = add(u.Input, add(c.value[countCacheRead], c.value[countCacheWritten]))
		}
		u.Total = max(u.Total, add(u.Input, u.Output))
	}
	u.Present = true
	u.CacheWritten, u.Reasoning = c.count(countCacheWritten), c.count(countReasoning)
	if u.CacheRead = c.count(countCacheRead); !u.CacheRead.Known {
		u.CacheRead = c.count(countCached)
	}
	return u
}

func (c *counts) count(kind int) Count { return Count{c.value[kind], c.has[kind]} }
