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

// loadRows is what the benchmarks of reading read: as many securables as a
// large company has, as the catalog stores them.
const loadRows = 100_000

func securable(i int) catalog.Change {
	value, _ := json.Marshal(storedRow{
		Type: "model_service", Parent: 17, Name: fmt.Sprint("service-", i), Owner: 12, Comment: "answers for team " + fmt.Sprint(i%100),
		Spec:      json.RawMessage(`{"destinations":[{"model":"system.ai.large","percent":100}],"rate_limits":{"limits":[{"calls":100}]}}`),
		CreatedAt: time.Unix(int64(i), 0).UTC(), CreatedBy: "alice@example.com",
		UpdatedAt: time.Unix(int64(i), 0).UTC(), UpdatedBy: "alice@example.com", Revision: uint64(i),
	})
	return catalog.Change{RowKey: catalog.RowKey{Kind: catalog.RowSecurable, Key: fmt.Sprint(i)}, Value: value}
}

type storedRow struct {
	Type      string          `json:"type"`
	Parent    uint64          `json:"parent"`
	Name      string          `json:"name"`
	Owner     uint64          `json:"owner"`
	Comment   string          `json:"comment"`
	Spec      json.RawMessage `json:"spec"`
	CreatedAt time.Time       `json:"created_at"`
	CreatedBy string          `json:"created_by"`
	UpdatedAt time.Time       `json:"updated_at"`
	UpdatedBy string          `json:"updated_by"`
	Revision  uint64          `json:"revision"`
}

// BenchmarkLoad reads all rows of a store, and does nothing with them or
// decodes each; BenchmarkBareLoad does the same with the same keys and values
// in one bucket.
func BenchmarkLoad(b *testing.B) {
	s := open(b, b.TempDir())
	defer s.Close()
	for version := range uint64(10) {
		c := catalog.Commit{Version: version + 1, NextID: loadRows + 1}
		for i := range loadRows / 10 {
			c.Changes = append(c.Changes, securable(int(version)*loadRows/10+i))
		}
		if err := s.Append(b.Context(), version, c); err != nil {
			b.Fatal(err)
		}
	}
	for name, put := range map[string]func([]byte) error{"read": noDecode, "decode": decodeRow} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(b.Context(), func(_ catalog.RowKey, value []byte) error { return put(value) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBareLoad(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error {
		rows, err := tx.CreateBucket([]byte("rows"))
		if err != nil {
			return err
		}
		for i := range loadRows {
			change := securable(i)
			if err := rows.Put([]byte(string(change.Kind)+"\x00"+change.Key), change.Value); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for name, put := range map[string]func([]byte) error{"read": noDecode, "decode": decodeRow} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := db.View(func(tx *bbolt.Tx) error {
					return tx.Bucket([]byte("rows")).ForEach(func(_, value []byte) error { return put(value) })
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func noDecode([]byte) error { return nil }

func decodeRow(value []byte) error {
	var row storedRow
	return json.Unmarshal(value, &row)
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
