package inferencelogtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/modelward/modelward/inferencelog"
)

// File is the simplest sink that outlives its process, for tests: one file that only grows, a change at its end with
// every call, and all of it in memory besides. What was written survives the process (SIGKILL), not the loss of power.
// Make one with [OpenFile]. It is safe for concurrent use; two on one file are not.
type File struct {
	mu     sync.Mutex
	file   *os.File
	end    int64 // up to where the file is whole
	tables map[uint64]*fileTable
}

type fileTable struct {
	inferencelog.Table
	rows []*inferencelog.Record // as they were read back from the file's form, in the order written
	ids  map[string]struct{}
}

// OpenFile opens the sink that is kept in a folder, and makes both when they are not there. A change that a killed process
// left half written is cut off.
func OpenFile(dir string) (*File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("inferencelogtest: %w", err)
	}
	path := filepath.Join(dir, "rows")
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("inferencelogtest: %w", err)
	}
	f := &File{tables: make(map[uint64]*fileTable)}
	whole := bytes.LastIndexByte(text, '\n') + 1
	for line := range bytes.Lines(text[:whole]) {
		c, err := decodeChange(line)
		if err != nil {
			return nil, fmt.Errorf("inferencelogtest: %s, at byte %d: %w", path, f.end, err)
		}
		f.apply(c)
		f.end += int64(len(line))
	}
	if f.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, fmt.Errorf("inferencelogtest: %w", err)
	}
	if err := f.file.Truncate(f.end); err != nil {
		return nil, fmt.Errorf("inferencelogtest: %w", err)
	}
	return f, nil
}

// Create makes an empty table.
func (f *File) Create(ctx context.Context, t inferencelog.Table) error {
	if err := cmp.Or(ctx.Err(), t.Validate()); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, there := range f.tables {
		if there.ID == t.ID || there.Name == t.Name {
			return fmt.Errorf("%w: %d %q", inferencelog.ErrTableExists, there.ID, there.Name)
		}
	}
	return f.change(change{Create: &t})
}

// Drop removes a table and its rows; the file still has them.
func (f *File) Drop(ctx context.Context, id uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.table(ctx, id); err != nil {
		return err
	}
	return f.change(change{Drop: id})
}

// Tables returns the tables in the order of their ids.
func (f *File) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil, inferencelog.ErrClosed
	}
	var list []inferencelog.Table
	for _, t := range f.tables {
		list = append(list, t.Table)
	}
	slices.SortFunc(list, func(a, b inferencelog.Table) int { return cmp.Compare(a.ID, b.ID) })
	return list, ctx.Err()
}

// Write appends the rows whose ids are not there yet, with one write to the file.
func (f *File) Write(ctx context.Context, id uint64, batch []*inferencelog.Record) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.table(ctx, id)
	if err != nil {
		return err
	}
	c := change{Table: id}
	fresh := make(map[string]struct{})
	for _, r := range batch {
		if err := r.Validate(); err != nil {
			return err
		}
		if _, there := t.ids[r.ID]; there {
			continue
		}
		if _, there := fresh[r.ID]; there {
			continue
		}
		fresh[r.ID] = struct{}{}
		part, err := shown(t.Layout, r)
		if err != nil {
			return err
		}
		c.Rows = append(c.Rows, (*row)(part))
	}
	if len(c.Rows) == 0 {
		return nil
	}
	return f.change(c)
}

// Rows yields copies of the rows that were there when the sequence was begun.
func (f *File) Rows(ctx context.Context, id uint64, q inferencelog.Query) iter.Seq2[*inferencelog.Record, error] {
	return func(yield func(*inferencelog.Record, error) bool) {
		f.mu.Lock()
		t, err := f.table(ctx, id)
		var written []*inferencelog.Record
		if err == nil {
			written = slices.Clone(t.rows)
			err = q.Validate(t.Layout)
		}
		f.mu.Unlock()
		if err != nil {
			yield(nil, err)
			return
		}
		columns := q.Columns
		if len(columns) == 0 {
			columns = layoutNames(t.Layout)
		}
		for _, r := range answer(written, q) {
			part, err := picked(columns, r)
			if err = cmp.Or(ctx.Err(), err); err != nil {
				yield(nil, err)
				return
			}
			if !yield(part, nil) {
				return
			}
		}
	}
}

// Close closes the file. It may be called again.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file, f.tables = nil, nil
	return err
}

// table looks a table up. The caller holds mu.
func (f *File) table(ctx context.Context, id uint64) (*fileTable, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if f.file == nil {
		return nil, inferencelog.ErrClosed
	}
	t, ok := f.tables[id]
	if !ok {
		return nil, fmt.Errorf("%w: %d", inferencelog.ErrNoTable, id)
	}
	return t, nil
}

// change writes a change behind the last whole one, and makes it. The caller holds mu.
func (f *File) change(c change) error {
	line, err := c.encode()
	if err != nil {
		return fmt.Errorf("inferencelogtest: %w", err)
	}
	if _, err := f.file.WriteAt(line, f.end); err != nil {
		return fmt.Errorf("inferencelogtest: %w", err)
	}
	f.end += int64(len(line))
	f.apply(c)
	return nil
}

func (f *File) apply(c change) {
	switch {
	case c.Create != nil:
		f.tables[c.Create.ID] = &fileTable{Table: *c.Create, ids: make(map[string]struct{})}
	case c.Drop != 0:
		delete(f.tables, c.Drop)
	default:
		t := f.tables[c.Table]
		for _, r := range c.Rows {
			t.rows = append(t.rows, (*inferencelog.Record)(r))
			t.ids[r.ID] = struct{}{}
		}
	}
}
