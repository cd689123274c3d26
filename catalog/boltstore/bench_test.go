package boltstore_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
)

// BenchmarkAppend is one commit of one row; BenchmarkBareBolt puts the same
// bytes, one put a transaction, into one bucket.
func BenchmarkAppend(b *testing.B) {
	s := open(b, b.TempDir())
	defer s.Close()
	b.ReportAllocs()
	version := uint64(0)
	for b.Loop() {
		if err := s.Append(b.Context(), version, oneRow(version+1)); err != nil {
			b.Fatal(err)
		}
		version++
	}
}

func BenchmarkBareBolt(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("log"))
		return err
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	version := uint64(0)
	for b.Loop() {
		version++
		text, err := json.Marshal(oneRow(version))
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("log")).Put(binary.BigEndian.AppendUint64(nil, version), text)
		}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	s := open(b, b.TempDir())
	defer s.Close()
	c := catalog.Commit{Version: 1, NextID: 10_001}
	for i := range 10_000 {
		change := oneRow(uint64(i)).Changes[0]
		c.Changes = append(c.Changes, change)
	}
	if err := s.Append(b.Context(), 0, c); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Load(b.Context(), func(catalog.RowKey, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func oneRow(version uint64) catalog.Commit {
	key := fmt.Sprintf("%d/17/EXECUTE", version)
	return catalog.Commit{
		Version: version, NextID: version + 1, Actor: "alice@example.com", At: time.Unix(int64(version), 0).UTC(),
		Changes: []catalog.Change{{
			RowKey: catalog.RowKey{Kind: catalog.RowGrant, Key: key}, Value: json.RawMessage(`{}`),
		}},
	}
}
