package modelservice_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// A host that cancels a call can say why, and the caller is told: with a plain
// error before content, with one event after it (ruling R30).
func TestHostCancels(t *testing.T) {
	stopping := &modelservice.Error{Code: modelservice.CodeUnavailable, Message: "The server is shutting down."}
	t.Run("before content", func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		ctx, cancel := context.WithCancelCause(t.Context())
		w.backend.plays("one", reply{hang: true, do: func() { cancel(stopping) }})
		out := &recorder{}
		res := w.serve(ctx, "bob", ask(), out)
		w.refused(res.Err, modelservice.CodeUnavailable, "shutting down")
		if out.status != http.StatusServiceUnavailable || res.Outcome != inferencelog.OutcomeFailed {
			t.Errorf("told %d, outcome %s", out.status, res.Outcome)
		}
	})
	t.Run("after content", func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		ctx, cancel := context.WithCancelCause(t.Context())
		w.backend.plays("one", reply{body: strings.Join(events("one", -1, 0, "well")[:2], ""), stall: true})
		out := &recorder{}
		out.onFlush = func() { cancel(stopping) }
		res := w.serve(ctx, "bob", ask(streamed), out)
		said := out.body.String()
		if strings.Count(said, `data: {"error":`) != 1 || !strings.Contains(said, "shutting down") || strings.Contains(said, "[DONE]") {
			t.Errorf("the caller reads\n%s", said)
		}
		if res.Outcome != inferencelog.OutcomeTruncated {
			t.Errorf("outcome %s", res.Outcome)
		}
	})
}

// A stream that was cut, and said so, is truncated, also when its caller hangs
// up on reading that.
func TestTruncatedThenHungUp(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	ctx, cancel := context.WithCancel(t.Context())
	w.backend.plays("one", reply{body: strings.Join(events("one", -1, 0, "well")[:2], ""), cut: true})
	out := &recorder{}
	out.onFlush = func() {
		if strings.Contains(out.body.String(), `"error"`) {
			cancel()
		}
	}
	if res := w.serve(ctx, "bob", ask(streamed), out); res.Outcome != inferencelog.OutcomeTruncated {
		t.Errorf("outcome %s, want truncated\n%s", res.Outcome, out.body.String())
	}
	if row := w.row(); row.Outcome != inferencelog.OutcomeTruncated {
		t.Errorf("the row says %s", row.Outcome)
	}
}

// The last provider's status is the caller's, with the code that the field has
// for it, and with a wait that is capped (rulings R28 and R29, spec §14).
func TestLastStatus(t *testing.T) {
	for _, tt := range []struct {
		reply reply
		code  modelservice.Code
		wait  time.Duration
	}{
		{reply{status: 500}, modelservice.CodeInternal, 0},
		{reply{status: 503}, modelservice.CodeUnavailable, 0},
		{reply{status: 429}, modelservice.CodeResourceExhausted, time.Second},
		{reply{status: 429, header: http.Header{"Retry-After": {"7"}}}, modelservice.CodeResourceExhausted, 7 * time.Second},
		{reply{status: 429, header: http.Header{"Retry-After": {"99999999"}}}, modelservice.CodeResourceExhausted, 5 * time.Minute},
	} {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.backend.plays("one", tt.reply)
		res := w.serve(t.Context(), "bob", ask(), &recorder{})
		w.refused(res.Err, tt.code, "")
		if res.Status != tt.reply.status || res.Err == nil || res.Err.RetryAfter != tt.wait {
			t.Errorf("provider's %d: told %d, wait %v", tt.reply.status, res.Status, res.Err)
		}
	}
}

// An answer that comes in one event of two megabytes is an answer.
func TestLongFirstEvent(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	whole := strings.Join(events("one", 3, 4, strings.Repeat("x", 2<<20)), "")
	w.backend.plays("one", reply{body: whole})
	out := &recorder{}
	if res := w.serve(t.Context(), "bob", ask(streamed, withReport), out); res.Outcome != inferencelog.OutcomeOK || out.body.String() != whole {
		t.Errorf("%s, %d bytes of %d: %v", res.Outcome, out.body.Len(), len(whole), res.Err)
	}
}

// An answer announced as longer than the cap is not read.
func TestAnnouncedTooLong(t *testing.T) {
	w := newWorld(t, &setup{response: 1000})
	w.service(to("one", "two"))
	w.backend.plays("one", reply{header: http.Header{"Content-Length": {"1001"}}, stall: true, body: "{"})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if res := w.serve(ctx, "bob", ask(), &recorder{}); res.Status != 200 || len(res.Steps) != 2 {
		t.Errorf("%d after %d attempts: %v", res.Status, len(res.Steps), res.Err)
	}
}

// The name in a 404 is the caller's, as far as a service's name can go.
func TestHiddenNameIsShort(t *testing.T) {
	w := newWorld(t, nil)
	out := &recorder{}
	w.serve(t.Context(), "bob", askOf(strings.Repeat("é", 1<<20)), out)
	if out.status != http.StatusNotFound || out.body.Len() > 20<<10 {
		t.Errorf("%d with %d bytes", out.status, out.body.Len())
	}
}

// An error says which field it is about.
func TestErrorNamesField(t *testing.T) {
	e := &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: "config.routing", Message: "It is wrong."}
	if !strings.Contains(e.Error(), "config.routing") {
		t.Error(e)
	}
}
