package segments

import (
	"bytes"
	"path/filepath"
	"testing"
)

// Whatever is in the files, Open and Next do not panic, and what they hand out stands in the files with its checksums,
// each once, by rising numbers; and the log works.
func FuzzOpen(f *testing.F) {
	_, a, b := twoFiles(f)
	f.Add(a, b)
	for _, d := range damages {
		_, a, b := twoFiles(f)
		a, b = d.harm(a, b)
		f.Add(a, b)
	}
	f.Add(append(appendSegmentHead(nil, 1), frame(1<<64-1, "x")...), appendSegmentHead(nil, 4))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		m := newMedium()
		m.put(1, first)
		m.put(4, second)
		l, err := Open("d", &Options{FS: m, SegmentBytes: 200})
		if err != nil {
			if m.size() != int64(len(first)+len(second)) {
				t.Fatalf("%v, and %d bytes left", err, m.size())
			}
			return
		}
		left := l.Stats().Frames
		var all []Frame
		for {
			got, err := l.Next(3, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				break
			}
			all = append(all, got...)
		}
		if uint64(len(all)) != left {
			t.Fatalf("read %d frames of %d", len(all), left)
		}
		last := uint64(0)
		for _, fr := range all {
			on := append(appendFrameHead(nil, fr.Seq, fr.Data), fr.Data...)
			if fr.Seq <= last || !bytes.Contains(first, on) && !bytes.Contains(second, on) {
				t.Fatalf("frame %d (after %d) was never written", fr.Seq, last)
			}
			last = fr.Seq
		}
		next, err := l.Append([][]byte{[]byte("new")})
		if err != nil || next <= last {
			t.Fatalf("Append = %d, %v after %d", next, err, last)
		}
		for _, fr := range all {
			l.Done(fr.Seq)
		}
		if s := l.Stats(); s.Frames != 1 || s.First != next || s.Segments != 1 {
			t.Fatalf("%+v", s)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if l, err = Open("d", &Options{FS: m}); err != nil || l.Stats().Frames != 1 || l.Stats().DamagedBytes != 0 {
			t.Fatalf("again: %v", err)
		}
	})
}

// Whatever bytes of a whole file turn into others, only frames that were appended are read, and the other file's all.
func FuzzDamage(f *testing.F) {
	f.Add(uint16(20), byte(1), uint16(90), byte(255))
	f.Add(uint16(3), byte(9), uint16(4), byte(1))
	f.Fuzz(func(t *testing.T, at uint16, flip byte, also uint16, with byte) {
		m, a, b := twoFiles(t)
		a[int(at)%len(a)] ^= flip
		a[int(also)%len(a)] ^= with
		m.names[filepath.Join("d", fileName(1))].data = a
		l, err := Open("d", &Options{FS: m})
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Next(99, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if all := numbers(got); len(all) < 5 || all[len(all)-5:] != "4 5 6" || bytes.ContainsAny([]byte(all), "wth") {
			t.Fatalf("read %s", all)
		}
		_ = b
	})
}
