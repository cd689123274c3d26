//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a newcomer takes at most to get an answer.
const patience = 5 * time.Minute

// A newcomer has an empty folder beside a clone, and does what the README says:
// pastes the program, types the commands, and then the requests.
func TestNewcomer(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	must(t, err)
	page := readme(t)
	program := page.only(t, "go", "package main")
	commands := strings.Split(strings.TrimSpace(page.only(t, "", "go mod init")), "\n")
	requests := curls(t, page.only(t, "", "curl "))
	if len(commands) != 4 || commands[3] != "go run ." || len(requests) != 2 {
		t.Fatalf("the README has the commands %q and %d requests", commands, len(requests))
	}

	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o600))
	address := free(t)
	for _, line := range commands[:3] {
		command := typed(ctx, folder, strings.ReplaceAll(line, "../modelward", root))
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	server := typed(ctx, folder, commands[3])
	server.Env = append(server.Env, "ADDRESS="+address, "PROVIDER_URL=")
	// The server is a child of the go command, and the two of them end together.
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	server.Cancel = func() error { return syscall.Kill(-server.Process.Pid, syscall.SIGKILL) }
	log := new(bytes.Buffer)
	server.Stderr = log
	must(t, server.Start())
	ended := make(chan struct{})
	go func() {
		defer cancel() // nobody waits for a server that has ended
		defer close(ended)
		_ = server.Wait()
	}()
	first := await(ctx, t, address, requests[0])
	took := time.Since(begun).Round(100 * time.Millisecond)
	second := await(ctx, t, address, requests[1])
	cancel()
	<-ended
	if first == nil || second == nil {
		t.Fatalf("no answer after %s; the server said\n%s", took, log)
	}
	t.Logf("a newcomer has an answer after %s", took)

	var said struct {
		Choices []struct{ Message struct{ Content string } }
	}
	must(t, json.Unmarshal(first, &said))
	if len(said.Choices) != 1 || said.Choices[0].Message.Content == "" {
		t.Errorf("the call was answered with %s", first)
	}
	var table struct {
		Result struct {
			Rows [][]string `json:"data_array"`
		}
	}
	must(t, json.Unmarshal(second, &table))
	if rows := table.Result.Rows; len(rows) != 1 || rows[0][0] != "bob" || rows[0][1] != "200" || rows[0][2] != requests[0].body {
		t.Errorf("the statement was answered with %s", second)
	}
}

// What the README shows of the examples is in them, line by line, and nothing is
// shown that is in none.
func TestReadmeQuotes(t *testing.T) {
	quotes := 0
	for _, b := range readme(t) {
		if b.language != "go" || strings.HasPrefix(b.text, "package main") {
			continue
		}
		if b.from == "" {
			t.Errorf("the README does not say where this is from:\n%s", b.text)
			continue
		}
		source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(b.from)))
		must(t, err)
		if !strings.Contains("\n"+unindented(string(source))+"\n", "\n"+unindented(b.text)+"\n") {
			t.Errorf("%s has not, as the README says,\n%s", b.from, b.text)
		}
		quotes++
	}
	if quotes < 8 {
		t.Errorf("the README quotes %d examples", quotes)
	}
}

func unindented(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

// fence is what stands between two fences.
type fence struct {
	from     string // the file that a remark before it names
	language string
	text     string
}

type fences []fence

var fenced = regexp.MustCompile("(?ms)(?:^<!-- from (\\S+) -->\n)?^```(\\w*)\n(.*?)^```$")

func readme(t *testing.T) fences {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	must(t, err)
	var all fences
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		all = append(all, fence{m[1], m[2], m[3]})
	}
	return all
}

// only returns the text of the one block in a language that begins so.
func (all fences) only(t *testing.T, language, begins string) string {
	t.Helper()
	var found []string
	for _, b := range all {
		if b.language == language && strings.HasPrefix(b.text, begins) {
			found = append(found, b.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the README has %d blocks that begin with %q", len(found), begins)
	}
	return found[0]
}

// curled is what a curl command of the README sends.
type curled struct{ path, header, body string }

var curl = regexp.MustCompile(`curl http://localhost:8080(\S+) -H '([^']+)' \\\n  -d '([^']+)'\n`)

func curls(t *testing.T, text string) []curled {
	t.Helper()
	var all []curled
	for _, m := range curl.FindAllStringSubmatch(text, -1) {
		all = append(all, curled{m[1], m[2], m[3]})
	}
	return all
}

// await sends a request until somebody listens, and returns the body of the
// answer, as curl prints it; or nil when ctx ends.
func await(ctx context.Context, t *testing.T, address string, r curled) []byte {
	t.Helper()
	name, value, _ := strings.Cut(r.header, ": ")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for ; ctx.Err() == nil; <-again.C {
		q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+r.path, strings.NewReader(r.body))
		must(t, err)
		q.Header.Set(name, value)
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as curl does
		answer, err := client.Do(q)
		if err != nil {
			continue
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		must(t, err)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", r.path, answer.Status, body)
		}
		return body
	}
	return nil
}

// typed is a line as it is typed in a folder outside of any workspace.
func typed(ctx context.Context, folder, line string) *exec.Cmd {
	words := strings.Fields(line)
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=", "GOFLAGS=")
	return command
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return fmt.Sprint(l.Addr())
}
