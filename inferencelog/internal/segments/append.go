package segments

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
)

// maxBuffer is how much of a batch is put together for one write, in bytes. What is larger is written in several.
const maxBuffer = 4 << 20

// Append writes a batch, in one file, and syncs it; the data is not kept. Nil means that all of the frames are on the
// medium: acknowledged. Their numbers are consecutive and end in last. After an error none of them is acknowledged,
// and Next will not read them; but after a crash they may be found, whole ones only. It waits for an Append that is under way.
// An empty batch does nothing.
//
// The errors match [ErrFull], [ErrTooLarge], [ErrClosed], or what the file system said; after that it may be tried again.
func (l *Log) Append(frames [][]byte) (last uint64, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	size, err := l.batchSize(frames)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	last, next, closed := l.last, l.next, l.closed
	l.mu.Unlock()
	switch n := uint64(len(frames)); {
	case closed:
		return 0, ErrClosed
	case n == 0:
		return last, nil
	case n > math.MaxUint64-next:
		return 0, errSpent
	}
	s, err := l.room(size)
	if err != nil {
		return 0, err
	}
	// Whatever comes of it: a number that was on the medium once is never given to another frame.
	l.mu.Lock()
	l.next += uint64(len(frames))
	l.mu.Unlock()
	if s == nil {
		err = l.begin(next, size, frames)
	} else if err = l.write(s.file, s.end, nil, next, frames); err == nil {
		l.acknowledge(s, size, len(frames))
	} else {
		l.abandon(s, s.end+size)
	}
	if err != nil {
		return 0, fmt.Errorf("segments: append: %w", err)
	}
	l.signal()
	return next + uint64(len(frames)) - 1, nil
}

// batchSize returns what the frames take on disk.
func (l *Log) batchSize(frames [][]byte) (size int64, err error) {
	for _, data := range frames {
		if len(data) > MaxFrame {
			return 0, fmt.Errorf("%w: a frame of %d bytes, at most %d", ErrTooLarge, len(data), MaxFrame)
		}
		size += frameHead + int64(len(data))
	}
	if size > l.maxBytes-segmentHead {
		return 0, fmt.Errorf("%w: a batch of %d bytes, at most %d", ErrTooLarge, size, max(0, l.maxBytes-segmentHead))
	}
	return size, nil
}

// room returns the segment to write to, nil for a new one, or ErrFull. It removes files only when that is needed.
func (l *Log) room(size int64) (*segment, error) {
	if s := l.active; s != nil && s.end+size > l.segmentBytes {
		l.seal(s)
	}
	for try := 0; ; try++ {
		l.mu.Lock()
		s, need := l.active, size
		if s == nil {
			need += segmentHead
		}
		fits := need <= l.maxBytes-l.bytes
		idle := s != nil && s.undone == 0
		l.mu.Unlock()
		switch {
		case fits:
			return s, nil
		case try > 0:
			return nil, ErrFull
		case idle:
			l.seal(s)
		}
		// What cannot be removed still counts.
		_ = l.sweep()
	}
}

// begin writes a batch to a new segment.
func (l *Log) begin(first uint64, size int64, frames [][]byte) error {
	s := newSegment(filepath.Join(l.dir, fileName(first)), first)
	f, err := l.fs.Create(s.name)
	if err != nil {
		return err
	}
	s.file, s.users = f, 1
	size += segmentHead
	err = l.write(f, 0, appendSegmentHead(nil, first), first, frames)
	if err == nil {
		err = l.fs.SyncDir(l.dir)
	}
	if err != nil {
		l.abandon(s, size)
		return err
	}
	l.acknowledge(s, size, len(frames))
	_ = l.sweep() // what was the newest file, and may go now
	return nil
}

// write writes a batch at off, behind head, and syncs it.
func (l *Log) write(f File, off int64, head []byte, seq uint64, frames [][]byte) error {
	b := append(l.buf[:0], head...)
	flush := func(p []byte) error {
		err := writeAt(f, p, off)
		off += int64(len(p))
		return err
	}
	for _, data := range frames {
		if len(b) > 0 && len(b)+frameHead+len(data) > maxBuffer {
			if err := flush(b); err != nil {
				return err
			}
			b = b[:0]
		}
		b = appendFrameHead(b, seq, data)
		seq++
		if len(b)+len(data) <= maxBuffer {
			b = append(b, data...)
			continue
		}
		if err := flush(b); err != nil {
			return err
		}
		b = b[:0]
		if err := flush(data); err != nil {
			return err
		}
	}
	l.buf = b[:0]
	if len(b) > 0 {
		if err := flush(b); err != nil {
			return err
		}
	}
	return f.Sync()
}

// acknowledge makes n frames of size bytes readable.
func (l *Log) acknowledge(s *segment, size int64, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s != l.active {
		// Not before: who removes files relies on it that what is not sealed is on the medium by its name.
		l.segments = append(l.segments, s)
		l.active = s
	}
	s.extend(uint64(n))
	s.end += size
	s.size = s.end
	l.bytes += size
	l.frames += uint64(n)
	l.last = s.last
}

// abandon cuts a segment back to what is acknowledged, if that is possible, and seals it.
func (l *Log) abandon(s *segment, reached int64) {
	// Counted as if all of it had been written, until it is known to be cut.
	l.mu.Lock()
	s.size, l.bytes = reached, l.bytes+reached-s.size
	l.mu.Unlock()
	if s.file.Truncate(s.end) == nil {
		l.mu.Lock()
		s.size, l.bytes = s.end, l.bytes-reached+s.end
		l.mu.Unlock()
	}
	if s == l.active {
		l.seal(s)
		_ = l.sweep()
		return
	}
	// Nothing in it was acknowledged, and nobody knows it: it goes at once, so that one attempt after the other on a
	// failing disk does not leave as many files.
	l.release(s)
	err := l.fs.Remove(s.name)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		l.bytes -= s.size
		return
	}
	s.sealed = true
	l.segments = append(l.segments, s)
}

// seal ends the writing of the active segment.
func (l *Log) seal(s *segment) {
	l.mu.Lock()
	s.sealed = true
	l.active = nil
	l.mu.Unlock()
	l.release(s)
}
