package upstream_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// What an answer says of its kind is searched for the credential too.
func TestKindIsScrubbed(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; key="+canary)
	})
	to, request := captured(t, `{"model":"main.default.chat"}`)
	response, err := backendFor(t, server.URL).Send(t.Context(), to, request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	noCanary(t, "the header", fmt.Sprint(response.Header))
}

// An encoded refusal cannot be searched, so its body is not waited for, and its
// connection is not kept busy.
func TestEncodedRefusalIsClosed(t *testing.T) {
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		ended := make(chan struct{})
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			w.Header().Set("Content-Encoding", "br")
			w.WriteHeader(status)
			http.NewResponseController(w).Flush()
			<-r.Context().Done() // the other side is gone
		})
		to, request := captured(t, `{"model":"main.default.chat"}`)
		response, err := backendFor(t, server.URL).Send(t.Context(), to, request)
		if (err == nil) != (status != http.StatusOK) {
			t.Fatalf("%d: %v", status, err)
		}
		if response != nil {
			response.Body.Close()
		}
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			t.Errorf("%d: the provider is still waited for", status)
		}
	}
}
