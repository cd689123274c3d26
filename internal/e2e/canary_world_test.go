package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What must not be seen anywhere, by what it is. Each has characters that URLs
// escape and JSON may; in those of providers are some for which the two alphabets
// of base64 differ.
var canaries = map[string]string{
	"the admin's token":             "tok-admin/Zk3+Wq8=pL0vXe5n",
	"alice's token":                 "tok-alice/Hd7+Rb2=mT9cUa4j",
	"the token of x-api-key":        "tok-clara/Vy1+Gs6=oN3iFq8w",
	"eve's token":                   "tok-eve_x/Jp5+Lx0=tB7kMd2z",
	"a token after a reload":        "tok-relod/Ac9+Ei4=uO6gYh1s",
	"a token of a refused file":     "tok-refus/Nw2+Xf8=rK5bQv3m",
	"an unknown token":              "tok-unkno/Ct6+Jo1=eS8yPz4l",
	"OpenAI's key":                  "sk-proj-x/Lg4+~?~?Ur7=aD2nWk9h",
	"Anthropic's key":               "sk-ant-yy/Bq8+~?~?Ym3=vI6fTx1c",
	"the key of a provider away":    "sk-gone-z/Sz0+Hv5=jR9oEl7d",
	"a key in a query":              "sk-query1/Ou3+Kc6=wF1xGt8p",
	"a proxy's password":            "pw-proxy2/Mi7+Db9=zQ4rVs0a",
	"a cookie":                      "ck-cooki3/Tf2+Np8=hX5eJy6u",
	"an api-key":                    "sk-azure4/Ew1+Zr4=lC7sBm3k",
	"a forwarded token":             "tok-forw5/Gh6+Va0=yP2dIo9q",
	"a session":                     "ses-sess6/Rx9+Tl2=kU8jNf5b",
	"a key in a body of management": "sk-manag7/Dk5+Qs1=cW3mZu7v",
	"a key in SQL":                  "sk-inSQL8/Yb0+Fe7=gA6tLh4x",
	"what is withheld of a request": "Quiet question Xu4/Pd+Jw9 of a user",
	"what is withheld of an answer": "Quiet answer Mo8/Sa+Cv2 of a model",
}

// withheld are the canaries that callers may see and rows not.
func withheld(name string) bool { return strings.HasPrefix(name, "what is withheld") }

// output is something that came out of the gateway.
type output struct {
	where  string
	data   []byte
	answer bool // to a caller, who may see his own words and what he is answered
}

// gatewayProgram builds the example's program.
func gatewayProgram(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(folder, "gateway")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = filepath.Join("..", "..", "examples", "gateway")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// watched is the example's program in a process of its own, every output of which
// is kept.
type watched struct {
	*gossip
	binary, folder, config, url string

	command *exec.Cmd
	lines   *bufio.Scanner // of standard output
	client  *http.Client

	mu     sync.Mutex
	line   sync.Cond // a line has come
	stderr bytes.Buffer
	seen   []output
}

func newWatched(t *testing.T, folder, binary string) *watched {
	t.Helper()
	w := &watched{gossip: newGossip(t), binary: binary, folder: folder, config: filepath.Join(folder, "gateway.json")}
	w.line.L = &w.mu
	return w
}

// Write takes a line for people.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line.Broadcast()
	return w.stderr.Write(p)
}

// tells waits until the lines for people have a text once more than before do.
func (w *watched) tells(text string, do func()) {
	w.mu.Lock()
	before := bytes.Count(w.stderr.Bytes(), []byte(text))
	w.mu.Unlock()
	do()
	w.mu.Lock()
	defer w.mu.Unlock()
	for bytes.Count(w.stderr.Bytes(), []byte(text)) == before {
		w.line.Wait()
	}
}

func (w *watched) saw(where string, data []byte, answer bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, output{where, data, answer})
}

// file is a configuration with the canaries in it. members are put in its front.
func (w *watched) file(members string, more ...string) string {
	users := []string{
		`{"name":"admin","token":` + quote(canaries["the admin's token"]) + `}`,
		`{"name":"alice","token_env":"ALICE_TOKEN"}`,
		`{"name":"clara","token":` + quote(canaries["the token of x-api-key"]) + `}`,
		`{"name":"eve","token":` + quote(canaries["eve's token"]) + `}`,
	}
	users = append(users, more...)
	return `{` + members + `"listen":"127.0.0.1:0","data_dir":"data","admins":["admin"],"users":[` + strings.Join(users, ",") + `],
		"groups":[{"name":"team","members":["alice","clara"]}],"log_headers":["x-trace"],"inference_tables":{"parquet_dir":"parquet"},
		"timeouts":{"connect":"1s","first_token":"300ms","attempt":"300ms","idle":"300ms","total":"900ms","cooldown":"0s"},
		"models":[{"name":"system.ai.gpt","base_url":"` + w.gossip.url + `/v1","api_key_env":"OPENAI_KEY"},
		{"name":"system.ai.claude","base_url":"` + w.gossip.url + `/v1","api_key_env":"ANTHROPIC_KEY","api":"anthropic"},
		{"name":"system.ai.gone","base_url":"http://127.0.0.1:1/v1","api_key_env":"GONE_KEY"}]}`
}

// environment is what the configuration takes from there.
func environment() []string {
	return append(os.Environ(), "ALICE_TOKEN="+canaries["alice's token"], "OPENAI_KEY="+canaries["OpenAI's key"],
		"ANTHROPIC_KEY="+canaries["Anthropic's key"], "GONE_KEY="+canaries["the key of a provider away"])
}

// launch starts the program and waits until it listens.
func (w *watched) launch(t *testing.T) {
	t.Helper()
	must(t, os.WriteFile(w.config, []byte(w.file("")), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w.command = exec.CommandContext(ctx, w.binary, "-config", w.config)
	w.command.Dir, w.command.Env, w.command.Stderr = w.folder, environment(), w
	out, err := w.command.StdoutPipe()
	must(t, err)
	must(t, w.command.Start())
	w.lines = bufio.NewScanner(out)
	if !w.lines.Scan() {
		t.Fatalf("it does not start: %s", w.stderr.String())
	}
	w.url = strings.TrimPrefix(w.lines.Text(), "listening on ")
	transport := &http.Transport{DisableKeepAlives: true}
	w.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// end ends the program with a signal and keeps what it has said and written.
func (w *watched) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	must(t, w.command.Process.Signal(signal))
	last := ""
	for w.lines.Scan() {
		last = w.lines.Text()
		w.saw("standard output", []byte(last), false)
	}
	if err := w.command.Wait(); signal == syscall.SIGTERM && (err != nil || last != "rows lost: 0") {
		t.Errorf("it ended with %v, its last line was %q", err, last)
	}
	w.keepFiles(t)
}

// keepFiles keeps the contents of every file the program has made.
func (w *watched) keepFiles(t *testing.T) {
	t.Helper()
	for _, folder := range []string{"data", "parquet"} {
		err := filepath.WalkDir(filepath.Join(w.folder, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil {
				w.saw("file "+path, data, false)
				if strings.HasSuffix(path, ".parquet") {
					w.saw("decoded "+path, decoded(t, path), false)
				}
			}
			return err
		})
		must(t, err)
	}
}

// decoded is every value of a Parquet file as text.
func decoded(t *testing.T, path string) []byte {
	t.Helper()
	table, _ := arrowTable(t, path)
	defer table.Release()
	var all bytes.Buffer
	for i := range int(table.NumCols()) {
		for _, chunk := range table.Column(i).Data().Chunks() {
			for k := range chunk.Len() {
				fmt.Fprintln(&all, arrowValue(t, chunk, k))
			}
		}
	}
	return all.Bytes()
}

// ask makes a request and returns what is answered, which it keeps unless it is
// from nowhere.
func (w *watched) ask(t *testing.T, ctx context.Context, where, method, path, body string, header map[string]string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	must(t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := w.client.Do(r)
	if err != nil {
		return 0, "" // who went away hears nothing
	}
	defer response.Body.Close()
	data, _ := io.ReadAll(response.Body) // a connection that breaks ends it
	if where == "" {
		return response.StatusCode, string(data)
	}
	w.saw(where, fmt.Appendf(nil, "%v %s %v", response.Header, data, response.Trailer), true)
	return response.StatusCode, string(data)
}

// manage makes a request of the admin's that has to succeed.
func (w *watched) manage(t *testing.T, method, path, body string) string {
	t.Helper()
	status, answer := w.ask(t, t.Context(), method+" "+path, method, path, body, bearer("the admin's token"))
	if status != http.StatusOK || strings.Contains(answer, `"FAILED"`) {
		t.Fatalf("%s %s %s: %d %s", method, path, body, status, answer)
	}
	return answer
}

func bearer(canary string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + canaries[canary]}
}

// sql executes a statement of the admin's that has to succeed. Its rows are seen by
// somebody who may not see what is withheld.
func (w *watched) sql(t *testing.T, text string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"statement": text, "warehouse_id": "any"})
	must(t, err)
	answer := w.manage(t, "POST", "/api/2.0/sql/statements", string(body))
	w.saw(text, []byte(answer), false)
	return answer
}

// search looks for every canary in everything that was seen.
func (w *watched) search(t *testing.T) {
	t.Helper()
	w.saw("standard error", w.stderr.Bytes(), false)
	told := map[string]bool{}
	for _, o := range w.seen {
		s := look(o.data)
		for name, canary := range canaries {
			if withheld(name) && o.answer {
				continue
			}
			for part, text := range parts(name, canary) {
				ways := s.hits(text)
				if key := fmt.Sprint(name, part, o.where); len(ways) > 0 && !told[key] {
					told[key] = true
					t.Errorf("%s: %s%s shows, %v: %s", o.where, name, part, ways, around(s, text))
				}
			}
		}
	}
}

// parts are what of a canary must not be seen: of a key of a provider's, which
// answers in pieces, no half either.
func parts(name, canary string) map[string]string {
	all := map[string]string{"": canary}
	if strings.Contains(name, "'s key") {
		all[" (first half)"], all[" (second half)"] = canary[:len(canary)/2], canary[len(canary)/2:]
	}
	return all
}

// around is a piece of data with a canary in it.
func around(s sight, canary string) string {
	for _, view := range s.views {
		if at := bytes.Index(view, []byte(canary)); at >= 0 {
			return fmt.Sprintf("%q", view[max(0, at-80):min(len(view), at+len(canary)+40)])
		}
	}
	return "in another spelling"
}
