package ratelimit

import "testing"

// books is what a memory holds, counted one by one.
type books struct {
	t       *testing.T
	buckets int64
	tags    map[uint64]int64 // buckets of tags, by service
	leases  int64
}

// checkMemory stops m for a moment and checks that what it counts adds up;
// quiet says that no call is under way.
func checkMemory(t *testing.T, m *Memory, quiet bool) {
	t.Helper()
	for i := range m.shards {
		m.shards[i].mu.Lock()
	}
	defer func() {
		for i := range m.shards {
			m.shards[i].mu.Unlock()
		}
	}()
	b := books{t: t, tags: make(map[uint64]int64)}
	var sum Tally
	for i := range m.shards {
		s := &m.shards[i]
		for d := range s.tally {
			sum.add(&s.tally[d])
		}
		for o, a := range s.accounts {
			b.account(&o, a)
		}
		if i >= callerShards && (i-callerShards)%m.lanes.n == 0 {
			for _, sp := range s.spreads {
				b.spread(sp)
			}
		}
	}
	if sum.Reserved != sum.Settled+sum.Released+sum.Open {
		t.Errorf("the tally does not add up: %+v", sum)
	}
	// Buckets are counted before they are made, and what is used beyond a
	// share is in the tally before its lease has left the window.
	buckets := m.buckets.Load()
	if buckets < b.buckets || b.leases < sum.Leases {
		t.Errorf("%d buckets and %d leases, counted as %d and %d", b.buckets, b.leases, buckets, sum.Leases)
	}
	m.room.mu.Lock()
	defer m.room.mu.Unlock()
	for service, n := range b.tags {
		if kept := m.room.of[service]; kept == nil || kept.kept < n {
			t.Errorf("%d buckets for tags of service %d, counted as %+v", n, service, kept)
		}
	}
	if !quiet {
		return
	}
	if buckets != b.buckets || b.leases != 0 || sum.Leases != 0 || sum.Open != 0 {
		t.Errorf("no call is under way: %d buckets and %d leases, counted as %d and %+v", b.buckets, b.leases, buckets, sum)
	}
	for service, kept := range m.room.of {
		if n := b.tags[service]; kept.kept != n {
			t.Errorf("%d buckets for tags of service %d when no call is under way, counted as %d", n, service, kept.kept)
		}
	}
}

func (b *books) account(o *owner, a *account) {
	for ; a != nil; a = a.next {
		b.buckets++
		if o.key == KeyRequestTag {
			b.tags[o.service]++
		}
		b.window(&a.window)
	}
}

// spread checks one service or group: all lanes know one limit, their shares
// come to no more than that, and none that has a share holds more.
func (b *books) spread(s *spread) {
	for place, known := range s.known {
		if known {
			b.buckets++
		}
		rooms, limit := int64(0), int64(-1)
		for _, p := range s.parts {
			if p == nil {
				continue
			}
			b.window(&p.windows[place])
			sh := p.shares[place]
			if sh == (share{}) {
				continue
			}
			if limit >= 0 && sh.limit != limit {
				b.t.Errorf("lanes know the limits %d and %d of one bucket", sh.limit, limit)
			}
			if used := p.windows[place].used; sh.room > 0 && used > sh.room {
				b.t.Errorf("a lane holds %d, its share is %d of %d", used, sh.room, sh.limit)
			}
			limit = sh.limit
			rooms += sh.room
		}
		if limit >= 0 && rooms > limit {
			b.t.Errorf("the shares of %d come to %d", limit, rooms)
		}
	}
}

// window checks that what is used is the sum of the slots.
func (b *books) window(w *window) {
	b.leases += int64(w.leases)
	if w.used < 0 || w.leases < 0 {
		b.t.Errorf("%d used, %d leases", w.used, w.leases)
	}
	if w.ring == nil {
		return
	}
	var sum int64
	for i := range cells {
		sum += w.ring.at(i)
	}
	if sum != w.used {
		b.t.Errorf("%d used, and %d in all slots", w.used, sum)
	}
}
