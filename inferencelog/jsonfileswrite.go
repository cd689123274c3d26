package inferencelog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// rowFileWriter is the file that is being written.
type rowFileWriter struct {
	rowFile
	file appendFile
	is   fs.FileInfo // to know it by
}

// appendFile is an [os.File] as far as it is used here.
type appendFile interface {
	io.WriteCloser
	io.ReaderAt
	Truncate(size int64) error
	Sync() error
}

// write writes a batch. The caller holds mu.
func (s *JSONFiles) write(t Table, batch []*Record) error {
	if err := s.ready(); err != nil {
		return err
	}
	buf := s.lines.encode(t, batch, s.recent)
	if len(buf) > 0 {
		if err := s.writeOut(buf); err != nil {
			return err
		}
		for _, id := range s.lines.ids {
			s.recent.add(id)
		}
	}
	s.lines.settled(t.ID, batch)
	return nil
}

// writeOut writes lines, or leaves the file as it was.
func (s *JSONFiles) writeOut(buf []byte) error {
	c := s.current
	n, err := c.file.Write(buf)
	if err == nil && n < len(buf) {
		err = io.ErrShortWrite
	}
	synced := true
	if err == nil && s.opts.sync() {
		err = c.file.Sync()
		synced = err == nil
	}
	if err == nil {
		c.size += int64(n)
		return nil
	}
	cut := c.file.Truncate(c.size)
	switch {
	case !synced:
		// What fsync has failed on may be lost although a second one says nothing: the batch has to go elsewhere.
		c.file.Close()
		s.current = nil
	case cut != nil:
		s.lines.failed(n)
		c.size += int64(max(n, 0))
	}
	return err
}

// ready makes sure that there is a file to write to: the current one, unless it is long or old enough or somebody has
// taken it away.
func (s *JSONFiles) ready() error {
	now := s.opts.now()
	if c := s.current; c != nil {
		is, err := s.root.Lstat(c.name)
		if err == nil && os.SameFile(is, c.is) && c.size < s.opts.maxFileBytes() && now.Sub(c.begun) < s.opts.maxFileAge() {
			return nil
		}
	}
	return s.begin(now)
}

// begin makes the next file the current one.
func (s *JSONFiles) begin(now time.Time) error {
	const tries = 100 // with names that are taken, by what is no file of ours
	for range tries {
		f := rowFile{name: rowFileName(now, s.next), number: s.next, begun: now}
		s.next++
		file, err := s.root.OpenFile(f.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		is, err := file.Stat()
		if err == nil && s.opts.sync() {
			err = syncFolder(s.root)
		}
		if err != nil {
			file.Close()
			return err
		}
		if s.current != nil {
			s.current.file.Close() // all that was asked of it has been done
		}
		s.current = &rowFileWriter{rowFile: f, file: file, is: is}
		s.lines.torn = false
		s.tidySoon()
		return nil
	}
	return fmt.Errorf("%w: %s", fs.ErrExist, rowFileName(now, s.next))
}

// resume finds out where an earlier process has stopped: it reads the last rows back, and makes the newest file the
// current one.
func (s *JSONFiles) resume() error {
	files, err := listRowFiles(s.root)
	if err != nil {
		return err
	}
	s.next = 1
	if len(files) == 0 {
		return nil
	}
	for _, f := range files[max(0, len(files)-2):] {
		s.readBack(f)
	}
	newest := files[len(files)-1]
	s.next = newest.number + 1
	if newest.zipped {
		return nil
	}
	file, err := s.root.OpenFile(newest.name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil // it counts as finished
	}
	is, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	s.current = &rowFileWriter{rowFile: newest, file: file, is: is}
	s.current.size = is.Size()
	return s.endTornLine()
}

// endTornLine ends the last line of the current file when nobody has.
func (s *JSONFiles) endTornLine() error {
	c := s.current
	if c.size == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := c.file.ReadAt(last, c.size-1); err != nil {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	if _, err := c.file.Write([]byte{'\n'}); err != nil {
		s.lines.torn = true // the next batch ends it
		return nil
	}
	c.size++
	return nil
}
