package inferencelog

import "context"

// mark counts the rows that were accepted between two calls of Flush and are neither settled yet nor in the journal.
type mark struct {
	rows int64
	done chan struct{} // closed when these rows and all before them are; the current mark's stays open
}

func newMark() *mark { return &mark{done: make(chan struct{})} }

// Flush returns when every row that was accepted before the call is stored or counted lost, or with the context's error.
// It makes the background write begin at once. Rows that the journal keeps from an earlier process count as well.
func (l *Logger) Flush(ctx context.Context) error {
	l.mu.Lock()
	if current := l.marks[len(l.marks)-1]; current.rows > 0 {
		l.marks = append(l.marks, newMark())
	}
	if len(l.marks) > 1 {
		before := l.marks[len(l.marks)-2]
		l.urgent = true
		l.mu.Unlock()
		rouse(l.wake)
		select {
		case <-before.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	} else {
		l.mu.Unlock()
	}
	if l.journal != nil {
		return l.journal.flush(ctx, l.done)
	}
	return nil
}

// reach takes n rows off a mark. The caller holds mu.
func (l *Logger) reach(m *mark, n int64) {
	if m == nil {
		return
	}
	m.rows -= n
	for len(l.marks) > 1 && l.marks[0].rows == 0 {
		close(l.marks[0].done)
		l.marks[0] = nil
		l.marks = l.marks[1:]
	}
}

// settle takes rows of one table off the books of what is pending: that of their fate grows instead. A row that is
// settled already is passed over. The caller holds mu.
func (l *Logger) settle(g *ledger, entries []entry, as fate) (n int64) {
	for i := range entries {
		e := &entries[i]
		if e.settled {
			continue
		}
		e.settled = true
		n++
		if e.mark != nil { // not one that comes from the journal
			l.leave(e.load, 1)
			l.reach(e.mark, 1)
		}
		e.ack.settle(1, as)
	}
	g.books.pending -= n
	g.books.by[as] += n
	l.books.pending -= n
	l.books.by[as] += n
	if n > 0 && (as == failed || as == rejected) {
		l.lose(g, n, as)
	}
	return n
}
