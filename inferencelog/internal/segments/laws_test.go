package segments

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// laws hold on every file system. Open gets a folder that is not there.
var laws = []struct {
	name, says string
	check      func(*testing.T, *place)
}{
	{"order", "frames are numbered from 1 on and come back as they were, in order", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a", "", "c")
		p.append(t, l, 4, "d")
		p.reads(t, l, 100, "1 a, 2 , 3 c, 4 d")
		p.reads(t, l, 100, "")
		p.append(t, l, 5, "e")
		p.reads(t, l, 100, "5 e")
	}},
	{"empty batch", "a batch without frames changes nothing", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a")
		before := l.Stats()
		if last, err := l.Append(nil); last != 1 || err != nil || l.Stats() != before {
			t.Errorf("Append(nil) = %d, %v; %+v, before %+v", last, err, l.Stats(), before)
		}
	}},
	{"kept", "what is not done is there for the next process", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a", "b", "c")
		l.Done(2)
		p.close(t, l)
		l = p.open(t)
		if s := l.Stats(); s.Frames != 3 || s.First != 1 || s.Last != 3 {
			t.Errorf("%+v", s)
		}
		p.reads(t, l, 100, "1 a, 2 b, 3 c")
		p.append(t, l, 4, "d")
	}},
	{"emptied", "when all is done, Close leaves no segment, and numbers go on", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a", "b")
		l.Done(1, 2)
		p.close(t, l)
		if names := p.segments(t); len(names) > 0 {
			t.Errorf("left: %v", names)
		}
		l = p.open(t)
		if s := l.Stats(); s != (Stats{}) {
			t.Errorf("%+v", s)
		}
		p.append(t, l, 3, "c")
	}},
	{"limits", "Next gives at most what is asked for, and at least one frame", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "aaaa", "bb", "cc", "d", "e")
		for _, c := range []struct {
			frames int
			bytes  int64
			want   string
		}{{9, 3, "1 aaaa"}, {9, 5, "2 bb, 3 cc, 4 d"}, {-1, -1, "5 e"}} {
			got, err := l.Next(c.frames, c.bytes)
			if text(got) != c.want || err != nil {
				t.Errorf("Next(%d, %d) = %s, %v; want %s", c.frames, c.bytes, text(got), err, c.want)
			}
		}
	}},
	{"large", "frames longer than what is read or written at once are frames like others", func(t *testing.T, p *place) {
		p.o.SegmentBytes, p.o.MaxBytes = 8<<20, 1<<30
		l := p.open(t)
		var batch [][]byte
		for i, n := range []int{10, chunk, 3, maxBuffer + 1, maxBuffer - 20, 2*maxBuffer - 7, 1} {
			batch = append(batch, bytes.Repeat([]byte{byte('a' + i)}, n))
		}
		if _, err := l.Append(batch); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(batch[:3]); err != nil {
			t.Fatal(err)
		}
		p.close(t, l)
		l = p.open(t)
		for i, want := range append(batch, batch[:3]...) {
			got, err := l.Next(1, 1)
			if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, want) {
				t.Fatalf("frame %d: %d frames, %v", i, len(got), err)
			}
		}
	}},
	{"too large", "a frame or a batch that never fits is refused, and nothing changed", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a")
		before := l.Stats()
		if _, err := l.Append([][]byte{[]byte("b"), make([]byte, MaxFrame+1)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a frame above MaxFrame: %v", err)
		}
		if _, err := l.Append([][]byte{make([]byte, p.o.MaxBytes)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a batch above MaxBytes: %v", err)
		}
		if l.Stats() != before {
			t.Errorf("%+v, before %+v", l.Stats(), before)
		}
		p.append(t, l, 2, "b")
	}},
	{"full", "the files never take more than MaxBytes, and room comes with Done", func(t *testing.T, p *place) {
		l := p.open(t)
		frame := bytes.Repeat([]byte("x"), 400)
		var err error
		n := uint64(0)
		for ; err == nil && n < 100; n++ {
			_, err = l.Append([][]byte{frame})
		}
		s := l.Stats()
		if !errors.Is(err, ErrFull) || s.Bytes > p.o.MaxBytes || s.Bytes < p.o.MaxBytes/2 {
			t.Fatalf("%v at %+v", err, s)
		}
		for seq := uint64(1); errors.Is(err, ErrFull) && seq < n; seq++ {
			l.Done(seq)
			_, err = l.Append([][]byte{frame})
		}
		if after := l.Stats(); err != nil || after.Frames <= s.Frames/2 {
			t.Errorf("%v at %+v", err, after)
		}
	}},
	{"full of one that is written", "the file that is written goes for a batch that would not fit, when all in it is done", func(t *testing.T, p *place) {
		l := p.open(t)
		for i := range uint64(5) {
			p.append(t, l, i+1, string(bytes.Repeat([]byte("x"), 1830)))
		}
		p.append(t, l, 6, string(bytes.Repeat([]byte("x"), 400)))
		more := [][]byte{make([]byte, 350)}
		if _, err := l.Append(more); err != ErrFull {
			t.Fatalf("Append to %+v: %v", l.Stats(), err)
		}
		l.Done(6)
		if _, err := l.Append(more); err != nil {
			t.Errorf("Append to %+v: %v", l.Stats(), err)
		}
	}},
	{"any order", "a file goes when its last frame is done, in whatever order", func(t *testing.T, p *place) {
		l := p.open(t)
		long := string(bytes.Repeat([]byte("x"), 1000))
		for i := range uint64(4) {
			p.append(t, l, i+1, long)
		}
		for i, want := range []int{3, 2, 1, 1} {
			l.Done([]uint64{3, 1, 2, 4}[i])
			if got := l.Stats(); got.Segments != want || len(p.segments(t)) != want {
				t.Errorf("after %d: %d segments, %v; want %d", i, got.Segments, p.segments(t), want)
			}
		}
		l.Done(0, 1, 4, 5, 1<<63)
		if s := l.Stats(); s.Frames != 0 || s.First != 0 || s.Last != 4 {
			t.Errorf("%+v", s)
		}
		p.append(t, l, 5, "a")
	}},
	{"rewind", "Next begins again with what is not done, and nothing else", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a", "b", "c", "d")
		p.reads(t, l, 3, "1 a, 2 b, 3 c")
		l.Done(1, 3)
		p.reads(t, l, 9, "4 d")
		l.Rewind()
		p.reads(t, l, 9, "2 b, 4 d")
	}},
	{"own", "what was appended may be changed, and so may what was read", func(t *testing.T, p *place) {
		l := p.open(t)
		b := []byte("ab")
		if _, err := l.Append([][]byte{b[:1], b[1:]}); err != nil {
			t.Fatal(err)
		}
		b[0], b[1] = 'x', 'x'
		got, _ := l.Next(1, 9)
		_ = append(got[0].Data, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"...)
		got[0].Data[0] = 'y'
		p.reads(t, l, 9, "2 b")
		l.Rewind()
		p.reads(t, l, 9, "1 a, 2 b")
	}},
	{"locked", "a folder has one log at a time", func(t *testing.T, p *place) {
		l := p.open(t)
		if _, err := Open(p.dir, &p.o); err != ErrLocked {
			t.Errorf("the second one: %v", err)
		}
		p.append(t, l, 1, "a")
		p.close(t, l)
		p.reads(t, p.open(t), 9, "1 a")
	}},
	{"closed", "a closed log does nothing", func(t *testing.T, p *place) {
		l := p.open(t)
		p.append(t, l, 1, "a")
		p.close(t, l)
		if _, err := l.Append([][]byte{nil}); err != ErrClosed {
			t.Errorf("Append: %v", err)
		}
		if _, err := l.Next(1, 1); err != ErrClosed {
			t.Errorf("Next: %v", err)
		}
		l.Done(1)
		l.Rewind()
		if s := l.Stats(); s.Frames != 1 {
			t.Errorf("%+v", s)
		}
		if err := l.Close(); err != nil {
			t.Errorf("Close again: %v", err)
		}
		p.reads(t, p.open(t), 9, "1 a")
	}},
	{"signal", "Wait speaks after Open with something left, Append, Rewind and Close, once", func(t *testing.T, p *place) {
		l := p.open(t)
		spoke := func(when string, want bool) {
			t.Helper()
			got := false
			select {
			case <-l.Wait():
				got = true
			default:
			}
			if got != want {
				t.Errorf("%s: %v", when, got)
			}
		}
		spoke("new", false)
		p.append(t, l, 1, "a")
		p.append(t, l, 2, "b")
		spoke("two batches", true)
		spoke("nothing new", false)
		l.Rewind()
		spoke("Rewind", true)
		p.close(t, l)
		spoke("Close", true)
		l = p.open(t)
		spoke("something left", true)
		_ = l
	}},
}

// A place is a folder on some file system.
type place struct {
	o    Options
	dir  string
	logs []*Log
}

func TestLaws(t *testing.T) {
	for _, law := range laws {
		t.Run(law.name, func(t *testing.T) {
			for name, fs := range map[string]FS{"medium": newMedium(), "OS": OS{}} {
				t.Run(name, func(t *testing.T) {
					p := newPlace(t, fs)
					t.Log(law.says)
					law.check(t, p)
				})
			}
		})
	}
}

func newPlace(t *testing.T, fs FS) *place {
	p := &place{o: Options{FS: fs, SegmentBytes: 1000, MaxBytes: 10000}, dir: filepath.Join(t.TempDir(), "a", "b")}
	t.Cleanup(func() {
		for _, l := range p.logs {
			_ = l.Close()
		}
	})
	return p
}

func (p *place) open(t *testing.T) *Log {
	t.Helper()
	l, err := Open(p.dir, &p.o)
	if err != nil {
		t.Fatal(err)
	}
	p.logs = append(p.logs, l)
	return l
}

func (p *place) close(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// append appends a batch that is to be numbered from first on.
func (p *place) append(t *testing.T, l *Log, first uint64, data ...string) {
	t.Helper()
	var batch [][]byte
	for _, d := range data {
		batch = append(batch, []byte(d))
	}
	last, err := l.Append(batch)
	if want := first + uint64(len(data)) - 1; last != want || err != nil {
		t.Fatalf("Append = %d, %v; want %d", last, err, want)
	}
}

func (p *place) reads(t *testing.T, l *Log, frames int, want string) {
	t.Helper()
	got, err := l.Next(frames, 1<<40)
	if text(got) != want || err != nil {
		t.Errorf("Next = %q, %v; want %q", text(got), err, want)
	}
}

// segments lists the segment files.
func (p *place) segments(t *testing.T) []string {
	t.Helper()
	names, err := p.o.fs().Names(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return filepath.Ext(name) != suffix })
	slices.Sort(names)
	return names
}

func text(frames []Frame) string {
	var b []byte
	for i, f := range frames {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Appendf(b, "%d %s", f.Seq, f.Data)
	}
	return string(b)
}
