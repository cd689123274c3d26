package inferencelog

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
)

// JSONLines is a sink that writes each row as one line of JSON: the table's name as "table", its id as "table_id" (text,
// for 64 bits do not fit a JSON number), then the columns as [Record.AppendJSON] writes them. Make one with
// [NewJSONLines]. It is safe for concurrent use.
//
// What was written is out of its hands: it cannot be read, dropping a table leaves its lines, a batch that is
// written again after it succeeded is there twice, and the tables are forgotten with the sink: create them again after a restart.
// A batch is one call of the writer. When that fails half way, the lines that got out whole are not written again with
// the next try, and the torn one is ended by a line break.
type JSONLines struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
	tables map[uint64]Table
	lines  lines
}

// NewJSONLines returns a sink that writes to w, which stays the caller's: Close neither flushes nor closes it.
func NewJSONLines(w io.Writer) *JSONLines {
	return &JSONLines{w: w, tables: make(map[uint64]Table)}
}

// Create makes a table known; nothing is written.
func (s *JSONLines) Create(ctx context.Context, t Table) error {
	if err := cmp.Or(ctx.Err(), t.Validate()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if err := absent(s.tables, t); err != nil {
		return err
	}
	s.tables[t.ID] = t
	return nil
}

// Drop forgets a table; its lines stay where they are.
func (s *JSONLines) Drop(ctx context.Context, id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.table(ctx, id); err != nil {
		return err
	}
	delete(s.tables, id)
	s.lines.forget(id)
	return nil
}

// Tables returns the tables created and not dropped, in the order of their ids.
func (s *JSONLines) Tables(ctx context.Context) ([]Table, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.closed {
		return nil, ErrClosed
	}
	return inOrder(s.tables), nil
}

// Write writes the batch with one call of the writer.
func (s *JSONLines) Write(ctx context.Context, id uint64, batch []*Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
	}
	buf := s.lines.encode(t, batch, nil)
	if len(buf) == 0 {
		s.lines.settled(id, batch)
		return nil
	}
	n, err := s.w.Write(buf)
	if err == nil && n < len(buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		s.lines.failed(n)
		return fmt.Errorf("inferencelog: json lines: %w", err)
	}
	s.lines.settled(id, batch)
	return nil
}

// Close ends the sink. The writer stays open.
func (s *JSONLines) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.tables, s.lines = true, nil, lines{}
	return nil
}

// table looks a table up. The caller holds mu.
func (s *JSONLines) table(ctx context.Context, id uint64) (Table, error) {
	if err := ctx.Err(); err != nil {
		return Table{}, err
	}
	if s.closed {
		return Table{}, ErrClosed
	}
	t, ok := s.tables[id]
	if !ok {
		return Table{}, fmt.Errorf("%w: %d", ErrNoTable, id)
	}
	return t, nil
}

// absent returns an error that wraps [ErrTableExists] when the id or the name of t is one of the tables'.
func absent(tables map[uint64]Table, t Table) error {
	for _, there := range tables {
		if there.ID == t.ID || there.Name == t.Name {
			return fmt.Errorf("%w: %d %q", ErrTableExists, there.ID, there.Name)
		}
	}
	return nil
}

// inOrder returns the tables in the order of their ids.
func inOrder(tables map[uint64]Table) []Table {
	return slices.SortedFunc(maps.Values(tables), func(a, b Table) int { return cmp.Compare(a.ID, b.ID) })
}
