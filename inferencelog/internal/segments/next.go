package segments

import (
	"errors"
	"fmt"
	"io/fs"
)

// A cursor is where Next goes on.
type cursor struct {
	first uint64 // of the segment
	seq   uint64 // the last number that was passed in it
	last  uint64 // its last number, when the cursor came
	scanner

	held *segment // whose file is in the scanner
}

// Next returns the acknowledged frames behind the last one that it read, in order and without those that are done: at most
// maxFrames, and with at most maxBytes of data, but one if there is any; none when there is nothing to read now. What is
// below 1 counts as 1.
//
// An error is that of the medium, or [ErrClosed]; the same frames can be asked for again. Frames that turn out to be damaged
// are counted in [Stats] and are done, and so are those whose file was removed; see [Log.Lost].
func (l *Log) Next(maxFrames int, maxBytes int64) ([]Frame, error) {
	l.reading.Lock()
	defer l.reading.Unlock()
	var got []Frame
	var size int64
	for len(got) == 0 || len(got) < maxFrames && size < maxBytes {
		s, err := l.seek()
		if s == nil || err != nil {
			if len(got) > 0 {
				err = nil // it will come again
			}
			return got, err
		}
		f, err := l.frame(s)
		switch {
		case err != nil && len(got) > 0:
			return got, nil
		case err != nil:
			return nil, fmt.Errorf("segments: next: %w", err)
		case f.Seq == 0:
			continue
		case len(got) > 0 && size+int64(len(f.Data)) > maxBytes:
			return got, nil
		}
		l.at.pass(f)
		got = append(got, f)
		size += int64(len(f.Data))
	}
	return got, nil
}

// Rewind makes Next begin again at the first frame that is not done.
func (l *Log) Rewind() {
	l.reading.Lock()
	l.leave()
	l.at = cursor{}
	l.reading.Unlock()
	l.signal()
}

// seek returns the segment in which there is more to read, with the cursor in it and its file open; nil when there is none.
func (l *Log) seek() (*segment, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil, ErrClosed
	}
	var found *segment
	var end int64
	var last uint64
	for _, s := range l.segments[l.index(l.at.first):] {
		if s.undone > 0 && (s.first != l.at.first || l.at.off < s.end) {
			found, end, last = s, s.end, s.last
			break
		}
	}
	done := l.at.held != nil && l.at.held != found && (found != nil || l.at.held.sealed)
	l.mu.Unlock()
	if done {
		l.leave()
	}
	if found == nil {
		l.at.window = nil // who waits holds no memory
		return nil, nil
	}
	if found.first != l.at.first {
		l.at = cursor{first: found.first, seq: found.first - 1, scanner: scanner{off: segmentHead}}
	}
	l.at.size, l.at.last = end, last
	if l.at.held == nil {
		f, err := l.use(found)
		if errors.Is(err, fs.ErrNotExist) { // somebody has removed it, and it will not come back
			l.lose(found, last, found.size)
			return l.seek()
		}
		if err != nil {
			return nil, fmt.Errorf("segments: next: %w", err)
		}
		l.at.held, l.at.file = found, f
	}
	return found, nil
}

// frame returns the frame at the cursor, which it leaves there; or, having stepped over what is not to be read, one with
// the number 0.
func (l *Log) frame(s *segment) (Frame, error) {
	b, err := l.at.peek(frameHead)
	if err != nil {
		return Frame{}, err
	}
	f, size, is := parseFrame(b)
	if is == short && size > frameHead {
		if b, err = l.at.peek(size); err != nil {
			return Frame{}, err
		}
		f, size, is = parseFrame(b)
	}
	if is == short || is == badHead || f.Seq <= l.at.seq || f.Seq > l.at.last {
		// It was there when it was acknowledged, or found. Where the next one begins is unknown now.
		l.lose(s, l.at.last, l.at.size-l.at.off)
		l.at.off, l.at.seq = l.at.size, l.at.last
		return Frame{}, nil
	}
	if is == badData {
		l.lose(s, f.Seq, size)
	}
	l.mu.Lock()
	skip := s.isSettled(f.Seq)
	l.mu.Unlock()
	if skip {
		l.at.pass(f)
		return Frame{}, nil
	}
	return f, nil
}

// pass moves the cursor behind the frame that it stands before.
func (c *cursor) pass(f Frame) {
	c.off += frameHead + int64(len(f.Data))
	c.seq = f.Seq
}

// lose settles the frames behind the cursor up to a number, because they cannot be read any more. What Open found
// damaged is settled, and counted.
func (l *Log) lose(s *segment, upto uint64, bytes int64) {
	l.mu.Lock()
	cost := false
	for seq := l.at.seq + 1; seq <= upto; seq++ {
		if s.settle(seq) {
			l.frames--
			l.damagedFrames++
			l.lost = append(l.lost, seq)
			cost = true
		}
	}
	if cost {
		l.damagedBytes += bytes
	}
	l.mu.Unlock()
	if cost {
		_ = l.sweep()
	}
}

// use returns the segment's file, which it opens unless it is open.
func (l *Log) use(s *segment) (File, error) {
	l.mu.Lock()
	f := s.file
	if f != nil {
		s.users++
	}
	l.mu.Unlock()
	if f != nil {
		return f, nil
	}
	// It is sealed, and nobody but the reader opens such a one.
	f, err := l.fs.Open(s.name)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	s.file, s.users = f, 1
	l.mu.Unlock()
	return f, nil
}

// release closes the segment's file when nobody else uses it. Everything that had to be synced is.
func (l *Log) release(s *segment) {
	l.mu.Lock()
	f := s.file
	if s.users--; s.users > 0 {
		f = nil
	} else {
		s.file = nil
	}
	l.mu.Unlock()
	if f != nil {
		_ = f.Close()
	}
}

// leave gives back the file that the cursor holds.
func (l *Log) leave() {
	if s := l.at.held; s != nil {
		l.at.held, l.at.scanner = nil, scanner{off: l.at.off}
		l.release(s)
	}
}
