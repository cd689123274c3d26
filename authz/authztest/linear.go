package authztest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// TestHistories has writers and checkers work on one catalog at a time, and
// then proves of each such history that it is linearisable: there is an order
// of all updates and checks that agrees with real time, in which each check
// says what the oracle says of the state that the updates before it have made
// (invariant I34). The versions are that order. Among other things it follows
// that a check begun after a revoke returned is denied.
func TestHistories(t *testing.T, newAuthorizer func() *authz.Authorizer, first uint64, histories int) {
	a := newAuthorizer()
	var total historyTally
	for i := range histories {
		number := first + uint64(i)
		h := newHistory(t, a, number)
		h.run()
		h.prove()
		total.updates += len(h.updates)
		total.checks += len(h.checks)
		total.between += h.between
		if t.Failed() {
			t.Fatalf("in history %d", number)
		}
	}
	t.Logf("%d histories of %d updates and %d checks, %d of them while an update was under way",
		histories, total.updates, total.checks, total.between)
	if histories >= 100 && total.between < total.checks/100 {
		t.Error("the histories are dull: nothing happens at the same time")
	}
}

type historyTally struct{ updates, checks, between int }

// history is what several goroutines did with a catalog, and when.
type history struct {
	t       *testing.T
	a       *authz.Authorizer
	number  uint64
	c       *catalog.Catalog
	start   World
	version uint64 // of the start

	clock   atomic.Int64 // counts beginnings and ends
	writing atomic.Int32 // writers still at work

	mu      sync.Mutex
	updates []updated
	checks  []checked
	between int // checks that overlap an update
}

// span is from when to when something went on.
type span struct{ begin, end int64 }

type updated struct {
	span
	deed
	version uint64
}

type checked struct {
	span
	version uint64
	name    string // of the service asked about
	Question
	Answer
	shown []catalog.ID // what the caller is shown of the schema
}

const (
	historyWriters  = 3
	historyCheckers = 3
	historyDeeds    = 6  // of each writer
	historyChecks   = 40 // of each checker, at most
)

func newHistory(t *testing.T, a *authz.Authorizer, number uint64) *history {
	t.Helper()
	c, err := BuildCatalog(stageWorld)
	if err != nil {
		t.Fatal(err)
	}
	// Each writer has somebody of its own whose name changes with every
	// update, so that none is without effect.
	version, err := c.Update(context.Background(), "history", func(tx *catalog.Tx) error {
		for i := range historyWriters {
			if _, err := tx.CreatePrincipal(catalog.User, fmt.Sprintf("mark%d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &history{t: t, a: a, number: number, c: c, start: WorldOf(c.Snapshot()).plain(), version: version}
	h.writing.Store(historyWriters)
	return h
}

// run has everybody do their work.
func (h *history) run() {
	var all sync.WaitGroup
	for i := range historyWriters {
		all.Go(func() { h.write(i) })
	}
	for i := range historyCheckers {
		all.Go(func() { h.check(i) })
	}
	all.Wait()
}

func (h *history) write(i int) {
	defer h.writing.Add(-1)
	rng := rand.New(rand.NewPCG(h.number, uint64(i)))
	mark := principal(h.c.Snapshot(), fmt.Sprintf("mark%d", i))
	for n := range historyDeeds {
		d, name := drawDeed(rng), fmt.Sprintf("mark%d.%d", i, n)
		undo := rng.IntN(6) == 0
		u := updated{deed: deed{d.what, d.do, func(w World) World {
			return d.rows(w).renamedPrincipal(mark, name)
		}}}
		u.begin = h.clock.Add(1)
		version, err := h.c.Update(context.Background(), "history", func(tx *catalog.Tx) error {
			if err := tx.RenamePrincipal(mark, name); err != nil {
				return err
			}
			if err := d.do(tx); err != nil {
				return err
			}
			// To decide here must not be remembered for any other moment.
			h.a.Check(&tx.Snapshot, principal(&tx.Snapshot, personName(rng)), catalog.Execute, object(&tx.Snapshot, serviceName(rng)))
			runtime.Gosched()
			if undo {
				return errRollback
			}
			return nil
		})
		u.end, u.version = h.clock.Add(1), version
		if undo {
			if !errors.Is(err, errRollback) {
				h.t.Errorf("%s: %v", d.what, err)
			}
			continue
		}
		if err != nil {
			h.t.Errorf("%s: %v", d.what, err)
			return
		}
		h.mu.Lock()
		h.updates = append(h.updates, u)
		h.mu.Unlock()
	}
}

func (h *history) check(i int) {
	rng := rand.New(rand.NewPCG(h.number, uint64(historyWriters+i)))
	var mine []checked
	for n := 0; n < historyChecks && (h.writing.Load() > 0 || n < 3); n++ {
		c := checked{name: serviceName(rng)}
		who := whoever(rng)
		c.begin = h.clock.Add(1)
		s := h.c.Snapshot()
		c.Question = Question{
			Verb: pick(rng, []Verb{Check, Check, See, Manage}), Privilege: catalog.Execute,
			Caller: principal(s, who), On: object(s, c.name),
		}
		d := c.Ask(h.a, s)
		c.end = h.clock.Add(1)
		c.version, c.Answer = s.Version(), Answer{d.Allowed, d.Visible}
		if n%4 == 0 {
			for n := range h.a.Visible(s, c.Caller, object(s, "main.default"), TypeService, "") {
				c.shown = append(c.shown, n.ID)
			}
			if again := c.Ask(h.a, s); again.Allowed != d.Allowed || again.Visible != d.Visible {
				h.t.Errorf("two answers about one moment, %+v", c.Question)
			}
		} else {
			c.shown = []catalog.ID{absent}
		}
		mine = append(mine, c)
		runtime.Gosched()
	}
	h.mu.Lock()
	h.checks = append(h.checks, mine...)
	h.mu.Unlock()
}

// prove puts the updates in the order of their versions, and each check after
// the update of its version, and fails unless that is an order in which all
// this could have happened one after the other.
func (h *history) prove() {
	slices.SortFunc(h.updates, func(a, b updated) int { return cmp.Compare(a.version, b.version) })
	truth := NewOracle(h.start)
	worlds := map[uint64]*Oracle{h.version: truth}
	for i, u := range h.updates {
		if want := h.version + uint64(i) + 1; u.version != want {
			h.t.Fatalf("%s has version %d, want %d, in\n%s", u.what, u.version, want, h)
		}
		truth = truth.of(u.rows(truth.world))
		worlds[u.version] = truth
		for _, later := range h.updates[i+1:] {
			if later.end < u.begin {
				h.t.Fatalf("%s was over before %s began, and comes after it, in\n%s", later.what, u.what, h)
			}
		}
	}
	truth.compareRows(h.t, h.c.Snapshot(), newGhosts())
	for _, c := range h.checks {
		h.proveCheck(c, worlds[c.version])
		for _, u := range h.updates {
			switch {
			case u.end < c.begin && c.version < u.version:
				h.t.Fatalf("a check of version %d began after version %d was there, in\n%s", c.version, u.version, h)
			case c.end < u.begin && c.version >= u.version:
				h.t.Fatalf("a check saw version %d before it was begun, in\n%s", u.version, h)
			}
		}
		if slices.ContainsFunc(h.updates, func(u updated) bool { return u.begin < c.end && c.begin < u.end }) {
			h.between++
		}
	}
	slices.SortFunc(h.checks, func(a, b checked) int { return cmp.Compare(a.begin, b.begin) })
	for i, c := range h.checks {
		for _, later := range h.checks[i+1:] {
			if c.end < later.begin && later.version < c.version {
				h.t.Fatalf("version %d was seen after version %d, in\n%s", later.version, c.version, h)
			}
		}
	}
}

func (h *history) proveCheck(c checked, truth *Oracle) {
	if truth == nil {
		h.t.Fatalf("a check saw version %d, which nobody made, in\n%s", c.version, h)
	}
	if on := truth.world.named(c.name); c.On != on {
		h.t.Fatalf("at version %d %s is %d, want %d, in\n%s", c.version, c.name, c.On, on, h)
	}
	if want := truth.Answer(c.Question); c.Answer != want {
		h.t.Fatalf("at version %d %s: %+v, want %+v, in\n%s", c.version, truth.world.Format(c.Question), c.Answer, want, h)
	}
	if slices.Equal(c.shown, []catalog.ID{absent}) {
		return
	}
	want := truth.seen(c.Caller, truth.world.named("main.default"))
	slices.SortFunc(want, byKindAndName)
	var ids []catalog.ID
	for _, n := range want {
		ids = append(ids, n.ID)
	}
	if !slices.Equal(c.shown, ids) {
		h.t.Fatalf("at version %d %s is shown %d, want %d, in\n%s", c.version, truth.world.principalName(c.Caller), c.shown, ids, h)
	}
}

// String writes the history's updates in order.
func (h *history) String() string {
	var b strings.Builder
	for _, u := range h.updates {
		fmt.Fprintf(&b, "%d from %d to %d: %s\n", u.version, u.begin, u.end, u.what)
	}
	return b.String()
}
