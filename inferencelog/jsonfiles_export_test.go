package inferencelog

import (
	"errors"
	"io/fs"
)

// Tidy does now what is done in the background, and waits for what is under way.
func (s *JSONFiles) Tidy() { s.tidy() }

// BadFile is a file that fails after Left more bytes.
type BadFile struct {
	appendFile
	Left                int
	NoTruncate, NoFsync bool
}

// errDisk is what a bad file says.
var errDisk = errors.New("bad disk")

// Spoil makes the file that is written a bad one.
func (s *JSONFiles) Spoil(f *BadFile) {
	f.appendFile = s.current.file
	s.current.file = f
}

func (f *BadFile) Write(p []byte) (int, error) {
	if len(p) <= f.Left {
		f.Left -= len(p)
		return f.appendFile.Write(p)
	}
	n, err := f.appendFile.Write(p[:f.Left])
	f.Left = 0
	return n, errors.Join(errDisk, err)
}

func (f *BadFile) Truncate(size int64) error {
	if f.NoTruncate {
		return errDisk
	}
	return f.appendFile.Truncate(size)
}

func (f *BadFile) Sync() error {
	if f.NoFsync {
		return &fs.PathError{Op: "sync", Err: errDisk}
	}
	return f.appendFile.Sync()
}
