package boltstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// state is all that there is to know about a file of the script's: the commits
// are those of commitOf.
type state struct{ version, trimmed uint64 }

// operation is an append, one of several commits together, or a trim through a
// version.
type operation struct{ trim, batch uint64 }

// script grows a file over its first map, and trims it so that pages are used
// again.
var script = []operation{
	{}, {}, {}, {}, {}, {trim: 4}, {}, {}, {trim: 7}, {}, {}, {}, {}, {}, {batch: 3}, {trim: 15}, {batch: 2}, {},
}

func (o operation) do(t testing.TB, s catalog.Store, at state) error {
	if o.trim > 0 {
		return s.Trim(t.Context(), o.trim)
	}
	if o.batch > 0 {
		var cs []catalog.Commit
		for n := range o.batch {
			cs = append(cs, commitOf(at.version+1+n))
		}
		return s.(catalog.Batcher).AppendAll(t.Context(), at.version, cs)
	}
	return s.Append(t.Context(), at.version, commitOf(at.version+1))
}

func (o operation) after(at state) state {
	if o.trim > 0 {
		at.trimmed = max(at.trimmed, o.trim)
	} else {
		at.version += max(1, o.batch)
	}
	return at
}

// fastDir is a folder in memory, where there is one, for tests that sync
// thousands of times and say themselves what a disk would have lost.
func fastDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "boltstore")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// read opens an image of a file and compares everything in it with what its
// state must have.
func read(t testing.TB, image []byte) (state, error) {
	t.Helper()
	path := filepath.Join(fastDir(t), "image.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	s, err := boltstore.Open(path, nil)
	if err != nil {
		return state{}, err
	}
	defer s.Close()
	return readStore(t.Context(), s)
}

func readStore(ctx context.Context, s catalog.Store) (is state, err error) {
	got := map[catalog.RowKey]string{}
	head, err := s.Load(ctx, func(key catalog.RowKey, value []byte) error {
		got[key] = string(value)
		return nil
	})
	if err != nil {
		return is, err
	}
	is.version = head.Version
	want := map[catalog.RowKey]string{}
	for version := uint64(1); version <= head.Version; version++ {
		for _, change := range commitOf(version).Changes {
			if want[change.RowKey] = string(change.Value); change.Value == nil {
				delete(want, change.RowKey)
			}
		}
	}
	if !maps.Equal(got, want) {
		return is, fmt.Errorf("at version %d there are %d rows and should be %d, or they differ", head.Version, len(got), len(want))
	}
	if head.Version == 0 {
		return is, nil
	}
	var trimmed *catalog.TrimmedError
	for _, err := range s.Watch(ctx, 0) {
		if errors.As(err, &trimmed) {
			is.trimmed = trimmed.Through
		}
		break
	}
	if is.trimmed == head.Version {
		return is, nil
	}
	next := is.trimmed
	for c, err := range s.Watch(ctx, is.trimmed) {
		next++
		a, _ := json.Marshal(c)
		b, _ := json.Marshal(commitOf(next))
		if err != nil || string(a) != string(b) {
			return is, fmt.Errorf("the history has %s, %v where version %d was", a, err, next)
		}
		if next == head.Version {
			break
		}
	}
	return is, nil
}
