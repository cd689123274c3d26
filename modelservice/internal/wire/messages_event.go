package wire

// inspectMessages reads the data of one event of the Messages API.
func inspectMessages(data []byte, name string) Chunk {
	var e messagesEvent
	if !e.read(data) {
		return Chunk{Malformed: true}
	}
	if e.kind == nil {
		e.kind = []byte(name)
	}
	var c Chunk
	switch string(e.kind) {
	case "message_start":
		c.Usage = e.start
		c.Usage.Partial = c.Usage.Present
	case "content_block_start":
		c.Content, c.TextBytes = e.block.content, e.block.textBytes
	case "content_block_delta":
		c.Content, c.TextBytes = e.delta.content, e.delta.textBytes
	case "message_delta":
		c.Finish, c.Usage = e.delta.stopped, e.usage
	case "message_stop":
		c.Done = true
	case "error":
		c.Failure = InspectFailure(data)
	}
	if c.Failure == nil && (e.failed || e.coded && len(e.kind) == 0) {
		c = Chunk{Failure: InspectFailure(data)}
	}
	return c
}

// messagesEvent is what the members of an event say, whatever its type.
type messagesEvent struct {
	kind  []byte
	delta block
	block block
	start Usage // in message_start
	usage Usage
	faults
}

// read is false for anything but one JSON object.
func (e *messagesEvent) read(data []byte) bool {
	s := scanner{data: data}
	if s.kind() != '{' {
		return false
	}
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "type":
			e.kind = s.word()
		case "delta":
			e.delta = block{}
			e.delta.read(&s)
		case "content_block":
			e.block = block{}
			e.block.read(&s)
		case "message":
			e.start = s.usageWithin()
		case "usage":
			e.usage = s.usage()
		case "error", "object", "error_code":
			e.faults.member(&s, key)
		default:
			s.skip()
		}
	}
	return s.end()
}

// usageWithin reads an object that has a "usage".
func (s *scanner) usageWithin() Usage {
	var u Usage
	if s.kind() != '{' {
		s.skip()
		return u
	}
	for s.open(); s.more('}'); {
		if string(s.key()) == "usage" {
			u = s.usage()
		} else {
			s.skip()
		}
	}
	return u
}
