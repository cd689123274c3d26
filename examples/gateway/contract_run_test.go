package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// In every mode the first line on standard output says where the server listens,
// and the last one how many rows were lost.
func TestContractFirstAndLastLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0"}`)
	first := regexp.MustCompile(`^listening on http://127\.0\.0\.1:[1-9][0-9]*$`)
	for _, args := range [][]string{{"-listen", "127.0.0.1:0"}, {"-config", file}, {"-tour"}} {
		c := launch(t, []string{"TMPDIR=" + t.TempDir()}, args...)
		if line, _ := c.next(c.stdout); !first.MatchString(line) {
			t.Errorf("%v: the first line is %q", args, line)
		}
		if args[0] != "-tour" {
			if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		if status, last := c.wait(); status != 0 || last != "rows lost: 0" {
			t.Errorf("%v: status %d, last line %q, %s", args, status, last, c.stderrText())
		}
	}
}

// A tour that does not come to its end has not succeeded, and leaves nothing
// behind either.
func TestContractTourInterrupted(t *testing.T) {
	scratch := t.TempDir()
	c := startChild(t, []string{"TMPDIR=" + scratch}, "-tour")
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status, last := c.wait(); status != 1 || last != "rows lost: 0" || !strings.Contains(c.stderrText(), "gateway: tour: step ") {
		t.Errorf("status %d, last line %q, %s", status, last, c.stderrText())
	}
	for _, folder := range []string{scratch, c.folder} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("it has left %v behind (%v)", left, err)
		}
	}
}

// typed is a curl line as a shell hands it on.
type typed struct {
	method, url, body string
	headers           []string
}

// typeIn has a shell read lines, with a function in place of curl that tells
// what it was called with.
func typeIn(t *testing.T, script string) []typed {
	t.Helper()
	const before = `set -eu
curl() { for word in "$@"; do printf '%s\000' "$word"; done; printf '\000'; }
sqlite3() { :; }
`
	shell := exec.CommandContext(t.Context(), "sh")
	shell.Stdin = strings.NewReader(before + script)
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var all []typed
	for call := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00\x00"), "\x00\x00") {
		words := strings.Split(call, "\x00")
		x := typed{method: http.MethodGet}
		for len(words) > 0 {
			word := words[0]
			words = words[1:]
			value := func() (v string) {
				if len(words) == 0 {
					t.Fatalf("%s without a value", word)
				}
				v, words = words[0], words[1:]
				return v
			}
			switch word {
			case "-sS":
			case "-X":
				x.method = value()
			case "-H":
				x.headers = append(x.headers, value())
			case "-d":
				x.body = value()
			default:
				x.url = word
			}
		}
		all = append(all, x)
	}
	return all
}

// The curl lines are the requests, as a shell reads them.
func TestContractCurlLines(t *testing.T) {
	script := append(script(), exchange{to: "$GATEWAY", as: "$BOB", method: "POST", path: "/x?a=b&c=d", body: `{"it's": "a ` + "`$name`" + ` \"b\""}`, more: "X-Api-Key: $ALICE"})
	var lines strings.Builder
	lines.WriteString("GATEWAY=http://gateway PROVIDER=http://provider ALICE=t-alice BOB=t-bob CAROL=t-carol\n")
	expand := people{"t-alice", "t-bob", "t-carol"}.expand("http://gateway", "http://provider")
	for _, x := range script {
		fmt.Fprintln(&lines, x.curl())
	}
	all := typeIn(t, lines.String())
	if len(all) != len(script) {
		t.Fatalf("%d lines, %d requests", len(all), len(script))
	}
	for i, x := range script {
		want := typed{x.method, expand(x.to) + x.path, x.body, nil}
		if x.as != "" {
			want.headers = append(want.headers, "Authorization: Bearer "+expand(x.as))
		}
		if x.more != "" {
			want.headers = append(want.headers, os.Expand(x.more, func(name string) string { return expand("$" + name) }))
		}
		if x.body != "" {
			want.headers = append(want.headers, "Content-Type: application/json")
		}
		if got := all[i]; got.method != want.method || got.url != want.url || got.body != want.body || !slices.Equal(got.headers, want.headers) {
			t.Errorf("%s\nis %q, want %q", x.curl(), got, want)
		}
	}
}

// What the demo prints can be pasted into a shell as it stands, and works; so
// does what the README has for it.
func TestContractDemoLines(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for says, c := range map[string]struct {
		lines   string
		most    int // are there
		refused int
	}{
		"as printed": {"", 30, 1}, // carol, who is new
		"README":     {curlBlocks(string(readme)), 19, 0},
	} {
		t.Run(says, func(t *testing.T) {
			demo := startChild(t, nil, "-listen", "127.0.0.1:0")
			exports, printed := demo.explained()
			if c.lines == "" {
				c.lines = printed
			}
			all := typeIn(t, exports+c.lines)
			refused := 0
			for _, x := range all {
				switch a := x.send(t); {
				case a.status == 404 && c.refused > 0:
					refused++
				case a.status != 200 || a.at("status.state") == "FAILED":
					t.Errorf("%s %s %s: %v", x.method, x.url, x.body, a)
				}
			}
			if refused != c.refused || len(all) < c.most {
				t.Errorf("of %d requests, %d were answered with 404", len(all), refused)
			}
			demo.end(os.Interrupt)
		})
	}
}

// explained are the lines for a shell that a demo prints: the variables, and
// the requests.
func (c *child) explained() (exports, requests string) {
	for {
		line, ok := c.next(c.stdout)
		switch {
		case !ok || strings.HasPrefix(line, "Interrupt"):
			return exports, requests
		case strings.HasPrefix(line, "export "):
			exports += line + "\n"
		case exports != "":
			requests += line + "\n"
		}
	}
}

// curlBlocks are the blocks of curl lines in a text.
func curlBlocks(text string) string {
	var all strings.Builder
	for i, block := range strings.Split(text, "\n```\n") {
		if i%2 == 1 && strings.Contains("\n"+block, "\ncurl ") {
			all.WriteString(block + "\n")
		}
	}
	return all.String()
}

func (x *typed) send(t *testing.T) *answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), x.method, x.url, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range x.headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{response.StatusCode, response.Header, body}
}

// hanging starts a gateway with a call under way that its provider answers when
// told to, or when the gateway hangs up.
func hanging(t *testing.T) (c *child, told chan bool, answered chan *answer) {
	t.Helper()
	asked, told := make(chan bool), make(chan bool)
	provider := local(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		asked <- true
		select {
		case <-told:
			io.WriteString(w, wellDone)
		case <-r.Context().Done():
		}
	})
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "data_dir": "`+folder+`/data", "admins": ["ann"], "users": [{"name": "ann", "token": "t-ann"}],
		"models": [{"name": "system.ai.m", "base_url": "`+provider+`"}]}`)
	c = startChild(t, nil, "-config", file)
	c.sql("SUCCEEDED", "t-ann", "CREATE CATALOG main")
	c.sql("SUCCEEDED", "t-ann", "CREATE SCHEMA main.default")
	c.must(200, "t-ann", "POST", modelServices, `{"catalog_name": "main", "schema_name": "default", "name": "slow",
		"destinations": [{"name": "d", "model": "system.ai.m"}], "inference_table": "main.default.slow_payload"}`)
	answered = make(chan *answer, 1)
	go func() {
		a, _ := c.call("t-ann", "POST", "/ai-gateway/mlflow/v1/chat/completions", `{"model": "main.default.slow", "messages": []}`)
		answered <- a // nil: none came
	}()
	<-asked
	return c, told, answered
}

// SIGTERM: no more calls are accepted, one that is under way is finished, and it
// is in the table after the next start.
func TestContractStopFinishesCalls(t *testing.T) {
	c, told, answered := hanging(t)
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; {
		if _, err := c.call("", "GET", "/healthz", ""); err != nil {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("it still accepts calls")
		}
	}
	told <- true
	if a := <-answered; a == nil || a.status != 200 || a.at("choices.0.message.content") != "well done" {
		t.Errorf("the call under way was answered %v", a)
	}
	if status, last := c.wait(); status != 0 || last != "rows lost: 0" {
		t.Errorf("status %d, last line %q, %s", status, last, c.stderrText())
	}
	again := startChild(t, nil, c.cmd.Args[1:]...)
	a := again.sql("SUCCEEDED", "t-ann", "SELECT outcome FROM main.default.slow_payload")
	if err := says("outcome", "ok")(a); err != nil {
		t.Error(err)
	}
	again.end(syscall.SIGTERM)
}

// SIGTERM: what does not finish is cancelled, all within ten seconds, and its
// caller is told.
func TestContractStopWithinTenSeconds(t *testing.T) {
	t.Parallel()
	c, _, answered := hanging(t)
	began := time.Now()
	c.end(syscall.SIGTERM)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if a := <-answered; a == nil || a.status != 503 {
		t.Errorf("the call was answered %v", a)
	}
}

// A second signal does not wait.
func TestContractSecondSignal(t *testing.T) {
	c, _, _ := hanging(t)
	began := time.Now()
	for range 2 {
		if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		for c.accepts() { // until the first one was heard
		}
	}
	if status, last := c.wait(); status == 0 || last == "rows lost: 0" || time.Since(began) > 5*time.Second {
		t.Errorf("status %d, last line %q, after %v", status, last, time.Since(began))
	}
}

func (c *child) accepts() bool {
	_, err := c.call("", "GET", "/healthz", "")
	return err == nil
}

// A second process on the same folder exits at once and says so, and the first
// goes on.
func TestContractSecondProcess(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "data_dir": "`+folder+`/data", "admins": ["ann"], "users": [{"name": "ann", "token": "t-ann"}]}`)
	first := startChild(t, nil, "-config", file)
	began := time.Now()
	second := launch(t, nil, "-config", file)
	if status, last := second.wait(); status != 1 || last != "" || !strings.Contains(second.stderrText(), "another process") || strings.Count(second.stderrText(), "\n") != 1 {
		t.Errorf("status %d, %q, %s", status, last, second.stderrText())
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	first.sql("SUCCEEDED", "t-ann", "CREATE CATALOG main")
	first.end(syscall.SIGTERM)
}

// A gateway that does not find its catalog beside its inference tables does not
// start, and leaves the tables as they are.
func TestContractCatalogMissing(t *testing.T) {
	c, told, answered := hanging(t)
	told <- true
	<-answered
	c.end(syscall.SIGTERM)
	data := filepath.Join(filepath.Dir(c.cmd.Args[2]), "data")
	kept, lost := filepath.Join(data, "catalog.db"), filepath.Join(data, "away")
	if err := os.Rename(kept, lost); err != nil {
		t.Fatal(err)
	}
	second := launch(t, nil, c.cmd.Args[1:]...)
	if status, last := second.wait(); status != 1 || last != "" || !strings.Contains(second.stderrText(), "another catalog") || strings.Count(second.stderrText(), "\n") != 1 {
		t.Errorf("status %d, %q, %s", status, last, second.stderrText())
	}
	if err := os.Rename(lost, kept); err != nil {
		t.Fatal(err)
	}
	again := startChild(t, nil, c.cmd.Args[1:]...)
	if err := says("outcome", "ok")(again.sql("SUCCEEDED", "t-ann", "SELECT outcome FROM main.default.slow_payload")); err != nil {
		t.Error(err)
	}
	again.end(syscall.SIGTERM)
}
