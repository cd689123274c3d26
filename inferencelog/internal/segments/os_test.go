package segments

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Folders and files are their owner's alone, and other files are left as they are.
func TestModes(t *testing.T) {
	p := newPlace(t, OS{})
	l := p.open(t)
	p.append(t, l, 1, "a")
	other := filepath.Join(p.dir, "1.segment")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		"": 0o700 | os.ModeDir, "..": 0o700 | os.ModeDir, lockName: 0o600, fileName(1): 0o600,
	} {
		at, err := os.Stat(filepath.Join(p.dir, name))
		if err != nil || at.Mode() != want {
			t.Errorf("%q: %v, %v; want %v", name, at.Mode(), err, want)
		}
	}
	l.Done(1)
	p.close(t, l)
	p.close(t, p.open(t))
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

// Without its folder the log acknowledges nothing more. What it holds open can still be read; what it does not is given up,
// counted and named, and Next does not fail for ever.
func TestFolderRemoved(t *testing.T) {
	p := newPlace(t, OS{})
	l := p.open(t)
	p.append(t, l, 1, "a")
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := l.Append([][]byte{[]byte("b")}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Append: %v", err)
		}
	}
	got, err := l.Next(9, 9)
	if err != nil {
		t.Error(err)
	}
	if s, lost := l.Stats(), l.Lost(); len(got)+len(lost) != 1 || s.Frames != uint64(len(got)) || s.DamagedFrames != uint64(len(lost)) || l.Lost() != nil {
		t.Errorf("%d read, lost %v, %+v", len(got), lost, s)
	}
	l.Done(1)
	if err := l.Close(); !errors.Is(err, os.ErrNotExist) && err != nil {
		t.Errorf("Close: %v", err)
	}
}

// Nor does it when the file alone is gone, and another has its name; the next batch has a new file.
func TestFileReplaced(t *testing.T) {
	p := newPlace(t, OS{})
	l := p.open(t)
	p.append(t, l, 1, "a")
	name := filepath.Join(p.dir, fileName(1))
	if err := os.Rename(name, name+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append([][]byte{[]byte("b")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Append: %v", err)
	}
	p.append(t, l, 3, "c")
}
