package query_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkChat is one call through the whole gateway, over HTTP on both sides;
// client and provider, on the same cores, are in the figure. Direct is the same
// without the gateway.
func BenchmarkChat(b *testing.B) {
	run := func(b *testing.B, w *world, url, body string) {
		buffer := make([]byte, 32<<10)
		b.ReportAllocs()
		for b.Loop() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer alice-token")
			response, err := w.server.Client().Transport.RoundTrip(r)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.CopyBuffer(io.Discard, response.Body, buffer); err != nil || response.StatusCode != 200 {
				b.Fatal(response.StatusCode, err)
			}
			response.Body.Close()
		}
	}
	for _, kind := range []string{"json", "sse"} {
		w := newWorld(b)
		if kind == "sse" {
			events := make([]string, 50, 52)
			for i := range events {
				events[i] = event("word")
			}
			w.primary.does(streams(append(events, finish, done)...))
		}
		direct := httptest.NewServer(&w.primary)
		b.Cleanup(direct.Close)
		body := chatBody("chat", kind == "sse")
		b.Run(kind, func(b *testing.B) { run(b, w, w.server.URL+chatPath, body) })
		b.Run(kind+"-direct", func(b *testing.B) { run(b, w, direct.URL, body) })
	}
}
