package ratelimit

// spread holds the counts of a service or a group, in parts. Each lane has one
// part with windows of its own and a share of every limit, and lets pass what
// fits into its share without looking at the others: the shares of a limit never
// come to more than the limit. What does not fit is decided over all parts, with
// every lane locked, and what room is left is then shared out anew.
//
// So calls on different processors do not meet in one place, the cap stays
// exact, and a limit that is nearly used up costs more, as is only fair.
type spread struct {
	parts [maxLanes]*part
	known [places]bool // counted as buckets
}

// part is what one lane holds of a spread. Its guard is that lane's lock.
type part struct {
	windows [places]window
	shares  [places]share
}

// share is how much may be in one window, and the limit it is a share of.
type share struct {
	room  int64
	limit int64
}

// wholeLimit is the limit below which the first lane has all of it: calls that
// few need no sharing.
const wholeLimit = 64

// fits reports whether a share lets a pass on top of used.
func (s *share) fits(used int64, a *Ask, after bool) bool {
	if a.Limit != s.limit {
		return false
	}
	if after {
		return used < s.room
	}
	return used <= s.room-a.amount()
}

// used returns what all parts hold in a place at a slot. All lanes are locked.
func (s *spread) used(place uint8, slot int64) int64 {
	var sum int64
	for _, p := range s.parts {
		if p != nil {
			p.windows[place].advance(slot)
			sum = addSaturating(sum, p.windows[place].used)
		}
	}
	return sum
}

// freeFrom returns the slot that begins when at least n of what all parts hold
// has left. n is from 1 to used.
func (s *spread) freeFrom(place uint8, slot, n int64) int64 {
	if w := s.only(place); w != nil {
		return w.freeFrom(n)
	}
	// A lane may have been in a later slot than the call that asks.
	for _, p := range s.parts {
		if p != nil {
			slot = max(slot, p.windows[place].last)
		}
	}
	for at := slot - slots; at < slot; at++ {
		for _, p := range s.parts {
			if p != nil {
				n -= p.windows[place].in(at)
			}
		}
		if n <= 0 {
			return at + slots + 1
		}
	}
	return slot + slots + 1
}

// only returns the one window that holds anything, nil if there are several.
func (s *spread) only(place uint8) *window {
	var only *window
	for _, p := range s.parts {
		if p != nil && p.windows[place].used > 0 {
			if only != nil {
				return nil
			}
			only = &p.windows[place]
		}
	}
	return only
}

// divide shares limit out: each part may go on to hold what it holds, and what
// is left is divided among them. If more is held than the limit, nobody has a
// share, as what one part gives back another owes. All lanes are locked and the
// windows advanced.
func (s *spread) divide(place uint8, limit int64) {
	left, parts := max(limit, 0), int64(0)
	for _, p := range s.parts {
		if p != nil {
			left = max(left-p.windows[place].used, -1)
			parts++
		}
	}
	each := max(left, 0) / parts
	if limit < wholeLimit {
		each = 0
	}
	rest := left - each*(parts-1)
	for _, p := range s.parts {
		if p == nil {
			continue
		}
		p.shares[place] = share{limit: limit}
		if left >= 0 {
			p.shares[place].room = p.windows[place].used + rest
		}
		rest = each
	}
}
