package boltstore

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
)

// A head that is sound in itself and does not go with the last commit is
// noticed when the file is opened.
func TestHeadGoesWithTheLastCommit(t *testing.T) {
	for what, change := range map[string]func(*head){
		"as it was":           func(*head) {},
		"another next id":     func(h *head) { h.NextID++ },
		"a version ahead":     func(h *head) { h.Version++ },
		"a version back":      func(h *head) { h.Version-- },
		"no commit after all": func(h *head) { h.Version = 0 },
	} {
		path := filepath.Join(t.TempDir(), "catalog.db")
		s, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for version := uint64(1); version <= 2; version++ {
			if err := s.Append(t.Context(), version-1, catalog.Commit{Version: version, NextID: 10 * version}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.db.Update(func(tx *bbolt.Tx) error {
			h, err := readHead(tx)
			if err != nil {
				return err
			}
			change(&h)
			return tx.Bucket([]byte(bucketMeta)).Put([]byte(keyHead), seal([]byte(keyHead), h.bytes()))
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, err = Open(path, nil)
		if err == nil {
			err = s.Close()
		}
		if sound := what == "as it was"; sound != (err == nil) || !sound && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
