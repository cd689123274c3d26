package wire

import "bytes"

// A Chunk is what one event of a chat-completions stream means. The zero Chunk
// says nothing: a role, a ping, an empty event.
type Chunk struct {
	// Content is whether the event hands something to the reader: a non-empty
	// text, reasoning, refusal, tool call or audio delta (ruling R30).
	Content bool
	// Finish is whether a choice has a finish_reason. null and "" are none.
	Finish bool
	// Done is whether the event is the closing [DONE].
	Done bool
	// Usage is the provider's report, if the event carries one.
	Usage Usage
	// UsageOnly is whether the event is the one that include_usage adds: a
	// report and no choices. Who did not ask for it must not see it.
	UsageOnly bool
	// TextBytes is the size of the delta's text in bytes of UTF-8, decoded,
	// reasoning and tool-call arguments included; for an estimate where no
	// report comes.
	TextBytes int64
	// Failure is the error that the provider put into the stream, or nil.
	Failure *Failure
	// Malformed is whether the data is neither [DONE] nor one JSON object. All
	// else is then unset.
	Malformed bool
}

// InspectChunk reads the data of one event. White space alone says nothing.
func InspectChunk(data []byte) Chunk {
	data = bytes.Trim(data, " \t\r\n")
	switch string(data) {
	case "":
		return Chunk{}
	case "[DONE]":
		return Chunk{Done: true}
	}
	c, ok := readCompletion(data)
	if !ok {
		return Chunk{Malformed: true}
	}
	return Chunk{
		Content:   c.content,
		Finish:    c.finish,
		Usage:     c.usage,
		UsageOnly: c.usage.Present && c.choices == 0 && c.failure == nil,
		TextBytes: c.textBytes,
		Failure:   c.failure,
	}
}

// An Answer is what the body of an unstreamed chat completion means.
type Answer struct {
	// Valid is whether the body is an answer: one JSON object with at least
	// one choice and no error. A 200 with anything else is a failure of the
	// provider (ruling R28).
	Valid bool
	// Usage is the provider's report, if there is one.
	Usage Usage
	// TextBytes is the size of the answer's text, counted as in [Chunk].
	TextBytes int64
	// Failure is the error in the body, or nil.
	Failure *Failure
}

// InspectAnswer reads a whole body.
func InspectAnswer(api API, body []byte) Answer {
	c, ok := readCompletion(body)
	if !ok {
		return Answer{}
	}
	return Answer{
		Valid:     c.choices > 0 && c.failure == nil,
		Usage:     c.usage,
		TextBytes: c.textBytes,
		Failure:   c.failure,
	}
}
