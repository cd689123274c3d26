package inferencelog

// maxRecentRows bounds a recentRows.
const maxRecentRows = 1 << 16

// recentRows are the last rows that were written. A nil one is empty and stays so.
type recentRows struct {
	there map[lineID]struct{}
	order []lineID // a ring, once it is full
	next  int
}

func newRecentRows() *recentRows { return &recentRows{there: make(map[lineID]struct{})} }

// has reports whether a row is among them.
func (r *recentRows) has(id lineID) bool {
	if r == nil {
		return false
	}
	_, there := r.there[id]
	return there
}

// add remembers a row, in the place of the oldest one when there are too many.
func (r *recentRows) add(id lineID) {
	if r == nil || r.has(id) {
		return
	}
	r.there[id] = struct{}{}
	if len(r.order) < maxRecentRows {
		r.order = append(r.order, id)
		return
	}
	delete(r.there, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % maxRecentRows
}

// forget forgets the rows of a table.
func (r *recentRows) forget(table uint64) {
	for id := range r.there {
		if id.table == table {
			delete(r.there, id)
		}
	}
}
