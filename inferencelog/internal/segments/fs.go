package segments

import "io"

// FS is what a log needs of a file system. Names are paths as filepath.Join makes them. Errors that mean that something is
// not there, or is there already, match fs.ErrNotExist and fs.ErrExist.
type FS interface {
	// Mkdir makes the folder, for its owner alone, with the folders above it, durably. If it is there, nothing happens.
	Mkdir(dir string) error

	// Names lists the regular files of a folder, without the folder, in any order.
	Names(dir string) ([]string, error)

	// Create makes a file that was not there, for its owner alone, to be read and written.
	Create(name string) (File, error)

	// Open opens a file to be read.
	Open(name string) (File, error)

	// Lock opens a file to be read and written, which it makes if need be, for one holder until it is closed. The error
	// of the second one matches ErrLocked.
	Lock(name string) (File, error)

	// Remove removes a file.
	Remove(name string) error

	// SyncDir returns when what was created and removed in a folder is on the medium.
	SyncDir(dir string) error
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer

	// Size returns the size in bytes.
	Size() (int64, error)

	// Truncate cuts the file off.
	Truncate(size int64) error

	// Sync returns nil when what was written is on the medium, and the file still goes by its name: what is written to
	// a file that was removed is on no medium.
	Sync() error
}
