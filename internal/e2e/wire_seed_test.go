package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The seed page's command, with host and workspace replaced as it says, works
// when it is pasted into a shell, and so do its statements through the statement
// API; but for the one on a name that the page has not created, which works in
// back-ticks.
func TestSeedPage(t *testing.T) {
	w := newPlayer(t)
	defer w.stop(t)
	w.containers(t)

	var made struct {
		FullName string `json:"full_name"`
		Owner    string `json:"owner"`
		Table    string `json:"inference_table"`
	}
	must(t, json.Unmarshal(w.paste(seedFile(t, "seed.sh")), &made))
	if made.FullName != service || made.Owner != admin || made.Table != "main.logging.team_chat_payload" {
		t.Fatalf("it made %+v", made)
	}
	w.ask("GET", "/api/2.2/unity-catalog/model-services/"+service, "", http.StatusOK)

	statements := strings.SplitAfter(strings.TrimSpace(seedFile(t, "seed.sql")), ";\n")
	if len(statements) != 4 {
		t.Fatalf("there are %d statements: %q", len(statements), statements)
	}
	for i, text := range append(statements, "DROP MODEL SERVICE main.default.team_chat;") {
		t.Logf("%s", text)
		if strings.Contains(text, "default.team_chat") {
			r := w.execute(t, admin, text)
			if r.Status.State != "FAILED" || r.Status.Error.Code != "RESOURCE_DOES_NOT_EXIST" || !strings.Contains(r.Status.Error.Message, "main.default.`team-chat`") {
				t.Errorf("statement %d as printed: %s %+v", i, r.Status.State, r.Status.Error)
			}
			text = strings.Replace(text, "team_chat", "`team-chat`", 1)
		}
		w.sql(t, admin, text)
	}
	w.ask("GET", "/api/2.1/unity-catalog/model-services/"+service, "", http.StatusNotFound)
}

func seedFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	must(t, err)
	return string(data)
}

// paste runs a command of the seed page in a shell, after replacing what the page
// says is to be replaced, and returns what it prints. Where there is no curl, a
// small one takes its place.
func (w *player) paste(command string) []byte {
	w.t.Helper()
	for _, r := range [][2]string{{"https://<workspace-url>", w.url}, {"<workspace-id>", "1"}} {
		if strings.Count(command, r[0]) != 1 {
			w.t.Fatalf("there is no %s in %s", r[0], command)
		}
		command = strings.Replace(command, r[0], r[1], 1)
	}
	shell := exec.CommandContext(w.t.Context(), "sh", "-c", command)
	shell.Env = append(os.Environ(), "DATABRICKS_TOKEN="+token(admin), "NO_PROXY=127.0.0.1")
	if _, err := exec.LookPath("curl"); err != nil {
		folder := w.t.TempDir()
		build := exec.CommandContext(w.t.Context(), "go", "build", "-o", filepath.Join(folder, "curl"), "./testdata/curl")
		if out, err := build.CombinedOutput(); err != nil {
			w.t.Fatalf("go build: %v\n%s", err, out)
		}
		shell.Env = append(shell.Env, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	shell.Stderr = w.t.Output()
	out, err := shell.Output()
	w.t.Logf("%s\n%s", command, out)
	must(w.t, err)
	return out
}
