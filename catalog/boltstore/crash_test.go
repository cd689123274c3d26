package boltstore_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// A process is killed again and again, while it opens the file and while it
// appends. What it had acknowledged is there each time, and nothing in part.
func TestKilled(t *testing.T) {
	const kills = 20
	path := filepath.Join(t.TempDir(), "catalog.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	acknowledged, midway := uint64(0), 0
	for kill := range kills {
		p := start(t, "append", path)
		// Some processes die before the file is open, the others after a few
		// commits, wherever they are by then.
		wait := 2 + random.IntN(30)
		if kill%7 == 0 {
			wait = 1
		}
		hear := func(line string) {
			if version, err := strconv.ParseUint(line, 10, 64); err == nil {
				acknowledged = version
			} else if line != "opening" && line != "open" {
				t.Fatalf("the child says %q", line)
			}
		}
		for range wait {
			hear(p.line())
		}
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for line := p.line(); line != ""; line = p.line() {
			hear(line) // what it had said before it died
		}
		_ = p.Wait() // "signal: killed"
		newest := checkWhole(t, path)
		if newest < acknowledged || newest > acknowledged+1 {
			t.Fatalf("kill %d: version %d was acknowledged, the file has %d", kill, acknowledged, newest)
		}
		if newest > acknowledged {
			midway++
		}
		acknowledged = newest
	}
	t.Logf("%d commits, %d of them durable and not yet acknowledged at a kill", acknowledged, midway)
	if acknowledged == 0 {
		t.Error("no child has committed anything")
	}
}

// checkWhole compares everything in a file with what the commits were.
func checkWhole(t *testing.T, path string) uint64 {
	t.Helper()
	s, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatalf("opening again: %v", err)
	}
	defer s.Close()
	got := map[catalog.RowKey]string{}
	head, err := s.Load(t.Context(), func(key catalog.RowKey, value []byte) error {
		got[key] = string(value)
		return nil
	})
	if err != nil {
		t.Fatalf("loading again: %v", err)
	}
	want := map[catalog.RowKey]string{}
	version := uint64(0)
	if head.Version > 0 {
		for c, err := range s.Watch(t.Context(), 0) {
			version++
			should := commitOf(version)
			a, _ := json.Marshal(c)
			b, _ := json.Marshal(should)
			if err != nil || string(a) != string(b) {
				t.Fatalf("version %d, %v\n got %s\nwant %s", version, err, a, b)
			}
			for _, change := range should.Changes {
				if want[change.RowKey] = string(change.Value); change.Value == nil {
					delete(want, change.RowKey)
				}
			}
			if version == head.Version {
				break
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Fatalf("at version %d the rows are not those of the history\n got %v\nwant %v", head.Version, got, want)
	}
	if version > 0 && head.NextID != commitOf(version).NextID {
		t.Fatalf("the head is %+v", head)
	}
	return head.Version
}

func TestSecondProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	p := start(t, "hold", path)
	for p.line() != "open" {
	}
	began := time.Now()
	for _, opts := range []*boltstore.Options{{LockTimeout: -1}, {LockTimeout: 100 * time.Millisecond}, nil} {
		s, err := boltstore.Open(path, opts)
		if !errors.Is(err, boltstore.ErrInUse) {
			t.Errorf("Open with %+v beside another process: %v, %v", opts, s, err)
		}
	}
	if waited := time.Since(began); waited < 900*time.Millisecond {
		t.Errorf("all three gave up after %v", waited)
	}
	p.stdin.Close()
	s, err := boltstore.Open(path, &boltstore.Options{LockTimeout: time.Minute})
	if err != nil {
		t.Fatalf("Open while the other process lets go: %v", err)
	}
	defer s.Close()
	if _, err := boltstore.Open(path, &boltstore.Options{LockTimeout: -1}); !errors.Is(err, boltstore.ErrInUse) {
		t.Errorf("Open beside another Store of this process: %v", err)
	}
}
