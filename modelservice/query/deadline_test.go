package query_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/query"
)

// follower looks at the deadline at which an answer is written.
type follower struct {
	*httptest.ResponseRecorder
	now      func() time.Time
	deadline time.Time // zero: there is none
	set      int       // how often there was a new one
	writes   []time.Duration
	resting  bool // since a Flush nothing has happened
	held     int  // how often a deadline was left in place after a Flush
	flushed  chan struct{}
}

// stir ends the rest after a Flush.
func (f *follower) stir() {
	if f.resting && !f.deadline.IsZero() {
		f.held++
	}
	f.resting = false
}

func (f *follower) Write(p []byte) (int, error) {
	f.stir()
	left := time.Duration(-1)
	if !f.deadline.IsZero() {
		left = f.deadline.Sub(f.now())
	}
	f.writes = append(f.writes, left)
	return f.ResponseRecorder.Write(p)
}

func (f *follower) Flush() {
	f.resting = true
	f.flushed <- struct{}{}
}

// SetWriteDeadline is what an http.ResponseController looks for.
func (f *follower) SetWriteDeadline(t time.Time) error {
	if !t.IsZero() {
		f.stir()
		f.set++
	}
	f.deadline = t
	return nil
}

// Each part of an answer has a deadline that leaves the caller his time, and no
// more than a second beyond it. Over HTTP/2 there is none between the parts: one
// that passes would end the stream of a provider that thinks. Over HTTP/1 it
// would not, and only one a second is set.
func TestDeadlines(t *testing.T) {
	const pause, events = 300 * time.Millisecond, 20
	for _, timeout := range []time.Duration{100 * time.Millisecond, 30 * time.Second} {
		for _, proto := range []int{1, 2, 3} {
			var clock atomic.Int64
			now := func() time.Time { return time.Unix(1e9, clock.Load()) }
			w := newWorld(t, func(c *query.Config) { c.Now, c.WriteTimeout = now, timeout })
			f := &follower{ResponseRecorder: httptest.NewRecorder(), now: now, flushed: make(chan struct{}, 100)}
			w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
				for range events {
					streams(event("a"))(rw, r)
					<-f.flushed
					clock.Add(int64(pause))
				}
				streams(finish, done)(rw, r)
			})
			r := httptest.NewRequest(http.MethodPost, chatPath, strings.NewReader(chatBody("chat", true)))
			r.Header.Set("Authorization", "Bearer alice-token")
			r.ProtoMajor = proto
			w.server.Config.Handler.ServeHTTP(f, r)
			f.stir()
			if got := f.Body.String(); got != strings.Repeat(event("a"), events)+finish+done {
				t.Errorf("got %d %q", f.Code, got)
			}
			what := fmt.Sprintf("HTTP/%d, %v", proto, timeout)
			for _, left := range f.writes {
				if left < timeout || left > timeout+min(timeout, time.Second) {
					t.Errorf("%s: a write with %v left", what, left)
				}
			}
			if proto != 1 && f.held > 0 {
				t.Errorf("%s: a deadline holds on after %d flushes", what, f.held)
			}
			if most := int(events*pause/time.Second) + 2; proto == 1 && timeout > time.Second && f.set > most {
				t.Errorf("%s: %d deadlines in %v", what, f.set, events*pause)
			}
		}
	}
}

// Answers that come before the gateway, and lists, have deadlines as well.
func TestDeadlinesOfOtherAnswers(t *testing.T) {
	now := func() time.Time { return time.Unix(1e9, 0) }
	w := newWorld(t, func(c *query.Config) { c.Now = now })
	for _, path := range []string{"/ai-gateway/mlflow/v1/models", "/ai-gateway/anthropic/v1/models", "/ai-gateway/x", chatPath} {
		f := &follower{ResponseRecorder: httptest.NewRecorder(), now: now}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer alice-token")
		w.server.Config.Handler.ServeHTTP(f, r)
		if len(f.writes) == 0 || f.writes[0] < 30*time.Second {
			t.Errorf("%s is written with %v left", path, f.writes)
		}
	}
}
