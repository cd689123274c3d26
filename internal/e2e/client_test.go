package e2e

import (
	"errors"
	"net/http"
	"testing"

	"github.com/sashabaranov/go-openai"
)

// client is the real client, with a look at the headers of what it received.
type client struct {
	*openai.Client
	doer *lastHeader
}

// client returns a client that speaks OpenAI's API as a caller.
func (s *server) client(caller string) client { return s.clientOf(token(caller), "openai") }

func (s *server) clientOf(token, api string) client {
	doer := &lastHeader{client: s.via}
	config := openai.DefaultConfig(token)
	config.BaseURL = s.url + "/ai-gateway/" + api + "/v1"
	config.HTTPClient = doer
	return client{openai.NewClientWithConfig(config), doer}
}

// header returns a header of the latest answer: the client's errors have none.
func (c client) header(name string) string { return c.doer.header.Get(name) }

type lastHeader struct {
	client *http.Client
	header http.Header
}

func (d *lastHeader) Do(r *http.Request) (*http.Response, error) {
	response, err := d.client.Do(r)
	if err == nil {
		d.header = response.Header
	}
	return response, err
}

// hello asks a service for something short.
func hello(service string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{
		Model:               service,
		MaxCompletionTokens: 50,
		Messages:            []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: "Hello?"}},
	}
}

// say makes a call that has to be answered, and returns what was said.
func (c client) say(t *testing.T, request openai.ChatCompletionRequest) string {
	t.Helper()
	answer, err := c.CreateChatCompletion(t.Context(), request)
	must(t, err)
	if len(answer.Choices) != 1 {
		t.Fatalf("%d choices", len(answer.Choices))
	}
	return answer.Choices[0].Message.Content
}

// refused returns the error in the form the client has for what a server says.
// Anything else, such as a body the client could not read, ends the test.
func refused(t *testing.T, err error) *openai.APIError {
	t.Helper()
	var refusal *openai.APIError
	if !errors.As(err, &refusal) {
		t.Fatalf("the client did not understand the refusal: %T %v", err, err)
	}
	return refusal
}
