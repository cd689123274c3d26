package modelservice

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice/internal/wire"
)

// API is the form of a request and its answer.
type API string

// The forms that can be spoken.
const (
	ChatCompletions API = "chat/completions" // OpenAI's chat completions
	Embeddings      API = "embeddings"       // OpenAI's embeddings
	Responses       API = "responses"        // OpenAI's responses
	Messages        API = "messages"         // Anthropic's messages
)

// form is the API as package wire knows it, and its name for people.
func (a API) form() (form wire.API, name string, ok bool) {
	switch a {
	case ChatCompletions:
		return wire.ChatCompletions, "Chat Completions", true
	case Embeddings:
		return wire.Embeddings, "Embeddings", true
	case Responses:
		return wire.Responses, "Responses", true
	case Messages:
		return wire.Messages, "Messages", true
	}
	return 0, "", false
}

// spoken returns the APIs that a call to a service can have whichever of its
// destinations it comes to. A model that was dropped speaks for nobody.
func (m *Metastore) spoken(spec Spec) []API {
	spoken := []API{ChatCompletions, Embeddings, Responses, Messages}
	alive := false
	for _, list := range [][]Destination{spec.Destinations, spec.Fallbacks} {
		for _, d := range list {
			name, err := catalog.ParseFullName(d.Model)
			if err != nil || d.Deleted {
				continue
			}
			alive = true
			speaks := m.speaks(name)
			spoken = slices.DeleteFunc(spoken, func(a API) bool { return !slices.Contains(speaks, a) })
		}
	}
	if !alive {
		return nil
	}
	return spoken
}

// notSpoken is the answer when the destination that a call came to does not
// speak its API (ruling R33, spec §7.1). Which model that is, is not the
// caller's to know.
func (r *run) notSpoken(err error) *Error {
	_, name, _ := r.call.API.form()
	return &Error{Code: CodeBadRequest, Field: "model", Status: http.StatusBadRequest, Err: err,
		Message: fmt.Sprintf("%s API passthrough is not supported by '%s'.", name, r.name)}
}
