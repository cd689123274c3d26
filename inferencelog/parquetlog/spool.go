package parquetlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// spool is the file that rows are in until their Parquet file is there. Its rows, with their ids and times, are known
// in memory as well.
type spool struct {
	path   string
	number uint64
	shape  *shape
	file   *os.File
	born   time.Time
	size   int64 // of what is whole
	torn   bool  // there may be more in the file, from a write that failed
	damage error

	rows     []spoolRow          // as they were written
	ids      map[string]struct{} // of the rows
	min, max int64               // event times, in microseconds

	readers int  // guarded by the table's mu
	over    bool // the last reader closes the file; guarded by the table's mu
}

// spoolRow is where a row is.
type spoolRow struct {
	micros int64
	at     int64
	length uint32
}

// newSpool makes the file of a spool.
func newSpool(d *disk, path string, number uint64, s *shape, sync bool) (*spool, error) {
	head, err := columnsFrame(s)
	if err != nil {
		return nil, err
	}
	f, err := d.create(path)
	if err != nil {
		return nil, err
	}
	if err = d.writeAt(f, head, 0); err == nil && sync {
		err = d.sync(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return &spool{
		path: path, number: number, shape: s, file: f, born: time.Now(), size: int64(len(head)),
		ids: make(map[string]struct{}),
	}, nil
}

// append writes a frame, all of it or nothing.
func (sp *spool) append(d *disk, frame []byte, sync bool) error {
	if sp.torn {
		if err := d.truncate(sp.file, sp.size); err != nil {
			return err
		}
		sp.torn = false
	}
	err := d.writeAt(sp.file, frame, sp.size)
	if err == nil && sync {
		err = d.sync(sp.file)
	}
	if err != nil {
		sp.torn = d.truncate(sp.file, sp.size) != nil
		return err
	}
	return nil
}

// openSpool reads a spool that an earlier process left. It is not written any more.
func openSpool(path string, number uint64, known func(*scanner) (*shape, error)) (*spool, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	sp := &spool{path: path, number: number, file: f, born: info.ModTime(), ids: make(map[string]struct{})}
	scan := newScanner(f, info.Size())
	if sp.shape, err = known(scan); err == nil {
		err = sp.learn(scan)
	}
	sp.size, sp.damage = scan.at, scan.damage
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return sp, nil
	case errors.As(err, new(*os.PathError)):
		return nil, errors.Join(err, f.Close())
	}
	sp.damage = errors.Join(sp.damage, err)
	return sp, nil
}

// newScanner reads with memory of its own, which each frame takes again.
func newScanner(f *os.File, size int64) *scanner {
	var buffer []byte
	return &scanner{file: f, size: size, room: func(n int) []byte {
		if n > cap(buffer) {
			buffer = make([]byte, n)
		}
		return buffer[:n]
	}}
}

// learn notes the rows of the spool.
func (sp *spool) learn(scan *scanner) error {
	for {
		content, _, at, err := scan.next()
		if err != nil {
			return err
		}
		sp.size = at + int64(len(content))
		if err := sp.note(content, at); err != nil {
			return err
		}
	}
}

// note takes up the rows of a frame that is in the file.
func (sp *spool) note(content []byte, at int64) error {
	for rest := content; len(rest) > 0; {
		row, after, err := cut(rest)
		if err != nil {
			return err
		}
		id, micros, err := sp.shape.key(row)
		if err != nil {
			return err
		}
		sp.add(string(id), spoolRow{micros, at + int64(len(content)-len(after)-len(row)), uint32(len(row))})
		rest = after
	}
	return nil
}

func (sp *spool) add(id string, row spoolRow) {
	if len(sp.rows) == 0 {
		sp.min, sp.max = row.micros, row.micros
	}
	sp.min, sp.max = min(sp.min, row.micros), max(sp.max, row.micros)
	sp.rows = append(sp.rows, row)
	sp.ids[id] = struct{}{}
}

// read returns a row's bytes, in the buffer when it is large enough.
func (sp *spool) read(row spoolRow, buffer []byte) ([]byte, error) {
	if cap(buffer) < int(row.length) {
		buffer = make([]byte, row.length)
	}
	buffer = buffer[:row.length]
	if _, err := sp.file.ReadAt(buffer, row.at); err != nil {
		return nil, fmt.Errorf("parquetlog: %w", err)
	}
	return buffer, nil
}

// fillSize writes the length of what begins at from, and ends the frame so far, into the four bytes before it.
func fillSize(frame []byte, from int) {
	binary.LittleEndian.PutUint32(frame[from-4:], uint32(len(frame)-from))
}

// discard removes the file of a spool that has no rows.
func (sp *spool) discard(err error) error {
	return errors.Join(err, sp.file.Close(), os.Remove(sp.path))
}
