package sqlitelog_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
)

// A file or folder that may not be written to is not opened as a sink, and nothing in it changes.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log.db")
	sink := open(t, path)
	createTwo(t, sink)
	write(t, sink, 1, inferencelogtest.Plain("before", 0))
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says         string
		folder, file os.FileMode
		name         string
	}{
		{"file", 0o777, 0o444, "log.db"},
		{"folder", 0o555, 0o666, "log.db"},
		{"folder, new file", 0o555, 0o666, "new.db"},
	} {
		if err := os.Chmod(path, c.file); err != nil {
			t.Fatal(err)
		}
		for _, d := range []string{dir, filepath.Dir(dir)} {
			if err := os.Chmod(d, c.folder); err != nil {
				t.Fatal(err)
			}
		}
		asNobody(t, func() {
			sink, err := sqlitelog.Open(filepath.Join(dir, c.name), nil)
			if err == nil {
				t.Errorf("%s: opened", c.says)
				sink.Close()
			}
		})
	}
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	sink = open(t, path)
	write(t, sink, 1, inferencelogtest.Plain("after", 1))
	if got := ids(t, sink, 1, inferencelog.Query{}); len(got) != 2 {
		t.Fatalf("rows %q", got)
	}
}

// asNobody runs f as a user without rights of its own as far as files go, also when the test is run by root, whom no
// file mode stops.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := syscall.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}
