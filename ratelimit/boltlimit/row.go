package boltlimit

import (
	"encoding/binary"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

// slots is how many slots make a period (see package ratelimit).
const slots = 60

// row is what is kept of one bucket.
type row struct {
	key    rowKey
	counts []count // the oldest first; none when nothing is left
}

// rowKey is a bucket as bytes.
type rowKey [8 + 8 + 3]byte

// count is what was taken in one slot.
type count struct {
	slot   int64 // slots of the bucket's period since 1970
	amount int64 // above 0
}

// slotLength returns the length of a slot.
func slotLength(p ratelimit.Period) time.Duration { return p.Duration() / slots }

// hair is how much later than it really did a slot may be said to begin. It
// comes of reading a clock twice, and must not make a slot of it.
const hair = time.Millisecond

// slotAt returns the slot that began at a time, the next one if there is no
// such: what is kept too long forgives nothing.
func slotAt(p ratelimit.Period, at time.Time) int64 {
	length := slotLength(p)
	at = at.Add(length - hair)
	return floorDiv(at.Unix(), int64(length/time.Second))
}

// begin returns when a slot began.
func begin(p ratelimit.Period, slot int64) time.Time {
	return time.Unix(slot*int64(slotLength(p)/time.Second), 0)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// add adds what c says of the row's bucket.
func (r *row) add(c ratelimit.Count) {
	if c.Amount <= 0 {
		return
	}
	slot := slotAt(c.Bucket.Period, c.At)
	if last := len(r.counts) - 1; last >= 0 && slot <= r.counts[last].slot {
		r.counts[last].amount += min(c.Amount, 1<<63-1-r.counts[last].amount)
		return
	}
	r.counts = append(r.counts, count{slot, c.Amount})
}

// expired reports whether everything in a row has left its window at now.
func (r *row) expired(now time.Time) bool {
	if len(r.counts) == 0 {
		return true
	}
	newest := r.counts[len(r.counts)-1].slot
	return begin(r.key.bucket().Period, newest+slots+1).Before(now)
}

func keyOf(b ratelimit.Bucket) (k rowKey) {
	binary.BigEndian.PutUint64(k[:], b.Service)
	binary.BigEndian.PutUint64(k[8:], b.Principal)
	k[16], k[17], k[18] = byte(b.Key), byte(b.Period), byte(b.Dimension)
	return k
}

func (k *rowKey) bucket() ratelimit.Bucket {
	return ratelimit.Bucket{
		Service:   binary.BigEndian.Uint64(k[:]),
		Principal: binary.BigEndian.Uint64(k[8:]),
		Key:       ratelimit.Key(k[16]),
		Period:    ratelimit.Period(k[17]),
		Dimension: ratelimit.Dimension(k[18]),
	}
}

// appendValue appends the counts as bytes: the first slot, and then for every
// count how many slots it is after the one before, and its amount.
func (r *row) appendValue(b []byte) []byte {
	before := r.counts[0].slot
	b = binary.AppendVarint(b, before)
	for _, c := range r.counts {
		b = binary.AppendUvarint(b, uint64(c.slot-before))
		b = binary.AppendUvarint(b, uint64(c.amount))
		before = c.slot
	}
	return b
}

// sealed returns the value of a row as it is kept.
func (r *row) sealed() []byte {
	return seal(r.key[:], r.appendValue(make([]byte, 4, 4+8+4*len(r.counts))))
}

// readRow reads what is under a key.
func readRow(key, sealed []byte) (row, error) {
	value, err := unseal(key, sealed)
	if err != nil {
		return row{}, err
	}
	var r row
	if copy(r.key[:], key) < len(key) || len(key) < len(r.key) {
		return row{}, damaged("key %x", key)
	}
	if b := r.key.bucket(); slotLength(b.Period) == 0 || b.Dimension != ratelimit.Requests && b.Dimension != ratelimit.Tokens {
		return row{}, damaged("key %x", key)
	}
	slot, n := binary.Varint(value)
	for first := true; n > 0 && (len(value) > n || first); first = false {
		value = value[n:]
		after, m := binary.Uvarint(value)
		if m <= 0 || (after == 0) != first || after > slots {
			return row{}, damaged("row %x", key)
		}
		value = value[m:]
		var amount uint64
		if amount, n = binary.Uvarint(value); n <= 0 || amount == 0 || amount > 1<<63-1 {
			return row{}, damaged("row %x", key)
		}
		slot += int64(after)
		r.counts = append(r.counts, count{slot, int64(amount)})
	}
	if n <= 0 {
		return row{}, damaged("row %x", key)
	}
	return r, nil
}
