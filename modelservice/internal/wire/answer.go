package wire

// An Answer is what the body of an unstreamed answer means.
type Answer struct {
	// Valid is whether the body is an answer: one JSON object without an error
	// that has at least one of the "choices" of a chat completion; at least one
	// element in the "data" of embeddings; the "output" of a response that
	// neither failed nor was cancelled; the "content" of a message, empty only
	// beside a stop_reason. A 200 with anything else is a failure of the
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
	switch api {
	case Embeddings:
		return embeddingsAnswer(body)
	case Responses:
		return responsesAnswer(body)
	case Messages:
		return messagesAnswer(body)
	}
	return chatAnswer(body)
}
