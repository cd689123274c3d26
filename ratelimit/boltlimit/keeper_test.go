package boltlimit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// What is taken is saved after Options.Every, and nothing is written while
// nothing changes.
func TestSavesEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(nil)
		k, err := boltlimit.Keep(filepath.Join(t.TempDir(), "limits.db"), l.Memory(), &boltlimit.Options{Every: time.Minute, LockTimeout: -1})
		if err != nil {
			t.Fatal(err)
		}
		if h := k.Health(); h != (boltlimit.Health{}) {
			t.Errorf("at the start: %+v", h)
		}
		took := time.Now()
		l.Admit(t.Context(), []ratelimit.Ask{{Bucket: bucketOf(1), Limit: 5}}, nil)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if rows := boltlimit.Rows(k); rows != 0 {
			t.Errorf("%d rows before the time", rows)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if rows, h := boltlimit.Rows(k), k.Health(); rows != 1 || !h.Saved.After(took) || h.Err != nil {
			t.Errorf("%d rows, %+v", rows, h)
		}
		writes := boltlimit.Bolt(k).Stats().TxStats
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if again := boltlimit.Bolt(k).Stats().TxStats; again.GetWrite() != writes.GetWrite() {
			t.Error("written while nothing changed")
		}
		if h := k.Health(); time.Since(h.Saved) > time.Minute {
			t.Errorf("%+v", h)
		}
		if err := k.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A file that cannot be written: calls go on, one line is told, and Close says
// so too.
func TestSavingFails(t *testing.T) {
	core, lines := observer.New(zap.InfoLevel)
	l := ratelimit.New(nil)
	path := filepath.Join(t.TempDir(), "limits.db")
	k, err := boltlimit.Keep(path, l.Memory(), &boltlimit.Options{Every: time.Hour, Zap: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	if err := boltlimit.Bolt(k).Close(); err != nil { // no disk any more
		t.Fatal(err)
	}
	for i := range uint64(3) {
		if v := l.Admit(t.Context(), []ratelimit.Ask{{Bucket: bucketOf(i), Limit: 5}}, nil); !v.OK {
			t.Fatalf("refused: %+v", v)
		}
		if err := boltlimit.Save(k); err == nil {
			t.Fatal("saved")
		}
	}
	h := k.Health()
	if h.Err == nil || h.Since.IsZero() || !h.Saved.IsZero() {
		t.Errorf("%+v", h)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.Close(ctx); err == nil || !strings.HasPrefix(err.Error(), "boltlimit: ") || !strings.Contains(err.Error(), path) {
		t.Errorf("close: %v", err)
	}
	if err := k.Close(ctx); !errors.Is(err, boltlimit.ErrClosed) {
		t.Errorf("closing again: %v", err)
	}
	if lines.Len() != 1 || lines.All()[0].ContextMap()["file"] != path {
		t.Errorf("lines: %+v", lines.All())
	}
}

// Close saves even when its context is done, and leaves no goroutine behind.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	path := filepath.Join(t.TempDir(), "limits.db")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range int64(3) {
		l := ratelimit.New(nil)
		k, err := boltlimit.Keep(path, l.Memory(), &boltlimit.Options{Every: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		b := bucketOf(1)
		b.Period = ratelimit.Hour
		if used, _ := l.Usage(b, 10); used != i {
			t.Errorf("life %d begins with %d", i, used)
		}
		l.Admit(t.Context(), []ratelimit.Ask{{Bucket: b, Limit: 10}}, nil)
		if err := k.Close(done); err != nil {
			t.Error(err)
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines became %d", before, after)
	}
}

// What was saved, given back and then forgotten by the memory is not there after
// a restart.
func TestGivenBackAndForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.db")
	life := begin(t, path, time.Now)
	var lease ratelimit.Lease
	life.limiter.Admit(t.Context(), []ratelimit.Ask{{Bucket: bucketOf(1), Limit: 5}}, &lease)
	if err := boltlimit.Save(life.keeper); err != nil {
		t.Fatal(err)
	}
	lease.Release()
	life.limiter.Sweep()
	life.end(t)
	life = begin(t, path, time.Now)
	if used, _ := life.limiter.Usage(bucketOf(1), 5); used != 0 {
		t.Errorf("%d are used", used)
	}
	life.end(t)
}

// Saves beside calls neither lose nor invent anything.
func TestBesideCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.db")
	l := ratelimit.New(nil)
	k, err := boltlimit.Keep(path, l.Memory(), &boltlimit.Options{Every: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	const each = 300
	var all sync.WaitGroup
	for caller := range uint64(8) {
		all.Go(func() {
			for range each {
				b, s := bucketOf(caller%4+1), bucketOf(0)
				b.Period, s.Period, s.Key = ratelimit.Hour, ratelimit.Hour, ratelimit.KeyService
				var lease ratelimit.Lease
				l.Admit(context.Background(), []ratelimit.Ask{{Bucket: b, Limit: 1 << 20}, {Bucket: s, Limit: 1 << 20}}, &lease)
				lease.Settle(0)
				k.Health()
			}
		})
	}
	all.Wait()
	if err := k.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := ratelimit.NewMemory(nil)
	if k, err = boltlimit.Keep(path, m, nil); err != nil {
		t.Fatal(err)
	}
	if total := totalOf(m); total != 2*8*each {
		t.Errorf("%d are counted, not %d", total, 2*8*each)
	}
	if err := k.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.db")
	begin(t, path, time.Now).end(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode&0o077 != 0 {
		t.Errorf("the file has mode %v", mode)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "boltlimit")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	one := int64(1)
	rules, err := ratelimit.NewRules(1, []ratelimit.Rule{{Key: ratelimit.KeyService, Period: ratelimit.Hour, Requests: &one}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 { // the process is restarted
		limiter := ratelimit.New(nil)
		keeper, err := boltlimit.Keep(filepath.Join(dir, "limits.db"), limiter.Memory(), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		asks := rules.Match(ratelimit.Caller{Principal: 7}, nil)
		fmt.Println("admitted:", limiter.Admit(context.Background(), asks, nil).OK)
		if err := keeper.Close(context.Background()); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// admitted: true
	// admitted: false
}
