package parquetlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/modelward/modelward/inferencelog"
)

// Create makes an empty table. It is there when tables.json says so.
func (s *Sink) Create(ctx context.Context, t inferencelog.Table) error {
	if err := t.Validate(); err != nil {
		return err
	}
	t.CreatedAt = t.CreatedAt.UTC().Round(0)
	if y := t.CreatedAt.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("%w: created in the year %d", inferencelog.ErrInvalidTable, y)
	}
	if err := s.registering.take(ctx); err != nil {
		return err
	}
	defer s.registering.give()
	list, err := s.registered(ctx)
	if err != nil {
		return err
	}
	for _, there := range list {
		if there.ID == t.ID || there.Name == t.Name {
			return fmt.Errorf("%w: %d %q", inferencelog.ErrTableExists, there.ID, there.Name)
		}
	}
	nth, err := s.makeFolder(t.ID)
	if err != nil {
		return fmt.Errorf("parquetlog: %w", err)
	}
	made := newTable(s.dir, listed{t, folderName(t.ID, nth)}, s.shapes[t.Layout])
	if err := s.register(list, append(slices.Clip(list), made.listed)); err != nil {
		return errors.Join(err, os.RemoveAll(made.folder))
	}
	s.folders[t.ID] = nth
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[t.ID] = made
	return nil
}

// makeFolder makes an empty folder, which no table with the id has had: a reader or the builder may still be in that of
// one that was dropped.
func (s *Sink) makeFolder(id uint64) (nth uint64, err error) {
	for nth = s.folders[id] + 1; ; nth++ {
		path := filepath.Join(s.dir, folderName(id, nth))
		if err := s.disk.ask("create", path); err != nil {
			return 0, err
		}
		if err := os.Mkdir(path, 0o700); errors.Is(err, os.ErrExist) {
			continue
		} else if err != nil {
			return 0, err
		}
		if err := s.disk.syncFolder(s.dir); err != nil {
			return 0, errors.Join(err, os.Remove(path))
		}
		return nth, nil
	}
}

// register replaces the list of tables. After an error the list is as it was: the new one may have come as far as to
// its place, so the old one is written again.
func (s *Sink) register(was, is []listed) error {
	if s.unsettled {
		if err := saveRegistry(s.disk, s.dir, was); err != nil {
			return fmt.Errorf("parquetlog: %w", err)
		}
		s.unsettled = false
	}
	if err := saveRegistry(s.disk, s.dir, is); err != nil {
		s.unsettled = saveRegistry(s.disk, s.dir, was) != nil
		return fmt.Errorf("parquetlog: %w", err)
	}
	return nil
}

// Drop removes a table and its rows. It is gone when tables.json says so; readers that have begun come to their end.
func (s *Sink) Drop(ctx context.Context, id uint64) error {
	t, err := s.table(ctx, id)
	if err != nil {
		return err
	}
	if err := t.writing.take(ctx); err != nil { // first, so that a disk that hangs holds up this table alone
		return err
	}
	defer t.writing.give()
	if err := s.registering.take(ctx); err != nil {
		return err
	}
	defer s.registering.give()
	list, err := s.registered(ctx)
	if err != nil {
		return err
	}
	if t.dropped {
		return fmt.Errorf("%w: %d", inferencelog.ErrNoTable, id)
	}
	rest := make([]listed, 0, len(list))
	for _, there := range list {
		if there.ID != id {
			rest = append(rest, there)
		}
	}
	if err := s.register(list, rest); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.tables, id)
	s.mu.Unlock()
	s.known.forget(t)
	s.drops++
	t.drop(s.disk, filepath.Join(s.dir, fmt.Sprintf("%s%s.%d", droppedPrefix, t.home, s.drops)))
	return nil
}

// drop moves the folder out of the sight of other programs, and removes it when there are no readers. What
// cannot be removed now goes when the sink is opened again: the table is dropped already.
func (t *table) drop(d *disk, aside string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped = true
	for _, sp := range t.spools {
		t.release(sp)
	}
	if d.rename(t.folder, aside) == nil {
		t.folder = aside
	}
	t.doomed = append(t.doomed, t.folder)
	t.clear(d)
}

// Tables returns the live tables in the order of their ids.
func (s *Sink) Tables(ctx context.Context) ([]inferencelog.Table, error) {
	tables, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]inferencelog.Table, len(tables))
	for i, t := range tables {
		list[i] = t.Table
	}
	return list, nil
}

// registered returns the live tables as tables.json has them.
func (s *Sink) registered(ctx context.Context) ([]listed, error) {
	tables, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]listed, len(tables))
	for i, t := range tables {
		list[i] = t.listed
	}
	return list, nil
}
