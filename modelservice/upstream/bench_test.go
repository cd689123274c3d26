package upstream_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkSend is one attempt over a kept connection; the provider, on the
// same cores, is in the figure. Bare is package http by itself, for comparison.
func BenchmarkSend(b *testing.B) {
	const answer = `{"choices":[{"message":{"content":"hi"}}],"usage":{"total_tokens":3}}`
	server := serve(b, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, answer)
	})
	buffer := make([]byte, 1024)
	b.Run("backend", func(b *testing.B) {
		backend := backendFor(b, server.URL)
		to, request := captured(b, whole)
		b.ReportAllocs()
		for b.Loop() {
			response, err := backend.Send(b.Context(), to, request)
			if err != nil {
				b.Fatal(err)
			}
			io.CopyBuffer(io.Discard, response.Body, buffer)
			response.Body.Close()
		}
	})
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256}}
		defer client.CloseIdleConnections()
		b.ReportAllocs()
		for b.Loop() {
			response, err := client.Post(server.URL+"/chat/completions", "application/json", strings.NewReader(whole))
			if err != nil {
				b.Fatal(err)
			}
			io.CopyBuffer(io.Discard, response.Body, buffer)
			response.Body.Close()
		}
	})
}
