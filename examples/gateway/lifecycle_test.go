package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestLifecycle(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "data_dir": "`+folder+`/data", "admins": ["ann"], "users": [{"name": "ann", "token_env": "ANN"}]}`)
	env := []string{"ANN=secret-of-ann"}
	for _, with := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		c := startChild(t, env, "-config", file)
		health := c.must(200, "", "GET", "/healthz", "")
		if health.at("status") != "ok" || health.at("version") == "" || health.at("rows.lost") != "0" || health.header.Get("X-Databricks-Request-Id") == "" {
			t.Errorf("/healthz: %v", health)
		}
		c.must(200, "", "GET", "/openapi.json", "")
		if a := c.must(404, "", "GET", "/", ""); a.at("error_code") != "ENDPOINT_NOT_FOUND" {
			t.Errorf("/: %v", a)
		}
		c.must(404, "", "GET", "//healthz", "") // one spelling, no redirects
		if a := c.must(405, "", "POST", "/healthz", ""); a.header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST /healthz: %v", a)
		}
		c.must(401, "", "GET", "/api/2.1/unity-catalog/catalogs", "")
		c.must(401, "somebody", "GET", "/ai-gateway/mlflow/v1/models", "")
		c.must(200, "secret-of-ann", "GET", "/ai-gateway/mlflow/v1/models", "")
		if with == syscall.SIGTERM {
			c.must(200, "secret-of-ann", "POST", "/api/2.1/unity-catalog/catalogs", `{"name": "kept"}`)
		}
		c.must(200, "secret-of-ann", "GET", "/api/2.1/unity-catalog/catalogs/kept", "")
		c.end(with)
		if log := c.stderrText(); strings.Contains(log, "secret-of") {
			t.Errorf("a token is in the log: %s", log)
		}
	}
}

func TestListenFlag(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, `{"listen": "192.0.2.1:1"}`)
	c := startChild(t, nil, "-config", file, "-listen", "127.0.0.1:0")
	c.must(200, "", "GET", "/healthz", "")
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.says("configuration read again")
	c.end(syscall.SIGTERM)
}

func TestDoesNotStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, `{"users": [{"name": "ann", "token_env": "NOT_SET_ANYWHERE"}]}`)
	null, noFolder := file+".null", file+".folder"
	writeFile(t, null, "null")
	writeFile(t, noFolder, `{"listen": "127.0.0.1:0", "data_dir": "`+file+`"}`)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		says   string
		args   []string
		status int
		word   string // on standard error
	}{
		{"a bad file", []string{"-config", file}, 1, "gateway.json: /users/0/token_env: environment variable NOT_SET_ANYWHERE is not set"},
		{"null for a file", []string{"-config", null}, 1, "must be an object"},
		{"a file for a folder", []string{"-config", noFolder}, 1, "/data_dir: "},
		{"no file", []string{"-config", file + ".not"}, 1, "no such file"},
		{"a bad address", []string{"-listen", "nowhere"}, 1, `-listen: "nowhere" is not HOST:PORT`},
		{"a taken address", []string{"-listen", taken.Addr().String()}, 1, "address already in use"},
		{"a tour on a taken address", []string{"-tour", "-listen", taken.Addr().String()}, 1, "address already in use"},
		{"an unknown flag", []string{"-lisen", "x"}, 2, "gateway: flag provided but not defined: -lisen\n\nUsage:"},
		{"a flag without its value", []string{"-config"}, 2, "gateway: flag needs an argument: -config\n\nUsage:"},
		{"a switch that is neither", []string{"-tour=perhaps"}, 2, "gateway: invalid boolean value \"perhaps\" for -tour"},
		{"a file that a shell left out", []string{"-config", ""}, 2, "gateway: -config must not be empty\n\nUsage:"},
		{"an address that a shell left out", []string{"-listen", ""}, 2, "gateway: -listen must not be empty\n\nUsage:"},
		{"an argument", []string{"gateway.json"}, 2, "gateway: unexpected argument \"gateway.json\"\n\nUsage:"},
		{"a tour of a file", []string{"-tour", "-config", file}, 2, "gateway: -tour takes no -config\n\nUsage:"},
	} {
		t.Run(c.says, func(t *testing.T) {
			child := launch(t, nil, c.args...)
			status, last := child.wait()
			if status != c.status || last != "" || !strings.Contains(child.stderrText(), c.word) {
				t.Errorf("status %d, %q, %s", status, last, child.stderrText())
			}
		})
	}
}

// Who asks for help is helped, on standard output.
func TestHelp(t *testing.T) {
	for _, flag := range []string{"-h", "-help", "--help"} {
		var stdout, stderr strings.Builder
		if status := run([]string{flag}, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
			t.Errorf("%s: status %d, %s", flag, status, &stderr)
		}
		for _, word := range []string{"Usage:", "gateway -tour", "gateway -config gateway.json", "/healthz", "/openapi.json", "SIGHUP", "-listen address", "-config file", "cooldown"} {
			if !strings.Contains(stdout.String(), word) {
				t.Errorf("%s does not speak of %s:\n%s", flag, word, &stdout)
			}
		}
	}
}

func TestReloadBySignal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	const first = `{"listen": "127.0.0.1:0", "admins": ["ann"], "users": [{"name": "ann", "token": "1"}, {"name": "bo", "token": "2"}],
		"models": [{"name": "system.ai.old", "base_url": "http://127.0.0.1:1"}]}`
	writeFile(t, file, first)
	c := startChild(t, nil, "-config", file)
	const list, grant = "/api/2.1/unity-catalog/catalogs", "GRANT EXECUTE ON MODEL system.ai.%s TO ann"
	c.sql("SUCCEEDED", "1", strings.ReplaceAll(grant, "%s", "old"))
	c.must(200, "2", "GET", list, "")

	writeFile(t, file, strings.NewReplacer("bo", "cy", `"2"`, `"3"`, "old", "new").Replace(first))
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.says("configuration read again")
	c.must(401, "2", "GET", list, "")
	c.must(200, "3", "GET", list, "")
	c.sql("FAILED", "1", strings.ReplaceAll(grant, "%s", "old"))
	c.sql("SUCCEEDED", "1", strings.ReplaceAll(grant, "%s", "new"))

	writeFile(t, file, strings.ReplaceAll(first, `"2"`, `"1"`))
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if line := c.says("configuration refused"); !strings.Contains(line, "/users/1/token: ") {
		t.Errorf("it said %q", line)
	}
	c.must(401, "2", "GET", list, "")
	c.must(200, "3", "GET", list, "")
	c.sql("SUCCEEDED", "1", strings.ReplaceAll(grant, "%s", "new"))
	c.end(syscall.SIGTERM)
}

func TestDemo(t *testing.T) {
	c := startChild(t, nil, "-listen", "127.0.0.1:0")
	var said []string
	for {
		line, ok := c.next(c.stdout)
		if said = append(said, line); !ok || strings.Contains(line, "Interrupt") {
			break
		}
	}
	whole := strings.Join(said, "\n")
	for _, want := range []string{"export GATEWAY=" + c.url + " PROVIDER=http://127.0.0.1:", "export ALICE=", `"name": "team-chat"`, "CAROL=", "EXPLAIN PRIVILEGE", "PROVIDER/primary/status", `"stream": true`} {
		if !strings.Contains(whole, want) {
			t.Errorf("the demo does not say %q", want)
		}
	}
	c.end(os.Interrupt)
}

// A start that fails has changed nothing: not when its address is taken, and
// not when a file of its folder cannot be read, which it says in a line.
func TestFailedStartChangesNothing(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	write := func(listen, users string) {
		writeFile(t, file, `{"listen": "`+listen+`", "data_dir": "`+folder+`/data", "admins": ["ann"], "users": [`+users+`]}`)
	}
	ann, bob := `{"name": "ann", "token": "t-ann"}`, `{"name": "bob", "token": "t-bob"}`
	write("127.0.0.1:0", ann+","+bob)
	child := startChild(t, nil, "-config", file)
	child.must(200, "t-ann", "POST", "/api/2.1/unity-catalog/catalogs", `{"name": "main"}`)
	child.sql("SUCCEEDED", "t-ann", "GRANT USE CATALOG ON CATALOG main TO bob")
	child.end(syscall.SIGTERM)

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	write(taken.Addr().String(), ann)
	if status, _ := launch(t, nil, "-config", file).wait(); status == 0 {
		t.Error("it started on a taken address")
	}

	write("127.0.0.1:0", ann+","+bob)
	tables := filepath.Join(folder, "data", "tables.db")
	if err := os.Rename(tables, tables+".kept"); err != nil {
		t.Fatal(err)
	}
	writeFile(t, tables, strings.Repeat("no database ", 1000))
	broken := launch(t, nil, "-config", file)
	if status, _ := broken.wait(); status != 1 || strings.Contains(broken.stderrText(), "panic") {
		t.Errorf("with a broken tables.db: status %d, %s", status, broken.stderrText())
	}
	if err := os.Rename(tables+".kept", tables); err != nil {
		t.Fatal(err)
	}

	child = startChild(t, nil, "-config", file)
	child.must(200, "t-bob", "GET", "/api/2.1/unity-catalog/catalogs/main", "")
	child.end(syscall.SIGTERM)
}
