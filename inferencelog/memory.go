package inferencelog

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Memory is a sink that keeps the last rows of each table in memory and can be read: for tests, demonstrations and hosts
// that look at the recent past only. Make one with [NewMemory]. It is safe for concurrent use.
//
// When a table holds more than [MemoryOptions] allow, the rows written first leave it, and a row that has left may be
// written again. A row holds on to the record it was written from and to its payloads; that of a table of layout Usage to
// no payloads.
type Memory struct {
	opts   *MemoryOptions
	mu     sync.RWMutex
	closed bool
	tables map[uint64]*memoryTable
}

// MemoryOptions are the optional things of a [Memory]. Nil means every default; so does a field that is zero or negative.
type MemoryOptions struct {
	// MaxRows is the greatest number of rows in one table. Default: 100,000.
	MaxRows int

	// MaxBytes is the greatest length of all payloads in one table together. The row written last stays, however long it
	// is. Default: 256 MiB.
	MaxBytes int64
}

func (o *MemoryOptions) maxRows() int {
	if o == nil || o.MaxRows <= 0 {
		return 100_000
	}
	return o.MaxRows
}

func (o *MemoryOptions) maxBytes() int64 {
	if o == nil || o.MaxBytes <= 0 {
		return 256 << 20
	}
	return o.MaxBytes
}

// NewMemory returns a sink without tables that has the default bounds.
func NewMemory() *Memory { return NewMemoryWith(nil) }

// NewMemoryWith returns a sink without tables.
func NewMemoryWith(opts *MemoryOptions) *Memory {
	return &Memory{opts: opts, tables: make(map[uint64]*memoryTable)}
}

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

// Write appends the rows whose ids are not there yet, and lets the oldest go when there are too many.
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
		t.add(r)
	}
	t.trim(m.opts.maxRows(), m.opts.maxBytes())
	return nil
}

// Rows yields copies of the rows that were there when the sequence was begun.
func (m *Memory) Rows(ctx context.Context, id uint64, q Query) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		rows, columns, err := m.find(ctx, id, q)
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

// find returns the rows that the query asks for, in the order it asks for, and the columns to show.
func (m *Memory) find(ctx context.Context, id uint64, q Query) (rows []*Record, columns []string, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	t, err := m.table(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := q.Validate(t.Layout); err != nil {
		return nil, nil, err
	}
	if columns = q.Columns; len(columns) == 0 {
		columns = t.Layout.names()
	}
	return t.find(q), columns, nil
}
