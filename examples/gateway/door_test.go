package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/authn"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// narrow is a door with all limits so short that a test can wait for one of
// them; the others are out of its way.
func narrow(change func(*door)) func(*settings) {
	return func(s *settings) {
		s.door = door{headers: time.Minute, read: time.Minute, write: time.Minute, idle: time.Minute, headerBytes: 64 << 10}
		change(&s.door)
	}
}

const shortly = 150 * time.Millisecond

// line is a connection to a gateway, spoken to byte by byte.
type line struct {
	testing.TB
	*net.TCPConn
	in *bufio.Reader
}

// dial connects to a gateway. Nothing that happens on the connection takes
// longer than ten seconds.
func dial(t testing.TB, url string) *line {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(10 * time.Second))
	return &line{t, c.(*net.TCPConn), bufio.NewReader(c)}
}

func (l *line) send(text string) {
	l.Helper()
	if _, err := io.WriteString(l, text); err != nil {
		l.Fatal(err)
	}
}

// hear reads the answer to a request of a method.
func (l *line) hear(method string) (*answer, bool) {
	l.Helper()
	response, err := http.ReadResponse(l.in, &http.Request{Method: method})
	if err != nil {
		l.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		l.Fatalf("an answer that breaks off: %v", err)
	}
	return &answer{response.StatusCode, response.Header, body}, response.Close
}

// closed waits for the other side to hang up, which it may do with a refusal.
func (l *line) closed() {
	l.Helper()
	said, err := io.ReadAll(l.in)
	if errors.Is(err, os.ErrDeadlineExceeded) || len(said) > 0 && !bytes.HasPrefix(said, []byte("HTTP/1.1 400 ")) {
		l.Errorf("the connection was not closed: %q, %v", said, err)
	}
}

// drip sends a byte every now and then until nobody takes them any more.
func (l *line) drip() {
	ticker := time.NewTicker(shortly / 10)
	defer ticker.Stop()
	for range ticker.C {
		if _, err := l.Write([]byte("x")); err != nil {
			return
		}
	}
}

// answersStill is a gateway that goes on as if nothing had been.
func (h *hall) answersStill() {
	h.Helper()
	h.does(request("", "", "GET", "/healthz", ""), is("status", "ok"), is("rows.lost", "0"))
	h.does(sql("", "$ALICE", "SHOW CATALOGS"), says("catalog", "system"))
}

// Who does not get on with a request loses the connection, at the limit of the
// phase it is in.
func TestDoorSlow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		change func(*door)
		begin  string
	}{
		{"a connection that says nothing", func(d *door) { d.headers = shortly }, ""},
		{"headers that drip", func(d *door) { d.headers = shortly }, "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "},
		{"a request line that drips", func(d *door) { d.headers = shortly }, "GET /"},
		{"a connection that is done", func(d *door) { d.idle = shortly }, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"},
	} {
		t.Run(c.says, func(t *testing.T) {
			h := openHallAs(t, "{}", narrow(c.change), scripted(t))
			l := dial(t, h.url)
			l.send(c.begin)
			switch {
			case strings.HasSuffix(c.begin, "\r\n\r\n"):
				l.hear("GET")
			case c.begin != "":
				go l.drip()
			}
			l.closed()
			h.answersStill()
		})
	}
}

// A body that does not come in time, or not whole, is refused with an error, and
// nothing is done.
func TestDoorSlowBody(t *testing.T) {
	t.Parallel()
	const create = `{"statement": "CREATE CATALOG half", "warehouse_id": "any"}`
	h := openHallAs(t, "{}", narrow(func(d *door) { d.read = shortly }), scripted(t))
	for _, path := range []string{"/api/2.0/sql/statements", unityCatalog + "/catalogs", "/ai-gateway/mlflow/v1/chat/completions", "/ai-gateway/anthropic/v1/messages"} {
		for _, framing := range []string{"Content-Length: 1000\r\n\r\n" + create, "Transfer-Encoding: chunked\r\n\r\n400\r\n" + create} {
			begin := "POST " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + h.who.alice + "\r\n" + framing
			l := dial(t, h.url)
			l.send(begin)
			go l.drip()
			a, closes := l.hear("POST")
			if err := h.proper(a); err != nil || a.status != 408 || !closes {
				t.Errorf("%s, dripping: %v, closes: %t, %v", path, a, closes, err)
			}
			gone := dial(t, h.url)
			gone.send(begin)
			gone.Close()
			half := dial(t, h.url)
			half.send(begin)
			half.CloseWrite()
			if a, _ := half.hear("POST"); h.proper(a) != nil || a.status != 400 {
				t.Errorf("%s, half: %v", path, a)
			}
		}
		// Of whom nothing is wanted, nothing is waited for.
		l := dial(t, h.url)
		l.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
		if a, closes := l.hear("POST"); h.proper(a) != nil || a.status != 401 || !closes {
			t.Errorf("%s, from a stranger: %v, closes: %t", path, a, closes)
		}
	}
	h.answersStill()
}

// Who asks and does not read loses the connection.
func TestDoorSlowReader(t *testing.T) {
	t.Parallel()
	h := openHallAs(t, "{}", narrow(func(d *door) { d.write = shortly }), scripted(t))
	l := dial(t, h.url)
	many := strings.Repeat("GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n", 1000)
	var err error
	for err == nil { // until the server takes no more
		_, err = io.WriteString(l, many)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection is there still")
	}
	h.answersStill()
}

// Headers of 1 MiB, and very many of them, are refused without being kept. It is
// net/http that says so, in its own words, before there is a request.
func TestDoorLongHeaders(t *testing.T) {
	t.Parallel()
	h := openHall(t, "{}", scripted(t))
	for says, headers := range map[string]string{
		"one of 1 MiB":      "X-Long: " + strings.Repeat("x", 1<<20) + "\r\n",
		"50,000 of them":    strings.Repeat("X-Many: 1\r\n", 50_000),
		"a token of 1 MiB":  "Authorization: Bearer " + strings.Repeat("x", 1<<20) + "\r\n",
		"a name of 1 MiB":   strings.Repeat("x", 1<<20) + ": 1\r\n",
		"one without end":   strings.Repeat("x", 1<<20),
		"folded over lines": "X-Fold: 1\r\n" + strings.Repeat(" x\r\n", 300_000),
	} {
		l := dial(t, h.url)
		began := time.Now()
		go io.WriteString(l, "GET /healthz HTTP/1.1\r\nHost: a\r\n"+headers+"\r\n") // cut short, most of the time
		if a, closes := l.hear("GET"); a.status != 431 || !closes {
			t.Errorf("%s: %v", says, a)
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("%s: it took %v", says, took)
		}
	}
	l := dial(t, h.url)
	l.send("GET /nothing HTTP/1.1\r\nHost: a\r\nX-Long: " + strings.Repeat("x", 60<<10) + "\r\n" + strings.Repeat("X-Many: 1\r\n", 300) + "\r\n")
	if a, _ := l.hear("GET"); h.proper(a) != nil || a.status != 404 {
		t.Errorf("headers of 63 KiB: %v", a)
	}
	h.answersStill()
}

// Bodies over 16 MiB are refused, whether or not they say so.
func TestDoorLongBody(t *testing.T) {
	t.Parallel()
	h := openHall(t, "{}", scripted(t))
	for _, path := range []string{"/api/2.0/sql/statements", modelServices, "/ai-gateway/mlflow/v1/chat/completions", "/ai-gateway/anthropic/v1/messages"} {
		for _, declared := range []bool{true, false} {
			body := io.Reader(bytes.NewReader(bytes.Repeat([]byte(" "), 16<<20+1)))
			if !declared {
				body = io.MultiReader(body) // of a length that net/http does not see
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", h.url+path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+h.who.alice)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Errorf("%s, declared: %t: %v", path, declared, err)
				continue
			}
			text, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if a := (&answer{response.StatusCode, response.Header, text}); h.proper(a) != nil || a.status != 413 || a.at("error_code") != "INVALID_PARAMETER_VALUE" {
				t.Errorf("%s, declared: %t: %v", path, declared, a)
			}
		}
	}
	h.answersStill()
}

// Other ways to write a request are answered as the usual one, in JSON and with
// an id.
func TestDoorForms(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	bearer := "Authorization: Bearer " + h.who.alice + "\r\n"
	const show = `{"statement": "SHOW CATALOGS"}`
	body := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(show), show)
	for _, c := range []struct {
		says, head, rest string
		status           int
		closes           bool
	}{
		{"HTTP/1.0", "GET /healthz HTTP/1.0\r\n", "\r\n", 200, true},
		{"HTTP/1.0, to be kept open", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n", "\r\n", 200, false},
		{"HTTP/1.0 with a body", "POST /api/2.0/sql/statements HTTP/1.0\r\n", bearer + body, 200, true},
		{"HTTP/1.0 to nothing", "GET /nothing HTTP/1.0\r\n", "\r\n", 404, true},
		{"the absolute form", "GET http://elsewhere.example/healthz HTTP/1.1\r\nHost: b\r\n", "\r\n", 200, false},
		{"the absolute form, without token", "GET http://elsewhere.example" + unityCatalog + "/catalogs HTTP/1.1\r\nHost: b\r\n", "\r\n", 401, false},
		{"the absolute form of nothing but a host", "GET http://elsewhere.example HTTP/1.1\r\nHost: b\r\n", "\r\n", 404, false},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n", "\r\n", 404, false},
		{"OPTIONS /", "OPTIONS / HTTP/1.1\r\nHost: a\r\n", "\r\n", 404, false},
		{"TRACE, which is no echo", "TRACE /healthz HTTP/1.1\r\nHost: a\r\n", "X-Secret: 42\r\n\r\n", 405, false},
		{"CONNECT to a host", "CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n", "\r\n", 404, false},
		{"CONNECT to a path of management", "CONNECT " + unityCatalog + "/catalogs HTTP/1.1\r\nHost: a\r\n", bearer + "\r\n", 405, false},
		{"CONNECT to a path of inference", "CONNECT /ai-gateway/openai/v1/models HTTP/1.1\r\nHost: a\r\n", bearer + "\r\n", 405, false},
		{"a body in chunks", "POST /api/2.0/sql/statements HTTP/1.1\r\nHost: a\r\n",
			bearer + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(show), show), 200, false},
		{"a body that waits to be asked for", "POST /api/2.0/sql/statements HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n", bearer + body, 200, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			l := dial(t, h.url)
			l.send(c.head + c.rest)
			a, closes := l.hear("GET")
			for a.status == 100 {
				a, closes = l.hear("GET")
			}
			if err := h.proper(a); err != nil || a.status != c.status || closes != c.closes || strings.Contains(a.String(), "X-Secret") {
				t.Errorf("%v, closes: %t, %v", a, closes, err)
			}
		})
	}
	h.answersStill()
}

// What is no request at all is refused before a handler sees it, in the words of
// the API, and costs one connection.
func TestDoorNoRequests(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	for _, text := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "hello\r\n\r\n", "GET /healthz\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Null: \x00\r\n\r\n", "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
		"POST /api/2.0/sql/statements HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
		"POST /api/2.0/sql/statements HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
	} {
		l := dial(t, h.url)
		l.send(text)
		a, closes := l.hear("GET")
		if err := h.proper(a); err != nil || a.status < 400 || !closes {
			t.Errorf("%q: %v, closes: %t, %v", text, a, closes, err)
		}
	}
	h.answersStill()
}

// Requests that are sent ahead are answered in their order.
func TestDoorPipeline(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	l := dial(t, h.url)
	const show = `{"statement": "SHOW CATALOGS"}`
	bearer := "Authorization: Bearer " + h.who.alice + "\r\n"
	l.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" +
		"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" +
		"PUT /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" +
		"GET /ai-gateway/openai/v1/models HTTP/1.1\r\nHost: a\r\n" + bearer + "\r\n" +
		fmt.Sprintf("POST /api/2.0/sql/statements HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s", bearer, len(show), show))
	for i, want := range []check{is("status", "ok"), status(404), status(405), is("object", "list"), succeeded()} {
		a, _ := l.hear("GET")
		if err := all(h.proper, want)(a); err != nil {
			t.Errorf("answer %d: %v: %v", i, a, err)
		}
	}
	l.closed()
}

// Two thousand connections on which nothing is said keep nobody out, and go.
func TestDoorIdleConnections(t *testing.T) {
	t.Parallel()
	h := openHallAs(t, "{}", narrow(func(d *door) { d.headers = time.Second }), scripted(t))
	idle := make([]*line, 2000)
	for i := range idle {
		idle[i] = dial(t, h.url)
	}
	began := time.Now()
	h.answersStill()
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("with %d idle connections an answer took %v", len(idle), took)
	}
	for _, l := range idle {
		l.closed()
	}
}

// A panic behind the door is one request's 500 and one line, and the next one is
// answered.
func TestDoorPanic(t *testing.T) {
	core, seen := observer.New(zapcore.WarnLevel)
	who := newPeople()
	s, err := (&command{listen: "127.0.0.1:0"}).settings(t.Context(), who.document("http://127.0.0.1:1"), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	r, err := start(t.Context(), s, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	defer r.stop(defaultGrace())
	h := &hall{TB: t, running: r, who: who, ids: map[string]bool{}}
	*r.tokens = authn.Tokens{} // which panics when it is asked
	for i, path := range []string{unityCatalog + "/catalogs", "/ai-gateway/openai/v1/models", "/ai-gateway/anthropic/v1/models"} {
		a := h.does(request("", "$ALICE", "GET", path, ""), status(500), is("error_code", "INTERNAL_ERROR"))
		lines := seen.All()
		if len(lines) != i+1 || lines[i].ContextMap()["request_id"] != a.header.Get("X-Databricks-Request-Id") {
			t.Errorf("%s: after %d requests the lines are %v", path, i+1, lines)
		}
	}
	if err := r.tokens.Replace(s.tokens); err != nil {
		t.Fatal(err)
	}
	h.answersStill()
}

// The limits that the server really has are all there.
func TestDoorDefaults(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	s := h.server
	if s.ReadHeaderTimeout != 10*time.Second || s.ReadTimeout != 2*time.Minute || s.WriteTimeout != 3*time.Minute || s.IdleTimeout != 2*time.Minute || s.MaxHeaderBytes != 64<<10 {
		t.Errorf("%+v", s)
	}
}

// A body that nobody wants does not hold the answer.
func TestDoorBodyThatNobodyReads(t *testing.T) {
	h := openHall(t, "{}", scripted(t))
	bearer := "Authorization: Bearer " + h.who.alice + "\r\n"
	for _, c := range []struct {
		request, header string
		status          int
	}{
		{"POST /nothing", "Content-Length: 10\r\n", 404},
		{"GET /healthz", "Content-Length: 10\r\n", 200},
		{"POST /healthz", "Content-Length: 10\r\n", 405},
		{"GET /openapi.json", "Content-Length: 10\r\n", 200},
		{"POST /api/2.0/sql/statements", "Content-Length: 10\r\n", 401},
		{"POST /api/2.0/nothing", bearer + "Content-Length: 10\r\n", 404},
		{"GET " + unityCatalog + "/catalogs", bearer + "Content-Length: 10\r\n", 200},
		{"DELETE " + unityCatalog + "/catalogs/x", bearer + "Transfer-Encoding: chunked\r\n", 404},
		{"POST /ai-gateway/nothing", bearer + "Content-Length: 10\r\n", 404},
	} {
		l := dial(t, h.url)
		l.SetDeadline(time.Now().Add(2500 * time.Millisecond)) // long before the body is given up
		l.send(c.request + " HTTP/1.1\r\nHost: a\r\n" + c.header + "\r\n")
		method, _, _ := strings.Cut(c.request, " ")
		if a, closing := l.hear(method); a.status != c.status || !closing {
			t.Errorf("%s: %d, closing %t", c.request, a.status, closing)
		}
	}
}
