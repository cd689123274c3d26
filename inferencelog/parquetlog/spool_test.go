package parquetlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// left makes a folder as a killed process leaves it, with four batches of three rows in a spool. It returns the spool's
// content and the sizes that it had after each batch.
func left(t *testing.T) (registry, spool []byte, sizes []int64) {
	t.Helper()
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	for n := range 4 {
		write(t, sink, 1, inferencelogtest.Plain(fmt.Sprint(n, "a"), 3*n),
			inferencelogtest.Plain(fmt.Sprint(n, "b"), 3*n+1), inferencelogtest.Plain(fmt.Sprint(n, "c"), 3*n+2))
		info, err := os.Stat(files(t, dir, 1, "*.rows")[0])
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	spool, err := os.ReadFile(files(t, dir, 1, "*.rows")[0])
	if err != nil {
		t.Fatal(err)
	}
	registry, err = os.ReadFile(filepath.Join(dir, "tables.json"))
	if err != nil {
		t.Fatal(err)
	}
	return registry, spool, sizes
}

// found opens a folder with that spool and returns the ids of its rows and how many spools were set aside.
func found(t *testing.T, registry, spool []byte) (got []string, aside int) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "t_1"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"tables.json": registry, "t_1/spool-0000000001.rows": spool} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sink := open(t, dir, nil)
	before := ids(t, sink, 1)
	if err := sink.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got = ids(t, sink, 1)
	if !slices.Equal(before, got) {
		t.Fatalf("rows %q in the spool, %q in the file", before, got)
	}
	aside = len(files(t, dir, 1, "*.damaged"))
	if told := sink.Err() != nil; told != (aside > 0) {
		t.Fatalf("%d spools set aside, and the sink says %v", aside, sink.Err())
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return got, aside
}

// rowsOf returns the ids that batches have, newest first.
func rowsOf(batches ...int) (list []string) {
	for _, n := range slices.Backward(batches) {
		list = append(list, fmt.Sprint(n, "c"), fmt.Sprint(n, "b"), fmt.Sprint(n, "a"))
	}
	return list
}

// Wherever a spool ends, it has the batches that are whole.
func TestTornSpool(t *testing.T) {
	t.Parallel()
	registry, spool, sizes := left(t)
	for cut := 0; cut <= len(spool); cut += 41 {
		for _, tail := range []int{0, 5, 5000} { // zeros, as a power cut leaves them
			torn := append(slices.Clone(spool[:cut]), make([]byte, tail)...)
			var whole []int
			for n, size := range sizes {
				if int64(len(torn)) >= size && bytes.Equal(torn[:size], spool[:size]) {
					whole = append(whole, n)
				}
			}
			if got, aside := found(t, registry, torn); !slices.Equal(got, rowsOf(whole...)) || aside > 0 && tail == 0 {
				t.Fatalf("cut at %d, %d zeros: rows %q, want %q; %d set aside", cut, tail, got, rowsOf(whole...), aside)
			}
		}
	}
}

// A batch that is damaged is left out whole; those after it are there when its length can be trusted; and the spool is
// kept for whoever wants to look.
func TestDamagedSpool(t *testing.T) {
	t.Parallel()
	registry, spool, sizes := left(t)
	for at := 0; at < len(spool); at += 37 {
		bad := slices.Clone(spool)
		bad[at] ^= 0x10
		got, aside := found(t, registry, bad)
		if aside != 1 {
			t.Fatalf("byte %d changed: %d spools set aside", at, aside)
		}
		hit := 0
		for hit < len(sizes) && sizes[hit] <= int64(at) {
			hit++
		}
		var before, others []int
		for n := range sizes {
			if n < hit {
				before = append(before, n)
			}
			if n != hit {
				others = append(others, n)
			}
		}
		if !slices.Equal(got, rowsOf(before...)) && !slices.Equal(got, rowsOf(others...)) && len(got) > 0 {
			t.Fatalf("byte %d of batch %d changed: rows %q", at, hit, got)
		}
		if start := sizes[max(hit-1, 0)]; hit > 0 && int64(at) >= start+16 && !slices.Equal(got, rowsOf(others...)) {
			t.Fatalf("byte %d in the content of batch %d changed: rows %q", at, hit, got)
		}
	}
}

// A process that ends after a file is there and before its spool is gone leaves no row twice.
func TestSpoolBesideItsFile(t *testing.T) {
	dir := t.TempDir()
	sink := open(t, dir, nil)
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("r", 1), inferencelogtest.Plain("s", 2))
	path := files(t, dir, 1, "*.rows")[0]
	spool, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sink.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, spool, 0o600); err != nil {
			t.Fatal(err)
		}
		sink = open(t, dir, nil)
		if got := ids(t, sink, 1); !slices.Equal(got, []string{"s", "r"}) {
			t.Fatalf("rows %q", got)
		}
	}
}

// What a write that failed has left in the file is not there any more when a shorter one follows it and the process
// ends.
func TestFailedWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	var full atomic.Bool
	sink, err := parquetlog.OpenFailing(dir, nil, func(op, path string) error {
		if full.Load() && (op == "write" || op == "truncate") {
			return errDisk
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	create(t, sink, 1)
	write(t, sink, 1, inferencelogtest.Plain("first", 1))
	full.Store(true)
	long := inferencelogtest.Plain("long", 2)
	long.Request = bytes.Repeat([]byte("long "), 1000)
	if err := sink.Write(t.Context(), 1, []*inferencelog.Record{long}); !errors.Is(err, errDisk) {
		t.Fatal(err)
	}
	full.Store(false)
	write(t, sink, 1, inferencelogtest.Plain("second", 3))
	registry, err := os.ReadFile(filepath.Join(dir, "tables.json"))
	if err != nil {
		t.Fatal(err)
	}
	spool, err := os.ReadFile(files(t, dir, 1, "*.rows")[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, aside := found(t, registry, spool); !slices.Equal(got, []string{"second", "first"}) || aside > 0 {
		t.Fatalf("rows %q, %d spools set aside", got, aside)
	}
}

// A damaged spool is told of for as long as it is there, also where it cannot be set aside, and where the process ends
// before it is.
func TestDamageIsNotForgotten(t *testing.T) {
	registry, spool, sizes := left(t)
	spool[sizes[0]+20] ^= 1 // in the second batch
	for _, crash := range []bool{false, true} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "t_1"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{"tables.json": registry, "t_1/spool-0000000001.rows": spool} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var over atomic.Bool // nothing is changed any more
		sink, err := parquetlog.OpenFailing(dir, nil, func(op, path string) error {
			if aside := op == "rename" && strings.HasSuffix(path, ".damaged"); aside && crash {
				over.Store(true)
			} else if !aside && !over.Load() {
				return nil
			}
			return errDisk
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Flush(t.Context()); err != nil && !crash {
			t.Fatal(err)
		}
		for range 2 {
			if got := ids(t, sink, 1); !slices.Equal(got, rowsOf(0, 2, 3)) {
				t.Errorf("crash %v: rows %q", crash, got)
			}
			if sink.Err() == nil {
				t.Errorf("crash %v: spools %q, and the sink says nothing", crash, files(t, dir, 1, "spool*"))
			}
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
			if got := files(t, dir, 1, "spool*"); len(got) != 1 {
				t.Fatalf("crash %v: left %q", crash, got)
			}
			sink = open(t, dir, nil)
		}
		if aside := files(t, dir, 1, "*.damaged"); len(aside) != 1 {
			t.Errorf("crash %v: set aside %q", crash, aside)
		}
	}
}
