package inferencelog

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Memory is a sink that keeps its rows in memory and can be read: for tests and demonstrations, because it
// grows for ever. Make one with [NewMemory]. It is safe for concurrent use.
type Memory struct {
	mu     sync.RWMutex
	closed bool
	tables map[uint64]*memoryTable
}

type memoryTable struct {
	Table
	rows []*Record // in the order written
	ids  map[string]struct{}
}

// NewMemory returns a sink without tables.
func NewMemory() *Memory { return &Memory{tables: make(map[uint64]*memoryTable)} }

// Create makes an empty table.
func (m *Memory) Create(ctx context.Context, t Table) error {
	if err := cmp.Or(ctx.Err(), t.Validate()); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	for _, there := range m.tables {
		if there.ID == t.ID || there.Name == t.Name {
			return fmt.Errorf("%w: %d %q", ErrTableExists, there.ID, there.Name)
		}
	}
	m.tables[t.ID] = &memoryTable{Table: t, ids: make(map[string]struct{})}
	return nil
}

// Drop removes a table and its rows.
func (m *Memory) Drop(ctx context.Context, id uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.table(ctx, id); err != nil {
		return err
	}
	delete(m.tables, id)
	return nil
}

// Tables returns the live tables in the order of their ids.
func (m *Memory) Tables(ctx context.Context) ([]Table, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.closed {
		return nil, ErrClosed
	}
	list := make([]Table, 0, len(m.tables))
	for _, t := range m.tables {
		list = append(list, t.Table)
	}
	slices.SortFunc(list, func(a, b Table) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// Write appends the rows whose ids are not there yet.
func (m *Memory) Write(ctx context.Context, id uint64, batch []*Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.table(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	for _, r := range batch {
		if _, there := t.ids[r.ID]; there {
			continue
		}
		t.ids[r.ID] = struct{}{}
		t.rows = append(t.rows, r)
	}
	return nil
}

// Rows yields copies of the rows that were there when the sequence was begun.
func (m *Memory) Rows(ctx context.Context, id uint64, q Query) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		rows, columns, err := m.snapshot(ctx, id, q)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, r := range rows {
			row, err := r.pick(columns)
			if err = cmp.Or(ctx.Err(), err); err != nil {
				yield(nil, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// Close forgets everything.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.tables = true, nil
	return nil
}

// table looks a table up. The caller holds mu.
func (m *Memory) table(ctx context.Context, id uint64) (*memoryTable, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.closed {
		return nil, ErrClosed
	}
	t, ok := m.tables[id]
	if !ok {
		return nil, fmt.Errorf("%w: %d", ErrNoTable, id)
	}
	return t, nil
}

// snapshot returns the rows that the query asks for, newest first.
func (m *Memory) snapshot(ctx context.Context, id uint64, q Query) (rows []*Record, columns []string, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	t, err := m.table(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := q.Validate(t.Layout); err != nil {
		return nil, nil, err
	}
	for _, r := range slices.Backward(t.rows) {
		if q.Matches(r) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *Record) int { return b.EventTime.Compare(a.EventTime) })
	if q.Oldest {
		slices.Reverse(rows)
	}
	if q.After != nil {
		rows = rows[q.After.place(rows, q.Oldest):]
	}
	if q.Limit > 0 && int64(len(rows)) > q.Limit {
		rows = rows[:q.Limit]
	}
	if columns = q.Columns; len(columns) == 0 {
		columns = t.Layout.names()
	}
	return rows, columns, nil
}

// place returns how many of the rows, which are in order, come up to and with the position. When its row is not among
// them, those of its very time do.
func (p *Position) place(rows []*Record, oldest bool) int {
	for i, r := range rows {
		c := p.EventTime.Compare(r.EventTime)
		if oldest {
			c = -c
		}
		switch {
		case c > 0:
			return i
		case c == 0 && r.ID == p.ID:
			return i + 1
		}
	}
	return len(rows)
}
