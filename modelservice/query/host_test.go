package query_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/query"
)

// A middleware's deadline ends a stream of a caller who is still there: the end
// must not look like the answer's.
func TestDeadlineOfHost(t *testing.T) {
	w := newWorld(t)
	inner := w.server.Config.Handler
	outer := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
		defer cancel()
		inner.ServeHTTP(rw, r.WithContext(ctx))
	}))
	defer outer.Close()
	waiting, givenUp := make(chan struct{}, 9), make(chan struct{}, 9)
	w.primary.does(waits(waiting, givenUp, event("a")))
	w.server.URL = outer.URL
	got := w.chat(t, chatBody("chat", true))
	if got.err == nil && !strings.Contains(got.body, "error") {
		t.Errorf("a cut stream ends like a whole one")
	}
	w.primary.does(waits(waiting, givenUp))
	got = w.chat(t, chatBody("chat", false))
	if got.status == 499 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A stranger's request costs others their connection.
func TestStrangerOverHTTP2(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewUnstartedServer(w.server.Config.Handler)
	server.EnableHTTP2 = true
	var conns atomic.Int64
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	tr := server.Client().Transport.(*http.Transport)
	tr.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	tr.ForceAttemptHTTP2 = true
	for range 10 {
		for _, token := range []string{"alice-token", "bad"} {
			r, _ := http.NewRequest("POST", server.URL+chatPath, strings.NewReader(chatBody("chat", false)))
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := tr.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			if resp.ProtoMajor != 2 {
				t.Fatal(resp.Proto)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	if n := conns.Load(); n > 1 {
		t.Errorf("%d connections for 20 requests one after the other", n)
	}
}

// Who sends too much is told as soon as it is too much, and not when it has
// ended.
func TestTooLargeIsToldAtOnce(t *testing.T) {
	for _, limit := range []int64{1 << 10, 2 << 20} {
		w := newWorld(t, func(cfg *query.Config) { cfg.MaxBody = limit })
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-token\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
			chatPath, limit+10, strings.Repeat(" ", int(limit)+10))
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge || !response.Close {
			t.Errorf("%d, closing: %t", response.StatusCode, response.Close)
		}
	}
}
