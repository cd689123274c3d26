package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// parallelRow: how many times as many checks two readers make as one does,
// while a grant is committed every millisecond on a model that is asked about.
// Here more is better, and the budget is the least that it may be.
//
// Every check takes the newest snapshot. It is the time on the wall that
// counts, since waiting for a lock costs no processor time. Other work on the
// machine shows, so the two follow each other closely, many times a round. The
// writer pauses, because one that never does takes a processor for itself, and
// the figure would be the scheduler's.
func parallelRow() row {
	return row{name: "check-parallel", budget: 1.3, allocs: -1, weigh: weighParallel}
}

func weighParallel(tb testing.TB, scale scale) figure {
	c, t := openWorld(tb, scale.of(100_000))
	questions := newContenders(tb, c.Snapshot(), t).questions
	turns := 16
	if scale == small {
		turns = 2
	}

	writer := startWriter(tb, c, questions)
	var one, two, ratio []float64
	for range rounds {
		var speed [2]float64
		for range turns {
			for i := range speed {
				speed[i] += readers(tb, c, questions, i+1, 20*time.Millisecond) / float64(turns)
			}
		}
		one, two, ratio = append(one, speed[0]), append(two, speed[1]), append(ratio, speed[1]/speed[0])
	}
	commits, err := writer.stop()
	if commits == 0 || err != nil {
		tb.Fatalf("%.0f commits a second meanwhile: %v", commits, err)
	}
	return figure{value: median(ratio), says: fmt.Sprintf("at least the budget is wanted: 1 reader %.0f checks/s, 2 readers %.0f, on %d processors; %.0f commits/s meanwhile",
		median(one), median(two), runtime.GOMAXPROCS(0), commits)}
}

// readers returns how many checks some readers make a second.
func readers(tb testing.TB, c *catalog.Catalog, questions []question, n int, long time.Duration) float64 {
	tb.Helper()
	authorizer := authz.New(nil)
	var group sync.WaitGroup
	made, wrong := make([]int, n), make([]error, n)
	began := time.Now()
	for reader := range n {
		group.Go(func() {
			count, at := 0, reader*burst/2 // the readers begin in different places
			defer func() { made[reader] = count }()
			for ; time.Since(began) < long; at += checksAtOnce {
				for i := range checksAtOnce {
					q := &questions[(at+i)%len(questions)]
					if authorizer.Check(c.Snapshot(), q.user, catalog.Execute, q.model).Allowed != q.may {
						wrong[reader] = fmt.Errorf("may user %d EXECUTE model %d? Check says %v", q.user, q.model, !q.may)
						return
					}
				}
				count += checksAtOnce
			}
		})
	}
	group.Wait()
	span := time.Since(began)
	sum := 0
	for reader := range n {
		if wrong[reader] != nil {
			tb.Fatal(wrong[reader])
		}
		sum += made[reader]
	}
	return float64(sum) / span.Seconds()
}

// checksAtOnce is how many checks a reader makes before it reads the clock.
const checksAtOnce = 64

// writer commits a grant or a revoke every millisecond, until it is stopped.
// They are for a group that nobody is in, so that no answer changes.
type writer struct {
	began   time.Time
	cancel  context.CancelFunc
	group   sync.WaitGroup
	commits int
	failed  error
}

func startWriter(tb testing.TB, c *catalog.Catalog, questions []question) *writer {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &writer{began: time.Now(), cancel: cancel}
	tb.Cleanup(func() { w.stop() })
	var nobody catalog.PrincipalID
	if _, err := c.Update(ctx, "bench", func(tx *catalog.Tx) (err error) {
		nobody, err = tx.CreatePrincipal(catalog.Group, "nobody")
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	w.group.Go(func() {
		every := time.NewTicker(time.Millisecond)
		defer every.Stop()
		for w.failed == nil {
			select {
			case <-ctx.Done():
				return
			case <-every.C:
				w.failed = toggle(c, questions[w.commits/2%len(questions)].model, nobody, w.commits%2 == 0)
				w.commits++
			}
		}
	})
	return w
}

// stop returns how many commits there were in a second. Stopping again does
// nothing.
func (w *writer) stop() (float64, error) {
	w.cancel()
	w.group.Wait()
	return float64(w.commits) / time.Since(w.began).Seconds(), w.failed
}

// toggle grants EXECUTE, or revokes it.
func toggle(c *catalog.Catalog, on catalog.ID, to catalog.PrincipalID, grant bool) error {
	_, err := c.Update(context.Background(), "bench", func(tx *catalog.Tx) error {
		if grant {
			return tx.Grant(on, to, catalog.Execute)
		}
		return tx.Revoke(on, to, catalog.Execute)
	})
	return err
}
