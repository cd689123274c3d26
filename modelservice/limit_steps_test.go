package modelservice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

var errStep = errors.New("the step failed")

// fuse goes off at one step of a call, whichever that is: at every place where
// somebody else's code runs.
type fuse struct {
	mu     sync.Mutex
	at     int // from 1; 0: never
	what   string
	cancel context.CancelFunc
	names  []string
}

// step is one of them. Only where an error can be told it is.
func (f *fuse) step(ctx context.Context, name string) error {
	f.mu.Lock()
	f.names = append(f.names, name)
	off := len(f.names) == f.at
	f.mu.Unlock()
	if !off {
		return nil
	}
	switch f.what {
	case "cancel":
		f.cancel()
	case "panic":
		panic("the call ends at " + name)
	case "timeout":
		if err := pause(ctx, 20*time.Second); err != nil {
			return err
		}
	case "error":
		return errStep
	}
	return nil
}

// plain is a step that cannot fail.
func (f *fuse) plain(name string) { _ = f.step(context.Background(), name) }

func (f *fuse) trace() *modelservice.Trace {
	return &modelservice.Trace{
		Authorized: func(*modelservice.Call, authz.Decision) { f.plain("authorized") },
		Admitted:   func(*modelservice.Call, ratelimit.Verdict) { f.plain("admitted") },
		Planned:    func(*modelservice.Call, routing.Plan) { f.plain("planned") },
		Attempted:  func(*modelservice.Call, routing.Step) { f.plain("attempted") },
		Finished:   func(*modelservice.Call, modelservice.Result) { f.plain("finished") },
	}
}

// CountTokens implements [ratelimit.TokenCounter].
func (f *fuse) CountTokens(string, []byte) (int64, bool) { f.plain("count"); return 3, true }

// fused is a backend, and what it answers, with a fuse.
type fused struct {
	*backend
	fuse *fuse
}

// Send implements [modelservice.Backend].
func (b fused) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	if err := b.fuse.step(ctx, "send"); err != nil {
		return nil, err
	}
	response, err := b.backend.Send(ctx, to, r)
	if err == nil {
		response.Body = fusedBody{response.Body, ctx, b.fuse}
	}
	return response, err
}

type fusedBody struct {
	io.ReadCloser
	ctx  context.Context //nolint:containedctx // a body reads under its attempt's
	fuse *fuse
}

func (b fusedBody) Read(p []byte) (int, error) {
	if err := b.fuse.step(b.ctx, "read"); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

func (b fusedBody) Close() error {
	return errors.Join(b.ReadCloser.Close(), b.fuse.step(context.Background(), "close"))
}

// fusedOutput is an Output with a fuse.
type fusedOutput struct{ fuse *fuse }

func (o fusedOutput) Begin(int, http.Header) { o.fuse.plain("begin") }
func (o fusedOutput) Write(p []byte) (int, error) {
	if err := o.fuse.step(context.Background(), "write"); err != nil {
		return 0, err
	}
	return len(p), nil
}
func (o fusedOutput) Flush() error { return o.fuse.step(context.Background(), "flush") }

// Whatever goes wrong at whichever step, streamed or not, with a fallback or
// without: what was reserved is settled or given back, once; no call is under way
// any more; and what is counted is what the rows say (I17).
func TestEveryStepSettles(t *testing.T) {
	for _, stream := range []bool{false, true} {
		for _, primary := range []int{200, 503} {
			var steps []string
			run := func(at int, what string) {
				name := "nothing"
				if at > 0 {
					name = fmt.Sprintf("%d-%s/%s", at, steps[at-1], what)
				}
				t.Run(fmt.Sprintf("stream=%t/primary=%d/%s", stream, primary, name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						f := &fuse{at: at, what: what}
						stepsSettle(t, f, stream, primary)
						if at == 0 {
							steps = f.names
						}
					})
				})
			}
			run(0, "")
			if len(steps) < 14 {
				t.Errorf("only %d steps: %q", len(steps), steps)
			}
			for at := range steps {
				for _, what := range []string{"cancel", "panic", "error", "timeout"} {
					run(at+1, what)
				}
			}
		}
	}
}

func stepsSettle(t *testing.T, f *fuse, stream bool, primary int) {
	w := newWorld(t, &setup{})
	spec := to("one", "two")
	spec.RateLimits = []modelservice.RateLimit{
		{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(5), Tokens: new64(5000), Concurrent: new64(2)},
		{Key: ratelimit.KeyUserGroup, Principal: "team", Period: ratelimit.Hour, Tokens: new64(5000), Concurrent: new64(2)},
		{Key: ratelimit.KeyUserGroup, Principal: "outer", Period: ratelimit.Minute, Tokens: new64(40)}, // as good as full
		{Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Tokens: new64(5000)},
		{Key: ratelimit.KeyService, Period: ratelimit.Hour, Tokens: new64(1), Shadow: true},
	}
	const tokenBuckets = 5
	w.service(spec)
	w.backend.plays("one", reply{status: primary, chunk: 100})
	w.backend.plays("two", reply{chunk: 100})
	gw, err := modelservice.NewGateway(modelservice.Config{
		Metastore: w.ms, Limiter: w.limiter, Backend: fused{w.backend, f}, Trace: f.trace(), Tokens: f,
		Router: routing.New(&routing.Options{Timeouts: routing.Timeouts{
			FirstToken: 3 * time.Second, Idle: 2 * time.Second, Attempt: 5 * time.Second, Total: 9 * time.Second,
		}}),
		Draw: func() uint64 { f.plain("draw"); return 1 },
	})
	w.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.cancel = cancel
	body := ask(`"max_tokens":50`)
	if stream {
		body = ask(`"max_tokens":50`, streamed, withReport)
	}
	res := gw.Serve(ctx, &modelservice.Call{Caller: w.who["bob"], Body: []byte(body), Tags: tags("team=x")}, fusedOutput{f})
	synctest.Wait()

	var requests, tokens int64
	for _, row := range w.rows() {
		if row.Outcome != inferencelog.OutcomeRefused {
			requests++
		}
		tokens += row.TotalTokens.Int
	}
	if tokens != res.Usage.Total {
		t.Errorf("the rows say %d tokens, the result %d", tokens, res.Usage.Total)
	}
	if n := w.used(ratelimit.KeyService, "", ratelimit.Requests); n != requests {
		t.Errorf("%d requests are counted, the rows say %d", n, requests)
	}
	if n := w.used(ratelimit.KeyService, "", ratelimit.Tokens); n != tokens {
		t.Errorf("%d tokens are counted, the rows say %d", n, tokens)
	}
	for _, d := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens, ratelimit.Concurrent} {
		tally := w.limiter.Memory().Tally(d)
		if tally.Reserved != tally.Settled+tally.Released || tally.Open != 0 || tally.Leases != 0 {
			t.Errorf("%s: %+v", d, tally)
		}
		if d == ratelimit.Tokens && tally.Settled+tally.Excess != tokenBuckets*tokens {
			t.Errorf("%s: %+v; the rows say %d in each of %d buckets", d, tally, tokens, tokenBuckets)
		}
		if d == ratelimit.Concurrent && tally.Released != tally.Reserved {
			t.Errorf("%s: %+v", d, tally)
		}
	}
	w.settled()
}

// The same work leaves the same counts, streamed or not, however it ended.
func TestStreamsAreCountedAlike(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reply  reply
		leaves time.Duration
	}{
		{name: "answered"},
		{name: "refused", reply: reply{status: 400, body: `{"error":{"message":"no"}}`}},
		{name: "failed", reply: reply{status: 500}},
		{name: "reset", reply: reply{err: &routing.Failure{Cause: routing.CauseReset}}},
		{name: "empty", reply: reply{empty: true}},
		{name: "too late", reply: reply{hang: true}},
		{name: "left before the headers", reply: reply{wait: time.Minute}, leaves: 10 * time.Second},
		{name: "left after the headers", reply: reply{empty: true, stall: true}, leaves: 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var counts [2][4]int64
			for i, stream := range []string{`"stream":false`, streamed} {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, &setup{routing: &routing.Options{Timeouts: routing.Timeouts{Total: 20 * time.Second}}})
					spec := to("one")
					spec.RateLimits = append(wide(), perMinute(ratelimit.KeyUserDefault, "", 1<<40, 1<<40))
					w.service(spec)
					w.backend.plays("one", tt.reply)
					if tt.name == "left after the headers" && stream == streamed {
						w.backend.plays("one", reply{header: sseHeader, empty: true, stall: true})
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if tt.leaves > 0 {
						time.AfterFunc(tt.leaves, cancel)
					}
					w.serve(ctx, "bob", ask(stream, `"max_tokens":50`), &recorder{})
					counts[i] = [4]int64{
						w.used(ratelimit.KeyService, "", ratelimit.Requests), w.used(ratelimit.KeyService, "", ratelimit.Tokens),
						w.used(ratelimit.KeyUserDefault, "bob", ratelimit.Requests), w.used(ratelimit.KeyUserDefault, "bob", ratelimit.Tokens),
					}
				})
			}
			if counts[0] != counts[1] || counts[0][0] != 1 || counts[0][1] != counts[0][3] {
				t.Errorf("whole %v, streamed %v", counts[0], counts[1])
			}
		})
	}
}

// However many destinations a call goes through, its caller is charged for one
// request and for what the one that answered has used.
func TestFallbackIsChargedOnce(t *testing.T) {
	w := newWorld(t, &setup{routing: &routing.Options{Cooldown: new(time.Duration)}})
	spec := to("one", "two")
	spec.RateLimits = []modelservice.RateLimit{perMinute(ratelimit.KeyUserDefault, "", 1<<40, 1<<40)}
	w.service(spec)
	w.backend.plays("one", reply{status: 503, body: answer("one", "sorry", 100, 100)})
	w.calls(10)
	if n := len(w.backend.seen()); n != 20 {
		t.Errorf("%d attempts", n)
	}
	if r, n := w.used(ratelimit.KeyUserDefault, "bob", ratelimit.Requests), w.used(ratelimit.KeyUserDefault, "bob", ratelimit.Tokens); r != 10 || n != 70 {
		t.Errorf("%d requests and %d tokens are counted; want 10 and 70", r, n)
	}
}
