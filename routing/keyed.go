package routing

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	shardBits = 6
	shardKeys = 256 // 64 shards of 256 keys: the 16,384 of Snapshot
)

// A keyed remembers a T for each of a bounded number of keys. Reading takes no
// lock and touches one pointer where nothing is remembered.
type keyed[T any] struct {
	shards [1 << shardBits]shard[T]
}

type shard[T any] struct {
	mu    sync.Mutex                    // held to add a key; what else it guards is T's affair
	byKey atomic.Pointer[map[uint64]*T] // replaced, never changed
}

func (k *keyed[T]) shard(key uint64) *shard[T] {
	// Fibonacci hashing: keys may be small and consecutive.
	return &k.shards[key*0x9E3779B97F4A7C15>>(64-shardBits)]
}

// find returns what is remembered of key, nil if nothing is.
func (k *keyed[T]) find(key uint64) *T {
	byKey := k.shard(key).byKey.Load()
	if byKey == nil {
		return nil
	}
	return (*byKey)[key]
}

// add remembers fresh for key. Where there is no room it forgets the key whose
// last is oldest, the smallest of several. s.mu is held.
func (s *shard[T]) add(key uint64, fresh *T, last func(*T) time.Duration) {
	grown := make(map[uint64]*T)
	if old := s.byKey.Load(); old != nil {
		for key, t := range *old {
			grown[key] = t
		}
	}
	if len(grown) >= shardKeys {
		var oldest uint64
		var found *T
		for key, t := range grown {
			if found == nil || last(t) < last(found) || last(t) == last(found) && key < oldest {
				oldest, found = key, t
			}
		}
		delete(grown, oldest)
	}
	grown[key] = fresh
	s.byKey.Store(&grown)
}

// find is keyed.find within the shard of key.
func (s *shard[T]) find(key uint64) *T {
	if byKey := s.byKey.Load(); byKey != nil {
		return (*byKey)[key]
	}
	return nil
}
