package query_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/query"
)

// An answer in whose middle the host's own code panics does not end as if it
// were whole.
func TestPanicMidStream(t *testing.T) {
	var armed atomic.Bool
	w := newWorld(t, func(c *query.Config) {
		c.Now = func() time.Time {
			if armed.Load() {
				panic("a clock of the host's")
			}
			return time.Now()
		}
	})
	heard := make(chan struct{})
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		streams(roleEvent, event("a"))(rw, r)
		<-heard
		io.WriteString(rw, event("b")+finish+done)
	})
	resp, err := w.server.Client().Do(w.request(t, http.MethodPost, chatPath, chatBody("chat", true)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewReader(resp.Body)
	first, err := in.ReadString('a')
	if err != nil {
		t.Fatal(err)
	}
	armed.Store(true)
	close(heard)
	rest, err := io.ReadAll(in)
	if err == nil && !strings.Contains(string(rest), "error") {
		t.Errorf("after %q came %q, and an end", first, rest)
	}
}

// A request's body that does not come ends with the context of the request.
func TestTransportBodyThatDoesNotCome(t *testing.T) {
	w := newWorld(t)
	transport := query.Transport(query.TransportConfig{Gateway: w.gateway, Metastore: w.metastore, Principal: "alice"})
	ctx, cancel := context.WithCancelCause(t.Context())
	body, feed := io.Pipe()
	defer feed.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/v1/chat/completions", body)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := transport.RoundTrip(r)
		failed <- err
	}()
	if _, err := io.WriteString(feed, "{"); err != nil { // it is being read
		t.Fatal(err)
	}
	cancel(nil)
	select {
	case err := <-failed:
		if err == nil {
			t.Error("an answer without a question")
		}
	case <-time.After(10 * time.Second):
		t.Error("RoundTrip outlives its context")
	}
}

// Who is refused before his body is looked at is told so while it is under way.
func TestBodyThatNobodyReads(t *testing.T) {
	w := newWorld(t)
	const bearer = "Authorization: Bearer alice-token\r\n"
	for _, c := range []struct {
		request, header string
		status          int
	}{
		{"POST /ai-gateway/nope", bearer, 404},
		{"GET " + chatPath, bearer, 405},
		{"POST " + chatPath, bearer + "Databricks-Ai-Gateway-Request-Tags: x\r\n", 400},
		{"GET /ai-gateway/openai/v1/models", bearer, 200},
		{"POST " + chatPath, "", 401},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(2 * time.Second)) // long before the body is given up
		io.WriteString(conn, c.request+" HTTP/1.1\r\nHost: a\r\n"+c.header+"Content-Length: 10\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != c.status {
			t.Errorf("%s: %v, %v", c.request, resp, err)
		}
		conn.Close()
	}
}
