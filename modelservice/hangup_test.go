package modelservice_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// The caller's end takes n bytes and fails, for every n: cancelled, health as
// before, the upstream let go, one row, settled (I8, I10, I17).
func TestOutputFails(t *testing.T) {
	for _, stream := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			spec := to("one", "two")
			spec.RateLimits = wide()
			w.service(spec)
			whole, body := answer("one", "well", 3, 4), ask()
			if stream {
				whole, body = strings.Join(events("one", 3, 4, "well", " done"), ""), ask(streamed, withReport)
			}
			got := map[string]string{}
			for n := range len(whole) + 1 {
				before := w.used(ratelimit.KeyService, "", ratelimit.Tokens)
				out := &recorder{cap: &n}
				res := w.serve(t.Context(), "bob", body, out)
				want := inferencelog.OutcomeCancelled
				if n == len(whole) {
					want = inferencelog.OutcomeOK
				}
				if res.Outcome != want || len(res.Steps) != 1 || out.body.String() != whole[:n] {
					t.Fatalf("stream %t, %d bytes: %s after %d attempts, %q", stream, n, res.Outcome, len(res.Steps), out.body.String())
				}
				got[res.RequestID] = out.body.String()
				if charged := w.used(ratelimit.KeyService, "", ratelimit.Tokens) - before; charged != res.Usage.Total || charged <= 0 {
					t.Fatalf("stream %t, %d bytes: charged %d for %+v", stream, n, charged, res.Usage)
				}
			}
			if h := w.router.Snapshot(); len(h) != 0 {
				t.Errorf("hang-ups changed health: %+v", h)
			}
			rows := w.rows()
			if len(rows) != len(whole)+1 {
				t.Errorf("%d rows for %d calls", len(rows), len(whole)+1)
			}
			for _, row := range rows {
				if string(row.Response) != got[row.RequestID] {
					t.Errorf("the row holds %q, delivered was %q", row.Response, got[row.RequestID])
				}
			}
			w.settled()
		})
	}
}

// The caller's context ends after so many milliseconds, while the backend
// takes a second for every step.
func TestContextEnds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   string
		reply  reply
		second float64 // when the context ends
		begun  bool    // something has been delivered by then
	}{
		{"before headers", ask(), reply{wait: 2 * time.Second}, 1.5, false},
		{"while headers hang", ask(streamed), reply{hang: true}, 1.5, false},
		{"inside an answer", ask(), reply{chunk: 40, pause: time.Second}, 2.5, false},
		{"before content", ask(streamed), reply{chunk: 40, pause: time.Second}, 1.5, false},
		{"after content", ask(streamed), reply{chunk: 150, pause: time.Second}, 3.5, true},
		{"stalled after content", ask(streamed), reply{body: strings.Join(events("one", 3, 4, "well")[:2], ""), stall: true}, 60.5, true},
	} {
		for _, deadline := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, &setup{routing: &routing.Options{Timeouts: routing.Timeouts{Total: time.Hour, Idle: time.Hour}}})
					spec := to("one", "two")
					spec.RateLimits = wide()
					w.service(spec)
					w.backend.plays("one", tt.reply)
					after := time.Duration(tt.second * float64(time.Second))
					ctx, cancel := context.WithCancel(t.Context())
					if deadline {
						ctx, cancel = context.WithTimeout(t.Context(), after)
					} else {
						time.AfterFunc(after, cancel)
					}
					defer cancel()
					start := time.Now()
					out := &recorder{}
					res := w.serve(ctx, "bob", tt.body, out)
					if took := time.Since(start); took != after {
						t.Errorf("it took %v to notice what happened at %v", took, after)
					}
					// A deadline is the host's: the caller may be there, and is told.
					outcome, status := inferencelog.OutcomeCancelled, modelservice.StatusCancelled
					if deadline {
						status = http.StatusGatewayTimeout
						if tt.begun {
							outcome = inferencelog.OutcomeTruncated
						}
					}
					if told := strings.Contains(out.body.String(), "DEADLINE_EXCEEDED"); told != deadline {
						t.Errorf("told of a deadline: %t", told)
					}
					if res.Outcome != outcome || len(res.Steps) != 1 || res.Steps[0].Cause != routing.CauseCanceled {
						t.Errorf("%s, steps %+v", res.Outcome, res.Steps)
					}
					if calls := w.backend.seen(); len(calls) != 1 || calls[0].ctx.Err() == nil {
						t.Errorf("%d attempts, or one whose context goes on", len(calls))
					}
					if tt.begun && (res.Status != 200 || out.body.Len() == 0 || res.Usage.Total <= 0) || !tt.begun && (res.Status != status || res.Usage.Total <= 0) {
						t.Errorf("status %d, usage %+v, delivered %q", res.Status, res.Usage, out.body.String())
					}
					if strings.Contains(out.body.String(), "[DONE]") {
						t.Errorf("a cancelled stream looks finished: %q", out.body.String())
					}
					if row := w.row(); row.Outcome != outcome || row.StatusCode != res.Status {
						t.Errorf("row %s %d", row.Outcome, row.StatusCode)
					}
					if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != res.Usage.Total {
						t.Errorf("charged %d for %+v", used, res.Usage)
					}
					if h := w.router.Snapshot(); len(h) != 0 {
						t.Errorf("a hang-up changed health: %+v", h)
					}
					w.settled()
				})
			})
		}
	}
}

// A provider that holds a finished stream open does not hold the call, even
// one whose body panics when it is closed.
func TestFinishedStreamHeldOpen(t *testing.T) {
	for _, panics := range []string{"", "close"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			whole := strings.Join(events("one", 3, 4, "well"), "")
			w.backend.plays("one", reply{body: whole, stall: true, panics: panics})
			start := time.Now()
			out := &recorder{}
			res := w.serve(t.Context(), "bob", ask(streamed, withReport), out)
			if took := time.Since(start); res.Outcome != inferencelog.OutcomeOK || out.body.String() != whole || took > time.Second {
				t.Errorf("%s after %v: %q", res.Outcome, took, out.body.String())
			}
		})
	}
}

// Who has gone before the call began costs no provider anything.
func TestContextEndedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		spec := to("one", "two")
		spec.RateLimits = wide()
		w.service(spec)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		res := w.serve(ctx, "bob", ask(), &recorder{})
		if res.Outcome != inferencelog.OutcomeCancelled || res.Status != modelservice.StatusCancelled || len(w.backend.seen()) != 0 || res.Usage.Total != 0 {
			t.Errorf("%s %d, %d attempts, usage %+v", res.Outcome, res.Status, len(w.backend.seen()), res.Usage)
		}
		if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != 0 {
			t.Errorf("%d tokens are counted", used)
		}
		w.settled()
	})
}
