package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/modelward/modelward/catalog"
)

func checkWatchFromAnywhere(t *testing.T, open opener) {
	s := open.fresh(t)
	_, all := fill(t, s, 7)
	for after := range all {
		ctx, cancel := context.WithCancel(withPatience(t))
		next := after
		for c, err := range s.Watch(ctx, uint64(after)) {
			if err != nil {
				if !errors.Is(err, context.Canceled) || next != len(all) {
					t.Errorf("watch after %d ended before version %d: %v", after, next+1, err)
				}
				break
			}
			sameCommit(t, c, all[next])
			if next++; next == len(all) {
				cancel() // it waits for more; otherwise it would never end
			}
		}
		cancel()
	}
}

func checkWatchWhileAppending(t *testing.T, open opener) {
	s := open.fresh(t)
	ctx := withPatience(t)
	const commits = 60
	var wg sync.WaitGroup
	for after := range uint64(4) {
		wg.Go(func() {
			want := after + 1
			for c, err := range s.Watch(ctx, after) {
				if err != nil || c.Version != want {
					t.Errorf("watch after %d: version %d, %v; want version %d", after, c.Version, err, want)
					return
				}
				if want++; want > commits {
					return
				}
			}
		})
	}
	for version := range uint64(commits) {
		if err := s.Append(ctx, version, commit(version+1, set("1", fmt.Sprint(version)))); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
}

func checkWatchAhead(t *testing.T, open opener) {
	s := open.fresh(t)
	ctx := withPatience(t)
	got := make(chan catalog.Commit, 1)
	go func() {
		defer close(got)
		for c, err := range s.Watch(ctx, 3) {
			if err != nil {
				t.Errorf("watch: %v", err)
				return
			}
			got <- c
			return
		}
	}()
	fill(t, s, 5)
	if c := <-got; c.Version != 4 {
		t.Errorf("a watch after 3 that began at 0 yields version %d first", c.Version)
	}
}

func checkWatchCancelled(t *testing.T, open opener) {
	s := open.fresh(t)
	fill(t, s, 200)
	for _, stop := range []int{0, 1, 100} {
		ctx, cancel := context.WithCancel(withPatience(t))
		seen := 0
		var last error
		for _, err := range s.Watch(ctx, 0) {
			if err != nil {
				last = err
				continue
			}
			if seen++; seen >= stop {
				cancel()
			}
		}
		cancel()
		if !errors.Is(last, context.Canceled) {
			t.Errorf("cancelled at commit %d: the watch ended with %v", stop, last)
		}
		if seen > stop+1 {
			t.Errorf("cancelled at commit %d: the watch went on to %d", stop, seen)
		}
	}
	past, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	for _, err := range s.Watch(past, 200) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a watch past its deadline ends with %v", err)
		}
	}
}

func checkWatchReceiver(t *testing.T, open opener) {
	s := open.fresh(t)
	ctx := withPatience(t)
	fill(t, s, 1)
	for c, err := range s.Watch(ctx, 0) {
		if err != nil {
			t.Fatalf("watch: %v", err)
		}
		if c.Version == 10 {
			break
		}
		if err := s.Append(ctx, c.Version, commit(c.Version+1, set("1", "again"))); err != nil {
			t.Fatalf("append from a watch: %v", err)
		}
		if _, head := load(t, s); head.Version != c.Version+1 {
			t.Fatalf("load from a watch: head %+v", head)
		}
	}
	for c, err := range s.Watch(ctx, 4) {
		if err != nil || c.Version != 5 {
			t.Errorf("a second watch yields version %d, %v", c.Version, err)
		}
		break
	}
}

func checkClose(t *testing.T, open opener) {
	s := open(t, t.TempDir())
	fill(t, s, 2)
	ctx := withPatience(t)
	waiting, ended := make(chan bool), make(chan error, 1)
	go func() {
		var last error
		for c, err := range s.Watch(ctx, 0) {
			if last = err; err == nil && c.Version == 2 {
				close(waiting)
			}
		}
		ended <- last
	}()
	<-waiting
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := <-ended; !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("a waiting watcher ends with %v", err)
	}
	if _, err := s.Load(ctx, func(catalog.RowKey, []byte) error { return nil }); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("Load after Close: %v", err)
	}
	if err := s.Append(ctx, 2, commit(3)); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("Append after Close: %v", err)
	}
	if err := s.Trim(ctx, 1); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("Trim after Close: %v", err)
	}
	n := 0
	for _, err := range s.Watch(ctx, 0) {
		if n++; !errors.Is(err, catalog.ErrClosed) {
			t.Errorf("Watch after Close: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("Watch after Close yields %d times", n)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
