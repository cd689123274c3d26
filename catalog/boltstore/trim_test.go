package boltstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// bulky is a commit of about so many bytes.
func bulky(version uint64, size int) catalog.Commit {
	value, _ := json.Marshal(strings.Repeat("x", size))
	return catalog.Commit{Version: version, NextID: version + 1, Changes: []catalog.Change{
		{RowKey: catalog.RowKey{Kind: catalog.RowSecurable, Key: "1"}, Value: value},
	}}
}

// A store that is trimmed now and then keeps its size.
func TestTrimGivesPagesBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "catalog.db")
	s := open(t, dir)
	defer s.Close()
	version, first := uint64(0), int64(0)
	for round := range 8 {
		for range 20 {
			version++
			if err := s.Append(t.Context(), version-1, bulky(version, 20_000)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Trim(t.Context(), version-uint64(round%2)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			first = info.Size()
		}
		if info.Size() > 2*first {
			t.Fatalf("after %d rounds the file has %d bytes, after one %d", round+1, info.Size(), first)
		}
	}
}

// patient is a context that is done at the n-th look.
type patient struct {
	context.Context
	looks int
}

func (p *patient) Err() error {
	if p.looks--; p.looks < 0 {
		return context.Canceled
	}
	return nil
}

// A long history goes in several transactions, the oldest commits first, and
// what a trim that was stopped has left is sound.
func TestTrimInParts(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	defer func() { s.Close() }()
	const commits = 24
	for version := range uint64(commits) {
		if err := s.Append(t.Context(), version, bulky(version+1, 600_000)); err != nil {
			t.Fatal(err)
		}
	}
	last, stops := uint64(0), 0
	for {
		err := s.Trim(&patient{t.Context(), 1}, commits)
		if err == nil {
			break
		}
		if stops++; !errors.Is(err, context.Canceled) {
			t.Fatalf("Trim: %v", err)
		}
		var trimmed *catalog.TrimmedError
		for _, err := range s.Watch(t.Context(), last) {
			if !errors.As(err, &trimmed) {
				t.Fatalf("a watch yields %v", err)
			}
		}
		if trimmed.Through <= last || trimmed.Through-last > commits/2 {
			t.Fatalf("a part of the trim goes from %d through %d", last, trimmed.Through)
		}
		last = trimmed.Through
		for c, err := range s.Watch(t.Context(), last) {
			if err != nil || c.Version != last+1 {
				t.Fatalf("after %d there is version %d, %v", last, c.Version, err)
			}
			break
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
	}
	if stops < 2 {
		t.Errorf("%d commits of 600 kB were trimmed in %d transactions", commits, stops+1)
	}
	head, err := s.Load(t.Context(), func(catalog.RowKey, []byte) error { return nil })
	if err != nil || head.Version != commits {
		t.Errorf("after Trim the store stands at %+v, %v", head, err)
	}
}

// A trimmed file that was edited is found out like any other.
func TestEditedTrimmed(t *testing.T) {
	meta := func(tx *bbolt.Tx) *bbolt.Bucket { return tx.Bucket([]byte("meta")) }
	for what, edit := range map[string]func(tx *bbolt.Tx) error{
		"nothing":     func(tx *bbolt.Tx) error { return nil },
		"mark lost":   func(tx *bbolt.Tx) error { return meta(tx).Delete([]byte("trimmed")) },
		"mark edited": func(tx *bbolt.Tx) error { return meta(tx).Put([]byte("trimmed"), make([]byte, 12)) },
		"oldest lost": func(tx *bbolt.Tx) error { return history(tx).Delete(version(6)) },
		"newest lost": func(tx *bbolt.Tx) error { return history(tx).Delete(version(8)) },
		"all lost": func(tx *bbolt.Tx) error {
			return errors.Join(history(tx).Delete(version(6)), history(tx).Delete(version(7)), history(tx).Delete(version(8)))
		},
		"one restored": func(tx *bbolt.Tx) error { return history(tx).Put(version(5), history(tx).Get(version(6))) },
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			s, err := boltstore.Open(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for version := range uint64(8) {
				if err := s.Append(t.Context(), version, commitOf(version+1)); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(s.Trim(t.Context(), 5), s.Close()); err != nil {
				t.Fatal(err)
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(edit), db.Close()); err != nil {
				t.Fatal(err)
			}
			s, err = boltstore.Open(path, nil)
			if err == nil {
				s.Close()
			}
			if what == "nothing" && err != nil || what != "nothing" && !errors.Is(err, boltstore.ErrDamaged) {
				t.Errorf("Open: %v", err)
			}
		})
	}
}

// The history of a store can be kept short while it is in use.
func ExampleStore_Trim() {
	dir, err := os.MkdirTemp("", "boltstore")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	store, err := boltstore.Open(filepath.Join(dir, "catalog.db"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := catalog.Open(ctx, store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	for _, name := range []string{"alice", "bob", "carol"} {
		if _, err := c.Update(ctx, "admin", func(tx *catalog.Tx) error {
			_, err := tx.CreatePrincipal(catalog.User, name)
			return err
		}); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(c.TrimHistory(ctx, 3))
	for e, err := range c.History(ctx, 3) {
		fmt.Println(e.Version, e.Changes[0].Kind, e.Changes[0].To.Name, err)
	}
	for _, err := range c.History(ctx, 0) {
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// 4 principal_created carol <nil>
	// catalog: history: catalog: history is trimmed through version 3
}
