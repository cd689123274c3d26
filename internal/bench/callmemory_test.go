package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// callMemoryRow: what is in use after 100,000 calls, as a multiple of what is in
// use after 10,000. A third of them are answered with JSON, a third with
// streams, and of a third the caller goes away, in one of three ways; of some
// the first destination fails. The provider is in this process, behind real
// connections. More goroutines than before fail the row.
func callMemoryRow() row {
	return row{name: "call-memory", budget: 1.05, allocs: -1, weigh: weighCallMemory}
}

func weighCallMemory(tb testing.TB, scale scale) figure {
	few, many := scale.of(10_000), scale.of(100_000)
	p := startMoody(tb)
	gateway := openGateway(tb, p.Listener.Addr().String(), small, &ratelimit.Options{Now: hastyClock()})
	var inUse [2]float64
	var goroutines [2]int
	made := 0
	for i, n := range [2]int{few, many} {
		if err := callMany(gateway, made, n); err != nil {
			tb.Fatal(err)
		}
		made = n
		gateway.backend.Close()
		p.wait()
		if err := flush(gateway.log); err != nil {
			tb.Fatal(err)
		}
		goroutines[i] = settled(goroutines[0])
		inUse[i] = heap()
	}
	runtime.KeepAlive(gateway)
	runtime.KeepAlive(p)
	if goroutines[1] > goroutines[0] {
		tb.Errorf("%d goroutines after %d calls, %d after %d", goroutines[1], many, goroutines[0], few)
	}
	return figure{value: inUse[1] / inUse[0], says: fmt.Sprintf("%.2f MB after %d calls, %.2f MB after %d, %+.1f bytes a call; %d goroutines, then %d",
		inUse[0]/megabyte, few, inUse[1]/megabyte, many, (inUse[1]-inUse[0])/float64(many-few), goroutines[0], goroutines[1])}
}

// hastyClock tells a second more each time, so that what limits remember of the
// last hour is as much as it can be long before the first weighing.
func hastyClock() func() time.Time {
	began := time.Now()
	var told atomic.Int64
	return func() time.Time { return began.Add(time.Duration(told.Add(1)) * time.Second) }
}

// settled is how many goroutines there are once those that are about to end
// have ended: when there are as few as before or, if there was no before, when
// it stays the same for a while.
func settled(before int) int {
	n, same := runtime.NumGoroutine(), 0
	for began := time.Now(); time.Since(began) < 10*time.Second && n > before && same < 100_000; {
		runtime.Gosched()
		if now := runtime.NumGoroutine(); now != n {
			n, same = now, 0
		} else {
			same++
		}
	}
	return n
}

// callMany makes the calls from the one numbered from to the one before to, a
// few at a time.
func callMany(g *openedGateway, from, to int) error {
	const atOnce = 4
	var group sync.WaitGroup
	var failed [atOnce]error
	for worker := range atOnce {
		group.Go(func() {
			for i := from + worker; i < to; i += atOnce {
				if err := callMoody(g, i); err != nil {
					failed[worker] = fmt.Errorf("call %d: %w", i, err)
					return
				}
			}
		})
	}
	group.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// callMoody makes one call and sees that it went as it should.
func callMoody(g *openedGateway, i int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	call := &modelservice.Call{Caller: g.users[i%len(g.users)], Body: jsonRequest}
	out := &moodyCaller{}
	want := inferencelog.OutcomeOK
	switch i % 9 {
	case 2: // the first destination fails
		call.Body = httpRequest(`,"user":"` + moodFailing + `"`)
	case 3, 4, 5:
		call.Body = streamRequest
	case 6: // hangs up when the first words have come
		call.Body, out.written, want = httpRequest(`,"stream":true,"user":"`+moodSilent+`"`), cancel, inferencelog.OutcomeCancelled
	case 7: // cannot be written to
		call.Body, out.refuses, want = streamRequest, true, inferencelog.OutcomeCancelled
	case 8: // does not wait for long enough
		impatient, stop := context.WithTimeout(ctx, time.Millisecond)
		defer stop()
		ctx, call.Body, want = impatient, httpRequest(`,"user":"`+moodSilent+`"`), inferencelog.OutcomeCancelled
	}
	if result := g.gateway.Serve(ctx, call, out); result.Outcome != want {
		return fmt.Errorf("%s, not %s: %w", result.Outcome, want, result.Err)
	}
	return nil
}

// moodyCaller is a caller who may go away.
type moodyCaller struct {
	written func() // called when something was written; nil: nobody wants to know
	refuses bool   // takes nothing
}

func (*moodyCaller) Begin(int, http.Header) {}
func (*moodyCaller) Flush() error           { return nil }
func (c *moodyCaller) Write(p []byte) (int, error) {
	if c.refuses {
		return 0, net.ErrClosed
	}
	if c.written != nil {
		c.written()
	}
	return len(p), nil
}

// What a request can tell a moody provider to do.
const (
	moodFailing = "fail, if you are the first"
	moodSilent  = "fall silent"
)

// moody is a provider that can be waited for.
type moody struct {
	*httptest.Server
	mu    sync.Mutex
	quiet sync.Cond
	conns int
}

func startMoody(tb testing.TB) *moody {
	p := new(moody)
	p.quiet.L = &p.mu
	p.Server = httptest.NewUnstartedServer(p)
	p.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch state {
		case http.StateNew:
			p.conns++
		case http.StateClosed, http.StateHijacked:
			p.conns--
			p.quiet.Broadcast()
		}
	}
	p.Start()
	tb.Cleanup(p.Close)
	return p
}

// wait waits until nobody is connected any more.
func (p *moody) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.conns > 0 {
		p.quiet.Wait()
	}
}

func (p *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch {
	case bytes.Contains(body, []byte(moodFailing)) && bytes.Contains(body, []byte(`"first"`)):
		http.Error(w, `{"error":{"message":"busy"}}`, http.StatusServiceUnavailable)
	case bytes.Contains(body, []byte(moodSilent)):
		if bytes.Contains(body, []byte(`"stream":true`)) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, streamEvent[0]+streamEvent[1])
			http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	default:
		provide(w, r)
	}
}
