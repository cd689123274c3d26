package segments

import (
	"bytes"
	"errors"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"
)

// Damage to files of frames 1…3 and 4…6, each of 30 bytes and 50 on disk, and what is left then.
var damages = []struct {
	name, says string
	harm       func(first, second []byte) ([]byte, []byte)
	left       string
	frames     uint64
	bytes      int64
}{
	{"none", "without damage all is there",
		func(a, b []byte) ([]byte, []byte) { return a, b }, "1 2 3 4 5 6", 0, 0},
	{"data", "a frame with damaged data is lost alone",
		func(a, b []byte) ([]byte, []byte) { a[20+50+30] ^= 1; return a, b }, "1 3 4 5 6", 1, 50},
	{"checksum", "so is one with a damaged checksum of the data",
		func(a, b []byte) ([]byte, []byte) { a[20+17] ^= 1; return a, b }, "2 3 4 5 6", 1, 50},
	{"head", "a damaged head costs what follows in its file",
		func(a, b []byte) ([]byte, []byte) { a[20+50+4] ^= 1; return a, b }, "1 4 5 6", 0, 100},
	{"length", "a damaged length is not followed",
		func(a, b []byte) ([]byte, []byte) { a[20] ^= 50; return a, b }, "4 5 6", 0, 150},
	{"segment head", "without the file's head the frames prove themselves",
		func(a, b []byte) ([]byte, []byte) { a[9] ^= 1; return a, b }, "1 2 3 4 5 6", 0, 20},
	{"torn", "a file that ends in a frame has those before it",
		func(a, b []byte) ([]byte, []byte) { return a[:150], b }, "1 2 4 5 6", 0, 30},
	{"torn last", "in the last file too",
		func(a, b []byte) ([]byte, []byte) { return a, b[:75] }, "1 2 3 4", 0, 5},
	{"zeros", "zeros are no frames",
		func(a, b []byte) ([]byte, []byte) { return append(a[:120], make([]byte, 99)...), b }, "1 2 4 5 6", 0, 99},
	{"twice", "a frame that is there twice is read once",
		func(a, b []byte) ([]byte, []byte) { return append(a, a[20:70]...), b }, "1 2 3 4 5 6", 0, 50},
	{"another's", "the frames of another file have other numbers",
		func(a, b []byte) ([]byte, []byte) { return append(a, b[20:]...), b }, "1 2 3 4 5 6", 0, 150},
	{"from elsewhere", "a frame with a higher number than its place allows is none",
		func(a, b []byte) ([]byte, []byte) { return append(a[:20], frame(9, "x")...), b }, "4 5 6", 0, 21},
	{"from far away", "in the last file too",
		func(a, b []byte) ([]byte, []byte) { return a, append(b[:20], frame(99, "x")...) }, "1 2 3", 0, 21},
	{"empty", "an empty file is nothing",
		func(a, b []byte) ([]byte, []byte) { return nil, b }, "4 5 6", 0, 0},
	{"all", "a file with nothing in it that can be read is nothing",
		func(a, b []byte) ([]byte, []byte) { return bytes.Repeat([]byte("x"), 170), b }, "4 5 6", 0, 170},
}

func frame(seq uint64, data string) []byte {
	return append(appendFrameHead(nil, seq, []byte(data)), data...)
}

// twoFiles returns the files of six frames.
func twoFiles(t testing.TB) (m *medium, first, second []byte) {
	m = newMedium()
	l, err := Open("d", &Options{FS: m, SegmentBytes: 170})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"abc", "def"} {
		var batch [][]byte
		for _, c := range part {
			batch = append(batch, []byte(strings.Repeat(string(c), 30)))
		}
		if _, err := l.Append(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return m, m.names[filepath.Join("d", fileName(1))].data, m.names[filepath.Join("d", fileName(4))].data
}

// put puts a file on the medium.
func (m *medium) put(first uint64, data []byte) {
	m.names[filepath.Join("d", fileName(first))] = &inode{data: data, synced: bytes.Clone(data)}
}

// Damage found by Open costs what it must, is counted, and numbers are still not used again.
func TestDamage(t *testing.T) {
	for _, c := range damages {
		t.Run(c.name, func(t *testing.T) {
			m, a, b := twoFiles(t)
			a, b = c.harm(a, b)
			m.put(1, a)
			m.put(4, b)
			l, err := Open("d", &Options{FS: m})
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.Next(99, 1<<20)
			if numbers(got) != c.left || err != nil {
				t.Errorf("%s: read %s, %v; want %s", c.says, numbers(got), err, c.left)
			}
			s := l.Stats()
			if s.DamagedFrames != c.frames || s.DamagedBytes != c.bytes || s.Frames != uint64(len(got)) {
				t.Errorf("%+v, want %d damaged frames, %d bytes", s, c.frames, c.bytes)
			}
			if last, err := l.Append([][]byte{nil}); last < 6 || err != nil {
				t.Errorf("Append = %d, %v", last, err)
			}
			for _, f := range got {
				l.Done(f.Seq)
			}
			if s := l.Stats(); s.Segments != 1 || s.Frames != 1 {
				t.Errorf("when all is done: %+v", s)
			}
		})
	}
}

// What comes to be damaged while the log is open costs the same, and is done with.
func TestDamageLater(t *testing.T) {
	for _, c := range damages {
		if c.name == "segment head" {
			continue // it was read, and is not needed again
		}
		t.Run(c.name, func(t *testing.T) {
			m, a, b := twoFiles(t)
			l, err := Open("d", &Options{FS: m})
			if err != nil {
				t.Fatal(err)
			}
			a, b = c.harm(a, b)
			m.names[filepath.Join("d", fileName(1))].data = a
			m.names[filepath.Join("d", fileName(4))].data = b
			got, err := l.Next(99, 1<<20)
			if numbers(got) != c.left || err != nil {
				t.Errorf("%s: read %s, %v; want %s", c.says, numbers(got), err, c.left)
			}
			s := l.Stats()
			if s.DamagedFrames != 6-uint64(len(got)) || s.Frames != uint64(len(got)) {
				t.Errorf("%+v with %d frames read", s, len(got))
			}
			for _, f := range got {
				l.Done(f.Seq)
			}
			if err := l.Close(); err != nil || m.size() > 0 {
				t.Errorf("Close: %v, %d bytes left", err, m.size())
			}
		})
	}
}

func numbers(frames []Frame) string {
	var b strings.Builder
	for i, f := range frames {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(byte('0' + f.Seq))
		if want := strings.Repeat(string(rune('a'+f.Seq-1)), 30); string(f.Data) != want {
			b.WriteString(" with other data")
		}
	}
	return b.String()
}

// A caller's bytes that look like a frame do not become one when what is around them is damaged.
func TestForgery(t *testing.T) {
	m, a, b := twoFiles(t)
	forged := frame(2, "forged")
	a = append(a[:20], frame(1, string(forged)+strings.Repeat("x", 99))...)
	for at := 20; at < 40; at++ {
		bad := bytes.Clone(a)
		bad[at] ^= 0x10
		m.put(1, bad)
		m.put(4, b)
		l, err := Open("d", &Options{FS: m})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.Next(99, 1<<20); numbers(got) != "4 5 6" || err != nil {
			t.Errorf("byte %d: %s, %v", at, numbers(got), err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A whole head that is not this log's is no damage, and no reason to remove anything.
func TestForeign(t *testing.T) {
	later := appendSegmentHead(nil, 1)
	later[4] = 2
	later = little.AppendUint32(later[:16], crc32.Checksum(later[:16], castagnoli))
	for name, data := range map[string][]byte{"a later version": later, "renamed": appendSegmentHead(nil, 2)} {
		t.Run(name, func(t *testing.T) {
			m, _, _ := twoFiles(t)
			m.put(1, data)
			before := m.size()
			if _, err := Open("d", &Options{FS: m}); !errors.Is(err, ErrForeign) {
				t.Errorf("Open: %v", err)
			}
			if m.size() != before {
				t.Errorf("%d bytes are left of %d", m.size(), before)
			}
			if len(m.locked) > 0 {
				t.Error("the lock is still held")
			}
		})
	}
}

// Numbers end, and then they do not begin again.
func TestSpent(t *testing.T) {
	m := newMedium()
	m.put(1<<64-3, nil)
	l, err := Open("d", &Options{FS: m})
	if err != nil {
		t.Fatal(err)
	}
	if last, err := l.Append([][]byte{nil}); last != 1<<64-3 || err != nil {
		t.Errorf("Append = %d, %v", last, err)
	}
	if last, err := l.Append([][]byte{nil, nil}); !errors.Is(err, errSpent) {
		t.Errorf("Append = %d, %v", last, err)
	}
	if last, err := l.Append([][]byte{nil}); last != 1<<64-2 || err != nil {
		t.Errorf("Append = %d, %v", last, err)
	}
	if last, err := l.Append([][]byte{nil}); !errors.Is(err, errSpent) {
		t.Errorf("Append = %d, %v", last, err)
	}
	if got, err := l.Next(9, 9); len(got) != 2 || err != nil {
		t.Errorf("Next = %d frames, %v", len(got), err)
	}
}
