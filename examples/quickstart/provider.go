package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// provider is a [modelservice.Backend] that answers by itself. Package upstream
// has the one that sends over HTTP.
type provider struct {
	down bool // the primary answers 503
}

func (p *provider) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	status := http.StatusOK
	body := fmt.Sprintf(`{"choices":[{"message":{"content":"I am %s."},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}`, to.Model)
	if p.down && to.Model.Object == "primary-model" {
		status, body = http.StatusServiceUnavailable, `{"error": {"message": "overloaded"}}`
	}
	return &modelservice.Response{
		Status: status,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}, nil
}
