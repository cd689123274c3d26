package modelservice

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice/internal/wire"
)

// Backend sends attempts to models. It is the wall between the gateway and the
// providers; package upstream has the one that speaks HTTP.
//
// A Backend may be called from any number of goroutines.
type Backend interface {
	// Send sends one attempt and returns the provider's answer as soon as its
	// status and headers are known. The address, the credential and every
	// header of what is sent are functions of the configuration of the model
	// alone; nothing of a caller's request but its body reaches the provider.
	//
	// An answer of any status is a Response, not an error. Errors are
	// *routing.Failure values that say what went wrong and whether the
	// provider may have seen the request; any other error counts as a network
	// failure after sending, but for [ErrNotSpoken]. When ctx ends, Send and all
	// reads of the body return promptly. Where the router hedges, two attempts of
	// one request are under way at once.
	Send(ctx context.Context, to Target, r *Request) (*Response, error)
}

// Target is the model that an attempt goes to.
type Target struct {
	Model catalog.FullName // "system.ai.databricks-gpt-5-2"
	ID    catalog.ID
}

// ErrNotSpoken says that a model does not speak the API of a request. Wrapped
// or not, a [Backend] returns it before anything was sent: the caller is told
// (ruling R33), and no other destination is asked.
var ErrNotSpoken = errors.New("modelservice: the model does not speak the API")

// Request is a caller's request on its way to a model. It is read only and
// shares the caller's bytes.
type Request struct {
	API    API
	Stream bool // the answer is to be a stream of server-sent events

	parsed wire.Request
	form   wire.API
}

// Body returns the caller's body with model, the provider's name of the model,
// in place of the service's name, and its length in bytes. Everything else
// passes byte for byte, except that a stream of chat completions is asked to
// report its usage. Each call returns the same body from its start.
func (r *Request) Body(model string) (body io.ReadCloser, length int64) {
	b := r.parsed.Body(model, true)
	return b.Reader(), b.Len()
}

// Response is a provider's answer. Whoever receives it closes the body.
//
// A status from 200 to 299 is a success. Its body is then one JSON object, an
// answer of the [Request]'s API: a chat completion with choices, embeddings with
// data, a response with its output, a message with its content. For a Request
// with Stream set it is that API's server-sent events, with the Content-Type
// text/event-stream. Any other success counts as malformed (ruling R28): the next
// destination is tried. The usage in it is what the call is charged (ruling R4).
//
// Of any other status the body is read for the words by which routing.Signs tell
// its cause. Of the headers, Content-Length and Retry-After are looked at,
// X-Amzn-Errortype, and what the provider says is left of its limits.
type Response struct {
	Status int
	Header http.Header
	Body   io.ReadCloser

	// Scrub takes the backend's credentials out of a text: of an error that
	// the provider reports inside an answer, whose bytes otherwise pass as
	// they are. Nil: there are none.
	Scrub func(text string) string
}

// scrub returns text without the backend's credentials.
func (r *Response) scrub(text string) string {
	if r.Scrub == nil {
		return text
	}
	return r.Scrub(text)
}
