package wire

// An API is a form of requests and answers.
type API uint8

// The forms.
const (
	ChatCompletions API = iota // OpenAI's chat completions
	Embeddings                 // OpenAI's embeddings
	Responses                  // OpenAI's responses
	Messages                   // Anthropic's messages
)

// Closing is the event that ends a stream whose provider has left it out
// (ruling R31), nil where there is none.
func (a API) Closing() []byte { return []byte("data: [DONE]\n\n") }

// InspectEvent says what one event of a stream means.
func InspectEvent(api API, e Event) Chunk {
	if e.Data == nil {
		return Chunk{}
	}
	return InspectChunk(e.Data)
}
