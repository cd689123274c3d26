package parquetlog

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/modelward/modelward/inferencelog"
)

// table is one inference table: finished files, spools that wait to become files, and the spool that is written.
type table struct {
	listed
	shape *shape

	// writing is the turn of whoever writes a batch, ends a spool, or drops the table. It comes before mu, and before
	// the turn to change the list of tables.
	writing turn
	ended   bool                // nothing is written any more; guarded by writing
	seen    map[string]struct{} // the ids of a batch; guarded by writing

	mu       sync.RWMutex // guards the rest, for moments
	folder   string       // where it is now
	dropped  bool
	files    []*file  // by number
	spools   []*spool // by number
	active   *spool   // of them, the one that is written to; it changes while both writing and mu are held
	next     uint64   // the number of the next spool
	readers  int      // who may hold on to files
	doomed   []string // paths that go when there are no readers
	leftover []string // spools whose file is there, and which could not be removed
	failure  error    // why no file can be made
	damaged  []string // spools that were set aside
}

func newTable(dir string, t listed, s *shape) *table {
	return &table{listed: t, shape: s, writing: newTurn(), folder: filepath.Join(dir, t.home), next: 1}
}

// openTable takes up what is in a table's folder.
func openTable(d *disk, dir string, t listed, s *shape, known func(*scanner) (*shape, error)) (_ *table, err error) {
	made := newTable(dir, t, s)
	defer func() {
		if err != nil {
			made.shut()
		}
	}()
	if err := os.MkdirAll(made.folder, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(made.folder)
	if err != nil {
		return nil, err
	}
	spools := make(map[uint64]string)
	for _, entry := range entries {
		name := entry.Name()
		path := filepath.Join(made.folder, name)
		if !entry.Type().IsRegular() {
			continue
		}
		if number, ok := spoolNumber(name); ok {
			spools[number] = path
			made.next = max(made.next, number+1)
		} else if number, ok := fileNumber(name); ok {
			made.files = append(made.files, describe(made.folder, name, number))
			made.next = max(made.next, number+1)
		} else if strings.HasSuffix(name, fileSuffix+tmpSuffix) {
			if err := d.remove(path); err != nil {
				return nil, err
			}
		} else if strings.HasSuffix(name, spoolSuffix+damagedSuffix) {
			made.damaged = append(made.damaged, path)
		}
	}
	slices.SortFunc(made.files, func(a, b *file) int { return cmp.Compare(a.number, b.number) })
	return made, made.openSpools(d, spools, known)
}

// openSpools takes up the spools of an earlier process. One whose file is there, and can be read, is of no more use.
func (t *table) openSpools(d *disk, paths map[uint64]string, known func(*scanner) (*shape, error)) error {
	for number, path := range paths {
		finished := slices.IndexFunc(t.files, func(f *file) bool { return f.number == number })
		if finished >= 0 && t.files[finished].bad == nil {
			sp, err := openSpool(path, number, known)
			if err != nil {
				return err
			}
			t.release(sp)
			if sp.damage != nil {
				t.setAside(d, path)
			} else if err := d.remove(path); err != nil {
				return err
			}
			continue
		}
		if finished >= 0 {
			if err := d.remove(filepath.Join(t.folder, t.files[finished].name)); err != nil {
				return err
			}
			t.files = slices.Delete(t.files, finished, finished+1)
		}
		sp, err := openSpool(path, number, known)
		if err != nil {
			return err
		}
		t.spools = append(t.spools, sp)
	}
	slices.SortFunc(t.spools, func(a, b *spool) int { return cmp.Compare(a.number, b.number) })
	return nil
}

// health returns what is wrong with the table.
func (t *table) health() error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	err := t.failure
	for _, path := range t.damaged {
		err = errors.Join(err, fmt.Errorf("parquetlog: a spool of table %d was damaged, and rows of it are missing: it was set aside as %s", t.ID, path))
	}
	for _, f := range t.files {
		err = errors.Join(err, f.bad)
	}
	return err
}

// spoil notes that a finished file cannot be read.
func (t *table) spoil(f *file, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.files, f); i >= 0 {
		bad := *f
		bad.bad = err
		t.files[i] = &bad // readers have the one that was
	}
}

// pin takes the table's files and spools as they are, for a reader, until unpin.
func (t *table) pin() (files []*file, spools []spoolView, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dropped {
		return nil, nil, fmt.Errorf("%w: %d", inferencelog.ErrNoTable, t.ID)
	}
	t.readers++
	for _, sp := range t.spools {
		sp.readers++
		spools = append(spools, spoolView{spool: sp, rows: sp.rows, bytes: sp.size, min: sp.min, max: sp.max})
	}
	return slices.Clone(t.files), spools, nil
}

// unpin ends what pin began. What was removed meanwhile goes with the last reader.
func (t *table) unpin(d *disk, spools []spoolView) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readers--
	for _, v := range spools {
		if v.readers--; v.readers == 0 && v.over {
			v.file.Close()
		}
	}
	t.clear(d)
}

// clear removes what is doomed, when nobody reads. What cannot be removed stays doomed. The caller holds mu.
func (t *table) clear(d *disk) {
	if t.readers > 0 {
		return
	}
	t.doomed = slices.DeleteFunc(t.doomed, func(path string) bool { return d.removeAll(path) == nil })
}

// release closes a spool's file, now or when its last reader is done. The caller holds mu.
func (t *table) release(sp *spool) {
	if sp.over {
		return
	}
	if sp.over = true; sp.readers == 0 {
		sp.file.Close()
	}
}

// shut closes what is open.
func (t *table) shut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, sp := range t.spools {
		t.release(sp)
	}
}

// path returns where a file of the table is now.
func (t *table) path(name string) string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return filepath.Join(t.folder, name)
}

// open opens a finished file of the table for a reader. The lock is held for that,
// since dropping the table moves its folder.
func (t *table) open(name string) (*openedFile, error) {
	t.mu.RLock()
	f, err := os.Open(filepath.Join(t.folder, name))
	t.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	return newOpenedFile(f)
}

// spoolView is a spool as it was at one moment.
type spoolView struct {
	*spool
	rows     []spoolRow
	bytes    int64
	min, max int64
}
