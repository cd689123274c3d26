package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary is the gateway as built for these tests.
var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "gateway-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(folder, "gateway")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.RemoveAll(folder)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// deadline is for everything that a child may take.
const deadline = 60 * time.Second

// child is a gateway in a process of its own.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	folder string // working folder
	stdout chan string
	stderr chan string

	mu  sync.Mutex
	log bytes.Buffer // all of stderr so far
}

// startChild starts a gateway and waits for its first line.
func startChild(t *testing.T, env []string, args ...string) *child {
	t.Helper()
	c := launch(t, env, args...)
	line, _ := c.next(c.stdout)
	url, ok := strings.CutPrefix(line, "listening on ")
	if !ok {
		t.Fatalf("the first line is %q; standard error: %s", line, c.stderrText())
	}
	c.url = url
	return c
}

func launch(t *testing.T, env []string, args ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(binary, args...), folder: t.TempDir(), stdout: make(chan string, 4096), stderr: make(chan string, 4096)}
	c.cmd.Dir = c.folder
	c.cmd.Env = append(os.Environ(), env...)
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go lines(stdout, c.stdout, io.Discard)
	go lines(stderr, c.stderr, writerFunc(func(p []byte) (int, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.log.Write(p)
	}))
	t.Cleanup(func() { c.cmd.Process.Kill() })
	return c
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func lines(from io.Reader, to chan<- string, also io.Writer) {
	defer close(to)
	for s := bufio.NewScanner(from); s.Scan(); {
		fmt.Fprintln(also, s.Text())
		to <- s.Text()
	}
}

func (c *child) stderrText() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.String()
}

// next is the next line of an output.
func (c *child) next(from chan string) (string, bool) {
	c.t.Helper()
	select {
	case line, ok := <-from:
		return line, ok
	case <-time.After(deadline):
		c.t.Fatalf("nothing was written; standard error: %s", c.stderrText())
		return "", false
	}
}

// says waits for a line on standard error.
func (c *child) says(words string) string {
	c.t.Helper()
	for {
		line, ok := c.next(c.stderr)
		if !ok {
			c.t.Fatalf("%q was not said, but: %s", words, c.stderrText())
		}
		if strings.Contains(line, words) {
			return line
		}
	}
}

// wait waits for the end, and returns the exit status and the last line.
func (c *child) wait() (status int, last string) {
	c.t.Helper()
	for {
		line, ok := c.next(c.stdout)
		if !ok {
			break
		}
		last = line
	}
	for ok := true; ok; {
		_, ok = c.next(c.stderr)
	}
	c.cmd.Wait()
	return c.cmd.ProcessState.ExitCode(), last
}

// end ends a child and makes sure that it ended well.
func (c *child) end(with os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(with); err != nil {
		c.t.Fatal(err)
	}
	if status, last := c.wait(); status != 0 || last != "rows lost: 0" {
		c.t.Errorf("after %v the status is %d and the last line %q; standard error: %s", with, status, last, c.stderrText())
	}
}

// call sends a request and returns the answer, or an error when none came.
func (c *child) call(token, method, path, body string) (*answer, error) {
	x := exchange{to: "$GATEWAY", as: token, method: method, path: path, body: body}
	return x.send(c.t.Context(), http.DefaultClient, func(name string) string {
		return strings.ReplaceAll(name, "$GATEWAY", c.url)
	})
}

// must sends a request that must be answered with a status.
func (c *child) must(want int, token, method, path, body string) *answer {
	c.t.Helper()
	a, err := c.call(token, method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if a.status != want {
		c.t.Fatalf("%s %s: %v\nwant %d", method, path, a, want)
	}
	return a
}

// sql runs a statement that must be in a state in the end.
func (c *child) sql(state, token, statement string) *answer {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"statement": statement, "warehouse_id": "any"})
	if err != nil {
		c.t.Fatal(err)
	}
	a := c.must(200, token, "POST", "/api/2.0/sql/statements", string(body))
	if a.at("status.state") != state {
		c.t.Fatalf("%s: %v\nwant %s", statement, a, state)
	}
	return a
}

// writeFile writes a configuration file.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
