package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

var npm = flag.Bool("npm", false, "run the clients from npm too, which `npm ci` has installed in the folder npm")

// A script drives clients from npm, those of some packages. So many times it
// goes away from a stream of a service.
type script struct {
	file     string
	packages []string
	leaves   int
	service  string
}

func scripts() []script {
	return []script{
		{"databricks.mjs", []string{"@databricks/sdk-experimental"}, 0, ""},
		{"openai.mjs", []string{"openai"}, 2, "gpt"},
		{"ai.mjs", []string{"ai", "@ai-sdk/openai", "@ai-sdk/openai-compatible", "zod"}, 1, "gpt"},
		{"anthropic.mjs", []string{"@anthropic-ai/sdk"}, 1, "claude"},
	}
}

// The example's server answers the official clients for JavaScript as they
// expect, call by call. Without -npm, which needs what npm has installed, only
// what will be installed is looked at.
func TestNPMClients(t *testing.T) {
	locked(t)
	if !*npm {
		return
	}
	node := nodejs(t)
	folder := t.TempDir()
	p := newProvider(t)
	must(t, os.WriteFile(filepath.Join(folder, "gateway.json"), configuration(t, p), 0o600))
	binary := buildExample(t, folder)
	e := launch(t, binary, folder)
	prepare(t, e.server)
	for family, model := range map[string]string{"gpt": fallbackModel, "claude": haikuModel, "ai": fallbackModel} {
		e.open(t, "closed_"+family, `"rate_limits":{"qpm":0}`, model, "")
		e.open(t, "small_"+family, `"rate_limits":{"qpm":1}`, model, "")
	}
	cues := new(cues)
	for _, model := range []string{primaryUpstream, fallbackUpstream, sonnetUpstream, haikuUpstream} {
		p.script(model, cues.answer)
	}
	left := map[string]int{} // streams of a service
	for _, script := range scripts() {
		t.Run(strings.TrimSuffix(script.file, ".mjs"), func(t *testing.T) {
			command := exec.CommandContext(t.Context(), node, script.file)
			command.Dir = "npm"
			// Nothing of the environment: SDKs read settings from there.
			command.Env = []string{"GATEWAY=" + e.url, "HOME=" + folder, "NO_COLOR=1"}
			command.Stdout, command.Stderr = t.Output(), t.Output()
			must(t, command.Run())
			left[script.service] += script.leaves
		})
	}

	// The streams that a program went away from have ended at the provider too,
	// and their rows say so.
	cues.held.Wait()
	e.stop(t)
	e = launch(t, binary, folder)
	for _, service := range []string{"gpt", "claude"} {
		cancelled := 0
		for _, row := range e.sql(t, alice, "SELECT outcome FROM main.logging."+service) {
			if row["outcome"] == "cancelled" {
				cancelled++
			}
		}
		if cancelled != left[service] {
			t.Errorf("%d rows of %s say cancelled, want %d", cancelled, service, left[service])
		}
	}
	e.stop(t)
}

// locked holds that every package is named with its exact version, in the lock
// file too, which knows its contents and not where it comes from; and that
// every script is run.
func locked(t *testing.T) {
	t.Helper()
	var wanted struct{ Dependencies, OptionalDependencies map[string]string }
	var lock struct {
		Packages map[string]struct {
			Version, Resolved, Integrity string
			HasInstallScript             bool
		}
	}
	for name, into := range map[string]any{"package.json": &wanted, "package-lock.json": &lock} {
		data, err := os.ReadFile(filepath.Join("npm", name))
		must(t, err)
		must(t, json.Unmarshal(data, into))
	}
	for path, p := range lock.Packages {
		if path == "" {
			continue
		}
		if p.Resolved != "" || p.Integrity == "" || p.HasInstallScript {
			t.Errorf("package-lock.json: %s: resolved %q, integrity %q, has a script: %t", path, p.Resolved, p.Integrity, p.HasInstallScript)
		}
	}
	for _, set := range []map[string]string{wanted.Dependencies, wanted.OptionalDependencies} {
		for name, version := range set {
			if got := lock.Packages["node_modules/"+name].Version; got != version {
				t.Errorf("package.json wants %s %s, package-lock.json has %q", name, version, got)
			}
		}
	}
	used := map[string]bool{}
	run := map[string]bool{"check.mjs": true}
	for _, script := range scripts() {
		run[script.file] = true
		for _, name := range script.packages {
			used[name] = true
		}
	}
	for name := range wanted.Dependencies {
		if !used[name] {
			t.Errorf("no script uses %s", name)
		}
	}
	there, err := filepath.Glob("npm/*.mjs")
	must(t, err)
	if len(there) != len(run) {
		t.Errorf("the scripts are %v, and run are %v", there, run)
	}
}

// nodejs returns the path of a Node.js that runs the clients: the one from the
// lock file, or where that has none, such as outside Linux, the system's own.
func nodejs(t *testing.T) string {
	t.Helper()
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	path, err := filepath.Abs(filepath.Join("npm", "node_modules", "node-"+runtime.GOOS+"-"+arch, "bin", "node"))
	must(t, err)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if path, err = exec.LookPath("node"); err != nil {
			t.Fatal("there is no Node.js here: install version 22 or newer, see https://nodejs.org")
		}
	}
	version, err := exec.CommandContext(t.Context(), path, "--version").Output()
	must(t, err)
	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < 22 {
		t.Fatalf("%s is version %s, and the clients need 22 or newer", path, bytes.TrimSpace(version))
	}
	return path
}
