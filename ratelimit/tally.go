package ratelimit

// Tally is what a [Memory] has taken and given back since it was made, of one
// dimension, over all buckets. At every moment
//
//	Reserved = Settled + Released + Open
//
// which is how to see that no reservation is ever lost or settled twice. The
// numbers wrap at the ends of int64, and the equation holds for all that. What is
// taken without a lease, as by [Memory.Take], counts as settled at once.
type Tally struct {
	Reserved int64 // taken by admitted calls
	Settled  int64 // of that, what was really used
	Released int64 // of that, what was given back
	Open     int64 // of that, what calls under way still hold
	Excess   int64 // used beyond what was reserved, and charged besides
	Leases   int64 // asks of calls under way
}

// Tally returns the tally of one dimension. Its numbers are of one moment if
// nothing else is going on.
func (m *Memory) Tally(d Dimension) Tally {
	var sum Tally
	if d < Requests || d > Concurrent {
		return sum
	}
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		sum.add(&s.tally[d-Requests])
		s.mu.Unlock()
	}
	return sum
}

func (t *Tally) add(more *Tally) {
	t.Reserved += more.Reserved
	t.Settled += more.Settled
	t.Released += more.Released
	t.Open += more.Open
	t.Excess += more.Excess
	t.Leases += more.Leases
}

// took notes that n was taken, and whether a lease holds it.
func (t *Tally) took(n int64, kept bool) {
	t.Reserved += n
	if kept {
		t.Open += n
		t.Leases++
	} else {
		t.Settled += n
	}
}

// closed notes the end of a hold of n: used stayed, the rest went back.
func (t *Tally) closed(n, used int64) {
	t.Open -= n
	t.Leases--
	t.Settled += used
	t.Released += n - used
}
