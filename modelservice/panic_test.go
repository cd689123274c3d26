package modelservice_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// Whatever panics during a call, the process lives, the caller gets one answer
// (500 if none had begun), the lease is settled and an admitted call has its
// one row (I13, I17, I24).
func TestPanics(t *testing.T) {
	boom := func() { panic("boom") }
	for _, p := range []struct {
		name     string
		admitted bool
		backend  string
		output   string
		trace    *modelservice.Trace
		draw     func() uint64
	}{
		{name: "Send", admitted: true, backend: "send"},
		{name: "Read", admitted: true, backend: "read"},
		{name: "Close", admitted: true, backend: "close"},
		{name: "Begin", admitted: true, output: "begin"},
		{name: "Write", admitted: true, output: "write"},
		{name: "Flush", admitted: true, output: "flush"},
		{name: "Authorized", trace: &modelservice.Trace{Authorized: func(*modelservice.Call, authz.Decision) { boom() }}},
		{name: "Admitted", admitted: true, trace: &modelservice.Trace{Admitted: func(*modelservice.Call, ratelimit.Verdict) { boom() }}},
		{name: "Planned", admitted: true, trace: &modelservice.Trace{Planned: func(*modelservice.Call, routing.Plan) { boom() }}},
		{name: "Attempted", admitted: true, trace: &modelservice.Trace{Attempted: func(*modelservice.Call, routing.Step) { boom() }}},
		{name: "Finished", admitted: true, trace: &modelservice.Trace{Finished: func(*modelservice.Call, modelservice.Result) { boom() }}},
		{name: "Draw", admitted: true, draw: func() uint64 { boom(); return 0 }},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", p.name, stream), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, &setup{trace: p.trace, draw: p.draw})
					spec := to("one", "two")
					spec.RateLimits = wide()
					w.service(spec)
					body := ask()
					if stream {
						body = ask(streamed)
					}
					w.backend.plays("one", reply{panics: p.backend})
					out := &recorder{panics: p.output}
					res := w.gw.Serve(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(body)}, out)
					if len(out.faults) > 0 || len(w.backend.seen()) > 1 {
						t.Errorf("%v, %d attempts", out.faults, len(w.backend.seen()))
					}
					if out.begins > 0 && out.status != res.Status || out.begins == 0 && p.output == "" {
						t.Errorf("%d answers, status %d, the result says %d", out.begins, out.status, res.Status)
					}
					if out.status == 500 {
						w.errorBody([]byte(out.body.String()))
						w.refused(res.Err, modelservice.CodeInternal, "")
					} else if out.begins > 0 && out.status != 200 {
						t.Errorf("status %d", out.status)
					}
					if w.backend.balance(w); p.backend == "send" && out.status != 500 {
						t.Errorf("a panic in Send: %d", out.status)
					}
					rows := w.rows()
					if p.admitted && len(rows) != 1 {
						t.Errorf("%d rows of an admitted call", len(rows))
					}
					for _, row := range rows {
						if out.begins > 0 && row.StatusCode != out.status {
							t.Errorf("row %d, told %d", row.StatusCode, out.status)
						}
						if row.Outcome == inferencelog.OutcomeOK && (out.status != 200 || out.hurt) {
							t.Errorf("row %s for status %d", row.Outcome, out.status)
						}
					}
					if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != res.Usage.Total {
						t.Errorf("charged %d for %+v", used, res.Usage)
					}
					w.settled()
				})
			})
		}
	}
}

// A backend that panics inside a stream has broken it off.
func TestPanicAfterContent(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	start := strings.Join(events("one", -1, 0, "well")[:2], "")
	w.backend.plays("one", reply{body: start, panics: "read"})
	out := &recorder{}
	res := w.serve(t.Context(), "bob", ask(streamed), out)
	if res.Outcome != inferencelog.OutcomeTruncated || res.Status != 200 || len(w.backend.seen()) != 1 {
		t.Errorf("%s %d after %d attempts", res.Outcome, res.Status, len(w.backend.seen()))
	}
	w.truncatedAt(out.body.String(), start)
	if row := w.row(); row.Outcome != inferencelog.OutcomeTruncated || string(row.Response) != out.body.String() {
		t.Errorf("row %s with %s", row.Outcome, row.Response)
	}
}

// What a panic carries decides nothing: neither the next destination nor the
// caller's status.
func TestPanicValues(t *testing.T) {
	for _, value := range []any{
		&routing.Failure{Status: 503}, &modelservice.Error{Code: modelservice.CodeNotFound, Message: "no"}, errCut, "text", 7,
	} {
		w := newWorld(t, nil)
		w.service(to("one", "two"))
		w.backend.plays("one", reply{do: func() { panic(value) }})
		out := &recorder{}
		res := w.serve(t.Context(), "bob", ask(), out)
		if w.refused(res.Err, modelservice.CodeInternal, ""); res.Status != 500 || len(w.backend.seen()) != 1 {
			t.Errorf("%v: %d after %d attempts", value, res.Status, len(w.backend.seen()))
		}
		if strings.Contains(out.body.String(), "cut") {
			t.Errorf("the panic reached the caller: %s", out.body.String())
		}
		w.row()
	}
}

// A backend that breaks its contract gets a failed call, no more.
func TestBackendBreaksContract(t *testing.T) {
	for _, answered := range []*modelservice.Response{nil, {Status: 200}, {Status: 503}, {}} {
		w := newWorld(t, nil)
		w.service(to("one"))
		gw, err := modelservice.NewGateway(modelservice.Config{
			Metastore: w.ms, Router: w.router, Limiter: w.limiter,
			Backend: senderFunc(func() (*modelservice.Response, error) { return answered, nil }),
		})
		w.must(err)
		w.gw = gw
		if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status < 500 || res.Status > 599 {
			t.Errorf("%+v: %d", answered, res.Status)
		}
		w.row()
	}
	for _, status := range []int{-1, 0, 99, 200, 399, 600, 1000, 1 << 40} {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.backend.plays("one", reply{err: &routing.Failure{Cause: routing.CauseServerError, Status: status}})
		if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status < 500 || res.Status > 599 {
			t.Errorf("a Failure of status %d answers %d", status, res.Status)
		}
	}
}

type senderFunc func() (*modelservice.Response, error)

func (f senderFunc) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	return f()
}

// Both traces of a joined pair are told, the first one first; every event of a
// call comes once and in its order.
func TestTraceOrder(t *testing.T) {
	var told []string
	tracer := func(name string) *modelservice.Trace {
		tell := func(what string) { told = append(told, name+what) }
		return &modelservice.Trace{
			Authorized: func(*modelservice.Call, authz.Decision) { tell("authorized") },
			Admitted:   func(*modelservice.Call, ratelimit.Verdict) { tell("admitted") },
			Planned:    func(*modelservice.Call, routing.Plan) { tell("planned") },
			Attempted:  func(*modelservice.Call, routing.Step) { tell("attempted") },
			Finished:   func(*modelservice.Call, modelservice.Result) { tell("finished") },
		}
	}
	var none *modelservice.Trace
	w := newWorld(t, &setup{trace: tracer("a ").Join(none).Join(tracer("b ")).Join(&modelservice.Trace{})})
	spec := to("one", "two")
	spec.RateLimits = wide()
	w.service(spec)
	w.backend.plays("one", reply{status: 503})
	w.serve(t.Context(), "bob", ask(), &recorder{})
	w.serve(t.Context(), "carol", ask(), &recorder{})
	w.serve(t.Context(), "bob", "{", &recorder{})
	const want = "[a authorized b authorized a admitted b admitted a planned b planned" +
		" a attempted b attempted a attempted b attempted a finished b finished" +
		" a authorized b authorized a finished b finished" +
		" a finished b finished]"
	if got := fmt.Sprint(told); got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
}
