package modelservice_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// The next call goes by the new number, and what was used counts on under it
// (ruling R26).
func TestUpdateLimitsLive(t *testing.T) {
	for _, dim := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			limit := func(n int64) *[]modelservice.RateLimit {
				l := modelservice.RateLimit{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &n}
				if dim == ratelimit.Tokens {
					each := 7 * n // a call of the kit reserves and uses 7 tokens
					l.Requests, l.Tokens = nil, &each
				}
				return &[]modelservice.RateLimit{l}
			}
			spec := to("one")
			spec.RateLimits = *limit(2)
			w.service(spec)
			call := func(want int) {
				t.Helper()
				if res := w.serve(t.Context(), "bob", ask(`"max_tokens":4`), &recorder{}); res.Status != want {
					t.Errorf("%s: %d %v, want %d", dim, res.Status, res.Err, want)
				}
			}
			set := func(limits *[]modelservice.RateLimit) {
				t.Helper()
				_, err := w.change("alice", modelservice.ServiceChange{RateLimits: limits})
				w.must(err)
			}
			call(200)
			call(200)
			call(429)
			set(limit(3)) // two are used, one is left
			call(200)
			call(429)
			set(limit(1))
			call(429)
			set(limit(0))
			call(403)
			set(limit(4))
			call(200)
			call(429)
			set(&[]modelservice.RateLimit{})
			call(200)
			set(limit(4)) // calls that no limit counted count nowhere
			call(429)
			set(limit(5))
			call(200)
			call(429)
		})
	}
}

// A call under way ends as it began; the next one goes where the change says.
func TestUpdateRoutingLive(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.backend.plays("one", reply{do: func() {
		_, err := w.change("alice", modelservice.ServiceChange{Destinations: &[]modelservice.Destination{destination("new", "system.ai.two")}})
		w.must(err)
	}})
	for range 2 {
		if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
			t.Fatalf("%d: %v", res.Status, res.Err)
		}
	}
	if got := w.backend.models(); got != "one two" {
		t.Errorf("calls went to %q", got)
	}
}

// Of changes that depend on the same etag one happens.
func TestUpdateRace(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	for round := range 20 {
		etag := w.read().Etag
		var won atomic.Int32
		var winner atomic.Pointer[string]
		all(8, func(i int) {
			comment := fmt.Sprintf("%d of round %d", i, round)
			_, err := w.change("alice", modelservice.ServiceChange{Comment: &comment, Etag: etag})
			switch codeOf(err) {
			case "":
				won.Add(1)
				winner.Store(&comment)
			case modelservice.CodeAborted:
			default:
				t.Error(err)
			}
		})
		if won.Load() != 1 || w.read().Comment != *winner.Load() {
			t.Fatalf("%d changes won, the comment is %q", won.Load(), w.read().Comment)
		}
	}
}

// A change that depends on the service sees all changes before it.
func TestUpdateServiceFunc(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(0)}}
	w.service(spec)
	all(32, func(int) {
		_, err := w.ms.UpdateServiceFunc(w.ctx(), w.who["alice"], w.name(chat), func(s modelservice.Service) (modelservice.ServiceChange, error) {
			*s.Spec.RateLimits[0].Requests++ // what is given is the function's own
			return modelservice.ServiceChange{RateLimits: &s.Spec.RateLimits}, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	if n := *w.read().Spec.RateLimits[0].Requests; n != 32 {
		t.Errorf("32 changes by one make %d", n)
	}
	before := w.dump()
	own := errors.New("not today")
	_, err := w.ms.UpdateServiceFunc(w.ctx(), w.who["alice"], w.name(chat), func(s modelservice.Service) (modelservice.ServiceChange, error) {
		*s.Spec.RateLimits[0].Requests = 0
		s.Spec.Destinations[0].Name = "x"
		return modelservice.ServiceChange{Comment: ptr("x")}, own
	})
	if !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	_, err = w.ms.UpdateServiceFunc(w.ctx(), w.who["mallory"], w.name(chat), func(modelservice.Service) (modelservice.ServiceChange, error) {
		t.Error("mallory is shown the service")
		return modelservice.ServiceChange{}, nil
	})
	w.refused(err, modelservice.CodeDoesNotExist, "")
	w.unchanged(before)
}

// Whether a change or a drop comes first, nothing is half done: the table of a
// change that came too late is not there.
func TestUpdateDropRace(t *testing.T) {
	for range 20 {
		w := newWorld(t, nil)
		spec := to("one")
		spec.InferenceTable = nil
		w.service(spec)
		var changed atomic.Bool
		all(4, func(i int) {
			if i == 0 {
				if err := w.drop("alice", modelservice.TypeModelService, chat, nil); err != nil {
					t.Error(err)
				}
				return
			}
			_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
			switch codeOf(err) {
			case "":
				changed.Store(true)
			case modelservice.CodeDoesNotExist:
			default:
				t.Error(err)
			}
		})
		if w.exists(modelservice.TypeModelService, chat) {
			t.Error("the service came back")
		}
		if is := w.exists(catalog.TypeTable, chatTable); is != changed.Load() {
			t.Errorf("a change was made: %t, the table is there: %t", changed.Load(), is)
		}
		w.agree()
	}
}

// all runs n at once and waits for them.
func all(n int, do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-start
			do(i)
		}()
	}
	close(start)
	wg.Wait()
}
