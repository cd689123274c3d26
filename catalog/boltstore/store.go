package boltstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/modelward/modelward/catalog"
)

// fileMode keeps a new file to its owner: the catalog says who may do what.
const fileMode = 0o600

// Store is a [catalog.Store] in one file. It may be used from any number of
// goroutines.
type Store struct {
	db      *bbolt.DB
	writing sync.Mutex // held by Append from its attempt to the verdict on it

	mu     sync.Mutex
	more   chan struct{} // closed and replaced at every commit, closed at the end
	closed bool
	failed error // what every later call returns: damage, or an unknown outcome
	stuck  bool  // a panic has left a lock of bbolt's held
}

var (
	_ catalog.Store   = (*Store)(nil)
	_ catalog.Batcher = (*Store)(nil)
)

// Open opens the file at path, and creates it when it is not there; its folder
// must be. It reads the whole file to check it. Errors: [ErrInUse],
// [ErrDamaged], and those of the file system.
func Open(path string, opts *Options) (*Store, error) {
	info, err := os.Stat(path)
	isNew := errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0
	if !isNew {
		if err := checkFile(path, opts); err != nil {
			return nil, err
		}
	}
	s := &Store{more: make(chan struct{})}
	if s.db, err = openFile(path, opts, false); err != nil {
		return nil, err
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.closeFile())
	}
	if isNew {
		if err := syncFolder(path); err != nil {
			return nil, errors.Join(err, s.closeFile())
		}
	}
	return s, nil
}

// openFile opens the file with bbolt and explains its errors.
func openFile(path string, opts *Options, readOnly bool) (db *bbolt.DB, err error) {
	err = guarded(func() (err error) {
		db, err = bbolt.Open(path, fileMode, &bbolt.Options{
			Timeout: opts.lockTimeout(), ReadOnly: readOnly, FreelistType: bbolt.FreelistMapType,
		})
		return err
	})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return nil, damaged("%s: %v", path, err)
	case errors.Is(err, ErrDamaged):
		return nil, err
	case readOnly && !errors.As(err, new(syscall.Errno)):
		return nil, damaged("%s: %v", path, err) // too short, for one
	}
	return nil, fmt.Errorf("boltstore: open: %w", err)
}

// transact runs one transaction, db.View or db.Update, and notices when a
// panic keeps it from ending.
func (s *Store) transact(run func(func(*bbolt.Tx) error) error, f func(*bbolt.Tx) error) error {
	var held *bbolt.Tx
	err := guarded(func() error {
		return run(func(tx *bbolt.Tx) error {
			held = tx
			return f(tx)
		})
	})
	if held != nil && held.DB() != nil {
		s.mu.Lock()
		s.stuck = true
		s.mu.Unlock()
	}
	return err
}

// start checks that the file is one of ours, or makes it one when it is empty.
func (s *Store) start() error {
	empty := false
	err := s.transact(s.db.View, func(tx *bbolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			empty = true
			return nil
		}
		return checkContent(tx)
	})
	if err != nil || !empty {
		return err
	}
	err = s.transact(s.db.Update, func(tx *bbolt.Tx) error {
		for _, name := range []string{bucketRows, bucketLog, bucketMeta} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		meta := tx.Bucket([]byte(bucketMeta))
		if err := meta.Put([]byte(keyFormat), seal([]byte(keyFormat), []byte(format))); err != nil {
			return err
		}
		return meta.Put([]byte(keyHead), seal([]byte(keyHead), head{}.bytes()))
	})
	if err != nil {
		return fmt.Errorf("boltstore: create: %w", err)
	}
	return nil
}

// checkContent compares what can be compared without reading every row.
func checkContent(tx *bbolt.Tx) error {
	is, err := get(tx, bucketMeta, []byte(keyFormat))
	if err != nil {
		return err
	}
	if string(is) != format {
		return fmt.Errorf("boltstore: file has format %q, not %q", is, format)
	}
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	log := tx.Bucket([]byte(bucketLog))
	if log == nil || tx.Bucket([]byte(bucketRows)) == nil {
		return damaged("a bucket is missing")
	}
	trimmed, err := readTrimmed(tx)
	if err != nil {
		return err
	}
	if trimmed >= h.Version {
		if k, _ := log.Cursor().First(); k != nil || trimmed > h.Version {
			return damaged("the history does not end at version %d", h.Version)
		}
		return nil
	}
	first, _ := log.Cursor().First()
	last, value := log.Cursor().Last()
	if string(first) != string(logKey(trimmed+1)) || string(last) != string(logKey(h.Version)) {
		return damaged("the history does not go from version %d to %d", trimmed+1, h.Version)
	}
	nextID, err := nextIDOf(last, value)
	if err != nil {
		return err
	}
	if nextID != h.NextID {
		return damaged("the head and the last commit differ")
	}
	return nil
}

// Close lets go of the file. It waits for calls under way; watchers end with
// [catalog.ErrClosed]. Closing again does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.more)
	s.mu.Unlock()
	return s.closeFile()
}

func (s *Store) closeFile() error {
	s.mu.Lock()
	stuck := s.stuck
	s.mu.Unlock()
	if stuck { // db.Close would wait for ever
		return errors.New("boltstore: close: the file stays locked until the process ends")
	}
	if err := guarded(s.db.Close); err != nil {
		return fmt.Errorf("boltstore: close: %w", err)
	}
	return nil
}

// state returns the channel that the next commit closes, or why there is none.
func (s *Store) state() (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, catalog.ErrClosed
	}
	return s.more, s.failed
}

// settle turns an error of bbolt's into one of ours. After damage or an
// unknown outcome the store is of no more use.
func (s *Store) settle(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return catalog.ErrClosed
	}
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnknownOutcome) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil && !s.closed {
		s.failed = err
		close(s.more) // wakes the watchers, who find out
		s.more = make(chan struct{})
	}
	return err
}

// syncFolder makes the name of a new file durable.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such thing
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("boltstore: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("boltstore: sync folder: %w", err)
	}
	return nil
}
