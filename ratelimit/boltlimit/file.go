package boltlimit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// fileMode keeps a new file to its owner.
const fileMode = 0o600

// file is a file of counts that this process alone has open.
type file struct {
	path  string
	db    *bbolt.DB
	stuck bool // a panic has left a lock of bbolt's held
}

// openFile opens the file at path, and makes it when it is not there. It walks
// over the whole file first, for bbolt trusts what it reads.
func openFile(path string, opts *Options) (f *file, err error) {
	info, err := os.Stat(path)
	isNew := errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0
	if !isNew {
		if err := checkFile(path, opts); err != nil {
			return nil, err
		}
	}
	f = &file{path: path}
	if f.db, err = openBolt(path, opts, false); err != nil {
		return nil, err
	}
	if isNew {
		err = syncFolder(path)
	}
	if err == nil {
		err = f.start()
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// openBolt opens the file with bbolt and explains its errors.
func openBolt(path string, opts *Options, readOnly bool) (db *bbolt.DB, err error) {
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
		return nil, ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return nil, damaged("%v", err)
	case errors.Is(err, ErrDamaged):
		return nil, err
	case readOnly && !errors.As(err, new(syscall.Errno)):
		return nil, damaged("%v", err) // too short, for one
	}
	return nil, fmt.Errorf("boltlimit: open: %w", err)
}

// start makes an empty file one of ours, and refuses every other.
func (f *file) start() error {
	empty := false
	err := f.transact(f.db.View, func(tx *bbolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			empty = true
			return nil
		}
		return checkFormat(tx)
	})
	if err != nil || !empty {
		return err
	}
	return f.transact(f.db.Update, format)
}

// transact runs one transaction, db.View or db.Update, and notices when a
// panic keeps it from ending.
func (f *file) transact(run func(func(*bbolt.Tx) error) error, do func(*bbolt.Tx) error) error {
	if f.stuck {
		return damaged("it cannot be written any more")
	}
	var held *bbolt.Tx
	err := guarded(func() error {
		return run(func(tx *bbolt.Tx) error {
			held = tx
			return do(tx)
		})
	})
	f.stuck = held != nil && held.DB() != nil
	return err
}

// close lets go of the file.
func (f *file) close() error {
	if f.stuck { // db.Close would wait for ever
		return errors.New("boltlimit: close: the file stays locked until the process ends")
	}
	if err := guarded(f.db.Close); err != nil {
		return fmt.Errorf("boltlimit: close: %w", err)
	}
	return nil
}

// syncFolder makes the name of a new file durable.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // has no such thing
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("boltlimit: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("boltlimit: sync folder: %w", err)
	}
	return nil
}
