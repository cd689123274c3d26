package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The SDKs call the example's server, configured by a file as its users would,
// in a process of its own; and the rows are there after it was stopped and
// started again.
func TestExampleServer(t *testing.T) {
	folder := t.TempDir()
	binary := buildExample(t, folder)
	p := newProvider(t)
	must(t, os.WriteFile(filepath.Join(folder, "gateway.json"), configuration(t, p), 0o600))

	e := launch(t, binary, folder)
	prepare(t, e.server)
	c := e.overHTTP(alice)
	for _, call := range calls() {
		text, err := call.do(t.Context(), c, call.service())
		if want := call.hello(call.first()); err != nil || text != want {
			t.Errorf("%s: answered %q, want %q; %v", call.name, text, want, err)
		}
		p.script(call.first(), down())
		text, err = call.do(t.Context(), c, call.service())
		if want := call.hello(call.second()); err != nil || text != want {
			t.Errorf("%s: answered %q, want %q; %v", call.name, text, want, err)
		}
		p.script(call.first(), nil)
	}
	e.stop(t)

	e = launch(t, binary, folder)
	counted := map[string]int{}
	for _, family := range []string{"gpt", "claude"} {
		for _, row := range e.sql(t, alice, "SELECT api_type, destination_name, total_tokens, outcome FROM main.logging."+family) {
			counted[row["api_type"]+" "+row["destination_name"]+" "+row["total_tokens"]+" "+row["outcome"]]++
		}
	}
	for _, want := range []struct {
		row   string
		times int
	}{
		{"openai/v1/chat/completions primary 15 ok", 2}, {"openai/v1/chat/completions fallback 15 ok", 2},
		{"openai/v1/responses primary 46 ok", 2}, {"openai/v1/responses fallback 46 ok", 2},
		{"openai/v1/embeddings primary 8 ok", 1}, {"openai/v1/embeddings fallback 8 ok", 1},
		{"anthropic/v1/messages primary 28 ok", 2}, {"anthropic/v1/messages fallback 28 ok", 2},
	} {
		if counted[want.row] != want.times {
			t.Errorf("%d rows %s, want %d", counted[want.row], want.row, want.times)
		}
	}
	e.stop(t)
}

// buildExample builds the example's server in a folder and returns its path.
func buildExample(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(folder, "gateway")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..", "examples", "gateway")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// configuration is a file for the example with the callers of these tests and
// the models of a provider.
func configuration(t *testing.T, p *provider) []byte {
	t.Helper()
	type object = map[string]any
	var users, models []object
	for _, name := range []string{admin, alice, bob} {
		users = append(users, object{"name": name, "token": token(name)})
	}
	for name, m := range p.models() {
		model := object{"name": name, "base_url": m.BaseURL, "upstream_model": m.UpstreamModel, "api_key_env": "PROVIDER_KEY"}
		if m.API != "" {
			model["api"] = m.API
		}
		models = append(models, model)
	}
	file, err := json.Marshal(object{
		"listen": "127.0.0.1:0", "data_dir": "data", "admins": []string{admin}, "users": users, "models": models,
		"groups": []object{{"name": "ai_team", "members": []string{alice}}},
	})
	must(t, err)
	return file
}

// example is the example's server, in a process of its own.
type example struct {
	*server
	command *exec.Cmd
	lines   *bufio.Scanner
}

// launch starts the example in a folder and waits until it listens.
func launch(t *testing.T, binary, folder string) *example {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	e := &example{server: new(server), command: exec.CommandContext(ctx, binary, "-config", "gateway.json")}
	e.command.Dir = folder
	e.command.Env = append(os.Environ(), "PROVIDER_KEY="+providerKey)
	e.command.Stderr = t.Output()
	out, err := e.command.StdoutPipe()
	must(t, err)
	must(t, e.command.Start())
	e.lines = bufio.NewScanner(out)
	if !e.lines.Scan() {
		t.Fatal("it does not start")
	}
	e.url = strings.TrimPrefix(e.lines.Text(), "listening on ")
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	e.via = &http.Client{Transport: listed(transport)}
	return e
}

// stop ends the example, which loses no row.
func (e *example) stop(t *testing.T) {
	t.Helper()
	e.via.CloseIdleConnections()
	must(t, e.command.Process.Signal(syscall.SIGTERM))
	last := ""
	for e.lines.Scan() {
		last = e.lines.Text()
	}
	if err := e.command.Wait(); err != nil || last != "rows lost: 0" {
		t.Errorf("it ended with %v, its last line was %q", err, last)
	}
}
