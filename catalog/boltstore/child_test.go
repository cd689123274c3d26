package boltstore_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/boltstore"
)

// The test binary starts itself again as another process when these are set.
const (
	childMode = "BOLTSTORE_TEST_CHILD"
	childPath = "BOLTSTORE_TEST_PATH"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := child(mode, os.Getenv(childPath)); err != nil {
			fmt.Println("child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(mode, path string) error {
	fmt.Println("opening")
	s, err := boltstore.Open(path, &boltstore.Options{LockTimeout: time.Minute})
	if err != nil {
		return err
	}
	head, err := s.Load(context.Background(), func(catalog.RowKey, []byte) error { return nil })
	if err != nil {
		return err
	}
	fmt.Println("open")
	switch mode {
	case "hold": // until the parent closes standard input
		_, _ = io.Copy(io.Discard, os.Stdin)
		return s.Close()
	case "full":
		return childFull(s, path)
	}
	for version := head.Version + 1; ; version++ {
		if err := s.Append(context.Background(), version-1, commitOf(version)); err != nil {
			return err
		}
		fmt.Println(version)
	}
}

// commitOf is the one commit that version can be: some rows that always carry
// the newest version, one that stays, and one that goes.
func commitOf(version uint64) catalog.Commit {
	c := catalog.Commit{
		Version: version, NextID: 10 * version, Actor: fmt.Sprint("actor ", version),
		At: time.Unix(int64(version), 0).UTC(),
	}
	put := func(key string) {
		value, _ := json.Marshal(map[string]any{"version": version, "fill": fmt.Sprintf("%0*d", 50+version%7*300, version)})
		c.Changes = append(c.Changes, catalog.Change{RowKey: catalog.RowKey{Kind: catalog.RowSecurable, Key: key}, Value: value})
	}
	for i := range 3 {
		put(fmt.Sprint("newest/", i))
	}
	put(fmt.Sprint("of/", version))
	if version > 20 {
		c.Changes = append(c.Changes, catalog.Change{RowKey: catalog.RowKey{
			Kind: catalog.RowSecurable, Key: fmt.Sprint("of/", version-20),
		}})
	}
	return c
}

// process is a child and what it says.
type process struct {
	*exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

func start(t *testing.T, mode, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"="+mode, childPath+"="+path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, stdin, bufio.NewScanner(stdout)}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// line returns the next line that the child prints, or "".
func (p *process) line() string {
	if !p.lines.Scan() {
		return ""
	}
	return p.lines.Text()
}

// withDeadline ends a test that would hang. Nothing waits for it to pass.
func withDeadline() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 20*time.Second)
}
