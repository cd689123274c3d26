package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// models is a [modelservice.Backend] that answers by itself what it is told to.
// Package upstream has the one that speaks HTTP to providers.
type models struct {
	large, small reply
}

// reply is what a model answers next.
type reply struct {
	status int
	kind   string // of the content
	body   string
}

func (m *models) Send(_ context.Context, to modelservice.Target, _ *modelservice.Request) (*modelservice.Response, error) {
	r := m.large
	if to.Model.Object == "small" {
		r = m.small
	}
	return &modelservice.Response{
		Status: r.status,
		Header: http.Header{"Content-Type": {r.kind}},
		Body:   io.NopCloser(strings.NewReader(r.body)),
	}, nil
}

var down = reply{http.StatusServiceUnavailable, "application/json", `{"error":{"message":"overloaded"}}`}

func hello(name string) reply {
	return reply{http.StatusOK, "application/json",
		fmt.Sprintf(`{"choices":[{"message":{"content":"Hello from %s."},"finish_reason":"stop"}]}`, name)}
}

// streamed is a whole stream, broken one that ends too early.
func streamed(name string) reply {
	return reply{http.StatusOK, "text/event-stream", event("Hello from "+name+".") +
		`data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"}
}

func broken(after string) reply { return reply{http.StatusOK, "text/event-stream", event(after)} }

func event(text string) string {
	return fmt.Sprintf(`data: {"choices":[{"delta":{"role":"assistant","content":%q}}]}`, text) + "\n\n"
}
