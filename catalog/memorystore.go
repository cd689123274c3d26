package catalog

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
)

// MemoryStore is a [Store] that lives and dies with the process. It keeps its
// history, so its memory grows with the number of commits until it is trimmed.
type MemoryStore struct {
	mu      sync.Mutex
	closed  bool
	rows    map[RowKey][]byte
	head    Head
	trimmed uint64        // the newest version that is forgotten
	commits []Commit      // version n is commits[n-1-trimmed]
	more    chan struct{} // closed and replaced at every commit
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{rows: map[RowKey][]byte{}, more: make(chan struct{})}
}

// Load implements [Store].
func (s *MemoryStore) Load(ctx context.Context, put func(RowKey, []byte) error) (Head, error) {
	s.mu.Lock()
	closed, rows, head := s.closed, maps.Clone(s.rows), s.head
	s.mu.Unlock()
	if closed {
		return Head{}, ErrClosed
	}
	for key, value := range rows {
		if err := put(key, value); err != nil {
			return Head{}, err
		}
	}
	return head, ctx.Err()
}

// Append implements [Store].
func (s *MemoryStore) Append(ctx context.Context, prev uint64, c Commit) error {
	return s.AppendAll(ctx, prev, []Commit{c})
}

// AppendAll implements [Batcher].
func (s *MemoryStore) AppendAll(ctx context.Context, prev uint64, cs []Commit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if prev != s.head.Version {
		return ErrConflict
	}
	for i, c := range cs {
		if before := prev + uint64(i); c.Version != before+1 {
			return fmt.Errorf("catalog: commit %d cannot follow version %d", c.Version, before)
		}
	}
	for _, c := range cs {
		c = c.clone()
		s.commits = append(s.commits, c)
		s.head = Head{Version: c.Version, NextID: c.NextID}
		for _, change := range c.Changes {
			if change.Value == nil {
				delete(s.rows, change.RowKey)
			} else {
				s.rows[change.RowKey] = change.Value
			}
		}
	}
	close(s.more)
	s.more = make(chan struct{})
	return nil
}

// Watch implements [Store].
func (s *MemoryStore) Watch(ctx context.Context, after uint64) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		for {
			s.mu.Lock()
			more := s.more
			next, err := s.after(after)
			s.mu.Unlock()
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Commit{}, err)
				return
			}
			for _, c := range next {
				if err := ctx.Err(); err != nil {
					yield(Commit{}, err)
					return
				}
				if !yield(c.clone(), nil) {
					return
				}
				after = c.Version
			}
			if len(next) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
				yield(Commit{}, ctx.Err())
				return
			}
		}
	}
}

// Trim implements [Store].
func (s *MemoryStore) Trim(ctx context.Context, through uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if through > s.head.Version {
		return fmt.Errorf("catalog: cannot trim through version %d of %d", through, s.head.Version)
	}
	if through > s.trimmed {
		// A copy: what is forgotten must not be held by what is left.
		s.commits = slices.Clone(s.commits[through-s.trimmed:])
		s.trimmed = through
	}
	return nil
}

// Close implements [Store].
func (s *MemoryStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.more)
	}
	return nil
}

// after returns the commits after a version. It is called with mu held.
func (s *MemoryStore) after(version uint64) ([]Commit, error) {
	switch {
	case s.closed:
		return nil, ErrClosed
	case version < s.trimmed:
		return nil, &TrimmedError{Through: s.trimmed}
	case version >= s.head.Version:
		return nil, nil
	}
	return s.commits[version-s.trimmed:], nil
}

// clone copies a commit so that neither side can change the other's.
func (c Commit) clone() Commit {
	c.Changes = slices.Clone(c.Changes)
	for i := range c.Changes {
		c.Changes[i].Value = slices.Clone(c.Changes[i].Value)
	}
	return c
}
