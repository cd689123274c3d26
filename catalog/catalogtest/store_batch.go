package catalogtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// batches runs a law on a store that takes several commits at once. Of any other
// store it is not asked, and there is nothing to break.
func batches(check func(t *testing.T, open opener)) func(t *testing.T, open opener) {
	return func(t *testing.T, open opener) {
		if _, ok := open.fresh(t).(catalog.Batcher); ok {
			check(t, open)
		} else {
			t.Log("not offered by this store: commits together")
		}
	}
}

func appendAll(ctx context.Context, s catalog.Store, prev uint64, cs ...catalog.Commit) error {
	return s.(catalog.Batcher).AppendAll(ctx, prev, cs)
}

func checkBatch(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open(t, t.TempDir())
		defer s.Close()
		rows := map[catalog.RowKey]string{}
		var all []catalog.Commit
		for range rapid.IntRange(0, 5).Draw(rt, "batches") {
			prev := uint64(len(all))
			for range rapid.IntRange(1, 5).Draw(rt, "commits") {
				c := commit(uint64(len(all)) + 1)
				// Few keys, so that commits of one batch touch the same rows.
				for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3"}), 0, 3, rapid.ID).Draw(rt, "keys") {
					change := remove(key)
					if rapid.Bool().Draw(rt, "set") {
						change.Value = json.RawMessage(fmt.Sprintf(`{"n":%d}`, c.Version))
						rows[change.RowKey] = jsonText(t, change.Value)
					} else {
						delete(rows, change.RowKey)
					}
					c.Changes = append(c.Changes, change)
				}
				all = append(all, c)
			}
			if err := appendAll(rt.Context(), s, prev, all[prev:]...); err != nil {
				rt.Fatalf("AppendAll(%d) of %d: %v", prev, len(all)-int(prev), err)
			}
			expect(t, s, rows, all)
		}
	})
}

func checkBatchRefused(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, all := fill(t, s, 3)
	one := func(version uint64) catalog.Commit { return commit(version, set("1", "stolen"), remove("2")) }
	for _, prev := range []uint64{0, 2, 4, 1 << 40} {
		if err := appendAll(withPatience(t), s, prev, one(prev+1), one(prev+2)); !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("commits on version %d of a store at 3: %v, want ErrConflict", prev, err)
		}
		expect(t, s, rows, all)
	}
	for _, cs := range [][]catalog.Commit{{one(4), one(6)}, {one(4), one(4)}, {one(5), one(6)}, {one(4), one(5), one(3)}} {
		if err := appendAll(withPatience(t), s, 3, cs...); err == nil || errors.Is(err, catalog.ErrConflict) {
			t.Errorf("commits that do not follow one another: %v", err)
		}
		expect(t, s, rows, all)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if err := appendAll(done, s, 3, one(4), one(5)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done: %v", err)
	}
	expect(t, s, rows, all)
}

func checkBatchRivals(t *testing.T, open opener) {
	s := open.fresh(t)
	ctx := withPatience(t)
	const rounds, rivals = 10, 4
	var want []string
	for round := range rounds {
		prev := uint64(len(want))
		var wg sync.WaitGroup
		errs := make([]error, rivals)
		for i := range rivals {
			wg.Go(func() {
				var cs []catalog.Commit
				for k := range uint64(i + 1) {
					cs = append(cs, commit(prev+1+k, set("1", fmt.Sprint(round, i, k))))
				}
				errs[i] = appendAll(ctx, s, prev, cs...)
			})
		}
		wg.Wait()
		won := 0
		for i, err := range errs {
			if err == nil {
				won++
				for k := range i + 1 {
					want = append(want, fmt.Sprint(round, i, k))
				}
			} else if !errors.Is(err, catalog.ErrConflict) {
				t.Errorf("a loser's error is %v, want ErrConflict", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d of %d on version %d succeeded", won, rivals, prev)
		}
	}
	for i, c := range history(t, s, 0, len(want)) {
		if want := set("1", want[i]); jsonText(t, c.Changes[0].Value) != jsonText(t, want.Value) {
			t.Errorf("version %d has %s, want %s", c.Version, c.Changes[0].Value, want.Value)
		}
	}
}

// Whoever sees the first of some commits finds the last in the store.
func checkBatchWhole(t *testing.T, open opener) {
	s := open.fresh(t)
	const each, times = 4, 20
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for c, err := range s.Watch(withPatience(t), 0) {
				if err != nil {
					t.Errorf("Watch: %v", err)
					return
				}
				if _, head := load(t, s); head.Version < (c.Version+each-1)/each*each || head.Version%each != 0 {
					t.Errorf("version %d is watched and the store stands at %d", c.Version, head.Version)
				}
				if c.Version == each*times {
					return
				}
			}
		})
	}
	for n := range uint64(times) {
		var cs []catalog.Commit
		for k := range uint64(each) {
			cs = append(cs, commit(n*each+k+1, set("1", fmt.Sprint(n, k))))
		}
		if err := appendAll(withPatience(t), s, n*each, cs...); err != nil {
			t.Fatal(err)
		}
		for _, c := range cs { // the caller's again
			for _, change := range c.Changes {
				clear(change.Value)
			}
		}
	}
	wg.Wait()
}

func checkBatchClosed(t *testing.T, open opener) {
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := appendAll(withPatience(t), s, 0, commit(1), commit(2)); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("AppendAll after Close: %v", err)
	}
}

func checkBatchReopen(t *testing.T, open opener) {
	dir := t.TempDir()
	s := open(t, dir)
	cs := []catalog.Commit{commit(1, set("1", "a"), set("2", "a")), commit(2, remove("1")), commit(3, set("2", "b"))}
	if err := appendAll(withPatience(t), s, 0, cs...); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close()
	left := set("2", "b")
	expect(t, s, map[catalog.RowKey]string{left.RowKey: jsonText(t, left.Value)}, cs)
}
