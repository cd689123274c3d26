package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// checkEverybody counts: each update adds one to what it finds, and remembers
// what it has made of it.
func checkEverybody(t *testing.T, open opener) {
	w := open.town(t)
	const catalogs, writers, each = 2, 6, 12
	type sum struct {
		version uint64
		is      int
	}
	var mu sync.Mutex
	sums := map[uint64]int{}
	lost, refused := 0, 0
	var group sync.WaitGroup
	var all []*catalog.Catalog
	for i := range catalogs {
		n := atomic.Int64{}
		c := openCatalog(t, &FaultStore{Store: lend(w.store), Before: func(op Op) error {
			if op == OpAppend && n.Add(1)%7 == int64(i) {
				return errFault
			}
			return nil
		}})
		all = append(all, c)
		for j := range writers {
			group.Go(func() {
				for k := range each {
					var is sum
					ctx, cancel := context.WithCancel(withPatience(t))
					version, err := c.Update(ctx, "tester", func(tx *catalog.Tx) error {
						if j == 0 && k%4 == 0 {
							if err := tx.Alone(); err != nil {
								return err
							}
						}
						main, _ := tx.Securable(w.main)
						n, _ := strconv.Atoi(main.Comment)
						is = sum{tx.Version() + 1, n + 1}
						if j == 1 && k%3 == 0 {
							cancel()
						}
						if j == 2 && k%3 == 0 {
							return errSum
						}
						if _, err := tx.CreatePrincipal(catalog.User, fmt.Sprint("user ", n+1)); err != nil {
							return err
						}
						return tx.Change(w.main, comment(strconv.Itoa(n+1)))
					})
					cancel()
					s := c.Snapshot()
					mu.Lock()
					switch {
					case err == nil:
						if version != is.version || s.Version() < version {
							t.Errorf("Update returns version %d, its last run began before %d, and the snapshot is at %d", version, is.version, s.Version())
						}
						if _, ok := s.PrincipalNamed(fmt.Sprint("user ", is.is)); !ok {
							t.Errorf("version %d has returned, and what it made is not there", version)
						}
						if _, twice := sums[version]; twice {
							t.Errorf("version %d is given out twice", version)
						}
						sums[version] = is.is
					case errors.Is(err, errSum): // what was found was there
						if now, _ := s.Securable(w.main); len(now.Comment) > 0 && mustInt(now.Comment) < is.is-1 {
							t.Errorf("a change has found %d, and there is %s", is.is-1, now.Comment)
						}
						refused++
					case errors.Is(err, errFault), errors.Is(err, context.Canceled):
						lost++
					default:
						t.Errorf("Update: %v", err)
					}
					mu.Unlock()
				}
			})
		}
	}
	group.Wait()
	newest := openCatalog(t, lend(w.store))
	main, _ := newest.Snapshot().Securable(w.main)
	if main.Comment != strconv.Itoa(len(sums)) || len(sums)+lost+refused != catalogs*writers*each {
		t.Errorf("the sum is %s; %d updates were kept, %d lost, %d refused", main.Comment, len(sums), lost, refused)
	}
	version := w.Snapshot().Version()
	for n := range len(sums) {
		if got := sums[version+1+uint64(n)]; got != n+1 {
			t.Errorf("version %d has the sum %d, want %d", version+1+uint64(n), got, n+1)
		}
	}
	for _, c := range all {
		for commit, err := range c.Watch(withPatience(t), newest.Snapshot().Version()-1) {
			if err != nil || commit.Version != newest.Snapshot().Version() {
				t.Errorf("Watch: version %d, %v", commit.Version, err)
			}
			break
		}
		if d := difference(Dump(c.Snapshot()), Dump(newest.Snapshot())); d != "" {
			t.Errorf("catalogs differ: %s", d)
		}
	}
}

var errSum = errors.New("catalogtest: so many there are")

func mustInt(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
