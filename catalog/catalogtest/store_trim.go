package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

// expectTrimmed compares all that a store can say with what it was told, when
// the history through a version is forgotten.
func expectTrimmed(t testing.TB, s catalog.Store, rows map[catalog.RowKey]string, all []catalog.Commit, trimmed uint64) {
	t.Helper()
	expectRows(t, s, rows, all)
	for i, c := range history(t, s, trimmed, len(all)-int(trimmed)) {
		sameCommit(t, c, all[int(trimmed)+i])
	}
	for after := range trimmed {
		n := 0
		for c, err := range s.Watch(withPatience(t), after) {
			n++
			expectTrimmedError(t, err, trimmed, fmt.Sprintf("a watch after %d yields version %d and", after, c.Version))
		}
		if n != 1 {
			t.Fatalf("a watch after %d, trimmed through %d, yields %d times", after, trimmed, n)
		}
	}
}

func expectTrimmedError(t testing.TB, err error, through uint64, what string) {
	t.Helper()
	var trimmed *catalog.TrimmedError
	if !errors.Is(err, catalog.ErrTrimmed) || !errors.As(err, &trimmed) || trimmed.Through != through {
		t.Fatalf("%s %v, want a TrimmedError through %d", what, err, through)
	}
}

func checkTrim(t *testing.T, open opener) {
	const commits = 5
	for first := range uint64(commits + 1) {
		for second := range uint64(commits + 1) {
			s := open(t, t.TempDir())
			rows, all := fill(t, s, commits)
			for _, through := range []uint64{first, second} {
				if err := s.Trim(withPatience(t), through); err != nil {
					t.Fatalf("Trim(%d) of %d: %v", through, commits, err)
				}
			}
			trimmed := max(first, second)
			expectTrimmed(t, s, rows, all, trimmed)
			c := commit(commits+1, set("1", "more"))
			if err := s.Append(withPatience(t), commits, c); err != nil {
				t.Fatalf("Append after Trim(%d): %v", trimmed, err)
			}
			all = append(all, c)
			rows[c.Changes[0].RowKey] = jsonText(t, c.Changes[0].Value)
			expectTrimmed(t, s, rows, all, trimmed)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func checkTrimRefused(t *testing.T, open opener) {
	s := open.fresh(t)
	if err := s.Trim(withPatience(t), 1); err == nil {
		t.Error("Trim(1) of an empty store: no error")
	}
	if err := s.Trim(withPatience(t), 0); err != nil {
		t.Errorf("Trim(0) of an empty store: %v", err)
	}
	rows, all := fill(t, s, 4)
	for _, through := range []uint64{5, 6, 1 << 40, 1<<64 - 1} {
		if err := s.Trim(withPatience(t), through); err == nil {
			t.Errorf("Trim(%d) of 4: no error", through)
		}
		expectTrimmed(t, s, rows, all, 0)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Trim(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("Trim: %v, want context.Canceled", err)
	}
	expectTrimmed(t, s, rows, all, 0)
}

func checkTrimWhileWatching(t *testing.T, open opener) {
	s := open.fresh(t)
	ctx := withPatience(t)
	const commits = 60
	var wg sync.WaitGroup
	for after := range uint64(4) {
		wg.Go(func() {
			last := after
			for last < commits {
				for c, err := range s.Watch(ctx, last) {
					if errors.Is(err, catalog.ErrTrimmed) {
						var trimmed *catalog.TrimmedError
						if !errors.As(err, &trimmed) || trimmed.Through <= last {
							t.Errorf("a watch after %d ends with %v", last, err)
							return
						}
						last = trimmed.Through // begin again where the history does
						break
					}
					if err != nil || c.Version != last+1 {
						t.Errorf("a watch yields version %d after %d: %v", c.Version, last, err)
						return
					}
					if last = c.Version; last == commits {
						return
					}
				}
			}
		})
	}
	wg.Go(func() {
		for c, err := range s.Watch(ctx, 0) {
			if err != nil {
				if !errors.Is(err, catalog.ErrTrimmed) {
					t.Errorf("watch: %v", err)
				}
				return // overtaken, as the others may be
			}
			if err := s.Trim(ctx, c.Version-c.Version%7); err != nil {
				t.Errorf("Trim from a watch: %v", err)
				return
			}
			if c.Version == commits {
				return
			}
		}
	})
	for version := range uint64(commits) {
		if err := s.Append(ctx, version, commit(version+1, set("1", fmt.Sprint(version)))); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
}

// checkTrimDrawn appends, trims and, where the store has its commits again,
// opens again, in any order.
func checkTrimDrawn(t *testing.T, open opener) {
	keeps := durable(t, open)
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		s := open(t, dir)
		defer func() { s.Close() }()
		rows := map[catalog.RowKey]string{}
		var all []catalog.Commit
		trimmed := uint64(0)
		for range rapid.IntRange(1, 25).Draw(rt, "operations") {
			version := uint64(len(all))
			switch rapid.SampledFrom([]string{"append", "append", "trim", "reopen"}).Draw(rt, "what") {
			case "append":
				c := commit(version+1, set(fmt.Sprint(version%4), fmt.Sprint(version)), remove(fmt.Sprint(version%3+4)))
				if err := s.Append(rt.Context(), version, c); err != nil {
					rt.Fatalf("Append: %v", err)
				}
				all = append(all, c)
				rows[c.Changes[0].RowKey] = jsonText(t, c.Changes[0].Value)
			case "trim":
				through := rapid.Uint64Range(0, version+1).Draw(rt, "through")
				if err := s.Trim(rt.Context(), through); (err == nil) != (through <= version) {
					rt.Fatalf("Trim(%d) of %d: %v", through, version, err)
				}
				if through <= version {
					trimmed = max(trimmed, through)
				}
			case "reopen":
				if !keeps {
					continue
				}
				if err := s.Close(); err != nil {
					rt.Fatalf("Close: %v", err)
				}
				s = open(t, dir)
			}
		}
		expectTrimmed(t, s, rows, all, trimmed)
	})
}
