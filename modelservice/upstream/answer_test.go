package upstream_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/upstream"
)

func newTLS(t *testing.T) *httptest.Server {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// trusting makes a backend trust a server's certificate.
func trusting(server *httptest.Server) func(*upstream.Config) {
	return func(c *upstream.Config) {
		c.TLS = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	}
}

// An answer of any status is an answer. Redirects are not followed, and 2xx
// pass as they are.
func TestStatuses(t *testing.T) {
	to, request := captured(t, whole)
	var asked atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var status int
		fmt.Sscan(strings.Split(r.URL.Path, "/")[1], &status)
		w.Header().Set("Location", "/200/elsewhere")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		fmt.Fprintf(w, "body of %d", status)
	})
	for _, status := range []int{200, 201, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, 599} {
		asked.Store(0)
		response, err := backendFor(t, fmt.Sprintf("%s/%d", server.URL, status)).Send(t.Context(), to, request)
		if err != nil {
			t.Errorf("status %d: %v", status, err)
			continue
		}
		body := readAll(t, response.Body)
		response.Body.Close()
		if said := response.Scrub("key " + canary); said != "key REDACTED" {
			t.Errorf("status %d: of an error it leaves %q", status, said)
		}
		if response.Status != status || body != fmt.Sprintf("body of %d", status) || response.Header.Get("Retry-After") != "7" {
			t.Errorf("status %d: got %d, %q, %v", status, response.Status, body, response.Header)
		}
		if asked.Load() != 1 {
			t.Errorf("status %d: %d requests; want 1", status, asked.Load())
		}
	}
}

// escaped writes every character as JSON allows and nobody does.
func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
			b.WriteByte(s[i])
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, s[i])
	}
	return b.String()
}

// No way of writing the credential survives in what is not a 2xx, wherever in
// the text it stands, in the body and in the headers.
func TestScrub(t *testing.T) {
	to, request := captured(t, whole)
	inJSON, _ := json.Marshal(map[string]any{"error": map[string]string{"message": "bad key " + canary}})
	forms := map[string]string{
		"raw":       "bad key " + canary + "!",
		"twice":     canary + canary,
		"json":      string(inJSON),
		"escapes":   `{"error":{"message":"bad key ` + escaped(canary) + `"}}`,
		"hex":       hex.EncodeToString([]byte(canary)),
		"slashes":   strings.ReplaceAll(string(inJSON), "/", `\/`),
		"query":     "https://h/?key=" + url.QueryEscape(canary),
		"path":      "https://h/" + url.PathEscape(canary),
		"lower hex": "https://h/?key=" + strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d", "%3C", "%3c", "%5C", "%5c").Replace(url.QueryEscape(canary)),
	}
	for i, before := range []string{"", "x", "Bearer ", "user:"} {
		text := []byte(before + canary + "/after")
		forms[fmt.Sprint("base64 ", i)] = base64.StdEncoding.EncodeToString(text)
		forms[fmt.Sprint("base64 url ", i)] = base64.URLEncoding.EncodeToString(text)
	}
	for name, text := range forms {
		for _, status := range []int{302, 400, 401, 500} {
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Echo", text)
				w.WriteHeader(status)
				// In two writes, the credential across them.
				io.WriteString(w, text[:len(text)/2])
				w.(http.Flusher).Flush()
				io.WriteString(w, text[len(text)/2:])
			})
			response, err := backendFor(t, server.URL).Send(t.Context(), to, request)
			if err != nil {
				t.Fatal(err)
			}
			body := readAll(t, response.Body)
			response.Body.Close()
			noCanary(t, name, body+fmt.Sprint(response.Header))
			if !strings.Contains(body, "REDACTED") {
				t.Errorf("%s: nothing stands in place of the credential in %q", name, body)
			}
			server.Close()
		}
	}
}

// A credential that lies across the end of what is read of a long refusal does
// not leave its beginning there.
func TestScrubAtTheEnd(t *testing.T) {
	to, request := captured(t, whole)
	for _, before := range []int{1<<20 - 5, 1<<20 + 1 - 5, 1<<20 - 18, 1 << 20} {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, strings.Repeat(".", before)+canary+"more")
		})
		response, err := backendFor(t, server.URL).Send(t.Context(), to, request)
		if err != nil {
			t.Fatal(err)
		}
		body := readAll(t, response.Body)
		response.Body.Close()
		if strings.Contains(body, "sk-") || len(body) > 1<<20 || len(body) < 1<<20-100 {
			t.Errorf("credential at %d: %d bytes ending in %q", before, len(body), body[len(body)-10:])
		}
	}
}

// A compressed refusal keeps its status and loses its body, which cannot be
// searched.
func TestEncodedRefusal(t *testing.T) {
	to, request := captured(t, whole)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(429)
		io.WriteString(w, "?")
	})
	response, err := backendFor(t, server.URL).Send(t.Context(), to, request)
	if err != nil {
		t.Fatal(err)
	}
	if body := readAll(t, response.Body); response.Status != 429 || response.Header.Get("Retry-After") != "3" || body != "" {
		t.Errorf("got %d, %v, %q", response.Status, response.Header, body)
	}
}

// An answer shorter than it said is an error, not a short answer; the rest of a
// longer one is not read.
func TestContentLength(t *testing.T) {
	// Package http has something to say about what comes after the answer.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	to, request := captured(t, whole)
	for _, test := range []struct {
		text, body string
		err        error
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "short", io.ErrUnexpectedEOF},
		{"HTTP/1.1 400 No\r\nContent-Length: 10\r\n\r\nshort", "", io.ErrUnexpectedEOF}, // may be half a credential
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshort and more", "short", nil},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", "short", io.ErrUnexpectedEOF},
	} {
		address := serveRaw(t, func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, test.text)
		})
		response, err := backendFor(t, "http://"+address).Send(t.Context(), to, request)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if !errors.Is(err, test.err) || string(got) != test.body {
			t.Errorf("%q: got %q, %v; want %q, %v", test.text, got, err, test.body, test.err)
		}
	}
}

// The text of an error met while reading is not the provider's to choose.
func TestTrailerEcho(t *testing.T) {
	to, request := captured(t, whole)
	address := serveRaw(t, func(c net.Conn) {
		readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nhi\r\n0\r\nBearer "+canary+"\r\n\r\n")
	})
	response, err := backendFor(t, "http://"+address).Send(t.Context(), to, request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)
	if err == nil {
		t.Fatal("a broken trailer is no error")
	}
	noCanary(t, "the error", err.Error())
}

// A body without end costs the gateway its cap and no more, whole or refused.
func TestEndlessBody(t *testing.T) {
	for _, status := range []int{200, 400} {
		var sent atomic.Int64
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			block := make([]byte, 1<<20)
			for range 100 {
				n, err := w.Write(block)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
		w := newWorld(t, backendFor(t, server.URL))
		_, err := w.call(t.Context(), whole)
		var e *modelservice.Error
		if want := map[int]int{200: 502, 400: 400}[status]; !errors.As(err, &e) || e.HTTPStatus() != want {
			t.Errorf("status %d: got %v; want status %d", status, err, want)
		}
		server.Close()
		if sent.Load() > 60<<20 {
			t.Errorf("status %d: %d bytes of the body were taken", status, sent.Load())
		}
	}
}

// What surrounds a body in chunks costs no more than its own limits, whatever
// the body holds: lengths with endless text behind them, one without end, and
// headers after the end.
func TestEndlessChunks(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	to, request := captured(t, whole)
	for name, provider := range map[string]func(net.Conn){
		"one extension":   endless(head+"1;", "xxxxxxxxxxxxxxxx"),
		"many extensions": endless(head, "1;"+strings.Repeat("x", 4000)+"\r\na\r\n"),
		"one length":      endless(head, "0000000000000000"),
		"trailers":        endless(head+"1\r\na\r\n0\r\n", "X-Filler: x\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			var taken atomic.Int64
			b := backendFor(t, "http://"+serveRaw(t, provider), func(c *upstream.Config) {
				c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					c, err := new(net.Dialer).DialContext(ctx, network, address)
					return &metered{c, &taken}, err
				}
			})
			response, err := b.Send(t.Context(), to, request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err == nil {
				t.Errorf("it ended well, with %d bytes", len(body))
			}
			if taken.Load() > 1<<20 {
				t.Errorf("%d bytes were taken", taken.Load())
			}
		})
	}
}

// metered counts what is read from a connection.
type metered struct {
	net.Conn
	taken *atomic.Int64
}

func (c *metered) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.taken.Add(int64(n))
	return n, err
}

// A finished stream gives its connection back; one given up closes it.
func TestConnectionReuse(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for range 20 {
			fmt.Fprint(w, `data: {"choices":[{"delta":{"content":"hi"}}]}`+"\n\n")
			w.(http.Flusher).Flush()
		}
		fmt.Fprint(w, `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	w := newWorld(t, backendFor(t, server.URL))
	for range 50 {
		if _, err := w.call(t.Context(), stream); err != nil {
			t.Fatal(err)
		}
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("50 streams took %d connections; want 1", got)
	}
}

// However a call is given up, nothing of it stays.
func TestNoLeakAfterCancel(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			fmt.Fprint(w, `data: {"choices":[{"delta":{"content":"hi"}}]}`+"\n\n")
			if http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	})
	b := backendFor(t, server.URL)
	to, request := captured(t, stream)
	before := runtime.NumGoroutine()
	for i := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		response, err := b.Send(ctx, to, request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Read(make([]byte, 100*i))
		if i%2 == 0 {
			cancel()
			if _, err := io.Copy(io.Discard, response.Body); !errors.Is(err, context.Canceled) {
				t.Errorf("reading after the end of the context: %v", err)
			}
		}
		response.Body.Close()
		cancel()
	}
	b.Close()
	settled(t, before)
}

// Headers up to the limit pass, longer ones are no answer, in either HTTP.
func TestHeaderLimit(t *testing.T) {
	to, request := captured(t, whole)
	for _, test := range []struct {
		limit int64
		size  int
		ok    bool
	}{{0, 60 << 10, true}, {0, 70 << 10, false}, {200 << 10, 190 << 10, true}, {200 << 10, 210 << 10, false}} {
		answer := func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", test.size)) }
		two := newTLS(t)
		two.Config.Handler = http.HandlerFunc(answer)
		for _, server := range []*httptest.Server{serve(t, answer), two} {
			response, err := backendFor(t, server.URL, trusting(two), func(c *upstream.Config) { c.MaxHeader = test.limit }).Send(t.Context(), to, request)
			if (err == nil) != test.ok {
				t.Errorf("%s: limit %d, %d bytes: %v", server.URL, test.limit, test.size, err)
			}
			if err == nil {
				response.Body.Close()
			}
		}
	}
}
