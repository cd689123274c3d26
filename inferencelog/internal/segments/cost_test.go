package segments

import (
	"bytes"
	"testing"
)

// A batch is one write and one sync, with nothing allocated for its frames; and a chunk is one read.
func TestCost(t *testing.T) {
	m := newMedium()
	l, err := Open("d", &Options{FS: m})
	if err != nil {
		t.Fatal(err)
	}
	batch := make([][]byte, 64)
	for i := range batch {
		batch[i] = bytes.Repeat([]byte{'x'}, 4096)
	}
	grow := func() {
		if _, err := l.Append(batch); err != nil {
			t.Fatal(err)
		}
	}
	grow()
	m.order(0, works)
	grow()
	if m.ops != 2 {
		t.Errorf("a batch cost %d operations, want 2", m.ops)
	}
	m.order(0, works)
	if got, err := l.Next(128, 1<<20); len(got) != 128 || err != nil || m.ops != 1 {
		t.Errorf("%d frames, %v, with %d operations; want 1", len(got), err, m.ops)
	}

	l, err = Open(t.TempDir(), &Options{FS: nullSync{}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if n := testing.AllocsPerRun(20, grow); n > 1 {
		t.Errorf("a batch of 64 frames allocates %v times", n)
	}
}
