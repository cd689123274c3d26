package routingtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/routing"
	"pgregory.net/rapid"
)

// asks are all that can be asked for.
func asks() []Ask {
	var list []Ask
	for _, api := range []API{ChatCompletions, Embeddings, Responses, Messages} {
		for _, stream := range []bool{false, true} {
			list = append(list, Ask{api, "m", stream})
		}
	}
	return list
}

func requestBody(a Ask) string {
	return fmt.Sprintf(`{"model":%q,"stream":%t}`, a.Model, a.Stream)
}

// follow reads a body until it ends, or until as much has come as is expected
// of one that does not end; give up then ends it.
func follow(t *testing.T, body io.Reader, want sight, giveUp func()) (string, string) {
	t.Helper()
	var b bytes.Buffer
	buf := make([]byte, 4096)
	for {
		if want.end == "silent" && b.Len() >= len(want.body) || want.end == "endless" && b.Len() > 100<<10 {
			giveUp()
		}
		n, err := body.Read(buf)
		b.Write(buf[:n])
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return b.String(), "whole"
		case errors.Is(err, context.Canceled):
			return b.String(), want.end
		default:
			return b.String(), "broken"
		}
	}
}

func check(t *testing.T, s Shape, a Ask, want, got sight) {
	t.Helper()
	if want.end == "endless" {
		if len(got.body) < 100<<10 {
			t.Errorf("%s %+v: %d bytes and %q", s, a, len(got.body), got.end)
		}
		got.body = ""
	}
	if s == Gzip {
		r, err := gzip.NewReader(strings.NewReader(got.body))
		if err != nil {
			t.Fatalf("%s %+v: %v", s, a, err)
		}
		text, err := io.ReadAll(r)
		if err != nil || got.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s %+v: %v, headers %v", s, a, err, got.header)
		}
		got.body = string(text)
	}
	if got.status != want.status || got.end != want.end || got.body != want.body {
		t.Errorf("%s %+v: saw\n%d, %s, %q\nwant\n%d, %s, %q", s, a, got.status, got.end, got.body, want.status, want.end, want.body)
	}
	if s == HeaderBomb && len(got.header.Get("X-Bomb")) != 3000 {
		t.Errorf("%s %+v: %d bytes of bomb", s, a, len(got.header.Get("X-Bomb")))
	}
	if kind := got.header.Get("Content-Type"); s == HTML && !strings.HasPrefix(kind, "text/html") ||
		s == Whole && (kind == "text/event-stream") != a.streams() {
		t.Errorf("%s %+v: Content-Type %q", s, a, kind)
	}
}

// Over HTTP a client that knows nothing of the kit sees of every shape what it
// says, for every API, streamed and not.
func TestUpstreamShapes(t *testing.T) {
	client := &http.Client{Transport: &http.Transport{
		DisableCompression: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // aborted before it matters
	}}
	for _, s := range Shapes() {
		t.Run(string(s), func(t *testing.T) {
			u := NewUpstream(t, Schedule{"m": {{Shape: s, At: 100, Size: 3000}}})
			for i, a := range asks() {
				want := expected(s, a)
				ctx, cancel := context.WithCancel(t.Context())
				r, err := http.NewRequestWithContext(ctx, "POST", u.URL("m")+"/"+string(a.API), strings.NewReader(requestBody(a)))
				if err != nil {
					t.Fatal(err)
				}
				if want.end == "silent" && want.status == 0 {
					go func() {
						for len(u.Arrivals()) <= i {
							runtime.Gosched()
						}
						cancel()
					}()
				}
				response, err := client.Do(r)
				got := sight{end: "broken"}
				switch {
				case errors.Is(err, context.Canceled):
					got.end = "silent"
				case err == nil:
					got.status, got.header = response.StatusCode, response.Header
					got.body, got.end = follow(t, response.Body, want, cancel)
					response.Body.Close()
				case s == Refused && !errors.Is(err, syscall.ECONNREFUSED):
					t.Errorf("%s: %v", s, err)
				}
				check(t, s, a, want, got)
				cancel()
			}
			u.Close()
			arrivals := u.Arrivals()
			if s.early() {
				if len(arrivals) != 0 {
					t.Errorf("%d arrivals", len(arrivals))
				}
				return
			}
			if len(arrivals) != len(asks()) || u.Open() != 0 {
				t.Fatalf("%d arrivals, %d of them open", len(arrivals), u.Open())
			}
			for i, a := range asks() {
				end := expected(s, a).end
				got := arrivals[i]
				if got.Ask != a || string(got.Body) != requestBody(a) || got.Sum != sum(got.Body) || !got.Complete || got.Path != "/v1/"+string(a.API) ||
					got.Cancelled != (end == "silent" || end == "endless") || got.Reply.Shape != s || got.Ended.Before(got.At) || got.Header.Get("Content-Length") == "" {
					t.Errorf("%+v: %+v", a, got)
				}
			}
		})
	}
}

// checkSends checks that what a reply says it sends is what is seen of it.
func checkSends(t *testing.T, r Reply, a Ask, want sight) {
	t.Helper()
	status, body, end, ok := r.Sends(a)
	if want.end == "endless" {
		if ok {
			t.Errorf("%s %+v has an end", r.Shape, a)
		}
		return
	}
	ends := map[string]Ending{"whole": Ends, "broken": Breaks, "silent": Stalls}[want.end]
	text := strings.Join(body, "")
	if !ok || status != want.status || end != ends || r.Shape != Gzip && text != want.body {
		t.Errorf("%s %+v sends %d, %q, %s", r.Shape, a, status, text, end)
	}
}

// In process every shape is what it is over HTTP.
func TestPlayerShapes(t *testing.T) {
	for _, s := range Shapes() {
		t.Run(string(s), func(t *testing.T) {
			p, err := NewPlayer(Schedule{"m": {{Shape: s, At: 100, Size: 3000}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range asks() {
				synctest.Test(t, func(t *testing.T) {
					want := expected(s, a)
					checkSends(t, p.schedule["m"][0], a, want)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if want.end == "silent" && want.status == 0 {
						time.AfterFunc(time.Minute, cancel)
					}
					response, err := p.Send(ctx, a.API, []byte(requestBody(a)))
					got := sight{end: "broken"}
					var f *routing.Failure
					switch {
					case errors.Is(err, context.Canceled):
						got.end = "silent"
					case err == nil:
						got.status, got.header = response.Status, response.Header
						got.body, got.end = follow(t, response.Body, want, cancel)
						response.Body.Close()
					case !errors.As(err, &f) || (f.Class == routing.ClassNotSent) != s.early():
						t.Errorf("%s: %v", s, err)
					}
					check(t, s, a, want, got)
				})
			}
			if got := p.Arrivals(); len(got) != len(asks()) || p.Open() != 0 {
				t.Errorf("%d arrivals, %d open", len(got), p.Open())
			}
		})
	}
}

// Waits are waited: the head after Wait, each piece after Every, and a drip
// brings all the bytes.
func TestPlayerTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := NewPlayer(Schedule{"m": {{Wait: Duration(3 * time.Second), Piece: 7, Every: Duration(time.Second)}}})
		if err != nil {
			t.Fatal(err)
		}
		a, start := Ask{ChatCompletions, "m", false}, time.Now()
		r, err := p.Send(t.Context(), a.API, []byte(requestBody(a)))
		if err != nil || time.Since(start) != 3*time.Second {
			t.Fatalf("%v after %s", err, time.Since(start))
		}
		text, err := io.ReadAll(r.Body)
		pieces := (len(Answer(a)) + 6) / 7
		if err != nil || string(text) != Answer(a) || time.Since(start) != time.Duration(pieces+3)*time.Second {
			t.Errorf("%v after %s: %s", err, time.Since(start), text)
		}
		// Given up in the middle.
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
		defer cancel()
		r, err = p.Send(ctx, a.API, []byte(requestBody(a)))
		if err != nil {
			t.Fatal(err)
		}
		text, err = io.ReadAll(r.Body)
		if last := p.Arrivals()[1]; !errors.Is(err, context.DeadlineExceeded) || len(text) != 7*7 || last.Sent != 7*7 || !last.Cancelled || last.Ended.Sub(last.At) != 10*time.Second+time.Millisecond {
			t.Errorf("%v after %d bytes: %+v", err, len(text), last)
		}
	})
}

// Replies come in their order, the last again and again; models apart.
func TestSchedulePlays(t *testing.T) {
	u := NewUpstream(t, Schedule{"a": {{Shape: "503", RetryAfter: "9"}, {Shape: "418", Body: "tea", Header: map[string]string{"X-Pot": "short"}}}})
	ask := func(model string) *http.Response {
		r, err := http.Post(u.URL(model)+"/chat/completions", "application/json", strings.NewReader(requestBody(Ask{Model: model})))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Body.Close() })
		return r
	}
	if r := ask("a"); r.StatusCode != 503 || r.Header.Get("Retry-After") != "9" {
		t.Errorf("first: %d %v", r.StatusCode, r.Header)
	}
	if r := ask("b"); r.StatusCode != 200 {
		t.Errorf("unnamed: %d", r.StatusCode)
	}
	for range 2 {
		r := ask("a")
		if text, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 418 || string(text) != "tea" || r.Header.Get("X-Pot") != "short" {
			t.Errorf("last: %d %q %v", r.StatusCode, text, err)
		}
	}
	if got := fmt.Sprint(u.Models()); got != "[a b a a]" {
		t.Errorf("models %s", got)
	}
}

// A schedule is what its JSON says, and what cannot be played is refused.
func TestScheduleJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Schedules("a", "b").Draw(t, "schedule")
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again Schedule
		if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%v\n%+v\n%s\n%+v", err, s, text, again)
		}
	})
	for _, bad := range []Reply{{Shape: "sulk"}, {Shape: "099"}, {Shape: "600"}, {Shape: "+503"}, {Wait: -1}, {Piece: -1}, {At: -1}, {Every: -1}, {Size: -1}} {
		if _, err := NewPlayer(Schedule{"a": {{}, bad}}); err == nil || !strings.Contains(err.Error(), `reply 1 of "a"`) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	var s Schedule
	if err := json.Unmarshal([]byte(`{"a":[{"wait":"soon"}]}`), &s); err == nil {
		t.Error("took a wait of soon")
	}
	for _, mixed := range [][]Reply{{{Shape: Refused}, {}}, {{}, {Shape: Refused}}, {{Shape: Refused}, {Shape: TLSAbort}}} {
		if _, err := (Schedule{"a": mixed}).early("a"); err == nil {
			t.Errorf("%+v was taken", mixed)
		}
	}
}

// A whole answer is one, in the eyes of who knows only JSON.
func TestAnswersAreJSON(t *testing.T) {
	for _, a := range asks() {
		texts := []string{a.plain(), a.refusal(429), a.refusal(500)}
		for _, e := range Events(a) {
			_, data, ok := strings.Cut(strings.TrimSuffix(e, "\n\n"), "data: ")
			if !ok || strings.Contains(data, "\n") {
				t.Errorf("%+v: no event: %q", a, e)
			}
			if data != "[DONE]" {
				texts = append(texts, data)
			}
		}
		for _, text := range texts {
			if !json.Valid([]byte(text)) {
				t.Errorf("%+v: no JSON: %s", a, text)
			}
		}
	}
}
