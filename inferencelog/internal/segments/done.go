package segments

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
)

// Done says that frames are done with, in any order, read or not. A segment all of whose frames are done is removed, unless it is
// being written; if that fails it is tried again with a later one. Numbers that are unknown, or done, change nothing, nor
// does anything after Close.
func (l *Log) Done(seqs ...uint64) {
	l.mu.Lock()
	emptied := false
	for _, seq := range seqs {
		i, at := slices.BinarySearchFunc(l.segments, seq, bySeq)
		if !at {
			i--
		}
		if l.closed || i < 0 || seq > l.segments[i].last {
			continue
		}
		if s := l.segments[i]; s.settle(seq) {
			l.frames--
			emptied = emptied || s.undone == 0 && s.sealed
		}
	}
	l.mu.Unlock()
	if emptied {
		_ = l.sweep()
	}
}

func bySeq(s *segment, seq uint64) int {
	return cmp.Compare(s.first, seq)
}

// index returns where the segments that begin with first, or later, begin.
func (l *Log) index(first uint64) int {
	i, _ := slices.BinarySearchFunc(l.segments, first, bySeq)
	return i
}

// sweep removes the segments that are done with.
func (l *Log) sweep() error {
	l.sweeping.Lock()
	defer l.sweeping.Unlock()
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return nil // the folder may be another's
	}
	return l.clear()
}

// clear does it. Its caller holds sweeping.
func (l *Log) clear() error {
	l.mu.Lock()
	var idle []*segment
	named := false // a file that stays says by its name which numbers were used
	for _, s := range l.segments {
		if s.sealed && s.undone == 0 {
			idle = append(idle, s)
			named = false
		} else {
			named = true
		}
	}
	next := l.next
	l.mu.Unlock()
	if len(idle) == 0 {
		return nil
	}
	var errs []error
	if !named {
		if err := l.writeMark(next); err != nil {
			// Then the newest one that is surely on the medium has to stay.
			errs = append(errs, err)
			idle = idle[:max(0, lastAcknowledged(idle))]
		}
	}
	for _, s := range idle {
		if err := l.fs.Remove(s.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		l.mu.Lock()
		i := l.index(s.first)
		l.segments = slices.Delete(l.segments, i, i+1)
		l.bytes -= s.size
		l.mu.Unlock()
	}
	return errors.Join(errs...)
}

// lastAcknowledged returns the index of the last segment with something acknowledged in it, -1 when there is none.
func lastAcknowledged(all []*segment) int {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].end > 0 {
			return i
		}
	}
	return -1
}
