package boltlimit

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"go.etcd.io/bbolt"
)

// The buckets, and the keys of meta. Every value is sealed.
const (
	bucketCounts = "counts" // row key -> row
	bucketMeta   = "meta"

	keyFormat = "format"
	keyHead   = "head"

	formatName = "modelward limits 1"
)

// format writes what makes an empty file one of ours.
func format(tx *bbolt.Tx) error {
	for _, name := range []string{bucketCounts, bucketMeta} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return fmt.Errorf("boltlimit: create: %w", err)
		}
	}
	if err := putMeta(tx, keyFormat, []byte(formatName)); err != nil {
		return err
	}
	return putMeta(tx, keyHead, head{}.bytes())
}

// checkFormat reports why a file is not one of ours.
func checkFormat(tx *bbolt.Tx) error {
	is, err := getMeta(tx, keyFormat)
	switch {
	case err != nil:
		return err
	case string(is) != formatName:
		return fmt.Errorf("boltlimit: file has format %q, not %q", is, formatName)
	case tx.Bucket([]byte(bucketCounts)) == nil:
		return damaged("a bucket is missing")
	}
	return nil
}

// head is about all rows.
type head struct {
	saved int64 // when the file was written, in microseconds since 1970; 0 for never
	rows  int64
}

func (h head) bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(h.saved)), uint64(h.rows))
}

func readHead(tx *bbolt.Tx) (head, error) {
	b, err := getMeta(tx, keyHead)
	if err != nil {
		return head{}, err
	}
	if len(b) != 16 {
		return head{}, damaged("head has %d bytes", len(b))
	}
	return head{int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))}, nil
}

// back returns how far the clock was set back since the file was written.
func (h head) back(now time.Time) time.Duration {
	if h.saved == 0 {
		return 0
	}
	return max(time.UnixMicro(h.saved).Sub(now), 0)
}

func putMeta(tx *bbolt.Tx, key string, value []byte) error {
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(key), seal([]byte(key), append(make([]byte, 4), value...)))
}

func getMeta(tx *bbolt.Tx, key string) ([]byte, error) {
	b := tx.Bucket([]byte(bucketMeta))
	if b == nil {
		return nil, damaged("no bucket %s", bucketMeta)
	}
	return unseal([]byte(key), b.Get([]byte(key)))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal fills in the checksum, of key and value, that the first four bytes of a
// sealed value are left for.
func seal(key, sealed []byte) []byte {
	binary.BigEndian.PutUint32(sealed, checksum(key, sealed[4:]))
	return sealed
}

func unseal(key, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 || binary.BigEndian.Uint32(sealed) != checksum(key, sealed[4:]) {
		return nil, damaged("checksum of %q", key)
	}
	return sealed[4:], nil
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}
