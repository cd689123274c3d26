package query_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice"
)

// BenchmarkTransport is one call through the whole gateway without a server:
// what it costs a program to be governed. The provider is a constant.
func BenchmarkTransport(b *testing.B) {
	w := newWorld(b)
	client := w.client().Transport
	for _, kind := range []string{"json", "sse"} {
		body := bodyOf(modelservice.Messages, "bare", kind == "sse")
		b.Run(kind, func(b *testing.B) {
			buffer := make([]byte, 32<<10)
			b.ReportAllocs()
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://gateway.invalid/v1/messages", strings.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				response, err := client.RoundTrip(r)
				if err != nil || response.StatusCode != 200 {
					b.Fatal(response, err)
				}
				if _, err := io.CopyBuffer(io.Discard, response.Body, buffer); err != nil {
					b.Fatal(err)
				}
				response.Body.Close()
			}
		})
	}
}
