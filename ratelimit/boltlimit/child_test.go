package boltlimit_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

// The test binary starts itself again as another process when these are set.
const (
	childMode = "BOLTLIMIT_TEST_CHILD"
	childPath = "BOLTLIMIT_TEST_PATH"
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

// killedLimit is how much all lives of the killed process may take, in an hour.
const killedLimit = 2000

func killedAsk() []ratelimit.Ask {
	b := ratelimit.Bucket{Service: 1, Key: ratelimit.KeyService, Period: ratelimit.Hour, Dimension: ratelimit.Requests}
	return []ratelimit.Ask{{Bucket: b, Limit: killedLimit, Amount: 1}}
}

func child(mode, path string) error {
	l := ratelimit.New(nil)
	k, err := boltlimit.Keep(path, l.Memory(), &boltlimit.Options{LockTimeout: time.Minute, Every: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	fmt.Println("open")
	switch mode {
	case "hold": // until the parent closes standard input
		_, _ = io.Copy(io.Discard, os.Stdin)
		return k.Close(context.Background())
	case "full":
		return childFull(l, k, path)
	}
	// Take, and say when, and up to when all is in the file.
	for range time.Tick(200 * time.Microsecond) {
		at := time.Now()
		if v := l.Admit(context.Background(), killedAsk(), nil); v.OK {
			fmt.Println("took", at.UnixNano(), k.Health().Saved.UnixNano())
		} else {
			fmt.Println("refused")
		}
	}
	return nil
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
