package catalog

import (
	"context"
	"slices"
	"sync"
)

// line is what was changed and is not kept yet, in order: each begins with what
// the one before it leaves. Nothing but later changes sees any of it.
type line struct {
	mu       sync.Mutex
	last     start
	waiting  []*pending // for somebody to take them to the store
	oneByOne bool       // the store takes no more at a time
}

// start is where the next change begins.
type start struct {
	*Snapshot
	pending *pending // what leaves this moment and may not be kept yet, or nil
}

// pending is an update that has run and waits for the store to keep it.
type pending struct {
	commit Commit
	ctx    context.Context // of who waits: kept because whoever takes several to the store has to ask them all
	began  start           // where the line ends when it leaves it; empty once it is done
	then   *Snapshot       // what is visible once it is kept
	done   chan struct{}   // closed when it is known what became of it

	// What became of it, when it is done. At most one of them is set.
	late bool // it must run again: what it began with is no longer so, or never was
	err  error
}

func newPending(commit Commit, then *Snapshot) *pending {
	return &pending{commit: commit, then: then, done: make(chan struct{})}
}

func (p *pending) isDone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// kept reports, when p is done, whether the store has it.
func (p *pending) kept() bool { return !p.late && p.err == nil }

// What the store is asked to keep at once at most, whichever comes first.
const (
	batchCommits = 64
	batchBytes   = 1 << 20
)

// end returns where the next change begins.
func (l *line) end() start {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// join puts an update that began at a place to the end of the line, unless the
// line ends elsewhere by now.
func (l *line) join(began start, p *pending) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.Snapshot != began.Snapshot {
		return false
	}
	p.began = began
	l.last = start{p.then, p}
	l.waiting = append(l.waiting, p)
	return true
}

// take takes some from the front of the line for p, who is one of them. Where p is
// not among the first, it takes none and returns the one before p: a store that
// does not come back would hold p for others, who wait longer than he does.
func (l *line) take(p *pending) (taken []*pending, ahead *pending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, bytes := 0, 0
	for n < len(l.waiting) && (n == 0 || !l.oneByOne && n < batchCommits && bytes < batchBytes) {
		for _, change := range l.waiting[n].commit.Changes {
			bytes += len(change.Value)
		}
		n++
	}
	switch at := slices.Index(l.waiting, p); {
	case at < 0:
		return nil, nil // one before p has left this very moment, and p is done now
	case at >= n:
		return nil, l.waiting[at-1]
	}
	taken = l.waiting[:n:n]
	if l.waiting = l.waiting[n:]; len(l.waiting) == 0 {
		l.waiting = nil
	}
	return taken, nil
}

// giveBack puts to the front again what was taken, to be taken one by one. Who
// would have left meanwhile leaves now.
func (l *line) giveBack(taken []*pending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.Concat(taken, l.waiting)
	l.oneByOne = true
	for _, p := range taken {
		if p.ctx.Err() != nil {
			l.remove(p)
		}
	}
}

// leave takes p out of the line, unless it was taken.
func (l *line) leave(p *pending) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.remove(p)
}

// remove is leave while the line is locked. What has begun with p is late.
func (l *line) remove(p *pending) bool {
	n := slices.Index(l.waiting, p)
	if n < 0 {
		return false
	}
	late := slices.Clone(l.waiting[n+1:])
	l.waiting, l.last = l.waiting[:n:n], p.began
	p.err, p.began = p.ctx.Err(), start{}
	close(p.done)
	lateAll(late)
	return true
}

// lateAll is called while the line is locked: what is in it no more, and was not
// taken to the store, is done.
func lateAll(all []*pending) {
	for _, p := range all {
		p.late, p.began = true, start{}
		close(p.done)
	}
}

// kept is told that p is visible.
func (l *line) kept(p *pending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.pending == p {
		l.last.pending = nil
	}
}

// restart begins a new line at what is visible: all that is in it is late. So is
// a change that is running, which will find that it cannot join.
func (l *line) restart(visible *Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	late := l.waiting
	l.waiting, l.last = nil, start{Snapshot: visible}
	lateAll(late)
}
