package upstream

import (
	"net/http"
	"net/url"

	"github.com/modelward/modelward/modelservice"
)

// API is a family of APIs: what a provider speaks, and how it is told who asks.
type API string

// The families.
const (
	// OpenAI is chat completions, embeddings and responses, as OpenAI and many
	// others speak them, with a bearer token.
	OpenAI API = "openai"
	// Anthropic is messages, with an x-api-key.
	Anthropic API = "anthropic"
)

// anthropicVersion is the version of the Messages API that is spoken.
const anthropicVersion = "2023-06-01"

// speaks lists the APIs of a family, nil for one that is not known.
func (f API) speaks() []modelservice.API {
	switch f {
	case OpenAI:
		return []modelservice.API{modelservice.ChatCompletions, modelservice.Embeddings, modelservice.Responses}
	case Anthropic:
		return []modelservice.API{modelservice.Messages}
	}
	return nil
}

// urls returns where below base each API of a family is. Their names are their
// paths.
func (f API) urls(base *url.URL) map[modelservice.API]*url.URL {
	urls := make(map[modelservice.API]*url.URL)
	for _, api := range f.speaks() {
		urls[api] = base.JoinPath(string(api))
	}
	return urls
}

// header returns all headers that are sent but for those that the body makes.
func (f API) header(accept, secret string) http.Header {
	h := http.Header{
		"Accept":       {accept},
		"Content-Type": {"application/json"},
		"User-Agent":   {"modelward"},
	}
	if f == Anthropic {
		h.Set("Anthropic-Version", anthropicVersion)
	}
	switch {
	case secret == "":
	case f == Anthropic:
		h.Set("X-Api-Key", secret)
	default:
		h.Set("Authorization", "Bearer "+secret)
	}
	return h
}
