package rest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/rest"
)

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.String()
}

func chunked(pieces ...string) string {
	var b strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String() + "0\r\n\r\n"
}

// hostileRequests are written to a connection as they are. Where changes is set, a catalog called x is made.
var hostileRequests = []struct {
	says, first, headers, body string
	status                     int
	changes                    bool
}{
	{"as it should be", "POST " + catalogsPath, "Content-Length: 12", `{"name":"x"}`, 200, true},
	{"in chunks", "POST " + catalogsPath, "Transfer-Encoding: chunked", chunked(`{"na`, `me":"`, `x"}`), 200, true},
	{"in absolute form", "POST http://elsewhere" + catalogsPath, "Content-Length: 12", `{"name":"x"}`, 200, true},
	{"of no type", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Type:", `{"name":"x"}`, 200, true},
	{"of a form's type, which curl says when it is not told", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Type: application/x-www-form-urlencoded", `{"name":"x"}`, 200, true},
	{"of another type", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Type: text/plain; charset=utf-16", `{"name":"x"}`, 200, true},
	{"as it is", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Encoding: identity", `{"name":"x"}`, 200, true},
	{"a form", "POST " + catalogsPath, "Content-Length: 6\r\nContent-Type: application/x-www-form-urlencoded", `name=x`, 400, false},
	{"announced with a question", "POST " + catalogsPath, "Content-Length: 12\r\nExpect: 100-continue", `{"name":"x"}`, 200, true},
	{"expecting what there is not", "POST " + catalogsPath, "Content-Length: 12\r\nExpect: miracles", `{"name":"x"}`, 417, false},
	{"compressed", "POST " + catalogsPath, fmt.Sprintf("Content-Length: %d\r\nContent-Encoding: gzip", len(gzipped(`{"name":"x"}`))), gzipped(`{"name":"x"}`), 415, false},
	{"said to be compressed", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Encoding: br", `{"name":"x"}`, 415, false},
	{"compressed twice, or not", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Encoding: identity\r\nContent-Encoding: gzip", `{"name":"x"}`, 415, false},
	{"compressed and not said to be", "POST " + catalogsPath, fmt.Sprintf("Content-Length: %d", len(gzipped(`{"name":"x"}`))), gzipped(`{"name":"x"}`), 400, false},
	{"shorter than its length", "POST " + catalogsPath, "Content-Length: 13", `{"name":"x"}`, 400, false},
	{"longer than its length", "POST " + catalogsPath, "Content-Length: 11", `{"name":"x"}`, 400, false},
	{"of two lengths", "POST " + catalogsPath, "Content-Length: 12\r\nContent-Length: 11", `{"name":"x"}`, 400, false},
	{"of a length below nothing", "POST " + catalogsPath, "Content-Length: -1", `{"name":"x"}`, 400, false},
	{"of a length that overflows", "POST " + catalogsPath, "Content-Length: 18446744073709551628", `{"name":"x"}`, 400, false},
	{"in chunks and of a length", "POST " + catalogsPath, "Content-Length: 5\r\nTransfer-Encoding: chunked", chunked(`{"name":"x"}`), 200, true}, // chunks count (RFC 9112, 6.3)
	{"in chunks that break off", "POST " + catalogsPath, "Transfer-Encoding: chunked", "c\r\n" + `{"name":"x"}` + "\r\n", 400, false},
	{"in chunks of odd lengths", "POST " + catalogsPath, "Transfer-Encoding: chunked", "0xc\r\n" + `{"name":"x"}` + "\r\n0\r\n\r\n", 400, false},
	{"in a coding there is not", "POST " + catalogsPath, "Transfer-Encoding: gzip, chunked", chunked(`{"name":"x"}`), 501, false},
	{"in chunks that are too much", "POST " + catalogsPath, "Transfer-Encoding: chunked", chunked(strings.Repeat(" ", 1<<16), strings.Repeat(" ", 1<<16)), 413, false},
	{"too much", "POST " + catalogsPath, "Content-Length: 131072", strings.Repeat(" ", 1<<17), 413, false},
	{"headers of 1 MiB, as many as package http takes", "POST " + catalogsPath, "Content-Length: 12\r\nX: " + strings.Repeat("x", 1<<20), `{"name":"x"}`, 200, true},
	{"headers of more", "POST " + catalogsPath, "Content-Length: 12\r\nX: " + strings.Repeat("x", 1<<20+1<<14), `{"name":"x"}`, 431, false},
	{"a million headers", "POST " + catalogsPath, strings.TrimSuffix(strings.Repeat("X:\r\n", 1<<20), "\r\n"), ``, 431, false},
	{"a path of 1 MiB", "GET " + catalogsPath + "/" + strings.Repeat("x", 1<<20+1<<14), "X: x", ``, 431, false},
	{"a path of 512 KiB", "GET " + catalogsPath + "/" + strings.Repeat("x", 1<<19), "X: x", ``, 400, false},
	{"a query of 512 KiB", "GET " + gaPath + "?parent=" + strings.Repeat("x", 1<<19), "X: x", ``, 400, false},
	{"a query of many parameters", "GET " + gaPath + "?" + strings.Repeat("a&", 1<<18), "X: x", ``, 400, false},
	{"a query of which some is no query", "GET " + gaPath + "?a;b", "X: x", ``, 400, false},
	{"a method that another header makes of it", "GET " + catalogsPath + "/main", "X-HTTP-Method-Override: DELETE", ``, 200, false},
	{"TRACE", "TRACE " + catalogsPath, "X: x", ``, 405, false},
	{"OPTIONS", "OPTIONS " + catalogsPath, "Origin: https://elsewhere\r\nAccess-Control-Request-Method: POST", ``, 405, false},
	{"CONNECT", "CONNECT host:443", "X: x", ``, 404, false},
	{"CONNECT with a path", "CONNECT " + catalogsPath, "X: x", ``, 405, false},
	{"a method in lower case", "get " + catalogsPath, "X: x", ``, 405, false},
	{"a method of no letters", "G@T " + catalogsPath, "X: x", ``, 400, false},
	{"a folded header", "GET " + catalogsPath, "X: x\r\n y", ``, 200, false},
	{"a header without a name", "GET " + catalogsPath, ": x", ``, 400, false},
	{"a header with a control character", "GET " + catalogsPath, "X: a\x00b", ``, 400, false},
	{"a line feed in the path", "GET " + catalogsPath + "/a\nb", "X: x", ``, 400, false},
	{"a space in the path", "GET " + catalogsPath + "/a b", "X: x", ``, 400, false},
}

// However a request is put on the wire, it is done once and whole, or refused
// and not done at all.
func TestHostileRequests(t *testing.T) {
	var api atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*api.Load()).ServeHTTP(w, r) }))
	defer server.Close()
	for _, h := range hostileRequests {
		w := newMain(t, func(c *rest.Config) { c.MaxBody = 100_000 })
		api.Store(&w.api)
		before := w.version()
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		w.check(err)
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			io.WriteString(conn, h.first+" HTTP/1.1\r\nHost: host\r\nAuthorization: Bearer "+admin+"\r\nConnection: close\r\n"+h.headers+"\r\n\r\n"+h.body)
			if h.status == http.StatusBadRequest {
				conn.(*net.TCPConn).CloseWrite() // elsewhere it would be a caller who went away
			}
		}()
		method, _, _ := strings.Cut(h.first, " ")
		in := bufio.NewReader(conn)
		response, err := http.ReadResponse(in, &http.Request{Method: method})
		if err == nil && response.StatusCode == http.StatusContinue {
			response, err = http.ReadResponse(in, &http.Request{Method: method})
		}
		if err != nil {
			t.Errorf("%s: %v", h.says, err)
		} else {
			body, _ := io.ReadAll(response.Body)
			// What package http refuses by itself has no JSON.
			if ours := response.Header.Get("X-Databricks-Request-Id") != ""; response.StatusCode != h.status || ours && !json.Valid(body) {
				t.Errorf("%s: answers %d %.300s, want %d", h.says, response.StatusCode, body, h.status)
			}
		}
		conn.Close()
		<-sent
		if changed := w.version() != before; changed != h.changes {
			t.Errorf("%s: something has changed: %t", h.says, changed)
		}
	}
}

// A body that does not arrive in time is told so, and the connection ends.
func TestBodyIsLate(t *testing.T) {
	w := newMain(t)
	r := httptest.NewRequest("POST", catalogsPath, io.MultiReader(strings.NewReader(`{"name":`), lateBody{}))
	r.Header.Set("Authorization", "Bearer "+admin)
	a := answer{httptest.NewRecorder(), t}
	w.api.ServeHTTP(a, r)
	if e := a.refusal(); a.Code != http.StatusRequestTimeout || e.ErrorCode != "BAD_REQUEST" || a.Header().Get("Connection") != "close" {
		t.Errorf("answers %d %s, Connection %q", a.Code, a.Body, a.Header().Get("Connection"))
	}
}

type lateBody struct{}

func (lateBody) Read([]byte) (int, error) { return 0, fmt.Errorf("read: %w", os.ErrDeadlineExceeded) }

// Reading a body takes a megabyte of memory on its sender's word, and as much as
// is announced only once that much has come.
func TestReadingABodyIsCheap(t *testing.T) {
	w := newMain(t)
	for _, c := range []struct{ arrives, length, most int }{
		{0, -1, 1 << 18}, {0, 1, 1 << 18}, {0, 16 << 20, 4 << 20}, {1 << 19, 16 << 20, 4 << 20}, {1 << 20, 1 << 20, 4 << 20},
		{1 << 20, -1, 10 << 20}, {12 << 20, 12 << 20, 40 << 20}, {12 << 20, -1, 80 << 20}, {2 << 20, 16 << 20, 40 << 20}, // twice what it is, for the race detector
	} {
		r := httptest.NewRequest("POST", catalogsPath, struct{ io.Reader }{strings.NewReader(`"` + strings.Repeat("x", c.arrives))})
		r.ContentLength = int64(c.length)
		r.Header.Set("Authorization", "Bearer "+admin)
		a := answer{httptest.NewRecorder(), t}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w.api.ServeHTTP(a, r)
		runtime.ReadMemStats(&after)
		if e := a.refusal(); a.Code != http.StatusBadRequest || !strings.Contains(e.Message, "is a string without an end") {
			t.Errorf("answers %d %s", a.Code, a.Body)
		}
		if cost := int(after.TotalAlloc - before.TotalAlloc); cost > c.most {
			t.Errorf("%d bytes of %d take %d, at most %d", c.arrives, c.length, cost, c.most)
		}
	}
}
