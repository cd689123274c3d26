package parquetlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/modelward/modelward/inferencelog"
)

// Sink keeps inference tables in a folder. It is an [inferencelog.LogSink] and an [inferencelog.RowReader], safe for
// concurrent use. Make one with [Open].
type Sink struct {
	dir   string
	opts  *Options
	disk  *disk
	lock  *os.File
	known *known

	shapes  map[inferencelog.Layout]*shape
	buffers sync.Pool // of *[]byte, for frames

	building turn     // of whoever builds a file
	builder  *builder // likewise; nil: none is kept

	mu     sync.RWMutex // guards the rest
	closed bool
	tables map[uint64]*table

	registering turn              // of whoever changes the list of tables; guards the three below
	folders     map[uint64]uint64 // how many folders were given to an id
	drops       uint64            // how many there were
	unsettled   bool              // tables.json may have a change that failed

	wake chan struct{} // there is something to build
	stop chan struct{}
	done chan struct{}
}

var (
	_ inferencelog.LogSink   = (*Sink)(nil)
	_ inferencelog.RowReader = (*Sink)(nil)
)

// Open opens the folder, and makes it, for its owner only, when it is not there. A nil opts means every default.
// Rows that an earlier process had not yet made a file of are made one now, in the background.
func Open(dir string, opts *Options) (*Sink, error) { return open(dir, opts, &disk{}) }

func open(dir string, opts *Options, d *disk) (_ *Sink, err error) {
	s := &Sink{
		dir: dir, opts: opts, disk: d, known: newKnown(),
		shapes:   make(map[inferencelog.Layout]*shape),
		buffers:  sync.Pool{New: func() any { return new([]byte) }},
		building: newTurn(),
		tables:   make(map[uint64]*table),

		registering: newTurn(),
		folders:     make(map[uint64]uint64),

		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("parquetlog: %s: %w", dir, err), s.shut())
		}
	}()
	if dir == "" {
		return nil, errors.New("no folder")
	}
	for _, layout := range []inferencelog.Layout{inferencelog.Payload, inferencelog.Usage} {
		if s.shapes[layout], err = newShape(layout.Columns()); err != nil {
			return nil, err
		}
	}
	s.shapes[""] = s.shapes[inferencelog.Payload]
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if s.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if err := lock(s.lock); err != nil {
		return nil, err
	}
	list, err := loadRegistry(d, dir)
	if err != nil {
		return nil, err
	}
	if err := sweep(d, dir, list); err != nil {
		return nil, err
	}
	for _, t := range list {
		if s.tables[t.ID], err = openTable(d, dir, t, s.shapes[t.Layout], s.shapeOf); err != nil {
			delete(s.tables, t.ID)
			return nil, err
		}
		_, s.folders[t.ID], _ = parseFolder(t.home)
	}
	s.wake <- struct{}{}
	go s.run()
	return s, nil
}

// shapeOf reads what columns a spool has.
func (s *Sink) shapeOf(scan *scanner) (*shape, error) {
	list, err := scan.columns()
	if err != nil {
		return nil, err
	}
	for _, known := range s.shapes {
		if known.same(list) {
			return known, nil
		}
	}
	return newShape(list)
}

// Close finishes all files, waits for the background to end, and gives the folder free. Rows that no file could be made
// of are in their spools still, and become one when the folder is opened again; the error says why.
// A second Close does nothing.
func (s *Sink) Close() error {
	if s.over() || !s.end() {
		return nil
	}
	close(s.stop)
	<-s.done
	return errors.Join(s.finish(context.Background(), true), s.shut())
}

// end lets no call begin any more. It reports whether this is the first time.
func (s *Sink) end() bool {
	s.registering.wait()
	defer s.registering.give()
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.closed
	s.closed = true
	return !was
}

func (s *Sink) over() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

// shut closes what is open.
func (s *Sink) shut() error {
	for _, t := range s.tables {
		t.shut()
	}
	if s.lock == nil {
		return nil
	}
	return errors.Join(unlock(s.lock), s.lock.Close())
}

// Flush makes files of all rows that are there, so that other programs see them. When it fails the rows are as safe as
// before, and files are tried again in the background.
func (s *Sink) Flush(ctx context.Context) error {
	if _, err := s.list(ctx); err != nil {
		return err
	}
	return s.finish(ctx, false)
}

// Err returns what is wrong beside calls that have failed: files that cannot be built at the moment, spools that were
// found damaged and set aside, finished files that cannot be read. It returns nil when all is well.
func (s *Sink) Err() error {
	var err error
	for _, t := range s.all() {
		err = errors.Join(err, t.health())
	}
	return err
}

// all returns the tables in the order of their ids.
func (s *Sink) all() []*table {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*table, 0, len(s.tables))
	for _, t := range s.tables {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b *table) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// list is all, for callers from outside.
func (s *Sink) list(ctx context.Context) ([]*table, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.over() {
		return nil, inferencelog.ErrClosed
	}
	return s.all(), nil
}

// table looks a table up.
func (s *Sink) table(ctx context.Context, id uint64) (*table, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, inferencelog.ErrClosed
	}
	t, ok := s.tables[id]
	if !ok {
		return nil, fmt.Errorf("%w: %d", inferencelog.ErrNoTable, id)
	}
	return t, nil
}
