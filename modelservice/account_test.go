package modelservice_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// planned is one call of a schedule.
type planned struct {
	caller string
	stream bool
	begins time.Duration
	leaves time.Duration // after it began; 0: stays
	takes  int           // bytes; -1: all

	out *recorder
	res modelservice.Result
}

func drawCall(rt *rapid.T) *planned {
	p := &planned{
		caller: rapid.SampledFrom([]string{"bob", "bob", "alice", "app", "carol"}).Draw(rt, "caller"),
		stream: rapid.Bool().Draw(rt, "stream"),
		begins: time.Duration(rapid.IntRange(0, 8_000).Draw(rt, "begins")) * time.Millisecond,
		takes:  -1,
		out:    &recorder{},
	}
	if rapid.IntRange(0, 3).Draw(rt, "leaves?") == 0 {
		p.leaves = time.Duration(rapid.IntRange(0, 6_000).Draw(rt, "leaves")) * time.Millisecond
	}
	if rapid.IntRange(0, 5).Draw(rt, "fails?") == 0 {
		p.takes = rapid.IntRange(0, 800).Draw(rt, "takes")
		p.out.cap = &p.takes
	}
	return p
}

// drawReply is any of the ways in which a provider behaves.
func drawReply(rt *rapid.T, model string) reply {
	in := rapid.IntRange(-1, 50).Draw(rt, "reported")
	list := events(model, in, 4, "well", " then", " done")
	text := answer(model, "well", in, 4)
	if rapid.Bool().Draw(rt, "speaks in streams") {
		text = strings.Join(list, "")
	}
	r := reply{
		body:   text[:rapid.IntRange(0, len(text)).Draw(rt, "bytes")],
		empty:  true,
		status: rapid.SampledFrom([]int{200, 200, 200, 200, 400, 401, 429, 500, 503}).Draw(rt, "status"),
		wait:   time.Duration(rapid.IntRange(0, 4_000).Draw(rt, "wait")) * time.Millisecond,
		pause:  time.Duration(rapid.IntRange(0, 500).Draw(rt, "pause")) * time.Millisecond,
		chunk:  rapid.IntRange(50, 1000).Draw(rt, "chunk"),
	}
	if rapid.Bool().Draw(rt, "whole") {
		r.body = text
	}
	switch rapid.SampledFrom([]string{"", "", "", "", "cut", "stall", "hang", "refuse", "panic"}).Draw(rt, "fault") {
	case "cut":
		r.cut = true
	case "stall":
		r.stall = true
	case "hang":
		r.hang = true
	case "refuse":
		r.err = &routing.Failure{Cause: routing.CauseRefused}
	case "panic":
		r.panics = rapid.SampledFrom([]string{"send", "read", "close"}).Draw(rt, "where")
	}
	return r
}

// Whatever happens to a number of calls at once, the books are right at the
// end: one row for each admitted call and none for others, telling what the
// caller saw; charged what was used; nothing held (I10, I17, I24).
func TestAccounts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		spec := to("one", "two")
		limit := func(key ratelimit.Key) modelservice.RateLimit {
			return modelservice.RateLimit{Key: key, Period: ratelimit.Minute,
				Requests: new64(rapid.Int64Range(1, 12).Draw(rt, "requests")), Tokens: new64(rapid.Int64Range(1, 4000).Draw(rt, "tokens"))}
		}
		spec.RateLimits = []modelservice.RateLimit{limit(ratelimit.KeyService), limit(ratelimit.KeyUserDefault)}
		calls := rapid.SliceOfN(rapid.Custom(drawCall), 1, 12).Draw(rt, "calls")
		script := map[string][]reply{}
		for _, model := range []string{"one", "two"} {
			for range rapid.IntRange(1, 6).Draw(rt, "replies") {
				script[model] = append(script[model], drawReply(rt, model))
			}
		}
		rapid.SyncTest(rt, func(rt *rapid.T) { keepAccounts(rt, spec, script, calls) })
	})
}

func keepAccounts(rt *rapid.T, spec modelservice.Spec, script map[string][]reply, calls []*planned) {
	var requests atomic.Int64 // let in by the limits
	w := openWorld(rt, &setup{
		routing: &routing.Options{Timeouts: routing.Timeouts{
			FirstToken: 3 * time.Second, Idle: 2 * time.Second, Attempt: 5 * time.Second, Total: 9 * time.Second,
		}},
		trace: &modelservice.Trace{Admitted: func(_ *modelservice.Call, v ratelimit.Verdict) {
			if v.OK {
				requests.Add(1)
			}
		}},
	})
	defer w.close()
	w.service(spec)
	w.letIn("app", chat)
	for model, replies := range script {
		w.backend.plays(model, replies...)
	}
	var all sync.WaitGroup
	for i, p := range calls {
		all.Go(func() { p.make(w, i) })
	}
	all.Wait()

	rows := map[string][]*inferencelog.Record{}
	for _, row := range w.rows() {
		rows[row.RequestID] = append(rows[row.RequestID], row)
	}
	var admitted, attempts int
	var tokens int64
	for i, p := range calls {
		got := rows[fmt.Sprint(i)]
		if p.caller == "carol" {
			if len(got) != 0 || len(p.res.Steps) != 0 || p.res.Usage != (modelservice.Usage{}) {
				rt.Fatalf("call %d of nobody: %+v, %d rows", i, p.res, len(got))
			}
			continue
		}
		admitted++
		attempts += len(p.res.Steps)
		tokens += p.res.Usage.Total
		if len(got) != 1 {
			rt.Fatalf("call %d has %d rows", i, len(got))
		}
		p.compare(rt, i, got[0])
	}
	if len(rows) != admitted || w.log.Stats().Accepted != 2*int64(admitted) {
		rt.Fatalf("%d rows and as many of usage for %d admitted calls: %+v", len(rows), admitted, w.log.Stats())
	}
	if n := len(w.backend.seen()); n != attempts {
		rt.Fatalf("%d attempts were made, %d are told of", n, attempts)
	}
	if r, n := w.used(ratelimit.KeyService, "", ratelimit.Requests), w.used(ratelimit.KeyService, "", ratelimit.Tokens); r != requests.Load() || n != tokens {
		rt.Fatalf("%d requests and %d tokens are counted, %d and %d were used", r, n, requests.Load(), tokens)
	}
	w.settled()
}

func (p *planned) make(w *world, i int) {
	time.Sleep(p.begins)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if p.leaves > 0 {
		defer time.AfterFunc(p.leaves, cancel).Stop()
	}
	body := ask()
	if p.stream {
		body = ask(streamed, withReport)
	}
	p.res = w.gw.Serve(ctx, &modelservice.Call{Caller: w.who[p.caller], Body: []byte(body), RequestID: fmt.Sprint(i)}, p.out)
}

// compare checks a row against what the caller saw.
func (p *planned) compare(rt *rapid.T, i int, row *inferencelog.Record) {
	text := p.out.body.String()
	switch {
	case len(p.out.faults) > 0:
		rt.Fatalf("call %d: %v", i, p.out.faults)
	case row.Outcome != p.res.Outcome || row.StatusCode != p.res.Status || p.out.begins > 0 && p.out.status != p.res.Status:
		rt.Fatalf("call %d: the row says %s %d, the result %s %d, the caller saw %d", i, row.Outcome, row.StatusCode, p.res.Outcome, p.res.Status, p.out.status)
	case string(row.Response) != text:
		rt.Fatalf("call %d: the row holds\n%s\nthe caller got\n%s", i, row.Response, text)
	case strings.Contains(text, `"model":"one"`) && strings.Contains(text, `"model":"two"`):
		rt.Fatalf("call %d speaks with two voices:\n%s", i, text)
	case row.TotalTokens.Int != p.res.Usage.Total || row.UsageSource != p.res.Usage.Source:
		rt.Fatalf("call %d: the row says %+v %s, the result %+v", i, row.TotalTokens, row.UsageSource, p.res.Usage)
	case p.stream && p.res.Outcome == inferencelog.OutcomeOK != strings.HasSuffix(text, "data: [DONE]\n\n"):
		rt.Fatalf("call %d: outcome %s of\n%s", i, p.res.Outcome, text)
	}
}
