package inferencelog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
)

// ErrFolderInUse: another sink, of this process or another one, writes to the folder.
var ErrFolderInUse = errors.New("inferencelog: folder is in use")

// JSONFiles is a sink that writes lines as [JSONLines] does, into files of one folder: one at a time, named
// rows-<time in UTC>-<number>.jsonl, with the rows of all tables. Make one with [OpenJSONFiles] and close it. It is safe
// for concurrent use.
//
// The tables are remembered in tables.json. A batch is one write; when that fails, the file is cut back to where it was,
// so that a reader finds whole lines only and the batch can be written again. The file that a crash has left with a torn
// line goes on behind a line break. A batch that is written again is known by the ids of the last 65,536 rows, which are
// read back from the two newest files when the folder is opened; a row that comes again after more others is there
// twice.
//
// It cannot be read: that is left to tail, jq, and whatever loads files. Dropping a table leaves its lines. Files that
// somebody else takes away are missed by nobody: when it is the one being written, the next batch begins another. Of what else is in the
// folder nothing is touched; links are not followed.
type JSONFiles struct {
	opts *JSONFilesOptions
	root *os.Root
	lock *os.File

	mu      sync.Mutex
	closed  bool
	tables  map[uint64]Table
	lines   lines
	recent  *recentRows
	current *rowFileWriter // nil: the next batch begins one
	next    uint64         // the number of the next file

	tidying sync.Mutex    // held while finished files are looked after
	wake    chan struct{} // a file was finished
	stop    chan struct{}
	done    chan struct{}
}

// OpenJSONFiles opens a folder, or makes it with mode 0700; its files have mode 0600. It returns [ErrFolderInUse] when
// the folder is open already (where the system has no file locks it cannot tell), and an error when tables.json
// cannot be understood. It goes on with the newest file. It runs one goroutine, until Close.
func OpenJSONFiles(dir string, opts *JSONFilesOptions) (*JSONFiles, error) {
	s, err := openJSONFiles(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("inferencelog: json files: %w", err)
	}
	return s, nil
}

func openJSONFiles(dir string, opts *JSONFilesOptions) (*JSONFiles, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &JSONFiles{
		opts: opts, root: root, recent: newRecentRows(),
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if err := s.take(); err != nil {
		s.release()
		return nil, err
	}
	go s.keepTidy()
	s.tidySoon()
	return s, nil
}

// take takes the folder and finds out what is in it.
func (s *JSONFiles) take() (err error) {
	if s.lock, err = lockFolder(s.root); err != nil {
		return err
	}
	if s.tables, err = readTables(s.root); err != nil {
		return err
	}
	return s.resume()
}

// Create makes a table known, in tables.json.
func (s *JSONFiles) Create(ctx context.Context, t Table) error {
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
	tables := maps.Clone(s.tables)
	tables[t.ID] = t
	return s.keepTables(tables)
}

// Drop forgets a table; its lines stay where they are.
func (s *JSONFiles) Drop(ctx context.Context, id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.table(ctx, id); err != nil {
		return err
	}
	tables := maps.Clone(s.tables)
	delete(tables, id)
	if err := s.keepTables(tables); err != nil {
		return err
	}
	s.lines.forget(id)
	s.recent.forget(id)
	return nil
}

// keepTables makes these the tables, on disk first.
func (s *JSONFiles) keepTables(tables map[uint64]Table) error {
	if err := writeTables(s.root, tables); err != nil {
		return fmt.Errorf("inferencelog: json files: %w", err)
	}
	s.tables = tables
	return nil
}

// Tables returns the tables created and not dropped, in the order of their ids.
func (s *JSONFiles) Tables(ctx context.Context) ([]Table, error) {
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

// Write writes the rows of the batch that are not among the last ones, with one write.
func (s *JSONFiles) Write(ctx context.Context, id uint64, batch []*Record) error {
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
	if err := s.write(t, batch); err != nil {
		return fmt.Errorf("inferencelog: json files: %w", err)
	}
	return nil
}

// table looks a table up. The caller holds mu.
func (s *JSONFiles) table(ctx context.Context, id uint64) (Table, error) {
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

// Close closes the file and leaves the folder. A compression that is under way is given up; it is done when the folder
// is opened again. Close may be called again.
func (s *JSONFiles) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed, s.tables, s.recent, s.lines = true, nil, nil, lines{}
	s.mu.Unlock()
	close(s.stop)
	<-s.done
	return s.release()
}

// release closes whatever is open.
func (s *JSONFiles) release() error {
	var errs []error
	if s.current != nil {
		errs = append(errs, s.current.file.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(append(errs, s.root.Close())...)
}
