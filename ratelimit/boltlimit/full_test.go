//go:build linux || darwin

package boltlimit_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// When the disk is full, calls go on and Health tells; once there is room, all
// that was taken meanwhile is saved. The child's file may not grow.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.db")
	p := start(t, "full", path)
	for line := p.line(); line != "done"; line = p.line() {
		if line != "open" {
			t.Fatalf("the child says %q", line)
		}
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	l := ratelimit.New(nil)
	k, err := boltlimit.Keep(path, l.Memory(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3000) {
		b := bucketOf(i + 1)
		b.Period = ratelimit.Hour
		if used, _ := l.Usage(b, 10); used != 1 {
			t.Fatalf("bucket %d has %d", i, used)
		}
	}
	if err := k.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func childFull(l *ratelimit.Limiter, k *boltlimit.Keeper, path string) error {
	signal.Ignore(syscall.SIGXFSZ) // writing then fails with EFBIG
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	limit := was
	limit.Cur = uint64(info.Size())
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	began := time.Now()
	for i := range uint64(3000) {
		b := bucketOf(i + 1)
		b.Period = ratelimit.Hour
		if v := l.Admit(context.Background(), []ratelimit.Ask{{Bucket: b, Limit: 10, Amount: 1}}, nil); !v.OK {
			return fmt.Errorf("refused: %+v", v)
		}
	}
	until := func(what string, ok func(boltlimit.Health) bool) error {
		for range time.Tick(time.Millisecond) {
			if ok(k.Health()) {
				return nil
			}
			if time.Since(began) > 20*time.Second {
				return fmt.Errorf("%s: health is %+v", what, k.Health())
			}
		}
		return nil
	}
	if err := until("full", func(h boltlimit.Health) bool { return h.Err != nil && h.Since.After(began) }); err != nil {
		return err
	}
	taken := time.Now()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	if err := until("room again", func(h boltlimit.Health) bool { return h.Err == nil && h.Since.IsZero() && h.Saved.After(taken) }); err != nil {
		return err
	}
	fmt.Println("done")
	return nil // without Close: it is saved already
}
