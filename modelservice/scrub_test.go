package modelservice_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice"
)

const providerKey = "sk-provider-key"

// leaky is a provider that reports an error inside a success and says the key
// it was called with.
type leaky struct {
	whole bool // also where a stream is asked for
}

func (l leaky) Send(_ context.Context, _ modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	kind, body := "application/json", `{"error":{"message":"bad key `+providerKey+`","code":"`+providerKey+`"}}`
	if r.Stream && !l.whole {
		kind, body = "text/event-stream", "data: "+body+"\n\n"
	}
	return &modelservice.Response{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)),
		Scrub: func(text string) string { return strings.ReplaceAll(text, providerKey, "REDACTED") },
	}, nil
}

// What a provider says of itself in an error reaches rows, traces and callers
// without the backend's credentials (I29).
func TestInBandErrorIsScrubbed(t *testing.T) {
	for _, tt := range []struct {
		body   string
		leaky  leaky
		reason string // the code in the row
	}{
		{ask(), leaky{}, "REDACTED"},
		{ask(streamed), leaky{}, "REDACTED"},
		{ask(streamed), leaky{whole: true}, "malformed"},
	} {
		w := newWorld(t, nil)
		w.service(to("one"))
		gw, err := modelservice.NewGateway(modelservice.Config{Metastore: w.ms, Router: w.router, Limiter: w.limiter, Backend: tt.leaky})
		w.must(err)
		answer, err := gw.Invoke(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(tt.body)})
		if err == nil {
			t.Fatalf("an error passed for an answer: %s", answer.Body)
		}
		row := w.row()
		for _, said := range []string{string(answer.Body), err.Error(), fmt.Sprintf("%+v", answer.Result), fmt.Sprintf("%+v", row)} {
			if strings.Contains(said, providerKey) {
				t.Errorf("the key shows in %s", said)
			}
		}
		if got := row.Attempts[0].ErrorCode; got != tt.reason {
			t.Errorf("the provider's code is %q, want %q", got, tt.reason)
		}
	}
}
