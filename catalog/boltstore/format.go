package boltstore

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/catalog"
)

// The buckets, and the keys of meta. Every value is sealed.
const (
	bucketRows = "rows" // row key -> stored row
	bucketLog  = "log"  // version, big-endian -> commit as JSON
	bucketMeta = "meta"

	keyFormat  = "format"
	keyHead    = "head"
	keyTrimmed = "trimmed" // the newest version that is forgotten; absent for none

	format = "modelward catalog 1"
)

// head is where the store stands, and how many rows it has.
type head struct {
	catalog.Head
	rows uint64
}

func (h head) bytes() []byte {
	b := binary.BigEndian.AppendUint64(nil, h.Version)
	b = binary.BigEndian.AppendUint64(b, h.NextID)
	return binary.BigEndian.AppendUint64(b, h.rows)
}

func readHead(tx *bbolt.Tx) (head, error) {
	b, err := get(tx, bucketMeta, []byte(keyHead))
	if err != nil {
		return head{}, err
	}
	if len(b) != 24 {
		return head{}, damaged("head has %d bytes", len(b))
	}
	return head{
		Head: catalog.Head{Version: binary.BigEndian.Uint64(b), NextID: binary.BigEndian.Uint64(b[8:])},
		rows: binary.BigEndian.Uint64(b[16:]),
	}, nil
}

// readTrimmed returns the newest version that is no longer in the log.
func readTrimmed(tx *bbolt.Tx) (uint64, error) {
	if meta := tx.Bucket([]byte(bucketMeta)); meta != nil && meta.Get([]byte(keyTrimmed)) == nil {
		return 0, nil
	}
	b, err := get(tx, bucketMeta, []byte(keyTrimmed))
	if err != nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, damaged("trimmed has %d bytes", len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}

// get returns what is sealed under a key that must be there.
func get(tx *bbolt.Tx, bucket string, key []byte) ([]byte, error) {
	b := tx.Bucket([]byte(bucket))
	if b == nil {
		return nil, damaged("no bucket %s", bucket)
	}
	return unseal(bucket, key, b.Get(key))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// seal puts the checksum of key and value ahead of the value.
func seal(key, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(value)), checksum(key, value)), value...)
}

func unseal(bucket string, key, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 || binary.BigEndian.Uint32(sealed) != checksum(key, sealed[4:]) {
		return nil, damaged("checksum of %s %q", bucket, key)
	}
	return sealed[4:], nil
}

func logKey(version uint64) []byte { return binary.BigEndian.AppendUint64(nil, version) }

// rowKey joins kind and key by a NUL, which no kind holds.
func rowKey(key catalog.RowKey) []byte {
	b := make([]byte, 0, len(key.Kind)+1+len(key.Key))
	b = append(b, key.Kind...)
	b = append(b, 0)
	return append(b, key.Key...)
}

// splitRowKey is the inverse of rowKey. Given the kind of the row before, it
// does not make the same text again.
func splitRowKey(b []byte, before catalog.RowKind) (catalog.RowKey, error) {
	kind, key, ok := bytes.Cut(b, []byte{0})
	if !ok {
		return catalog.RowKey{}, damaged("row key %q", b)
	}
	if string(kind) != string(before) {
		before = catalog.RowKind(kind)
	}
	return catalog.RowKey{Kind: before, Key: string(key)}, nil
}
