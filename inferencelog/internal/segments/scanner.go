package segments

import "io"

// chunk is how much is read at once, in bytes, unless one frame is larger.
const chunk = 1 << 20

// A scanner reads a file from off up to size.
type scanner struct {
	file      File
	off, size int64

	window []byte // what was read
	from   int64  // where in the file it begins
	buf    []byte
	reuse  bool // read into buf again, because nobody keeps what was read
}

// peek returns what there is at off: n bytes or more, less when the file ends before. Only a frame that is longer than a
// chunk, or lies across the end of one, makes it read twice.
func (s *scanner) peek(n int64) ([]byte, error) {
	n = min(n, s.size-s.off)
	if n <= 0 {
		return nil, nil
	}
	if skip := s.off - s.from; skip >= 0 && skip+n <= int64(len(s.window)) {
		return s.window[skip:], nil
	}
	want := max(n, min(chunk, s.size-s.off))
	b := s.buf
	if !s.reuse || int64(len(b)) < want {
		b = make([]byte, want)
	}
	if s.reuse {
		s.buf = b
	}
	b = b[:want]
	got, err := s.file.ReadAt(b, s.off)
	if err != nil && err != io.EOF {
		return nil, err
	}
	s.window, s.from = b[:min(max(got, 0), len(b))], s.off
	return s.window, nil
}

// writeAt writes all of b, or fails.
func writeAt(f File, b []byte, off int64) error {
	n, err := f.WriteAt(b, off)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
