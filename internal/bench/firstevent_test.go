package bench

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The first words of a stream reach the caller before the provider has sent the
// next ones: it waits with them until the caller has the first.
func TestFirstEventIsNotHeldBack(t *testing.T) {
	for _, role := range []string{roleGateway, roleProxy} {
		t.Run(role, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			seen := make(chan struct{})
			const words = 2 // the first event has a role and no words
			provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "text/event-stream")
				io.WriteString(w, strings.Join(streamEvent[:words], ""))
				http.NewResponseController(w).Flush()
				select {
				case <-seen:
				case <-r.Context().Done():
				case <-ctx.Done():
				}
				io.WriteString(w, strings.Join(streamEvent[words:], ""))
			}))
			defer provider.Close()
			server := httptest.NewServer(servers()[role](t, provider.Listener.Addr().String(), small))
			defer server.Close()

			request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+chatPath, bytes.NewReader(streamRequest))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+token(0))
			answer, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body := bufio.NewReader(answer.Body)
			var got strings.Builder
			for want := strings.Join(streamEvent[:words], ""); got.Len() < len(want); {
				line, err := body.ReadString('\n')
				got.WriteString(line)
				if err != nil {
					t.Fatalf("the first words did not come while the provider waited: %v after %q", err, got.String())
				}
			}
			close(seen)
			if _, err := io.Copy(&got, body); err != nil {
				t.Fatal(err)
			}
			if want := strings.Join(streamEvent, ""); got.String() != want {
				t.Errorf("got %q, not %q", got.String(), want)
			}
		})
	}
}
