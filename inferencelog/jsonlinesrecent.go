package inferencelog

// maxRecentRows bounds a recentRows.
const maxRecentRows = 1 << 15

// recentRows are the last rows that were written. A nil one is empty and stays so.
type recentRows struct {
	there map[lineID]struct{}
	order []lineID // a ring, once it is full
	next  int
}

func newRecentRows() *recentRows { return &recentRows{there: make(map[lineID]struct{})} }

// add remembers a row, in the place of the oldest one when there are too many. It reports whether it is new.
func (r *recentRows) add(id lineID) bool {
	if r == nil {
		return true
	}
	if _, there := r.there[id]; there {
		return false
	}
	r.there[id] = struct{}{}
	if len(r.order) < maxRecentRows {
		r.order = append(r.order, id)
		return true
	}
	delete(r.there, r.order[r.next])
	r.order[r.next] = id
	r.next = (r.next + 1) % maxRecentRows
	return true
}

// remove forgets rows that did not get out.
func (r *recentRows) remove(ids []lineID) {
	for _, id := range ids {
		delete(r.there, id)
	}
}

// forget forgets the rows of a table.
func (r *recentRows) forget(table uint64) {
	for id := range r.there {
		if id.table == table {
			delete(r.there, id)
		}
	}
}
