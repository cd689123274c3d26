package segments

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
)

// Open opens the log in a folder, which it makes if need be (mode 0700, files 0600), takes its lock and reads what an
// earlier process left: what is whole is there for Next. Files whose names are not those of segments are left alone.
//
// Damage does not stop it (see [Stats]); an error of the medium does, and then nothing was changed. The errors match
// [ErrLocked], [ErrForeign], or what the file system said.
func Open(dir string, o *Options) (*Log, error) {
	l := &Log{
		fs: o.fs(), dir: dir, segmentBytes: o.segmentBytes(), maxBytes: o.maxBytes(),
		ready: make(chan struct{}, 1), next: 1,
	}
	if err := l.fs.Mkdir(dir); err != nil {
		return nil, fmt.Errorf("segments: open: %w", err)
	}
	lock, err := l.fs.Lock(filepath.Join(dir, lockName))
	if err != nil {
		if errors.Is(err, ErrLocked) {
			return nil, err
		}
		return nil, fmt.Errorf("segments: open: %w", err)
	}
	l.lock = lock
	if err := l.start(); err != nil {
		_ = lock.Close()
		if errors.Is(err, ErrForeign) {
			return nil, err
		}
		return nil, fmt.Errorf("segments: open: %w", err)
	}
	// Files without a whole frame. If they cannot be removed now, then with the next one that is done with.
	_ = l.sweep()
	if l.frames > 0 {
		l.signal()
	}
	return l, nil
}

// start reads what is there, and writes the mark: later it only has to be written over, for which a full disk has room.
func (l *Log) start() error {
	if err := l.readMark(); err != nil {
		return err
	}
	names, err := l.fs.Names(l.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if first, ok := parseName(name); ok {
			l.segments = append(l.segments, newSegment(filepath.Join(l.dir, name), first))
		}
	}
	slices.SortFunc(l.segments, func(a, b *segment) int { return cmp.Compare(a.first, b.first) })
	var buf []byte
	for i, s := range l.segments {
		below := uint64(math.MaxUint64)
		if i+1 < len(l.segments) {
			below = l.segments[i+1].first
		}
		if buf, err = l.recover(s, below, buf); err != nil {
			return err
		}
		l.bytes += s.size
		l.frames += s.undone
	}
	if err := l.writeMark(l.next); err != nil {
		return err
	}
	return l.fs.SyncDir(l.dir)
}

func (l *Log) readMark() error {
	b := make([]byte, markSize)
	n, err := l.lock.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if next, ok := parseMark(b[:n]); ok {
		l.next = max(l.next, next)
	}
	return nil
}

func (l *Log) writeMark(next uint64) error {
	if err := writeAt(l.lock, appendMark(nil, next), 0); err != nil {
		return err
	}
	return l.lock.Sync()
}

// recover reads a segment, whose numbers are below those of the next one. It returns the buffer, perhaps a larger one.
func (l *Log) recover(s *segment, below uint64, buf []byte) ([]byte, error) {
	f, err := l.fs.Open(s.name)
	if err != nil {
		return buf, err
	}
	defer func() { _ = f.Close() }()
	s.sealed = true
	if s.size, err = f.Size(); err != nil {
		return buf, err
	}
	l.next = max(l.next, s.first)

	r := scanner{file: f, size: s.size, buf: buf, reuse: true}
	b, err := r.peek(segmentHead)
	if err != nil {
		return r.buf, err
	}
	switch first, v, ok := parseSegmentHead(b); {
	case !ok:
		// The frames prove themselves, by checksums and by numbers that fit the name.
		l.damagedBytes += int64(min(len(b), segmentHead))
	case v != version:
		return r.buf, fmt.Errorf("%w: %s: version %d", ErrForeign, s.name, v)
	case first != s.first:
		return r.buf, fmt.Errorf("%w: %s: begins with %d", ErrForeign, s.name, first)
	}
	r.off = segmentHead
	if err := l.recoverFrames(s, below, &r); err != nil {
		return r.buf, err
	}
	if s.end = min(r.off, s.size); s.end < s.size {
		// What is there may have been numbered, up to as many as fit, and must not meet its own numbers again.
		l.damagedBytes += s.size - s.end
		fit := uint64(s.size-s.end)/frameHead + 1
		l.next = max(l.next, add(s.last+1, fit))
	}
	return r.buf, nil
}

// recoverFrames goes as far as frames follow on frames.
func (l *Log) recoverFrames(s *segment, below uint64, r *scanner) error {
	for r.off < r.size {
		b, err := r.peek(frameHead)
		if err != nil {
			return err
		}
		f, size, is := parseFrame(b)
		if is == short && size > frameHead {
			if b, err = r.peek(size); err != nil {
				return err
			}
			f, size, is = parseFrame(b)
		}
		// Numbers follow one another in a file, so a frame cannot have a higher one than its place allows.
		highest := add(s.first, uint64(r.off-segmentHead)/frameHead)
		if is == short || is == badHead || f.Seq <= s.last || f.Seq > highest || f.Seq >= below {
			return nil
		}
		if is == whole {
			s.cover(f.Seq - 1)
			s.extend(1)
		} else {
			s.cover(f.Seq)
			l.damagedFrames++
			l.damagedBytes += size
		}
		l.last = max(l.last, f.Seq)
		l.next = max(l.next, add(f.Seq, 1))
		r.off += size
	}
	return nil
}

// add does not pass the largest number.
func add(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
