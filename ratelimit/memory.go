package ratelimit

import "sync/atomic"

// Memory counts in this process. Every [Limiter] has one. It is also a [Store]
// that several limiters of one process can share. All its methods may be called
// from any number of goroutines.
type Memory struct {
	clock       clock
	chargeAfter bool
	lanes       lanes
	shards      []shard
	queues      queues // of the calls in Limiter.Wait

	buckets    atomic.Int64 // kept
	maxBuckets int64
	room       room
	swept      atomic.Int64 // tick of the last Sweep for want of room
	followed   atomic.Int64 // tick of the last Export of changes
}

// NewMemory returns a memory with nothing counted. Of opts it reads Now,
// ChargeAfter, MaxBuckets and MaxTagBuckets.
func NewMemory(opts *Options) *Memory {
	m := &Memory{
		chargeAfter: opts.chargeAfter(),
		maxBuckets:  opts.maxBuckets(),
	}
	m.room.tags = opts.maxTagBuckets()
	m.lanes.start()
	m.shards = make([]shard, callerShards+sharedShards*m.lanes.n)
	for i := range m.shards {
		m.shards[i].sweepAt = smallShard
	}
	m.swept.Store(-1)
	m.followed.Store(never)
	m.clock.start(opts.now())
	return m
}

// Len returns the number of buckets kept.
func (m *Memory) Len() int { return int(m.buckets.Load()) }

// admit takes the amount of every ask, or nothing, and adds what it took to
// lease, which may be nil.
func (m *Memory) admit(asks []Ask, lease *Lease) Verdict {
	if len(asks) == 0 {
		return Verdict{OK: true}
	}
	if lease == nil {
		return m.spend(asks)
	}
	var stops [usualStops]stop
	c := call{asks: asks, stops: m.sort(asks, m.laneOf(lease), stops[:0]), holds: lease.room(len(asks)), kept: true}
	v := m.decide(&c)
	lease.keep(m, c.taken)
	return v
}

// laneOf returns the lane of a call of lease's. A lease that is used again stays
// in its lane for some calls, as the goroutine that has it most likely stays on
// its processor.
func (m *Memory) laneOf(lease *Lease) int32 {
	if lease.calls%callsInLane == 0 {
		lease.lane = uint8(m.lanes.pick())
	}
	lease.calls++
	return int32(lease.lane) & int32(m.lanes.n-1)
}

const callsInLane = 32

// spend is admit for what stays taken.
func (m *Memory) spend(asks []Ask) Verdict {
	var (
		stops [usualStops]stop
		usual [MaxAsks]hold
	)
	holds := usual[:]
	if len(asks) > len(holds) {
		holds = make([]hold, len(asks))
	}
	c := call{asks: asks, stops: m.sort(asks, int32(m.lanes.pick()), stops[:0]), holds: holds}
	return m.decide(&c)
}

// decide goes the quick way if it can, and the exact one if it cannot.
func (m *Memory) decide(c *call) Verdict {
	c.chargeAfter = m.chargeAfter
	c.tick, c.at = m.clock.read()
	if m.quick(c) {
		return Verdict{OK: true}
	}
	v := m.exact(c)
	for v.Full && m.makeRoom() {
		v = m.exact(c)
	}
	if v.Full {
		v.RetryAfter = m.room.refuse(c)
	}
	return v
}

// peek is the verdict that admit would give.
func (m *Memory) peek(asks []Ask) Verdict {
	if len(asks) == 0 {
		return Verdict{OK: true}
	}
	c := call{asks: asks, stops: m.sort(asks, int32(m.lanes.pick()), nil), peek: true, chargeAfter: m.chargeAfter}
	c.tick, c.at = m.clock.read()
	return m.exact(&c)
}

// used returns how much b holds.
func (m *Memory) used(b Bucket) int64 {
	if !b.valid() {
		return 0
	}
	t, _ := m.clock.read()
	o, place := b.owner(), b.place()
	base := int(m.shard(&o))
	m.lock(base, o.shared())
	defer m.unlock(base, o.shared())
	s := stop{owner: o, account: m.shards[base].accounts[o], spread: m.shards[base].spreads[o]}
	return s.used(place, slotAt(place, t))
}

// lock locks a shard; one of the shared band with all its lanes.
func (m *Memory) lock(base int, shared bool) {
	m.shards[base].mu.Lock()
	if shared {
		for lane := 1; lane < m.lanes.n; lane++ {
			m.shards[base+lane].mu.Lock()
		}
	}
}

func (m *Memory) unlock(base int, shared bool) {
	if shared {
		for lane := m.lanes.n - 1; lane > 0; lane-- {
			m.shards[base+lane].mu.Unlock()
		}
	}
	m.shards[base].mu.Unlock()
}
