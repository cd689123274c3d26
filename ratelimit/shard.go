package ratelimit

import (
	"math"
	"sync"
)

// The shards lie in two bands, and locks are taken in ascending order. The
// buckets of callers and of tags come first: there are many and each is quiet.
// Those of services and groups, which are few and hot, come last and are locked
// shortest; each of their shards is as many locks as there are lanes.
const (
	callerShards = 256
	sharedShards = 64
)

const (
	// smallShard is the number of owners below which a shard is not worth
	// sweeping.
	smallShard = 16

	// sweepTicks is how long a shard that is in use goes unswept: five
	// minutes.
	sweepTicks = 5 * slots

	// followTicks is how long after an Export of changes the next is awaited:
	// ten minutes.
	followTicks = 10 * slots
	never       = math.MinInt64 / 2
)

// shard holds the counts of some owners; spreads in the shared band, accounts
// in the other. No two of its words share a cache line with another shard's.
type shard struct {
	mu       sync.Mutex
	accounts map[owner]*account
	spreads  map[owner]*spread
	sweepAt  int   // sweep when there are more owners than this
	swept    int64 // tick of the last sweep
	tally    [dimensions]Tally
	_        [48]byte
}

// owner is all of a Bucket that its siblings share: one look-up serves all its
// places.
type owner struct {
	service   uint64
	principal uint64
	key       Key
}

func (b *Bucket) owner() owner { return owner{b.Service, b.Principal, b.Key} }

// sameOwner is b.owner() == other.owner().
func (b *Bucket) sameOwner(other *Bucket) bool {
	return b.Principal == other.Principal && b.Service == other.Service && b.Key == other.Key
}

// shared reports whether many callers meet in the owner's buckets.
func (o *owner) shared() bool { return o.key == KeyService || o.key == KeyUserGroup }

// The places of an owner's buckets: requests and tokens of a minute, of an
// hour, and the calls under way.
const (
	places          = 5
	concurrentPlace = 4
	dimensions      = 3
)

// place returns the place of a valid bucket among its owner's.
func (b *Bucket) place() uint8 {
	if b.Dimension == Concurrent {
		return concurrentPlace
	}
	return uint8(b.Period-Minute)<<1 | uint8(b.Dimension-Requests)
}

// dimensionAt returns the dimension of the bucket in a place.
func dimensionAt(place uint8) Dimension {
	if place == concurrentPlace {
		return Concurrent
	}
	return Requests + Dimension(place&1)
}

// periodAt returns the period of the bucket in a place, 0 for calls under way.
func periodAt(place uint8) Period {
	if place == concurrentPlace {
		return 0
	}
	return Minute + Period(place>>1)
}

// slotAt returns the slot of a place at tick t. Calls under way know no time.
func slotAt(place uint8, t int64) int64 {
	switch {
	case place < 2:
		return t
	case place < concurrentPlace:
		return t / hourTicks
	}
	return 0
}

// hash spreads owners, whose ids are small and close together.
func (o *owner) hash() uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 / golden ratio
	h := o.service*odd ^ o.principal
	return (h ^ h>>32) * odd >> 48
}

// shard returns the index of the first lock of the shard that o lives in.
func (m *Memory) shard(o *owner) int32 {
	if o.shared() {
		return callerShards + int32(o.hash()%sharedShards)<<m.lanes.shift
	}
	return int32(o.hash() % callerShards)
}

// marks is a set of owners by their hash modulo 64. Two owners may look like
// one, which costs a look and no more.
type marks uint64

func (b *Bucket) mark() marks {
	o := b.owner()
	return 1 << (o.hash() % 64)
}

// mark returns the mark of the owners that live in the shard with this lock.
func (m *Memory) mark(lock int) marks {
	if lock >= callerShards {
		lock = (lock - callerShards) >> m.lanes.shift
	}
	return 1 << (lock % 64)
}
