package wire

import "bytes"

// A Chunk is what one event of a stream means. The zero Chunk says nothing: a
// role, a ping, the announcement of what is to come, an event that is not
// known.
type Chunk struct {
	// Content is whether the event hands something to the reader: a non-empty
	// text, reasoning, refusal, tool call or audio (ruling R30). The name of a
	// tool is a tool call; the signature of a reasoning is nothing.
	Content bool
	// Finish is whether the answer came to its end in the API's own words, with
	// or without content: a finish_reason, a stop_reason, a completed or
	// incomplete response that has its output. null and "" are none.
	Finish bool
	// Finished is how many choices of a chat completion came to their end in
	// the event: Finish is true and, where several were asked for, not all may
	// be there yet.
	Finished int64
	// Done is whether the event is the last of its stream: [DONE],
	// message_stop, response.completed or response.incomplete.
	Done bool
	// Usage is the provider's report, if the event carries one. A stream can
	// carry several: see [Usage.Merge].
	Usage Usage
	// UsageOnly is whether the event is the one that include_usage adds to chat
	// completions: a report and no choices. Who did not ask for it must not see
	// it.
	UsageOnly bool
	// TextBytes is the size of the delta's text in bytes of UTF-8, decoded,
	// reasoning and tool-call arguments included; for an estimate where no
	// report comes. Events that repeat what deltas have said count nothing.
	TextBytes int64
	// Failure is the error that the provider put into the stream, or nil.
	Failure *Failure
	// Malformed is whether the data is neither [DONE] nor one JSON object. All
	// else is then unset.
	Malformed bool
}

// InspectEvent says what one event of a stream means. An event without data,
// or with white space for data, says nothing.
//
// Where an API gives its events a type, the one in the data counts; the event
// field stands in for one that is missing.
func InspectEvent(api API, e Event) Chunk { return inspectEvent(api, e, nil) }

func inspectEvent(api API, e Event, before *opening) Chunk {
	data := bytes.Trim(e.Data, " \t\r\n")
	switch string(data) {
	case "":
		return Chunk{}
	case "[DONE]":
		// Not a word of the Messages API, whose streams end with message_stop
		// or not at all. Some servers send it behind that.
		return Chunk{Done: api != Messages}
	}
	switch api {
	case Responses:
		return inspectResponses(data, e.Name)
	case Messages:
		return inspectMessages(data, e.Name)
	}
	return inspectChat(data, before)
}
