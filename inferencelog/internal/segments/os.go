package segments

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// OS is the operating system's file system.
type OS struct{}

// Mkdir makes the folder with mode 0700, and syncs the folders that got a new name. One that is there keeps its mode.
func (OS) Mkdir(dir string) error {
	parent := filepath.Dir(dir)
	switch at, err := os.Stat(dir); {
	case err == nil && !at.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case err == nil:
		// Made by a process that may have died before it could sync; but perhaps not ours to open.
		_ = OS{}.SyncDir(parent)
		return nil
	case parent == dir:
		return err
	}
	if err := (OS{}).Mkdir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	return OS{}.SyncDir(parent)
}

// Names lists the regular files of a folder.
func (OS) Names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Create makes a file with mode 0600.
func (OS) Create(name string) (File, error) {
	return open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// Open opens a file to be read.
func (OS) Open(name string) (File, error) {
	return open(name, os.O_RDONLY)
}

// Lock opens a file, with mode 0600 if it is new, and takes flock on it where there is one.
func (OS) Lock(name string) (File, error) {
	f, err := open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if err := lock(f.File); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// Remove removes a file.
func (OS) Remove(name string) error {
	return os.Remove(name)
}

// SyncDir syncs a folder; on Windows, which has no such thing, it does nothing.
func (OS) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closed := d.Close(); err == nil {
		err = closed
	}
	return err
}

// osFile is a file with its name.
type osFile struct{ *os.File }

func open(name string, flag int) (*osFile, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return &osFile{f}, nil
}

func (f *osFile) Size() (int64, error) {
	at, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return at.Size(), nil
}

func (f *osFile) Sync() error {
	if err := f.File.Sync(); err != nil {
		return err
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(f.Name())
	if err != nil {
		return err
	}
	if !os.SameFile(mine, named) {
		return &fs.PathError{Op: "sync", Path: f.Name(), Err: fs.ErrNotExist}
	}
	return nil
}
