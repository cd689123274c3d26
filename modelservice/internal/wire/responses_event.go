package wire

import "bytes"

// inspectResponses reads the data of one event of the Responses API. Its events
// have a type, and come in three sorts: deltas, things that are whole, and the
// state of the response.
func inspectResponses(data []byte, name string) Chunk {
	var e responsesEvent
	if !e.read(data) {
		return Chunk{Malformed: true}
	}
	if e.kind == nil {
		e.kind = []byte(name)
	}
	var c Chunk
	switch string(e.kind) {
	case "response.audio.delta":
		c.Content = e.delta.content
	case "response.output_item.added", "response.output_item.done":
		c.Content = e.item.content
	case "response.completed", "response.incomplete":
		c.Done, c.Finish, c.Content, c.Usage = true, e.response.given, e.response.content, e.response.usage
	case "response.failed", "response.cancelled":
		c.Failure, c.Usage = e.response.failure(data[e.at.start:e.at.end]), e.response.usage
		e.failed = true // even if the response does not say so
	case "error":
		c.Failure = InspectFailure(data)
	default:
		if bytes.HasSuffix(e.kind, []byte(".delta")) {
			c.Content, c.TextBytes = e.delta.content, e.delta.textBytes
		}
	}
	if c.Failure == nil && (e.failed || e.coded && len(e.kind) == 0) {
		c = Chunk{Failure: InspectFailure(data)}
	}
	return c
}

// responsesEvent is what the members of an event say, whatever its type.
type responsesEvent struct {
	kind     []byte
	delta    output
	item     output
	response response
	at       span // of the response
	faults
}

// read is false for anything but one JSON object.
func (e *responsesEvent) read(data []byte) bool {
	s := scanner{data: data}
	if s.kind() != '{' {
		return false
	}
	for s.open(); s.more('}'); {
		switch key := s.key(); string(key) {
		case "type":
			e.kind = s.word()
		case "delta":
			e.delta = output{}
			e.delta.count(s.textSize(outputText, true))
		case "item":
			e.item = output{}
			e.item.read(&s)
		case "response":
			s.kind()
			e.at.start = s.pos
			e.response = response{}
			e.response.read(&s)
			e.at.end = s.pos
		case "error", "object", "error_code":
			e.faults.member(&s, key)
		default:
			s.skip()
		}
	}
	return s.end()
}
