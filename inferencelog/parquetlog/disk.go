package parquetlog

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// disk is what changes the folder. Every change goes through it, so that a test can make any of them fail.
type disk struct {
	// fail is asked before each change, with what is to be done and to which file. Nil: nothing fails but by itself.
	fail func(op, path string) error
}

func (d *disk) ask(op, path string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(op, path)
}

// create makes a file, which must not be there.
func (d *disk) create(path string) (*os.File, error) {
	if err := d.ask("create", path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// writeAt writes all of b. When it fails, part of it may be there.
func (d *disk) writeAt(f *os.File, b []byte, at int64) error {
	if err := d.ask("write", f.Name()); err != nil {
		_, half := f.WriteAt(b[:len(b)/2], at)
		return errors.Join(err, half)
	}
	_, err := f.WriteAt(b, at)
	return err
}

func (d *disk) truncate(f *os.File, size int64) error {
	if err := d.ask("truncate", f.Name()); err != nil {
		return err
	}
	return f.Truncate(size)
}

func (d *disk) sync(f *os.File) error {
	if err := d.ask("sync", f.Name()); err != nil {
		return err
	}
	return f.Sync()
}

// syncFolder makes the names in a folder last.
func (d *disk) syncFolder(path string) error {
	if err := d.ask("sync", path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(f.Sync()), f.Close())
}

func (d *disk) rename(from, to string) error {
	if err := d.ask("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d *disk) remove(path string) error {
	if err := d.ask("remove", path); err != nil {
		return err
	}
	return os.Remove(path)
}

func (d *disk) removeAll(path string) error {
	if err := d.ask("remove", path); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// replace puts a file with that content in the place of the one at path, or of none: the old one or the new one is
// there at every moment, and the new one lasts when replace has returned nil.
func (d *disk) replace(path string, content []byte) error {
	tmp := path + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := d.create(tmp)
	if err != nil {
		return err
	}
	if err = d.writeAt(f, content, 0); err == nil {
		err = d.sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return d.syncFolder(filepath.Dir(path))
}

// output is a file that is written from its beginning to its end.
type output struct {
	disk *disk
	file *os.File
	size int64
}

func (o *output) Write(b []byte) (int, error) {
	if err := o.disk.writeAt(o.file, b, o.size); err != nil {
		return 0, err
	}
	o.size += int64(len(b))
	return len(b), nil
}

var _ io.Writer = (*output)(nil)
