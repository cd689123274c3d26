package wire

// An API is a form of requests and answers.
type API uint8

// The forms.
const (
	ChatCompletions API = iota // OpenAI's chat completions
	Embeddings                 // OpenAI's embeddings, which never stream
	Responses                  // OpenAI's responses
	Messages                   // Anthropic's messages
)

// Closing is the event that ends a stream whose provider has left it out
// (ruling R31). It is nil where there is none: nobody but the provider can
// write the last event of the Responses API, which repeats the answer.
func (a API) Closing() []byte {
	switch a {
	case ChatCompletions:
		return []byte("data: [DONE]\n\n")
	case Messages:
		return []byte("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
	}
	return nil
}
