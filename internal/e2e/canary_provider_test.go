package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// gossip is a provider that repeats whatever it was sent: the key, in every
// spelling, and the headers and the body.
type gossip struct {
	url string

	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request, heard echo)
	asked  int
}

// echo is what a provider has heard of a request.
type echo struct{ key, rest string }

// all is everything heard, the key in each spelling that takes no JSON to read,
// or in every one.
func (e echo) all(json bool) string {
	var b strings.Builder
	for _, forms := range []map[string]string{spellings(e.key), rare(e.key)} {
		for _, name := range slices.Sorted(maps.Keys(forms)) {
			if text := forms[name]; json || !strings.Contains(text, `\`) {
				fmt.Fprintln(&b, text)
			}
		}
	}
	return b.String() + e.rest
}

// inJSON is a string of JSON with everything heard, the key in each spelling.
func (e echo) inJSON() string {
	some := escaped(e.key[:4], `\u%04X`) + e.key[4:]
	return `"` + strings.Join([]string{escaped(e.key, `\u%04x`), escaped(e.key, `\u%04X`), some, strings.ReplaceAll(e.key, "/", `\/`), quote(e.all(true))[1:]}, " ")
}

func newGossip(t *testing.T) *gossip {
	g := new(gossip)
	server := httptest.NewServer(g)
	g.url = server.URL
	t.Cleanup(server.Close)
	return g
}

// next says how the provider answers from now on.
func (g *gossip) next(answer func(w http.ResponseWriter, r *http.Request, heard echo)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

// requests is how many requests have arrived.
func (g *gossip) requests() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

func (g *gossip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the gateway has gone
	}
	heard := echo{key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("X-Api-Key")}
	heard.rest = fmt.Sprintf("%s %v %s", r.URL, r.Header, body)
	g.mu.Lock()
	g.asked++
	answer := g.answer
	g.mu.Unlock()
	inHeaders(w.Header(), heard)
	answer(w, r, heard)
}

// inHeaders repeats the key in headers, those too that gateways read.
func inHeaders(h http.Header, heard echo) {
	for _, name := range []string{
		"Set-Cookie", "X-Echo", "X-Request-Id", "Request-Id", "X-Databricks-Request-Id", "Www-Authenticate", "Openai-Organization",
		"Retry-After", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Tokens", "X-Amzn-Errortype", "Etag", "Warning", "Server-Timing", "Location",
	} {
		h.Set(name, "https://h/"+heard.key)
	}
	h.Set("Trailer", "X-Late")
	h.Set(http.TrailerPrefix+"X-Later", heard.key)
}

// status answers with a status and an error object in which every member has
// the key.
func status(code int) func(http.ResponseWriter, *http.Request, echo) {
	return func(w http.ResponseWriter, _ *http.Request, heard echo) {
		w.Header().Set("Content-Type", "application/json; key="+heard.key)
		w.WriteHeader(code)
		said, short := heard.inJSON(), quote("invalid_"+heard.key)
		body := fmt.Sprintf(`{"type":"error","error":{"message":%s,"type":%s,"code":%s,"param":%s,"details":[%s]},"request_id":%s,"message":%s,"error_code":%s}`,
			said, short, short, short, said, short, said, short)
		inHalves(w, body, heard.key)
	}
}

// inHalves writes a text so that a key in it comes in two pieces.
func inHalves(w http.ResponseWriter, text, key string) {
	for i, part := range strings.Split(text, key) {
		if i > 0 {
			io.WriteString(w, key[:len(key)/2])
			w.(http.Flusher).Flush()
			io.WriteString(w, key[len(key)/2:])
		}
		io.WriteString(w, part)
	}
}

// plain answers with a status and a text that is not JSON.
func plain(code int, contentType string) func(http.ResponseWriter, *http.Request, echo) {
	return func(w http.ResponseWriter, _ *http.Request, heard echo) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(code)
		inHalves(w, "<html>"+heard.all(true), heard.key)
	}
}

// errorEvents answers with a status and a stream of errors, the key in pieces
// in two of them.
func errorEvents(code int) func(http.ResponseWriter, *http.Request, echo) {
	return func(w http.ResponseWriter, _ *http.Request, heard echo) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(code)
		half := len(heard.key) / 2
		for _, text := range []string{heard.all(false), heard.key[:half], heard.key[half:]} {
			inHalves(w, fmt.Sprintf("event: error\ndata: {\"error\":{\"message\":%s,\"type\":\"x\",\"code\":%s}}\n\n", quote(text), quote(heard.key)), heard.key)
		}
	}
}

// begun answers with the first events of a stream, and then with what comes of
// after.
func begun(anthropic bool, after func(w http.ResponseWriter, heard echo)) func(http.ResponseWriter, *http.Request, echo) {
	return func(w http.ResponseWriter, r *http.Request, heard echo) {
		events := chatBegin("Hel", "lo")
		if anthropic {
			whole := messageEvents("m", "Hel", "lo")
			events = whole[:len(whole)-3]
		}
		play(events...)(w, r)
		after(w, heard)
	}
}

// errorEvent is an error in a stream that has begun, in the form of the API.
func errorEvent(anthropic bool) func(http.ResponseWriter, echo) {
	return func(w http.ResponseWriter, heard echo) {
		name := ""
		if anthropic {
			name = "event: error\n"
		}
		inHalves(w, fmt.Sprintf("%sdata: {\"type\":\"error\",\"error\":{\"message\":%s,\"type\":%s,\"code\":%[3]s}}\n\n",
			name, heard.inJSON(), quote("x_"+heard.key)), heard.key)
	}
}

// unfinished is an event without its end, and the end of the connection.
func unfinished(w http.ResponseWriter, heard echo) {
	fmt.Fprintf(w, "data: {\"error\":{\"message\":%s", heard.inJSON())
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}
