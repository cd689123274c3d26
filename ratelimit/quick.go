package ratelimit

// quick admits a call whose buckets are all known and have room in its lane. If
// it cannot, it reports false and has changed nothing.
func (m *Memory) quick(c *call) bool {
	locked, found, ok := 0, 0, true
	for ok && locked < len(c.stops) {
		s := &c.stops[locked]
		if locked == 0 || c.stops[locked-1].lock != s.lock {
			m.shards[s.lock].mu.Lock()
		}
		ok = !c.again(locked) && m.look(c, s, c.holds[found:])
		locked++
		found += int(s.to - s.from)
	}
	for locked--; locked >= 0; locked-- {
		s := &c.stops[locked]
		from := found - int(s.to-s.from)
		if ok {
			m.takeAll(c, s, c.holds[from:found])
		}
		found = from
		if locked == 0 || c.stops[locked-1].lock != s.lock {
			m.shards[s.lock].mu.Unlock()
		}
	}
	if ok {
		c.taken = len(c.asks)
	}
	return ok
}

// again reports whether a stop before stop i is for the same owner, if perhaps
// in another lane. Stops of one shard come one after the other.
func (c *call) again(i int) bool {
	for j := i - 1; j >= 0 && c.stops[j].base() == c.stops[i].base(); j-- {
		if c.stops[j].owner == c.stops[i].owner {
			return true
		}
	}
	return false
}

// look finds the windows of s, and reports whether all its asks fit. The
// unusual, a shadow ask or two asks for one bucket, is not for the quick way.
func (m *Memory) look(c *call, s *stop, holds []hold) bool {
	sh := &m.shards[s.lock]
	var p *part
	if s.shared {
		if s.spread = sh.spreads[s.owner]; s.spread == nil {
			return false
		}
		if p = s.spread.parts[s.lane]; p == nil {
			return false // the first lane knows spreads that it has no part of
		}
	} else if s.account = sh.accounts[s.owner]; s.account == nil {
		return false
	}
	seen := 0
	for i := s.from; i < s.to; i++ {
		a := &c.asks[i]
		if a.Shadow || a.disabled() {
			return false
		}
		place := a.Bucket.place()
		if seen&(1<<place) != 0 {
			return false
		}
		seen |= 1 << place
		var w *window
		if p != nil {
			w = &p.windows[place]
			w.advance(slotAt(place, c.tick))
			if !p.shares[place].fits(w.used, a, c.after(a)) {
				return false
			}
		} else {
			if w = s.account.at(place); w == nil {
				return false
			}
			w.advance(slotAt(place, c.tick))
			if a.over(w.used, c.after(a)) {
				return false
			}
		}
		holds[i-s.from].window, holds[i-s.from].place = w, place
	}
	return true
}

// takeAll takes the asks of s from the windows that look has found.
func (m *Memory) takeAll(c *call, s *stop, holds []hold) {
	sh := &m.shards[s.lock]
	for i := range holds {
		ask := s.from + int32(i)
		c.take(sh, s, &holds[i], ask, c.wants(&c.asks[ask]))
	}
}
