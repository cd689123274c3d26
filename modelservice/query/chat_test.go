package query_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice/query"
)

// An answer passes byte for byte, and the caller's request id is the row's
// (ruling R35).
func TestWhole(t *testing.T) {
	w := newWorld(t)
	var body string
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
		answers(http.StatusOK, answerOf("primary"))(rw, r)
	})
	for n, path := range []string{chatPath, "/ai-gateway/openai/v1/chat/completions"} {
		sent := `{ "model" : "main.default.chat", "messages":[{"role":"user","content":"é\u0000"}], "x":9007199254740993, "x":1e400 }`
		r := w.request(t, http.MethodPost, path+"?secret=1", sent)
		r.Header.Set(query.TagsHeader, `{"team":"blue","Größe":""}`)
		got := w.do(t, r)
		if got.status != 200 || got.body != answerOf("primary") || got.err != nil {
			t.Errorf("got %d %q, %v", got.status, got.body, got.err)
		}
		if got.header.Get("Content-Type") != "application/json" || got.length != int64(len(got.body)) {
			t.Errorf("headers %v, length %d", got.header, got.length)
		}
		if want := strings.Replace(sent, "main.default.chat", "upstream-primary", 1); body != want {
			t.Errorf("the provider received %q; want %q", body, want)
		}
		row := w.rowOf(t, n+1)
		if row.RequestID != got.header.Get("X-Databricks-Request-Id") || row.RequestID == "" {
			t.Errorf("the row's request id is %q, the header's %q", row.RequestID, got.header.Get("X-Databricks-Request-Id"))
		}
		if row.URL != path || "/ai-gateway/"+row.APIType != path {
			t.Errorf("the row's URL is %q, its API %q; want %q", row.URL, row.APIType, path)
		}
		if row.RequestTags["team"] != "blue" || len(row.RequestTags) != 2 || row.Requester != "alice" {
			t.Errorf("the row's tags are %v, its requester %q", row.RequestTags, row.Requester)
		}
		if string(row.Request) != sent || string(row.Response) != got.body || row.Outcome != inferencelog.OutcomeOK {
			t.Errorf("row %s", must(row.MarshalJSON()))
		}
	}
}

func must(data []byte, err error) string {
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// A large answer has its length too, so that a caller can tell a whole one.
func TestLargeAnswer(t *testing.T) {
	w := newWorld(t)
	want := strings.Replace(answerOf("primary"), "hi", strings.Repeat("h", 300_000), 1)
	w.primary.does(answers(http.StatusOK, want))
	got := w.chat(t, chatBody("chat", false))
	if got.body != want || got.length != int64(len(want)) {
		t.Errorf("got %d bytes, declared %d; want %d", len(got.body), got.length, len(want))
	}
}

// Each event arrives before the next one is made.
func TestStreamIsLive(t *testing.T) {
	w := newWorld(t)
	next := make(chan struct{})
	events := []string{roleEvent + event("a"), event("b"), event("c") + usageEvent, finish + done}
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "text/event-stream")
		for _, e := range events {
			io.WriteString(rw, e)
			rw.(http.Flusher).Flush()
			<-next
		}
	})
	response, err := w.server.Client().Transport.RoundTrip(w.request(t, http.MethodPost, chatPath, chatBody("chat", true)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" || response.StatusCode != 200 {
		t.Errorf("got %d %q", response.StatusCode, got)
	}
	reader := bufio.NewReader(response.Body)
	var got strings.Builder
	for _, n := range []int{2, 1, 1, 2} {
		for range n {
			got.WriteString(readEvent(t, reader))
		}
		next <- struct{}{}
	}
	if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
		t.Errorf("after the end: %q, %v", rest, err)
	}
	if want := strings.Replace(strings.Join(events, ""), usageEvent, "", 1); got.String() != want {
		t.Errorf("got %q; want %q", got.String(), want)
	}
	if row := w.rowOf(t, 1); row.Outcome != inferencelog.OutcomeOK || row.TotalTokens != inferencelog.Known(7) {
		t.Errorf("row %s", must(row.MarshalJSON()))
	}
}

// A primary that fails before content is not seen by the caller.
func TestFallback(t *testing.T) {
	for _, stream := range []bool{false, true} {
		for name, primary := range map[string]http.HandlerFunc{
			"503":          answers(503, `{"error":{"message":"overloaded"}}`),
			"429":          answers(429, "", "Retry-After", "1"),
			"401":          answers(401, `{"error":{"message":"bad key `+key+`"}}`),
			"redirect":     answers(307, "", "Location", "http://192.0.2.1/"),
			"HTML":         answers(200, "<html>"),
			"lost":         breaks(),
			"role only":    breaks(roleEvent),
			"in-band":      streams(`data: {"error":{"message":"overloaded"}}` + "\n\n"),
			"only done":    streams(done),
			"half a frame": breaks(strings.TrimSpace(event("never"))),
		} {
			w := newWorld(t)
			w.primary.does(primary)
			want := answerOf("fallback")
			if stream {
				want = roleEvent + event("hi") + finish + done
				w.fallback.does(streams(want))
			}
			got := w.chat(t, chatBody("chat", stream))
			if got.status != 200 || got.body != want || got.err != nil {
				t.Errorf("%s, stream %t: got %d %q, %v", name, stream, got.status, got.body, got.err)
			}
			row := w.rowOf(t, 1)
			if len(row.Attempts) != 2 || row.DestinationName != "second" || row.Outcome != inferencelog.OutcomeOK {
				t.Errorf("%s, stream %t: row %s", name, stream, must(row.MarshalJSON()))
			}
		}
	}
}

// A stream that breaks off after content says so in one event, and has no
// [DONE] (ruling R30).
func TestCutStream(t *testing.T) {
	w := newWorld(t)
	w.primary.does(breaks(roleEvent, event("a"), event("b")))
	got := w.chat(t, chatBody("chat", true))
	rest, ok := strings.CutPrefix(got.body, roleEvent+event("a")+event("b")+"data: ")
	if got.status != 200 || got.err != nil || !ok || w.fallback.asked.Load() != 0 {
		t.Fatalf("got %d %q, %v", got.status, got.body, got.err)
	}
	got.status, got.body = 502, rest
	got.header.Set("Content-Type", "application/json") // of the event's data
	wantError(t, "the last event", got, 502, "BAD_GATEWAY")
	if row := w.rowOf(t, 1); row.Outcome != inferencelog.OutcomeTruncated || row.StatusCode != 200 {
		t.Errorf("row %s", must(row.MarshalJSON()))
	}
}

// A caller who hangs up, before or inside the answer, ends the provider's work.
func TestHangUp(t *testing.T) {
	w := newWorld(t)
	for n, events := range [][]string{nil, {event("a")}} {
		waiting, givenUp := make(chan struct{}, 1), make(chan struct{}, 1)
		w.primary.does(waits(waiting, givenUp, events...))
		ctx, hangUp := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			response, err := w.server.Client().Transport.RoundTrip(w.request(t, http.MethodPost, chatPath, chatBody("chat", true)).WithContext(ctx))
			if err == nil {
				_, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			failed <- err
		}()
		<-waiting
		hangUp()
		if err := <-failed; err == nil {
			t.Error("the caller was answered")
		}
		select {
		case <-givenUp:
		case <-time.After(5 * time.Second):
			t.Fatal("the provider works on")
		}
		if row := w.rowOf(t, n+1); row.Outcome != inferencelog.OutcomeCancelled {
			t.Errorf("row %s", must(row.MarshalJSON()))
		}
	}
	if w.fallback.asked.Load() != 0 {
		t.Error("the fallback was asked for a caller who was gone")
	}
}

// A caller who does not read counts as gone after WriteTimeout, and the
// provider is let go.
func TestCallerDoesNotRead(t *testing.T) {
	w := newWorld(t, func(c *query.Config) { c.WriteTimeout = 50 * time.Millisecond })
	givenUp := make(chan struct{})
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		defer close(givenUp)
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", "text/event-stream")
		e := event(strings.Repeat("x", 100_000))
		for {
			if _, err := io.WriteString(rw, e); err != nil {
				return
			}
		}
	})
	c, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := chatBody("chat", true)
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer alice-token\r\nContent-Length: %d\r\n\r\n%s", chatPath, len(body), body)
	select {
	case <-givenUp:
	case <-time.After(5 * time.Second):
		t.Fatal("the provider still sends to a caller who does not read")
	}
	if row := w.rowOf(t, 1); row.Outcome != inferencelog.OutcomeCancelled {
		t.Errorf("row %s", must(row.MarshalJSON()))
	}
}

// One connection carries stream after stream, and none breaks.
func TestManyStreams(t *testing.T) {
	w := newWorld(t)
	events := make([]string, 50)
	for i := range events {
		events[i] = event(fmt.Sprint(i))
	}
	events = append(events, finish, done)
	want := strings.Join(events, "")
	w.primary.does(streams(events...))
	body := strings.Replace(chatBody("chat", true), "hello", strings.Repeat("h", 10_000), 1)
	for i := range 200 {
		got := w.chat(t, body)
		if got.status != 200 || got.body != want || got.err != nil {
			t.Fatalf("stream %d: got %d, %d bytes, %v", i, got.status, len(got.body), got.err)
		}
	}
}

// A provider's refusal of the caller's own doing keeps the provider's words,
// without our key (ruling R28).
func TestProviderRefuses(t *testing.T) {
	w := newWorld(t)
	w.primary.does(answers(400, `{"error":{"message":"too long for `+key+`","type":"invalid_request_error","code":"context_length_exceeded","param":"messages"}}`))
	got := w.chat(t, chatBody("chat", false))
	e := wantError(t, "a provider's 400", got, 400, "BAD_REQUEST")
	if e.Error.Code != "context_length_exceeded" || e.Error.Message != "too long for REDACTED" || e.Message != e.Error.Message {
		t.Errorf("got %s", got.body)
	}
	if w.fallback.asked.Load() != 0 {
		t.Error("the fallback was asked")
	}
}

// Limits answer as spec §5.5 says, and say when to come back.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	if got := w.chat(t, chatBody("limited", false)); got.status != 200 {
		t.Fatalf("the first call: %d %s", got.status, got.body)
	}
	got := w.chat(t, chatBody("limited", false))
	e := wantError(t, "the second call", got, 429, "REQUEST_LIMIT_EXCEEDED")
	if !strings.Contains(e.Message, "for 'main.default.limited'") || e.Error.Type != "rate_limit_error" {
		t.Errorf("got %s", got.body)
	}
	var seconds int
	if fmt.Sscan(got.header.Get("Retry-After"), &seconds); seconds < 1 || seconds > 61 {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	wantError(t, "a limit of 0", w.chat(t, chatBody("blocked", false)), 403, "PERMISSION_DENIED")
	if w.primary.asked.Load() != 1 {
		t.Errorf("the provider was asked %d times; want once", w.primary.asked.Load())
	}
}
