package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"go.uber.org/zap"
)

// startHere starts a gateway in this process, in memory, with alice and bob
// and a provider of the test's own.
func startHere(t testing.TB, provider http.HandlerFunc) (*running, people) {
	t.Helper()
	return startAs(t, provider, "{}", func(*settings) {})
}

// startAs is startHere with keys of a configuration file, and what a file
// cannot say.
func startAs(t testing.TB, provider http.HandlerFunc, keys string, change func(*settings)) (*running, people) {
	t.Helper()
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	who := newPeople()
	doc, err := parseDocument([]byte(keys))
	if err != nil {
		t.Fatal(err)
	}
	all := who.document(server.URL)
	all.Timeouts, all.SessionHeaders, all.TokenCharging, all.LogHeaders = doc.Timeouts, doc.SessionHeaders, doc.TokenCharging, doc.LogHeaders
	s, err := (&command{listen: "127.0.0.1:0"}).settings(t.Context(), all, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	change(s)
	r, err := start(t.Context(), s, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	return r, who
}

// tellAll sends the first requests of the tour: up to bob's rights on the
// service.
func tellAll(t testing.TB, r *running, who people) {
	t.Helper()
	for _, x := range script()[:11] {
		if _, err := x.ask(t.Context(), http.DefaultClient, who.expand(r.url, "")); err != nil {
			t.Fatal(x.says, err)
		}
	}
}

// ask calls a service as bob.
func ask(t testing.TB, r *running, who people, service string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "POST", r.url+"/ai-gateway/mlflow/v1/chat/completions",
		strings.NewReader(`{"model": "`+service+`", "messages": []}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+who.bob)
	return http.DefaultClient.Do(request)
}

// What is under way when the server stops may finish.
func TestStopFinishes(t *testing.T) {
	asked, answer := make(chan bool), make(chan bool)
	r, who := startHere(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- true
		<-answer
		fmt.Fprint(w, `{"choices": [{"message": {"content": "at last"}, "finish_reason": "stop"}]}`)
	})
	tellAll(t, r, who)
	got := make(chan error, 1)
	go func() {
		response, err := ask(t, r, who, "main.default.team-chat")
		if err == nil {
			var body []byte
			if body, err = io.ReadAll(response.Body); err == nil && !strings.Contains(string(body), "at last") {
				err = fmt.Errorf("%d %s", response.StatusCode, body)
			}
		}
		got <- err
	}()
	<-asked
	stopped := make(chan error, 1)
	go func() {
		lost, err := r.stop(defaultGrace())
		if lost != 0 {
			err = fmt.Errorf("%d rows lost", lost)
		}
		stopped <- err
	}()
	for { // until it takes no more calls
		c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	answer <- true
	if err := <-got; err != nil {
		t.Error("the call under way:", err)
	}
	if err := <-stopped; err != nil {
		t.Error("stop:", err)
	}
}

// What does not finish in time is cancelled and recorded, and its caller is
// told why.
func TestStopCancels(t *testing.T) {
	asked := make(chan bool)
	r, who := startHere(t, func(w http.ResponseWriter, request *http.Request) {
		io.Copy(io.Discard, request.Body)
		asked <- true
		<-request.Context().Done()
	})
	tellAll(t, r, who)
	s := r.catalog.Snapshot()
	table, ok := s.Lookup(catalog.TypeTable, catalog.FullName{Catalog: "main", Schema: "logging", Object: "team_chat_payload"})
	if !ok {
		t.Fatal("there is no table")
	}
	got := make(chan struct{})
	go func() {
		defer close(got)
		response, err := ask(t, r, who, "main.default.team-chat")
		if err != nil {
			t.Error("the caller of a cancelled call was told nothing:", err)
			return
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable {
			t.Error("the caller of a cancelled call received", response.Status)
		}
	}()
	<-asked
	// The sink is kept open for the test.
	kept := r.sink
	r.sink = nil
	began := time.Now()
	lost, err := r.stop(grace{50 * time.Millisecond, 30 * time.Second, 30 * time.Second})
	if lost != 0 || err != nil || time.Since(began) > 25*time.Second {
		t.Errorf("stop: %d lost, %v, after %v", lost, err, time.Since(began))
	}
	<-got
	n := 0
	for row, err := range kept.(*inferencelog.Memory).Rows(t.Context(), uint64(table), inferencelog.Query{}) {
		if n++; err != nil || row.Outcome != inferencelog.OutcomeFailed || row.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("row: %v, %v", row, err)
		}
	}
	if n != 1 {
		t.Errorf("%d rows", n)
	}
}

// A call over HTTP, through the gateway to a provider and back.
func BenchmarkCall(b *testing.B) {
	r, who := startHere(b, func(w http.ResponseWriter, request *http.Request) {
		io.Copy(io.Discard, request.Body)
		io.WriteString(w, `{"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}], "usage": {"total_tokens": 0}}`)
	})
	defer r.stop(defaultGrace())
	tellAll(b, r, who)
	allowed := `{"changes": [{"principal": "bob", "add": ["EXECUTE"]}]}`
	x := request("", "$ALICE", http.MethodPost, modelServices, `{"catalog_name": "main", "schema_name": "default", "name": "bare",
		"destinations": [{"name": "d", "model": "system.ai.databricks-gpt-5-2"}]}`)
	y := request("", "$ALICE", http.MethodPatch, unityCatalog+"/permissions/model_service/main.default.bare", allowed)
	for _, x := range []exchange{x.expect(status(200)), y.expect(status(200))} {
		if _, err := x.ask(b.Context(), http.DefaultClient, who.expand(r.url, "")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		response, err := ask(b, r, who, "main.default.bare")
		if err != nil || response.StatusCode != 200 {
			b.Fatal(response, err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

// A build that fails leaves nothing open: the next one has its folder.
func TestBuildFails(t *testing.T) {
	folder := t.TempDir()
	doc, err := parseDocument([]byte(`{"data_dir": "` + folder + `", "users": [{"name": "x", "token": "1"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := doc.check(t.Context(), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	g, err := build(t.Context(), s, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	x, _ := g.catalog.Snapshot().PrincipalNamed("x")
	if _, err := g.catalog.Update(t.Context(), "root", func(tx *catalog.Tx) error {
		if err := tx.DropPrincipal(x.ID); err != nil {
			return err
		}
		_, err := tx.CreatePrincipal(catalog.Group, "x")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := build(t.Context(), s, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "/users/0/name") {
			t.Fatalf("a user of the file is a group of SQL's: %v", err)
		}
	}
}

// What a reload cannot change is refused, with all else in the file.
func TestReloadFixed(t *testing.T) {
	const before = `{"listen": "127.0.0.1:0", "users": [{"name": "ann", "token": "1"}]}`
	for key, after := range map[string]string{
		"listen":          `{"listen": "127.0.0.1:1"}`,
		"data_dir":        `{"listen": "127.0.0.1:0", "data_dir": "x"}`,
		"session_headers": `{"listen": "127.0.0.1:0", "session_headers": []}`,
		"timeouts":        `{"listen": "127.0.0.1:0", "timeouts": {"idle": "1s"}}`,
		"token_charging":  `{"listen": "127.0.0.1:0", "token_charging": "after"}`,
	} {
		t.Run(key, func(t *testing.T) {
			s, err := parse(t, before)
			if err != nil {
				t.Fatal(err)
			}
			g, err := build(t.Context(), s, zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			defer g.close(context.Background())
			path := t.TempDir() + "/gateway.json"
			writeFile(t, path, after)
			version := g.catalog.Snapshot().Version()
			if err := g.reload(t.Context(), path, os.LookupEnv, s); err == nil || !strings.HasPrefix(err.Error(), "/"+key+": ") {
				t.Errorf("reload: %v", err)
			}
			if g.catalog.Snapshot().Version() != version {
				t.Error("a refused file has changed the catalog")
			}
		})
	}
}
