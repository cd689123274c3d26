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
	s.registering.Lock()
	defer s.registering.Unlock()
	list, err := s.Tables(ctx)
	if err != nil {
		return err
	}
	for _, there := range list {
		if there.ID == t.ID || there.Name == t.Name {
			return fmt.Errorf("%w: %d %q", inferencelog.ErrTableExists, there.ID, there.Name)
		}
	}
	folder := filepath.Join(s.dir, folderName(t.ID))
	if err := s.makeFolder(folder); err != nil {
		return fmt.Errorf("parquetlog: %w", err)
	}
	made := &table{Table: t, shape: s.shapes[t.Layout], folder: folder, next: 1}
	if err := s.register(list, append(slices.Clip(list), t)); err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables[t.ID] = made
	return nil
}

// makeFolder makes an empty folder.
func (s *Sink) makeFolder(path string) error {
	if err := s.disk.removeAll(path); err != nil { // of a table that was dropped when its folder could not be moved
		return err
	}
	if err := s.disk.ask("create", path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return s.disk.syncFolder(s.dir)
}

// register replaces the list of tables. After an error the list is as it was: the new one may have come as far as to
// its place, so the old one is written again.
func (s *Sink) register(was, is []inferencelog.Table) error {
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
	s.registering.Lock()
	defer s.registering.Unlock()
	t, err := s.table(ctx, id)
	if err != nil {
		return err
	}
	list, err := s.Tables(ctx)
	if err != nil {
		return err
	}
	rest := make([]inferencelog.Table, 0, len(list))
	for _, there := range list {
		if there.ID != id {
			rest = append(rest, there)
		}
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	if err := s.register(list, rest); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.tables, id)
	s.mu.Unlock()
	s.known.forget(t)
	s.drops++
	t.drop(s.disk, filepath.Join(s.dir, fmt.Sprintf("%s%s.%d", droppedPrefix, folderName(id), s.drops)))
	return nil
}

// drop moves the folder out of the way of a later table with the id, and removes it when there are no readers. What
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
