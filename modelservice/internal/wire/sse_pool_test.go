package wire

import (
	"io"
	"reflect"
	"strings"
	"testing"
)

// A Reader that was given up begins the next stream as a new one does, whatever
// it was in the middle of.
func TestReleasedReaderIsNew(t *testing.T) {
	read := func(text string) (events []Event) {
		r := NewReader(strings.NewReader(text), nil)
		defer r.Release()
		for {
			e, err := r.Next()
			if err != nil {
				return events
			}
			events = append(events, Event{[]byte(string(e.Raw)), e.Name, []byte(string(e.Data))})
		}
	}
	const stream = "\xEF\xBB\xBFevent: a\ndata: 1\ndata: 2\n\ndata: 3\r\rdata: 4\r\n\r\n"
	want := read(stream)
	if len(want) != 3 {
		t.Fatalf("%d events", len(want))
	}
	for _, left := range []string{
		"", "\xEF", "\xEF\xBB\xBF", "data: x", "event: other\ndata: x\n\nda", "data: x\r", "data: x\r\r", "event: b\ndata: 1\ndata: 2", strings.Repeat("x", 100_000),
	} {
		r := NewReader(strings.NewReader(left), nil)
		for _, err := r.Next(); err == nil; _, err = r.Next() {
		}
		r.Release()
		if got := read(stream); !reflect.DeepEqual(got, want) {
			t.Errorf("after %.20q: %q", left, got)
		}
	}
	big := NewReader(io.LimitReader(strings.NewReader("data: "+strings.Repeat("x", 2*mostKept)), 1<<20), nil)
	big.Next()
	big.Release()
	if r := NewReader(strings.NewReader(""), nil); cap(r.buf) > mostKept {
		t.Errorf("a buffer of %d bytes is kept", cap(r.buf))
	}
}

// Raws lie side by side as long as the Reader says that it is ready.
func TestJoin(t *testing.T) {
	r := NewReader(strings.NewReader("data: 1\n\ndata: 2\n\ndata: 3\n\n"), nil)
	var all []byte
	for {
		e, err := r.Next()
		if err != nil {
			break
		}
		joined, ok := Join(all, e.Raw)
		if ok != (all != nil) {
			t.Fatalf("joined: %t behind %q", ok, all)
		}
		if all = joined; !ok {
			all = e.Raw
		}
	}
	if string(all) != "data: 1\n\ndata: 2\n\ndata: 3\n\n" {
		t.Errorf("got %q", all)
	}
	if _, ok := Join([]byte("ab"), []byte("c")); ok {
		t.Error("two slices of different arrays are joined")
	}
	if _, ok := Join(nil, []byte("c")); ok {
		t.Error("nothing is joined")
	}
}
