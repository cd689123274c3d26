package inferencelog

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
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
	torn   bool                // the last line written has no end
	out    map[lineID]struct{} // rows of failed batches whose lines got out
	buf    []byte
	ends   []int // where each line of buf ends
	ids    []lineID
}

// lineID is a row's identity among all tables.
type lineID struct {
	table uint64
	row   string
}

// maxIdleBuffer bounds what is kept between writes after a batch of large rows.
const maxIdleBuffer = 1 << 20

// NewJSONLines returns a sink that writes to w, which stays the caller's: Close neither flushes nor closes it.
func NewJSONLines(w io.Writer) *JSONLines {
	return &JSONLines{w: w, tables: make(map[uint64]Table), out: make(map[lineID]struct{})}
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
	for _, there := range s.tables {
		if there.ID == t.ID || there.Name == t.Name {
			return fmt.Errorf("%w: %d %q", ErrTableExists, there.ID, there.Name)
		}
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
	for k := range s.out {
		if k.table == id {
			delete(s.out, k)
		}
	}
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
	list := make([]Table, 0, len(s.tables))
	for _, t := range s.tables {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b Table) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
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
	s.encode(t, batch)
	if len(s.buf) == 0 {
		s.settled(id, batch)
		return nil
	}
	n, err := s.w.Write(s.buf)
	if err == nil && n < len(s.buf) {
		err = io.ErrShortWrite
	}
	if err == nil {
		s.torn = false
		s.settled(id, batch)
	} else {
		s.note(min(max(n, 0), len(s.buf)))
		err = fmt.Errorf("inferencelog: json lines: %w", err)
	}
	if cap(s.buf) > maxIdleBuffer {
		s.buf = nil
	}
	return err
}

// Close ends the sink. The writer stays open.
func (s *JSONLines) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.tables, s.out, s.buf = true, nil, nil, nil
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

// encode fills buf with the lines of a batch, without the rows that got out already.
func (s *JSONLines) encode(t Table, batch []*Record) {
	s.buf, s.ends, s.ids = s.buf[:0], s.ends[:0], s.ids[:0]
	if s.torn {
		s.buf = append(s.buf, '\n')
	}
	for _, r := range batch {
		id := lineID{t.ID, r.ID}
		if _, there := s.out[id]; there {
			continue
		}
		s.buf = append(s.buf, `{"table":`...)
		s.buf = appendJSONText(s.buf, t.Name)
		s.buf = append(s.buf, `,"table_id":"`...)
		s.buf = strconv.AppendUint(s.buf, t.ID, 10)
		s.buf = append(s.buf, '"', ',')
		s.buf = appendColumns(s.buf, r, t.Layout)
		s.buf = append(s.buf, '}', '\n')
		s.ends = append(s.ends, len(s.buf))
		s.ids = append(s.ids, id)
	}
}

// note remembers which lines of a failed write got out, after n bytes.
func (s *JSONLines) note(n int) {
	if n == 0 {
		return
	}
	for i, end := range s.ends {
		if end-1 <= n { // but for the line break, which comes with the next write
			s.out[s.ids[i]] = struct{}{}
		}
	}
	s.torn = s.buf[n-1] != '\n'
}

// settled forgets the rows of a batch that is out as a whole.
func (s *JSONLines) settled(id uint64, batch []*Record) {
	if len(s.out) == 0 {
		return
	}
	for _, r := range batch {
		delete(s.out, lineID{id, r.ID})
	}
}
