//go:build linux

package boltstore_test

import (
	"errors"
	"os"
	"reflect"
	"syscall"
	"testing"
	"unsafe"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// seam is where bbolt reaches its file. It has no seam for others to use, so
// these tests take the fields of the version that go.mod pins.
type seam struct {
	writeAt *func([]byte, int64) (int, error)
	file    **os.File // for all but writing: sync, truncate, stat, map
	own     *os.File  // what file is when nothing is wrong
}

func seamOf(t testing.TB, s catalog.Store) *seam {
	t.Helper()
	db := reflect.ValueOf(boltstore.Bolt(s.(*boltstore.Store))).Elem()
	return &seam{
		writeAt: field[func([]byte, int64) (int, error)](t, db, "ops", "writeAt"),
		file:    field[*os.File](t, db, "file"),
		own:     *field[*os.File](t, db, "file"),
	}
}

// field returns a field of bbolt's to read and to set.
func field[V any](t testing.TB, v reflect.Value, path ...string) *V {
	t.Helper()
	for _, name := range path {
		if v.Kind() == reflect.Struct {
			v = v.FieldByName(name)
		}
		if !v.IsValid() {
			t.Fatalf("this version of bbolt has no %v: find its new seam, these tests are worth it", path)
		}
	}
	if v.Type() != reflect.TypeFor[V]() {
		t.Fatalf("in this version of bbolt %v is a %v: find its new seam, these tests are worth it", path, v.Type())
	}
	return (*V)(unsafe.Pointer(v.UnsafeAddr()))
}

// breakFile lets what bbolt does with its file fail, but for writing, which
// goes to the sound one: all of it, only growing, or only mapping anew.
func (s *seam) breakFile(t testing.TB, what string) {
	t.Helper()
	var err error
	switch what {
	case "sync":
		var w *os.File
		if *s.file, w, err = os.Pipe(); err == nil {
			t.Cleanup(func() { w.Close() })
		}
	case "grow":
		*s.file, err = os.Open(s.own.Name()) // cannot be truncated
	case "map":
		*s.file, err = os.OpenFile(s.own.Name(), os.O_WRONLY, 0) // cannot be mapped to read
	}
	if err != nil {
		t.Fatal(err)
	}
	broken := *s.file
	t.Cleanup(func() { broken.Close() })
}

// mend makes the file whole again.
func (s *seam) mend() {
	*s.file, *s.writeAt = s.own, s.own.WriteAt
}

// The seam is there, every write and sync of an append goes through it, and the
// broken files break what they should.
func TestSeam(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	seam := seamOf(t, s)
	defer seam.mend()
	pages, metas := 0, 0
	*seam.writeAt = func(b []byte, at int64) (int, error) {
		if at < 2*pageSize {
			metas++
		} else {
			pages++
		}
		return seam.own.WriteAt(b, at)
	}
	if err := s.Append(t.Context(), 0, commitOf(1)); err != nil {
		t.Fatal(err)
	}
	if pages < 3 || metas != 1 {
		t.Errorf("an append writes %d pages and %d meta pages", pages, metas)
	}
	for what, fails := range map[string]func(f *os.File) error{
		"sync": func(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) },
		"grow": func(f *os.File) error { return f.Truncate(1 << 20) },
		"map": func(f *os.File) error {
			_, err := syscall.Mmap(int(f.Fd()), 0, pageSize, syscall.PROT_READ, syscall.MAP_SHARED)
			return err
		},
	} {
		seam.breakFile(t, what)
		if err := fails(*seam.file); err == nil {
			t.Errorf("%s does not fail", what)
		}
		if err := syscall.Fdatasync(int((*seam.file).Fd())); (err != nil) != (what == "sync") {
			t.Errorf("with a file for %s, sync fails with %v", what, err)
		}
		seam.mend()
	}
	*seam.writeAt = func(b []byte, at int64) (int, error) {
		seam.breakFile(t, "sync")
		return seam.own.WriteAt(b, at)
	}
	if err := s.Append(t.Context(), 1, commitOf(2)); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Append whose sync fails: %v", err)
	}
}
