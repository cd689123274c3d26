package boltlimit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// A process is killed again and again while it takes. Each time the file has
// everything up to the last save that the process knew of, and nothing that was
// not taken; so all lives together take no more than the limit and what the
// kills have cost.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	kept, took, forgot := int64(0), int64(0), int64(0)
	for kill := range 12 {
		p := start(t, "take", path)
		if line := p.line(); line != "open" {
			t.Fatalf("the child says %q", line)
		}
		var at []int64
		saved, refused := int64(0), false
		hear := func(line string) {
			var when, upTo int64
			if _, err := fmt.Sscanf(line, "took %d %d", &when, &upTo); err == nil {
				at = append(at, when)
				saved = max(saved, upTo)
			} else if line == "refused" {
				refused = true
			} else if line != "" {
				t.Fatalf("the child says %q", line)
			}
		}
		for range 1 + random.IntN(300) {
			hear(p.line())
		}
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for line := p.line(); line != ""; line = p.line() {
			if strings.HasSuffix(line, "\n") || strings.Count(line, " ") == 2 || line == "refused" {
				hear(line)
			}
		}
		_ = p.Wait() // "signal: killed"
		surely := kept
		for _, when := range at {
			if when < saved {
				surely++
			}
		}
		took += int64(len(at))
		l := ratelimit.New(nil)
		k, err := boltlimit.Keep(path, l.Memory(), nil)
		if err != nil {
			t.Fatal(err)
		}
		used, _ := l.Usage(killedAsk()[0].Bucket, killedLimit)
		if err := k.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if at := kept + int64(len(at)); used < surely || used > at+1 {
			t.Fatalf("kill %d: %d are in the file, at least %d were saved and %d taken", kill, used, surely, at)
		}
		if refused && used < killedLimit {
			t.Fatalf("kill %d: refused at %d", kill, used)
		}
		forgot += kept + int64(len(at)) - used
		kept = used
	}
	t.Logf("%d taken, %d forgotten", took, forgot)
	if took > killedLimit+max(forgot, 0) {
		t.Errorf("%d were taken of %d, and %d forgotten", took, killedLimit, forgot)
	}
	if kept == 0 {
		t.Error("nothing was ever saved")
	}
}

func TestSecondProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "limits.db")
	p := start(t, "hold", path)
	for p.line() != "open" {
	}
	for _, opts := range []*boltlimit.Options{{LockTimeout: -1}, {LockTimeout: 100 * time.Millisecond}} {
		k, err := boltlimit.Keep(path, ratelimit.NewMemory(nil), opts)
		if !errors.Is(err, boltlimit.ErrInUse) || !strings.Contains(err.Error(), path) {
			t.Errorf("Keep with %+v beside another process: %v, %v", opts, k, err)
		}
	}
	p.stdin.Close()
	k, err := boltlimit.Keep(path, ratelimit.NewMemory(nil), &boltlimit.Options{LockTimeout: time.Minute})
	if err != nil {
		t.Fatalf("Keep while the other process lets go: %v", err)
	}
	if _, err := boltlimit.Keep(path, ratelimit.NewMemory(nil), &boltlimit.Options{LockTimeout: -1}); !errors.Is(err, boltlimit.ErrInUse) {
		t.Errorf("Keep beside another Keeper of this process: %v", err)
	}
	if err := k.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := k.Close(t.Context()); !errors.Is(err, boltlimit.ErrClosed) {
		t.Errorf("closing again: %v", err)
	}
}
