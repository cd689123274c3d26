package ratelimit

// account is the windows of one caller or tag by place: a list, as most have
// one or two. The nil account is empty.
type account struct {
	window
	place uint8
	next  *account
}

// at returns the window in a place, nil if there is none.
func (a *account) at(place uint8) *window {
	for ; a != nil; a = a.next {
		if a.place == place {
			return &a.window
		}
	}
	return nil
}

// open returns the window in a place of s's account, and makes it if it is
// missing. The shard is locked.
func (m *Memory) open(s *stop, place uint8) *window {
	sh := &m.shards[s.base()]
	s.account = sh.accounts[s.owner]
	if w := s.account.at(place); w != nil {
		return w
	}
	if sh.accounts == nil {
		sh.accounts = make(map[owner]*account)
	}
	s.account = &account{place: place, next: s.account}
	sh.accounts[s.owner] = s.account
	return &s.account.window
}

// sweep forgets idle windows, and returns what is left and how many went.
func (a *account) sweep(t int64, follow bool) (left *account, gone int64) {
	link := &left
	for ; a != nil; a = a.next {
		if a.idle(slotAt(a.place, t), follow) {
			gone++
			continue
		}
		*link, link = a, &a.next
	}
	*link = nil
	return left, gone
}
