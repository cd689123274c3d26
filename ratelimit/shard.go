package ratelimit

import "sync"

// The shards lie in three bands. Locks are taken in ascending order and a
// service's buckets are the busiest, so they are locked last and shortest.
const (
	callerShards  = 256
	groupShards   = 64
	serviceShards = 64

	firstGroupShard   = callerShards
	firstServiceShard = callerShards + groupShards
	shardCount        = callerShards + groupShards + serviceShards
)

const (
	// smallShard is the number of accounts below which a shard is not worth
	// sweeping.
	smallShard = 16

	// sweepTicks is how long a shard that is in use goes unswept: five
	// minutes.
	sweepTicks = 5 * slots
)

// shard holds the accounts of some owners. No two of its words share a cache
// line with another shard's.
type shard struct {
	mu       sync.Mutex
	accounts map[owner]*account
	sweepAt  int   // sweep when there are more accounts than this
	swept    int64 // tick of the last sweep
	_        [32]byte
}

// owner is all of a Bucket that its siblings share: one look-up serves the
// requests and the tokens of a minute and of an hour.
type owner struct {
	service   uint64
	principal uint64
	key       Key
}

// account holds the windows of one owner, by [Bucket.place]; nil is empty.
type account [4]*window

func (b *Bucket) owner() owner {
	return owner{b.Service, b.Principal, b.Key}
}

// place returns the place of a valid bucket in its owner's account.
func (b *Bucket) place() uint8 {
	return uint8(b.Period-Minute)<<1 | uint8(b.Dimension-Requests)
}

func isTokens(place uint8) bool { return place&1 != 0 }

// slot returns the slot of b's period at tick t.
func (b *Bucket) slot(t int64) int64 { return t / b.Period.ticks() }

// shard returns the index of the shard that b lives in.
func (b *Bucket) shard() uint16 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 / golden ratio: spreads small ids
	h := b.Service*odd ^ b.Principal
	h = (h ^ h>>32) * odd >> 48
	switch b.Key {
	case KeyService:
		return uint16(firstServiceShard + h%serviceShards)
	case KeyUserGroup:
		return uint16(firstGroupShard + h%groupShards)
	}
	return uint16(h % callerShards)
}

// sweep forgets idle windows, and accounts without any, and returns how many
// windows that were. mu is held.
func (s *shard) sweep(t int64) (forgotten int64) {
	before := len(s.accounts)
	for o, a := range s.accounts {
		left := 0
		for i, w := range a {
			switch {
			case w == nil:
			case w.idle(slotAt(uint8(i), t)):
				a[i] = nil
				forgotten++
			default:
				left++
			}
		}
		if left == 0 {
			delete(s.accounts, o)
		}
	}
	s.swept = t
	s.sweepAt = max(2*len(s.accounts), smallShard)
	if before > 4*s.sweepAt {
		// A map never shrinks by itself.
		smaller := make(map[owner]*account, len(s.accounts))
		for o, a := range s.accounts {
			smaller[o] = a
		}
		s.accounts = smaller
	}
	return forgotten
}

// slotAt returns the slot at tick t of the window in the given place.
func slotAt(place uint8, t int64) int64 {
	return t / (Minute + Period(place>>1)).ticks()
}
