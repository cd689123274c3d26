package modelservice_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// limitsTo changes the limits of the service [chat].
func (w *world) limitsTo(limits ...modelservice.RateLimit) {
	w.Helper()
	_, err := w.change("alice", modelservice.ServiceChange{RateLimits: &limits})
	w.must(err)
}

// What holds when the waiting ends holds for the call that has waited: its
// rights, its limits and its service. A change that concerns it is noticed
// within a second, any other one leaves it in its place.
func TestWaitingSeesWhatChanges(t *testing.T) {
	const soon, turn = 11 * time.Second, 61 * time.Second // the change comes after 10.5 seconds
	bobs := func(n int64) modelservice.RateLimit { return perMinute(ratelimit.KeyUser, "bob", n, -1) }
	for _, tt := range []struct {
		name     string
		patience time.Duration // 5 minutes if 0
		change   func(w *world)
		status   int
		took     time.Duration
		model    string // that answers
	}{
		{"EXECUTE is revoked", 0, func(w *world) { w.revoke("bob", modelservice.TypeModelService, chat, catalog.Execute) }, 404, soon, ""},
		{"USE CATALOG is revoked", 0, func(w *world) { w.revoke("bob", catalog.TypeCatalog, "main", catalog.UseCatalog) }, 404, soon, ""},
		{"the caller is dropped", 0, func(w *world) { w.must(w.dropPrincipal("admin", "bob")) }, 404, soon, ""},
		{"the service is dropped", 0, func(w *world) { w.must(w.drop("alice", modelservice.TypeModelService, chat, nil)) }, 404, soon, ""},
		{"another service has the name", 0, func(w *world) {
			w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
			spec := to("two")
			spec.InferenceTable, spec.RateLimits = nil, []modelservice.RateLimit{bobs(1)}
			w.service(spec)
		}, 200, soon, "two"},
		{"a limit becomes 0", 0, func(w *world) { w.limitsTo(bobs(0)) }, 403, soon, ""},
		{"the limit is raised", 0, func(w *world) { w.limitsTo(bobs(2)) }, 200, soon, "one"},
		{"the limits go", 0, func(w *world) { w.limitsTo() }, 200, soon, "one"},
		{"another limit is on the caller", 0, func(w *world) { w.limitsTo(perMinute(ratelimit.KeyUserDefault, "", 1, -1)) }, 200, soon, "one"},
		{"the limit is a shadow", 0, func(w *world) {
			shadow := bobs(1)
			shadow.Shadow = true
			w.limitsTo(append(wide(), shadow)...)
		}, 200, soon, "one"},
		{"a limit comes that leaves too little patience", 65 * time.Second, func(w *world) {
			w.serve(w.ctx(), "alice", ask(), &recorder{})
			w.limitsTo(perMinute(ratelimit.KeyService, "", 1, -1))
		}, 429, soon, ""},
		{"a limit comes that leaves enough", 72 * time.Second, func(w *world) {
			w.serve(w.ctx(), "alice", ask(), &recorder{})
			w.limitsTo(perMinute(ratelimit.KeyService, "", 1, -1))
		}, 200, turn + 10*time.Second, "one"},
		{"the destinations change", 0, func(w *world) {
			_, err := w.change("alice", modelservice.ServiceChange{Destinations: &[]modelservice.Destination{destination("x", "system.ai.two")}})
			w.must(err)
		}, 200, turn, "two"},
		{"another caller gets a right", 0, func(w *world) { w.grant("carol", modelservice.TypeModelService, chat, catalog.Execute) }, 200, turn, "one"},
		{"nothing", 0, func(*world) {}, 200, turn, "one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tt.patience == 0 {
					tt.patience = 5 * time.Minute
				}
				w := newWorld(t, &setup{patience: tt.patience, showLimits: true})
				spec := to("one")
				spec.RateLimits = append(wide(), bobs(1))
				w.service(spec)
				w.calls(1)
				service := uint64(w.id(modelservice.TypeModelService, chat))
				time.AfterFunc(10*time.Second+500*time.Millisecond, func() { tt.change(w) })
				start, before := time.Now(), len(w.rows())
				out := &recorder{}
				res := w.serve(t.Context(), "bob", ask(), out)
				if took := time.Since(start); res.Status != tt.status || took != tt.took {
					t.Errorf("%d after %v, want %d after %v: %v", res.Status, took, tt.status, tt.took, res.Err)
				}
				if tt.model != "" && !strings.Contains(out.body.String(), `"model":"`+tt.model+`"`) {
					t.Errorf("answered by another model than %s: %s", tt.model, out.body.String())
				}
				limited := tt.status != 404 && tt.name != "the limits go"
				if limit := out.header.Get("X-Ratelimit-Limit-Requests"); (limit != "") != limited {
					t.Errorf("the caller is told of a limit of %q", limit)
				}
				if tt.status != 200 && (len(res.Steps) > 0 || res.Outcome != inferencelog.OutcomeRefused) {
					t.Errorf("%s after %d attempts", res.Outcome, len(res.Steps))
				}
				if tt.status == 404 {
					// As if it had come now: not even a row says that the service is there.
					if want := "'" + chat + "' does not exist"; res.Err.Message != want || res.Service != (catalog.FullName{}) || len(w.rows()) != before {
						t.Errorf("%v from %s, %d rows", res.Err, res.Service, len(w.rows()))
					}
					b := ratelimit.Bucket{Service: service, Principal: uint64(w.who["bob"]), Key: ratelimit.KeyUser, Period: ratelimit.Minute, Dimension: ratelimit.Requests}
					if used, _ := w.limiter.Usage(b, 1); used != 1 {
						t.Errorf("%d requests are counted, of which one was made", used)
					}
				}
				w.settled()
			})
		})
	}
}

// Who waits keeps his place, whatever changes that does not concern him.
func TestWaitingKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := waiting(t, 5*time.Minute, perMinute(ratelimit.KeyService, "", 1, -1))
		w.calls(1)
		served := make(chan string, 2)
		for who, from := range map[string]time.Duration{"bob": 900 * time.Millisecond, "alice": 1100 * time.Millisecond} {
			time.AfterFunc(from, func() {
				w.serve(w.ctx(), who, ask(), &recorder{})
				served <- who
			})
		}
		// Bob is the next to look, and then there is room, and only then does alice.
		time.AfterFunc(60*time.Second+800*time.Millisecond, func() {
			_, err := w.change("alice", modelservice.ServiceChange{Comment: ptr("new")})
			w.must(err)
		})
		if first, second := <-served, <-served; first != "bob" {
			t.Errorf("served %s, then %s", first, second)
		}
		w.settled()
	})
}

// A call that is asked anew reserves anew.
func TestWaitingReservesAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := waiting(t, 5*time.Minute, perMinute(ratelimit.KeyUser, "bob", 1, -1))
		w.calls(1)
		var held int64
		before := w.used(ratelimit.KeyService, "", ratelimit.Tokens)
		w.backend.plays("one", reply{do: func() { held = w.used(ratelimit.KeyService, "", ratelimit.Tokens) - before }})
		time.AfterFunc(10*time.Second, func() { w.limitsTo(append(wide(), perMinute(ratelimit.KeyUser, "bob", 2, -1))...) })
		w.serve(t.Context(), "bob", ask(`"max_tokens":100`), &recorder{})
		if held != 103 {
			t.Errorf("%d tokens are held", held)
		}
		w.settled()
	})
}

// Who hangs up while waiting is not asked anew, although there may be room for
// him now.
func TestHangUpAfterAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := waiting(t, 5*time.Minute, perMinute(ratelimit.KeyUser, "bob", 1, -1))
		w.calls(1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(10*time.Second+200*time.Millisecond, func() { w.limitsTo(wide()...) })
		time.AfterFunc(10*time.Second+300*time.Millisecond, cancel)
		res := w.serve(ctx, "bob", ask(), &recorder{})
		if n := w.used(ratelimit.KeyService, "", ratelimit.Requests); res.Status != modelservice.StatusCancelled || res.Outcome != inferencelog.OutcomeRefused || n != 1 {
			t.Errorf("%d %s, %d requests are counted", res.Status, res.Outcome, n)
		}
		w.settled()
	})
}

// A caller who joins a group, or leaves one, waits for the limits of his groups
// as they are then (spec §5.3).
func TestWaitingSeesGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := waiting(t, 5*time.Minute, perMinute(ratelimit.KeyUserDefault, "", 1, -1), perMinute(ratelimit.KeyUserGroup, "team", 1, -1))
		w.calls(1)
		time.AfterFunc(10*time.Second, func() {
			w.host(func(tx *catalog.Tx) error { return tx.RemoveMember(w.who["team"], w.who["bob"]) })
		})
		start := time.Now()
		if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 || time.Since(start) > 11*time.Second {
			t.Errorf("%d after %v", res.Status, time.Since(start))
		}
		w.settled()
	})
}

// hookedStore does something once, after it has let a call pass.
type hookedStore struct {
	ratelimit.Store
	then func()
	let  int // calls that passed
}

func (s *hookedStore) Take(ctx context.Context, asks []ratelimit.Ask, taken []ratelimit.Taken) (ratelimit.Verdict, error) {
	v, err := s.Store.Take(ctx, asks, taken)
	if v.OK {
		s.let++
		if then := s.then; then != nil {
			s.then = nil
			then()
		}
	}
	return v, err
}

// What a call has taken by limits that no longer hold, or without the right to,
// is given back, also when the change comes at the very moment it is let in. By
// limits that still hold it is asked once.
func TestWaitingGivesBackWhatIsStale(t *testing.T) {
	one := perMinute(ratelimit.KeyUserDefault, "", 1, 1000)
	for _, tt := range []struct {
		name   string
		change func(w *world)
		status int
		used   int64
		let    int
	}{
		{"the right goes", func(w *world) { w.revoke("bob", modelservice.TypeModelService, chat, catalog.Execute) }, 404, 0, 1},
		{"a limit becomes 0", func(w *world) { w.limitsTo(one, perMinute(ratelimit.KeyService, "", 0, -1)) }, 403, 0, 1},
		{"a limit comes", func(w *world) { w.limitsTo(one, perMinute(ratelimit.KeyService, "", 1, -1)) }, 200, 1, 2},
		{"the comment changes", func(w *world) {
			_, err := w.change("alice", modelservice.ServiceChange{Comment: ptr("new")})
			w.must(err)
		}, 200, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &hookedStore{Store: ratelimit.NewMemory(nil)}
				w := newWorld(t, &setup{patience: 5 * time.Minute, limits: &ratelimit.Options{Store: store}})
				spec := to("one")
				spec.RateLimits = []modelservice.RateLimit{one}
				w.service(spec)
				w.calls(1)
				store.then, store.let = func() { tt.change(w) }, 0
				res := w.serve(t.Context(), "bob", ask(), &recorder{})
				if res.Status != tt.status || store.let != tt.let {
					t.Errorf("%d, let in %d times, want %d and %d", res.Status, store.let, tt.status, tt.let)
				}
				b := ratelimit.Bucket{
					Service: uint64(w.id(modelservice.TypeModelService, chat)), Principal: uint64(w.who["bob"]),
					Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Dimension: ratelimit.Requests,
				}
				var there [1]int64
				w.must(store.Used(t.Context(), []ratelimit.Bucket{b}, there[:]))
				if here := w.used(ratelimit.KeyUserDefault, "bob", ratelimit.Requests); here != tt.used || there[0] != tt.used {
					t.Errorf("%d requests are counted, and %d in the store, want %d", here, there[0], tt.used)
				}
				w.settled()
			})
		})
	}
}
