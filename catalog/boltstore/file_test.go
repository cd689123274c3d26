package boltstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

func TestFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	s, err := boltstore.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode&0o077 != 0 {
		t.Errorf("the file has mode %v", mode)
	}
}

// Files that are not ours are refused and left as they are.
func TestForeignFiles(t *testing.T) {
	for what, make := range map[string]func(path string) error{
		"text":        func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("hello\n", 10_000)), 0o600) },
		"short":       func(path string) error { return os.WriteFile(path, []byte{1}, 0o600) },
		"zeros":       func(path string) error { return os.WriteFile(path, make([]byte, 1<<20), 0o600) },
		"a folder":    func(path string) error { return os.Mkdir(path, 0o700) },
		"no folder":   func(path string) error { return nil },
		"other bbolt": func(path string) error { return bolt(path, map[string]string{"theirs/key": "value"}) },
		"half ours":   func(path string) error { return bolt(path, map[string]string{"rows/key": "value", "log/x": ""}) },
		"newer": func(path string) error {
			const format = "modelward catalog 2"
			sum := crc32.Checksum([]byte("format"+format), crc32.MakeTable(crc32.Castagnoli))
			return bolt(path, map[string]string{"meta/format": string(binary.BigEndian.AppendUint32(nil, sum)) + format})
		},
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "catalog.db")
			if what == "no folder" {
				path = filepath.Join(path, "catalog.db")
			}
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			s, err := boltstore.Open(path, nil)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.HasPrefix(err.Error(), "boltstore: ") {
				t.Errorf("error %v", err)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
			if (what == "newer") != strings.Contains(err.Error(), "catalog 2") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// bolt writes a bbolt file of other content; names are bucket/key.
func bolt(path string, content map[string]string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bbolt.Tx) error {
		for name, value := range content {
			bucket, key, _ := strings.Cut(name, "/")
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			if err != nil {
				return err
			}
			if err := b.Put([]byte(key), []byte(value)); err != nil {
				return err
			}
		}
		return nil
	})
}

// What panics in the function given to Load is the caller's, not damage.
func TestLoadPassesPanicsOn(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	if err := s.Append(t.Context(), 0, commitOf(1)); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if p := recover(); p != "mine" {
				t.Errorf("the panic became %v", p)
			}
		}()
		_, err := s.Load(t.Context(), func(catalog.RowKey, []byte) error { panic("mine") })
		t.Errorf("Load: %v", err)
	}()
	if err := s.Append(t.Context(), 1, commitOf(2)); err != nil {
		t.Errorf("after the panic: %v", err)
	}
}

func TestInvalidInput(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	for what, change := range map[string]catalog.Change{
		"not JSON":     {RowKey: catalog.RowKey{Kind: catalog.RowGrant, Key: "1"}, Value: []byte("{")},
		"key too long": {RowKey: catalog.RowKey{Kind: catalog.RowGrant, Key: strings.Repeat("k", 40_000)}, Value: []byte("{}")},
	} {
		c := catalog.Commit{Version: 1, NextID: 5, Changes: []catalog.Change{change}}
		if err := s.Append(t.Context(), 0, c); err == nil || !strings.HasPrefix(err.Error(), "boltstore: ") || len(err.Error()) > 500 {
			t.Errorf("%s: %.600v", what, err)
		}
	}
	if err := s.Append(t.Context(), 0, commitOf(1)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "boltstore")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "catalog.db")
	ctx := context.Background()
	for _, name := range []string{"alice", "bob"} {
		store, err := boltstore.Open(path, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		c, err := catalog.Open(ctx, store, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		version, err := c.Update(ctx, "admin", func(tx *catalog.Tx) error {
			_, err := tx.CreatePrincipal(catalog.User, name)
			return err
		})
		fmt.Println("version", version, err)
		for p := range c.Snapshot().Principals(catalog.User) {
			fmt.Println(p.Name)
		}
		if err := c.Close(ctx); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// version 2 <nil>
	// alice
	// version 3 <nil>
	// alice
	// bob
}
