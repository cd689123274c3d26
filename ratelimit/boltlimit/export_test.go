package boltlimit

import (
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/modelward/modelward/ratelimit"
)

// Save saves now.
func Save(k *Keeper) error {
	s := <-k.turn
	defer func() { k.turn <- s }()
	return k.save(s)
}

// Rows returns how many rows the file has.
func Rows(k *Keeper) int64 {
	s := <-k.turn
	defer func() { k.turn <- s }()
	return s.head.rows
}

// Bolt returns what writes the file.
func Bolt(k *Keeper) *bbolt.DB {
	s := <-k.turn
	defer func() { k.turn <- s }()
	return s.file.db
}

// Seal returns value as it is kept under key.
func Seal(key, value string) []byte { return seal([]byte(key), append(make([]byte, 4), value...)) }

// CheckRow reads a row, and if there is one, writes it and reads it again.
func CheckRow(t *testing.T, service, principal uint64, key, period, dimension byte, value string) {
	k := keyOf(ratelimit.Bucket{
		Service: service, Principal: principal, Key: ratelimit.Key(key),
		Period: ratelimit.Period(period), Dimension: ratelimit.Dimension(dimension),
	})
	r, err := readRow(k[:], Seal(string(k[:]), value))
	if err != nil {
		return
	}
	r.expired(time.Now())
	again, err := readRow(k[:], r.sealed())
	if err != nil || again.key != r.key || !slices.Equal(again.counts, r.counts) {
		t.Errorf("%+v became %+v, %v", r, again, err)
	}
}
