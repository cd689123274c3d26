package inferencelog

import "context"

// mark counts the rows that were accepted between two calls of Flush and are not settled yet.
type mark struct {
	rows int64
	done chan struct{} // closed when these rows and all before them are settled; the current mark's stays open
}

func newMark() *mark { return &mark{done: make(chan struct{})} }

// Flush returns when every row that was accepted before the call is stored or counted lost, or with the context's error.
// It makes the background write begin at once.
func (l *Logger) Flush(ctx context.Context) error {
	l.mu.Lock()
	if current := l.marks[len(l.marks)-1]; current.rows > 0 {
		l.marks = append(l.marks, newMark())
	}
	if len(l.marks) == 1 {
		l.mu.Unlock()
		return nil
	}
	before := l.marks[len(l.marks)-2]
	l.urgent = true
	l.mu.Unlock()
	l.rouse()
	select {
	case <-before.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle takes rows off the books of what is pending: one figure of the caller's grows instead.
// A row that is settled already is passed over. The caller holds mu.
func (l *Logger) settle(entries []entry, as *int64) {
	for i := range entries {
		m := entries[i].mark
		if m == nil {
			continue
		}
		entries[i].mark = nil
		m.rows--
		l.pending--
		*as++
	}
	for len(l.marks) > 1 && l.marks[0].rows == 0 {
		close(l.marks[0].done)
		l.marks[0] = nil
		l.marks = l.marks[1:]
	}
}
