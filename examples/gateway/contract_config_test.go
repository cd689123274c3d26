package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What the contract names as refused is refused when the process starts, and
// again on a reload: in one line with the pointer, and the old file stays.
func TestContractRefused(t *testing.T) {
	const ann = `{"name": "ann", "token": "t-ann"}`
	with := func(keys string) string { return `{"listen": "127.0.0.1:0", ` + keys + `}` }
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, with(`"admins": ["ann"], "users": [`+ann+`]`))
	running := startChild(t, nil, "-config", file)
	running.sql("SUCCEEDED", "t-ann", "CREATE CATALOG kept")
	for _, c := range []struct{ says, text, pointer string }{
		{"an unknown key", with(`"adminss": []`), "/adminss"},
		{"a duplicate key", with(`"admins": [], "admins": []`), "/admins"},
		{"a duplicate key, by case", with(`"users": [{"name": "ann", "Name": "bob"}]`), "/users/0/Name"},
		{"duplicate names", with(`"users": [` + ann + `, {"name": "Ann", "token": "2"}]`), "/users/1/name"},
		{"duplicate tokens", with(`"users": [` + ann + `, {"name": "bob", "token": "t-ann"}]`), "/users/1/token"},
		{"an empty token", with(`"service_principals": [{"name": "job", "token": ""}]`), "/service_principals/0/token"},
		{"a token of a variable that is not set", with(`"users": [{"name": "ann", "token_env": "NOT_SET_ANYWHERE"}]`), "/users/0/token_env"},
		{"an unknown group member", with(`"groups": [{"name": "g", "members": ["nobody"]}]`), "/groups/0/members/0"},
		{"an unknown admin", with(`"users": [` + ann + `], "admins": ["ann", "nobody"]`), "/admins/1"},
		{"a circle of groups", with(`"groups": [{"name": "a", "members": ["b"]}, {"name": "b", "members": ["a"]}]`), "/groups/1/members/0"},
		{"a model outside system.ai", with(`"models": [{"name": "main.ai.m", "base_url": "http://127.0.0.1:1"}]`), "/models/0/name"},
		{"user-info in base_url", with(`"models": [{"name": "system.ai.m", "base_url": "http://me:secret@127.0.0.1:1"}]`), "/models/0/base_url"},
		{"a timeout that is none", with(`"timeouts": {"total": "soon"}`), "/timeouts/total"},
		{"another way of charging", with(`"token_charging": "never"`), "/token_charging"},
		{"another api", with(`"models": [{"name": "system.ai.m", "base_url": "http://127.0.0.1:1", "api": "grpc"}]`), "/models/0/api"},
	} {
		t.Run(c.says, func(t *testing.T) {
			writeFile(t, file, c.text)
			if status, last := launched(t, file); status != 1 || !strings.HasPrefix(last, "gateway: "+file+": "+c.pointer+": ") || strings.Contains(last, "secret@") {
				t.Errorf("at start: status %d, %q", status, last)
			}
			if err := running.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			line, _ := running.next(running.stderr)
			if !strings.Contains(line, "configuration refused, the old one stays: "+file+": "+c.pointer+": ") {
				t.Errorf("on a reload: %q", line)
			}
			running.must(200, "t-ann", "GET", unityCatalog+"/catalogs/kept", "")
		})
	}
	// Every line was read by a case above: there was one for each.
	writeFile(t, file, with(`"admins": ["ann"], "users": [`+ann+`]`))
	if err := running.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if line, _ := running.next(running.stderr); !strings.Contains(line, readAgain) {
		t.Errorf("after all of them: %q", line)
	}
	running.end(syscall.SIGTERM)
}

// launched starts a gateway that must refuse its file, in one line.
func launched(t *testing.T, file string) (status int, line string) {
	t.Helper()
	c := launch(t, nil, "-config", file)
	status, said := c.wait()
	if said != "" || strings.Count(c.stderrText(), "\n") != 1 {
		t.Errorf("it said %q and %q", said, c.stderrText())
	}
	return status, strings.TrimSpace(c.stderrText())
}

// Users and service principals log in with their tokens, from the file or from
// the environment; groups hold users, service principals and groups, and may be
// admins; without a data_dir everything is in memory.
func TestContractPeople(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "admins": ["outer"],
		"users": [{"name": "ann", "token": "t-ann"}, {"name": "eve", "token": "t-eve"}],
		"service_principals": [{"name": "job", "token_env": "JOB_TOKEN"}],
		"groups": [{"name": "outer", "members": ["inner"]}, {"name": "inner", "members": ["ann", "job"]}]}`)
	for range 2 {
		c := startChild(t, []string{"JOB_TOKEN=t-job"}, "-config", file)
		c.sql("FAILED", "t-eve", "CREATE CATALOG mine")
		c.sql("SUCCEEDED", "t-ann", "CREATE CATALOG mine") // each time: nothing was kept
		c.sql("SUCCEEDED", "t-job", "CREATE CATALOG jobs")
		c.must(404, "t-eve", "GET", unityCatalog+"/catalogs/mine", "")
		c.end(syscall.SIGTERM)
	}
}

// A model is asked at base_url, in its API's form, for upstream_model, with the
// key of api_key_env.
func TestContractModels(t *testing.T) {
	type asked struct{ path, model, bearer, key string }
	var mu sync.Mutex
	var last asked
	provider := local(t, func(w http.ResponseWriter, r *http.Request) {
		whole, _ := io.ReadAll(r.Body)
		a := answer{body: whole}
		mu.Lock()
		last = asked{r.URL.Path, a.at("model"), r.Header.Get("Authorization"), r.Header.Get("X-Api-Key")}
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/messages") {
			io.WriteString(w, `{"type": "message", "content": [{"type": "text", "text": "well"}], "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}`)
			return
		}
		io.WriteString(w, wellDone)
	})
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "admins": ["ann"], "users": [{"name": "ann", "token": "t-ann"}], "models": [
		{"name": "system.ai.plain", "base_url": "`+provider+`/a/v1"},
		{"name": "system.ai.named", "base_url": "`+provider+`/b/v1/", "upstream_model": "gpt-9", "api_key_env": "B_KEY", "api": "openai"},
		{"name": "system.ai.claude", "base_url": "`+provider+`/c/v1", "upstream_model": "opus", "api_key_env": "C_KEY", "api": "anthropic"}]}`)
	c := startChild(t, []string{"B_KEY=k-b", "C_KEY=k-c"}, "-config", file)
	c.sql("SUCCEEDED", "t-ann", "CREATE CATALOG main")
	c.sql("SUCCEEDED", "t-ann", "CREATE SCHEMA main.default")
	for _, m := range []struct {
		model, path string
		want        asked
	}{
		{"plain", "openai/v1/chat/completions", asked{"/a/v1/chat/completions", "plain", "", ""}},
		{"named", "mlflow/v1/chat/completions", asked{"/b/v1/chat/completions", "gpt-9", "Bearer k-b", ""}},
		{"claude", "anthropic/v1/messages", asked{"/c/v1/messages", "opus", "", "k-c"}},
	} {
		c.must(200, "t-ann", "POST", modelServices, `{"catalog_name": "main", "schema_name": "default", "name": "`+m.model+`",
			"destinations": [{"name": "d", "model": "system.ai.`+m.model+`"}]}`)
		c.must(200, "t-ann", "POST", "/ai-gateway/"+m.path, `{"model": "main.default.`+m.model+`", "max_tokens": 5, "messages": [{"role": "user", "content": "a"}]}`)
		mu.Lock()
		if last != m.want {
			t.Errorf("%s was asked as %+v, want %+v", m.model, last, m.want)
		}
		mu.Unlock()
	}
	c.end(syscall.SIGTERM)
	if log := c.stderrText(); strings.Contains(log, "k-b") || strings.Contains(log, "k-c") {
		t.Errorf("a key is in the log: %s", log)
	}
}

// Each of the timeouts of a call works, alone.
func TestContractTimeouts(t *testing.T) {
	t.Parallel()
	const (
		head    = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n"
		content = "data: {\"choices\":[{\"delta\":{\"content\":\"well\"}}]}\n\n"
	)
	silent := func(first string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if first != "" {
				w.Header().Set("Content-Type", "text/event-stream")
				io.WriteString(w, first)
				http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}
	}
	late := all(status(504), is("error_code", "DEADLINE_EXCEEDED"))
	for _, c := range []struct {
		key      string
		provider http.HandlerFunc
		stream   bool
		check    check
	}{
		{"first_token", silent(head), true, late},
		{"idle", silent(head + content), true, all(status(200), func(a *answer) error {
			if text := string(a.body); !strings.Contains(text, "well") || !strings.Contains(text, `"error":{`) || strings.Contains(text, "[DONE]") {
				return fmt.Errorf("the stream is %q", text)
			}
			return nil
		})},
		{"attempt", silent(""), false, late},
		{"total", silent(""), false, late},
	} {
		t.Run(c.key, func(t *testing.T) {
			h := openHall(t, `{"timeouts": {"`+c.key+`": "100ms"}}`, c.provider)
			h.furnish("talk", fallbackModel)
			began := time.Now()
			h.does(chat("", "$ALICE", "main.default.talk", c.stream), c.check)
			if took := time.Since(began); took < 100*time.Millisecond || took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	t.Run("connect", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		h := openHallAs(t, `{"timeouts": {"connect": "100ms"}}`, func(s *settings) {
			m := s.models["system.ai."+fallbackModel]
			m.BaseURL = "https://" + ln.Addr().String()
			s.models["system.ai."+fallbackModel] = m
		}, scripted(t))
		h.furnish("talk", fallbackModel)
		began := time.Now()
		h.does(chat("", "$ALICE", "main.default.talk", false), late)
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A destination that goes on failing is left alone, unless cooling is switched
// off with a cooldown of "0s".
func TestContractCooldown(t *testing.T) {
	for keys, asked := range map[string]int64{`{}`: 5, `{"timeouts": {"cooldown": "0s"}}`: 9} {
		t.Run(keys, func(t *testing.T) {
			var failed atomic.Int64
			h := openHall(t, keys, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if strings.HasPrefix(r.URL.Path, "/primary/") {
					failed.Add(1)
					w.WriteHeader(500)
					return
				}
				io.WriteString(w, wellDone)
			})
			tellAll(t, h.running, h.who)
			for range 9 {
				h.does(chat("", "$BOB", "main.default.team-chat", false), status(200))
			}
			if n := failed.Load(); n != asked {
				t.Errorf("of nine calls the failing destination saw %d, want %d", n, asked)
			}
		})
	}
}

// Of a traffic split, the requests of one session go to one destination; which
// headers name a session is the file's to say.
func TestContractSessionHeaders(t *testing.T) {
	for _, c := range []struct {
		keys, header string
		together     bool
	}{
		{`{}`, "x-session-id", true}, {`{}`, "session_id", true}, {`{}`, "x-claude-code-session-id", true}, {`{}`, "x-mine", false},
		{`{"session_headers": ["x-mine"]}`, "X-Mine", true}, {`{"session_headers": ["x-mine"]}`, "x-session-id", false},
		{`{"session_headers": []}`, "x-session-id", false},
	} {
		t.Run(c.keys+" "+c.header, func(t *testing.T) {
			h := openHall(t, c.keys, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				io.WriteString(w, strings.Replace(wellDone, "well done", strings.Split(r.URL.Path, "/")[1], 1))
			})
			h.bySQL("CREATE CATALOG main", "CREATE SCHEMA main.default")
			h.does(alice("POST", modelServices, `{"catalog_name": "main", "schema_name": "default", "name": "split",
				"destinations": [{"name": "a", "model": "system.ai.`+primaryModel+`", "traffic_percentage": 50}, {"name": "b", "model": "system.ai.`+fallbackModel+`", "traffic_percentage": 50}],
				"routes": {"strategy": "traffic_split", "destinations": ["a", "b"]}}`), status(200))
			apart := 0
			for i := range 40 {
				x := chat("", "$ALICE", "main.default.split", false)
				x.more = fmt.Sprintf("%s: session %d", c.header, i)
				const said = "choices.0.message.content"
				if first := h.does(x, status(200)); first.at(said) != h.does(x, status(200)).at(said) {
					apart++
				}
			}
			// Without a session, 40 pairs are together once in 10^12 times.
			if (apart == 0) != c.together {
				t.Errorf("%d of 40 sessions had both destinations", apart)
			}
		})
	}
}
