package main

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// provider is a [modelservice.Backend] that answers by itself. Package upstream
// has the one that sends over HTTP.
type provider struct{}

const (
	completion = `{"id":"1","object":"chat.completion","model":"model","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":"A parrot."},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}`
	chunks = `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"A "}}]}` + "\n\n" +
		`data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"parrot."},"finish_reason":"stop"}]}` + "\n\n" +
		"data: [DONE]\n\n"
	vectors = `{"object":"list","model":"model","data":[{"object":"embedding","index":0,"embedding":[0.25,-0.5]}],` +
		`"usage":{"prompt_tokens":2,"total_tokens":2}}`
)

func (provider) Send(_ context.Context, _ modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	kind, body := "application/json", completion
	switch {
	case r.API == modelservice.Embeddings:
		body = vectors
	case r.API != modelservice.ChatCompletions:
		return nil, modelservice.ErrNotSpoken
	case r.Stream:
		kind, body = "text/event-stream", chunks
	}
	return &modelservice.Response{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}
