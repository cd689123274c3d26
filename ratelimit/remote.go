package ratelimit

// remote is what the store took for the calls of one lease.
type remote struct {
	shared *shared
	taken  []Taken // no two of one bucket
	extra  *Lease  // what memory took, if the lease was open already
	before *remote // of an earlier call of the same lease
}

// close settles or releases what the store took, in one round trip if there is
// anything to say.
func (r *remote) close(tokens int64, release bool) {
	var (
		settled  []Settled
		returned marks
		s        = r.shared
	)
	for ; r != nil; r = r.before {
		settled = r.settled(tokens, release, settled)
		if r.extra != nil {
			returned |= r.extra.closeMemory(tokens, release)
		}
	}
	s.settle(settled)
	s.memory.queues.returned(returned)
}

// settled appends to into where what was used differs from what was taken.
func (r *remote) settled(tokens int64, release bool, into []Settled) []Settled {
	for _, t := range r.taken {
		used := t.Amount
		switch {
		case release:
			used = 0
		case t.Bucket.Dimension == Tokens:
			used = tokens
		}
		if used != t.Amount {
			into = append(into, Settled{t, used})
		}
	}
	return into
}
