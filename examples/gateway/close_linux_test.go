package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the file of limits cannot keep takes no time from the log and the catalog:
// they are closed as they should be.
func TestStopWhileLimitsCannotBeSaved(t *testing.T) {
	folder := t.TempDir()
	r, who := startAs(t, func(w http.ResponseWriter, request *http.Request) {
		io.Copy(io.Discard, request.Body)
		fmt.Fprint(w, wellDone)
	}, "{}", func(s *settings) { s.dataDir = filepath.Join(folder, "data") })
	tellAll(t, r, who)
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		if name, _ := os.Readlink(link); name == filepath.Join(folder, "data", "limits.db") {
			var fd int
			fmt.Sscan(filepath.Base(link), &fd)
			if err := syscall.Dup2(int(full.Fd()), fd); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 3 {
		response, err := ask(t, r, who, "main.default.team-chat")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	began := time.Now()
	lost, err := r.stop(grace{time.Second, time.Second, 4 * time.Second})
	if lost != 0 || err == nil || !strings.Contains(err.Error(), "limits.db") || strings.Contains(err.Error(), "deadline exceeded") {
		t.Errorf("after %v: %d lost, %v", time.Since(began), lost, err)
	}
}
